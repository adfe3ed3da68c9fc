//! What Rocket answers when no handler did: the problem a guard left, or the status in words.

use rocket::http::Status;
use rocket::http::uri::fmt::{Query, UriDisplay};
use rocket::response::Redirect;
use rocket::{Catcher, Request, Responder, catch, catchers};

use super::error::{Problem, wants_json};
use super::guards::billing;

pub(crate) fn pages() -> Vec<Catcher> {
    catchers![sign_in, any]
}

pub(crate) fn api() -> Vec<Catcher> {
    catchers![any]
}

#[derive(Responder)]
enum Answer {
    Elsewhere(Redirect),
    Problem(Problem),
}

/// Signed out: a person is sent to sign in and comes back to the page asked for.
#[catch(401)]
fn sign_in(request: &Request<'_>) -> Answer {
    if wants_json(request) || request.uri().path() == "/metrics" {
        return Answer::Problem(Problem::unauthorized());
    }
    let asked = match request.method() {
        rocket::http::Method::Get => request.uri().to_string(),
        _ => "/".to_owned(),
    };
    let next = (&asked as &dyn UriDisplay<Query>).to_string();
    Answer::Elsewhere(Redirect::to(format!("{}?next={next}", billing(request).panel.sign_in())))
}

#[catch(default)]
fn any(status: Status, request: &Request<'_>) -> Problem {
    left(request, status).unwrap_or_else(|| in_words(status))
}

/// What the guard that failed left; one that merely asked and went on may have left another.
fn left(request: &Request<'_>, status: Status) -> Option<Problem> {
    let left = request.local_cache(|| None::<Problem>).clone();
    left.filter(|problem| problem.status == status)
}

fn in_words(status: Status) -> Problem {
    match status.code {
        401 => Problem::unauthorized(),
        403 => Problem::forbidden(),
        404 => Problem::not_found(),
        413 => Problem::too_large(1),
        422 => Problem::invalid(vec![(
            "request".to_owned(),
            "a part of the address or the body has the wrong form".to_owned(),
        )]),
        500 => Problem::internal(),
        _ => Problem::new(
            status,
            "refused",
            status.reason().unwrap_or("Refused"),
            "the request could not be taken as it was",
        ),
    }
}
