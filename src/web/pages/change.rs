//! `/billing/change`: what a change of plan would do and cost, and the button that makes it.

use std::sync::Arc;

use askama::Template;
use rocket::{FromForm, Route, State, get, post, routes};

use super::change_words::{self as words, Row};
use super::frame::Frame;
use super::parts::{Banner, Sentence};
use super::{Answer, Page, billing as billing_page};
use crate::domain::change::Kind;
use crate::domain::ids::{AccountId, PlanId};
use crate::domain::plan::Interval;
use crate::flows::change::{self, Consent, NotChanged, Preview, Wish};
use crate::flows::gate::Standing;
use crate::flows::{Billing, Failed, accounts, gate};
use crate::settings::Settings;
use crate::store::{self, StoreFailed};
use crate::web::acting::AccountForm;
use crate::web::error::Problem;
use crate::web::guards::Payer;
use crate::web::limits::Limits;
use crate::web::pages::filters;
use crate::web::text::t;

pub(super) fn routes() -> Vec<Route> {
    routes![show, confirm]
}

#[derive(Template)]
#[template(path = "change.html")]
pub(super) struct ChangePage {
    frame: Frame,
    news: Option<Banner>,
    heading: Sentence,
    what: Sentence,
    rows: Vec<Row>,
    total: Sentence,
    next: Sentence,
    /// A scheduled change that is undone on the way.
    undone: Option<Sentence>,
    /// What happens to the rest of a credit.
    credit: Option<Sentence>,
    excess: Option<Excess>,
    /// Left out where there is nothing to change.
    offer: Option<Offer>,
}

/// Servers that the new plan has no room for.
struct Excess {
    text: Sentence,
    servers: Vec<String>,
    consent: Sentence,
}

struct Offer {
    token: String,
    valid: Sentence,
    button: Sentence,
}

#[get("/billing/change?<plan>&<interval>")]
async fn show(
    visitor: Payer,
    frame: Frame,
    plan: Option<&str>,
    interval: Option<&str>,
    billing: &State<Arc<Billing>>,
    limits: &State<Limits>,
) -> Result<Page, Problem> {
    let account = &visitor.0.account;
    let shown = match wish(plan, interval) {
        Ok(wish) => preview(billing, limits, account, &wish).await,
        Err(problem) => Err(problem),
    };
    match shown {
        Ok(shown) => Ok(Page::of(page(frame, billing, account, &shown, None).await?)),
        Err(problem) => billing_page::about(frame, billing, account, &problem).await,
    }
}

async fn preview(
    billing: &Billing,
    limits: &Limits,
    account: &AccountId,
    wish: &Wish,
) -> Result<Preview, Problem> {
    limits.checkout(account)?;
    Ok(change::preview(billing, account, wish).await?)
}

fn wish(plan: Option<&str>, interval: Option<&str>) -> Result<Wish, Problem> {
    let wrong = |field: &'static str, text| Problem::of_form(&vec![(field, text)]);
    let plan =
        PlanId::new(plan.unwrap_or_default()).map_err(|_| wrong("plan", t!("wrong-plan")))?;
    let interval = Interval::parse(interval.unwrap_or_default())
        .ok_or_else(|| wrong("interval", t!("wrong-interval")))?;
    Ok(Wish { plan, interval })
}

#[derive(FromForm)]
struct Confirmed {
    #[field(default = String::new())]
    preview: String,
    /// Ticked where the new plan has no room for some servers.
    over_limit: Option<bool>,
}

/// Makes the change that was shown; what no longer holds is shown anew.
#[post("/billing/change", data = "<confirmed>")]
async fn confirm(
    visitor: Payer,
    frame: Frame,
    confirmed: AccountForm<Confirmed>,
    billing: &State<Arc<Billing>>,
    limits: &State<Limits>,
) -> Result<Answer, Problem> {
    let account = &visitor.0.account;
    if let Err(problem) = limits.checkout(account) {
        return Ok(Answer::Page(billing_page::about(frame, billing, account, &problem).await?));
    }
    let consent =
        if confirmed.0.over_limit == Some(true) { Consent::Given } else { Consent::NotAsked };
    let error = match change::confirm(billing, account, &confirmed.0.preview, consent).await {
        Ok(()) => return told(billing, account).await,
        Err(NotChanged::NotSeenYet) => {
            return Ok(Answer::done("/billing", words::made_unseen()));
        }
        Err(error) => error,
    };
    let fresh = match &error {
        NotChanged::Stale(fresh) | NotChanged::ConsentNeeded(fresh) => Some(fresh.clone()),
        _ => None,
    };
    let problem = Problem::from(error);
    Ok(Answer::Page(match fresh {
        Some(fresh) => {
            let news = problem.banner();
            let page = page(frame, billing, account, &fresh, Some(news)).await?;
            Page::about(&problem, page)
        }
        None => billing_page::about(frame, billing, account, &problem).await?,
    }))
}

/// Leads on with what came of it; what is still to be paid is told there by itself.
async fn told(billing: &Billing, account: &AccountId) -> Result<Answer, Problem> {
    let mut conn = billing.store.read().await?;
    let standing = gate::standing(&mut conn, billing, account).await?.ok_or(Failed::NoAccount)?;
    Ok(match words::made(&standing, &billing.settings) {
        Some(message) => Answer::done("/billing", message),
        None => Answer::to("/billing"),
    })
}

async fn page(
    mut frame: Frame,
    billing: &Billing,
    account: &AccountId,
    shown: &Preview,
    news: Option<Banner>,
) -> Result<ChangePage, Failed> {
    let servers = excess(billing, account, shown).await?;
    // The preview has looked at Stripe since the request came.
    let now = accounts::look(billing, account).await?;
    frame.tell(billing, &now);
    Ok(shown_as(frame, news, shown, servers, &now.standing, &billing.settings))
}

pub(super) fn shown_as(
    frame: Frame,
    news: Option<Banner>,
    shown: &Preview,
    servers: Vec<String>,
    standing: &Standing,
    settings: &Settings,
) -> ChangePage {
    ChangePage {
        frame,
        news,
        heading: words::heading(shown, settings),
        what: words::what(shown, settings),
        rows: words::rows(shown, standing, settings),
        total: Sentence::amount(shown.amount_due_minor, &shown.currency),
        next: words::next_bill(shown),
        undone: words::undoes(shown, standing, settings),
        credit: words::credit(shown),
        excess: (!servers.is_empty()).then(|| Excess {
            text: words::excess(shown, settings),
            consent: words::consent(shown),
            servers,
        }),
        offer: (shown.kind != Kind::None).then(|| Offer {
            token: shown.token.clone(),
            valid: t!("change-valid", moment = Sentence::at_minute(shown.expires_at)),
            button: words::button(shown, settings),
        }),
    }
}

/// The names of the servers that came last and are too many.
async fn excess(
    billing: &Billing,
    account: &AccountId,
    shown: &Preview,
) -> Result<Vec<String>, StoreFailed> {
    let mut conn = billing.store.read().await?;
    let servers = store::servers::of_account(&mut conn, account, billing.now()).await?;
    let newest = servers.into_iter().rev().take(shown.over_limit_by as usize);
    Ok(newest.map(|server| server.name.unwrap_or_else(|| server.id.to_string())).collect())
}
