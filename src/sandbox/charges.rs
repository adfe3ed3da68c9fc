//! Charges: one attempt each to take the money of a payment intent.

use serde_json::{Value, json};

use super::{
    cards::Card,
    error::ApiError,
    form::Params,
    ledger::{Fields, Hidden, Ledger, absent, fresh, overlay},
    list, payment_methods,
};

/// How a charge stands when it is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing<'a> {
    Paid,
    /// The bank has not answered yet.
    Pending,
    Failed {
        reason: &'a str,
        message: &'a str,
    },
}

/// Charges an intent to a payment method, silently.
pub(super) fn make(
    ledger: &mut Ledger,
    intent: &str,
    method: &str,
    standing: Standing<'_>,
) -> String {
    let card = ledger.hidden(method).card.unwrap_or(Card::Declined);
    let email = ledger.read(method)["billing_details"]["email"].as_str();
    let blank = blank_charge(&fresh("ch_3"), ledger.read(intent), method, card, email, ledger.now);
    let standing = standing_shape(card, standing, blank.number("amount"));
    ledger.insert(overlay(blank, standing), Hidden::default())
}

/// Changes how a pending charge stands, silently.
pub(super) fn resolve(ledger: &mut Ledger, charge: &str, standing: Standing<'_>) {
    let method = ledger.read(charge).text("payment_method").to_owned();
    let card = ledger.hidden(&method).card.unwrap_or(Card::Declined);
    ledger.quietly(charge, |charge| {
        let standing = standing_shape(card, standing, charge.number("amount"));
        *charge = overlay(charge.take(), standing);
    });
}

/// The charge that a parameter names: itself, or by the payment intent it belongs to.
pub(super) fn chosen(ledger: &Ledger, params: &Params) -> Result<String, ApiError> {
    match (params.text("charge"), params.text("payment_intent")) {
        (Some(id), _) => match ledger.find("charge", id) {
            Some(_) => Ok(id.to_owned()),
            None => Err(ApiError::missing_param("charge", id, "charge")),
        },
        (None, Some(id)) => {
            let intent = ledger
                .find("payment_intent", id)
                .ok_or_else(|| ApiError::missing_param("payment_intent", id, "payment_intent"))?;
            let charge = intent["latest_charge"].as_str().map(str::to_owned);
            charge.ok_or_else(|| {
                ApiError::invalid("This PaymentIntent does not have a successful charge to refund.")
                    .param("payment_intent")
            })
        }
        (None, None) => Err(ApiError::required("payment_intent")),
    }
}

/// Whether an object belongs to the `charge` and the `payment_intent` that a list is asked for.
pub(super) fn belongs(object: &Value, params: &Params) -> bool {
    ["charge", "payment_intent"]
        .iter()
        .all(|name| params.text(name).is_none_or(|id| object.text(name) == id))
}

pub(super) fn list(ledger: &Ledger, params: &Params) -> Result<Value, ApiError> {
    params.only(&[
        "customer",
        "payment_intent",
        "transfer_group",
        "created",
        "limit",
        "starting_after",
        "ending_before",
    ])?;
    let customer = params.text("customer");
    let charges = ledger
        .all("charge")
        .filter(|charge| belongs(charge, params))
        .filter(|charge| customer.is_none_or(|id| charge.text("customer") == id));
    list::page(charges, params, "/v1/charges")
}

fn standing_shape(card: Card, standing: Standing<'_>, amount: i64) -> Value {
    let (network, kind, message) = match standing {
        Standing::Paid => ("approved_by_network", "authorized", "Payment complete."),
        Standing::Pending => ("approved_by_network", "authorized", "Payment pending."),
        Standing::Failed { .. } => ("declined_by_network", "issuer_declined", "The bank declined."),
    };
    let (status, failure) = match standing {
        Standing::Paid => ("succeeded", None),
        Standing::Pending => ("pending", None),
        Standing::Failed { reason, message } => ("failed", Some((reason, message))),
    };
    let captured = failure.is_none();
    let code = match card {
        Card::Debit(..) => failure.map(|(reason, _)| reason),
        _ => failure.map(|_| "card_declined"),
    };
    json!({
        "amount_captured": if captured { amount } else { 0 },
        "balance_transaction": if captured { json!(fresh("txn_3")) } else { Value::Null },
        "captured": captured,
        "failure_code": code,
        "failure_message": failure.map(|(_, message)| message),
        "outcome": {
            "advice_code": null,
            "network_advice_code": null,
            "network_decline_code": null,
            "network_status": network,
            "reason": failure.map(|(reason, _)| reason),
            "risk_level": "normal",
            "seller_message": message,
            "type": kind,
        },
        "paid": standing == Standing::Paid,
        "status": status,
    })
}

fn blank_charge(
    id: &str,
    intent: &Value,
    method: &str,
    card: Card,
    email: Option<&str>,
    now: i64,
) -> Value {
    let absent = absent(&[
        "application",
        "application_fee",
        "application_fee_amount",
        "failure_balance_transaction",
        "on_behalf_of",
        "receipt_email",
        "receipt_number",
        "receipt_url",
        "review",
        "shipping",
        "source",
        "source_transfer",
        "statement_descriptor",
        "statement_descriptor_suffix",
        "transfer_data",
        "transfer_group",
    ]);
    overlay(
        absent,
        json!({
            "id": id,
            "object": "charge",
            "amount": intent["amount"],
            "amount_refunded": 0,
            "billing_details": payment_methods::billing_details(email),
            "calculated_statement_descriptor": "SANDBOX",
            "created": now,
            "currency": intent["currency"],
            "customer": intent["customer"],
            "description": intent["description"],
            "disputed": false,
            "fraud_details": {},
            "livemode": false,
            "metadata": {},
            "payment_intent": intent["id"],
            "payment_method": method,
            "payment_method_details": payment_methods::details(card),
            "refunded": false,
        }),
    )
}
