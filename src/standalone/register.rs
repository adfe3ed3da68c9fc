//! `/register`: a new user with an account of their own.

use std::sync::Arc;

use askama::Template;
use rocket::{FromForm, Route, State, get, post, routes};

use super::sessions::{self, Browser};
use super::{ids, passwords, sign_in};
use crate::Billing;
use crate::store::panel::{self, Role, User};
use crate::store::{self, StoreFailed};
use crate::web::arrival::InTime;
use crate::web::error::Problem;
use crate::web::guards::{ClientAddress, SignedIn};
use crate::web::limits::Limits;
use crate::web::origin::{SameOrigin, within_site};
use crate::web::pages::filters;
use crate::web::pages::frame::Frame;
use crate::web::pages::parts::{Errors, Field, Sentence, Summary};
use crate::web::pages::{Answer, Page};
use crate::web::text::t;

pub(super) fn routes() -> Vec<Route> {
    routes![form, submit]
}

#[derive(Template)]
#[template(path = "panel/register.html")]
struct RegisterPage {
    frame: Frame,
    summary: Option<Summary>,
    email: Field,
    name: Field,
    password: Field,
    /// Where the visitor was going.
    next: String,
}

#[get("/register?<next>")]
fn form(visitor: Option<SignedIn>, frame: Frame, next: Option<&str>) -> Answer {
    let next = next.unwrap_or_default().to_owned();
    if visitor.is_some() {
        return sign_in::onward(&next);
    }
    let page = page(frame, &Wanted { next, ..Wanted::default() }, &Errors::new());
    Answer::Page(Page::of(page))
}

#[derive(Default, FromForm)]
struct Wanted {
    #[field(default = String::new())]
    email: String,
    #[field(default = String::new())]
    name: String,
    #[field(default = String::new())]
    password: String,
    #[field(default = String::new())]
    next: String,
}

#[post("/register", data = "<wanted>")]
async fn submit(
    _own: SameOrigin,
    frame: Frame,
    client: ClientAddress,
    wanted: InTime<Wanted>,
    browser: Browser<'_>,
    billing: &State<Arc<Billing>>,
    limits: &State<Limits>,
) -> Result<Answer, Problem> {
    let mut errors = check(&wanted);
    if errors.is_empty() {
        limits.register(client)?;
        match make(billing, &wanted).await? {
            Some(user) => {
                sessions::begin(billing, &browser, &user).await?;
                return Ok(sign_in::onward(&wanted.next));
            }
            None => errors.push(("email", t!("register-taken"))),
        }
    }
    let page = page(frame, &wanted, &errors);
    Ok(Answer::Page(Page::about(&Problem::of_form(&errors), page)))
}

/// Makes the user; `None` when the e-mail is taken.
async fn make(billing: &Billing, wanted: &Wanted) -> Result<Option<User>, StoreFailed> {
    let email = wanted.email.trim();
    let mut conn = billing.store.read().await?;
    if panel::user_by_email(&mut conn, email).await?.is_some() {
        return Ok(None);
    }
    drop(conn);
    let named = Some(wanted.name.trim()).filter(|name| !name.is_empty());
    let user = User {
        id: ids::user(),
        email: email.to_owned(),
        name: named.or(email.split('@').next()).unwrap_or(email).to_owned(),
        password_hash: passwords::hash(&wanted.password).await,
        role: Role::User,
        account: ids::account(),
        created_at: billing.now(),
    };
    let mut tx = billing.store.write().await?;
    let made = panel::put_user(&mut tx, &user).await?;
    store::commit(tx).await?;
    Ok(made.then_some(user))
}

fn check(wanted: &Wanted) -> Errors {
    let email = email_problem(wanted.email.trim());
    let name = name_problem(wanted.name.trim());
    let password = (!passwords::is_allowed(&wanted.password)).then(passwords::broken);
    [("email", email), ("name", name), ("password", password)]
        .into_iter()
        .filter_map(|(field, problem)| Some((field, problem?)))
        .collect()
}

/// What is wrong with an e-mail address; whether it exists shows only when mail is sent there.
pub(super) fn email_problem(email: &str) -> Option<Sentence> {
    let parts = email.rsplit_once('@').filter(|(local, domain)| {
        !local.is_empty() && !domain.is_empty() && !domain.starts_with('.')
    });
    let odd = |letter: char| letter.is_control() || letter.is_whitespace();
    let good = parts.is_some() && email.len() <= 254 && !email.contains(odd);
    (!good).then(|| t!("email-wrong"))
}

fn name_problem(name: &str) -> Option<Sentence> {
    let good = name.chars().count() <= 60 && !name.contains(char::is_control);
    (!good).then(|| t!("register-name-long"))
}

fn page(frame: Frame, typed: &Wanted, errors: &Errors) -> RegisterPage {
    RegisterPage {
        frame,
        summary: Summary::of(t!("register-not-yet"), errors),
        email: Field {
            kind: "email",
            autocomplete: "email",
            ..Field::new("email", t!("field-email"), &typed.email)
        }
        .judged(errors),
        name: Field {
            required: false,
            autocomplete: "name",
            ..Field::new("name", t!("field-name"), &typed.name)
        }
        .judged(errors),
        password: Field {
            kind: "password",
            autocomplete: "new-password",
            hint: t!("password-rule"),
            ..Field::new("password", t!("field-password"), "")
        }
        .judged(errors),
        next: within_site(&typed.next).unwrap_or_default().to_owned(),
    }
}
