//! Subscription Schedules: how they begin, pass from phase to phase by the clock, and end.

use serde_json::{Value, json};

use super::{
    calendar::{self, DAY},
    invoices,
    ledger::{Fields, Hidden, Ledger, Line, fresh},
    proration::Behavior,
    schedule_entry::{self, running},
    schedule_shape::{KIND, Plan, default_settings, last_end, phase_of, phases, schedule_shape},
    subscriptions::{self, Opening},
};

/// How long before its end a schedule announces it:
/// <https://docs.stripe.com/api/events/types#event_types-subscription_schedule.expiring>.
const NOTICE: i64 = 7 * DAY;

/// What a release does with the end that the schedule had set for its subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EndSet {
    Kept,
    TakenBack,
}

/// Puts a subscription, as it is, under a schedule.
pub(super) fn attach(ledger: &mut Ledger, subscription: &str) -> String {
    let object = ledger.read(subscription).clone();
    let start = object.data("items").first().map(|item| item.number("current_period_start"));
    let ends = object["cancel_at"].as_i64();
    let end = ends.unwrap_or_else(|| subscriptions::period_end(&object));
    let span = (start.unwrap_or(object.number("start_date")), end);
    let plan = Plan {
        id: &fresh("sub_sched_1"),
        customer: object.text("customer"),
        settings: default_settings(),
        phases: vec![phase_of(ledger, &object, span)],
        end_behavior: if ends.is_some() { "cancel" } else { "release" },
        metadata: json!({}),
    };
    let mut schedule = schedule_shape(plan, ledger.now);
    schedule["billing_mode"] = object["billing_mode"].clone();
    schedule["status"] = json!("active");
    schedule["subscription"] = json!(subscription);
    schedule["current_phase"] = json!({"start_date": span.0, "end_date": span.1});
    let id = ledger.create(schedule, Hidden::default(), "subscription_schedule.created");
    subscriptions::change(ledger, subscription, |object| object["schedule"] = json!(id));
    look_ahead(ledger, &id);
    id
}

/// Keeps a schedule that begins with its first phase.
pub(super) fn keep(ledger: &mut Ledger, plan: Plan<'_>) -> String {
    let schedule = schedule_shape(plan, ledger.now);
    let id = ledger.insert(schedule, Hidden::default());
    if phases(ledger.read(&id))
        .first()
        .is_some_and(|first| first.number("start_date") <= ledger.now)
    {
        begin(ledger, &id);
    }
    ledger.emit("subscription_schedule.created", &id);
    look_ahead(ledger, &id);
    id
}

/// The first phase begins, or the next one, or nothing is left to do.
pub(super) fn advance(ledger: &mut Ledger, id: &str) {
    let schedule = ledger.read(id).clone();
    if schedule.text("status") == "not_started" {
        begin(ledger, id);
        ledger.emit("subscription_schedule.updated", id);
        return;
    }
    let over = schedule["current_phase"].number("end_date");
    let next = phases(&schedule).iter().find(|phase| phase.number("start_date") == over);
    match next {
        Some(next) => {
            ledger.change(id, "subscription_schedule.updated", |schedule| {
                schedule["current_phase"] =
                    json!({"start_date": next["start_date"], "end_date": next["end_date"]});
            });
            let behavior = Behavior::from_word(next.text("proration_behavior"));
            reapply(ledger, id, behavior);
        }
        None if schedule.text("end_behavior") == "cancel" => complete(ledger, id),
        // Released, not completed, for the subscription goes on:
        // <https://codewithsundeep.com/discussion/solution/77572917>.
        None => release(ledger, id, EndSet::TakenBack),
    }
}

/// Makes the subscription what the running phase says.
pub(super) fn reapply(ledger: &mut Ledger, id: &str, behavior: Behavior) {
    let schedule = ledger.read(id).clone();
    let Some(phase) = running(&schedule) else { return };
    let subscription = schedule.text("subscription");
    schedule_entry::apply(ledger, subscription, phase, &schedule["default_settings"], behavior);
}

/// Takes note of a schedule's end: its notice, and the end that it sets for its subscription.
///
/// An end that is nearer than its notice is not announced.
pub(super) fn look_ahead(ledger: &mut Ledger, id: &str) {
    let schedule = ledger.read(id).clone();
    let end = last_end(&schedule);
    let announced = end - NOTICE <= ledger.now;
    ledger.hide(id, |hidden| hidden.announced = announced);
    let Some(subscription) = schedule["subscription"].as_str() else { return };
    let (now, set) = (ledger.now, ledger.read(subscription)["cancel_at"].as_i64());
    match (schedule.text("end_behavior"), set) {
        ("cancel", Some(set)) if set == end => {}
        ("cancel", _) => subscriptions::change(ledger, subscription, |subscription| {
            subscriptions::book_end(subscription, end, false, now);
        }),
        (_, Some(_)) => subscriptions::resume(ledger, subscription),
        (_, None) => {}
    }
}

/// Adds a phase like the last one, with another price for one interval.
pub(super) fn append(ledger: &mut Ledger, id: &str, price: &str) {
    let recurring = ledger.read(price)["recurring"].clone();
    let schedule = ledger.read(id);
    let Some(mut phase) = phases(schedule).last().cloned() else { return };
    let start = phase["end_date"].clone();
    let count = recurring.number("interval_count").max(1);
    let end = calendar::plus(phase.number("end_date"), recurring.text("interval"), count);
    phase["items"][0]["plan"] = json!(price);
    phase["items"][0]["price"] = json!(price);
    phase["proration_behavior"] = json!("none");
    phase["trial_end"] = Value::Null;
    phase["start_date"] = start;
    phase["end_date"] = json!(end);
    ledger.change(id, "subscription_schedule.updated", |schedule| {
        schedule["phases"].as_array_mut().into_iter().for_each(|phases| phases.push(phase.clone()));
    });
    look_ahead(ledger, id);
}

/// When a schedule is about to end, if that is still to be announced.
pub(super) fn notice(ledger: &Ledger, schedule: &Value) -> Option<i64> {
    let announced = ledger.hidden(schedule.text("id")).announced;
    (schedule.text("status") == "active" && !announced).then(|| last_end(schedule) - NOTICE)
}

/// Announces that a schedule is about to end.
pub(super) fn announce(ledger: &mut Ledger, id: &str) {
    ledger.hide(id, |hidden| hidden.announced = true);
    ledger.emit("subscription_schedule.expiring", id);
}

/// Leaves the subscription as it is, without a schedule.
pub(super) fn release(ledger: &mut Ledger, id: &str, end: EndSet) {
    let schedule = ledger.read(id).clone();
    let (now, subscription) = (ledger.now, schedule["subscription"].clone());
    if let Some(subscription) = subscription.as_str() {
        let takes_back = schedule.text("end_behavior") == "cancel" && end == EndSet::TakenBack;
        subscriptions::change(ledger, subscription, |subscription| {
            subscription["schedule"] = Value::Null;
            if takes_back {
                subscriptions::take_end_back(subscription);
            }
        });
    }
    ledger.change(id, "subscription_schedule.released", |schedule| {
        schedule["status"] = json!("released");
        schedule["released_at"] = json!(now);
        schedule["released_subscription"] = subscription;
        schedule["subscription"] = Value::Null;
        schedule["current_phase"] = Value::Null;
    });
}

/// Ends a schedule and, at once, its subscription.
pub(super) fn cancel(ledger: &mut Ledger, id: &str) {
    match ledger.read(id)["subscription"].as_str().map(str::to_owned) {
        Some(subscription) => {
            subscriptions::end(ledger, &subscription, "cancellation_requested");
        }
        None => close(ledger, id, "canceled", "subscription_schedule.canceled"),
    }
}

/// Ends the schedule of a subscription that has ended.
///
/// It is aborted where that happened for want of payment:
/// <https://docs.stripe.com/api/events/types#event_types-subscription_schedule.aborted>.
pub(super) fn abandon(ledger: &mut Ledger, subscription: &str) {
    let object = ledger.read(subscription);
    let id = object.text("schedule").to_owned();
    let unpaid = object["cancellation_details"].text("reason") == "payment_failed"
        || object.text("status") == "incomplete_expired";
    if ledger.read(&id).text("status") == "active" {
        let event =
            if unpaid { "subscription_schedule.aborted" } else { "subscription_schedule.canceled" };
        close(ledger, &id, "canceled", event);
    }
}

/// Writes a change that was made to the subscription itself into its schedule.
///
/// The running phase is split where the change was made, and what is to come stays:
/// <https://github.com/bitwarden/server/pull/7695>, <https://github.com/bitwarden/server/pull/8035>.
pub(super) fn follow(ledger: &mut Ledger, before: &Value) {
    let after = ledger.read(before.text("id")).clone();
    let id = after.text("schedule").to_owned();
    let schedule = ledger.read(&id).clone();
    let Some(phase) = running(&schedule) else { return };
    let span = (phase.number("start_date"), phase.number("end_date"));
    if phase_of(ledger, before, span) == phase_of(ledger, &after, span) {
        return;
    }
    let now = ledger.now;
    let mut new = phase_of(ledger, &after, (now, span.1));
    new["proration_behavior"] = phase["proration_behavior"].clone();
    ledger.change(&id, "subscription_schedule.updated", |schedule| {
        if let Some(phases) = schedule["phases"].as_array_mut()
            && let Some(at) = phases.iter().position(|phase| phase.number("start_date") == span.0)
        {
            if span.0 < now {
                phases[at]["end_date"] = json!(now);
                phases.insert(at + 1, new);
            } else {
                phases[at] = new;
            }
        }
        schedule["current_phase"] = json!({"start_date": now, "end_date": span.1});
    });
}

/// Begins the subscription of a schedule with its first phase and charges for it.
fn begin(ledger: &mut Ledger, id: &str) {
    let schedule = ledger.read(id).clone();
    let Some(first) = phases(&schedule).first() else { return };
    let customer = schedule.text("customer");
    let settings = &schedule["default_settings"];
    let items = first["items"].as_array().into_iter().flatten();
    let lines: Vec<Line> = items
        .map(|item| Line {
            price: item.text("price").to_owned(),
            quantity: item.number("quantity"),
        })
        .collect();
    let method = [first, settings].into_iter().find_map(|of| of["default_payment_method"].as_str());
    let tax = [first, settings].into_iter().find(|of| !of["automatic_tax"].is_null());
    let discounts = schedule_entry::redeem(
        ledger,
        &json!({"customer": customer, "discounts": [], "id": null}),
        first,
    );
    let billing_mode = ledger.billing_mode;
    let (subscription, invoice) = subscriptions::open(
        ledger,
        &Opening {
            customer,
            lines: &lines,
            metadata: first["metadata"].clone(),
            trial_end: first["trial_end"].as_i64().filter(|end| *end > ledger.now),
            without_card: "create_invoice",
            payment_method: method,
            automatic_tax: tax.is_some_and(|of| of["automatic_tax"].truth("enabled")),
            discounts,
            days_until_due: None,
            billing_mode,
        },
    );
    ledger.quietly(id, |schedule| {
        schedule["status"] = json!("active");
        schedule["subscription"] = json!(subscription);
        schedule["current_phase"] =
            json!({"start_date": first["start_date"], "end_date": first["end_date"]});
    });
    subscriptions::change(ledger, &subscription, |subscription| {
        subscription["schedule"] = json!(id);
    });
    if ledger.read(&invoice).text("status") == "open" {
        invoices::collect(ledger, &invoice);
    }
}

/// The last phase is over, and the subscription with it.
fn complete(ledger: &mut Ledger, id: &str) {
    let subscription = ledger.read(id).text("subscription").to_owned();
    ledger.quietly(id, |schedule| schedule["status"] = json!("completed"));
    subscriptions::end(ledger, &subscription, "cancellation_requested");
    close(ledger, id, "completed", "subscription_schedule.completed");
}

fn close(ledger: &mut Ledger, id: &str, status: &str, event: &str) {
    let (now, moment) = (ledger.now, format!("{status}_at"));
    ledger.change(id, event, |schedule| {
        schedule["status"] = json!(status);
        schedule[moment] = json!(now);
        schedule["current_phase"] = Value::Null;
    });
}

/// The schedules that still have something to do.
pub(super) fn living(ledger: &Ledger) -> impl Iterator<Item = &Value> {
    ledger.all(KIND).filter(|schedule| matches!(schedule.text("status"), "active" | "not_started"))
}

/// When a schedule passes into its next phase.
pub(super) fn next_step(schedule: &Value) -> i64 {
    match schedule["current_phase"]["end_date"].as_i64() {
        Some(end) => end,
        None => phases(schedule).first().map_or(0, |first| first.number("start_date")),
    }
}
