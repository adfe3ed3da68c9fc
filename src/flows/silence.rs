//! Silence: Stripe has news that no delivery announced.
//!
//! The first such news since the last delivery is noted; it counts ten minutes later, for a redirect
//! may overtake its webhook. A delivery forgets it.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use sqlx::{Sqlite, SqliteConnection, Transaction};
use url::Host;

use super::sync::{self, Synced};
use super::{Billing, Failed};
use crate::domain::drift::Drift;
use crate::domain::ids::AccountId;
use crate::domain::timestamp::Timestamp;
use crate::store::{self, StoreFailed};
use crate::stripe::Patience;

/// How much later than its news a delivery may come.
pub(super) const ALLOWANCE: Duration = Duration::from_mins(10);
/// How long a delivery with a wrong signature is a likely cause: Stripe tries again for hours.
const LATELY: Duration = Duration::from_hours(24);

/// Deliveries do not arrive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Silence {
    pub(crate) since: Timestamp,
    pub(crate) cause: Cause,
}

/// Why, most likely.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cause {
    NoSecret,
    WrongSecret,
    /// The address leads Stripe nowhere.
    Unreachable,
    NeverHeard,
    Stopped,
}

/// What this process remembers of deliveries.
pub(super) struct Ear {
    /// There may be a suspicion, so the next delivery has something to forget.
    pricked: AtomicBool,
    /// When a signature last matched none of our secrets.
    refused_at: AtomicI64,
}

impl Default for Ear {
    fn default() -> Self {
        Self { pricked: AtomicBool::new(true), refused_at: AtomicI64::new(i64::MIN) }
    }
}

/// Whether deliveries stay away now.
pub(crate) async fn standing(
    conn: &mut SqliteConnection,
    billing: &Billing,
) -> Result<Option<Silence>, StoreFailed> {
    let hearing = store::silence::get(conn, billing.mode()).await?;
    let since = hearing.suspected_at.filter(|since| *since + ALLOWANCE <= billing.now());
    Ok(since.map(|since| Silence { since, cause: cause(billing, hearing.heard_at) }))
}

/// Syncs `account`, and notes when that shows news of which no event came since the sync before.
pub(crate) async fn sync(
    billing: &Billing,
    account: &AccountId,
    patience: Patience,
) -> Result<Synced, Failed> {
    let mut conn = billing.store.read().await?;
    let covered = store::accounts::dirty_covered(&mut conn, account).await?;
    drop(conn);
    let synced = sync::account(billing, account, patience).await?;
    if synced.drift.iter().copied().any(Drift::is_news) {
        let mut tx = billing.store.write().await?;
        if store::accounts::dirty(&mut tx, account).await? == covered {
            suspect(billing, tx).await?;
        }
    }
    Ok(synced)
}

/// Notes that Stripe had events which it should have delivered long ago.
pub(super) async fn suspect_undelivered(billing: &Billing) -> Result<(), StoreFailed> {
    suspect(billing, billing.store.write().await?).await
}

async fn suspect(
    billing: &Billing,
    mut tx: Transaction<'static, Sqlite>,
) -> Result<(), StoreFailed> {
    store::silence::suspect(&mut tx, billing.mode(), billing.now()).await?;
    // Before the commit: a delivery that is filed after it must find this set.
    billing.ear.pricked.store(true, Ordering::SeqCst);
    store::commit(tx).await
}

/// A delivery arrived, which ends the silence.
pub(crate) async fn heard(billing: &Billing) {
    if !billing.ear.pricked.swap(false, Ordering::SeqCst) {
        return;
    }
    if let Err(error) = end(billing).await {
        billing.ear.pricked.store(true, Ordering::SeqCst);
        tracing::warn!(%error, "the end of a silence could not be noted; the next delivery does it");
    }
}

async fn end(billing: &Billing) -> Result<(), StoreFailed> {
    let mut tx = billing.store.write().await?;
    let before = store::silence::get(&mut tx, billing.mode()).await?;
    store::silence::hear(&mut tx, billing.mode(), billing.now()).await?;
    store::commit(tx).await?;
    if let (Some(since), Some(_)) = (before.suspected_at, before.raised_at) {
        tracing::info!(%since, "the silence is over: Stripe's deliveries arrive again");
    }
    Ok(())
}

/// A delivery came whose signature matches none of our secrets.
pub(crate) fn refused(billing: &Billing) {
    billing.ear.refused_at.store(billing.now().0, Ordering::Relaxed);
}

/// Tells the operator of a silence, once, whichever process sees it first.
pub(crate) async fn watch(billing: &Billing) -> Result<(), StoreFailed> {
    let mut conn = billing.store.read().await?;
    let hearing = store::silence::get(&mut conn, billing.mode()).await?;
    drop(conn);
    if hearing.suspected_at.is_none() {
        return Ok(());
    }
    // Another process may have found it.
    billing.ear.pricked.store(true, Ordering::SeqCst);
    let now = billing.now();
    let mut tx = billing.store.write().await?;
    let raised = store::silence::raise(&mut tx, billing.mode(), now - ALLOWANCE, now).await?;
    store::commit(tx).await?;
    if let Some(since) = raised {
        let cause = cause(billing, hearing.heard_at);
        tracing::error!(%since, ?cause, "Stripe has news that no delivery announced: see the admin's pages");
    }
    Ok(())
}

fn cause(billing: &Billing, heard_at: Option<Timestamp>) -> Cause {
    let refused_at = Timestamp(billing.ear.refused_at.load(Ordering::Relaxed));
    if billing.settings.stripe.webhook_secrets.is_empty() {
        Cause::NoSecret
    } else if refused_at > billing.now() - LATELY {
        Cause::WrongSecret
    } else if leads_nowhere(billing) {
        Cause::Unreachable
    } else if heard_at.is_none() {
        Cause::NeverHeard
    } else {
        Cause::Stopped
    }
}

/// Whether our address is this very machine, while Stripe is elsewhere: what stands in for it on
/// loopback speaks plain http.
pub(super) fn leads_nowhere(billing: &Billing) -> bool {
    let here = match billing.settings.public_url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => true,
    };
    here && billing.settings.stripe.api_base.starts_with("https:")
}
