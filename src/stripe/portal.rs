//! The Billing Portal, where a customer mends cards and cancels.

use serde::Deserialize;
use stripe_billing::billing_portal_session::{
    CreateBillingPortalSession, CreateBillingPortalSessionFlowData,
    CreateBillingPortalSessionFlowDataSubscriptionCancel, CreateBillingPortalSessionFlowDataType,
};
use stripe_client_core::StripeRequest;

use super::send::Call;
use super::{Patience, Stripe, StripeFailed};
use crate::domain::ids::{CustomerId, SubscriptionId};

/// A visit to the portal.
pub(crate) struct NewPortalSession<'n> {
    pub(crate) customer: &'n CustomerId,
    pub(crate) return_url: String,
    pub(crate) flow: PortalFlow<'n>,
    /// A portal configuration's id; Stripe's default without one.
    pub(crate) configuration: Option<&'n str>,
}

/// What the customer comes for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum PortalFlow<'n> {
    Whole,
    PaymentMethodUpdate,
    SubscriptionCancel(&'n SubscriptionId),
}

impl Stripe {
    /// The page's address. Sent once, without a key: a person asks again when it fails.
    pub(crate) async fn create_portal_session(
        &self,
        new: &NewPortalSession<'_>,
        patience: Patience,
    ) -> Result<String, StripeFailed> {
        let mut session = CreateBillingPortalSession::new()
            .customer(new.customer.as_str())
            .return_url(new.return_url.as_str());
        if let Some(configuration) = new.configuration {
            session = session.configuration(configuration);
        }
        if let Some(flow) = flow_data(new.flow) {
            session = session.flow_data(flow);
        }
        let call = Call::new("portal_session_create", session.build());
        let made: PortalSessionAnswer = self.call(call, patience).await?;
        Ok(made.url)
    }
}

fn flow_data(flow: PortalFlow<'_>) -> Option<CreateBillingPortalSessionFlowData> {
    use CreateBillingPortalSessionFlowDataType::{PaymentMethodUpdate, SubscriptionCancel};
    match flow {
        PortalFlow::Whole => None,
        PortalFlow::PaymentMethodUpdate => {
            Some(CreateBillingPortalSessionFlowData::new(PaymentMethodUpdate))
        }
        PortalFlow::SubscriptionCancel(subscription) => {
            let mut flow = CreateBillingPortalSessionFlowData::new(SubscriptionCancel);
            flow.subscription_cancel = Some(
                CreateBillingPortalSessionFlowDataSubscriptionCancel::new(subscription.as_str()),
            );
            Some(flow)
        }
    }
}

#[derive(Deserialize)]
struct PortalSessionAnswer {
    url: String,
}
