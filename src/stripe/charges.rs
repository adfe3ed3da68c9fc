//! Charges, and what of them went back or is asked back.

use serde::Deserialize;
use stripe_client_core::StripeRequest;
use stripe_core::charge::ListCharge;
use stripe_core::dispute::{ListDispute, RetrieveDispute};
use stripe_core::payment_intent::RetrievePaymentIntent;
use stripe_core::refund::ListRefund;

use super::send::{Call, unless_missing};
use super::wire::{Listed, Named, Reference, or_default};
use super::{Patience, Stripe, StripeFailed};
use crate::domain::fetched::{FetchedCharge, FetchedDispute};
use crate::domain::ids::{ChargeId, CustomerId, DisputeId, PaymentIntentId};

/// Whose charges are asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum ChargesOf<'c> {
    Customer(&'c CustomerId),
    /// Each attempt to pay it is one.
    Payment(&'c PaymentIntentId),
}

impl Stripe {
    /// All charges; none where Stripe does not know whose they would be.
    pub(crate) async fn charges(
        &self,
        whose: ChargesOf<'_>,
        patience: Patience,
    ) -> Result<Vec<FetchedCharge>, StripeFailed> {
        let list = ListCharge::new().limit(100);
        let list = match whose {
            ChargesOf::Customer(customer) => list.customer(customer.as_str()),
            ChargesOf::Payment(payment) => list.payment_intent(payment.as_str()),
        };
        let listed = self
            .every("charge_list", patience, |after| match after {
                Some(id) => list.clone().starting_after(id).build(),
                None => list.build(),
            })
            .await;
        let found: Vec<ChargeAnswer> = unless_missing(listed)?.unwrap_or_default();
        found.into_iter().map(ChargeAnswer::into_domain).collect()
    }

    /// What of the charge goes back to the payer: all its refunds but those that came to nothing.
    pub(crate) async fn refunded(
        &self,
        charge: &ChargeId,
        patience: Patience,
    ) -> Result<i64, StripeFailed> {
        let list = ListRefund::new().charge(charge.as_str()).limit(100);
        let refunds: Vec<RefundAnswer> = self
            .every("refund_list", patience, |after| match after {
                Some(id) => list.clone().starting_after(id).build(),
                None => list.build(),
            })
            .await?;
        let counts = |refund: &&RefundAnswer| {
            !matches!(refund.status.as_deref(), Some("failed" | "canceled"))
        };
        Ok(refunds.iter().filter(counts).map(|refund| refund.amount).sum())
    }

    pub(crate) async fn disputes_of(
        &self,
        charge: &ChargeId,
        patience: Patience,
    ) -> Result<Vec<FetchedDispute>, StripeFailed> {
        let list = ListDispute::new().charge(charge.as_str()).limit(100);
        let found: Vec<DisputeAnswer> = self
            .every("dispute_list", patience, |after| match after {
                Some(id) => list.clone().starting_after(id).build(),
                None => list.build(),
            })
            .await?;
        found.into_iter().map(DisputeAnswer::into_domain).collect()
    }

    pub(crate) async fn dispute(
        &self,
        id: &DisputeId,
        patience: Patience,
    ) -> Result<Option<FetchedDispute>, StripeFailed> {
        let call = Call::new("dispute_get", RetrieveDispute::new(id.as_str()).build());
        let found: Option<DisputeAnswer> = self.find(call, patience).await?;
        found.map(DisputeAnswer::into_domain).transpose()
    }

    /// Whose payment this is; `None` when Stripe does not have it, or it is nobody's.
    pub(crate) async fn customer_of_payment(
        &self,
        id: &PaymentIntentId,
        patience: Patience,
    ) -> Result<Option<CustomerId>, StripeFailed> {
        let request = RetrievePaymentIntent::new(id.as_str()).build();
        let found: Option<Paid> =
            self.find(Call::new("payment_intent_get", request), patience).await?;
        let customer = found.and_then(|payment| payment.customer);
        Ok(customer.map(|customer| CustomerId::new(customer.id())).transpose()?)
    }
}

/// Whose a payment is.
#[derive(Debug, Deserialize)]
struct Paid {
    customer: Option<Reference<Named>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct ChargeAnswer {
    id: String,
    payment_intent: Option<Reference<Named>>,
    amount: i64,
    #[serde(default, deserialize_with = "or_default")]
    amount_refunded: i64,
    currency: String,
    #[serde(default, deserialize_with = "or_default")]
    disputed: bool,
}

#[derive(Debug, Deserialize)]
struct RefundAnswer {
    id: String,
    amount: i64,
    status: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct DisputeAnswer {
    id: String,
    charge: Reference<Named>,
    payment_intent: Option<Reference<Named>>,
    status: String,
    amount: i64,
    currency: String,
}

impl Listed for ChargeAnswer {
    fn id(&self) -> &str {
        &self.id
    }
}

impl Listed for RefundAnswer {
    fn id(&self) -> &str {
        &self.id
    }
}

impl Listed for DisputeAnswer {
    fn id(&self) -> &str {
        &self.id
    }
}

fn payment(intent: Option<Reference<Named>>) -> Result<Option<PaymentIntentId>, StripeFailed> {
    Ok(intent.map(|intent| PaymentIntentId::new(intent.id())).transpose()?)
}

impl ChargeAnswer {
    pub(super) fn into_domain(self) -> Result<FetchedCharge, StripeFailed> {
        Ok(FetchedCharge {
            id: ChargeId::new(self.id)?,
            payment: payment(self.payment_intent)?,
            amount_minor: self.amount,
            refunded_minor: self.amount_refunded,
            currency: self.currency,
            disputed: self.disputed,
        })
    }
}

impl DisputeAnswer {
    pub(super) fn into_domain(self) -> Result<FetchedDispute, StripeFailed> {
        Ok(FetchedDispute {
            id: DisputeId::new(self.id)?,
            charge: ChargeId::new(self.charge.id())?,
            payment: payment(self.payment_intent)?,
            status: self.status,
            amount_minor: self.amount,
            currency: self.currency,
        })
    }
}
