//! The hosted pages: checkout, invoice, portal, and the dashboard of the sandbox itself.

mod checkout;
mod dashboard;
mod invoice;
mod money;
mod portal;

use askama::Template;
use rocket::{
    Request, Response, Route, get,
    http::{ContentType, Header, Status},
    request::{FromRequest, Outcome},
    response::Responder,
    routes,
};

use super::cards::CARDS;

const STYLE: &str = include_str!("../../../static/sandbox.css");

pub(super) fn routes() -> Vec<Route> {
    routes![
        style,
        checkout::show,
        checkout::pay,
        checkout::adjust,
        checkout::authenticate,
        invoice::show,
        invoice::pay,
        invoice::authenticate,
        invoice::pdf,
        portal::show,
        portal::replace_card,
        portal::act,
        dashboard::show,
        dashboard::time,
        dashboard::move_clock,
        dashboard::switch_delivery,
        dashboard::deliver,
        dashboard::reset,
        money::act_on_payment,
        money::act_on_refund,
        money::act_on_dispute,
    ]
}

#[get("/sandbox.css")]
fn style() -> (ContentType, &'static str) {
    (ContentType::CSS, STYLE)
}

/// What a page's handler answers.
enum Reply {
    Page(Status, String),
    SeeOther(String),
}

/// A page with this status.
fn page(status: Status, template: &impl Template) -> Reply {
    match template.render() {
        Ok(html) => Reply::Page(status, html),
        Err(error) => {
            tracing::error!(%error, "a page of the sandbox could not be rendered");
            Reply::Page(Status::InternalServerError, "The page could not be rendered.".to_owned())
        }
    }
}

/// A page that only says something, with a way on where there is one.
fn notice(status: Status, title: &str, text: &str, back: Option<&str>) -> Reply {
    page(status, &Notice { title, text, back })
}

fn not_found() -> Reply {
    notice(Status::NotFound, "Not found", "There is nothing at this address.", None)
}

#[derive(Template)]
#[template(path = "sandbox/notice.html")]
struct Notice<'a> {
    title: &'a str,
    text: &'a str,
    back: Option<&'a str>,
}

/// A test card as pages list it.
struct CardHint {
    number: &'static str,
    what: &'static str,
}

fn card_hints() -> Vec<CardHint> {
    CARDS.iter().map(|(_, number, what)| CardHint { number, what }).collect()
}

impl<'r> Responder<'r, 'static> for Reply {
    fn respond_to(self, request: &'r Request<'_>) -> rocket::response::Result<'static> {
        let mut response = match self {
            Reply::Page(status, html) => {
                let mut response = (ContentType::HTML, html).respond_to(request)?;
                response.set_status(status);
                response
            }
            Reply::SeeOther(to) => {
                Response::build().status(Status::SeeOther).raw_header("Location", to).finalize()
            }
        };
        let headers = [
            (
                "Content-Security-Policy",
                "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'",
            ),
            ("X-Content-Type-Options", "nosniff"),
            ("Referrer-Policy", "same-origin"),
            ("Cache-Control", "no-store"),
        ];
        for (name, value) in headers {
            response.set_header(Header::new(name, value));
        }
        Ok(response)
    }
}

/// A request that no other site made a browser send.
struct SameOrigin;

#[rocket::async_trait]
impl<'r> FromRequest<'r> for SameOrigin {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, ()> {
        let header = |name| request.headers().get_one(name);
        let own = match (header("Sec-Fetch-Site"), header("Origin")) {
            (Some(site), _) => matches!(site, "same-origin" | "none"),
            (None, Some(origin)) => {
                header("Host").is_some_and(|host| origin == format!("http://{host}"))
            }
            (None, None) => true,
        };
        if own { Outcome::Success(SameOrigin) } else { Outcome::Error((Status::Forbidden, ())) }
    }
}
