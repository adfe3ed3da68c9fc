//! Subscription Schedules: phases that take each other's place by the clock.

use serde_json::{Value, json};

use super::{
    calendar,
    error::ApiError,
    form::Params,
    ledger::{Fields, Hidden, Ledger, fresh},
    subscription_shape::plan_shape,
    subscriptions,
};

const KIND: &str = "subscription_schedule";

pub(super) fn create(ledger: &mut Ledger, params: &Params) -> Result<Value, ApiError> {
    params.only(&["from_subscription"])?;
    let from = params.required("from_subscription")?.to_owned();
    let subscription = ledger.named("subscription", &from)?.clone();
    if !subscription["schedule"].is_null() {
        return Err(ApiError::invalid(format!(
            "The subscription {from} is already attached to a subscription schedule."
        ))
        .param("from_subscription"));
    }
    let id = fresh("sub_sched_1");
    let phase = first_phase(&subscription);
    let current = json!({"start_date": phase["start_date"], "end_date": phase["end_date"]});
    let schedule = json!({
        "id": id,
        "object": KIND,
        "application": null,
        "billing_mode": subscription["billing_mode"],
        "canceled_at": null,
        "completed_at": null,
        "created": ledger.now,
        "current_phase": current,
        "customer": subscription["customer"],
        "customer_account": null,
        "default_settings": {
            "application_fee_percent": null,
            "automatic_tax": {"disabled_reason": null, "enabled": false, "liability": null},
            "billing_cycle_anchor": "automatic",
            "billing_thresholds": null,
            "collection_method": subscription["collection_method"],
            "default_payment_method": subscription["default_payment_method"],
            "description": null,
            "invoice_settings": {"account_tax_ids": null, "days_until_due": null, "issuer": {"type": "self"}},
            "on_behalf_of": null,
            "transfer_data": null,
        },
        "end_behavior": "release",
        "livemode": false,
        "metadata": {},
        "pause_schedules": [],
        "phases": [phase],
        "released_at": null,
        "released_subscription": null,
        "status": "active",
        "subscription": from,
        "test_clock": null,
    });
    ledger.create(schedule, Hidden::default(), "subscription_schedule.created");
    subscriptions::change(ledger, &from, |subscription| subscription["schedule"] = json!(id));
    Ok(ledger.read(&id).clone())
}

pub(super) fn update(ledger: &mut Ledger, id: &str, params: &Params) -> Result<Value, ApiError> {
    params.only(&["end_behavior", "metadata", "phases", "proration_behavior"])?;
    running(ledger, id)?;
    let mut start = None;
    let mut phases = Vec::new();
    let wanted = params.0["phases"].as_array().cloned().unwrap_or_default();
    for phase in wanted {
        let number = |value: &Value| value.as_str().and_then(|text| text.parse::<i64>().ok());
        let begins = number(&phase["start_date"])
            .or(start)
            .ok_or_else(|| ApiError::required("phases[0][start_date]"))?;
        let ends = match number(&phase["end_date"]) {
            Some(end) => end,
            None => calendar::plus(
                begins,
                phase["duration"].text("interval"),
                number(&phase["duration"]["interval_count"]).unwrap_or(1),
            ),
        };
        let mut items = Vec::new();
        for item in phase["items"].as_array().into_iter().flatten() {
            let price = item.text("price");
            ledger.named("price", price)?;
            items.push(json!({
                "billing_thresholds": null, "discounts": [], "metadata": {}, "plan": price,
                "price": price, "quantity": number(&item["quantity"]).unwrap_or(1), "tax_rates": [],
            }));
        }
        start = Some(ends);
        phases.push(phase_shape(begins, ends, items));
    }
    ledger.change(id, "subscription_schedule.updated", |schedule| {
        if !phases.is_empty() {
            schedule["current_phase"] = json!({
                "start_date": phases[0]["start_date"], "end_date": phases[0]["end_date"],
            });
            schedule["phases"] = Value::Array(phases);
        }
        params.merge_metadata(&mut schedule["metadata"]);
    });
    Ok(ledger.read(id).clone())
}

pub(super) fn release(ledger: &mut Ledger, id: &str) -> Result<Value, ApiError> {
    running(ledger, id)?;
    let_go(ledger, id);
    Ok(ledger.read(id).clone())
}

/// The next phase begins, or nothing is left to do.
pub(super) fn advance(ledger: &mut Ledger, id: &str) {
    let schedule = ledger.read(id).clone();
    let now = schedule["current_phase"].number("end_date");
    let phases = schedule["phases"].as_array().cloned().unwrap_or_default();
    let Some(next) = phases.iter().find(|phase| phase.number("start_date") == now) else {
        return let_go(ledger, id);
    };
    let items = next["items"].as_array().cloned().unwrap_or_default();
    let prices: Vec<Value> =
        items.iter().map(|item| ledger.read(item.text("price")).clone()).collect();
    let subscription = schedule.text("subscription").to_owned();
    subscriptions::change(ledger, &subscription, |subscription| {
        let held = subscription["items"]["data"].as_array_mut();
        for ((item, price), wanted) in held.into_iter().flatten().zip(&prices).zip(&items) {
            item["plan"] = plan_shape(price);
            item["price"] = price.clone();
            item["quantity"] = wanted["quantity"].clone();
        }
    });
    ledger.change(id, "subscription_schedule.updated", |schedule| {
        schedule["current_phase"] =
            json!({"start_date": next["start_date"], "end_date": next["end_date"]});
    });
}

fn running(ledger: &Ledger, id: &str) -> Result<(), ApiError> {
    match ledger.named(KIND, id)?.text("status") {
        "active" => Ok(()),
        status => Err(ApiError::invalid(format!(
            "You cannot change a subscription schedule that is currently in the `{status}` status."
        ))),
    }
}

fn let_go(ledger: &mut Ledger, id: &str) {
    let (now, subscription) = (ledger.now, ledger.read(id).text("subscription").to_owned());
    ledger.change(id, "subscription_schedule.released", |schedule| {
        schedule["status"] = json!("released");
        schedule["released_at"] = json!(now);
        schedule["released_subscription"] = json!(subscription);
        schedule["subscription"] = Value::Null;
        schedule["current_phase"] = Value::Null;
    });
    subscriptions::change(ledger, &subscription, |subscription| {
        subscription["schedule"] = Value::Null;
    });
}

fn first_phase(subscription: &Value) -> Value {
    let items = subscription.data("items");
    let start = items.first().map_or(0, |item| item.number("current_period_start"));
    let items = items.iter().map(|item| {
        json!({
            "billing_thresholds": null, "discounts": [], "metadata": {},
            "plan": item["price"]["id"], "price": item["price"]["id"],
            "quantity": item["quantity"], "tax_rates": [],
        })
    });
    phase_shape(start, subscriptions::period_end(subscription), items.collect())
}

fn phase_shape(start: i64, end: i64, items: Vec<Value>) -> Value {
    json!({
        "add_invoice_items": [], "application_fee_percent": null, "automatic_tax": null,
        "billing_cycle_anchor": null, "billing_thresholds": null, "collection_method": null,
        "currency": "eur", "default_payment_method": null, "default_tax_rates": [],
        "description": null, "discounts": [], "end_date": end, "invoice_settings": null,
        "items": items, "metadata": {}, "on_behalf_of": null, "proration_behavior": "none",
        "start_date": start, "transfer_data": null, "trial_end": null,
    })
}
