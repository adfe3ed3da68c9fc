//! The phases that a call asks for, checked as Stripe checks them.

use serde_json::{Value, json};

use super::{
    calendar,
    error::ApiError,
    form,
    ledger::{Fields, Ledger, overlay},
    proration::Behavior,
    schedule_settings::{check_names, common},
    schedule_shape::{phase_item, phase_shape},
    subscription_items,
};

/// <https://docs.stripe.com/billing/subscriptions/subscription-schedules#phases>
const MOST: usize = 10;
const KNOWN: &[&str] = &[
    "automatic_tax",
    "billing_cycle_anchor",
    "collection_method",
    "currency",
    "default_payment_method",
    "description",
    "discounts",
    "duration",
    "end_date",
    "invoice_settings",
    "items",
    "metadata",
    "proration_behavior",
    "start_date",
    "trial",
    "trial_end",
];
/// What Stripe has at a phase and the sandbox does not play, unless it is empty.
const UNPLAYED: &[&str] = &[
    "add_invoice_items",
    "application_fee_percent",
    "billing_thresholds",
    "default_tax_rates",
    "on_behalf_of",
    "transfer_data",
];
const ITEM: &[&str] = &["metadata", "price", "quantity"];
const UNPLAYED_ITEM: &[&str] =
    &["billing_thresholds", "discounts", "plan", "price_data", "tax_rates"];
/// What phases are read against.
pub(super) struct Frame<'a> {
    pub(super) customer: &'a str,
    /// The subscription that is under the schedule; nothing before it has begun.
    pub(super) subscription: &'a Value,
    pub(super) settings: &'a Value,
    /// When the first phase starts, where no phase may say so itself.
    pub(super) start: Option<i64>,
}

/// Reads the `phases` parameter: each begins where the one before ends.
pub(super) fn read(
    ledger: &Ledger,
    sent: &[Value],
    frame: &Frame<'_>,
) -> Result<Vec<Value>, ApiError> {
    if sent.len() > MOST {
        return Err(ApiError::invalid(format!(
            "A subscription schedule can have at most {MOST} phases; you sent {}.",
            sent.len()
        ))
        .param("phases"));
    }
    let mut phases: Vec<Value> = Vec::new();
    for (at, wish) in sent.iter().enumerate() {
        let param = format!("phases[{at}]");
        check_names(wish, &param, KNOWN, UNPLAYED)?;
        let before = phases.last().map(|phase| phase.number("end_date"));
        let start = start(ledger, wish, frame, before, &param)?;
        let items = items(ledger, wish, frame, &param)?;
        let next = sent.get(at + 1).and_then(|next| next.get("start_date"));
        let end = end(ledger, wish, next, start, &items, &param)?;
        phases.push(phase(ledger, wish, frame, (start, end), items, &param)?);
    }
    let currency = phases.first().map(|phase| phase["currency"].clone());
    if let Some(other) = phases.iter().find(|phase| Some(&phase["currency"]) != currency.as_ref()) {
        return Err(ApiError::invalid(format!(
            "All phases of a subscription schedule must have one currency; {} is a second one.",
            other.text("currency")
        ))
        .param("phases"));
    }
    Ok(phases)
}

fn start(
    ledger: &Ledger,
    wish: &Value,
    frame: &Frame<'_>,
    before: Option<i64>,
    param: &str,
) -> Result<i64, ApiError> {
    let param = format!("{param}[start_date]");
    let said = second(ledger, wish, "start_date", &param)?;
    match (before.or(frame.start), said) {
        (Some(start), None) => Ok(start),
        (None, Some(start)) => Ok(start),
        (Some(start), Some(said)) if start == said => Ok(start),
        (Some(start), Some(said)) => Err(ApiError::invalid(format!(
            "The `start_date` of a phase must be the `end_date` of the phase before it, {start}, \
             not {said}."
        ))
        .param(&param)),
        // Stripe's words: <https://github.com/YumaInaura/YumaInaura/issues/2899>.
        (None, None) => Err(ApiError::invalid(
            "The subscription schedule update is missing at least one phase with a `start_date` \
             to anchor end dates to.",
        )
        .param("phases")),
    }
}

/// A phase without an end lasts until the next one starts, or for one interval of its price.
fn end(
    ledger: &Ledger,
    wish: &Value,
    next: Option<&Value>,
    start: i64,
    items: &[Value],
    param: &str,
) -> Result<i64, ApiError> {
    let here = format!("{param}[end_date]");
    let said = second(ledger, wish, "end_date", &here)?;
    let end = match (wish.get("duration"), said) {
        (Some(_), Some(_)) => {
            return Err(ApiError::invalid(
                "You may only specify one of these parameters: duration, end_date.",
            )
            .param(&format!("{param}[duration]")));
        }
        (Some(duration), None) => lasts(duration, start, &format!("{param}[duration]"))?,
        (None, Some(end)) => end,
        (None, None) if next.is_some() => {
            let next = json!({ "start_date": next });
            second(ledger, &next, "start_date", &here)?.unwrap_or(start)
        }
        (None, None) => {
            let price = items.first().map_or("", |item| item.text("price"));
            let recurring = &ledger.read(price)["recurring"];
            let count = recurring.number("interval_count").max(1);
            calendar::plus(start, recurring.text("interval"), count)
        }
    };
    if end <= start {
        return Err(ApiError::invalid(format!(
            "The `end_date` of a phase must be after its `start_date`, {start}, not {end}."
        ))
        .param(&here));
    }
    Ok(end)
}

fn lasts(duration: &Value, start: i64, param: &str) -> Result<i64, ApiError> {
    check_names(duration, param, &["interval", "interval_count"], &[])?;
    let here = format!("{param}[interval]");
    let interval = form::one_of(duration, &["interval"], &here, &["day", "month", "week", "year"])?
        .ok_or_else(|| ApiError::required(&here))?;
    let count = form::integer(duration, &["interval_count"])?.unwrap_or(1);
    if !(1..=1_000).contains(&count) {
        return Err(ApiError::invalid(format!("Invalid interval_count: {count}"))
            .param(&format!("{param}[interval_count]")));
    }
    Ok(calendar::plus(start, interval, count))
}

fn items(
    ledger: &Ledger,
    wish: &Value,
    frame: &Frame<'_>,
    param: &str,
) -> Result<Vec<Value>, ApiError> {
    let param = format!("{param}[items]");
    let sent = wish["items"].as_array().ok_or_else(|| ApiError::required(&param))?;
    let held = frame.subscription.data("items");
    let mut items: Vec<Value> = Vec::new();
    for (at, wish) in sent.iter().enumerate() {
        let param = format!("{param}[{at}]");
        check_names(wish, &param, ITEM, UNPLAYED_ITEM)?;
        let here = format!("{param}[price]");
        let id = form::text(wish, &["price"]).ok_or_else(|| ApiError::required(&here))?;
        let kept = held.iter().any(|item| item["price"].text("id") == id);
        let currency = match frame.subscription.text("currency") {
            "" => ledger.read(id).text("currency"),
            currency => currency,
        };
        let price = subscription_items::check_price(ledger, currency, id, kept, &here)?;
        if items.iter().any(|item| item.text("price") == id) {
            return Err(ApiError::invalid(format!(
                "Cannot add multiple subscription items with the same plan: {id}"
            ))
            .param(&here));
        }
        let first = items.first().map_or(price, |item| ledger.read(item.text("price")));
        for field in ["interval", "interval_count"] {
            if first["recurring"][field] != price["recurring"][field] {
                return Err(ApiError::invalid(
                    "Currency and interval fields must match across all plans on this \
                     subscription. Found mismatch in interval field.",
                )
                .param(&here));
            }
        }
        let quantity = subscription_items::quantity(wish, &param)?.unwrap_or(1);
        items.push(phase_item(id, quantity, &metadata(wish)));
    }
    Ok(items)
}

fn phase(
    ledger: &Ledger,
    wish: &Value,
    frame: &Frame<'_>,
    (start, end): (i64, i64),
    items: Vec<Value>,
    param: &str,
) -> Result<Value, ApiError> {
    let price = items.first().map_or("", |item| item.text("price"));
    let currency = ledger.read(price)["currency"].clone();
    if let Some(said) = form::text(wish, &["currency"]).filter(|said| currency != *said) {
        return Err(ApiError::invalid(format!(
            "The price `{price}` is not in the phase's currency, {said}."
        ))
        .param(&format!("{param}[currency]")));
    }
    let common = common(ledger, wish, frame.customer, param)?;
    let sends = match common.text("collection_method") {
        "" => frame.settings.text("collection_method"),
        method => method,
    } == "send_invoice";
    let due = [&common["invoice_settings"], &frame.settings["invoice_settings"]];
    if sends && due.iter().all(|settings| settings["days_until_due"].is_null()) {
        return Err(ApiError::required(&format!("{param}[invoice_settings][days_until_due]")));
    }
    let here = format!("{param}[proration_behavior]");
    let behavior = form::one_of(wish, &["proration_behavior"], &here, Behavior::WORDS)?;
    Ok(overlay(
        overlay(phase_shape(&currency, (start, end), items), common),
        json!({
            "discounts": discounts(ledger, wish, frame.subscription, param)?,
            "metadata": metadata(wish),
            "proration_behavior": behavior.unwrap_or("create_prorations"),
            "trial_end": trial_end(ledger, wish, (start, end), param)?,
        }),
    ))
}

/// Each is said by exactly one of its three names.
fn discounts(
    ledger: &Ledger,
    wish: &Value,
    subscription: &Value,
    param: &str,
) -> Result<Value, ApiError> {
    let sent = wish["discounts"].as_array().map(Vec::as_slice).unwrap_or_default();
    let read = sent.iter().enumerate().map(|(at, wish)| {
        let param = format!("{param}[discounts][{at}]");
        check_names(wish, &param, &["coupon", "discount", "promotion_code"], &[])?;
        let said = |name| form::text(wish, &[name]);
        let (kind, id) = match (said("coupon"), said("discount"), said("promotion_code")) {
            (Some(id), None, None) => ("coupon", id),
            (None, Some(id), None) => ("discount", id),
            (None, None, Some(id)) => ("promotion_code", id),
            _ => {
                return Err(ApiError::invalid(
                    "You must specify exactly one of these parameters: coupon, discount, \
                     promotion_code.",
                )
                .param(&param));
            }
        };
        let owner = subscription.text("id");
        let usable = ledger.find(kind, id).is_some_and(|found| match kind {
            "discount" => found.text("subscription") == owner,
            _ => true,
        });
        if !usable {
            return Err(ApiError::missing_param(kind, id, &format!("{param}[{kind}]")));
        }
        let mut shape = json!({"coupon": null, "discount": null, "promotion_code": null});
        shape[kind] = json!(id);
        Ok(shape)
    });
    read.collect()
}

fn trial_end(
    ledger: &Ledger,
    wish: &Value,
    (start, end): (i64, i64),
    param: &str,
) -> Result<Option<i64>, ApiError> {
    let here = format!("{param}[trial_end]");
    let trial = form::boolean(wish, &["trial"], &format!("{param}[trial]"))?.unwrap_or(false);
    match (trial, second(ledger, wish, "trial_end", &here)?) {
        (true, Some(_)) => Err(ApiError::invalid(
            "You may only specify one of these parameters: trial, trial_end.",
        )
        .param(&here)),
        (true, None) => Ok(Some(end)),
        (false, Some(trial_end)) if trial_end > end => Err(ApiError::invalid(format!(
            "The `trial_end` of a phase must not be after its `end_date`, {end}."
        ))
        .param(&here)),
        (false, trial_end) => Ok(trial_end.filter(|trial_end| *trial_end > start)),
    }
}

/// A time in seconds, or `now`.
fn second(ledger: &Ledger, node: &Value, name: &str, param: &str) -> Result<Option<i64>, ApiError> {
    match form::text(node, &[name]) {
        Some("now") => Ok(Some(ledger.now)),
        Some(_) => form::integer(node, &[name]).map_err(|error| error.param(param)),
        None => Ok(None),
    }
}

fn metadata(wish: &Value) -> Value {
    json!(wish["metadata"].as_object().cloned().unwrap_or_default())
}
