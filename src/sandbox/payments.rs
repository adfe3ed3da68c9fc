//! Payment intents and set-up intents.

use serde_json::{Value, json};

use super::{
    bank,
    cards::{Card, Presence, Rail, Verdict},
    charges::{self, Standing},
    disputes::{self, Stage},
    error::ApiError,
    form::Params,
    ledger::{Fields, Hidden, Ledger, absent, fresh, overlay},
    list,
};

/// How an attempt to pay, or to save a card, ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Succeeded,
    /// A bank was asked and answers in some days.
    Processing,
    NeedsAuthentication,
    Declined {
        message: &'static str,
        decline_code: &'static str,
    },
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
    if ledger.read(intent).text("status") == "processing" {
        return Outcome::Processing;
    }
    let hidden = ledger.hidden(method);
    let card = hidden.card.unwrap_or(Card::Declined);
    match card.charge(presence, hidden.set_up) {
        Verdict::Pays => {
            let charge = charges::make(ledger, intent, method, Standing::Paid);
            ledger.hide(method, |hidden| hidden.set_up |= presence == Presence::Authenticated);
            ledger.quietly(intent, |intent| {
                begin_with(intent, method, &charge, "succeeded");
                intent["amount_received"] = intent["amount"].clone();
            });
            ledger.emit("charge.succeeded", &charge);
            ledger.emit("payment_intent.succeeded", intent);
            let stage = match card {
                Card::Disputed => Some(Stage::Dispute),
                Card::Inquired => Some(Stage::Inquiry),
                _ => None,
            };
            if let Some(stage) = stage {
                disputes::begin(ledger, &charge, stage);
            }
            Outcome::Succeeded
        }
        Verdict::Processes => {
            let charge = charges::make(ledger, intent, method, Standing::Pending);
            ledger.quietly(intent, |intent| begin_with(intent, method, &charge, "processing"));
            bank::ask(ledger, intent, card);
            ledger.emit("charge.pending", &charge);
            ledger.emit("payment_intent.processing", intent);
            Outcome::Processing
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

fn begin_with(intent: &mut Value, method: &str, charge: &str, status: &str) {
    intent["status"] = json!(status);
    intent["latest_charge"] = json!(charge);
    intent["payment_method"] = json!(method);
    intent["next_action"] = Value::Null;
    intent["last_payment_error"] = Value::Null;
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
        Verdict::Pays | Verdict::Processes => "succeeded",
        Verdict::Authenticate => "requires_action",
        Verdict::Declines { .. } => "requires_payment_method",
    };
    let intent = set_up_shape(&fresh("seti_1"), customer, method, status, ledger.now);
    let id = ledger.create(intent, Hidden::default(), "setup_intent.created");
    let outcome = match verdict {
        Verdict::Pays | Verdict::Processes => {
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
    let standing = Standing::Failed { reason: decline_code, message };
    let charge = charges::make(ledger, intent, method, standing);
    let error = json!({"code": code, "decline_code": decline_code, "message": message});
    fail(ledger, intent, &charge, error);
}

/// Sends an intent back to where it waits for a payment method, and tells of its failed charge.
pub(super) fn fail(ledger: &mut Ledger, intent: &str, charge: &str, error: Value) {
    let method = ledger.read(charge).text("payment_method").to_owned();
    let method = ledger.read(&method).clone();
    let error =
        overlay(json!({"charge": charge, "payment_method": method, "type": "card_error"}), error);
    ledger.quietly(intent, |intent| {
        begin_with(intent, "", charge, "requires_payment_method");
        intent["payment_method"] = Value::Null;
        intent["last_payment_error"] = error;
    });
    ledger.emit("charge.failed", charge);
    ledger.emit("payment_intent.payment_failed", intent);
}

pub(super) fn list(ledger: &Ledger, params: &Params) -> Result<Value, ApiError> {
    params.only(&["customer", "created", "limit", "starting_after", "ending_before"])?;
    let customer = params.text("customer");
    let intents = ledger
        .all("payment_intent")
        .filter(|intent| customer.is_none_or(|id| intent.text("customer") == id));
    list::page(intents, params, "/v1/payment_intents")
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
            "payment_method_types": method_types(purpose.currency),
        }),
    )
}

/// The payment intent behind itself, a charge, an invoice or a checkout session.
pub(super) fn behind(ledger: &Ledger, id: &str) -> Option<String> {
    let object = ledger.get(id)?;
    match object.text("object") {
        "payment_intent" => Some(id.to_owned()),
        "charge" => object["payment_intent"].as_str().map(str::to_owned),
        _ => ledger.hidden(id).intent,
    }
}

/// The kinds of payment method that this currency can be paid with.
pub(super) fn method_types(currency: &str) -> Vec<&'static str> {
    let rails = [Rail::Sepa, Rail::Ach].into_iter().filter(|rail| rail.currency() == currency);
    std::iter::once("card").chain(rails.map(Rail::kind)).collect()
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
            "status": "requires_payment_method",
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
