//! The billing portal: its sessions, its configuration, and what its page does.

use serde_json::{Value, json};

use super::{
    cards::{Card, Presence},
    error::ApiError,
    form::{self, Params},
    ledger::{Fields, Hidden, Ledger, fresh},
    list,
    options::CancelShape,
    payment_methods,
    payments::{self, Outcome},
    subscriptions,
};

pub(super) const CONFIGURATION: &str = "bpc_1sandbox";

pub(super) fn create_session(ledger: &mut Ledger, params: &Params) -> Result<Value, ApiError> {
    params.only(&["customer", "return_url", "flow_data", "configuration", "locale"])?;
    let customer = params.required("customer")?;
    if ledger.find("customer", customer).is_none() {
        return Err(ApiError::missing_param("customer", customer, "customer"));
    }
    if let Some(configuration) = params.text("configuration")
        && configuration != CONFIGURATION
    {
        return Err(ApiError::missing_param("configuration", configuration, "configuration"));
    }
    if let Some(link) = params.text("return_url")
        && !form::is_web_link(link)
    {
        return Err(ApiError::invalid("Not a valid URL").code("url_invalid").param("return_url"));
    }
    let flow = flow(ledger, params, customer)?;
    let id = fresh("bps_1");
    let session = json!({
        "id": id,
        "object": "billing_portal.session",
        "configuration": CONFIGURATION,
        "created": ledger.now,
        "customer": customer,
        "customer_account": null,
        "flow": flow,
        "livemode": false,
        "locale": params.text("locale"),
        "on_behalf_of": null,
        "return_url": params.text("return_url"),
        "url": format!("{}/portal/{id}", ledger.base_url),
    });
    ledger.create(session, Hidden::default(), "billing_portal.session.created");
    Ok(ledger.read(&id).clone())
}

pub(super) fn list_configurations(ledger: &Ledger, params: &Params) -> Result<Value, ApiError> {
    params.only(&["active", "is_default", "limit", "starting_after", "ending_before"])?;
    let configurations = ledger.all("billing_portal.configuration");
    list::page(configurations, params, "/v1/billing_portal/configurations")
}

/// Adds the one configuration there is.
pub(super) fn stock(ledger: &mut Ledger) {
    if ledger.get(CONFIGURATION).is_none() {
        let configuration = configuration_shape(ledger.now);
        ledger.insert(configuration, Hidden::default());
    }
}

/// Makes a card the customer's default, for the subscriptions that are not over too.
pub(super) fn replace_card(
    ledger: &mut Ledger,
    customer: &str,
    card: Card,
) -> Result<(), &'static str> {
    let email = ledger.read(customer)["email"].as_str().map(str::to_owned);
    let method = payment_methods::create(ledger, card, email.as_deref());
    // The page stands for the whole dialogue, the 3-D Secure check included.
    let (_, outcome) = payments::set_up(ledger, Some(customer), &method, Presence::Authenticated);
    if let Outcome::Declined { message, .. } = outcome {
        return Err(message);
    }
    payment_methods::attach(ledger, &method, customer);
    payment_methods::make_default(ledger, customer, &method);
    for subscription in subscriptions::living_of(ledger, customer) {
        subscriptions::change(ledger, &subscription, |subscription| {
            subscription["default_payment_method"] = json!(method);
        });
    }
    Ok(())
}

/// Schedules a subscription's end as the portal does.
pub(super) fn cancel_at_period_end(ledger: &mut Ledger, subscription: &str) {
    let classic = ledger.read(subscription)["billing_mode"].text("type") == "classic";
    let flagged = classic || ledger.cancel_shape == CancelShape::Old;
    subscriptions::cancel_at_period_end(ledger, subscription, flagged);
}

fn flow(ledger: &Ledger, params: &Params, customer: &str) -> Result<Value, ApiError> {
    if params.0.get("flow_data").is_none() {
        return Ok(Value::Null);
    }
    let kind = form::text(&params.0, &["flow_data", "type"])
        .ok_or_else(|| ApiError::required("flow_data[type]"))?;
    let cancel = match kind {
        "payment_method_update" => Value::Null,
        "subscription_cancel" => {
            let param = "flow_data[subscription_cancel][subscription]";
            let path = ["flow_data", "subscription_cancel", "subscription"];
            let id = form::text(&params.0, &path).ok_or_else(|| ApiError::required(param))?;
            let subscription = ledger
                .find("subscription", id)
                .filter(|subscription| subscription.text("customer") == customer)
                .ok_or_else(|| ApiError::missing_param("subscription", id, param))?;
            if subscriptions::is_over(subscription) || !subscription["cancel_at"].is_null() {
                return Err(ApiError::invalid(
                    "The subscription is already canceled or set to cancel.",
                )
                .param(param));
            }
            json!({"retention": null, "subscription": id})
        }
        other => {
            return Err(ApiError::invalid(format!("The sandbox has no portal flow `{other}`."))
                .param("flow_data[type]"));
        }
    };
    let after = ["flow_data", "after_completion", "redirect", "return_url"];
    let redirect = form::text(&params.0, &after);
    if redirect.is_some_and(|link| !form::is_web_link(link)) {
        return Err(ApiError::invalid("Not a valid URL")
            .code("url_invalid")
            .param("flow_data[after_completion][redirect][return_url]"));
    }
    Ok(json!({
        "after_completion": {
            "hosted_confirmation": null,
            "redirect": redirect.map(|url| json!({"return_url": url})),
            "type": if redirect.is_some() { "redirect" } else { "portal_homepage" },
        },
        "subscription_cancel": cancel,
        "subscription_update": null,
        "subscription_update_confirm": null,
        "type": kind,
    }))
}

fn configuration_shape(now: i64) -> Value {
    json!({
        "id": CONFIGURATION,
        "object": "billing_portal.configuration",
        "active": true,
        "application": null,
        "business_profile": {
            "headline": null,
            "privacy_policy_url": null,
            "terms_of_service_url": null,
        },
        "created": now,
        "default_return_url": null,
        "features": {
            "customer_update": {"allowed_updates": [], "enabled": false},
            "invoice_history": {"enabled": true},
            "payment_method_update": {"enabled": true, "payment_method_configuration": null},
            "subscription_cancel": {
                "cancellation_reason": {"enabled": false, "options": []},
                "enabled": true,
                "mode": "at_period_end",
                "proration_behavior": "none",
            },
            "subscription_pause": {
                "duration": {"interval_options": [], "type": "indefinite"},
                "enabled": false,
            },
            "subscription_update": {
                "billing_cycle_anchor": null,
                "default_allowed_updates": [],
                "enabled": false,
                "products": [],
                "proration_behavior": "none",
                "schedule_at_period_end": {"conditions": []},
                "trial_update_behavior": "end_trial",
            },
        },
        "is_default": true,
        "livemode": false,
        "login_page": {"enabled": false, "url": null},
        "metadata": {},
        "name": null,
        "updated": now,
    })
}
