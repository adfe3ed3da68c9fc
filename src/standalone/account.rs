//! `/account`: what users change about themselves, and where they are signed in.

use std::sync::Arc;

use askama::Template;
use rocket::{FromForm, Route, State, get, post, routes};

use super::register::email_problem;
use super::sessions::Browser;
use super::shared::{self, Shared};
use super::{devices, passwords, sign_in};
use crate::store::panel::{self, Session, User};
use crate::store::{self, StoreFailed, members};
use crate::web::arrival::InTime;
use crate::web::error::Problem;
use crate::web::guards::{ClientAddress, SignedIn};
use crate::web::limits::Limits;
use crate::web::pages::filters;
use crate::web::pages::frame::Frame;
use crate::web::pages::parts::{Action, Badge, Banner, Errors, Field, Sentence, Summary, Tone};
use crate::web::pages::{Answer, Page};
use crate::web::text::t;
use crate::{Billing, Visitor};

/// Where users find themselves.
pub(super) const HERE: &str = "/account";

/// More sessions than this are not listed; they end together with all the others.
const LISTED: u32 = 50;

pub(super) fn routes() -> Vec<Route> {
    routes![show, rename, change_email, change_password, end_session, end_others]
}

#[derive(Template)]
#[template(path = "panel/account.html")]
struct AccountPage {
    frame: Frame,
    summary: Option<Summary>,
    refusal: Option<Banner>,
    name: Field,
    email: Field,
    password: Field,
    /// What password managers keep the new password under.
    username: String,
    current: Field,
    new: Field,
    shared: Shared,
    sessions: Vec<Row>,
    end_others: Option<Action>,
}

struct Row {
    device: Sentence,
    own: Option<Badge>,
    began: Sentence,
    seen: Sentence,
    end: Action,
}

#[get("/account")]
async fn show(
    visitor: SignedIn,
    frame: Frame,
    browser: Browser<'_>,
    billing: &State<Arc<Billing>>,
) -> Result<Page, Problem> {
    let desk = Desk { visitor: visitor.0, frame, browser };
    let typed = Typed::of(&desk.visitor);
    Ok(Page::of(desk.page(billing, &typed, &Errors::new(), None).await?))
}

#[derive(FromForm)]
struct Named {
    #[field(default = String::new())]
    name: String,
}

#[post("/account/name", data = "<wanted>")]
async fn rename(
    visitor: SignedIn,
    frame: Frame,
    browser: Browser<'_>,
    wanted: InTime<Named>,
    billing: &State<Arc<Billing>>,
) -> Result<Answer, Problem> {
    let name = wanted.name.trim();
    let good = (1..=60).contains(&name.chars().count()) && !name.contains(char::is_control);
    if !good {
        let wrong = Wrong::field("name", t!("name-wrong"));
        let typed = Typed { name: name.to_owned(), ..Typed::of(&visitor.0) };
        return Desk { visitor: visitor.0, frame, browser }.again(billing, &typed, wrong).await;
    }
    let mut tx = billing.store.write().await?;
    panel::rename(&mut tx, &visitor.0.user, name).await?;
    if let Some(own) = members::own_account(&mut tx, &visitor.0.user).await? {
        store::accounts::rename(&mut tx, &own, name).await?;
    }
    store::commit(tx).await?;
    Ok(Answer::done(HERE, t!("account-renamed")))
}

#[derive(FromForm)]
struct Addressed {
    #[field(default = String::new())]
    email: String,
    #[field(default = String::new())]
    password: String,
}

/// Gives the user another e-mail to sign in with, on proof of the password.
#[post("/account/email", data = "<wanted>")]
async fn change_email(
    visitor: SignedIn,
    frame: Frame,
    browser: Browser<'_>,
    client: ClientAddress,
    wanted: InTime<Addressed>,
    billing: &State<Arc<Billing>>,
    limits: &State<Limits>,
) -> Result<Answer, Problem> {
    let email = wanted.email.trim();
    let wrong = match email_problem(email) {
        Some(problem) => Some(Wrong::field("email", problem)),
        None => match prove(billing, limits, client, &visitor.0, &wanted.password).await? {
            Proof::Refused(problem) => Some(Wrong::Problem(problem)),
            Proof::Failed => Some(Wrong::field("password", not_yours())),
            Proof::Given(user) => (!move_to(billing, &user, email).await?)
                .then(|| Wrong::field("email", t!("account-email-taken"))),
        },
    };
    match wrong {
        None => Ok(Answer::done(HERE, t!("account-email-changed"))),
        Some(wrong) => {
            let typed = Typed { email: email.to_owned(), ..Typed::of(&visitor.0) };
            Desk { visitor: visitor.0, frame, browser }.again(billing, &typed, wrong).await
        }
    }
}

/// `false` when the e-mail is somebody else's.
async fn move_to(billing: &Billing, user: &User, email: &str) -> Result<bool, StoreFailed> {
    let mut tx = billing.store.write().await?;
    if !panel::set_email(&mut tx, &user.id, email).await? {
        return Ok(false);
    }
    if let Some(own) = members::own_account(&mut tx, &user.id).await? {
        store::accounts::put(&mut tx, &own, email, None, billing.now()).await?;
    }
    store::commit(tx).await?;
    Ok(true)
}

#[derive(FromForm)]
struct Passwords {
    #[field(default = String::new())]
    current: String,
    #[field(default = String::new())]
    new: String,
}

/// Gives the user another password and ends every other session.
#[post("/account/password", data = "<wanted>")]
async fn change_password(
    visitor: SignedIn,
    frame: Frame,
    browser: Browser<'_>,
    client: ClientAddress,
    wanted: InTime<Passwords>,
    billing: &State<Arc<Billing>>,
    limits: &State<Limits>,
) -> Result<Answer, Problem> {
    let wrong = if passwords::is_allowed(&wanted.new) {
        match prove(billing, limits, client, &visitor.0, &wanted.current).await? {
            Proof::Refused(problem) => Some(Wrong::Problem(problem)),
            Proof::Failed => Some(Wrong::field("current", not_yours())),
            Proof::Given(user) => (!renew(billing, &user, &browser, &wanted.new).await?)
                .then(|| Wrong::field("current", not_yours())),
        }
    } else {
        Some(Wrong::field("new", passwords::broken()))
    };
    match wrong {
        None => Ok(Answer::done(HERE, t!("account-password-changed"))),
        Some(wrong) => {
            let typed = Typed::of(&visitor.0);
            Desk { visitor: visitor.0, frame, browser }.again(billing, &typed, wrong).await
        }
    }
}

/// `false` when the password that was proven has been changed meanwhile.
async fn renew(
    billing: &Billing,
    user: &User,
    browser: &Browser<'_>,
    password: &str,
) -> Result<bool, StoreFailed> {
    let hash = passwords::hash(password).await;
    let mut tx = billing.store.write().await?;
    if !panel::set_password(&mut tx, &user.id, &user.password_hash, &hash).await? {
        return Ok(false);
    }
    panel::revoke_other_sessions(&mut tx, &user.id, &browser.session()).await?;
    store::commit(tx).await?;
    Ok(true)
}

/// Ends one session of the user; where it has ended already, nothing is left to do.
#[post("/account/sessions/<id>/end")]
async fn end_session(
    visitor: SignedIn,
    browser: Browser<'_>,
    id: &str,
    billing: &State<Arc<Billing>>,
) -> Result<Answer, Problem> {
    let session = hex::decode(id).unwrap_or_default();
    let mut tx = billing.store.write().await?;
    panel::revoke_own_session(&mut tx, &visitor.0.user, &session).await?;
    store::commit(tx).await?;
    if session == browser.session() {
        return Ok(Answer::to(sign_in::HERE));
    }
    Ok(Answer::done(HERE, t!("account-session-ended")))
}

#[post("/account/sessions/end-others")]
async fn end_others(
    visitor: SignedIn,
    browser: Browser<'_>,
    billing: &State<Arc<Billing>>,
) -> Result<Answer, Problem> {
    let mut tx = billing.store.write().await?;
    panel::revoke_other_sessions(&mut tx, &visitor.0.user, &browser.session()).await?;
    store::commit(tx).await?;
    Ok(Answer::done(HERE, t!("account-others-ended")))
}

fn not_yours() -> Sentence {
    t!("account-not-yours")
}

/// What came of asking for the password once more.
enum Proof {
    Given(User),
    Failed,
    /// Too many were tried.
    Refused(Problem),
}

async fn prove(
    billing: &Billing,
    limits: &Limits,
    client: ClientAddress,
    visitor: &Visitor,
    password: &str,
) -> Result<Proof, StoreFailed> {
    if let Err(problem) = limits.sign_in(client, &visitor.email) {
        return Ok(Proof::Refused(problem));
    }
    let proven = sign_in::prove(billing, &visitor.email, password).await?;
    Ok(proven.map_or(Proof::Failed, Proof::Given))
}

/// Why a form is shown again.
enum Wrong {
    Field(Errors),
    Problem(Problem),
}

impl Wrong {
    fn field(name: &'static str, text: Sentence) -> Self {
        Self::Field(vec![(name, text)])
    }
}

/// What stands in the fields; a password never does.
struct Typed {
    name: String,
    email: String,
}

impl Typed {
    fn of(visitor: &Visitor) -> Self {
        Self { name: visitor.name.clone(), email: visitor.email.clone() }
    }
}

/// Whose page is shown, and in which browser.
struct Desk<'r> {
    visitor: Visitor,
    frame: Frame,
    browser: Browser<'r>,
}

impl Desk<'_> {
    async fn again(
        self,
        billing: &Billing,
        typed: &Typed,
        wrong: Wrong,
    ) -> Result<Answer, Problem> {
        let (errors, problem) = match wrong {
            Wrong::Field(errors) => {
                let problem = Problem::of_form(&errors);
                (errors, problem)
            }
            Wrong::Problem(problem) => (Errors::new(), problem),
        };
        let refusal = errors.is_empty().then(|| problem.banner());
        let page = self.page(billing, typed, &errors, refusal).await?;
        Ok(Answer::Page(Page::about(&problem, page)))
    }

    async fn page(
        self,
        billing: &Billing,
        typed: &Typed,
        errors: &Errors,
        refusal: Option<Banner>,
    ) -> Result<AccountPage, StoreFailed> {
        let mut conn = billing.store.read().await?;
        let sessions =
            panel::sessions(&mut conn, &self.visitor.user, billing.now(), LISTED).await?;
        let shared = shared::read(&mut conn, &self.visitor, billing.now()).await?;
        drop(conn);
        let own = self.browser.session();
        let others = sessions.iter().any(|session| session.hash != own);
        let password = |name, label, autocomplete| Field {
            kind: "password",
            autocomplete,
            ..Field::new(name, label, "")
        };
        Ok(AccountPage {
            frame: self.frame,
            summary: Summary::of(t!("account-unchanged"), errors),
            refusal,
            name: Field {
                autocomplete: "name",
                ..Field::new("name", t!("field-name"), &typed.name)
            }
            .judged(errors),
            email: Field {
                kind: "email",
                autocomplete: "username",
                hint: t!("account-email-hint"),
                ..Field::new("email", t!("field-email"), &typed.email)
            }
            .judged(errors),
            password: password("password", t!("account-your-password"), "current-password")
                .judged(errors),
            shared,
            username: self.visitor.email,
            current: password("current", t!("account-current-password"), "current-password")
                .judged(errors),
            new: Field {
                hint: t!("password-rule"),
                ..password("new", t!("account-new-password"), "new-password")
            }
            .judged(errors),
            sessions: sessions.into_iter().map(|session| row(session, &own)).collect(),
            end_others: others.then(|| {
                Action::post(t!("account-end-others"), "/account/sessions/end-others").quiet()
            }),
        })
    }
}

fn row(session: Session, own: &[u8]) -> Row {
    let is_own = session.hash == own;
    let device = session.device.as_deref();
    let device = device.map_or_else(|| t!("account-device-unknown"), devices::said);
    let end = format!("/account/sessions/{}/end", hex::encode(&session.hash));
    Row {
        own: is_own.then_some(Badge { word: t!("account-this-one"), tone: Tone::Good }),
        began: Sentence::at_minute(session.created_at),
        seen: Sentence::at_minute(session.seen_at),
        end: Action::post(t!("nav-sign-out"), end).quiet(),
        device,
    }
}
