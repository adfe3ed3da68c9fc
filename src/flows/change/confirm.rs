//! Makes a change as it was shown: once, however often it is asked for.

use super::preview::{Plan, show};
use super::schedules::{put_off, release_ours};
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
    billing: &Billing,
    account: &AccountId,
    token: &str,
    consent: Consent,
) -> Result<(), NotChanged> {
    let lock = billing.locks.of_checkout(account);
    let outcome = for_a_page(Box::pin(async {
        let _one_at_a_time = lock.lock().await;
        confirm_alone(billing, account, token, consent).await
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

async fn confirm_alone(
    billing: &Billing,
    account: &AccountId,
    token: &str,
    consent: Consent,
) -> Result<(), NotChanged> {
    let unknown = || NotChanged::UnknownPreview(token.chars().take(64).collect());
    let shown = shown(billing, account, token).await?.ok_or_else(unknown)?;
    if shown.bound.kind == Kind::None || shown.progress == Progress::Made {
        return Ok(());
    }
    silence::sync(billing, account, Patience::Page).await?;
    if shown.progress == Progress::Sent && stands(billing, &shown).await? {
        advance(billing, &shown, Progress::Made).await?;
        return Ok(count(billing, &shown).await?);
    }
    let wish = Wish { plan: shown.plan.clone(), interval: shown.interval };
    let plan = Plan::of(billing, account, &wish).await?;
    if !still_holds(billing, &plan, &shown).await? {
        return Err(NotChanged::Stale(Box::new(show(billing, &plan).await?)));
    }
    if consent == Consent::NotAsked && plan.over_limit_by(billing) > 0 {
        return Err(NotChanged::ConsentNeeded(Box::new(show(billing, &plan).await?)));
    }
    match make(billing, &plan, &shown).await {
        Ok(()) => {}
        // Stripe stored a failure of its own; the change may have been made all the same.
        Err(NotChanged::Failed(Failed::Stripe(StripeFailed::StoredFailure))) => {
            silence::sync(billing, account, Patience::Page).await?;
            if !stands(billing, &shown).await? {
                advance(billing, &shown, Progress::Void).await?;
                return Err(StripeFailed::StoredFailure.into());
            }
        }
        Err(NotChanged::Failed(Failed::Stripe(error))) if error.settles_the_outcome() => {
            advance(billing, &shown, Progress::Void).await?;
            return Err(error.into());
        }
        Err(error) => return Err(error),
    }
    advance(billing, &shown, Progress::Made).await?;
    look_again(billing, account).await;
    Ok(count(billing, &shown).await?)
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

async fn make(billing: &Billing, plan: &Plan, shown: &ShownChange) -> Result<(), NotChanged> {
    match plan.change.effective {
        Effective::PeriodEnd => {
            advance(billing, shown, Progress::Sent).await?;
            put_off(billing, plan, shown).await
        }
        Effective::Now => {
            release_ours(billing, &plan.running).await?;
            advance(billing, shown, Progress::Sent).await?;
            let key = format!("change:{}:{}", shown.account, shown.token);
            let change = plan.item_change(Some(shown.shown_at));
            Ok(billing.stripe.change_item(&change, &key, Patience::Page).await?)
        }
    }
}

/// Whether the change is to be seen at the subscription, or waits there for its payment.
async fn stands(billing: &Billing, shown: &ShownChange) -> Result<bool, Failed> {
    let standing = standing(billing, &shown.account).await?;
    let bound = &shown.bound;
    let made = |running: &Subscription| match bound.effective {
        Effective::Now => {
            running.steering.update_pending || running.price.as_ref() == Some(&bound.to)
        }
        Effective::PeriodEnd => {
            let next = running.own_schedule().and_then(|schedule| schedule.next.as_ref());
            next.is_some_and(|next| next.price == bound.to)
        }
    };
    Ok(standing.running().filter(|running| running.id == bound.subscription).is_some_and(made))
}

/// Counts a change that was made, or one that waits for its payment as none.
async fn count(billing: &Billing, shown: &ShownChange) -> Result<(), Failed> {
    let standing = standing(billing, &shown.account).await?;
    let bound = &shown.bound;
    let unpaid = standing.running().is_some_and(|running| running.steering.update_pending);
    if bound.effective == Effective::Now && unpaid {
        metrics::counter!("coinslot_plan_change_error_total").increment(1);
    } else {
        metrics::counter!("coinslot_plan_change_total", "kind" => bound.kind.as_str()).increment(1);
    }
    if bound.effective == Effective::PeriodEnd {
        metrics::counter!("coinslot_downgrade_scheduled_total").increment(1);
    }
    tracing::info!(
        account = %shown.account, subscription = %bound.subscription, plan = %shown.plan,
        interval = %shown.interval, kind = bound.kind.as_str(),
        effective = bound.effective.as_str(), unpaid, "plan changed"
    );
    Ok(())
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
) -> Result<(), StoreFailed> {
    let mut tx = billing.store.write().await?;
    store::changes::advance(&mut tx, &shown.token, progress).await?;
    store::commit(tx).await
}
