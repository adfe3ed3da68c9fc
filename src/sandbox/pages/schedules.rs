//! What the dashboard shows of schedules, and what it does with them.

use std::sync::Arc;

use rocket::{State, http::Status, post};
use serde_json::Value;

use super::{Reply, SameOrigin, dashboard::home, money::Row, not_found, notice};
use crate::sandbox::{
    arrange_schedules, calendar,
    ledger::{Fields, Ledger},
    schedule_entry::running,
    schedule_shape::{KIND, phases},
    schedules::{self, EndSet},
    state::Inner,
    subscriptions,
};

/// The schedules, newest first, and the subscriptions that are under none.
pub(super) fn rows(ledger: &Ledger) -> Vec<Row> {
    let scheduled = ledger.all(KIND).rev().map(|schedule| {
        let acts = matches!(schedule.text("status"), "active" | "not_started");
        Row {
            id: schedule.text("id").to_owned(),
            amount: words(ledger, schedule),
            standing: schedule.text("status").replace('_', " "),
            actions: if acts { &[("release", "Release"), ("cancel", "Cancel")] } else { &[] },
        }
    });
    let free = ledger.all("subscription").rev();
    let free = free.filter(|subscription| {
        subscription["schedule"].is_null() && !subscriptions::is_over(subscription)
    });
    let free = free.map(|subscription| Row {
        id: subscription.text("id").to_owned(),
        amount: other_price(ledger, subscription).unwrap_or("no other price").to_owned(),
        standing: "no schedule".to_owned(),
        actions: if other_price(ledger, subscription).is_some() {
            &[("attach", "Schedule this price for the period's end")]
        } else {
            &[]
        },
    });
    scheduled.chain(free).collect()
}

/// What a schedule does next, such as `price_growth from 1 February 2026, 10:00 UTC`.
pub(super) fn words(ledger: &Ledger, schedule: &Value) -> String {
    let from = match running(schedule) {
        Some(phase) => phase.number("end_date"),
        None => phases(schedule).first().map_or(ledger.now, |first| first.number("start_date")),
    };
    let next = phases(schedule).iter().find(|phase| phase.number("start_date") == from);
    let at = calendar::words(from);
    match (next, schedule.text("status")) {
        (Some(next), "active" | "not_started") => {
            let items = next["items"].as_array().into_iter().flatten();
            let prices: Vec<&str> = items.map(|item| item.text("price")).collect();
            format!("{} from {at}", prices.join(", "))
        }
        (None, "active") => format!("{} at {at}", schedule.text("end_behavior")),
        _ => "nothing more".to_owned(),
    }
}

#[post("/sandbox/schedules/<id>/<action>")]
pub(super) fn act(_own: SameOrigin, inner: &State<Arc<Inner>>, id: &str, action: &str) -> Reply {
    inner.change(|ledger| {
        if let Some(subscription) = ledger.find("subscription", id) {
            let price = other_price(ledger, subscription).filter(|_| action == "attach");
            let Some(price) = price.map(str::to_owned) else { return not_found() };
            return match arrange_schedules::attach(ledger, id, &price) {
                Ok(_) => home(),
                Err(error) => {
                    notice(Status::BadRequest, "Not possible", &error.to_string(), Some("/"))
                }
            };
        }
        let acts = ledger
            .find(KIND, id)
            .is_some_and(|found| matches!(found.text("status"), "active" | "not_started"));
        match action {
            "release" if acts => schedules::release(ledger, id, EndSet::TakenBack),
            "cancel" if acts => schedules::cancel(ledger, id),
            _ => return not_found(),
        }
        home()
    })
}

/// The first price in the catalogue that a subscription could pass to.
fn other_price<'a>(ledger: &'a Ledger, subscription: &Value) -> Option<&'a str> {
    let held = |price: &Value| {
        subscription.data("items").iter().any(|item| item["price"]["id"] == price["id"])
    };
    let mut others = ledger.all("price").filter(|price| {
        price.text("type") == "recurring"
            && price.truth("active")
            && price["currency"] == subscription["currency"]
            && !held(price)
    });
    others.next().map(|price| price.text("id"))
}
