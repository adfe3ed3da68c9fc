//! The reconciler, which needs no webhook: it walks every account with a customer, and takes in the
//! events that Stripe could not deliver.

use std::time::Duration;

use super::{Billing, Failed, intake, restored, silence};
use crate::domain::delivery::Delivery;
use crate::domain::drift::Drift;
use crate::domain::ids::AccountId;
use crate::store;
use crate::stripe::{Patience, StripeFailed};

/// Accounts read at a time.
const PAGE: u32 = 100;
/// Where the walk goes on after a restart.
pub(super) const CURSOR: &str = "reconcile";
/// When a pass last came to its end.
pub(super) const DONE: &str = "reconciled";
/// Stripe lists events of the last 30 days: <https://docs.stripe.com/api/events>.
const EVENTS_KEPT: Duration = Duration::from_hours(720);

/// What one account's turn showed.
#[derive(Debug)]
pub(crate) struct Reconciled {
    pub(crate) account: AccountId,
    pub(crate) outcome: Result<Vec<Drift>, Failed>,
}

/// Syncs every account with a customer once, from where an interrupted pass left off.
///
/// # Errors
///
/// When the database fails, or Stripe refuses the key; one account's trouble does not stop the others.
pub(crate) async fn pass(
    billing: &Billing,
    mut tell: impl FnMut(Reconciled),
) -> Result<(), Failed> {
    restored::catch_up(billing).await?;
    loop {
        let mut conn = billing.store.read().await?;
        let after = store::cursors::get(&mut conn, CURSOR).await?.unwrap_or_default();
        let accounts =
            store::accounts::with_customer(&mut conn, billing.mode(), &after, PAGE).await?;
        drop(conn);
        for account in &accounts {
            let outcome = silence::sync(billing, account, Patience::Worker).await;
            if let Err(Failed::Stripe(StripeFailed::Unauthorized)) = outcome {
                return Err(StripeFailed::Unauthorized.into());
            }
            let drift = outcome.as_ref().map_or(&[][..], |synced| &synced.drift);
            count(drift);
            remember(billing, account, drift).await?;
            tell(Reconciled {
                account: account.clone(),
                outcome: outcome.map(|synced| synced.drift),
            });
        }
        if accounts.len() < PAGE as usize {
            break;
        }
    }
    finish(billing).await?;
    metrics::counter!("coinslot_reconcile_run_total").increment(1);
    Ok(())
}

/// Says which account could not be synced, and why.
pub(crate) fn log_trouble(reconciled: Reconciled) {
    if let Err(error) = reconciled.outcome {
        tracing::warn!(account = %reconciled.account, %error, "an account could not be reconciled");
    }
}

async fn remember(billing: &Billing, account: &AccountId, drift: &[Drift]) -> Result<(), Failed> {
    let mut tx = billing.store.write().await?;
    store::cursors::put(&mut tx, CURSOR, account.as_str()).await?;
    if !drift.is_empty() {
        store::drifts::note(&mut tx, account, billing.mode(), drift, billing.now()).await?;
    }
    Ok(store::commit(tx).await?)
}

async fn finish(billing: &Billing) -> Result<(), Failed> {
    let mut tx = billing.store.write().await?;
    store::cursors::put(&mut tx, CURSOR, "").await?;
    store::cursors::put(&mut tx, DONE, &billing.now().to_string()).await?;
    Ok(store::commit(tx).await?)
}

fn count(drift: &[Drift]) {
    for kind in drift {
        metrics::counter!("coinslot_reconcile_drift_total", "kind" => kind.as_str()).increment(1);
    }
}

/// Takes the undelivered events of the last 30 days through the same inbox; tells how many were new.
pub(crate) async fn take_undelivered(billing: &Billing) -> Result<u32, Failed> {
    let now = billing.now();
    let (mut new, mut overdue) = (0, false);
    let since = now - EVENTS_KEPT;
    for payload in billing.stripe.undelivered_events(since, Patience::Worker).await? {
        let Some(delivery) = Delivery::fetched(payload) else { continue };
        let late = delivery.envelope.created_at + silence::ALLOWANCE <= now;
        match intake::file(billing, delivery).await {
            Ok(intake::Filed::Queued) => {
                new += 1;
                overdue |= late;
            }
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(%error, "an undelivered event could not be stored; the next look takes it");
            }
        }
    }
    if new > 0 {
        tracing::warn!(events = new, "Stripe had events that no webhook brought");
    }
    if overdue {
        silence::suspect_undelivered(billing).await?;
    }
    Ok(new)
}
