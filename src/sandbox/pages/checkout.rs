//! The page where a checkout session is paid.

use std::sync::Arc;

use askama::Template;
use rocket::{FromForm, State, form::Form, get, http::Status, post};
use serde_json::Value;

use super::{CardHint, Reply, SameOrigin, card_hints, not_found, notice, page};
use crate::sandbox::{
    calendar, catalogue,
    checkout::{self, Refused, Step, Typed},
    checkout_totals,
    ledger::{Fields, Ledger},
    money,
    state::Inner,
    taxes,
};

#[derive(Template)]
#[template(path = "sandbox/checkout.html")]
struct CheckoutPage {
    title: &'static str,
    lines: Vec<(String, i64, String)>,
    discount: Option<String>,
    tax: Option<String>,
    total: String,
    trial: Option<String>,
    button: String,
    id: String,
    asks_email: bool,
    asks_code: bool,
    countries: Vec<(&'static str, &'static str, bool)>,
    card_optional: bool,
    back: Option<String>,
    problem: Option<String>,
    cards: Vec<CardHint>,
}

#[derive(Template)]
#[template(path = "sandbox/authenticate.html")]
pub(super) struct AuthenticatePage {
    pub(super) amount: String,
    pub(super) action: String,
}

/// The fields, named as Stripe Checkout names them.
#[derive(FromForm)]
pub(super) struct Payment<'r> {
    email: Option<&'r str>,
    #[field(name = "cardNumber", default = "")]
    card_number: &'r str,
    #[field(name = "billingName")]
    name: Option<&'r str>,
    #[field(name = "billingCountry")]
    country: Option<&'r str>,
}

/// What changes the total before it is paid.
#[derive(FromForm)]
pub(super) struct Adjustment<'r> {
    #[field(name = "promotionCode", default = "")]
    code: &'r str,
    #[field(name = "billingCountry")]
    country: Option<&'r str>,
}

/// How a 3-D Secure check ends.
#[derive(FromForm)]
pub(super) struct Authentication<'r> {
    pub(super) outcome: &'r str,
}

#[get("/checkout/<id>")]
pub(super) fn show(inner: &State<Arc<Inner>>, id: &str) -> Reply {
    inner.look(|ledger| view(ledger, id, None))
}

#[post("/checkout/<id>", data = "<form>")]
pub(super) fn pay(
    _own: SameOrigin,
    inner: &State<Arc<Inner>>,
    id: &str,
    form: Form<Payment<'_>>,
) -> Reply {
    let typed = Typed {
        email: form.email,
        card_number: form.card_number,
        name: form.name,
        country: form.country,
    };
    inner.change(|ledger| {
        let step = checkout::pay(ledger, id, &typed);
        answer(ledger, id, step)
    })
}

#[post("/checkout/<id>/total", data = "<form>")]
pub(super) fn adjust(
    _own: SameOrigin,
    inner: &State<Arc<Inner>>,
    id: &str,
    form: Form<Adjustment<'_>>,
) -> Reply {
    inner.change(|ledger| match checkout::adjust(ledger, id, form.country, form.code) {
        Ok(()) => Reply::SeeOther(format!("/checkout/{id}")),
        Err(refused) => view(ledger, id, Some(refused)),
    })
}

#[post("/checkout/<id>/authentication", data = "<form>")]
pub(super) fn authenticate(
    _own: SameOrigin,
    inner: &State<Arc<Inner>>,
    id: &str,
    form: Form<Authentication<'_>>,
) -> Reply {
    inner.change(|ledger| {
        let step = checkout::authenticate(ledger, id, form.outcome == "complete");
        answer(ledger, id, step)
    })
}

fn answer(ledger: &Ledger, id: &str, step: Result<Step, Refused>) -> Reply {
    match step {
        Ok(Step::Done) => {
            let success = ledger.read(id).text("success_url");
            Reply::SeeOther(success.replace("{CHECKOUT_SESSION_ID}", id))
        }
        Ok(Step::Authenticate) => Reply::SeeOther(format!("/checkout/{id}")),
        Err(Refused::NothingToAuthenticate) => Reply::SeeOther(format!("/checkout/{id}")),
        Err(refused) => view(ledger, id, Some(refused)),
    }
}

fn view(ledger: &Ledger, id: &str, refused: Option<Refused>) -> Reply {
    let Some(session) = ledger.find("checkout.session", id) else { return not_found() };
    let back = session["cancel_url"].as_str();
    match session.text("status") {
        "open" => {}
        "complete" => {
            let text = "This checkout is complete. There is nothing left to pay.";
            let success = session.text("success_url").replace("{CHECKOUT_SESSION_ID}", id);
            return notice(Status::Ok, "Already complete", text, Some(&success));
        }
        _ => {
            let text = "This checkout page has expired. Go back and start again.";
            return notice(Status::Gone, "Expired", text, back);
        }
    }
    let currency = session.text("currency");
    let total = money::words(session.number("amount_total"), currency);
    if ledger.hidden(id).awaiting.is_some() {
        let action = format!("/checkout/{id}/authentication");
        return page(Status::Ok, &AuthenticatePage { amount: total, action });
    }
    let lines = ledger.hidden(id).lines;
    let full: i64 = lines
        .iter()
        .map(|l| ledger.read(&l.price).number("unit_amount").saturating_mul(l.quantity))
        .sum();
    let trial = checkout::trial_end(ledger, id).map(|end| {
        let words = money::words(full, currency);
        format!("Free until {}, then {words} {}.", calendar::words(end), rhythm(ledger, &lines))
    });
    let button = match (session.text("mode"), &trial) {
        (_, Some(_)) => "Start trial".to_owned(),
        ("subscription", None) => "Subscribe".to_owned(),
        (_, None) => format!("Pay {total}"),
    };
    let lines = lines
        .iter()
        .map(|line| {
            let price = ledger.read(&line.price);
            let name = catalogue::product_name(ledger, price).to_owned();
            let amount = price.number("unit_amount").saturating_mul(line.quantity);
            let each = std::slice::from_ref(line);
            let amount = format!("{} {}", money::words(amount, currency), rhythm(ledger, each));
            (name, line.quantity, amount.trim_end().to_owned())
        })
        .collect();
    let details = |name| {
        let amount = session["total_details"].number(name);
        (amount != 0).then(|| money::words(amount, currency))
    };
    let status = refused.as_ref().map_or(Status::Ok, |_| Status::PaymentRequired);
    page(
        status,
        &CheckoutPage {
            title: "Checkout",
            lines,
            discount: details("amount_discount").map(|words| format!("-{words}")),
            tax: details("amount_tax"),
            total,
            trial,
            button,
            id: id.to_owned(),
            asks_code: session.truth("allow_promotion_codes"),
            countries: countries(ledger, session),
            asks_email: session["customer"].is_null() && session["customer_email"].is_null(),
            card_optional: !checkout::needs_card(session),
            back: back.map(str::to_owned),
            problem: refused.map(|refused| refused.to_string()),
            cards: card_hints(),
        },
    )
}

/// The countries to choose from, where the session needs one.
fn countries(ledger: &Ledger, session: &Value) -> Vec<(&'static str, &'static str, bool)> {
    let asked = session["automatic_tax"].truth("enabled")
        || session.text("billing_address_collection") == "required";
    let chosen = checkout_totals::address(ledger, session.text("id")).text("country");
    let countries = taxes::RATES.iter().filter(|_| asked);
    countries.map(|(code, name, _)| (*code, *name, *code == chosen)).collect()
}

fn rhythm(ledger: &Ledger, lines: &[crate::sandbox::ledger::Line]) -> String {
    let recurring = lines.first().map(|line| &ledger.read(&line.price)["recurring"]);
    match recurring
        .map(|recurring| (recurring.text("interval"), recurring.number("interval_count")))
    {
        None | Some(("", _)) => String::new(),
        Some((interval, count)) if count > 1 => format!("every {count} {interval}s"),
        Some((interval, _)) => format!("per {interval}"),
    }
}
