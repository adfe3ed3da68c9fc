//! The prices that the billing portal lets a customer switch to:
//! <https://docs.stripe.com/api/customer_portal/configurations/object>.

use serde_json::{Value, json};

use super::{
    error::ApiError,
    form::{self, Params},
    ledger::{Fields, Ledger},
    options::PortalPrices,
    portal::CONFIGURATION,
    subscription_update,
};

/// What Stripe has in a configuration and the sandbox does not play.
const UNPLAYED: &[&str] =
    &["active", "business_profile", "default_return_url", "login_page", "metadata", "name"];
const SETTINGS: &[&str] = &[
    "default_allowed_updates",
    "enabled",
    "products",
    "proration_behavior",
    "trial_update_behavior",
];
const UNPLAYED_SETTINGS: &[&str] = &["billing_cycle_anchor", "schedule_at_period_end"];
/// Stripe takes no more.
const MOST_PRODUCTS: usize = 10;

/// Puts a subscription on another price, as the same call to the API would.
pub(super) fn switch(ledger: &mut Ledger, id: &str, price: &str) -> Result<(), ApiError> {
    if !offered(ledger, ledger.read(id)).contains(&price) {
        return Err(ApiError::invalid(format!("The price `{price}` is not offered here.")));
    }
    let subscription = ledger.read(id);
    let item = subscription.data("items").first().map(|item| item["id"].clone());
    let settings = settings(ledger);
    let mut request = json!({
        "items": [{"id": item, "price": price}],
        "payment_behavior": "error_if_incomplete",
        "proration_behavior": settings["proration_behavior"],
    });
    let on_trial = subscription.text("status") == "trialing";
    if on_trial && settings.text("trial_update_behavior") == "end_trial" {
        request["trial_end"] = json!("now");
    }
    subscription_update::update(ledger, id, &Params(request))?;
    Ok(())
}

/// The ids of the prices that a subscription may be switched to; none where the portal cannot.
pub(super) fn offered<'a>(ledger: &'a Ledger, subscription: &Value) -> Vec<&'a str> {
    let settings = settings(ledger);
    let mut allowed = settings["default_allowed_updates"].as_array().into_iter().flatten();
    let [item] = subscription.data("items") else { return Vec::new() };
    let can = settings.truth("enabled")
        && allowed.any(|update| update == "price")
        && matches!(subscription.text("status"), "active" | "trialing")
        && subscription.text("collection_method") == "charge_automatically"
        && subscription["cancel_at"].is_null()
        && subscription["schedule"].is_null();
    let products = settings["products"].as_array().into_iter().flatten();
    products
        .filter(|_| can)
        .flat_map(|product| product["prices"].as_array().into_iter().flatten())
        .filter_map(Value::as_str)
        .filter(|id| *id != item["price"].text("id"))
        .filter(|id| {
            let price = ledger.read(id);
            price.truth("active") && price["currency"] == subscription["currency"]
        })
        .collect()
}

/// Whether customers may switch at all.
pub(super) fn are_offered(ledger: &Ledger) -> bool {
    settings(ledger).truth("enabled")
}

/// Offers every recurring price there is, or none.
pub(super) fn offer(ledger: &mut Ledger, prices: PortalPrices) {
    let mut products: Vec<Value> = Vec::new();
    for price in ledger.all("price").filter(|price| price.text("type") == "recurring") {
        let known = products.iter_mut().find(|known| known["product"] == price["product"]);
        match known.and_then(|known| known["prices"].as_array_mut()) {
            Some(prices) => prices.push(price["id"].clone()),
            None => products.push(product(price.text("product"), &json!([price["id"]]))),
        }
    }
    products.truncate(MOST_PRODUCTS);
    change(ledger, |settings| {
        settings["enabled"] = json!(prices == PortalPrices::Offered);
        if prices == PortalPrices::Offered {
            settings["default_allowed_updates"] = json!(["price"]);
            settings["products"] = Value::Array(products);
            settings["proration_behavior"] = json!("always_invoice");
        }
    });
}

/// `POST /v1/billing_portal/configurations/{id}`.
pub(super) fn configure(ledger: &mut Ledger, id: &str, params: &Params) -> Result<Value, ApiError> {
    if let Some(name) = UNPLAYED.iter().find(|name| params.0.get(**name).is_some()) {
        return Err(ApiError::unplayed(name));
    }
    params.only(&["features"])?;
    ledger.named("billing_portal.configuration", id)?;
    for (name, _) in params.0["features"].as_object().into_iter().flatten() {
        if name != "subscription_update" {
            return Err(ApiError::unplayed(&format!("features[{name}]")));
        }
    }
    let asked = &params.0["features"]["subscription_update"];
    for (name, _) in asked.as_object().into_iter().flatten() {
        let param = param(name);
        if UNPLAYED_SETTINGS.contains(&name.as_str()) {
            return Err(ApiError::unplayed(&param));
        }
        if !SETTINGS.contains(&name.as_str()) {
            return Err(ApiError::unknown_param(&param));
        }
    }
    let words = ["always_invoice", "create_prorations", "none"];
    let proration =
        form::one_of(asked, &["proration_behavior"], &param("proration_behavior"), &words)?;
    let words = ["continue_trial", "end_trial"];
    let trial =
        form::one_of(asked, &["trial_update_behavior"], &param("trial_update_behavior"), &words)?;
    let enabled = form::boolean(asked, &["enabled"], &param("enabled"))?;
    let updates = updates(asked)?;
    let products = products(ledger, asked)?;
    change(ledger, |settings| {
        let sent = [
            ("proration_behavior", proration.map(Value::from)),
            ("trial_update_behavior", trial.map(Value::from)),
            ("enabled", enabled.map(Value::from)),
            ("default_allowed_updates", updates),
            ("products", products),
        ];
        for (name, value) in sent {
            if let Some(value) = value {
                settings[name] = value;
            }
        }
    });
    Ok(ledger.read(id).clone())
}

fn updates(asked: &Value) -> Result<Option<Value>, ApiError> {
    let Some(sent) = asked.get("default_allowed_updates") else { return Ok(None) };
    let words = sent.as_array().cloned().unwrap_or_default();
    let known = ["price", "promotion_code", "quantity"];
    match words.iter().find(|word| !word.as_str().is_some_and(|word| known.contains(&word))) {
        None => Ok(Some(Value::Array(words))),
        Some(other) => Err(ApiError::invalid(format!(
            "Invalid default_allowed_updates: must be one of {}, not {other}",
            known.join(", ")
        ))
        .param(&param("default_allowed_updates"))),
    }
}

fn products(ledger: &Ledger, asked: &Value) -> Result<Option<Value>, ApiError> {
    let Some(sent) = asked.get("products") else { return Ok(None) };
    let mut products = Vec::new();
    for (at, wish) in sent.as_array().into_iter().flatten().enumerate() {
        let name = format!("{}[{at}]", param("products"));
        let id = wish.text("product");
        if ledger.find("product", id).is_none() {
            return Err(ApiError::missing_param("product", id, &format!("{name}[product]")));
        }
        for price in wish["prices"].as_array().into_iter().flatten() {
            let price = price.as_str().unwrap_or_default();
            if ledger.find("price", price).is_none_or(|price| price.text("product") != id) {
                return Err(ApiError::missing_param("price", price, &format!("{name}[prices]")));
            }
        }
        products.push(product(id, &wish["prices"]));
    }
    if products.len() > MOST_PRODUCTS {
        return Err(ApiError::invalid(format!("At most {MOST_PRODUCTS} products may be listed."))
            .param(&param("products")));
    }
    Ok(Some(Value::Array(products)))
}

fn product(id: &str, prices: &Value) -> Value {
    json!({
        "adjustable_quantity": {"enabled": false, "maximum": null, "minimum": 1},
        "prices": prices,
        "product": id,
    })
}

fn settings(ledger: &Ledger) -> &Value {
    &ledger.read(CONFIGURATION)["features"]["subscription_update"]
}

fn change(ledger: &mut Ledger, how: impl FnOnce(&mut Value)) {
    let now = ledger.now;
    ledger.change(CONFIGURATION, "billing_portal.configuration.updated", |configuration| {
        how(&mut configuration["features"]["subscription_update"]);
        configuration["updated"] = json!(now);
    });
}

fn param(name: &str) -> String {
    format!("features[subscription_update][{name}]")
}
