//! Changes of a running subscription: another price, its end, and its end taken back.

use std::collections::BTreeMap;

use serde::de::IgnoredAny;
use stripe_billing::subscription::{
    UpdateSubscription, UpdateSubscriptionItems, UpdateSubscriptionPaymentBehavior,
    UpdateSubscriptionProrationBehavior,
};
use stripe_client_core::{RequestBuilder, StripeMethod, StripeRequest};

use super::send::Call;
use super::{Patience, Stripe, StripeFailed};
use crate::domain::ids::{ItemId, PriceId, SubscriptionId};
use crate::domain::steering::Collection;
use crate::domain::timestamp::Timestamp;

/// Another price for an item.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ItemChange<'n> {
    pub(crate) subscription: &'n SubscriptionId,
    pub(crate) item: &'n ItemId,
    pub(crate) price: &'n PriceId,
    /// Stripe makes it 1 where it is not told.
    pub(crate) quantity: u32,
    /// From when on credit and charge are worked out.
    pub(crate) proration_date: Option<Timestamp>,
    pub(crate) collection: Collection,
}

/// In which of Stripe's two shapes a subscription is to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CancelShape {
    /// `cancel_at_period_end`.
    AtPeriodEnd,
    /// `cancel_at` alone, as flexible billing has it since 2025-09-30.clover.
    At,
}

impl Stripe {
    /// Changes the price and bills the difference now.
    ///
    /// Where the customer is charged, the change waits for the payment; metadata is never part of
    /// such a call: <https://docs.stripe.com/billing/subscriptions/pending-updates-reference>.
    pub(crate) async fn change_item(
        &self,
        change: &ItemChange<'_>,
        key: &str,
        patience: Patience,
    ) -> Result<(), StripeFailed> {
        let mut item = UpdateSubscriptionItems::new();
        item.id = Some(change.item.to_string());
        item.price = Some(change.price.to_string());
        item.quantity = Some(change.quantity.into());
        let mut update = UpdateSubscription::new(change.subscription.as_str())
            .items(vec![item])
            .proration_behavior(UpdateSubscriptionProrationBehavior::AlwaysInvoice);
        if let Some(at) = change.proration_date {
            update = update.proration_date(at.0);
        }
        update = match change.collection {
            Collection::ChargeAutomatically => {
                update.payment_behavior(UpdateSubscriptionPaymentBehavior::PendingIfIncomplete)
            }
            Collection::SendInvoice => update,
        };
        self.update_subscription(update.build(), key, patience).await
    }

    /// Lets the subscription end with its period.
    pub(crate) async fn cancel_at_period_end(
        &self,
        subscription: &SubscriptionId,
        key: &str,
        patience: Patience,
    ) -> Result<(), StripeFailed> {
        let update = UpdateSubscription::new(subscription.as_str()).cancel_at_period_end(true);
        self.update_subscription(update.build(), key, patience).await
    }

    /// Lets a subscription that was to end go on.
    pub(crate) async fn resume_renewal(
        &self,
        subscription: &SubscriptionId,
        shape: CancelShape,
        key: &str,
        patience: Patience,
    ) -> Result<(), StripeFailed> {
        let request = match shape {
            CancelShape::AtPeriodEnd => {
                UpdateSubscription::new(subscription.as_str()).cancel_at_period_end(false).build()
            }
            CancelShape::At => {
                let path = format!("/subscriptions/{subscription}");
                RequestBuilder::new(StripeMethod::Post, path)
                    .form(&BTreeMap::from([("cancel_at", "")]))
            }
        };
        self.update_subscription(request, key, patience).await
    }

    async fn update_subscription(
        &self,
        request: RequestBuilder,
        key: &str,
        patience: Patience,
    ) -> Result<(), StripeFailed> {
        let call = Call::new("subscription_update", request).keyed(key);
        self.call(call, patience).await.map(|_: IgnoredAny| ())
    }
}
