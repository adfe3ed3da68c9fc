//! A plan whose trial ended without a payment method goes on when its customer says so.

use super::{Billing, Failed, for_a_page, gate, random_text, silence, sync};
use crate::domain::ids::{AccountId, SubscriptionId};
use crate::domain::subscription::Status;
use crate::store;
use crate::store::checkouts::Intent;
use crate::stripe::{Patience, StripeFailed};

/// What came of starting a plan again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Started {
    /// It runs, now or already.
    Running,
    /// Its invoice waits to be paid there.
    ToPay(String),
    /// There is nothing to charge yet.
    NeedsMethod,
    /// Nothing is paused.
    NothingPaused,
}

const PURPOSE: &str = "start";

/// Has Stripe bill the paused subscription of the account and start it.
pub(crate) async fn start(billing: &Billing, account: &AccountId) -> Result<Started, Failed> {
    let lock = billing.locks.of_checkout(account);
    for_a_page(async {
        let _one_at_a_time = lock.lock().await;
        silence::sync(billing, account, Patience::Page).await?;
        let subscription = match look(billing, account).await? {
            Looked::Paused(subscription) => subscription,
            Looked::Otherwise(outcome) => return Ok(outcome),
        };
        resume(billing, account, &subscription).await?;
        sync::account(billing, account, Patience::Page).await?;
        Ok(match look(billing, account).await? {
            Looked::Otherwise(Started::NothingPaused) => Started::Running,
            Looked::Otherwise(outcome) => outcome,
            Looked::Paused(_) => Started::NeedsMethod,
        })
    })
    .await
}

enum Looked {
    Paused(SubscriptionId),
    Otherwise(Started),
}

async fn look(billing: &Billing, account: &AccountId) -> Result<Looked, Failed> {
    let mut conn = billing.store.read().await?;
    let standing = gate::standing(&mut conn, billing, account).await?.ok_or(Failed::NoAccount)?;
    let running = standing.running();
    let paused = running.filter(|it| it.effective_status() == Some(&Status::Paused));
    Ok(match (running, paused) {
        (_, Some(paused)) => match &paused.payment.invoice_url {
            Some(invoice) => Looked::Otherwise(Started::ToPay(invoice.clone())),
            None if paused.payment.has_method == Some(false) => {
                Looked::Otherwise(Started::NeedsMethod)
            }
            None => Looked::Paused(paused.id.clone()),
        },
        (Some(_) | None, None) => Looked::Otherwise(Started::NothingPaused),
    })
}

/// Under a nonce that is stored before Stripe is called and kept until its answer is known.
async fn resume(
    billing: &Billing,
    account: &AccountId,
    subscription: &SubscriptionId,
) -> Result<(), Failed> {
    let (mode, parameters) = (billing.mode(), subscription.to_string());
    let mut tx = billing.store.write().await?;
    let before = store::checkouts::intent(&mut tx, account, mode, PURPOSE).await?;
    let unanswered = before.filter(|intent| intent.parameters == parameters);
    let nonce = unanswered.map_or_else(random_text, |intent| intent.nonce);
    let intent = Intent { nonce, parameters, session: None };
    store::checkouts::put_intent(&mut tx, account, mode, PURPOSE, &intent, billing.now()).await?;
    store::commit(tx).await?;
    let key = format!("start:{account}:{subscription}:{}", intent.nonce);
    let resumed = billing.stripe.resume_paused(subscription, &key, Patience::Page).await;
    if resumed.as_ref().err().is_none_or(StripeFailed::settles_the_outcome) {
        let mut tx = billing.store.write().await?;
        store::checkouts::drop_intent(&mut tx, account, mode, PURPOSE).await?;
        store::commit(tx).await?;
    }
    Ok(resumed?)
}
