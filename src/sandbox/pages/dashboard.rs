//! The sandbox's own page: its clock, its objects, its delivery.

use std::sync::Arc;

use askama::Template;
use rocket::{FromForm, State, form::Form, get, http::Status, post, serde::json::Json};
use serde_json::{Value, json};

use super::{
    Reply, SameOrigin,
    money::{self as money_rows, Row},
    page,
};
use crate::sandbox::{
    calendar::{self, DAY},
    clock,
    delivery::{self, DeliveryMode},
    ledger::{Fields, Ledger},
    money,
    state::Inner,
};

const MOST_EVENTS: usize = 100;
const MODES: [(DeliveryMode, &str, &str); 6] = [
    (DeliveryMode::Normal, "normal", "Normal"),
    (DeliveryMode::Late, "late", "Late"),
    (DeliveryMode::Twice, "twice", "Twice"),
    (DeliveryMode::Reversed, "reversed", "Reversed"),
    (DeliveryMode::Dropped, "dropped", "Dropped"),
    (DeliveryMode::Held, "held", "Held"),
];

#[derive(Template)]
#[template(path = "sandbox/dashboard.html")]
struct DashboardPage {
    now: String,
    modes: Vec<(&'static str, &'static str, bool)>,
    webhook: String,
    customers: Vec<(String, String)>,
    subscriptions: Vec<(String, String, String)>,
    invoices: Vec<(String, String, String, String)>,
    payments: Vec<Row>,
    refunds: Vec<Row>,
    disputes: Vec<Row>,
    events: Vec<(String, String, String, String)>,
}

/// Where the clock goes: `next`, `day`, `month`, or a number of `seconds`, or a time in `unix`.
#[derive(FromForm)]
pub(super) struct Move<'r> {
    to: Option<&'r str>,
    seconds: Option<i64>,
    unix: Option<i64>,
}

/// The delivery switch.
#[derive(FromForm)]
pub(super) struct Switch<'r> {
    mode: &'r str,
}

#[get("/")]
pub(super) fn show(inner: &State<Arc<Inner>>) -> Reply {
    let webhook = inner.webhook().url.unwrap_or_else(|| "nowhere".to_owned());
    inner.look(|ledger| page(Status::Ok, &view(ledger, webhook)))
}

#[get("/sandbox/clock")]
pub(super) fn time(inner: &State<Arc<Inner>>) -> Json<Value> {
    inner.look(|ledger| Json(json!({"now": ledger.now, "offset": ledger.offset})))
}

#[post("/sandbox/clock", data = "<form>")]
pub(super) fn move_clock(
    _own: SameOrigin,
    inner: &State<Arc<Inner>>,
    form: Form<Move<'_>>,
) -> Reply {
    let (now, next) = inner.look(|ledger| (ledger.now, clock::next_billing_moment(ledger)));
    let at = match (form.to, form.seconds, form.unix) {
        (Some("next"), ..) => next,
        (Some("day"), ..) => now + DAY,
        (Some("month"), ..) => calendar::plus(now, "month", 1),
        (_, Some(seconds), _) => now.saturating_add(seconds),
        (_, None, Some(unix)) => unix,
        (_, None, None) => now,
    };
    inner.advance_to(at);
    home()
}

#[post("/sandbox/delivery", data = "<form>")]
pub(super) fn switch_delivery(
    _own: SameOrigin,
    inner: &State<Arc<Inner>>,
    form: Form<Switch<'_>>,
) -> Reply {
    if let Some((mode, ..)) = MODES.iter().find(|(_, name, _)| *name == form.mode) {
        inner.change(|ledger| ledger.outbox.mode = *mode);
    }
    home()
}

#[post("/sandbox/deliver")]
pub(super) async fn deliver(_own: SameOrigin, inner: &State<Arc<Inner>>) -> Reply {
    delivery::deliver(inner, false).await;
    home()
}

#[post("/sandbox/reset")]
pub(super) fn reset(_own: SameOrigin, inner: &State<Arc<Inner>>) -> Reply {
    inner.reset();
    home()
}

/// Back to the dashboard.
pub(super) fn home() -> Reply {
    Reply::SeeOther("/".to_owned())
}

fn view(ledger: &Ledger, webhook: String) -> DashboardPage {
    let newest = |kind| ledger.all(kind).rev();
    let text = |object: &Value, name: &str| object.text(name).to_owned();
    DashboardPage {
        now: calendar::words(ledger.now),
        modes: MODES
            .iter()
            .map(|(mode, name, words)| (*name, *words, *mode == ledger.outbox.mode))
            .collect(),
        webhook,
        customers: newest("customer")
            .map(|customer| {
                let deleted = customer.truth("deleted");
                let email = if deleted { "deleted".into() } else { text(customer, "email") };
                (text(customer, "id"), email)
            })
            .collect(),
        subscriptions: newest("subscription")
            .map(|subscription| {
                let items = subscription.data("items").iter();
                let prices: Vec<&str> = items.map(|item| item["price"].text("id")).collect();
                let status = text(subscription, "status");
                (text(subscription, "id"), prices.join(", "), status)
            })
            .collect(),
        invoices: newest("invoice")
            .map(|invoice| {
                let amount = money::words(invoice.number("total"), invoice.text("currency"));
                let url = text(invoice, "hosted_invoice_url");
                (text(invoice, "id"), url, amount, text(invoice, "status"))
            })
            .collect(),
        payments: money_rows::payments(ledger),
        refunds: money_rows::refunds(ledger),
        disputes: money_rows::disputes(ledger),
        events: newest("event")
            .take(MOST_EVENTS)
            .map(|event| {
                let at = calendar::words(event.number("created"));
                (at, text(event, "type"), text(event, "id"), delivery::standing(ledger, event))
            })
            .collect(),
    }
}
