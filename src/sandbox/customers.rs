//! Customers.

use serde_json::{Value, json};

use super::{
    error::ApiError,
    form::{self, Params},
    ledger::{Fields, Hidden, Ledger, fresh},
    list, subscriptions,
};

const WRITABLE: &[&str] = &[
    "address",
    "balance",
    "business_name",
    "cash_balance",
    "description",
    "email",
    "individual_name",
    "invoice_prefix",
    "invoice_settings",
    "metadata",
    "name",
    "next_invoice_sequence",
    "payment_method",
    "phone",
    "preferred_locales",
    "shipping",
    "source",
    "tax",
    "tax_exempt",
    "tax_id_data",
    "test_clock",
];

pub(super) fn create(ledger: &mut Ledger, params: &Params) -> Result<Value, ApiError> {
    params.only(WRITABLE)?;
    let mut customer = shape(&fresh("cus_"), ledger.now);
    write(ledger, &mut customer, params)?;
    let id = ledger.create(customer, Hidden::default(), "customer.created");
    Ok(ledger.read(&id).clone())
}

/// An address of which only the country is known.
pub(super) fn address(country: &str) -> Value {
    json!({
        "city": null,
        "country": country,
        "line1": null,
        "line2": null,
        "postal_code": null,
        "state": null,
    })
}

/// A customer that Checkout makes for whoever typed this address.
pub(super) fn from_email(ledger: &mut Ledger, email: &str, name: Option<&str>) -> String {
    let mut customer = shape(&fresh("cus_"), ledger.now);
    customer["email"] = json!(email);
    customer["name"] = json!(name);
    ledger.create(customer, Hidden::default(), "customer.created")
}

pub(super) fn update(ledger: &mut Ledger, id: &str, params: &Params) -> Result<Value, ApiError> {
    params.only(WRITABLE)?;
    let mut customer = ledger.named("customer", id)?.clone();
    write(ledger, &mut customer, params)?;
    ledger.change(id, "customer.updated", |stored| *stored = customer);
    Ok(ledger.read(id).clone())
}

/// A deleted customer still answers, with nothing but its id.
pub(super) fn retrieve(ledger: &Ledger, id: &str) -> Result<Value, ApiError> {
    ledger
        .get(id)
        .filter(|object| object.text("object") == "customer")
        .cloned()
        .ok_or_else(|| ApiError::missing("customer", id))
}

pub(super) fn list(ledger: &Ledger, params: &Params) -> Result<Value, ApiError> {
    params.only(&["email", "limit", "starting_after", "ending_before", "created"])?;
    let email = params.text("email");
    let customers = ledger
        .all("customer")
        .filter(|customer| !customer.truth("deleted"))
        .filter(|customer| email.is_none_or(|email| customer.text("email") == email));
    list::page(customers, params, "/v1/customers")
}

/// Deletes a customer and at once every subscription it has.
pub(super) fn delete(ledger: &mut Ledger, id: &str) -> Result<Value, ApiError> {
    ledger.named("customer", id)?;
    for subscription in subscriptions::living_of(ledger, id) {
        subscriptions::end(ledger, &subscription, "cancellation_requested");
    }
    ledger.emit("customer.deleted", id);
    let gone = json!({"id": id, "object": "customer", "deleted": true});
    ledger.quietly(id, |customer| *customer = gone.clone());
    Ok(gone)
}

fn write(ledger: &Ledger, customer: &mut Value, params: &Params) -> Result<(), ApiError> {
    for name in ["email", "name", "phone", "description"] {
        if params.clears(name) {
            customer[name] = Value::Null;
        } else if let Some(text) = params.text(name) {
            customer[name] = json!(text);
        }
    }
    if let Some(address) = params.0.get("address") {
        let part = |name| form::text(address, &[name]);
        customer["address"] = json!({
            "city": part("city"),
            "country": part("country"),
            "line1": part("line1"),
            "line2": part("line2"),
            "postal_code": part("postal_code"),
            "state": part("state"),
        });
    }
    if let Some(email) = params.text("email")
        && !email.contains('@')
    {
        return Err(ApiError::invalid(format!("Invalid email address: {email}"))
            .code("email_invalid")
            .param("email"));
    }
    if let Some(card) = form::text(&params.0, &["invoice_settings", "default_payment_method"]) {
        let attached = ledger
            .find("payment_method", card)
            .is_some_and(|card| card["customer"] == customer["id"]);
        if !attached {
            let param = "invoice_settings[default_payment_method]";
            return Err(ApiError::missing_param("PaymentMethod", card, param));
        }
        customer["invoice_settings"]["default_payment_method"] = json!(card);
    }
    params.merge_metadata(&mut customer["metadata"]);
    Ok(())
}

fn shape(id: &str, now: i64) -> Value {
    json!({
        "id": id,
        "object": "customer",
        "address": null,
        "balance": 0,
        "business_name": null,
        "created": now,
        "currency": null,
        "customer_account": null,
        "default_source": null,
        "delinquent": false,
        "description": null,
        "discount": null,
        "email": null,
        "individual_name": null,
        "invoice_prefix": id[id.len() - 8..].to_uppercase(),
        "invoice_settings": {
            "custom_fields": null,
            "default_payment_method": null,
            "footer": null,
            "rendering_options": null,
        },
        "livemode": false,
        "metadata": {},
        "name": null,
        "next_invoice_sequence": 1,
        "phone": null,
        "preferred_locales": [],
        "shipping": null,
        "tax_exempt": "none",
        "test_clock": null,
    })
}
