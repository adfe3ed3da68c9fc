//! The inbox: an event that was filed is settled by looking at Stripe.

use std::time::Duration;

use sqlx::SqliteConnection;

use super::owner::owner;
use super::tally::Tally;
use super::{Billing, Failed, catalogue, paybacks, purchases, random_byte, sync};
use crate::domain::ids::{AccountId, DisputeId, SessionId};
use crate::domain::timestamp::Timestamp;
use crate::store::episodes::InvoiceEffect;
use crate::store::inbox::{Covered, Ignored, InboxEvent, Status};
use crate::store::leases::{self, Leased};
use crate::store::{self, StoreFailed};
use crate::stripe::{Patience, StripeFailed};

/// How long one event may be worked on before another worker takes it over.
const LEASE: Duration = Duration::from_mins(1);
/// Work stops before the lease does.
const WORK: Duration = Duration::from_secs(50);
/// How long events wait while Stripe refuses our key; such waits cost no attempt.
const CIRCUIT_WAIT: Duration = Duration::from_mins(1);

/// Settles the oldest due event; `false` when none is due.
pub(crate) async fn settle_next(billing: &Billing) -> bool {
    match lease(billing).await {
        Ok(Some(leased)) => {
            settle(billing, &leased).await;
            true
        }
        Ok(None) => false,
        Err(error) => {
            tracing::error!(%error, "the inbox cannot be read");
            false
        }
    }
}

/// Takes over what an earlier process was working on when it died.
pub(crate) async fn take_over(billing: &Billing) -> Result<(), Failed> {
    let mut tx = billing.store.write().await?;
    let events = leases::end_leases(&mut tx, billing.now()).await?;
    store::commit(tx).await?;
    if events > 0 {
        tracing::info!(events, "events that were left half processed are processed again");
    }
    Ok(())
}

/// Leases the oldest due event to this process.
pub(crate) async fn lease(billing: &Billing) -> Result<Option<Leased>, Failed> {
    billing.intake.give_way().await;
    let now = billing.now();
    let mut tx = billing.store.write().await?;
    while let Some(leased) = leases::lease(&mut tx, now, now + LEASE).await? {
        if leased.event.attempts <= billing.settings.inbox_max_attempts {
            store::commit(tx).await?;
            return Ok(Some(leased));
        }
        // Nobody lived to write down how the last attempt ended.
        leases::fail(&mut tx, &leased, "every attempt broke off", None).await?;
        metrics::counter!("coinslot_webhook_dead_total").increment(1);
        tracing::error!(event = %leased.event.id, "event given up: every attempt broke off");
    }
    store::commit(tx).await?;
    Ok(None)
}

/// Works on a leased event and writes down what came of it.
pub(crate) async fn settle(billing: &Billing, leased: &Leased) {
    let event = &leased.event;
    let outcome = match tokio::time::timeout(WORK, work(billing, event)).await {
        Ok(outcome) => outcome,
        Err(_) => Err(Failed::Stripe(StripeFailed::Unavailable {
            retry_after_seconds: None,
            detail: format!("processing took longer than {} s", WORK.as_secs()),
        })),
    };
    if let Err(error) = close(billing, leased, outcome).await {
        tracing::error!(event = %event.id, %error, "the outcome of an event could not be stored; it will be processed again");
    }
}

/// What an event turned out to be.
enum Outcome {
    /// Everything of the account that was filed up to then is settled with it.
    Synced {
        account: AccountId,
        up_to: i64,
    },
    CatalogueRead,
    Foreign,
}

async fn work(billing: &Billing, event: &InboxEvent) -> Result<Outcome, Failed> {
    if event.kind.starts_with("price.") || event.kind.starts_with("product.") {
        catalogue::refresh(billing, Patience::Worker).await?;
        return Ok(Outcome::CatalogueRead);
    }
    let Some(account) = owner(billing, event).await? else {
        return Ok(Outcome::Foreign);
    };
    let session = event.object_id.as_deref().and_then(|id| SessionId::new(id).ok());
    if let Some(session) = session
        && let Some(found) = billing.stripe.checkout_session(&session, Patience::Worker).await?
    {
        purchases::watch(billing, &account, &found).await?;
    }
    if event.kind.starts_with("charge.dispute.")
        && let Some(dispute) = event.object_id.as_deref().and_then(|id| DisputeId::new(id).ok())
    {
        paybacks::watch(billing, &account, &dispute, Patience::Worker).await?;
    }
    let mut conn = billing.store.read().await?;
    let up_to = store::inbox::last_seq(&mut conn).await?;
    drop(conn);
    sync::account(billing, &account, Patience::Worker).await?;
    Ok(Outcome::Synced { account, up_to })
}

async fn close(
    billing: &Billing,
    leased: &Leased,
    outcome: Result<Outcome, Failed>,
) -> Result<(), Failed> {
    billing.intake.give_way().await;
    let (event, now) = (&leased.event, billing.now());
    let mut tx = billing.store.write().await?;
    let mut tally = Tally::default();
    let ours = match &outcome {
        Ok(Outcome::Synced { account, up_to }) => {
            let mode = billing.mode();
            let mut covered =
                store::inbox::settle_covered(&mut tx, account, mode, *up_to, now).await?;
            let ours = leases::settle(&mut tx, leased, Some(account), now).await?;
            if ours {
                covered.push(Covered {
                    kind: event.kind.clone(),
                    object_id: event.object_id.clone(),
                    created_at: event.created_at,
                });
            }
            for event in &covered {
                note_invoice(&mut tx, billing, event, &mut tally).await?;
            }
            ours
        }
        Ok(Outcome::CatalogueRead) => leases::settle(&mut tx, leased, None, now).await?,
        Ok(Outcome::Foreign) => leases::ignore(&mut tx, leased, Ignored::Foreign, now).await?,
        Err(Failed::Stripe(StripeFailed::Unauthorized)) => {
            leases::postpone(&mut tx, leased, now + CIRCUIT_WAIT).await?
        }
        Err(error) => {
            let next = next_attempt(billing, event.attempts, now);
            leases::fail(&mut tx, leased, &error.to_string(), next).await?
        }
    };
    store::commit(tx).await?;
    tally.count();
    if ours {
        tell(billing, event, &outcome);
    } else {
        tracing::info!(event = %event.id, kind = %event.kind, "the event was taken over meanwhile");
    }
    Ok(())
}

/// An invoice's fate is counted once, under however many events it is told.
async fn note_invoice(
    conn: &mut SqliteConnection,
    billing: &Billing,
    event: &Covered,
    tally: &mut Tally,
) -> Result<(), StoreFailed> {
    let (Some(effect), Some(invoice)) = (InvoiceEffect::of_event(&event.kind), &event.object_id)
    else {
        return Ok(());
    };
    let (mode, now) = (billing.mode(), billing.now());
    let at = event.created_at;
    if store::episodes::note_invoice(conn, mode, invoice, effect, at, now).await? {
        tally.invoice(effect);
    }
    Ok(())
}

fn tell(billing: &Billing, event: &InboxEvent, outcome: &Result<Outcome, Failed>) {
    let (id, kind, attempts) = (&event.id, &event.kind, event.attempts);
    match outcome {
        Ok(Outcome::Synced { account, .. }) => {
            tracing::info!(event = %id, %kind, %account, "event done");
        }
        Ok(Outcome::CatalogueRead) => {
            tracing::info!(event = %id, %kind, "event done, catalogue read");
        }
        Ok(Outcome::Foreign) => {
            let reason = Ignored::Foreign.as_str();
            metrics::counter!("coinslot_webhook_ignored_total", "reason" => reason).increment(1);
            tracing::info!(event = %id, %kind, "event ignored: it belongs to nobody here");
        }
        Err(Failed::Stripe(StripeFailed::Unauthorized)) => {}
        Err(error) if attempts < billing.settings.inbox_max_attempts => {
            tracing::warn!(event = %id, %kind, attempts, %error, "event failed, and is tried again");
        }
        Err(error) => {
            metrics::counter!("coinslot_webhook_dead_total").increment(1);
            tracing::error!(event = %id, %kind, attempts, %error, "event given up; replay it when the cause is mended");
        }
    }
}

/// Doubling waits from 40 s to 6 h with jitter: twelve attempts last about a day.
fn next_attempt(billing: &Billing, attempts: u32, now: Timestamp) -> Option<Timestamp> {
    if attempts >= billing.settings.inbox_max_attempts {
        return None;
    }
    let wait = 40_u64.saturating_mul(1 << attempts.saturating_sub(1).min(20)).min(6 * 3600);
    Some(now + Duration::from_secs(wait + wait / 5 * u64::from(random_byte()) / 255))
}

/// Why an event was not replayed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotReplayed {
    #[error("there is no event of this id")]
    NotFound,
    #[error("only dead and failed events are replayed together")]
    NotStuck,
    #[error(transparent)]
    Failed(#[from] Failed),
}

impl From<StoreFailed> for NotReplayed {
    fn from(error: StoreFailed) -> Self {
        Self::Failed(error.into())
    }
}

/// Makes an event due again, whatever became of it before; audited.
pub(crate) async fn replay(
    billing: &Billing,
    event: &str,
    actor: &str,
) -> Result<InboxEvent, NotReplayed> {
    let (mode, now) = (billing.mode(), billing.now());
    let mut tx = billing.store.write().await?;
    let before = store::inbox::get(&mut tx, event, mode).await?.ok_or(NotReplayed::NotFound)?;
    if !store::inbox::replay(&mut tx, event, mode, now).await? {
        // It is being processed right now, which is what was asked for.
        return Ok(before);
    }
    let act = store::audit::Act {
        at: now,
        actor: actor.to_owned(),
        action: "event.replayed".to_owned(),
        account: before.account.clone(),
        subject: Some(before.id.clone()),
        detail: format!("before: {}; after: received", before.status.as_str()),
    };
    store::audit::record(&mut tx, &act).await?;
    let after = store::inbox::get(&mut tx, event, mode).await?.ok_or(NotReplayed::NotFound)?;
    store::commit(tx).await?;
    billing.nudge.notify_one();
    Ok(after)
}

/// Makes all dead or all failed events due again, of one type if given; audited. Tells how many.
pub(crate) async fn replay_all(
    billing: &Billing,
    status: Status,
    kind: Option<&str>,
    actor: &str,
) -> Result<u64, NotReplayed> {
    if !matches!(status, Status::Dead | Status::Failed) {
        return Err(NotReplayed::NotStuck);
    }
    let now = billing.now();
    let mut tx = billing.store.write().await?;
    let events = store::inbox::replay_all(&mut tx, status, kind, billing.mode(), now).await?;
    let which = kind.map(|kind| format!(", type: {kind}")).unwrap_or_default();
    let act = store::audit::Act {
        at: now,
        actor: actor.to_owned(),
        action: "events.replayed".to_owned(),
        account: None,
        subject: None,
        detail: format!("before: {}{which}; after: received; events: {events}", status.as_str()),
    };
    store::audit::record(&mut tx, &act).await?;
    store::commit(tx).await?;
    billing.nudge.notify_one();
    Ok(events)
}
