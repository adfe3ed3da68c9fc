//! Payment intents, their charges, and set-up intents.

use serde_json::{Value, json};

use super::{
    cards::{Card, Presence, Verdict},
    ledger::{Fields, Hidden, Ledger, absent, fresh, overlay},
    payment_methods,
};

/// How an attempt to pay, or to save a card, ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Succeeded,
    NeedsAuthentication,
    Declined { message: &'static str, decline_code: &'static str },
}

/// What a payment intent is for.
pub(super) struct Purpose<'a> {
    pub(super) customer: Option<&'a str>,
    pub(super) amount: i64,
    pub(super) currency: &'a str,
    pub(super) description: Option<&'a str>,
    pub(super) metadata: Value,
}

/// Begins a payment.
pub(super) fn intend(ledger: &mut Ledger, purpose: &Purpose<'_>) -> String {
    let intent = intent_shape(&fresh("pi_3"), purpose, ledger.now);
    ledger.create(intent, Hidden::default(), "payment_intent.created")
}

/// Charges an intent to a payment method.
pub(super) fn confirm(
    ledger: &mut Ledger,
    intent: &str,
    method: &str,
    presence: Presence,
) -> Outcome {
    let hidden = ledger.hidden(method);
    let card = hidden.card.unwrap_or(Card::Declined);
    match card.charge(presence, hidden.set_up) {
        Verdict::Pays => {
            let charge = charge(ledger, intent, method, None);
            ledger.hide(method, |hidden| hidden.set_up |= presence == Presence::Authenticated);
            ledger.quietly(intent, |intent| {
                intent["status"] = json!("succeeded");
                intent["amount_received"] = intent["amount"].clone();
                intent["latest_charge"] = json!(charge);
                intent["payment_method"] = json!(method);
                intent["next_action"] = Value::Null;
                intent["last_payment_error"] = Value::Null;
            });
            ledger.emit("charge.succeeded", &charge);
            ledger.emit("payment_intent.succeeded", intent);
            Outcome::Succeeded
        }
        Verdict::Authenticate => {
            ledger.quietly(intent, |intent| {
                intent["status"] = json!("requires_action");
                intent["payment_method"] = json!(method);
                intent["next_action"] = json!({
                    "type": "use_stripe_sdk",
                    "use_stripe_sdk": {"type": "three_d_secure_redirect"},
                });
            });
            ledger.emit("payment_intent.requires_action", intent);
            Outcome::NeedsAuthentication
        }
        Verdict::Declines { decline_code, message } => {
            refuse(ledger, intent, method, "card_declined", decline_code, message);
            Outcome::Declined { message, decline_code }
        }
    }
}

/// Ends a payment whose 3-D Secure check was failed.
pub(super) fn fail_authentication(ledger: &mut Ledger, intent: &str, method: &str) {
    let code = "payment_intent_authentication_failure";
    let message = "The provided PaymentMethod has failed authentication.";
    refuse(ledger, intent, method, code, "authentication_required", message);
}

/// Saves a card without charging it.
pub(super) fn set_up(
    ledger: &mut Ledger,
    customer: Option<&str>,
    method: &str,
    presence: Presence,
) -> (String, Outcome) {
    let card = ledger.hidden(method).card.unwrap_or(Card::Declined);
    let verdict = card.save(presence);
    let status = match verdict {
        Verdict::Pays => "succeeded",
        Verdict::Authenticate => "requires_action",
        Verdict::Declines { .. } => "requires_payment_method",
    };
    let intent = set_up_shape(&fresh("seti_1"), customer, method, status, ledger.now);
    let id = ledger.create(intent, Hidden::default(), "setup_intent.created");
    let outcome = match verdict {
        Verdict::Pays => {
            ledger.hide(method, |hidden| hidden.set_up |= presence == Presence::Authenticated);
            ledger.emit("setup_intent.succeeded", &id);
            Outcome::Succeeded
        }
        Verdict::Authenticate => {
            ledger.emit("setup_intent.requires_action", &id);
            Outcome::NeedsAuthentication
        }
        Verdict::Declines { decline_code, message } => {
            ledger.emit("setup_intent.setup_failed", &id);
            Outcome::Declined { message, decline_code }
        }
    };
    (id, outcome)
}

fn refuse(
    ledger: &mut Ledger,
    intent: &str,
    method: &str,
    code: &str,
    decline_code: &str,
    message: &str,
) {
    let charge = charge(ledger, intent, method, Some((decline_code, message)));
    let method = ledger.read(method).clone();
    ledger.quietly(intent, |intent| {
        intent["status"] = json!("requires_payment_method");
        intent["latest_charge"] = json!(charge);
        intent["payment_method"] = Value::Null;
        intent["next_action"] = Value::Null;
        intent["last_payment_error"] = json!({
            "charge": charge,
            "code": code,
            "decline_code": decline_code,
            "message": message,
            "payment_method": method,
            "type": "card_error",
        });
    });
    ledger.emit("charge.failed", &charge);
    ledger.emit("payment_intent.payment_failed", intent);
}

fn charge(
    ledger: &mut Ledger,
    intent: &str,
    method: &str,
    failure: Option<(&str, &str)>,
) -> String {
    let card = ledger.hidden(method).card.unwrap_or(Card::Declined);
    let email = ledger.read(method)["billing_details"]["email"].as_str();
    let object =
        charge_shape(&fresh("ch_3"), ledger.read(intent), method, card, failure, email, ledger.now);
    ledger.insert(object, Hidden::default())
}

fn intent_shape(id: &str, purpose: &Purpose<'_>, now: i64) -> Value {
    overlay(
        blank_intent(),
        json!({
            "id": id,
            "amount": purpose.amount,
            "client_secret": format!("{id}_secret_sandbox"),
            "created": now,
            "currency": purpose.currency,
            "customer": purpose.customer,
            "description": purpose.description,
            "metadata": purpose.metadata,
        }),
    )
}

/// What every payment intent of the sandbox starts with.
fn blank_intent() -> Value {
    let absent = absent(&[
        "application",
        "application_fee_amount",
        "automatic_payment_methods",
        "canceled_at",
        "cancellation_reason",
        "customer_account",
        "excluded_payment_method_types",
        "last_payment_error",
        "latest_charge",
        "next_action",
        "on_behalf_of",
        "payment_method",
        "payment_method_configuration_details",
        "processing",
        "receipt_email",
        "review",
        "setup_future_usage",
        "shipping",
        "source",
        "statement_descriptor",
        "statement_descriptor_suffix",
        "transfer_data",
        "transfer_group",
    ]);
    overlay(
        absent,
        json!({
            "object": "payment_intent",
            "amount_capturable": 0,
            "amount_details": {"tip": {}},
            "amount_received": 0,
            "capture_method": "automatic",
            "confirmation_method": "automatic",
            "livemode": false,
            "payment_method_options": {
                "card": {
                    "installments": null,
                    "mandate_options": null,
                    "network": null,
                    "request_three_d_secure": "automatic",
                },
            },
            "payment_method_types": ["card"],
            "status": "requires_payment_method",
        }),
    )
}

fn charge_shape(
    id: &str,
    intent: &Value,
    method: &str,
    card: Card,
    failure: Option<(&str, &str)>,
    email: Option<&str>,
    now: i64,
) -> Value {
    let paid = failure.is_none();
    let amount = intent.number("amount");
    let mut facts = payment_methods::card_facts(card);
    facts["installments"] = Value::Null;
    facts["mandate"] = Value::Null;
    facts["network"] = json!("visa");
    facts["three_d_secure"] = Value::Null;
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
            "amount": amount,
            "amount_captured": if paid { amount } else { 0 },
            "amount_refunded": 0,
            "balance_transaction": if paid { json!(fresh("txn_3")) } else { Value::Null },
            "billing_details": payment_methods::billing_details(email),
            "calculated_statement_descriptor": "SANDBOX",
            "captured": paid,
            "created": now,
            "currency": intent["currency"],
            "customer": intent["customer"],
            "description": intent["description"],
            "disputed": false,
            "failure_code": failure.map(|_| "card_declined"),
            "failure_message": failure.map(|(_, message)| message),
            "fraud_details": {},
            "livemode": false,
            "metadata": {},
            "outcome": {
                "advice_code": null,
                "network_advice_code": null,
                "network_decline_code": null,
                "network_status": if paid { "approved_by_network" } else { "declined_by_network" },
                "reason": failure.map(|(reason, _)| reason),
                "risk_level": "normal",
                "seller_message": if paid { "Payment complete." } else { "The bank declined." },
                "type": if paid { "authorized" } else { "issuer_declined" },
            },
            "paid": paid,
            "payment_intent": intent["id"],
            "payment_method": method,
            "payment_method_details": {"card": facts, "type": "card"},
            "refunded": false,
            "status": if paid { "succeeded" } else { "failed" },
        }),
    )
}

fn set_up_shape(id: &str, customer: Option<&str>, method: &str, status: &str, now: i64) -> Value {
    json!({
        "id": id,
        "object": "setup_intent",
        "application": null,
        "automatic_payment_methods": null,
        "cancellation_reason": null,
        "client_secret": format!("{id}_secret_sandbox"),
        "created": now,
        "customer": customer,
        "customer_account": null,
        "description": null,
        "excluded_payment_method_types": null,
        "flow_directions": null,
        "last_setup_error": null,
        "latest_attempt": null,
        "livemode": false,
        "mandate": null,
        "metadata": {},
        "next_action": null,
        "on_behalf_of": null,
        "payment_method": method,
        "payment_method_configuration_details": null,
        "payment_method_options": {"card": {"mandate_options": null, "network": null, "request_three_d_secure": "automatic"}},
        "payment_method_types": ["card"],
        "single_use_mandate": null,
        "status": status,
        "usage": "off_session",
    })
}
