//! Changes that wait for the end of the period, under a schedule of ours.

use super::preview::Plan;
use super::standing;
use crate::domain::fetched::FetchedSubscription;
use crate::domain::ids::ScheduleId;
use crate::domain::steering::Maker;
use crate::domain::subscription::Subscription;
use crate::flows::{Billing, Failed, random_text, silence};
use crate::store::changes::{Progress, ShownChange};
use crate::store::{self, StoreFailed};
use crate::stripe::{Patience, PutOff, StripeFailed};

/// Has Stripe change the price by itself when the period ends, whether we run then or not.
///
/// It takes two calls. After a crash between them the schedule is there without our mark, and
/// [`claim_unmarked`] finds that it is ours.
pub(super) async fn put_off(
    billing: &Billing,
    plan: &Plan,
    shown: &ShownChange,
    patience: Patience,
) -> Result<(), Failed> {
    let schedule = if let Some(schedule) = plan.running.own_schedule() {
        schedule.id.clone()
    } else {
        let key = creation_key(shown);
        billing.stripe.create_schedule(&shown.bound.subscription, &key, patience).await?
    };
    let mut tx = billing.store.write().await?;
    store::changes::note_schedule(&mut tx, &shown.token, &schedule).await?;
    store::commit(tx).await?;
    let change = PutOff {
        account: &shown.account,
        plan: &shown.plan,
        from: plan.running.price.as_ref().unwrap_or(&plan.offer.price),
        to: &plan.offer.price,
        interval: plan.offer.interval,
        at: plan.change.period_end,
    };
    let key = format!("schedule-update:{}:{}", shown.account, shown.token);
    Ok(billing.stripe.put_off(&schedule, &change, &key, patience).await?)
}

/// Lets go of the schedule that was begun for a change which Stripe refuses; one that holds an
/// earlier change stays.
pub(super) async fn abandon(
    billing: &Billing,
    plan: &Plan,
    shown: &ShownChange,
    patience: Patience,
) -> Result<(), Failed> {
    if plan.running.own_schedule().is_some_and(|schedule| schedule.next.is_some()) {
        return Ok(());
    }
    let mut conn = billing.store.read().await?;
    let begun =
        store::changes::get(&mut conn, billing.mode(), &shown.account, &shown.token).await?;
    drop(conn);
    if let Some(schedule) = begun.and_then(|begun| begun.schedule) {
        let key = format!("schedule-release:{}:{}", shown.account, shown.token);
        billing.stripe.release_schedule(&schedule, &key, patience).await?;
    }
    Ok(())
}

/// Made once under the change's token: asked again, Stripe names the same schedule.
fn creation_key(shown: &ShownChange) -> String {
    format!("schedule:{}:{}", shown.account, shown.token)
}

/// Takes the subscription out of our schedule, if it is under one.
pub(in crate::flows) async fn release_ours(
    billing: &Billing,
    subscription: &Subscription,
) -> Result<(), Failed> {
    let Some(schedule) = subscription.own_schedule() else {
        return Ok(());
    };
    // Releasing twice does no harm; the key only lets the call be repeated.
    let key = format!("release:{}:{}", schedule.id, random_text());
    match billing.stripe.release_schedule(&schedule.id, &key, Patience::Page).await {
        Ok(()) => Ok(()),
        Err(error) if error.settles_the_outcome() => {
            // It may have ended, or been released, since anybody looked.
            silence::sync(billing, &subscription.account, Patience::Page).await?;
            let standing = standing(billing, &subscription.account).await?;
            match standing.running().and_then(Subscription::own_schedule) {
                Some(_) => Err(error.into()),
                None => Ok(()),
            }
        }
        Err(error) => Err(error.into()),
    }
}

/// Finds, among schedules without our mark, those that we made and could not mark any more.
pub(in crate::flows) async fn claim_unmarked(
    billing: &Billing,
    subscriptions: &mut [FetchedSubscription],
    patience: Patience,
) -> Result<(), StoreFailed> {
    for subscription in subscriptions {
        let Some(schedule) = &mut subscription.schedule else { continue };
        if schedule.maker == Maker::Us {
            continue;
        }
        let (mode, mut conn) = (billing.mode(), billing.store.read().await?);
        let known = store::changes::knows_schedule(&mut conn, mode, &schedule.id).await?;
        let unanswered = store::changes::unanswered(&mut conn, mode, &subscription.id).await?;
        drop(conn);
        let made = match unanswered.filter(|_| !known) {
            Some(shown) => ask_again(billing, &shown, patience).await?,
            None => None,
        };
        if known || made.as_ref() == Some(&schedule.id) {
            schedule.maker = Maker::Us;
        }
    }
    Ok(())
}

/// Which schedule the unanswered call made. It can make none now: the subscription is under one,
/// and Stripe puts it under no second.
async fn ask_again(
    billing: &Billing,
    shown: &ShownChange,
    patience: Patience,
) -> Result<Option<ScheduleId>, StoreFailed> {
    let (subscription, key) = (&shown.bound.subscription, creation_key(shown));
    let made = billing.stripe.create_schedule(subscription, &key, patience).await;
    let mut tx = billing.store.write().await?;
    match &made {
        Ok(schedule) => store::changes::note_schedule(&mut tx, &shown.token, schedule).await?,
        Err(error) if error.settles_the_outcome() && *error != StripeFailed::StoredFailure => {
            store::changes::advance(&mut tx, &shown.token, Progress::Void).await?;
        }
        Err(error) => {
            tracing::warn!(account = %shown.account, %error, "whose a schedule is stays open");
        }
    }
    store::commit(tx).await?;
    Ok(made.ok())
}

/// Counts the changes that a schedule of ours has made since the reading before.
pub(in crate::flows) fn count_applied(before: &[Subscription], after: &[Subscription]) {
    for new in after {
        let old = before.iter().find(|old| old.id == new.id);
        let scheduled = old.and_then(|old| {
            let next = old.own_schedule()?.next.as_ref()?;
            (old.price != new.price).then_some(&next.price)
        });
        if scheduled.is_some() && scheduled == new.price.as_ref() {
            metrics::counter!("coinslot_downgrade_applied_total").increment(1);
        }
    }
}
