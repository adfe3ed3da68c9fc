//! `/v1/subscriptions`.

use serde_json::Value;

use super::{
    error::ApiError,
    form::Params,
    ledger::{Fields, Ledger},
    list, subscriptions,
};

const STATUSES: &[&str] = &[
    "active",
    "all",
    "canceled",
    "ended",
    "incomplete",
    "incomplete_expired",
    "past_due",
    "paused",
    "trialing",
    "unpaid",
];

/// Without a status those that are canceled are left out, as at Stripe.
pub(super) fn list(ledger: &Ledger, params: &Params) -> Result<Value, ApiError> {
    params.only(&[
        "customer",
        "status",
        "price",
        "created",
        "collection_method",
        "current_period_start",
        "current_period_end",
        "limit",
        "starting_after",
        "ending_before",
    ])?;
    let status = params.one_of("status", STATUSES)?;
    let customer = params.text("customer");
    if let Some(id) = customer
        && ledger.get(id).is_none_or(|object| object.text("object") != "customer")
    {
        return Err(ApiError::missing_param("customer", id, "customer"));
    }
    let price = params.text("price");
    let wanted = |subscription: &Value| match status {
        Some("all") => true,
        Some("ended") => subscriptions::is_over(subscription),
        Some(status) => subscription.text("status") == status,
        None => subscription.text("status") != "canceled",
    };
    let found = ledger
        .all("subscription")
        .filter(|subscription| wanted(subscription))
        .filter(|subscription| customer.is_none_or(|id| subscription.text("customer") == id))
        .filter(|subscription| {
            let mut prices = subscription.data("items").iter().map(|item| item["price"].text("id"));
            price.is_none_or(|price| prices.any(|id| id == price))
        });
    list::page(found, params, "/v1/subscriptions")
}

pub(super) fn cancel(ledger: &mut Ledger, id: &str, params: &Params) -> Result<Value, ApiError> {
    params.only(&["invoice_now", "prorate", "cancellation_details"])?;
    let subscription = ledger.named("subscription", id)?;
    if subscriptions::is_over(subscription) {
        return Err(ApiError::missing("subscription", id));
    }
    subscriptions::end(ledger, id, "cancellation_requested");
    Ok(ledger.read(id).clone())
}

/// `POST /v1/subscriptions/{id}/resume`: starts a paused subscription again.
pub(super) fn resume(ledger: &mut Ledger, id: &str, params: &Params) -> Result<Value, ApiError> {
    params.only(&["billing_cycle_anchor", "proration_behavior", "proration_date"])?;
    if ledger.named("subscription", id)?.text("status") != "paused" {
        return Err(ApiError::invalid("Only a paused subscription can be resumed."));
    }
    subscriptions::unpause(ledger, id);
    Ok(ledger.read(id).clone())
}
