//! What Rocket answers when no handler did: the problem a guard left, or the status in words.

use rocket::http::uri::fmt::{Query, UriDisplay};
use rocket::http::{Method, RawStr, Status};
use rocket::request::FromRequest as _;
use rocket::response::Redirect;
use rocket::{Build, Catcher, Request, Responder, Rocket, Route, catch, catchers};

use super::error::{Problem, wants_json};
use super::guards::{self, SignedIn, billing, our_path};
use super::text::t;

pub(crate) fn pages() -> Vec<Catcher> {
    catchers![sign_in, any]
}

pub(crate) fn api() -> Vec<Catcher> {
    catchers![any_call]
}

/// What the guards need on a host's own routes: signing in, and the reason of a refusal. A host
/// that catches these itself keeps its own words.
pub(crate) fn of_guards(rocket: &Rocket<Build>) -> Vec<Catcher> {
    let caught =
        |code| rocket.catchers().any(|catcher| catcher.base.path() == "/" && catcher.code == code);
    let mut ours = Vec::new();
    if !caught(Some(401)) && !caught(None) {
        ours.extend(catchers![sign_in]);
    }
    if !caught(Some(402)) {
        ours.extend(catchers![refused]);
    }
    ours
}

#[derive(Responder)]
enum Answer {
    Elsewhere(Redirect),
    Problem(Problem),
}

/// Signed out: a person is sent to sign in and comes back to the page asked for.
#[catch(401)]
fn sign_in(request: &Request<'_>) -> Answer {
    if wants_json(request) || our_path(request) == Some("/metrics") {
        return Answer::Problem(Problem::unauthorized());
    }
    let asked = match request.method() {
        rocket::http::Method::Get => request.uri().to_string(),
        _ => "/".to_owned(),
    };
    let next = (&asked as &dyn UriDisplay<Query>).to_string();
    Answer::Elsewhere(Redirect::to(format!("{}?next={next}", billing(request).panel.sign_in())))
}

/// No slot is left: the reason and the way out.
#[catch(402)]
fn refused(request: &Request<'_>) -> Problem {
    left(request, Status::PaymentRequired).unwrap_or_else(|| in_words(Status::PaymentRequired))
}

/// Who is signed in finds the way on; where the fault is ours, nobody is asked anything more.
#[catch(default)]
async fn any(status: Status, request: &Request<'_>) -> Problem {
    let problem = left(request, status).unwrap_or_else(|| in_words(status));
    if status.class().is_client_error() && !wants_json(request) {
        // For the frame of the page; whoever is nobody has none around it.
        let _ = SignedIn::from_request(request).await;
    }
    problem
}

/// Where an address takes other methods, Rocket says 404, and 400 to a method it does not know.
#[catch(default)]
fn any_call(status: Status, request: &Request<'_>) -> Problem {
    left(request, status).unwrap_or_else(|| {
        let methods = match status.code {
            400 => methods_of(request),
            404 => methods_of(request).filter(|methods| !methods.contains(&request.method())),
            _ => None,
        };
        methods.map_or_else(|| in_words(status), |methods| Problem::method_not_allowed(&methods))
    })
}

/// The methods that the address of the request takes; `None` when nothing is there.
fn methods_of(request: &Request<'_>) -> Option<Vec<Method>> {
    let path = request.uri().path();
    let asked: Vec<&str> = path.raw_segments().map(RawStr::as_str).collect();
    let leads_here = |route: &&Route| {
        let path = route.uri.path();
        let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        parts.len() == asked.len()
            && parts.iter().zip(&asked).all(|(part, asked)| part.starts_with('<') || part == asked)
    };
    let mut methods = Vec::new();
    for route in request.rocket().routes().filter(leads_here) {
        methods.push(route.method);
        // Rocket answers these by itself.
        methods.extend((route.method == Method::Get).then_some(Method::Head));
    }
    (!methods.is_empty()).then_some(methods)
}

/// What the guard that failed left; one that merely asked and went on may have left another.
fn left(request: &Request<'_>, status: Status) -> Option<Problem> {
    guards::left(request).filter(|problem| problem.status == status)
}

fn in_words(status: Status) -> Problem {
    let refused = |title| Problem::new(status, "refused", title, t!("problem-refused-detail"));
    match status.code {
        400 => refused(t!("problem-bad-request")),
        401 => Problem::unauthorized(),
        403 => Problem::forbidden(),
        404 => Problem::not_found(),
        413 => Problem::too_large(1),
        415 => refused(t!("problem-media-type")),
        422 => Problem::invalid(vec![("request".to_owned(), t!("problem-form"))]),
        500 => Problem::internal(),
        _ => refused(status.reason().map_or_else(|| t!("problem-refused"), Into::into)),
    }
}
