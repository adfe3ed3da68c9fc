//! Disputes: a bank takes a payment back, or asks about it first.

use serde_json::{Value, json};

use super::{
    calendar::DAY,
    charges,
    error::ApiError,
    form::Params,
    ledger::{Fields, Hidden, Ledger, absent, fresh, overlay},
    list,
};

/// How long the merchant has to answer.
const ANSWER_WITHIN: i64 = 9 * DAY;
/// What a bank's dispute costs the merchant, in the currency's smallest unit.
const FEE: i64 = 1_500;

/// How far a dispute has gone when it is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// The bank only asks: no money is withdrawn.
    Inquiry,
    /// The bank takes the money.
    Dispute,
}

/// How a dispute ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The merchant gets the money back; an inquiry is dropped.
    Won,
    /// The customer keeps the money. An inquiry cannot be lost before it is escalated.
    Lost,
}

/// Opens a dispute of a charge that was paid.
pub(super) fn open(ledger: &mut Ledger, charge: &str, stage: Stage) -> Result<String, ApiError> {
    if !ledger.named("charge", charge)?.truth("paid") {
        return Err(ApiError::invalid("Only a charge that was paid can be disputed."));
    }
    Ok(begin(ledger, charge, stage))
}

/// As `open`, of a charge that has just been paid.
pub(super) fn begin(ledger: &mut Ledger, charge: &str, stage: Stage) -> String {
    let id = fresh("du_1");
    let dispute = shape(&id, ledger.read(charge), stage, ledger.now);
    ledger.quietly(charge, |charge| charge["disputed"] = json!(true));
    ledger.create(dispute, Hidden::default(), "charge.dispute.created");
    if stage == Stage::Dispute {
        withdraw(ledger, &id);
    }
    id
}

/// Turns an inquiry into a dispute that takes the money.
pub(super) fn escalate(ledger: &mut Ledger, id: &str) -> Result<(), ApiError> {
    if ledger.named("dispute", id)?.text("status") != "warning_needs_response" {
        return Err(ApiError::invalid("Only an open inquiry can be escalated."));
    }
    ledger.change(id, "charge.dispute.updated", |dispute| {
        dispute["status"] = json!("needs_response");
        dispute["is_charge_refundable"] = json!(false);
        dispute["payment_method_details"]["card"]["case_type"] = json!("chargeback");
    });
    withdraw(ledger, id);
    Ok(())
}

/// Ends an open dispute or inquiry.
pub(super) fn close(ledger: &mut Ledger, id: &str, verdict: Verdict) -> Result<(), ApiError> {
    let status = match (ledger.named("dispute", id)?.text("status"), verdict) {
        ("needs_response" | "under_review", Verdict::Won) => "won",
        ("needs_response" | "under_review", Verdict::Lost) => "lost",
        ("warning_needs_response" | "warning_under_review", Verdict::Won) => "warning_closed",
        ("warning_needs_response" | "warning_under_review", Verdict::Lost) => {
            return Err(ApiError::invalid("An inquiry takes no money: escalate it first."));
        }
        _ => return Err(ApiError::invalid("This dispute is already closed")),
    };
    ledger.quietly(id, |dispute| {
        dispute["status"] = json!(status);
        dispute["is_charge_refundable"] = json!(status != "lost");
    });
    if status == "won" {
        let (amount, now) = (ledger.read(id).number("amount"), ledger.now);
        move_money(ledger, id, &transaction(ledger.read(id), amount, 0, now));
        ledger.emit("charge.dispute.funds_reinstated", id);
    }
    ledger.emit("charge.dispute.closed", id);
    Ok(())
}

/// `POST /v1/disputes/{id}/close`: the merchant gives in.
pub(super) fn give_in(ledger: &mut Ledger, id: &str, params: &Params) -> Result<Value, ApiError> {
    params.only(&[])?;
    close(ledger, id, Verdict::Lost)?;
    Ok(ledger.read(id).clone())
}

pub(super) fn list(ledger: &Ledger, params: &Params) -> Result<Value, ApiError> {
    let known = ["charge", "payment_intent", "created", "limit", "starting_after", "ending_before"];
    params.only(&known)?;
    let disputes = ledger.all("dispute").filter(|dispute| charges::belongs(dispute, params));
    list::page(disputes, params, "/v1/disputes")
}

fn withdraw(ledger: &mut Ledger, id: &str) {
    let (amount, now) = (ledger.read(id).number("amount"), ledger.now);
    move_money(ledger, id, &transaction(ledger.read(id), -amount, FEE, now));
    ledger.emit("charge.dispute.funds_withdrawn", id);
}

fn move_money(ledger: &mut Ledger, id: &str, transaction: &Value) {
    ledger.quietly(id, |dispute| {
        if let Some(transactions) = dispute["balance_transactions"].as_array_mut() {
            transactions.push(transaction.clone());
        }
    });
}

fn transaction(dispute: &Value, amount: i64, fee: i64, now: i64) -> Value {
    let charge = dispute.text("charge");
    let (category, what) =
        if amount < 0 { ("dispute", "withdrawal") } else { ("dispute_reversal", "reversal") };
    let fees: Vec<Value> = (fee > 0)
        .then(|| {
            json!({
                "amount": fee,
                "application": null,
                "currency": dispute["currency"],
                "description": "Dispute fee",
                "type": "stripe_fee",
            })
        })
        .into_iter()
        .collect();
    json!({
        "id": fresh("txn_1"),
        "object": "balance_transaction",
        "amount": amount,
        "available_on": now,
        "balance_type": "payments",
        "created": now,
        "currency": dispute["currency"],
        "description": format!("Chargeback {what} for {charge}"),
        "exchange_rate": null,
        "fee": fee,
        "fee_details": fees,
        "net": amount - fee,
        "reporting_category": category,
        "source": dispute["id"],
        "status": "available",
        "type": "adjustment",
    })
}

fn shape(id: &str, charge: &Value, stage: Stage, now: i64) -> Value {
    let (status, case) = match stage {
        Stage::Inquiry => ("warning_needs_response", "inquiry"),
        Stage::Dispute => ("needs_response", "chargeback"),
    };
    let card = match charge["payment_method_details"].text("type") {
        "card" => json!({
            "card": {
                "brand": "visa",
                "case_type": case,
                "network": "visa",
                "network_reason_code": "10.4",
            },
            "type": "card",
        }),
        // Stripe describes no details of a disputed bank debit.
        _ => Value::Null,
    };
    json!({
        "id": id,
        "object": "dispute",
        "amount": charge.number("amount") - charge.number("amount_refunded"),
        "balance_transactions": [],
        "charge": charge["id"],
        "created": now,
        "currency": charge["currency"],
        "enhanced_eligibility_types": [],
        "evidence": evidence(),
        "evidence_details": {
            "due_by": now + ANSWER_WITHIN,
            "enhanced_eligibility": {},
            "has_evidence": false,
            "past_due": false,
            "submission_count": 0,
            "submission_method": "not_submitted",
        },
        "intended_submission_method": null,
        "is_charge_refundable": stage == Stage::Inquiry,
        "livemode": false,
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "payment_method_details": card,
        "reason": if stage == Stage::Inquiry { "general" } else { "fraudulent" },
        "status": status,
    })
}

fn evidence() -> Value {
    let absent = absent(&[
        "access_activity_log",
        "billing_address",
        "cancellation_policy",
        "cancellation_policy_disclosure",
        "cancellation_rebuttal",
        "customer_communication",
        "customer_email_address",
        "customer_name",
        "customer_purchase_ip",
        "customer_signature",
        "duplicate_charge_documentation",
        "duplicate_charge_explanation",
        "duplicate_charge_id",
        "product_description",
        "receipt",
        "refund_policy",
        "refund_policy_disclosure",
        "refund_refusal_explanation",
        "service_date",
        "service_documentation",
        "shipping_address",
        "shipping_carrier",
        "shipping_date",
        "shipping_documentation",
        "shipping_tracking_number",
        "uncategorized_file",
        "uncategorized_text",
    ]);
    overlay(absent, json!({"enhanced_evidence": {}}))
}
