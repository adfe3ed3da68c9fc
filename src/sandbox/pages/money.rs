//! What the dashboard lets banks and merchants do with payments.

use std::sync::Arc;

use rocket::{State, http::Status, post};
use serde_json::Value;

use super::{Reply, SameOrigin, dashboard::home, not_found, notice};
use crate::sandbox::{
    bank,
    cards::BankAnswer,
    disputes::{self, Stage, Verdict},
    error::ApiError,
    ledger::{Fields, Ledger},
    money, refunds,
    state::Inner,
};

/// A payment, refund or dispute, and the buttons beside it.
pub(super) struct Row {
    pub(super) id: String,
    pub(super) amount: String,
    pub(super) standing: String,
    pub(super) actions: &'static [(&'static str, &'static str)],
}

/// The payments, newest first.
pub(super) fn payments(ledger: &Ledger) -> Vec<Row> {
    let newest = ledger.all("payment_intent").rev();
    newest.map(|intent| payment_row(intent, ledger.read(intent.text("latest_charge")))).collect()
}

/// The refunds, newest first.
pub(super) fn refunds(ledger: &Ledger) -> Vec<Row> {
    let newest = ledger.all("refund").rev();
    newest
        .map(|refund| {
            row(
                refund,
                match refund.text("status") {
                    "pending" => &[("succeed", "Succeeds"), ("fail", "Fails")],
                    "succeeded" => &[("fail", "Fails after all")],
                    _ => &[],
                },
            )
        })
        .collect()
}

/// The disputes and inquiries, newest first.
pub(super) fn disputes(ledger: &Ledger) -> Vec<Row> {
    let newest = ledger.all("dispute").rev();
    newest
        .map(|dispute| {
            row(
                dispute,
                match dispute.text("status") {
                    "needs_response" => &[("win", "Won"), ("lose", "Lost")],
                    "warning_needs_response" => {
                        &[("win", "Dropped"), ("escalate", "Becomes a dispute")]
                    }
                    _ => &[],
                },
            )
        })
        .collect()
}

#[post("/sandbox/payments/<id>/<action>")]
pub(super) fn act_on_payment(
    _own: SameOrigin,
    inner: &State<Arc<Inner>>,
    id: &str,
    action: &str,
) -> Reply {
    inner.change(|ledger| {
        let Some(intent) = ledger.find("payment_intent", id) else { return not_found() };
        let charge = intent.text("latest_charge").to_owned();
        let half = intent.number("amount") / 2;
        done(match action {
            "succeed" => {
                bank::answer(ledger, id, BankAnswer::Yes);
                Ok(())
            }
            "fail" => {
                bank::answer(ledger, id, BankAnswer::No);
                Ok(())
            }
            "refund" => refunds::give_back(ledger, &charge, None).map(drop),
            "refund-half" => refunds::give_back(ledger, &charge, Some(half)).map(drop),
            "dispute" => disputes::open(ledger, &charge, Stage::Dispute).map(drop),
            "inquire" => disputes::open(ledger, &charge, Stage::Inquiry).map(drop),
            _ => return not_found(),
        })
    })
}

#[post("/sandbox/refunds/<id>/<action>")]
pub(super) fn act_on_refund(
    _own: SameOrigin,
    inner: &State<Arc<Inner>>,
    id: &str,
    action: &str,
) -> Reply {
    inner.change(|ledger| {
        if ledger.find("refund", id).is_none() {
            return not_found();
        }
        match action {
            "succeed" => refunds::answer(ledger, id, BankAnswer::Yes),
            "fail" => refunds::answer(ledger, id, BankAnswer::No),
            _ => return not_found(),
        }
        home()
    })
}

#[post("/sandbox/disputes/<id>/<action>")]
pub(super) fn act_on_dispute(
    _own: SameOrigin,
    inner: &State<Arc<Inner>>,
    id: &str,
    action: &str,
) -> Reply {
    inner.change(|ledger| {
        if ledger.find("dispute", id).is_none() {
            return not_found();
        }
        done(match action {
            "win" => disputes::close(ledger, id, Verdict::Won),
            "lose" => disputes::close(ledger, id, Verdict::Lost),
            "escalate" => disputes::escalate(ledger, id),
            _ => return not_found(),
        })
    })
}

fn done(result: Result<(), ApiError>) -> Reply {
    match result {
        Ok(()) => home(),
        Err(error) => notice(Status::Conflict, "Not possible", error.message(), Some("/")),
    }
}

fn payment_row(intent: &Value, charge: &Value) -> Row {
    let paid = charge.truth("paid");
    let refunded = charge.number("amount_refunded");
    let mut row = row(
        intent,
        match intent.text("status") {
            "processing" => &[("succeed", "The bank pays"), ("fail", "The bank does not pay")],
            _ if !paid || charge.truth("refunded") => &[],
            _ if charge.truth("disputed") => &[("refund", "Refund")],
            _ => &[
                ("refund", "Refund"),
                ("refund-half", "Refund half"),
                ("dispute", "Dispute"),
                ("inquire", "Inquiry"),
            ],
        },
    );
    if refunded > 0 {
        let words = money::words(refunded, charge.text("currency"));
        row.standing = format!("{}, {words} refunded", row.standing);
    }
    row
}

fn row(object: &Value, actions: &'static [(&'static str, &'static str)]) -> Row {
    Row {
        id: object.text("id").to_owned(),
        amount: money::words(object.number("amount"), object.text("currency")),
        standing: object.text("status").replace('_', " "),
        actions,
    }
}
