//! `/admin/plans`: the catalogue as Stripe confirms it, with the reason of each hidden price.

use std::sync::Arc;

use askama::Template;
use rocket::{Route, State, get, routes};

use crate::domain::plan::{Interval, Offer, Plan, PriceName};
use crate::flows::Billing;
use crate::flows::catalogue::{self, Catalogue};
use crate::web::error::Problem;
use crate::web::guards::Administrator;
use crate::web::pages::filters;
use crate::web::pages::frame::Frame;
use crate::web::pages::parts::{Badge, Sentence, Tone};
use crate::web::pages::{Page, words};
use crate::web::text::t;

pub(super) fn routes() -> Vec<Route> {
    routes![list]
}

#[derive(Template)]
#[template(path = "admin/plans.html")]
struct PlansPage {
    frame: Frame,
    plans: Vec<PlanPart>,
}

/// One plan, ready to show.
struct PlanPart {
    id: String,
    name: String,
    gives: Sentence,
    prices: Vec<PriceRow>,
}

struct PriceRow {
    paid: Sentence,
    /// How the configuration names it.
    name: String,
    badge: Badge,
    amount: Sentence,
    price: String,
    /// Why nobody can buy it.
    reason: Option<Sentence>,
}

#[get("/admin/plans")]
async fn list(
    _admin: Administrator,
    frame: Frame,
    billing: &State<Arc<Billing>>,
) -> Result<Page, Problem> {
    let mut conn = billing.store.read().await?;
    let catalogue = catalogue::read(&mut conn, billing).await?;
    let plans = billing.settings.plans.iter().map(|plan| part(plan, &catalogue)).collect();
    Ok(Page::of(PlansPage { frame, plans }))
}

fn part(plan: &Plan, catalogue: &Catalogue) -> PlanPart {
    let price = |(interval, name): &(Interval, _)| {
        let hidden = catalogue.hidden_of(plan).find(|hidden| hidden.interval == *interval);
        row(plan, *interval, name, hidden.map(|hidden| hidden.reason.as_str()), catalogue)
    };
    PlanPart {
        id: plan.id.to_string(),
        name: plan.name.clone(),
        gives: words::gives(plan.limit),
        prices: plan.prices.iter().map(price).collect(),
    }
}

fn row(
    plan: &Plan,
    interval: Interval,
    name: &PriceName,
    hidden: Option<&str>,
    catalogue: &Catalogue,
) -> PriceRow {
    let offer = catalogue.offer(&plan.id, interval);
    let badge = match offer {
        Some(_) => Badge { word: t!("desk-plans-for-sale"), tone: Tone::Good },
        None => Badge { word: t!("desk-plans-hidden"), tone: Tone::Warning },
    };
    PriceRow {
        paid: words::every(interval),
        name: name.as_str().to_owned(),
        badge,
        amount: offer.map(amount).unwrap_or_default(),
        price: offer.map(|offer| offer.price.to_string()).unwrap_or_default(),
        reason: match offer {
            Some(_) => None,
            None => Some(hidden.map_or_else(|| t!("desk-plans-never-seen"), Sentence::from)),
        },
    }
}

fn amount(offer: &Offer) -> Sentence {
    Sentence::amount(offer.amount_minor, &offer.currency)
}
