//! Stripe's Billing Portal: cards, invoices, cancelling.

use super::returned::may_return_to;
use super::{Billing, Failed, change, for_a_page, gate, sync};
use crate::domain::ids::AccountId;
use crate::store::StoreFailed;
use crate::stripe::{NewPortalSession, Patience, PortalFlow, StripeFailed};

/// What the customer wants to do there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Errand {
    LookAround,
    PaymentMethodUpdate,
    SubscriptionCancel,
}

impl Errand {
    /// The word of forms and of the API; `None` for a word that is neither.
    pub(crate) fn parse(flow: Option<&str>) -> Option<Self> {
        match flow {
            None | Some("") => Some(Self::LookAround),
            Some("payment_method_update") => Some(Self::PaymentMethodUpdate),
            Some("subscription_cancel") => Some(Self::SubscriptionCancel),
            Some(_) => None,
        }
    }
}

/// Why the portal was not opened.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotOpened {
    #[error("this account has never paid for anything, so there is nothing to manage yet")]
    NoCustomer,
    #[error("this account has no subscription to cancel")]
    NoSubscription,
    #[error("a change of plan is scheduled; cancel here instead, which undoes it first")]
    ChangeScheduled,
    #[error("`{0}` is no address this panel may be returned to")]
    ReturnUrl(String),
    #[error(transparent)]
    Failed(#[from] Failed),
}

impl From<StoreFailed> for NotOpened {
    fn from(error: StoreFailed) -> Self {
        Self::Failed(error.into())
    }
}

impl From<StripeFailed> for NotOpened {
    fn from(error: StripeFailed) -> Self {
        Self::Failed(error.into())
    }
}

/// Opens the portal for the account and gives its address.
pub(crate) async fn open(
    billing: &Billing,
    account: &AccountId,
    errand: Errand,
    return_url: Option<&str>,
) -> Result<String, NotOpened> {
    if let Some(address) = return_url.filter(|address| !may_return_to(billing, address)) {
        return Err(NotOpened::ReturnUrl(address.chars().take(200).collect()));
    }
    let mut conn = billing.store.read().await?;
    let standing = gate::standing(&mut conn, billing, account).await?.ok_or(Failed::NoAccount)?;
    drop(conn);
    let customer = standing.account.customer.as_ref().ok_or(NotOpened::NoCustomer)?;
    let flow = match errand {
        Errand::LookAround => PortalFlow::Whole,
        Errand::PaymentMethodUpdate => PortalFlow::PaymentMethodUpdate,
        Errand::SubscriptionCancel => {
            let running = standing.running().ok_or(NotOpened::NoSubscription)?;
            if running.own_schedule().is_some_and(|schedule| schedule.next.is_some()) {
                return Err(NotOpened::ChangeScheduled);
            }
            PortalFlow::SubscriptionCancel(&running.id)
        }
    };
    let request = NewPortalSession {
        customer,
        return_url: return_url.map_or_else(|| billing.settings.page("/billing"), str::to_owned),
        flow,
        configuration: billing.settings.stripe.portal_configuration.as_deref(),
    };
    for_a_page(Box::pin(async {
        if let (Errand::SubscriptionCancel, Some(running)) = (errand, standing.running()) {
            // Stripe lets nobody cancel what is under a schedule, not even one that changes nothing.
            change::release_ours(billing, running).await?;
        }
        match billing.stripe.create_portal_session(&request, Patience::Page).await {
            Err(StripeFailed::Missing { .. }) => {
                // The customer or the subscription is gone at Stripe: heal here and now.
                sync::account(billing, account, Patience::Page).await?;
                Err(match errand {
                    Errand::SubscriptionCancel => NotOpened::NoSubscription,
                    Errand::LookAround | Errand::PaymentMethodUpdate => NotOpened::NoCustomer,
                })
            }
            opened => Ok(opened?),
        }
    }))
    .await
}
