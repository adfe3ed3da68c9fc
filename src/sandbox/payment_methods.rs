//! Cards and bank accounts that customers keep.

use serde_json::{Value, json};

use super::{
    cards::{Card, Rail},
    error::ApiError,
    form::Params,
    ledger::{Fields, Hidden, Ledger, fresh, overlay},
    list,
};

/// Makes a payment method of a test card, kept by nobody yet.
pub(super) fn create(ledger: &mut Ledger, card: Card, email: Option<&str>) -> String {
    let object = shape(&fresh("pm_1"), card, email, ledger.now);
    ledger.insert(object, Hidden { card: Some(card), ..Hidden::default() })
}

/// Lets a customer keep a payment method.
pub(super) fn attach(ledger: &mut Ledger, method: &str, customer: &str) {
    if ledger.read(method).text("customer") != customer {
        ledger.quietly(method, |method| method["customer"] = json!(customer));
        ledger.emit("payment_method.attached", method);
    }
}

/// Makes a payment method the customer's default.
pub(super) fn make_default(ledger: &mut Ledger, customer: &str, method: &str) {
    ledger.change(customer, "customer.updated", |customer| {
        customer["invoice_settings"]["default_payment_method"] = json!(method);
    });
}

/// What a subscription is charged to: its own payment method, else its customer's.
pub(super) fn for_subscription(ledger: &Ledger, subscription: &Value) -> Option<String> {
    let customer = ledger.read(subscription.text("customer"));
    [
        &subscription["default_payment_method"],
        &customer["invoice_settings"]["default_payment_method"],
    ]
    .into_iter()
    .find_map(Value::as_str)
    .map(str::to_owned)
}

pub(super) fn list_of(ledger: &Ledger, customer: &str, params: &Params) -> Result<Value, ApiError> {
    params.only(&["type", "customer", "limit", "starting_after", "ending_before"])?;
    ledger.named("customer", customer)?;
    let kind = params.text("type");
    let kept = ledger
        .all("payment_method")
        .filter(|method| method.text("customer") == customer)
        .filter(|method| kind.is_none_or(|kind| method.text("type") == kind));
    list::page(kept, params, &format!("/v1/customers/{customer}/payment_methods"))
}

/// The method for people, such as `Visa •••• 4242`.
pub(super) fn words(method: &Value) -> String {
    let kind = method.text("type");
    let name = match kind {
        "card" => "Visa",
        "sepa_debit" => "SEPA account",
        _ => "Bank account",
    };
    format!("{name} •••• {}", method[kind].text("last4"))
}

/// What a charge repeats of its payment method.
pub(super) fn details(card: Card) -> Value {
    let facts = match card {
        Card::Debit(rail, _) => {
            overlay(bank_facts(card, rail), json!({"expected_debit_date": null, "mandate": null}))
        }
        _ => overlay(
            card_facts(card),
            json!({"installments": null, "mandate": null, "network": "visa", "three_d_secure": null}),
        ),
    };
    let mut details = json!({"type": card.kind()});
    details[card.kind()] = facts;
    details
}

fn bank_facts(card: Card, rail: Rail) -> Value {
    let fingerprint = format!("sandbox{}", card.last4());
    match rail {
        Rail::Sepa => json!({
            "bank_code": "37040044",
            "branch_code": "",
            "country": "DE",
            "fingerprint": fingerprint,
            "last4": card.last4(),
        }),
        Rail::Ach => json!({
            "account_holder_type": "individual",
            "account_type": "checking",
            "bank_name": "STRIPE TEST BANK",
            "fingerprint": fingerprint,
            "last4": card.last4(),
            "routing_number": "110000000",
        }),
    }
}

fn card_facts(card: Card) -> Value {
    json!({
        "brand": "visa",
        "checks": {
            "address_line1_check": null,
            "address_postal_code_check": null,
            "cvc_check": "pass",
        },
        "country": "US",
        "exp_month": 12,
        "exp_year": 2034,
        "fingerprint": format!("sandbox{}", card.last4()),
        "funding": "credit",
        "last4": card.last4(),
        "wallet": null,
    })
}

pub(super) fn billing_details(email: Option<&str>) -> Value {
    json!({
        "address": {
            "city": null,
            "country": null,
            "line1": null,
            "line2": null,
            "postal_code": null,
            "state": null,
        },
        "email": email,
        "name": null,
        "phone": null,
        "tax_id": null,
    })
}

fn shape(id: &str, card: Card, email: Option<&str>, now: i64) -> Value {
    let facts = match card {
        Card::Debit(Rail::Sepa, _) => {
            let generated_from = json!({"charge": null, "setup_attempt": null});
            overlay(bank_facts(card, Rail::Sepa), json!({"generated_from": generated_from}))
        }
        Card::Debit(Rail::Ach, _) => overlay(
            bank_facts(card, Rail::Ach),
            json!({
                "financial_connections_account": null,
                "networks": {"preferred": "ach", "supported": ["ach"]},
                "status_details": {},
            }),
        ),
        _ => overlay(
            card_facts(card),
            json!({
                "display_brand": "visa",
                "generated_from": null,
                "networks": {"available": ["visa"], "preferred": null},
                "regulated_status": "unregulated",
                "three_d_secure_usage": {"supported": true},
            }),
        ),
    };
    let mut method = json!({
        "id": id,
        "object": "payment_method",
        "allow_redisplay": "limited",
        "billing_details": billing_details(email),
        "created": now,
        "customer": null,
        "customer_account": null,
        "livemode": false,
        "metadata": {},
        "type": card.kind(),
    });
    method[card.kind()] = facts;
    method
}
