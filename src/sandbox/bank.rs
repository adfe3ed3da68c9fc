//! Payments out of bank accounts, which the bank answers days later.

use serde_json::json;

use super::{
    calendar::DAY,
    cards::{BankAnswer, Card},
    charges::{self, Standing},
    invoices,
    ledger::{Fields, Ledger},
    payments,
};

/// How long a bank takes; five business days are what Stripe speaks of:
/// <https://docs.stripe.com/payments/sepa-debit/accept-a-payment>.
const TAKES: i64 = 5 * DAY;

/// Books when the bank answers, and what.
pub(super) fn ask(ledger: &mut Ledger, intent: &str, account: Card) {
    let Card::Debit(_, answer) = account else { return };
    let at = ledger.now + TAKES;
    ledger.hide(intent, |hidden| hidden.answer = Some((at, answer)));
}

/// Ends a payment that is processing, and what was bought with it.
pub(super) fn answer(ledger: &mut Ledger, intent: &str, answer: BankAnswer) {
    if ledger.read(intent).text("status") != "processing" {
        return;
    }
    ledger.hide(intent, |hidden| hidden.answer = None);
    let charge = ledger.read(intent).text("latest_charge").to_owned();
    match answer {
        BankAnswer::Yes => {
            charges::resolve(ledger, &charge, Standing::Paid);
            ledger.quietly(intent, |intent| {
                intent["status"] = json!("succeeded");
                intent["amount_received"] = intent["amount"].clone();
            });
            ledger.emit("charge.succeeded", &charge);
            ledger.emit("payment_intent.succeeded", intent);
        }
        BankAnswer::No => {
            let message = "The customer's bank account has insufficient funds.";
            let reason = "insufficient_funds";
            charges::resolve(ledger, &charge, Standing::Failed { reason, message });
            payments::fail(ledger, intent, &charge, json!({"code": reason, "message": message}));
        }
    }
    settle_invoices(ledger, intent, answer);
    tell_sessions(ledger, intent, answer);
}

fn settle_invoices(ledger: &mut Ledger, intent: &str, answer: BankAnswer) {
    let payments = ledger
        .all("invoice_payment")
        .filter(|payment| payment["payment"].text("payment_intent") == intent);
    let invoices: Vec<String> = payments
        .map(|payment| payment.text("invoice").to_owned())
        .filter(|invoice| ledger.read(invoice).text("status") == "open")
        .collect();
    for invoice in invoices {
        match answer {
            BankAnswer::Yes => invoices::settle(ledger, &invoice, intent),
            BankAnswer::No => invoices::bounce(ledger, &invoice),
        }
    }
}

fn tell_sessions(ledger: &mut Ledger, intent: &str, answer: BankAnswer) {
    let waiting = ledger.ids("checkout.session", |session| {
        session.text("status") == "complete" && session.text("payment_status") == "unpaid"
    });
    for session in waiting {
        if ledger.hidden(&session).intent.as_deref() != Some(intent) {
            continue;
        }
        match answer {
            BankAnswer::Yes => {
                ledger.quietly(&session, |session| session["payment_status"] = json!("paid"));
                ledger.emit("checkout.session.async_payment_succeeded", &session);
            }
            BankAnswer::No => ledger.emit("checkout.session.async_payment_failed", &session),
        }
    }
}
