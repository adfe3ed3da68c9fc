//! Products and prices.

use serde_json::{Value, json};

use super::{
    error::ApiError,
    form::{self, Params},
    ledger::{Fields, Hidden, Ledger, fresh},
    list,
    options::CataloguePrice,
    subscription_shape::plan_shape,
};

/// Adds what is configured and not there yet.
pub(super) fn stock(ledger: &mut Ledger, catalogue: &[CataloguePrice]) {
    for configured in catalogue {
        let product_id = format!("prod_{}", slug(&configured.product));
        if ledger.get(&product_id).is_none() {
            let product = product_shape(&product_id, &configured.product, ledger.now);
            ledger.insert(product, Hidden::default());
        }
        let interval = configured.interval.map(super::options::Interval::word);
        let name = configured
            .lookup_key
            .clone()
            .unwrap_or_else(|| format!("{}_{}", configured.product, interval.unwrap_or("once")));
        let id = configured.price_id.clone().unwrap_or_else(|| format!("price_{}", slug(&name)));
        if ledger.get(&id).is_some() {
            continue;
        }
        let mut price = price_shape(&id, &product_id, ledger.now);
        price["currency"] = json!(configured.currency.to_lowercase());
        price["lookup_key"] = json!(configured.lookup_key);
        price["unit_amount"] = json!(configured.unit_amount);
        price["unit_amount_decimal"] = json!(configured.unit_amount.to_string());
        if let Some(interval) = interval {
            price["type"] = json!("recurring");
            price["recurring"] = recurring(interval, 1);
        }
        ledger.insert(price, Hidden::default());
    }
}

pub(super) fn create_product(ledger: &mut Ledger, params: &Params) -> Result<Value, ApiError> {
    params.only(&["id", "name", "active", "description", "metadata"])?;
    let id = params.text("id").map_or_else(|| fresh("prod_"), str::to_owned);
    if ledger.get(&id).is_some() {
        return Err(ApiError::invalid("Product already exists.")
            .code("resource_already_exists")
            .param("id"));
    }
    let mut product = product_shape(&id, params.required("name")?, ledger.now);
    product["active"] = json!(params.boolean("active")?.unwrap_or(true));
    product["description"] = json!(params.text("description"));
    params.merge_metadata(&mut product["metadata"]);
    ledger.create(product, Hidden::default(), "product.created");
    Ok(ledger.read(&id).clone())
}

pub(super) fn create_price(ledger: &mut Ledger, params: &Params) -> Result<Value, ApiError> {
    params.only(&[
        "currency",
        "product",
        "product_data",
        "unit_amount",
        "recurring",
        "lookup_key",
        "transfer_lookup_key",
        "active",
        "nickname",
        "metadata",
        "tax_behavior",
    ])?;
    let currency = params.required("currency")?.to_lowercase();
    let amount = params
        .integer("unit_amount")?
        .filter(|amount| (0..=99_999_999).contains(amount))
        .ok_or_else(|| ApiError::required("unit_amount"))?;
    let product = match (params.text("product"), form::text(&params.0, &["product_data", "name"])) {
        (Some(id), _) if ledger.find("product", id).is_some() => id.to_owned(),
        (Some(id), _) => return Err(ApiError::missing_param("product", id, "product")),
        (None, Some(name)) => {
            let product = product_shape(&fresh("prod_"), name, ledger.now);
            ledger.create(product, Hidden::default(), "product.created")
        }
        (None, None) => return Err(ApiError::required("product")),
    };
    let mut price = price_shape(&fresh("price_1"), &product, ledger.now);
    price["currency"] = json!(currency);
    price["unit_amount"] = json!(amount);
    price["unit_amount_decimal"] = json!(amount.to_string());
    price["active"] = json!(params.boolean("active")?.unwrap_or(true));
    price["nickname"] = json!(params.text("nickname"));
    if params.0.get("recurring").is_some() {
        let interval = form::text(&params.0, &["recurring", "interval"])
            .filter(|word| ["day", "week", "month", "year"].contains(word))
            .ok_or_else(|| ApiError::required("recurring[interval]"))?;
        let count = form::integer(&params.0, &["recurring", "interval_count"])?.unwrap_or(1);
        price["type"] = json!("recurring");
        price["recurring"] = recurring(interval, count.clamp(1, 36));
    }
    if let Some(key) = params.text("lookup_key") {
        let transfer = params.boolean("transfer_lookup_key")? == Some(true);
        free_lookup_key(ledger, key, transfer)?;
        price["lookup_key"] = json!(key);
    }
    params.merge_metadata(&mut price["metadata"]);
    let id = ledger.create(price, Hidden::default(), "price.created");
    Ok(ledger.read(&id).clone())
}

pub(super) fn update_price(
    ledger: &mut Ledger,
    id: &str,
    params: &Params,
) -> Result<Value, ApiError> {
    params.only(&["active", "lookup_key", "transfer_lookup_key", "nickname", "metadata"])?;
    let mut price = ledger.named("price", id)?.clone();
    if let Some(active) = params.boolean("active")? {
        price["active"] = json!(active);
    }
    if let Some(key) = params.text("lookup_key") {
        let transfer = params.boolean("transfer_lookup_key")? == Some(true);
        free_lookup_key(ledger, key, transfer)?;
        price["lookup_key"] = json!(key);
    }
    params.merge_metadata(&mut price["metadata"]);
    change_price(ledger, id, |stored| *stored = price);
    Ok(ledger.read(id).clone())
}

pub(super) fn list_prices(ledger: &Ledger, params: &Params) -> Result<Value, ApiError> {
    params.only(&[
        "lookup_keys",
        "active",
        "product",
        "currency",
        "type",
        "recurring",
        "created",
        "limit",
        "starting_after",
        "ending_before",
    ])?;
    let (keys, active) = (params.texts("lookup_keys"), params.boolean("active")?);
    let same = |price: &Value, name| params.text(name).is_none_or(|text| price.text(name) == text);
    let prices = ledger
        .all("price")
        .filter(|price| keys.is_empty() || keys.contains(&price.text("lookup_key")))
        .filter(|price| active.is_none_or(|active| price.truth("active") == active))
        .filter(|price| ["product", "currency", "type"].iter().all(|name| same(price, name)));
    list::page(prices, params, "/v1/prices")
}

pub(super) fn list_products(ledger: &Ledger, params: &Params) -> Result<Value, ApiError> {
    params.only(&["ids", "active", "created", "limit", "starting_after", "ending_before"])?;
    let (ids, active) = (params.texts("ids"), params.boolean("active")?);
    let products = ledger
        .all("product")
        .filter(|product| ids.is_empty() || ids.contains(&product.text("id")))
        .filter(|product| active.is_none_or(|active| product.truth("active") == active));
    list::page(products, params, "/v1/products")
}

/// Changes a price, and with it what subscriptions show of it.
pub(super) fn change_price(ledger: &mut Ledger, id: &str, how: impl FnOnce(&mut Value)) {
    ledger.change(id, "price.updated", how);
    let price = ledger.read(id).clone();
    for subscription in ledger.ids("subscription", |_| true) {
        ledger.quietly(&subscription, |subscription| {
            for item in subscription["items"]["data"].as_array_mut().into_iter().flatten() {
                if item["price"]["id"] == price["id"] {
                    item["plan"] = plan_shape(&price);
                    item["price"] = price.clone();
                }
            }
        });
    }
}

/// The name of the product a price belongs to.
pub(super) fn product_name<'a>(ledger: &'a Ledger, price: &Value) -> &'a str {
    ledger.read(price.text("product")).text("name")
}

fn free_lookup_key(ledger: &mut Ledger, key: &str, transfer: bool) -> Result<(), ApiError> {
    let holders = ledger.ids("price", |price| price.text("lookup_key") == key);
    if !transfer && !holders.is_empty() {
        return Err(ApiError::invalid(format!(
            "A price (`{}`) already uses that lookup key.",
            holders[0]
        ))
        .param("lookup_key"));
    }
    for holder in holders {
        change_price(ledger, &holder, |price| price["lookup_key"] = Value::Null);
    }
    Ok(())
}

fn slug(name: &str) -> String {
    name.chars()
        .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' })
        .collect()
}

fn recurring(interval: &str, count: i64) -> Value {
    json!({
        "interval": interval,
        "interval_count": count,
        "meter": null,
        "trial_period_days": null,
        "usage_type": "licensed",
    })
}

fn product_shape(id: &str, name: &str, now: i64) -> Value {
    json!({
        "id": id,
        "object": "product",
        "active": true,
        "created": now,
        "default_price": null,
        "description": null,
        "images": [],
        "livemode": false,
        "marketing_features": [],
        "metadata": {},
        "name": name,
        "package_dimensions": null,
        "shippable": null,
        "statement_descriptor": null,
        "tax_code": null,
        "type": "service",
        "unit_label": null,
        "updated": now,
        "url": null,
    })
}

fn price_shape(id: &str, product: &str, now: i64) -> Value {
    json!({
        "id": id,
        "object": "price",
        "active": true,
        "billing_scheme": "per_unit",
        "created": now,
        "currency": "usd",
        "custom_unit_amount": null,
        "livemode": false,
        "lookup_key": null,
        "metadata": {},
        "nickname": null,
        "product": product,
        "recurring": null,
        "tax_behavior": "unspecified",
        "tiers_mode": null,
        "transform_quantity": null,
        "type": "one_time",
        "unit_amount": 0,
        "unit_amount_decimal": "0",
    })
}
