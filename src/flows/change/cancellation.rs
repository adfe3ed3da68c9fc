//! Ending a subscription with its period, taking that back, and undoing a change that is put off.

use super::schedules::release_ours;
use super::{NotChanged, changeable, look_again, refused, standing};
use crate::domain::change::Refusal;
use crate::domain::ids::AccountId;
use crate::domain::subscription::{Status, Subscription};
use crate::flows::{Billing, for_a_page, random_text, silence};
use crate::stripe::{CancelShape, Patience};

/// Lets the account's subscription end with what is paid for; a second time changes nothing.
pub(crate) async fn cancel(billing: &Billing, account: &AccountId) -> Result<(), NotChanged> {
    act(billing, account, async |running| {
        if running.cancels_at.is_some() {
            return Ok(());
        }
        if running.effective_status() == Some(&Status::Incomplete) {
            // It ends by itself when its first payment stays out, and Stripe changes nothing of it:
            // https://docs.stripe.com/billing/subscriptions/overview#subscription-statuses
            let standing = standing(billing, account).await?;
            return Err(refused(billing, standing, Refusal::PaymentFirst));
        }
        // Stripe lets nobody cancel what is under a schedule.
        release_ours(billing, &running).await?;
        let key = once("cancel", &running);
        billing.stripe.cancel_at_period_end(&running.id, &key, Patience::Page).await?;
        tracing::info!(%account, subscription = %running.id, "subscription cancelled at the period's end");
        Ok(())
    })
    .await
}

/// Lets a subscription that was to end go on; a second time changes nothing.
pub(crate) async fn resume(billing: &Billing, account: &AccountId) -> Result<(), NotChanged> {
    act(billing, account, async |running| {
        if running.cancels_at.is_none() {
            return Ok(());
        }
        release_ours(billing, &running).await?;
        let found = billing.stripe.subscription(&running.id, Patience::Page).await?;
        let shape = match found {
            Some(found) if found.cancel_at_period_end => CancelShape::AtPeriodEnd,
            Some(found) if found.cancel_at.is_some() => CancelShape::At,
            Some(_) | None => return Ok(()),
        };
        let key = once("resume", &running);
        billing.stripe.resume_renewal(&running.id, shape, &key, Patience::Page).await?;
        tracing::info!(%account, subscription = %running.id, "cancellation taken back");
        Ok(())
    })
    .await
}

/// Undoes a change that was put off to the period's end; without one nothing changes.
pub(crate) async fn undo(billing: &Billing, account: &AccountId) -> Result<(), NotChanged> {
    act(billing, account, async |running| Ok(release_ours(billing, &running).await?)).await
}

/// Looks at Stripe, acts on the subscription that runs, and looks again; one at a time.
async fn act(
    billing: &Billing,
    account: &AccountId,
    deed: impl AsyncFnOnce(Subscription) -> Result<(), NotChanged>,
) -> Result<(), NotChanged> {
    let lock = billing.locks.of_checkout(account);
    for_a_page(Box::pin(async {
        let _one_at_a_time = lock.lock().await;
        silence::sync(billing, account, Patience::Page).await?;
        let running = changeable(billing, standing(billing, account).await?)?;
        deed(running).await?;
        look_again(billing, account).await;
        Ok(())
    }))
    .await
}

/// A key for a call that may be made any number of times: it only lets the call be repeated.
fn once(deed: &str, subscription: &Subscription) -> String {
    format!("{deed}:{}:{}", subscription.id, random_text())
}
