//! `POST /v1/invoices/create_preview`: the invoice that a change, or time, would bring.

use serde_json::{Value, json};

use super::{
    calendar::HOUR,
    error::ApiError,
    form::Params,
    invoices,
    ledger::{Fields, Ledger, fresh, overlay},
    subscription_change::{self, Change},
    subscription_update::{self, Cancellation},
    subscriptions,
};

const KNOWN: &[&str] = &["customer", "preview_mode", "subscription", "subscription_details"];
/// What Stripe has and the sandbox does not play.
const UNPLAYED: &[&str] = &[
    "automatic_tax",
    "currency",
    "customer_account",
    "customer_details",
    "discounts",
    "invoice_items",
    "issuer",
    "on_behalf_of",
    "schedule",
    "schedule_details",
];
const DETAILS: &[&str] = &[
    "billing_cycle_anchor",
    "cancel_at",
    "cancel_at_period_end",
    "items",
    "metadata",
    "proration_behavior",
    "proration_date",
    "trial_end",
];
const UNPLAYED_DETAILS: &[&str] = &[
    "billing_mode",
    "billing_schedules",
    "cancel_now",
    "default_tax_rates",
    "pause",
    "resume_at",
    "start_date",
];

pub(super) fn create(ledger: &Ledger, params: &Params) -> Result<Value, ApiError> {
    check_names(params)?;
    params.one_of("preview_mode", &["next"])?;
    let id = params.required("subscription")?;
    let subscription = ledger
        .find("subscription", id)
        .ok_or_else(|| ApiError::missing_param("subscription", id, "subscription"))?;
    if let Some(customer) = params.text("customer")
        && subscription.text("customer") != customer
    {
        return Err(ApiError::invalid(format!(
            "The subscription {id} does not belong to the customer {customer}."
        ))
        .param("subscription"));
    }
    if subscriptions::is_over(subscription) {
        return Err(none_upcoming(subscription));
    }
    let details = &params.0["subscription_details"];
    let mut changed = subscription.clone();
    Cancellation::read(ledger, subscription, details)?.apply(&mut changed, ledger.now);
    let wish = subscription_update::wish(ledger, subscription, params, &["subscription_details"])?;
    let change = match wish {
        Some(wish) => subscription_change::draw_up(ledger, &changed, wish),
        None => Change { after: changed, lines: Vec::new(), bills_now: false },
    };
    if change.bills_now {
        return Ok(shown(ledger, &change.after, change.lines, ledger.now));
    }
    renewal(ledger, change)
}

/// The invoice of the next period, with what waits for it.
fn renewal(ledger: &Ledger, change: Change) -> Result<Value, ApiError> {
    let Change { mut after, mut lines, .. } = change;
    let at = subscriptions::period_end(&after);
    let ends = after["cancel_at"].as_i64().is_some_and(|end| end <= at);
    if ends || !matches!(after.text("status"), "active" | "past_due" | "trialing" | "unpaid") {
        return Err(none_upcoming(&after));
    }
    if after.text("status") == "trialing" {
        after["status"] = json!("active");
        after["billing_cycle_anchor"] = json!(at);
    }
    subscriptions::enter_period(&mut after, at);
    lines.extend(invoices::period_lines(ledger, &after));
    Ok(shown(ledger, &after, lines, at))
}

fn shown(ledger: &Ledger, after: &Value, lines: Vec<Value>, at: i64) -> Value {
    let id = fresh("upcoming_in_1");
    let invoice = invoices::compose(ledger, &id, after, lines, "upcoming");
    let automatic = invoice.text("collection_method") == "charge_automatically";
    overlay(
        invoice,
        json!({
            "created": at,
            "next_payment_attempt": automatic.then_some(at + HOUR),
            "period_end": at,
            "period_start": at,
        }),
    )
}

fn none_upcoming(subscription: &Value) -> ApiError {
    let customer = subscription.text("customer");
    ApiError::not_found(format!("No upcoming invoices for customer: {customer}"))
        .code("invoice_upcoming_none")
}

fn check_names(params: &Params) -> Result<(), ApiError> {
    if let Some(name) = UNPLAYED.iter().find(|name| params.0.get(**name).is_some()) {
        return Err(ApiError::unplayed(name));
    }
    params.only(KNOWN)?;
    let details = params.0["subscription_details"].as_object().into_iter().flatten();
    for (name, _) in details {
        let param = format!("subscription_details[{name}]");
        if UNPLAYED_DETAILS.contains(&name.as_str()) {
            return Err(ApiError::unplayed(&param));
        }
        if !DETAILS.contains(&name.as_str()) {
            return Err(ApiError::unknown_param(&param));
        }
    }
    Ok(())
}
