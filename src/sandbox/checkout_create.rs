//! `POST /v1/checkout/sessions`: what is asked for, checked as Stripe checks it.

use serde_json::{Map, Value, json};

use super::{
    calendar::{DAY, HOUR},
    checkout, checkout_totals, coupons,
    error::ApiError,
    form::{self, Params},
    ledger::{Fields, Hidden, Ledger, Line, absent, fresh, overlay},
    payments, subscriptions,
};

const KNOWN: &[&str] = &[
    "adaptive_pricing",
    "after_expiration",
    "allow_promotion_codes",
    "allowed_payment_method_types",
    "automatic_tax",
    "billing_address_collection",
    "branding_settings",
    "cancel_url",
    "client_reference_id",
    "consent_collection",
    "currency",
    "custom_fields",
    "custom_text",
    "customer",
    "customer_account",
    "customer_creation",
    "customer_email",
    "customer_update",
    "discounts",
    "excluded_payment_method_types",
    "expires_at",
    "integration_identifier",
    "invoice_creation",
    "line_items",
    "locale",
    "managed_payments",
    "metadata",
    "mode",
    "name_collection",
    "optional_items",
    "origin_context",
    "payment_intent_data",
    "payment_method_collection",
    "payment_method_configuration",
    "payment_method_data",
    "payment_method_options",
    "payment_method_types",
    "permissions",
    "phone_number_collection",
    "redirect_on_completion",
    "return_url",
    "saved_payment_method_options",
    "setup_intent_data",
    "shipping_address_collection",
    "shipping_options",
    "submit_type",
    "subscription_data",
    "success_url",
    "tax_id_collection",
    "ui_mode",
    "wallet_options",
];
const KNOWN_SUBSCRIPTION_DATA: &[&str] = &[
    "application_fee_percent",
    "billing_cycle_anchor",
    "billing_cycle_anchor_config",
    "billing_mode",
    "default_tax_rates",
    "description",
    "invoice_settings",
    "metadata",
    "on_behalf_of",
    "pending_invoice_item_interval",
    "proration_behavior",
    "transfer_data",
    "trial_end",
    "trial_period_days",
    "trial_settings",
];

pub(super) fn create(ledger: &mut Ledger, params: &Params) -> Result<Value, ApiError> {
    params.only(KNOWN)?;
    let mode = params
        .one_of("mode", &["payment", "subscription"])?
        .ok_or_else(|| ApiError::required("mode"))?;
    let lines = lines(ledger, params, mode)?;
    check_links(params)?;
    check_mode_data(ledger.now, params, mode)?;
    check_customer(ledger, params)?;
    let discount = coupons::asked_for(ledger, params)?;
    one_currency(ledger, params, mode, &lines)?;
    let expires_at = expiry(ledger.now, params)?;
    params.one_of("payment_method_collection", &["always", "if_required"])?;

    let id = fresh("cs_test_a1");
    let hidden = Hidden { request: params.0.clone(), lines, ..Hidden::default() };
    ledger.insert(json!({"id": id, "object": "checkout.session"}), hidden);
    let session = shape(ledger, &id, params, mode, expires_at);
    ledger.quietly(&id, |stored| *stored = session);
    if let Some(discount) = discount {
        ledger.quietly(&id, |session| session["discounts"] = json!([discount]));
    }
    checkout_totals::refresh(ledger, &id);
    Ok(ledger.read(&id).clone())
}

fn lines(ledger: &Ledger, params: &Params, mode: &str) -> Result<Vec<Line>, ApiError> {
    let sent = params.0["line_items"].as_array().map(Vec::as_slice).unwrap_or_default();
    if sent.is_empty() {
        return Err(ApiError::required("line_items"));
    }
    let mut lines: Vec<Line> = Vec::new();
    for (at, item) in sent.iter().enumerate() {
        let param = format!("line_items[{at}][price]");
        let id = form::text(item, &["price"]).ok_or_else(|| ApiError::required(&param))?;
        let price =
            ledger.find("price", id).ok_or_else(|| ApiError::missing_param("price", id, &param))?;
        if !price.truth("active") {
            return Err(ApiError::invalid(format!(
                "The price specified is inactive. This field only accepts active prices: `{id}`."
            ))
            .param(&param));
        }
        match (mode, price.text("type")) {
            ("payment", "recurring") => {
                return Err(ApiError::invalid(
                    "You specified `payment` mode but passed a recurring price. Either switch to \
                     `subscription` mode or use only one-time prices.",
                )
                .param("mode"));
            }
            ("subscription", "one_time") => {
                return Err(ApiError::invalid(
                    "You must provide at least one recurring price in `subscription` mode when \
                     using prices. (The sandbox mixes in no one-time prices.)",
                )
                .param("line_items"));
            }
            _ => {}
        }
        if lines.iter().any(|line| ledger.read(&line.price)["currency"] != price["currency"]) {
            return Err(ApiError::invalid(
                "All prices on a Checkout Session must use the same currency.",
            )
            .param(&param));
        }
        let quantity = form::integer(item, &["quantity"])?
            .filter(|quantity| (1..=999_999).contains(quantity))
            .ok_or_else(|| ApiError::required(&format!("line_items[{at}][quantity]")))?;
        lines.push(Line { price: id.to_owned(), quantity });
    }
    Ok(lines)
}

fn check_links(params: &Params) -> Result<(), ApiError> {
    params.required("success_url")?;
    for name in ["success_url", "cancel_url"] {
        let Some(link) = params.text(name) else { continue };
        if !form::is_web_link(link) {
            return Err(ApiError::invalid("Not a valid URL").code("url_invalid").param(name));
        }
    }
    Ok(())
}

fn check_mode_data(now: i64, params: &Params, mode: &str) -> Result<(), ApiError> {
    let foreign = if mode == "payment" { "subscription_data" } else { "payment_intent_data" };
    if params.0.get(foreign).is_some() {
        return Err(ApiError::invalid(format!("You can not pass `{foreign}` in `{mode}` mode."))
            .param(foreign));
    }
    let data = params.0["subscription_data"].as_object().into_iter().flatten();
    if let Some((name, _)) =
        data.into_iter().find(|(name, _)| !KNOWN_SUBSCRIPTION_DATA.contains(&name.as_str()))
    {
        let name = format!("subscription_data[{name}]");
        return Err(ApiError::unknown_param(&name));
    }
    let days = form::integer(&params.0, &["subscription_data", "trial_period_days"])?;
    if days.is_some_and(|days| !(1..=730).contains(&days)) {
        return Err(ApiError::invalid("The trial must last from 1 to 730 days.")
            .param("subscription_data[trial_period_days]"));
    }
    let end = form::integer(&params.0, &["subscription_data", "trial_end"])?;
    if end.is_some_and(|end| !(now + 2 * DAY..=now + 730 * DAY).contains(&end)) {
        return Err(ApiError::invalid("The `trial_end` must be from 48 hours to 730 days ahead.")
            .param("subscription_data[trial_end]"));
    }
    if end.is_some() && days.is_some() {
        return Err(ApiError::invalid(
            "You may only specify one of these parameters: trial_end, trial_period_days.",
        )
        .param("subscription_data[trial_end]"));
    }
    if mode == "payment" && params.text("payment_method_collection").is_some() {
        return Err(ApiError::invalid(
            "`payment_method_collection` can only be set in `subscription` mode.",
        )
        .param("payment_method_collection"));
    }
    Ok(())
}

fn check_customer(ledger: &Ledger, params: &Params) -> Result<(), ApiError> {
    let updates = |what| form::text(&params.0, &["customer_update", what]) == Some("auto");
    let enabled = |what| form::text(&params.0, &[what, "enabled"]) == Some("true");
    let Some(id) = params.text("customer") else {
        return match params.0.get("customer_update") {
            Some(_) => {
                Err(ApiError::invalid("`customer_update` can only be used with `customer`.")
                    .param("customer_update"))
            }
            None => Ok(()),
        };
    };
    let customer = ledger
        .find("customer", id)
        .ok_or_else(|| ApiError::missing_param("customer", id, "customer"))?;
    if params.text("customer_email").is_some() {
        return Err(ApiError::invalid(
            "You may only specify one of these parameters: customer, customer_email.",
        )
        .param("customer"));
    }
    if enabled("automatic_tax") && customer["address"].is_null() && !updates("address") {
        return Err(ApiError::invalid(
            "Automatic tax calculation in Checkout requires a valid address on the Customer. Add \
             a valid address to the Customer or set either `customer_update[address]` to `auto` \
             or `customer_update[shipping]` to `auto`.",
        )
        .code("customer_tax_location_invalid"));
    }
    if enabled("tax_id_collection") && !updates("name") {
        return Err(ApiError::invalid(
            "Tax ID collection requires updating the name of the Customer: set \
             `customer_update[name]` to `auto`.",
        )
        .param("customer_update"));
    }
    Ok(())
}

/// A customer's subscriptions are all in one currency.
fn one_currency(
    ledger: &Ledger,
    params: &Params,
    mode: &str,
    lines: &[Line],
) -> Result<(), ApiError> {
    let (Some(customer), Some(line)) = (params.text("customer"), lines.first()) else {
        return Ok(());
    };
    match mode {
        "subscription" => subscriptions::one_currency(ledger, customer, &line.price),
        _ => Ok(()),
    }
}

fn expiry(now: i64, params: &Params) -> Result<i64, ApiError> {
    match params.integer("expires_at")? {
        None => Ok(now + DAY),
        Some(at) if (now + HOUR / 2..=now + DAY).contains(&at) => Ok(at),
        Some(_) => Err(ApiError::invalid(
            "The `expires_at` timestamp must be between 30 minutes and 24 hours from Checkout \
             Session creation.",
        )
        .param("expires_at")),
    }
}

fn shape(ledger: &Ledger, id: &str, params: &Params, mode: &str, expires_at: i64) -> Value {
    let lines = ledger.hidden(id).lines;
    let currency =
        lines.first().map_or(Value::Null, |line| ledger.read(&line.price)["currency"].clone());
    let customer = params.text("customer").and_then(|id| ledger.find("customer", id));
    let flag = |path: &[&str]| form::text(&params.0, path) == Some("true");
    let subscribing = mode == "subscription";
    let mut metadata = Value::Object(Map::new());
    params.merge_metadata(&mut metadata);
    let chosen = params.texts("payment_method_types");
    let possible = payments::method_types(currency.as_str().unwrap_or_default());
    let kinds = if chosen.is_empty() { possible } else { chosen };
    overlay(
        unasked(),
        json!({
            "id": id,
            "allow_promotion_codes": params.text("allow_promotion_codes").map(|text| text == "true"),
            "automatic_tax": {"enabled": flag(&["automatic_tax", "enabled"])},
            "billing_address_collection": params.text("billing_address_collection"),
            "cancel_url": params.text("cancel_url"),
            "client_reference_id": params.text("client_reference_id"),
            "created": ledger.now,
            "currency": currency,
            "customer": customer.map(|customer| customer.text("id")),
            "customer_creation": match (customer, subscribing) {
                (Some(_), _) => None,
                (None, true) => Some("always"),
                (None, false) => params.text("customer_creation").or(Some("if_required")),
            },
            "customer_details": customer.map(|customer| {
                let mut details =
                    checkout::details(customer["email"].as_str(), customer["name"].as_str());
                details["address"] = customer["address"].clone();
                details
            }),
            "customer_email": params.text("customer_email"),
            "discounts": [],
            "expires_at": expires_at,
            "invoice_creation": if subscribing { Value::Null } else { json!({
                "enabled": flag(&["invoice_creation", "enabled"]),
                "invoice_data": {
                    "account_tax_ids": null,
                    "custom_fields": null,
                    "description": null,
                    "footer": null,
                    "issuer": null,
                    "metadata": {},
                    "rendering_options": null,
                },
            }) },
            "locale": params.text("locale"),
            "metadata": metadata,
            "mode": mode,
            "payment_method_collection": if subscribing {
                params.text("payment_method_collection").unwrap_or("always")
            } else {
                "if_required"
            },
            "payment_method_types": kinds,
            "phone_number_collection": {"enabled": flag(&["phone_number_collection", "enabled"])},
            "submit_type": params.text("submit_type"),
            "success_url": params.text("success_url"),
            "tax_id_collection": {
                "enabled": flag(&["tax_id_collection", "enabled"]),
                "required": "never",
            },
            "url": format!("{}/checkout/{id}", ledger.base_url),
        }),
    )
}

/// What every session of the sandbox has in common.
fn unasked() -> Value {
    let absent = absent(&[
        "after_expiration",
        "client_secret",
        "collected_information",
        "consent",
        "consent_collection",
        "currency_conversion",
        "customer_account",
        "invoice",
        "origin_context",
        "payment_intent",
        "payment_link",
        "payment_method_configuration_details",
        "permissions",
        "recovered_from",
        "saved_payment_method_options",
        "setup_intent",
        "shipping_address_collection",
        "shipping_cost",
        "subscription",
        "wallet_options",
    ]);
    overlay(
        absent,
        json!({
            "object": "checkout.session",
            "adaptive_pricing": {"enabled": false},
            "custom_fields": [],
            "custom_text": {
                "after_submit": null,
                "shipping_address": null,
                "submit": null,
                "terms_of_service_acceptance": null,
            },
            "livemode": false,
            "payment_method_options": {"card": {"request_three_d_secure": "automatic"}},
            "payment_status": "unpaid",
            "shipping_options": [],
            "status": "open",
            "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
            "ui_mode": "hosted_page",
        }),
    )
}
