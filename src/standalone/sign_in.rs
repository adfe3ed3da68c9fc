//! `/login` and `/logout`.

use std::sync::Arc;

use askama::Template;
use rocket::response::Redirect;
use rocket::{FromForm, Route, State, get, post, routes};

use super::sessions::{self, Browser};
use super::{passwords, servers};
use crate::Billing;
use crate::store::StoreFailed;
use crate::store::panel::{self, User};
use crate::web::arrival::InTime;
use crate::web::error::Problem;
use crate::web::guards::{ClientAddress, SignedIn};
use crate::web::limits::Limits;
use crate::web::origin::{SameOrigin, within_site};
use crate::web::pages::filters;
use crate::web::pages::frame::Frame;
use crate::web::pages::parts::{Banner, Field};
use crate::web::pages::{Answer, Page};
use crate::web::text::t;

/// Where somebody signs in.
pub(super) const HERE: &str = "/login";

pub(super) fn routes() -> Vec<Route> {
    routes![form, submit, leave]
}

#[derive(Template)]
#[template(path = "panel/login.html")]
struct LoginPage {
    frame: Frame,
    refusal: Option<Banner>,
    email: Field,
    password: Field,
    next: String,
}

#[get("/login?<next>")]
fn form(visitor: Option<SignedIn>, frame: Frame, next: Option<&str>) -> Answer {
    let next = next.unwrap_or_default();
    if visitor.is_some() {
        return onward(next);
    }
    Answer::Page(Page::of(page(frame, "", next, None)))
}

#[derive(FromForm)]
struct Wanted {
    #[field(default = String::new())]
    email: String,
    #[field(default = String::new())]
    password: String,
    #[field(default = String::new())]
    next: String,
}

#[post("/login", data = "<wanted>")]
async fn submit(
    _own: SameOrigin,
    frame: Frame,
    client: ClientAddress,
    wanted: InTime<Wanted>,
    browser: Browser<'_>,
    billing: &State<Arc<Billing>>,
    limits: &State<Limits>,
) -> Result<Answer, Problem> {
    let email = wanted.email.trim();
    let problem = match limits.sign_in(client, email) {
        Ok(()) => match prove(billing, email, &wanted.password).await? {
            Some(user) if sessions::begin(billing, &browser, &user).await? => {
                return Ok(onward(&wanted.next));
            }
            Some(_) | None => Problem::wrong_password(),
        },
        Err(problem) => problem,
    };
    let page = page(frame, email, &wanted.next, Some(&problem));
    Ok(Answer::Page(Page::about(&problem, page)))
}

/// Signs out; whoever was not signed in ends up at the same place.
#[post("/logout")]
async fn leave(
    _own: SameOrigin,
    browser: Browser<'_>,
    billing: &State<Arc<Billing>>,
) -> Result<Redirect, Problem> {
    sessions::end(billing, &browser).await?;
    Ok(Redirect::to(HERE))
}

/// The user, if the password is theirs.
pub(super) async fn prove(
    billing: &Billing,
    email: &str,
    password: &str,
) -> Result<Option<User>, StoreFailed> {
    let mut conn = billing.store.read().await?;
    let user = panel::user_by_email(&mut conn, email).await?;
    drop(conn);
    let hash = user.as_ref().map(|user| user.password_hash.as_str());
    let right = passwords::is_right(password, hash).await;
    Ok(user.filter(|_| right))
}

fn page(frame: Frame, email: &str, next: &str, problem: Option<&Problem>) -> LoginPage {
    LoginPage {
        frame,
        refusal: problem.map(Problem::banner),
        email: Field {
            kind: "email",
            autocomplete: "username",
            ..Field::new("email", t!("field-email"), email)
        },
        password: Field {
            kind: "password",
            autocomplete: "current-password",
            ..Field::new("password", t!("field-password"), "")
        },
        next: within_site(next).unwrap_or_default().to_owned(),
    }
}

pub(super) fn onward(next: &str) -> Answer {
    Answer::to(within_site(next).unwrap_or(servers::HOME))
}
