//! Refunds: made through the API or by a person, and what their bank says a day later.

use serde_json::{Map, Value, json};

use super::{
    calendar::DAY,
    cards::{BankAnswer, Card},
    charges,
    error::ApiError,
    form::Params,
    ledger::{Fields, Hidden, Ledger, fresh},
    list, money,
};

/// How long a refund takes that does not succeed or fail at once.
const TAKES: i64 = DAY;

pub(super) fn create(ledger: &mut Ledger, params: &Params) -> Result<Value, ApiError> {
    params.only(&[
        "amount",
        "charge",
        "currency",
        "customer",
        "instructions_email",
        "metadata",
        "origin",
        "payment_intent",
        "reason",
        "refund_application_fee",
        "reverse_transfer",
    ])?;
    let reasons = ["duplicate", "fraudulent", "requested_by_customer"];
    let reason = params.one_of("reason", &reasons)?;
    let charge = charges::chosen(ledger, params)?;
    let mut metadata = Value::Object(Map::new());
    params.merge_metadata(&mut metadata);
    let id = make(ledger, &charge, params.integer("amount")?)?;
    ledger.quietly(&id, |refund| {
        refund["reason"] = json!(reason);
        refund["metadata"] = metadata;
    });
    announce(ledger, &id);
    Ok(ledger.read(&id).clone())
}

/// Refunds a charge, by default all that is left of it, and tells of it.
pub(super) fn give_back(
    ledger: &mut Ledger,
    charge: &str,
    amount: Option<i64>,
) -> Result<String, ApiError> {
    let id = make(ledger, charge, amount)?;
    announce(ledger, &id);
    Ok(id)
}

/// What the bank says of a refund after a while; a failed one gives the charge its money back.
pub(super) fn answer(ledger: &mut Ledger, id: &str, answer: BankAnswer) {
    if matches!(ledger.read(id).text("status"), "failed" | "canceled" | "") {
        return;
    }
    ledger.hide(id, |hidden| hidden.answer = None);
    let failure_transaction = fresh("txn_3");
    ledger.change(id, "refund.updated", |refund| match answer {
        BankAnswer::Yes => refund["status"] = json!("succeeded"),
        BankAnswer::No => {
            refund["status"] = json!("failed");
            refund["failure_reason"] = json!("unknown");
            refund["failure_balance_transaction"] = json!(failure_transaction);
        }
    });
    ledger.emit("charge.refund.updated", id);
    if answer == BankAnswer::No {
        ledger.emit("refund.failed", id);
        let refund = ledger.read(id);
        let (charge, amount) = (refund.text("charge").to_owned(), refund.number("amount"));
        book(ledger, &charge, -amount, "charge.updated");
    }
}

pub(super) fn list(ledger: &Ledger, params: &Params) -> Result<Value, ApiError> {
    let known = ["charge", "payment_intent", "created", "limit", "starting_after", "ending_before"];
    params.only(&known)?;
    let refunds = ledger.all("refund").filter(|refund| charges::belongs(refund, params));
    list::page(refunds, params, "/v1/refunds")
}

fn make(ledger: &mut Ledger, id: &str, amount: Option<i64>) -> Result<String, ApiError> {
    let charge = ledger.read(id);
    let left = charge.number("amount_captured") - charge.number("amount_refunded");
    if charge.text("status") != "succeeded" {
        return Err(ApiError::invalid(format!(
            "Charge {id} has not succeeded and cannot be refunded."
        ))
        .param("charge"));
    }
    if ledger.all("dispute").any(|dispute| dispute.text("charge") == id && takes_money(dispute)) {
        return Err(ApiError::invalid(format!(
            "Charge {id} has been charged back; cannot issue a refund."
        ))
        .code("charge_disputed"));
    }
    if left == 0 {
        return Err(ApiError::invalid(format!("Charge {id} has already been refunded."))
            .code("charge_already_refunded"));
    }
    let amount = amount.unwrap_or(left);
    if amount < 1 {
        return Err(ApiError::invalid("This value must be greater than or equal to 1.")
            .code("parameter_invalid_integer")
            .param("amount"));
    }
    if amount > left {
        let words = |amount| money::words(amount, charge.text("currency"));
        return Err(ApiError::invalid(format!(
            "Refund amount ({}) is greater than unrefunded amount on charge ({})",
            words(amount),
            words(left)
        ))
        .param("amount"));
    }
    let (status, answer) = match ledger.hidden(charge.text("payment_method")).card {
        Some(Card::RefundWaits) => ("pending", Some(BankAnswer::Yes)),
        Some(Card::RefundFails) => ("succeeded", Some(BankAnswer::No)),
        _ => ("succeeded", None),
    };
    let refund = shape(&fresh("re_3"), charge, amount, status, ledger.now);
    let answer = answer.map(|answer| (ledger.now + TAKES, answer));
    Ok(ledger.insert(refund, Hidden { answer, ..Hidden::default() }))
}

fn announce(ledger: &mut Ledger, id: &str) {
    ledger.emit("refund.created", id);
    let refund = ledger.read(id);
    let (charge, amount) = (refund.text("charge").to_owned(), refund.number("amount"));
    book(ledger, &charge, amount, "charge.refunded");
}

fn book(ledger: &mut Ledger, charge: &str, amount: i64, event: &str) {
    ledger.change(charge, event, |charge| {
        let refunded = charge.number("amount_refunded") + amount;
        charge["amount_refunded"] = json!(refunded);
        charge["refunded"] = json!(refunded == charge.number("amount_captured"));
    });
}

fn takes_money(dispute: &Value) -> bool {
    matches!(dispute.text("status"), "needs_response" | "under_review" | "lost")
}

fn shape(id: &str, charge: &Value, amount: i64, status: &str, now: i64) -> Value {
    let kind = charge["payment_method_details"].text("type");
    let mut destination = json!({"type": kind});
    destination[kind] = match kind {
        "card" => json!({
            "reference_status": "pending",
            "reference_type": "acquirer_reference_number",
            "type": "refund",
        }),
        _ => json!({}),
    };
    json!({
        "id": id,
        "object": "refund",
        "amount": amount,
        "balance_transaction": fresh("txn_3"),
        "charge": charge["id"],
        "created": now,
        "currency": charge["currency"],
        "customer": charge["customer"],
        "customer_account": null,
        "destination_details": destination,
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "payment_method": charge["payment_method"],
        "pending_reason": if status == "pending" { json!("processing") } else { Value::Null },
        "reason": null,
        "receipt_number": null,
        "source_transfer_reversal": null,
        "status": status,
        "transfer_reversal": null,
    })
}
