//! The catalogue: configured prices, as Stripe confirms them.

use sqlx::SqliteConnection;

use super::{Billing, Failed};
use crate::domain::fetched::KnownPrice;
use crate::domain::plan::{Hidden, Interval, Offer, Plan, PriceFacts, PriceName, resolve};
use crate::domain::{ids::PlanId, ids::PriceId};
use crate::store::{self, StoreFailed};
use crate::stripe::{Patience, Stripe, StripeFailed};

/// Asks Stripe for every configured price and stores what can be bought and what cannot.
pub(crate) async fn refresh(billing: &Billing, patience: Patience) -> Result<(), Failed> {
    let found = fetch(&billing.stripe, &billing.settings.plans, patience).await?;
    let (offers, hidden) = resolve(&billing.settings.plans, &found);
    let (mode, now) = (billing.mode(), billing.now());
    let mut tx = billing.store.write().await?;
    store::catalogue::withdraw_all(&mut tx, mode).await?;
    for price in &named(&billing.settings.plans, &found) {
        store::catalogue::remember(&mut tx, mode, price, now).await?;
    }
    for offer in &offers {
        store::catalogue::put(&mut tx, mode, offer, now).await?;
    }
    for price in &hidden {
        store::catalogue::put_hidden(&mut tx, mode, price).await?;
        tracing::warn!(
            plan = %price.plan, interval = %price.interval, reason = price.reason,
            "a price is not for sale"
        );
    }
    Ok(store::commit(tx).await?)
}

/// Every configured price that Stripe has, for sale or not: who pays an archived one has its plan.
fn named(plans: &[Plan], found: &[PriceFacts]) -> Vec<Offer> {
    let all = plans.iter().flat_map(|plan| plan.prices.iter().map(move |price| (plan, price)));
    all.filter_map(|(plan, (interval, name))| {
        let price = found.iter().find(|price| match name {
            PriceName::Id(id) => price.id == *id,
            PriceName::LookupKey(key) => price.lookup_key.as_ref() == Some(key),
        })?;
        Some(Offer {
            plan: plan.id.clone(),
            interval: *interval,
            price: price.id.clone(),
            lookup_key: price.lookup_key.clone(),
            amount_minor: price.unit_amount.unwrap_or_default(),
            currency: price.currency.clone(),
        })
    })
    .collect()
}

/// What Stripe knows of the prices that `plans` name.
pub(crate) async fn fetch(
    stripe: &Stripe,
    plans: &[Plan],
    patience: Patience,
) -> Result<Vec<PriceFacts>, StripeFailed> {
    let names = || plans.iter().flat_map(|plan| &plan.prices);
    let keys: Vec<String> = names()
        .filter_map(|(_, name)| match name {
            PriceName::LookupKey(key) => Some(key.clone()),
            PriceName::Id(_) => None,
        })
        .collect();
    let mut found = Vec::new();
    if !keys.is_empty() {
        found = stripe.prices_by_lookup_keys(&keys, patience).await?;
    }
    for (_, name) in names() {
        let PriceName::Id(id) = name else { continue };
        found.extend(stripe.price(id, patience).await?);
    }
    Ok(found)
}

/// The catalogue as pages, the API and the command line show it.
pub(crate) struct Catalogue {
    pub(crate) offers: Vec<Offer>,
    pub(crate) hidden: Vec<Hidden>,
}

impl Catalogue {
    pub(crate) fn offer(&self, plan: &PlanId, interval: Interval) -> Option<&Offer> {
        self.offers.iter().find(|offer| offer.plan == *plan && offer.interval == interval)
    }

    /// The plan's prices for sale, in the order pages show them.
    pub(crate) fn of_plan<'c>(&'c self, plan: &'c Plan) -> impl Iterator<Item = &'c Offer> {
        Interval::ALL.into_iter().filter_map(|interval| self.offer(&plan.id, interval))
    }

    pub(crate) fn hidden_of<'c>(&'c self, plan: &'c Plan) -> impl Iterator<Item = &'c Hidden> {
        self.hidden.iter().filter(|hidden| hidden.plan == plan.id)
    }
}

/// Reads the stored catalogue; prices outside `allowed_prices` are not in it.
pub(crate) async fn read(
    conn: &mut SqliteConnection,
    billing: &Billing,
) -> Result<Catalogue, StoreFailed> {
    let mode = billing.mode();
    let allowed = |price: &PriceId| {
        let list = billing.settings.stripe.allowed_prices.as_ref();
        list.is_none_or(|list| list.contains(price))
    };
    let configured = |offer: &Offer| billing.settings.plan(&offer.plan).is_some();
    let mut hidden = store::catalogue::hidden(conn, mode).await?;
    let mut offers = store::catalogue::offers(conn, mode).await?;
    offers.retain(configured);
    hidden.extend(offers.iter().filter(|offer| !allowed(&offer.price)).map(|offer| Hidden {
        plan: offer.plan.clone(),
        interval: offer.interval,
        reason: format!("price {} is not in billing.stripe.allowed_prices", offer.price),
    }));
    offers.retain(|offer| allowed(&offer.price));
    Ok(Catalogue { offers, hidden })
}

/// Every price that is or was a plan's, with what the plan gives today.
pub(crate) async fn known_prices(
    conn: &mut SqliteConnection,
    billing: &Billing,
) -> Result<Vec<KnownPrice>, StoreFailed> {
    let known = store::catalogue::known(conn, billing.mode()).await?;
    Ok(known
        .into_iter()
        .map(|(price, plan, interval)| {
            let limit = billing.settings.plan(&plan).map(|plan| plan.limit);
            KnownPrice { price, plan, interval, limit }
        })
        .collect())
}
