//! Whose an event is.

use super::{Billing, Failed};
use crate::domain::delivery::Envelope;
use crate::domain::ids::{AccountId, CustomerId, InvoiceId, PaymentIntentId, SubscriptionId};
use crate::store;
use crate::store::inbox::InboxEvent;
use crate::stripe::Patience;

/// Finds the account: by payment, by customer, by subscription or session, at last by our own mark.
pub(super) async fn owner(
    billing: &Billing,
    event: &InboxEvent,
) -> Result<Option<AccountId>, Failed> {
    let mode = billing.mode();
    if (event.kind.starts_with("charge.") || event.kind.starts_with("refund."))
        && let Some(account) = owner_of_payment(billing, event).await?
    {
        return Ok(Some(account));
    }
    let mut conn = billing.store.read().await?;
    if let Some(customer) = &event.customer
        && let Some(account) = store::accounts::by_customer(&mut conn, mode, customer).await?
    {
        return Ok(Some(account));
    }
    if let Some(subscription) = &event.subscription {
        if let Some(account) = store::subscriptions::owner(&mut conn, mode, subscription).await? {
            return Ok(Some(account));
        }
        if event.customer.is_none() {
            drop(conn);
            return owner_at_stripe(billing, subscription).await;
        }
    }
    if let Some(session) = &event.object_id
        && let Some(account) = store::checkouts::owner(&mut conn, mode, session).await?
    {
        return Ok(Some(account));
    }
    let Some(account) = event.account_ref.as_deref().and_then(|id| AccountId::new(id).ok()) else {
        return match (&event.customer, &event.subscription) {
            (None, None) => owner_of_invoice(billing, event).await,
            (_, _) => Ok(None),
        };
    };
    let stored = store::accounts::get(&mut conn, &account, mode).await?;
    drop(conn);
    match (stored.map(|account| account.customer), &event.customer) {
        (None, _) => Ok(None),
        (Some(Some(known)), Some(other)) => {
            // Metadata never moves a customer; that it names ours is worth a look.
            tracing::error!(event = %event.id, %account, customer = %known, %other, "an event of another customer names this account");
            Ok(None)
        }
        (Some(_), None) => Ok(Some(account)),
        (Some(None), Some(customer)) => adopt(billing, account, customer).await,
    }
}

/// An event that names only an invoice, as that of a payment does: Stripe knows whose it is.
async fn owner_of_invoice(
    billing: &Billing,
    event: &InboxEvent,
) -> Result<Option<AccountId>, Failed> {
    let envelope = envelope(billing, event).await?;
    let invoice = envelope.and_then(|envelope| InvoiceId::new(envelope.owner.invoice?).ok());
    let Some(invoice) = invoice else {
        return Ok(None);
    };
    let Some(customer) = billing.stripe.customer_of_invoice(&invoice, Patience::Worker).await?
    else {
        return Ok(None);
    };
    let mut conn = billing.store.read().await?;
    Ok(store::accounts::by_customer(&mut conn, billing.mode(), customer.as_str()).await?)
}

/// An event about a charge, a refund or a dispute: what was bought leads to its account even when
/// the customer is gone, and Stripe knows whose every other payment is.
async fn owner_of_payment(
    billing: &Billing,
    event: &InboxEvent,
) -> Result<Option<AccountId>, Failed> {
    let envelope = envelope(billing, event).await?;
    let payment = envelope.and_then(|it| PaymentIntentId::new(it.owner.payment_intent?).ok());
    let Some(payment) = payment else {
        return Ok(None);
    };
    let mode = billing.mode();
    let mut conn = billing.store.read().await?;
    let buyer = store::purchases::owner(&mut conn, mode, &payment).await?;
    drop(conn);
    if buyer.is_some() || event.customer.is_some() {
        return Ok(buyer);
    }
    let Some(customer) = billing.stripe.customer_of_payment(&payment, Patience::Worker).await?
    else {
        return Ok(None);
    };
    let mut conn = billing.store.read().await?;
    Ok(store::accounts::by_customer(&mut conn, mode, customer.as_str()).await?)
}

async fn envelope(billing: &Billing, event: &InboxEvent) -> Result<Option<Envelope>, Failed> {
    let mut conn = billing.store.read().await?;
    let payload = store::inbox::payload(&mut conn, &event.id, event.mode).await?;
    Ok(payload.as_deref().and_then(Envelope::read))
}

/// An event that names only a subscription we have not stored: Stripe knows whose it is.
async fn owner_at_stripe(billing: &Billing, id: &str) -> Result<Option<AccountId>, Failed> {
    let Ok(id) = SubscriptionId::new(id) else {
        return Ok(None);
    };
    let Some(found) = billing.stripe.subscription(&id, Patience::Worker).await? else {
        return Ok(None);
    };
    let mut conn = billing.store.read().await?;
    let customer = found.customer.as_str();
    Ok(store::accounts::by_customer(&mut conn, billing.mode(), customer).await?)
}

/// A customer that a backup has forgotten comes back when Stripe confirms whose it is.
async fn adopt(
    billing: &Billing,
    account: AccountId,
    customer: &str,
) -> Result<Option<AccountId>, Failed> {
    let Ok(customer) = CustomerId::new(customer) else {
        return Ok(None);
    };
    let found = billing.stripe.customer(&customer, Patience::Worker).await?;
    if found.and_then(|found| found.account).as_ref() != Some(&account) {
        return Ok(None);
    }
    let mut tx = billing.store.write().await?;
    let now = billing.now();
    store::accounts::link_customer(&mut tx, &account, billing.mode(), &customer, now).await?;
    store::commit(tx).await?;
    Ok(Some(account))
}
