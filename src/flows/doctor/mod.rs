//! The go-live checklist, checked by machine. Stripe is only read.
//!
//! A check is a function of what was seen; what is to be seen is gathered here, in the order in
//! which a refused key would spoil the least.

mod connection;
mod machine;
mod selling;
mod webhook;

use serde::Serialize;

use super::{Billing, catalogue, silence, webhooks};
use crate::store::{self, StoreFailed, copies};
use crate::stripe::{Patience, StripeFailed};

/// One line of the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Check {
    pub(crate) id: &'static str,
    pub(crate) status: Status,
    pub(crate) seen: String,
    /// Nothing where it passes.
    #[serde(rename = "do")]
    pub(crate) remedy: Option<String>,
}

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Status {
    Pass,
    /// It works, but somebody should look.
    Warn,
    Fail,
}

impl Status {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Warn => "warn",
            Self::Fail => "fail",
        }
    }
}

/// Makes every check, in the order of the list.
pub(crate) async fn examine(billing: &Billing) -> Result<Vec<Check>, StoreFailed> {
    let (settings, stripe) = (&billing.settings, &billing.stripe);
    let patience = Patience::Worker;
    let look = stripe.time(patience).await;
    let endpoints = match &look {
        Ok(_) => webhooks::endpoints(billing).await,
        Err(error) => Err(error.clone()),
    };
    let prices = match &look {
        Ok(_) => catalogue::fetch(stripe, &settings.plans, patience).await,
        Err(error) => Err(error.clone()),
    };
    let portals = match &look {
        Ok(_) => stripe.portal_configurations(patience).await,
        Err(error) => Err(error.clone()),
    };
    let tax = match (&look, settings.stripe.automatic_tax) {
        (Ok(_), true) => stripe.tax_settings(patience).await.map(Some),
        (_, false) => Ok(None),
        (Err(error), true) => Err(error.clone()),
    };
    let domain = settings.public_url.host_str().unwrap_or_default();
    let wallets = match &look {
        Ok(_) => stripe.wallet_domain(domain, patience).await,
        Err(error) => Err(error.clone()),
    };
    let panel = match &billing.driver {
        Some(driver) => Some((driver.summary(), driver.probe().await)),
        None => None,
    };
    let mut conn = billing.store.read().await?;
    let silence = silence::standing(&mut conn, billing).await?;
    let heard_at = store::silence::get(&mut conn, billing.mode()).await?.heard_at;
    let health = copies::health(&mut conn).await?;
    let backup = copies::last_backup(&mut conn).await?;
    drop(conn);
    let handled = &settings.stripe.webhook_events;
    Ok(vec![
        connection::key(&settings.stripe, &look),
        connection::api(&look, billing.now()),
        webhook::secret(&settings.stripe),
        webhook::endpoint(&endpoints, &webhooks::url(billing)),
        webhook::events(&endpoints, handled),
        webhook::silence(silence, heard_at),
        selling::prices(&settings.plans, &prices, settings.stripe.allowed_prices.as_deref()),
        selling::price_currency(&settings.plans, &prices),
        selling::portal(&portals, settings.stripe.portal_configuration.as_deref()),
        selling::tax(&tax),
        selling::payment_methods(&wallets, domain),
        machine::public_url(&settings.public_url, &settings.stripe),
        machine::database(&health, machine::free_bytes(&settings.database)),
        machine::backup(backup, billing.now()),
        machine::panel(panel),
    ])
}

impl Check {
    fn pass(id: &'static str, seen: impl Into<String>) -> Self {
        Self { id, status: Status::Pass, seen: seen.into(), remedy: None }
    }

    fn warn(id: &'static str, seen: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { id, status: Status::Warn, seen: seen.into(), remedy: Some(remedy.into()) }
    }

    fn fail(id: &'static str, seen: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { id, status: Status::Fail, seen: seen.into(), remedy: Some(remedy.into()) }
    }

    /// Stripe would not say.
    fn unasked(id: &'static str, error: &StripeFailed) -> Self {
        let remedy = match error {
            StripeFailed::Unauthorized => {
                "see key; a restricted key needs the permission to read this"
            }
            StripeFailed::Unavailable { .. }
            | StripeFailed::Missing { .. }
            | StripeFailed::Refused { .. }
            | StripeFailed::StoredFailure
            | StripeFailed::Unreadable { .. } => "see api, and run doctor again",
        };
        Self::fail(id, error.to_string(), remedy)
    }
}
