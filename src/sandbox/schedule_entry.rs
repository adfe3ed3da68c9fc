//! What becomes of a subscription when a phase of its schedule begins, or is changed while it runs.

use serde_json::{Value, json};

use super::{
    discounts,
    form::Params,
    ledger::{Fields, Ledger},
    proration::Behavior,
    schedule_shape,
    subscription_change::{self, IfUnpaid, Wish},
    subscription_shape::item_shape,
    subscriptions,
};

/// Makes a subscription what a phase says it is; `settings` hold where the phase says nothing.
pub(super) fn apply(
    ledger: &mut Ledger,
    id: &str,
    phase: &Value,
    settings: &Value,
    behavior: Behavior,
) {
    let before = ledger.read(id).clone();
    let now = ledger.now;
    let mut after = before.clone();
    words(&mut after, phase, settings);
    after["discounts"] = json!(redeem(ledger, &before, phase));
    let items = items(ledger, &before, phase);
    let on_trial = before.text("status") == "trialing";
    let trial_end = phase["trial_end"].as_i64().filter(|end| *end > now);
    match trial_end {
        Some(end) if on_trial || before.text("status") == "active" => {
            try_out(&mut after, items, end, now);
            if before["trial_end"] != after["trial_end"] {
                ledger.hide(id, |hidden| hidden.announced = false);
            }
            subscriptions::change(ledger, id, |subscription| *subscription = after);
        }
        None if on_trial => {
            after["items"]["data"] = Value::Array(items);
            subscriptions::change(ledger, id, |subscription| *subscription = after);
            // A trial that is over in this second ends by itself.
            if before.number("trial_end") > now {
                subscriptions::end_trial(ledger, id);
            }
        }
        _ => {
            // Nothing is left of the period, so there is nothing to give back or to charge for it.
            let is_over = subscriptions::period_end(&before) <= now;
            let wish = Wish {
                items,
                behavior: if is_over { Behavior::Forgo } else { behavior },
                prorated_at: now,
                resets_cycle: phase.text("billing_cycle_anchor") == "phase_start"
                    && phase.number("start_date") == now,
                ends_trial: false,
            };
            let change = subscription_change::draw_up(ledger, &after, wish);
            subscription_change::settle(ledger, change, IfUnpaid::Allow);
        }
    }
}

/// Everything that costs nothing.
fn words(after: &mut Value, phase: &Value, settings: &Value) {
    let said = |name: &str| {
        if phase[name].is_null() { settings[name].clone() } else { phase[name].clone() }
    };
    after["automatic_tax"] = said("automatic_tax");
    after["collection_method"] = said("collection_method");
    after["default_payment_method"] = said("default_payment_method");
    let sends = after.text("collection_method") == "send_invoice";
    let due = [phase, settings].map(|of| of["invoice_settings"]["days_until_due"].clone());
    let due = due.into_iter().find(|days| sends && !days.is_null());
    after["days_until_due"] = due.unwrap_or(Value::Null);
    let description = said("description");
    if !description.is_null() {
        after["description"] = description;
    }
    Params(json!({"metadata": phase["metadata"]})).merge_metadata(&mut after["metadata"]);
}

/// An item keeps its id while its price stays; another price is another item.
fn items(ledger: &Ledger, before: &Value, phase: &Value) -> Vec<Value> {
    let held = before.data("items");
    let period = held.first().map_or((ledger.now, ledger.now), |item| {
        (item.number("current_period_start"), item.number("current_period_end"))
    });
    let wanted = phase["items"].as_array().into_iter().flatten();
    wanted
        .map(|wanted| {
            let same = |item: &&Value| item["price"].text("id") == wanted.text("price");
            let mut item = held.iter().find(same).cloned().unwrap_or_else(|| {
                let price = ledger.read(wanted.text("price"));
                item_shape(before.text("id"), price, 1, period, ledger.now)
            });
            item["quantity"] = wanted["quantity"].clone();
            Params(json!({"metadata": wanted["metadata"]})).merge_metadata(&mut item["metadata"]);
            item
        })
        .collect()
}

fn try_out(after: &mut Value, mut items: Vec<Value>, end: i64, now: i64) {
    for item in &mut items {
        if after.text("status") != "trialing" {
            item["current_period_start"] = json!(now);
        }
        item["current_period_end"] = json!(end);
    }
    if after.text("status") != "trialing" {
        after["trial_start"] = json!(now);
    }
    after["status"] = json!("trialing");
    after["trial_end"] = json!(end);
    after["billing_cycle_anchor"] = json!(end);
    after["items"]["data"] = Value::Array(items);
}

/// The discounts that a phase gives: those it names, while they last, and new ones of its coupons.
pub(super) fn redeem(ledger: &mut Ledger, subscription: &Value, phase: &Value) -> Vec<String> {
    let held: Vec<String> = ids(&subscription["discounts"]);
    let customer = subscription.text("customer").to_owned();
    let mut given = Vec::new();
    for wanted in phase["discounts"].as_array().into_iter().flatten() {
        match (wanted["discount"].as_str(), wanted["promotion_code"].as_str()) {
            (Some(id), _) => given.extend(held.iter().find(|held| *held == id).cloned()),
            (None, Some(code)) => {
                let coupon = ledger.read(code)["promotion"].text("coupon").to_owned();
                given.push(discounts::grant(ledger, &customer, &coupon, Some(code), None));
            }
            (None, None) => {
                let coupon = wanted.text("coupon");
                given.push(discounts::grant(ledger, &customer, coupon, None, None));
            }
        }
    }
    for id in given.iter().filter(|id| !held.contains(id)) {
        ledger.quietly(id, |discount| discount["subscription"] = subscription["id"].clone());
    }
    for gone in held.iter().filter(|held| !given.contains(held)) {
        discounts::withdraw(ledger, gone);
    }
    given
}

fn ids(list: &Value) -> Vec<String> {
    let ids = list.as_array().into_iter().flatten().filter_map(Value::as_str);
    ids.map(str::to_owned).collect()
}

/// The phase of a schedule that runs now.
pub(super) fn running(schedule: &Value) -> Option<&Value> {
    let start = schedule["current_phase"]["start_date"].as_i64()?;
    schedule_shape::phases(schedule).iter().find(|phase| phase.number("start_date") == start)
}
