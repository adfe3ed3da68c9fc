//! The billing portal's page.

use std::sync::Arc;

use askama::Template;
use rocket::{FromForm, State, form::Form, get, http::Status, post};
use serde_json::Value;

use super::{CardHint, Reply, SameOrigin, card_hints, not_found, page};
use crate::sandbox::{
    calendar,
    cards::Card,
    catalogue,
    checkout::Refused,
    ledger::{Fields, Ledger},
    money, payment_methods, portal,
    state::Inner,
    subscriptions,
};

#[derive(Template)]
#[template(path = "sandbox/portal.html")]
struct PortalPage {
    id: String,
    customer: String,
    card: Option<String>,
    shows_card_form: bool,
    subscriptions: Vec<SubscriptionRow>,
    invoices: Vec<InvoiceRow>,
    back: Option<String>,
    problem: Option<String>,
    cards: Vec<CardHint>,
}

struct SubscriptionRow {
    id: String,
    what: String,
    status: String,
    paused: bool,
    ends: Option<String>,
    renews: Option<String>,
}

struct InvoiceRow {
    number: String,
    amount: String,
    status: String,
    url: String,
}

/// The new card.
#[derive(FromForm)]
pub(super) struct NewCard<'r> {
    #[field(name = "cardNumber", default = "")]
    card_number: &'r str,
}

#[get("/portal/<id>")]
pub(super) fn show(inner: &State<Arc<Inner>>, id: &str) -> Reply {
    inner.look(|ledger| view(ledger, id, None))
}

#[post("/portal/<id>/card", data = "<form>")]
pub(super) fn replace_card(
    _own: SameOrigin,
    inner: &State<Arc<Inner>>,
    id: &str,
    form: Form<NewCard<'_>>,
) -> Reply {
    inner.change(|ledger| {
        let Some(session) = ledger.find("billing_portal.session", id) else { return not_found() };
        let customer = session.text("customer").to_owned();
        let Some(card) = Card::from_number(form.card_number) else {
            return view(ledger, id, Some(Refused::NotATestCard.to_string()));
        };
        match portal::replace_card(ledger, &customer, card) {
            Ok(()) => done(ledger, id),
            Err(message) => view(ledger, id, Some(Refused::Declined(message).to_string())),
        }
    })
}

#[post("/portal/<id>/subscriptions/<subscription>/<action>")]
pub(super) fn act(
    _own: SameOrigin,
    inner: &State<Arc<Inner>>,
    id: &str,
    subscription: &str,
    action: &str,
) -> Reply {
    inner.change(|ledger| {
        let Some(session) = ledger.find("billing_portal.session", id) else { return not_found() };
        let owned = ledger
            .find("subscription", subscription)
            .is_some_and(|found| found["customer"] == session["customer"]);
        if !owned {
            return not_found();
        }
        let over = subscriptions::is_over(ledger.read(subscription));
        match action {
            _ if over => {}
            "cancel" => portal::cancel_at_period_end(ledger, subscription),
            "resume" => subscriptions::resume(ledger, subscription),
            "start-again" if ledger.read(subscription).text("status") == "paused" => {
                subscriptions::unpause(ledger, subscription);
            }
            "cancel-now" => subscriptions::end(ledger, subscription, "cancellation_requested"),
            _ => return not_found(),
        }
        done(ledger, id)
    })
}

/// Back to the page, or where the flow's maker wanted the customer to go.
fn done(ledger: &Ledger, id: &str) -> Reply {
    let redirect = &ledger.read(id)["flow"]["after_completion"]["redirect"];
    match redirect["return_url"].as_str() {
        Some(url) => Reply::SeeOther(url.to_owned()),
        None => Reply::SeeOther(format!("/portal/{id}")),
    }
}

fn view(ledger: &Ledger, id: &str, problem: Option<String>) -> Reply {
    let Some(session) = ledger.find("billing_portal.session", id) else { return not_found() };
    let Some(customer) = ledger.find("customer", session.text("customer")) else {
        return not_found();
    };
    let flow = &session["flow"];
    let wanted = flow["subscription_cancel"]["subscription"].as_str();
    let mine = |object: &&Value| object["customer"] == customer["id"];
    let method = customer["invoice_settings"].text("default_payment_method");
    let method = if method.is_empty() {
        let own = ledger.all("subscription").rfind(mine);
        own.map_or("", |subscription| subscription.text("default_payment_method"))
    } else {
        method
    };
    let card = ledger.find("payment_method", method);
    page(
        problem.as_ref().map_or(Status::Ok, |_| Status::PaymentRequired),
        &PortalPage {
            id: id.to_owned(),
            customer: customer["email"].as_str().unwrap_or(customer.text("id")).to_owned(),
            card: card.map(payment_methods::words),
            shows_card_form: wanted.is_none(),
            subscriptions: ledger
                .all("subscription")
                .rev()
                .filter(mine)
                .filter(|subscription| wanted.is_none_or(|id| subscription.text("id") == id))
                .filter(|subscription| !subscriptions::is_over(subscription))
                .map(|subscription| subscription_row(ledger, subscription))
                .collect(),
            invoices: ledger
                .all("invoice")
                .rev()
                .filter(mine)
                .filter(|invoice| invoice.text("status") != "draft")
                .map(invoice_row)
                .collect(),
            back: session["return_url"].as_str().map(str::to_owned),
            problem,
            cards: card_hints(),
        },
    )
}

fn subscription_row(ledger: &Ledger, subscription: &Value) -> SubscriptionRow {
    let products = subscription
        .data("items")
        .iter()
        .map(|item| catalogue::product_name(ledger, &item["price"]));
    let ends = subscription["cancel_at"].as_i64();
    SubscriptionRow {
        id: subscription.text("id").to_owned(),
        what: products.collect::<Vec<_>>().join(", "),
        status: subscription.text("status").replace('_', " "),
        paused: subscription.text("status") == "paused",
        ends: ends.map(calendar::words),
        renews: ends.is_none().then(|| calendar::words(subscriptions::period_end(subscription))),
    }
}

fn invoice_row(invoice: &Value) -> InvoiceRow {
    InvoiceRow {
        number: invoice.text("number").to_owned(),
        amount: money::words(invoice.number("total"), invoice.text("currency")),
        status: invoice.text("status").to_owned(),
        url: invoice.text("hosted_invoice_url").to_owned(),
    }
}
