//! `/v1/subscriptions`.

use serde_json::{Value, json};

use super::{
    error::ApiError,
    form::{self, Params},
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

pub(super) fn update(ledger: &mut Ledger, id: &str, params: &Params) -> Result<Value, ApiError> {
    params.only(&[
        "cancel_at_period_end",
        "cancel_at",
        "metadata",
        "default_payment_method",
        "pause_collection",
        "trial_end",
        "cancellation_details",
        "description",
    ])?;
    let subscription = ledger.named("subscription", id)?.clone();
    let only_words =
        params.0.as_object().into_iter().flatten().all(|(name, _)| {
            matches!(name.as_str(), "metadata" | "cancellation_details" | "expand")
        });
    if subscriptions::is_over(&subscription) && !only_words {
        return Err(ApiError::invalid(
            "A canceled subscription can only update its cancellation_details and metadata.",
        ));
    }
    let schedule = Cancellation::read(ledger, params)?;
    let method = default_method(ledger, &subscription, params)?;
    let pause = pause(params)?;
    let ends_trial = match params.text("trial_end") {
        None => false,
        Some("now") => subscription.text("status") == "trialing",
        Some(_) => {
            return Err(ApiError::invalid("The sandbox knows only `now` here.").param("trial_end"));
        }
    };

    let mut metadata = subscription["metadata"].clone();
    params.merge_metadata(&mut metadata);
    match schedule {
        Cancellation::Unchanged => {}
        Cancellation::AtPeriodEnd => subscriptions::cancel_at_period_end(ledger, id, true),
        Cancellation::Cleared => subscriptions::resume(ledger, id),
        Cancellation::Unflagged => {
            if subscription.truth("cancel_at_period_end") {
                subscriptions::resume(ledger, id);
            }
        }
        Cancellation::At(at) => {
            let now = ledger.now;
            subscriptions::change(ledger, id, |subscription| {
                subscription["cancel_at"] = json!(at);
                subscription["cancel_at_period_end"] = json!(false);
                subscription["canceled_at"] = json!(now);
                subscription["cancellation_details"]["reason"] = json!("cancellation_requested");
            });
        }
    }
    subscriptions::change(ledger, id, |subscription| {
        subscription["metadata"] = metadata;
        if let Some(method) = method {
            subscription["default_payment_method"] = method;
        }
        if let Some(pause) = pause {
            subscription["pause_collection"] = pause;
        }
    });
    if ends_trial {
        subscriptions::end_trial(ledger, id);
    }
    Ok(ledger.read(id).clone())
}

/// What an update asks about the subscription's end.
enum Cancellation {
    Unchanged,
    AtPeriodEnd,
    /// `cancel_at_period_end=false`: takes back the flag, never a date set without it.
    Unflagged,
    /// `cancel_at=`: takes back any scheduled end.
    Cleared,
    At(i64),
}

impl Cancellation {
    fn read(ledger: &Ledger, params: &Params) -> Result<Cancellation, ApiError> {
        let flag = params.boolean("cancel_at_period_end")?;
        let date = params.0.get("cancel_at");
        match (flag, date) {
            (Some(_), Some(_)) => Err(ApiError::invalid(
                "You may only specify one of these parameters: cancel_at, cancel_at_period_end.",
            )
            .param("cancel_at")),
            (Some(true), None) => Ok(Cancellation::AtPeriodEnd),
            (Some(false), None) => Ok(Cancellation::Unflagged),
            (None, None) => Ok(Cancellation::Unchanged),
            (None, Some(_)) if params.clears("cancel_at") => Ok(Cancellation::Cleared),
            (None, Some(_)) => match params.integer("cancel_at")? {
                Some(at) if at > ledger.now => Ok(Cancellation::At(at)),
                _ => {
                    Err(ApiError::invalid("`cancel_at` must be in the future.").param("cancel_at"))
                }
            },
        }
    }
}

fn default_method(
    ledger: &Ledger,
    subscription: &Value,
    params: &Params,
) -> Result<Option<Value>, ApiError> {
    if params.clears("default_payment_method") {
        return Ok(Some(Value::Null));
    }
    let Some(id) = params.text("default_payment_method") else { return Ok(None) };
    match ledger.find("payment_method", id) {
        Some(method) if method["customer"] == subscription["customer"] => Ok(Some(json!(id))),
        _ => Err(ApiError::missing_param("PaymentMethod", id, "default_payment_method")),
    }
}

fn pause(params: &Params) -> Result<Option<Value>, ApiError> {
    if params.clears("pause_collection") {
        return Ok(Some(Value::Null));
    }
    if params.0.get("pause_collection").is_none() {
        return Ok(None);
    }
    let behavior = form::text(&params.0, &["pause_collection", "behavior"])
        .filter(|word| ["keep_as_draft", "mark_uncollectible", "void"].contains(word))
        .ok_or_else(|| ApiError::required("pause_collection[behavior]"))?;
    let resumes_at = form::integer(&params.0, &["pause_collection", "resumes_at"])?;
    Ok(Some(json!({"behavior": behavior, "resumes_at": resumes_at})))
}
