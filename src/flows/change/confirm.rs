//! Makes a change as it was shown: once, however often it is asked for.

use std::sync::Arc;

use tokio::sync::OwnedMutexGuard;

use super::preview::{Plan, show};
use super::schedules::{abandon, put_off, release_ours};
use super::{NotChanged, Wish, look_again, standing};
use crate::domain::change::{Effective, Kind};
use crate::domain::ids::AccountId;
use crate::domain::subscription::Subscription;
use crate::flows::{Billing, Failed, for_a_page, silence};
use crate::store::changes::{Progress, ShownChange};
use crate::store::{self, StoreFailed};
use crate::stripe::{Patience, StripeFailed};

/// Whether somebody confirmed that servers will be over the limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Consent {
    Given,
    NotAsked,
}

/// Makes the change that `token` was shown for, if all is still as it was then.
pub(crate) async fn confirm(
    billing: &Arc<Billing>,
    account: &AccountId,
    token: &str,
    consent: Consent,
) -> Result<(), NotChanged> {
    let lock = billing.locks.of_checkout(account);
    let outcome = for_a_page(Box::pin(async {
        let turn = lock.lock_owned().await;
        match Box::pin(send(billing, account, token, consent)).await? {
            Some(sent) => see_through(billing, sent, turn).await,
            None => Ok(()),
        }
    }))
    .await;
    match outcome {
        Err(NotChanged::Failed(Failed::Stripe(error))) => {
            let progress = shown(billing, account, token).await?.map(|shown| shown.progress);
            if progress == Some(Progress::Made) {
                return Ok(());
            }
            metrics::counter!("coinslot_plan_change_error_total").increment(1);
            Err(match progress {
                Some(Progress::Sent) => NotChanged::OutcomeUnknown(error),
                Some(Progress::Shown | Progress::Made | Progress::Void) | None => error.into(),
            })
        }
        outcome => outcome,
    }
}

/// A change that is about to be made.
struct Sent {
    plan: Plan,
    shown: ShownChange,
}

/// Looks whether the change may be made, and notes that it is; `None` where it was made before.
async fn send(
    billing: &Billing,
    account: &AccountId,
    token: &str,
    consent: Consent,
) -> Result<Option<Sent>, NotChanged> {
    let unknown = || NotChanged::UnknownPreview(token.chars().take(64).collect());
    let first = shown(billing, account, token).await?.ok_or_else(unknown)?;
    if first.bound.kind == Kind::None || first.progress == Progress::Made {
        return Ok(None);
    }
    silence::sync(billing, account, Patience::Page).await?;
    // Another process may have gone on with it meanwhile.
    let shown = shown(billing, account, token).await?.ok_or_else(unknown)?;
    if stands(billing, &shown).await? {
        return Ok(None);
    }
    let wish = Wish { plan: shown.plan.clone(), interval: shown.interval };
    let plan = Plan::of(billing, account, &wish).await?;
    if !still_holds(billing, &plan, &shown).await? {
        return stale(billing, &plan, &shown).await;
    }
    if consent == Consent::NotAsked && plan.over_limit_by(billing) > 0 {
        return Err(NotChanged::ConsentNeeded(Box::new(show(billing, &plan).await?)));
    }
    if plan.change.effective == Effective::Now {
        release_ours(billing, &plan.running).await?;
    }
    if !advance(billing, &shown, Progress::Sent).await? {
        return stale(billing, &plan, &shown).await;
    }
    Ok(Some(Sent { plan, shown }))
}

/// What no longer holds may do so because another process has made it.
async fn stale(
    billing: &Billing,
    plan: &Plan,
    before: &ShownChange,
) -> Result<Option<Sent>, NotChanged> {
    let now = shown(billing, &before.account, &before.token).await?;
    if let Some(sent) = now.filter(|now| matches!(now.progress, Progress::Sent | Progress::Made)) {
        silence::sync(billing, &before.account, Patience::Page).await?;
        let now = shown(billing, &before.account, &before.token).await?.unwrap_or(sent);
        if stands(billing, &now).await? {
            return Ok(None);
        }
    }
    Err(NotChanged::Stale(Box::new(show(billing, plan).await?)))
}

/// Makes the change to its end, also when the page that asked for it waits no longer.
async fn see_through(
    billing: &Arc<Billing>,
    sent: Sent,
    turn: OwnedMutexGuard<()>,
) -> Result<(), NotChanged> {
    let billing = Arc::clone(billing);
    let made = tokio::spawn(async move {
        let _one_at_a_time = turn;
        Box::pin(make(&billing, &sent.plan, &sent.shown)).await
    });
    made.await.unwrap_or_else(|error| {
        let detail = format!("the change was cut short: {error}");
        Err(StripeFailed::Unavailable { retry_after_seconds: None, detail }.into())
    })
}

async fn make(billing: &Billing, plan: &Plan, shown: &ShownChange) -> Result<(), NotChanged> {
    match ask(billing, plan, shown).await {
        Ok(()) => {}
        // Stripe stored a failure of its own; the change may have been made all the same.
        Err(Failed::Stripe(error @ StripeFailed::StoredFailure)) => {
            silence::sync(billing, &shown.account, Patience::Worker).await?;
            let now = self::shown(billing, &shown.account, &shown.token).await?;
            if !stands(billing, now.as_ref().unwrap_or(shown)).await? {
                return give_up(billing, plan, shown, error).await;
            }
        }
        Err(Failed::Stripe(error)) if error.settles_the_outcome() => {
            return give_up(billing, plan, shown, error).await;
        }
        Err(error) => return Err(error.into()),
    }
    look_again(billing, &shown.account).await;
    seen(billing, shown).await
}

/// Nobody waits for it longer than they like, so Stripe gets the time it needs.
async fn ask(billing: &Billing, plan: &Plan, shown: &ShownChange) -> Result<(), Failed> {
    match plan.change.effective {
        Effective::PeriodEnd => put_off(billing, plan, shown, Patience::Worker).await,
        Effective::Now => {
            let key = format!("change:{}:{}", shown.account, shown.token);
            let change = plan.item_change(Some(shown.shown_at));
            Ok(billing.stripe.change_item(&change, &key, Patience::Worker).await?)
        }
    }
}

/// Stripe will never make the change under this token.
async fn give_up(
    billing: &Billing,
    plan: &Plan,
    shown: &ShownChange,
    error: StripeFailed,
) -> Result<(), NotChanged> {
    if let Err(error) = abandon(billing, plan, shown, Patience::Worker).await {
        tracing::warn!(account = %shown.account, %error, "a schedule that changes nothing stays for now");
    }
    if !advance(billing, shown, Progress::Void).await? {
        return seen(billing, shown).await;
    }
    look_again(billing, &shown.account).await;
    Err(error.into())
}

/// Whether what Stripe made could be read since. A change that waits for its payment counts as a
/// failed one until it is paid.
async fn seen(billing: &Billing, shown: &ShownChange) -> Result<(), NotChanged> {
    let now = self::shown(billing, &shown.account, &shown.token).await?;
    if now.is_some_and(|now| now.progress == Progress::Made) {
        return Ok(());
    }
    if !standing(billing, &shown.account).await?.running().is_some_and(is_unpaid) {
        return Err(NotChanged::NotSeenYet);
    }
    metrics::counter!("coinslot_plan_change_error_total").increment(1);
    tracing::info!(
        account = %shown.account, subscription = %shown.bound.subscription, plan = %shown.plan,
        interval = %shown.interval, "a change of plan waits for its payment"
    );
    Ok(())
}

fn is_unpaid(running: &Subscription) -> bool {
    running.steering.update_pending
}

/// Whether everything that was shown is so now, down to the amount that is due.
async fn still_holds(
    billing: &Billing,
    plan: &Plan,
    shown: &ShownChange,
) -> Result<bool, NotChanged> {
    let bound = plan.bound(shown.bound.amount_due_minor);
    let token_holds = shown.progress != Progress::Void && billing.now() < shown.expires_at;
    if !token_holds || bound != shown.bound {
        return Ok(false);
    }
    if !plan.is_billed_now() {
        return Ok(true);
    }
    let change = plan.item_change(Some(shown.shown_at));
    let due = billing.stripe.preview_invoice(&change, Patience::Page).await?;
    Ok(due.amount_due_minor == shown.bound.amount_due_minor)
}

/// Whether the change is made, or waits at the subscription for its payment.
async fn stands(billing: &Billing, shown: &ShownChange) -> Result<bool, Failed> {
    match shown.progress {
        Progress::Made => return Ok(true),
        Progress::Sent if shown.bound.effective == Effective::Now => {}
        Progress::Sent | Progress::Shown | Progress::Void => return Ok(false),
    }
    let standing = standing(billing, &shown.account).await?;
    let bound = &shown.bound;
    if !standing.running().is_some_and(|it| it.id == bound.subscription && is_unpaid(it)) {
        return Ok(false);
    }
    let waiting = billing.stripe.pending_prices(&bound.subscription, Patience::Page).await?;
    Ok(waiting.contains(&bound.to))
}

async fn shown(
    billing: &Billing,
    account: &AccountId,
    token: &str,
) -> Result<Option<ShownChange>, StoreFailed> {
    let mut conn = billing.store.read().await?;
    store::changes::get(&mut conn, billing.mode(), account, token).await
}

async fn advance(
    billing: &Billing,
    shown: &ShownChange,
    progress: Progress,
) -> Result<bool, StoreFailed> {
    let mut tx = billing.store.write().await?;
    let moved = store::changes::advance(&mut tx, &shown.token, progress).await?;
    store::commit(tx).await?;
    Ok(moved)
}
