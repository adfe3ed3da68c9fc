//! Server-rendered pages, which work without JavaScript.

mod admin;
mod billing;
mod cancel;
mod cards;
mod change;
pub(crate) mod change_words;
mod choice;
pub(crate) mod filters;
pub(crate) mod frame;
mod invoices;
mod language;
pub(crate) mod link;
mod notices;
pub(crate) mod over;
pub(crate) mod parts;
mod plans;
pub(crate) mod styleguide;
#[cfg(test)]
mod tests_notices;
#[cfg(test)]
#[path = "../../../tests/it/words.rs"]
pub(crate) mod tests_said;
#[cfg(test)]
mod tests_states;
#[cfg(test)]
mod tests_words;
pub(crate) mod unmade;
pub(crate) mod words;

use std::any::Any;
use std::io::Cursor;

use askama::{DynTemplate, Template};
use rocket::http::{ContentType, Header, SameSite, Status};
use rocket::response::{self, Flash, Redirect, Response};
use rocket::{Request, Responder, Route};

use super::error::Problem;
use super::guards;
use super::text::{LANGUAGE, Language, Sentence};
use crate::timing;

pub(crate) fn routes() -> Vec<Route> {
    [
        billing::routes(),
        invoices::routes(),
        choice::routes(),
        plans::routes(),
        change::routes(),
        cancel::routes(),
        admin::routes(),
        link::routes(),
        language::routes(),
    ]
    .concat()
}

/// A page, written when it is sent, in the language of whoever asked for it.
pub(crate) struct Page {
    status: Status,
    retry_after_seconds: Option<u64>,
    template: Box<dyn DynTemplate + Send>,
}

impl Page {
    pub(crate) fn of(page: impl Template + Send + 'static) -> Self {
        Self { status: Status::Ok, retry_after_seconds: None, template: Box::new(page) }
    }

    /// A page that tells of `problem` itself, with its status.
    pub(crate) fn about(problem: &Problem, page: impl Template + Send + 'static) -> Self {
        let page = Self::of(page).with_status(problem.status);
        Self { retry_after_seconds: problem.retry_after_seconds, ..page }
    }

    pub(crate) fn with_status(self, status: Status) -> Self {
        Self { status, ..self }
    }
}

impl<'r> response::Responder<'r, 'static> for Page {
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'static> {
        let html = match written(&*self.template, request) {
            Ok(html) => html,
            Err(error) => {
                tracing::error!(%error, "a page could not be written");
                return Problem::internal().respond_to(request);
            }
        };
        let mut response = Response::build();
        response.status(self.status).header(ContentType::HTML);
        if let Some(seconds) = self.retry_after_seconds {
            response.header(Header::new("Retry-After", seconds.to_string()));
        }
        response.sized_body(html.len(), Cursor::new(html)).ok()
    }
}

/// `template` for this request.
pub(crate) fn written(
    template: &dyn DynTemplate,
    request: &Request<'_>,
) -> Result<String, askama::Error> {
    let _watch = timing::watch(timing::Part::Render);
    let mount: &dyn Any = &guards::billing(request).settings.mount;
    let language = Language::of(request);
    template.dyn_render_with_values(&[(filters::MOUNT, mount), (LANGUAGE, &language)])
}

/// What a form is answered with: the way on, or the page again.
#[derive(Responder)]
pub(crate) enum Answer {
    Onward(Onward),
    Page(Page),
}

impl Answer {
    /// Leads to `address`.
    pub(crate) fn to(address: impl Into<String>) -> Self {
        Self::Onward(Onward { address: address.into(), message: None })
    }

    /// Leads to `address`, where `message` is shown once.
    pub(crate) fn done(address: impl Into<String>, message: impl Into<Sentence>) -> Self {
        Self::Onward(Onward { address: address.into(), message: Some(message.into()) })
    }
}

/// The way on, with words for the next page in a cookie as guarded as the others.
pub(crate) struct Onward {
    address: String,
    message: Option<Sentence>,
}

impl<'r> response::Responder<'r, 'static> for Onward {
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'static> {
        const FLASH: &str = "_flash";
        let settings = &guards::billing(request).settings;
        let way = Redirect::to(settings.mount.at(&self.address));
        let Some(message) = self.message else {
            return way.respond_to(request);
        };
        let message = message.said_in(Language::of(request));
        let response = Flash::success(way, message).respond_to(request)?;
        let cookies = request.cookies();
        if let Some(mut cookie) = cookies.get_pending(FLASH) {
            cookie.set_path("/");
            cookie.set_http_only(true);
            cookie.set_same_site(SameSite::Lax);
            cookie.set_secure(settings.public_url.scheme() == "https");
            cookies.add(cookie);
        }
        Ok(response)
    }
}
