//! Checkout sessions once they exist: paid on their page, expired, looked at.

use serde_json::{Value, json};

use super::{
    calendar::DAY,
    cards::{Card, Presence},
    checkout_totals, customers, discounts,
    error::ApiError,
    form::{self, Params},
    invoices,
    ledger::{Fields, Hidden, Ledger},
    list, payment_methods,
    payments::{self, Outcome, Purpose},
    subscriptions::{self, Opening},
};

/// What a person typed into the page.
#[derive(Debug, Default)]
pub(super) struct Typed<'a> {
    pub(super) email: Option<&'a str>,
    pub(super) card_number: &'a str,
    pub(super) name: Option<&'a str>,
    pub(super) country: Option<&'a str>,
}

/// Where a payment stands after a step that was not refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Done,
    Authenticate,
}

/// Why nothing was bought; the text is for the person at the page.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refused {
    #[error("there is no such checkout session")]
    Unknown,
    #[error("this checkout session has expired")]
    Expired,
    #[error("nothing waits for 3-D Secure here")]
    NothingToAuthenticate,
    #[error("Please give your e-mail address.")]
    NoEmail,
    #[error("Please choose your country, so that tax can be worked out.")]
    NoAddress,
    #[error("{0}")]
    Code(&'static str),
    #[error("This is not a test card. The sandbox takes only the cards listed below.")]
    NotATestCard,
    #[error("This checkout does not take this kind of payment, or not in this currency.")]
    NotTakenHere,
    #[error("{0} Try another card.")]
    Declined(&'static str),
}

/// Pays a session as its page does; paying a complete one again changes nothing.
pub(super) fn pay(ledger: &mut Ledger, id: &str, typed: &Typed<'_>) -> Result<Step, Refused> {
    let session = ledger.find("checkout.session", id).ok_or(Refused::Unknown)?;
    match session.text("status") {
        "complete" => return Ok(Step::Done),
        "open" => {}
        _ => return Err(Refused::Expired),
    }
    let known = session["customer"].as_str().or(session["customer_email"].as_str()).is_some();
    if !known && !typed.email.is_some_and(|email| email.contains('@')) {
        return Err(Refused::NoEmail);
    }
    remember_buyer(ledger, id, typed);
    let session = ledger.read(id);
    if session["automatic_tax"].text("status") == "requires_location_inputs" {
        return Err(Refused::NoAddress);
    }
    if !needs_card(session) && typed.card_number.trim().is_empty() {
        complete(ledger, id, None, None);
        return Ok(Step::Done);
    }
    let card = Card::from_number(typed.card_number).ok_or(Refused::NotATestCard)?;
    let mut taken = session["payment_method_types"].as_array().into_iter().flatten();
    if !taken.any(|kind| kind == card.kind()) {
        return Err(Refused::NotTakenHere);
    }
    let email = ledger.read(id)["customer_details"]["email"].as_str().map(str::to_owned);
    let method = payment_methods::create(ledger, card, email.as_deref());
    attempt(ledger, id, &method, Presence::Present)
}

/// Works the total out again for a country and a promotion code, before anything is paid.
pub(super) fn adjust(
    ledger: &mut Ledger,
    id: &str,
    country: Option<&str>,
    code: &str,
) -> Result<(), Refused> {
    let session = ledger.find("checkout.session", id).ok_or(Refused::Unknown)?;
    if session.text("status") != "open" {
        return Err(Refused::Expired);
    }
    let takes_codes = session.truth("allow_promotion_codes");
    remember_buyer(ledger, id, &Typed { country, ..Typed::default() });
    if code.is_empty() {
        return Ok(());
    }
    if !takes_codes {
        return Err(Refused::Code("This checkout takes no promotion codes."));
    }
    checkout_totals::use_code(ledger, id, code).map_err(Refused::Code)
}

/// Ends the 3-D Secure check of a session.
pub(super) fn authenticate(ledger: &mut Ledger, id: &str, passed: bool) -> Result<Step, Refused> {
    let session = ledger.find("checkout.session", id).ok_or(Refused::Unknown)?;
    match session.text("status") {
        "complete" => return Ok(Step::Done),
        "open" => {}
        _ => return Err(Refused::Expired),
    }
    let hidden = ledger.hidden(id);
    let method = hidden.awaiting.ok_or(Refused::NothingToAuthenticate)?;
    ledger.hide(id, |hidden| hidden.awaiting = None);
    if passed {
        return attempt(ledger, id, &method, Presence::Authenticated);
    }
    if let Some(intent) = hidden.intent {
        payments::fail_authentication(ledger, &intent, &method);
    }
    Err(Refused::Declined("The 3-D Secure check failed."))
}

/// Whether the page insists on a card.
pub(super) fn needs_card(session: &Value) -> bool {
    session.number("amount_total") > 0 || session.text("payment_method_collection") != "if_required"
}

/// The days of trial the session's subscription begins with.
pub(super) fn trial_end(ledger: &Ledger, id: &str) -> Option<i64> {
    let data = &ledger.hidden(id).request["subscription_data"];
    let days = form::integer(data, &["trial_period_days"]).ok().flatten();
    let end = form::integer(data, &["trial_end"]).ok().flatten();
    end.or(days.map(|days| ledger.now + days * DAY))
}

/// Closes a session that nobody paid.
pub(super) fn expire(ledger: &mut Ledger, id: &str) {
    ledger.quietly(id, |session| {
        session["status"] = json!("expired");
        session["url"] = Value::Null;
    });
    ledger.emit("checkout.session.expired", id);
}

/// `POST /v1/checkout/sessions/{id}/expire`.
pub(super) fn expire_now(ledger: &mut Ledger, id: &str) -> Result<Value, ApiError> {
    let status = ledger.named("checkout.session", id)?.text("status");
    if status != "open" {
        return Err(ApiError::invalid(format!(
            "Only Checkout Sessions with a status in [\"open\"] can be expired. This Checkout \
             Session has a status of `{status}`."
        )));
    }
    expire(ledger, id);
    Ok(ledger.read(id).clone())
}

pub(super) fn list(ledger: &Ledger, params: &Params) -> Result<Value, ApiError> {
    params.only(&[
        "customer",
        "status",
        "subscription",
        "payment_intent",
        "customer_details",
        "created",
        "limit",
        "starting_after",
        "ending_before",
    ])?;
    params.one_of("status", &["open", "complete", "expired"])?;
    let filters = ["customer", "status", "subscription", "payment_intent"];
    let email = form::text(&params.0, &["customer_details", "email"]);
    let sessions = ledger
        .all("checkout.session")
        .filter(|session| {
            filters
                .iter()
                .all(|name| params.text(name).is_none_or(|text| session.text(name) == text))
        })
        .filter(|session| {
            email.is_none_or(|email| session["customer_details"].text("email") == email)
        });
    list::page(sessions, params, "/v1/checkout/sessions")
}

fn remember_buyer(ledger: &mut Ledger, id: &str, typed: &Typed<'_>) {
    let country = typed.country.map(str::trim).filter(|country| !country.is_empty());
    ledger.quietly(id, |session| {
        let email = session["customer_email"].as_str().or(typed.email).map(str::to_owned);
        if !session["customer_details"].is_object() {
            session["customer_details"] = details(email.as_deref(), typed.name);
        } else if session["customer_details"]["email"].is_null() {
            session["customer_details"]["email"] = json!(email);
        }
        if let Some(country) = country {
            session["customer_details"]["address"] = customers::address(country);
        }
    });
    checkout_totals::refresh(ledger, id);
}

fn attempt(
    ledger: &mut Ledger,
    id: &str,
    method: &str,
    presence: Presence,
) -> Result<Step, Refused> {
    let session = ledger.read(id).clone();
    let customer = session["customer"].as_str();
    let (intent, outcome) = if session.number("amount_total") == 0 {
        payments::set_up(ledger, customer, method, presence)
    } else {
        let intent = ledger.hidden(id).intent.unwrap_or_else(|| begin_payment(ledger, &session));
        ledger.hide(id, |hidden| hidden.intent = Some(intent.clone()));
        let outcome = payments::confirm(ledger, &intent, method, presence);
        (intent, outcome)
    };
    match outcome {
        Outcome::Succeeded | Outcome::Processing => {
            complete(ledger, id, Some(method), Some(&intent));
            Ok(Step::Done)
        }
        Outcome::NeedsAuthentication => {
            ledger.hide(id, |hidden| hidden.awaiting = Some(method.to_owned()));
            Ok(Step::Authenticate)
        }
        Outcome::Declined { message, .. } => Err(Refused::Declined(message)),
    }
}

fn begin_payment(ledger: &mut Ledger, session: &Value) -> String {
    let data = ledger.hidden(session.text("id")).request["payment_intent_data"].take();
    let subscribing = session.text("mode") == "subscription";
    let description = form::text(&data, &["description"]);
    let metadata = if data["metadata"].is_object() { data["metadata"].clone() } else { json!({}) };
    payments::intend(
        ledger,
        &Purpose {
            customer: session["customer"].as_str(),
            amount: session.number("amount_total"),
            currency: session.text("currency"),
            description: if subscribing { Some("Subscription creation") } else { description },
            metadata,
        },
    )
}

fn complete(ledger: &mut Ledger, id: &str, method: Option<&str>, intent: Option<&str>) {
    ledger.hide(id, |hidden| hidden.awaiting = None);
    let session = ledger.read(id).clone();
    let hidden = ledger.hidden(id);
    let subscribing = session.text("mode") == "subscription";
    let details = &session["customer_details"];
    let wants_customer = subscribing || session.text("customer_creation") == "always";
    let customer = match session["customer"].as_str() {
        Some(customer) => Some(customer.to_owned()),
        None if wants_customer => {
            Some(customers::from_email(ledger, details.text("email"), details["name"].as_str()))
        }
        None => None,
    };
    if let (Some(intent), Some(customer)) = (intent, &customer) {
        let charge = ledger.read(intent).text("latest_charge").to_owned();
        // The page's e-mail address made the customer only now.
        for payment in [intent, &charge] {
            ledger.quietly(payment, |payment| payment["customer"] = json!(customer));
        }
    }
    if let Some(customer) = &customer {
        keep_address(ledger, id, customer);
    }
    let due = session.number("amount_total") > 0;
    let processing =
        intent.is_some_and(|intent| ledger.read(intent).text("status") == "processing");
    let mut bought = (Value::Null, Value::Null);
    if let (true, Some(customer)) = (subscribing, &customer) {
        if let Some(method) = method {
            payment_methods::attach(ledger, method, customer);
        }
        let (subscription, invoice) = subscribe(ledger, id, customer, method, &hidden);
        match intent {
            Some(intent) if processing => invoices::process(ledger, &invoice, intent),
            Some(intent) if due => invoices::settle(ledger, &invoice, intent),
            _ => {}
        }
        bought = (json!(subscription), json!(invoice));
    }
    ledger.quietly(id, |session| {
        session["status"] = json!("complete");
        session["url"] = Value::Null;
        session["customer"] = json!(customer);
        // A trial delays the payment, which counts as none required:
        // https://docs.stripe.com/api/checkout/sessions/object#checkout_session_object-payment_status
        session["payment_status"] = json!(match due {
            _ if processing => "unpaid",
            true => "paid",
            false => "no_payment_required",
        });
        (session["subscription"], session["invoice"]) = bought;
        if !subscribing && due {
            session["payment_intent"] = json!(intent);
        }
    });
    ledger.emit("checkout.session.completed", id);
}

/// The customer gets the address, unless the session was not allowed to change it.
fn keep_address(ledger: &mut Ledger, id: &str, customer: &str) {
    let address = checkout_totals::address(ledger, id).clone();
    let request = &ledger.hidden(id).request;
    let allowed = request.get("customer").is_none()
        || form::text(request, &["customer_update", "address"]) == Some("auto");
    if allowed && !address.is_null() {
        ledger.change(customer, "customer.updated", |customer| customer["address"] = address);
    }
}

fn subscribe(
    ledger: &mut Ledger,
    id: &str,
    customer: &str,
    method: Option<&str>,
    hidden: &Hidden,
) -> (String, String) {
    let data = &hidden.request["subscription_data"];
    let path = ["trial_settings", "end_behavior", "missing_payment_method"];
    let metadata = if data["metadata"].is_object() { data["metadata"].clone() } else { json!({}) };
    let opening = Opening {
        customer,
        lines: &hidden.lines,
        metadata,
        trial_end: trial_end(ledger, id),
        without_card: form::text(data, &path).unwrap_or("create_invoice"),
        payment_method: method,
        automatic_tax: ledger.read(id)["automatic_tax"].truth("enabled"),
        discounts: discounts::redeem(ledger, id, customer),
    };
    subscriptions::open(ledger, &opening)
}

/// What a session knows of its buyer.
pub(super) fn details(email: Option<&str>, name: Option<&str>) -> Value {
    json!({
        "address": null,
        "business_name": null,
        "email": email,
        "individual_name": null,
        "name": name,
        "phone": null,
        "tax_exempt": "none",
        "tax_ids": [],
    })
}
