//! Money that went back: refunds and disputes of everything the account paid.

use sqlx::SqliteConnection;

use super::{Billing, Failed};
use crate::domain::fetched::{FetchedCharge, FetchedDispute};
use crate::domain::ids::{AccountId, CustomerId, DisputeId, PaymentIntentId};
use crate::domain::payback::{Bought, Dispute, Paybacks, RefundedCharge};
use crate::store::{self, StoreFailed};
use crate::stripe::{ChargesOf, Patience};

/// What Stripe says of the account's charges.
#[derive(Debug, Default)]
pub(super) struct Fetched {
    charges: Vec<FetchedCharge>,
    disputes: Vec<FetchedDispute>,
}

/// Asks for the customer's charges, and for payments that no customer leads to any more.
pub(super) async fn fetch(
    billing: &Billing,
    account: &AccountId,
    customer: Option<&CustomerId>,
    patience: Patience,
) -> Result<Fetched, Failed> {
    let mut conn = billing.store.read().await?;
    let bought = store::purchases::of_account(&mut conn, account, billing.mode()).await?;
    let stored = store::paybacks::of_account(&mut conn, account, billing.mode()).await?;
    drop(conn);
    let mut charges = Vec::new();
    if let Some(customer) = customer {
        charges = billing.stripe.charges(ChargesOf::Customer(customer), patience).await?;
    }
    for payment in watched(&bought, &stored) {
        if charges.iter().all(|charge| charge.payment.as_ref() != Some(payment)) {
            charges.extend(billing.stripe.charges(ChargesOf::Payment(payment), patience).await?);
        }
    }
    let mut disputes = Vec::new();
    for charge in &mut charges {
        let buys = |one: &Bought| one.payment.is_some() && one.payment == charge.payment;
        if charge.refunded_minor > 0 && bought.iter().any(buys) {
            charge.refunded_minor = billing.stripe.refunded(&charge.id, patience).await?;
        }
        let pending = |known: &Dispute| known.charge == charge.id && known.stage.is_pending();
        if charge.disputed || stored.disputes.iter().any(pending) {
            disputes.extend(billing.stripe.disputes_of(&charge.id, patience).await?);
        }
    }
    Ok(Fetched { charges, disputes })
}

/// Payments that matter whoever is the customer now.
fn watched<'w>(
    bought: &'w [Bought],
    stored: &'w Paybacks,
) -> impl Iterator<Item = &'w PaymentIntentId> {
    let pending = stored.disputes.iter().filter(|dispute| dispute.stage.is_pending());
    let disputed = pending.filter_map(|dispute| dispute.payment.as_ref());
    bought.iter().filter_map(|one| one.payment.as_ref()).chain(disputed)
}

/// Stores what went back; tells whether anything differs from what was known.
pub(super) async fn keep(
    conn: &mut SqliteConnection,
    billing: &Billing,
    account: &AccountId,
    fetched: &Fetched,
) -> Result<bool, StoreFailed> {
    let mode = billing.mode();
    let before = store::paybacks::of_account(conn, account, mode).await?;
    for charge in &fetched.charges {
        if charge.refunded_minor > 0 {
            let refunded = RefundedCharge {
                id: charge.id.clone(),
                payment: charge.payment.clone(),
                amount_minor: charge.amount_minor,
                refunded_minor: charge.refunded_minor,
                currency: charge.currency.clone(),
            };
            store::paybacks::put_refunded(conn, account, mode, &refunded).await?;
        } else if before.refunded.iter().any(|known| known.id == charge.id) {
            store::paybacks::drop_refunded(conn, mode, &charge.id).await?;
        }
    }
    for dispute in &fetched.disputes {
        store::paybacks::put_dispute(conn, account, mode, dispute).await?;
    }
    Ok(store::paybacks::of_account(conn, account, mode).await? != before)
}

/// Has the syncs from now on look at the dispute that an event named, until it is closed.
///
/// A charge says that it is disputed; whether it says so of an inquiry too is nowhere written.
pub(super) async fn watch(
    billing: &Billing,
    account: &AccountId,
    dispute: &DisputeId,
    patience: Patience,
) -> Result<(), Failed> {
    let Some(found) = billing.stripe.dispute(dispute, patience).await? else {
        return Ok(());
    };
    let mut tx = billing.store.write().await?;
    let stored = store::paybacks::of_account(&mut tx, account, billing.mode()).await?;
    if stored.disputes.iter().all(|known| known.id != found.id) {
        let unjudged = FetchedDispute { status: String::new(), ..found };
        store::paybacks::put_dispute(&mut tx, account, billing.mode(), &unjudged).await?;
    }
    Ok(store::commit(tx).await?)
}
