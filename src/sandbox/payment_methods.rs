//! Cards that customers keep.

use serde_json::{Value, json};

use super::{
    cards::Card,
    error::ApiError,
    form::Params,
    ledger::{Fields, Hidden, Ledger, fresh},
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
    let kept = ledger.all("payment_method").filter(|method| method.text("customer") == customer);
    list::page(kept, params, &format!("/v1/customers/{customer}/payment_methods"))
}

/// The card's facts as a charge repeats them.
pub(super) fn card_facts(card: Card) -> Value {
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
    let mut facts = card_facts(card);
    facts["display_brand"] = json!("visa");
    facts["generated_from"] = Value::Null;
    facts["networks"] = json!({"available": ["visa"], "preferred": null});
    facts["regulated_status"] = json!("unregulated");
    facts["three_d_secure_usage"] = json!({"supported": true});
    json!({
        "id": id,
        "object": "payment_method",
        "allow_redisplay": "limited",
        "billing_details": billing_details(email),
        "card": facts,
        "created": now,
        "customer": null,
        "customer_account": null,
        "livemode": false,
        "metadata": {},
        "type": "card",
    })
}
