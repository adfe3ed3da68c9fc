//! THE WAY IN: fetch an account's truth from Stripe, judge it, store it, tell the panel.
//!
//! Webhook worker, return page, checkout's guard, command line and admin's button all end here, and
//! nothing else writes subscriptions.

use super::tally::Tally;
use super::{
    Billing, Failed, catalogue, change, for_a_page, gate, hooks, paybacks, purchases, suspend,
};
use crate::domain::drift::Drift;
use crate::domain::entitlement::Decision;
use crate::domain::fetched::{FetchedSession, FetchedSubscription, judge_all};
use crate::domain::ids::{AccountId, CustomerId, PriceId};
use crate::domain::timestamp::Timestamp;
use crate::store;
use crate::store::accounts::SyncTicket;
use crate::store::audit::Act;
use crate::stripe::Patience;

/// How often a sync repeats itself for an account that keeps changing; the next event goes on.
const ROUNDS: usize = 5;

/// What a sync found.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Synced {
    /// How what was stored differed from Stripe.
    pub(crate) drift: Vec<Drift>,
}

/// Brings `account` up to date with Stripe.
///
/// Syncs of one account follow one another; one that began after this call was made and succeeded
/// serves this call too.
pub(crate) async fn account(
    billing: &Billing,
    account: &AccountId,
    patience: Patience,
) -> Result<Synced, Failed> {
    let asked_at = billing.locks.moment();
    let lock = billing.locks.of(account);
    let mut turn = lock.lock().await;
    if turn.covered > asked_at {
        return Ok(Synced::default());
    }
    let began_at = billing.locks.moment();
    let synced = rounds(billing, account, patience).await?;
    turn.covered = began_at;
    Ok(synced)
}

/// The same because a person asked for it; audited.
pub(crate) async fn by_hand(
    billing: &Billing,
    account_id: &AccountId,
    actor: &str,
) -> Result<Synced, Failed> {
    let synced = for_a_page(account(billing, account_id, Patience::Page)).await?;
    let drift: Vec<&str> = synced.drift.iter().map(|kind| kind.as_str()).collect();
    let act = Act {
        at: billing.now(),
        actor: actor.to_owned(),
        action: "account.synced".to_owned(),
        account: Some(account_id.clone()),
        subject: None,
        detail: if drift.is_empty() { "nothing differed".to_owned() } else { drift.join(", ") },
    };
    let mut tx = billing.store.write().await?;
    store::audit::record(&mut tx, &act).await?;
    store::commit(tx).await?;
    Ok(synced)
}

async fn rounds(
    billing: &Billing,
    account: &AccountId,
    patience: Patience,
) -> Result<Synced, Failed> {
    let mut synced = Synced::default();
    for _ in 0..ROUNDS {
        // On the heap: it is held by whatever page or worker waits for it.
        let (drift, dirtied) = Box::pin(once(billing, account, patience)).await?;
        synced.drift.extend(drift);
        if !dirtied {
            break;
        }
    }
    synced.drift.sort_unstable();
    synced.drift.dedup();
    Ok(synced)
}

/// One round; also tells whether the account was marked again meanwhile.
async fn once(
    billing: &Billing,
    account: &AccountId,
    patience: Patience,
) -> Result<(Vec<Drift>, bool), Failed> {
    let (ticket, customer) = begin(billing, account).await?;
    let mut fetched = fetch(billing, customer.as_ref(), patience).await?;
    change::claim_unmarked(billing, &mut fetched.subscriptions, patience).await?;
    let sessions = purchases::fetch(billing, account, patience).await?;
    let returned = paybacks::fetch(billing, account, customer.as_ref(), patience).await?;
    if names_a_price_we_should_know(billing, &fetched, &sessions).await? {
        catalogue::refresh(billing, patience).await?;
    }

    let (mode, now) = (billing.mode(), billing.now());
    let mut tx = billing.store.write().await?;
    if !store::accounts::apply_sync(&mut tx, account, ticket, now).await? {
        return Ok((Vec::new(), false));
    }
    let before = gate::standing(&mut tx, billing, account).await?.ok_or(Failed::NoAccount)?;
    let known = catalogue::known_prices(&mut tx, billing).await?;
    let stored = store::subscriptions::of_account(&mut tx, account, mode).await?;
    let mut judged = judge_all(&fetched.subscriptions, account, &known, &stored, now);
    for subscription in &judged.subscriptions {
        store::subscriptions::put(&mut tx, mode, subscription).await?;
        if subscription.is_ours() && subscription.trial_end.is_some() {
            store::accounts::use_trial(&mut tx, account, subscription.created_at).await?;
        }
    }
    store::subscriptions::end_vanished(&mut tx, account, mode, &judged.subscriptions, now).await?;
    if let (true, Some(customer)) = (fetched.customer_is_gone, &customer) {
        forget_customer(&mut tx, billing, account, customer, now).await?;
    }
    let mut tally = Tally::default();
    let now_stored = store::subscriptions::of_account(&mut tx, account, mode).await?;
    tally.subscriptions(&mut tx, mode, &stored, &now_stored, now).await?;
    let made = change::find_made(&mut tx, mode, &judged.subscriptions).await?;
    if purchases::keep(&mut tx, billing, account, &sessions, &mut tally).await? {
        judged.drift.push(Drift::Purchase);
    }
    let kept = paybacks::keep(&mut tx, billing, account, &returned).await?;
    if kept.differs {
        judged.drift.push(Drift::Payback);
    }
    let after = gate::standing(&mut tx, billing, account).await?.ok_or(Failed::NoAccount)?;
    hooks::tell_changes(&mut tx, billing, &before, &after).await?;
    hooks::tell_disputes(&mut tx, billing, &after, &kept.told).await?;
    suspend::judge(&mut tx, billing, &after).await?;
    let dirtied = store::accounts::dirty(&mut tx, account).await? != ticket.dirty;
    store::commit(tx).await?;
    billing.wake_messengers();

    tally.count();
    made.count();
    change::count_applied(&stored, &judged.subscriptions);
    log_changes(account, &before.decision, &after.decision, &judged.drift);
    if before.decision != after.decision {
        billing.panel.access_changed(account).await;
    }
    Ok((judged.drift, dirtied))
}

async fn begin(
    billing: &Billing,
    account: &AccountId,
) -> Result<(SyncTicket, Option<CustomerId>), Failed> {
    let mut tx = billing.store.write().await?;
    let ticket = store::accounts::begin_sync(&mut tx, account).await?.ok_or(Failed::NoAccount)?;
    let stored = store::accounts::get(&mut tx, account, billing.mode()).await?;
    store::commit(tx).await?;
    Ok((ticket, stored.and_then(|account| account.customer)))
}

struct Fetched {
    subscriptions: Vec<FetchedSubscription>,
    customer_is_gone: bool,
}

async fn fetch(
    billing: &Billing,
    customer: Option<&CustomerId>,
    patience: Patience,
) -> Result<Fetched, Failed> {
    let Some(customer) = customer else {
        return Ok(Fetched { subscriptions: Vec::new(), customer_is_gone: false });
    };
    let listed = billing.stripe.subscriptions_of(customer, patience).await?;
    let everything_over = listed.as_ref().is_none_or(|list| list.iter().all(is_over));
    // A deleted customer's list may still answer, so nothing running asks for a second look.
    let customer_is_gone = listed.is_none()
        || (everything_over && billing.stripe.customer(customer, patience).await?.is_none());
    Ok(Fetched { subscriptions: listed.unwrap_or_default(), customer_is_gone })
}

fn is_over(subscription: &FetchedSubscription) -> bool {
    subscription.ended_at.is_some()
}

/// A price that is in no plan yet but carries one of our lookup keys, or was paid at our Checkout.
async fn names_a_price_we_should_know(
    billing: &Billing,
    fetched: &Fetched,
    sessions: &[FetchedSession],
) -> Result<bool, Failed> {
    let mut conn = billing.store.read().await?;
    let known = catalogue::known_prices(&mut conn, billing).await?;
    let items = || fetched.subscriptions.iter().flat_map(|subscription| &subscription.items);
    let unknown = |price: &PriceId| known.iter().all(|known| known.price != *price);
    let configured = |name: &str| billing.settings.names_price(name);
    let mut paid = sessions.iter().flat_map(|session| &session.prices);
    Ok(paid.any(unknown)
        || items().any(|item| {
            unknown(&item.price)
                && (configured(item.price.as_str())
                    || item.lookup_key.as_deref().is_some_and(configured))
        }))
}

/// Stripe no longer has the customer: the next checkout makes a new one, under a new key.
async fn forget_customer(
    conn: &mut sqlx::SqliteConnection,
    billing: &Billing,
    account: &AccountId,
    customer: &CustomerId,
    now: Timestamp,
) -> Result<(), Failed> {
    tracing::warn!(%account, %customer, "the customer was deleted at Stripe; the account keeps what it has without");
    store::accounts::unlink_customer(conn, billing.mode(), customer).await?;
    super::customer::renew_intent(conn, billing, account, now).await?;
    Ok(())
}

fn log_changes(account: &AccountId, before: &Decision, after: &Decision, drift: &[Drift]) {
    let drift: Vec<&str> = drift.iter().map(|kind| kind.as_str()).collect();
    if before == after && drift.is_empty() {
        tracing::debug!(%account, "synced, nothing changed");
        return;
    }
    tracing::info!(
        %account,
        drift = drift.join(","),
        from = ?before.reason,
        to = ?after.reason,
        limit = %after.limit,
        "synced"
    );
    for alert in after.alerts.iter().filter(|alert| !before.alerts.contains(alert)) {
        tracing::error!(%account, ?alert, "this account needs a look");
    }
}
