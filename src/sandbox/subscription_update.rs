//! `POST /v1/subscriptions/{id}`.

use serde_json::{Value, json};

use super::{
    error::ApiError,
    form::{self, Params},
    ledger::{Fields, Ledger},
    payment_methods, pending_updates,
    proration::Behavior,
    subscription_change::{self, IfUnpaid, Wish},
    subscription_items, subscriptions,
};

const KNOWN: &[&str] = &[
    "billing_cycle_anchor",
    "cancel_at",
    "cancel_at_period_end",
    "cancellation_details",
    "collection_method",
    "days_until_due",
    "default_payment_method",
    "description",
    "items",
    "metadata",
    "off_session",
    "pause_collection",
    "payment_behavior",
    "proration_behavior",
    "proration_date",
    "trial_end",
];
/// What Stripe has and the sandbox does not play.
const UNPLAYED: &[&str] = &[
    "add_invoice_items",
    "application_fee_percent",
    "automatic_tax",
    "billing_schedules",
    "billing_thresholds",
    "default_source",
    "default_tax_rates",
    "discounts",
    "invoice_settings",
    "on_behalf_of",
    "payment_settings",
    "pending_invoice_item_interval",
    "transfer_data",
    "trial_from_plan",
    "trial_settings",
];
/// What may come with `pending_if_incomplete`; the flag since 2026-09-30.endive:
/// <https://docs.stripe.com/billing/subscriptions/pending-updates-reference>,
/// <https://docs.stripe.com/changelog/endive/2026-09-30/scheduled-subscription-cancellation>.
const PENDING: &[&str] = &[
    "billing_cycle_anchor",
    "cancel_at_period_end",
    "expand",
    "items",
    "payment_behavior",
    "proration_behavior",
    "proration_date",
    "trial_end",
];

pub(super) fn update(ledger: &mut Ledger, id: &str, params: &Params) -> Result<Value, ApiError> {
    if let Some(name) = UNPLAYED.iter().find(|name| params.0.get(**name).is_some()) {
        return Err(ApiError::unplayed(name));
    }
    params.only(KNOWN)?;
    let subscription = ledger.named("subscription", id)?.clone();
    check_state(&subscription, params)?;
    let ends = ["cancel_at", "cancel_at_period_end"].iter().any(|it| params.0.get(*it).is_some());
    if let Some(schedule) = subscription["schedule"].as_str().filter(|_| ends) {
        return Err(ApiError::invalid(format!(
            "The subscription is managed by the subscription schedule `{schedule}`, and updating \
             any cancelation behavior directly is not allowed. Please update the schedule instead."
        )));
    }
    let if_unpaid = if_unpaid(&subscription, params)?;
    let mut changed = subscription.clone();
    change_words(ledger, &mut changed, params)?;
    let wish = wish(ledger, &subscription, params, &[])?;
    let cancels_otherwise = subscription["pending_update"]["cancel_at_period_end"]
        .as_bool()
        .is_some_and(|pending| pending != changed.truth("cancel_at_period_end"));
    if cancels_otherwise {
        pending_updates::expire(ledger, id);
        changed["pending_update"] = Value::Null;
    }
    match wish {
        None => subscriptions::change(ledger, id, |subscription| *subscription = changed),
        Some(wish) if wish.ends_trial && without_card(ledger, &changed) => {
            changed["items"]["data"] = Value::Array(wish.items);
            subscriptions::change(ledger, id, |subscription| *subscription = changed);
            subscriptions::end_trial(ledger, id);
        }
        Some(wish) => {
            let change = subscription_change::draw_up(ledger, &changed, wish);
            subscription_change::carry_out(ledger, change, if_unpaid)?;
        }
    }
    Ok(ledger.read(id).clone())
}

/// What the parameters below `path` ask of a subscription's items, period and trial, if anything.
pub(super) fn wish(
    ledger: &Ledger,
    subscription: &Value,
    params: &Params,
    path: &[&str],
) -> Result<Option<Wish>, ApiError> {
    let node = path.iter().try_fold(&params.0, |node, name| node.get(*name));
    let node = node.unwrap_or(&Value::Null);
    let behavior =
        form::one_of(node, &["proration_behavior"], "proration_behavior", Behavior::WORDS)?;
    let prorated_at = form::integer(node, &["proration_date"])?;
    let start = subscription.data("items").first().map(|item| item.number("current_period_start"));
    let period = start.unwrap_or_default()..=subscriptions::period_end(subscription);
    if prorated_at.is_some_and(|at| !period.contains(&at)) {
        return Err(ApiError::invalid(
            "The `proration_date` must be within the subscription's current billing period.",
        )
        .param("proration_date"));
    }
    let asked = ["items", "billing_cycle_anchor", "trial_end"];
    if asked.iter().all(|name| node.get(*name).is_none()) {
        return Ok(None);
    }
    let list: Vec<&str> = path.iter().copied().chain(["items"]).collect();
    Ok(Some(Wish {
        items: subscription_items::wanted(ledger, subscription, params, &list)?,
        behavior: Behavior::from_word(behavior.unwrap_or_default()),
        prorated_at: prorated_at.unwrap_or(ledger.now),
        resets_cycle: resets_cycle(subscription, node)?,
        ends_trial: ends_trial(subscription, node)?,
    }))
}

/// What is asked about a subscription's end.
pub(super) enum Cancellation {
    Unchanged,
    AtPeriodEnd,
    /// `cancel_at_period_end=false`: takes back the flag, never a date set without it.
    Unflagged,
    /// `cancel_at=`: takes back any scheduled end.
    Cleared,
    At(i64),
}

impl Cancellation {
    pub(super) fn read(
        ledger: &Ledger,
        subscription: &Value,
        node: &Value,
    ) -> Result<Cancellation, ApiError> {
        let flag = form::boolean(node, &["cancel_at_period_end"], "cancel_at_period_end")?;
        let date = node.get("cancel_at");
        match (flag, date) {
            (Some(_), Some(_)) => Err(ApiError::invalid(
                "You may only specify one of these parameters: cancel_at, cancel_at_period_end.",
            )
            .param("cancel_at")),
            (Some(true), None) => Ok(Cancellation::AtPeriodEnd),
            (Some(false), None) => Ok(Cancellation::Unflagged),
            (None, None) => Ok(Cancellation::Unchanged),
            (None, Some(date)) => {
                match date.as_str() {
                    Some("") => Ok(Cancellation::Cleared),
                    Some("max_billed_until" | "max_period_end" | "min_period_end") => {
                        Ok(Cancellation::At(subscriptions::period_end(subscription)))
                    }
                    _ => match form::integer(node, &["cancel_at"])? {
                        Some(at) if at > ledger.now => Ok(Cancellation::At(at)),
                        _ => Err(ApiError::invalid("`cancel_at` must be in the future.")
                            .param("cancel_at")),
                    },
                }
            }
        }
    }

    pub(super) fn apply(self, subscription: &mut Value, now: i64) {
        match self {
            Cancellation::Unchanged => {}
            Cancellation::AtPeriodEnd => {
                let at = subscriptions::period_end(subscription);
                subscriptions::book_end(subscription, at, true, now);
            }
            Cancellation::At(at) => subscriptions::book_end(subscription, at, false, now),
            Cancellation::Cleared => subscriptions::take_end_back(subscription),
            Cancellation::Unflagged => {
                if subscription.truth("cancel_at_period_end") {
                    subscriptions::take_end_back(subscription);
                }
            }
        }
    }
}

fn check_state(subscription: &Value, params: &Params) -> Result<(), ApiError> {
    let sent = params.0.as_object().into_iter().flatten().map(|(name, _)| name.as_str());
    let mut sent = sent.filter(|name| *name != "expand");
    let refused = match subscription.text("status") {
        "canceled" | "incomplete_expired" => {
            sent.any(|name| !matches!(name, "metadata" | "cancellation_details")).then_some(
                "A canceled subscription can only update its cancellation_details and metadata.",
            )
        }
        "incomplete" => sent
            .any(|name| matches!(name, "items" | "billing_cycle_anchor" | "trial_end"))
            .then_some(
                "You cannot update a subscription in `incomplete` status in a way that results in \
                 additional invoices.",
            ),
        _ => None,
    };
    refused.map_or(Ok(()), |refusal| Err(ApiError::invalid(refusal)))
}

fn if_unpaid(subscription: &Value, params: &Params) -> Result<IfUnpaid, ApiError> {
    let words =
        ["allow_incomplete", "default_incomplete", "error_if_incomplete", "pending_if_incomplete"];
    let word = params.one_of("payment_behavior", &words)?;
    if word == Some("pending_if_incomplete") {
        let mut sent = params.0.as_object().into_iter().flatten().map(|(name, _)| name.as_str());
        if let Some(name) = sent.find(|name| !PENDING.contains(name)) {
            return Err(ApiError::invalid(format!(
                "`{name}` is not supported when `payment_behavior` is `pending_if_incomplete`. \
                 Update it in a request of its own."
            ))
            .param(name));
        }
        if subscription.text("collection_method") != "charge_automatically" {
            return Err(ApiError::invalid(
                "`pending_if_incomplete` can only be used with \
                 `collection_method=charge_automatically`.",
            )
            .param("payment_behavior"));
        }
    }
    Ok(match word {
        Some("default_incomplete") => IfUnpaid::AwaitCustomer,
        Some("error_if_incomplete") => IfUnpaid::Refuse,
        Some("pending_if_incomplete") => IfUnpaid::Pend,
        _ => IfUnpaid::Allow,
    })
}

/// Everything about a subscription that costs nothing.
fn change_words(ledger: &Ledger, changed: &mut Value, params: &Params) -> Result<(), ApiError> {
    Cancellation::read(ledger, changed, &params.0)?.apply(changed, ledger.now);
    if let Some(method) = default_method(ledger, changed, params)? {
        changed["default_payment_method"] = method;
    }
    if let Some(pause) = pause(params)? {
        changed["pause_collection"] = pause;
    }
    if params.clears("description") {
        changed["description"] = Value::Null;
    } else if let Some(text) = params.text("description") {
        changed["description"] = json!(text);
    }
    let details = &params.0["cancellation_details"];
    for name in ["comment", "feedback"] {
        if let Some(text) = details[name].as_str() {
            changed["cancellation_details"][name] = match text {
                "" => Value::Null,
                text => json!(text),
            };
        }
    }
    collection(changed, params)?;
    params.merge_metadata(&mut changed["metadata"]);
    Ok(())
}

fn collection(changed: &mut Value, params: &Params) -> Result<(), ApiError> {
    let methods = ["charge_automatically", "send_invoice"];
    if let Some(method) = params.one_of("collection_method", &methods)? {
        changed["collection_method"] = json!(method);
    }
    let days = params.integer("days_until_due")?;
    let sends = changed.text("collection_method") == "send_invoice";
    match (sends, days.or(changed["days_until_due"].as_i64())) {
        (true, Some(days)) if days >= 0 => changed["days_until_due"] = json!(days),
        (true, _) => return Err(ApiError::required("days_until_due")),
        (false, _) if days.is_some() => {
            return Err(ApiError::invalid(
                "You can only set `days_until_due` if `collection_method` is `send_invoice`.",
            )
            .param("days_until_due"));
        }
        (false, _) => changed["days_until_due"] = Value::Null,
    }
    Ok(())
}

/// `now` and `unchanged`, since 2026-10-28.endive as a `type`.
fn resets_cycle(subscription: &Value, node: &Value) -> Result<bool, ApiError> {
    let typed = form::text(node, &["billing_cycle_anchor", "type"]);
    match typed.or(form::text(node, &["billing_cycle_anchor"])) {
        None | Some("unchanged") => Ok(false),
        Some("now") if subscription.text("status") == "trialing" => Err(ApiError::invalid(
            "You cannot set `billing_cycle_anchor` to `now` on a subscription on trial. End the \
             trial instead.",
        )
        .param("billing_cycle_anchor")),
        Some("now") => Ok(true),
        Some(other) => Err(ApiError::invalid(format!(
            "Invalid billing_cycle_anchor: must be one of now, unchanged, not {other}"
        ))
        .param("billing_cycle_anchor")),
    }
}

fn ends_trial(subscription: &Value, node: &Value) -> Result<bool, ApiError> {
    match form::text(node, &["trial_end"]) {
        None => Ok(false),
        Some("now") => Ok(subscription.text("status") == "trialing"),
        Some(_) => Err(ApiError::invalid("The sandbox knows only `now` here.").param("trial_end")),
    }
}

fn without_card(ledger: &Ledger, subscription: &Value) -> bool {
    subscription.text("collection_method") == "charge_automatically"
        && payment_methods::for_subscription(ledger, subscription).is_none()
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
