//! `/billing/plans`: what is for sale, and the way to pay for it.

use std::sync::Arc;

use askama::Template;
use rocket::{FromForm, Route, State, get, post, routes};

use super::cards::{self, Card, Choice, Saving};
use super::frame::Frame;
use super::parts::{Action, Banner, Sentence};
use super::{Answer, Page};
use crate::domain::ids::{AccountId, PlanId};
use crate::domain::plan::Interval;
use crate::flows::checkout::{self, Returns, Wish};
use crate::flows::gate::Situation;
use crate::flows::provision::room;
use crate::flows::{Billing, Failed, accounts, catalogue};
use crate::store;
use crate::store::checkouts::{Kind, Progress};
use crate::web::acting::AccountForm;
use crate::web::error::Problem;
use crate::web::guards::{Payer, Stood};
use crate::web::limits::Limits;
use crate::web::pages::filters;
use crate::web::text::t;

pub(super) fn routes() -> Vec<Route> {
    routes![show, begin]
}

#[derive(Template)]
#[template(path = "plans.html")]
struct PlansPage {
    frame: Frame,
    refusal: Option<Banner>,
    exempt: bool,
    /// Whom a member asks for a plan.
    ask: Option<String>,
    /// Monthly and yearly, where there is a choice.
    intervals: Vec<IntervalLink>,
    cards: Vec<Card>,
}

struct IntervalLink {
    text: Sentence,
    href: &'static str,
    saving: Option<Sentence>,
    current: bool,
}

#[get("/billing/plans?<interval>")]
async fn show(
    stood: Stood<'_>,
    frame: Frame,
    interval: Option<&str>,
    billing: &State<Arc<Billing>>,
) -> Result<Page, Problem> {
    let interval = recurring(interval.unwrap_or_default());
    Ok(Page::of(page(frame, billing, stood.0, interval, None).await?))
}

#[derive(FromForm)]
struct Wanted {
    #[field(default = String::new())]
    plan: String,
    #[field(default = String::new())]
    interval: String,
}

/// Sends the account to Stripe to pay; a refusal is told on the page of plans.
#[post("/billing/checkout", data = "<wanted>")]
async fn begin(
    visitor: Payer,
    frame: Frame,
    wanted: AccountForm<Wanted>,
    billing: &State<Arc<Billing>>,
    limits: &State<Limits>,
) -> Result<Answer, Problem> {
    let account = &visitor.0.account;
    let problem = match pay(billing, limits, account, &wanted.0).await {
        Ok(url) => return Ok(Answer::to(url)),
        Err(problem) => problem,
    };
    let interval = recurring(&wanted.0.interval);
    let now = accounts::look(billing, account).await?;
    let page = page(frame, billing, &now, interval, Some(&problem)).await?;
    Ok(Answer::Page(Page::about(&problem, page)))
}

/// How often the cards' prices are paid; what is bought once has a card of its own.
fn recurring(word: &str) -> Interval {
    let wanted = Interval::parse(word);
    wanted.filter(|interval| *interval != Interval::Once).unwrap_or(Interval::Month)
}

async fn pay(
    billing: &Billing,
    limits: &Limits,
    account: &AccountId,
    wanted: &Wanted,
) -> Result<String, Problem> {
    let wish = wish(wanted)?;
    limits.checkout(account)?;
    Ok(checkout::begin(billing, account, &wish, &Returns::default()).await?.url)
}

fn wish(wanted: &Wanted) -> Result<Wish, Problem> {
    let plan = PlanId::new(wanted.plan.as_str());
    match (plan, Interval::parse(&wanted.interval)) {
        (Ok(plan), Some(interval)) => Ok(Wish::Plan(plan, interval)),
        (Err(_), _) => Err(wrong("plan", t!("wrong-plan-below"))),
        (Ok(_), None) => Err(wrong("interval", t!("wrong-interval-or-once"))),
    }
}

fn wrong(field: &'static str, text: Sentence) -> Problem {
    Problem::of_form(&vec![(field, text)])
}

async fn page(
    mut frame: Frame,
    billing: &Billing,
    situation: &Situation,
    interval: Interval,
    problem: Option<&Problem>,
) -> Result<PlansPage, Failed> {
    frame.tell(billing, situation);
    let standing = &situation.standing;
    let has_room = !room::wants_more(standing) || !room::is_short(billing).await;
    let mut conn = billing.store.read().await?;
    let catalogue = catalogue::read(&mut conn, billing).await?;
    let account = &standing.account.id;
    let unsettled = store::checkouts::unsettled(&mut conn, account, billing.mode()).await?;
    let paying_once =
        unsettled.iter().any(|it| it.kind == Kind::Payment && it.progress == Progress::Processing);
    let settings = &billing.settings;
    let has = |interval| catalogue.offers.iter().any(|offer| offer.interval == interval);
    let link = |text, href, own: Interval, saving| IntervalLink {
        text,
        href,
        saving,
        current: own == interval,
    };
    let saving = cards::common_saving(settings, &catalogue).map(Saving::in_words);
    let intervals = if has(Interval::Month) && has(Interval::Year) {
        vec![
            link(t!("plans-monthly"), "/billing/plans?interval=month", Interval::Month, None),
            link(t!("plans-yearly"), "/billing/plans?interval=year", Interval::Year, saving),
        ]
    } else {
        Vec::new()
    };
    let cards = cards::cards(standing, settings, &catalogue, interval, paying_once);
    let ask = frame.role.ask().map(str::to_owned);
    let cards = if ask.is_some() { cards::to_look_at(cards) } else { cards };
    let cards = if has_room { cards } else { cards::without_room(cards) };
    Ok(PlansPage {
        frame,
        ask,
        refusal: problem.map(refusal),
        exempt: cards::is_exempt(standing),
        intervals,
        cards,
    })
}

/// What stood in the way, and the way out.
fn refusal(problem: &Problem) -> Banner {
    let way_out = problem.text("action_url").map(|href| Action::link(t!("see-way-out"), href));
    problem.banner().or(way_out)
}
