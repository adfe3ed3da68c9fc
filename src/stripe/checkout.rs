//! Checkout Sessions.

use std::collections::HashMap;

use serde::Deserialize;
use stripe_checkout::checkout_session::{
    CreateCheckoutSession, CreateCheckoutSessionAutomaticTax, CreateCheckoutSessionCustomerUpdate,
    CreateCheckoutSessionCustomerUpdateAddress, CreateCheckoutSessionLineItems,
    CreateCheckoutSessionPaymentIntentData, CreateCheckoutSessionSubscriptionData,
    CreateCheckoutSessionSubscriptionDataTrialSettings as TrialSettings,
    CreateCheckoutSessionSubscriptionDataTrialSettingsEndBehavior as EndBehavior,
    CreateCheckoutSessionSubscriptionDataTrialSettingsEndBehaviorMissingPaymentMethod as MissingPaymentMethod,
    ExpireCheckoutSession, ListCheckoutSession, RetrieveCheckoutSession,
};
use stripe_client_core::{RequestBuilder, StripeRequest};
use stripe_shared::{CheckoutSessionMode, CheckoutSessionStatus};

use super::prices::PriceAnswer;
use super::send::Call;
use super::wire::{
    ACCOUNT_KEY, Lenient, Listed, Metadata, Named, PLAN_KEY, Page, Reference, or_default,
};
use super::{Patience, Stripe, StripeFailed};
use crate::domain::fetched::{FetchedSession, SessionMode, SessionPayment, SessionStatus};
use crate::domain::ids::{
    AccountId, CustomerId, InvalidId, PaymentIntentId, PlanId, PriceId, SessionId, SubscriptionId,
};
use crate::domain::timestamp::Timestamp;

/// A purchase to be made at Stripe's own page.
pub(crate) struct NewCheckoutSession<'n> {
    pub(crate) purchase: Purchase,
    pub(crate) customer: &'n CustomerId,
    pub(crate) account: &'n AccountId,
    pub(crate) plan: &'n PlanId,
    pub(crate) price: &'n PriceId,
    /// May hold `{CHECKOUT_SESSION_ID}`, which Stripe replaces.
    pub(crate) success_url: String,
    pub(crate) cancel_url: String,
    pub(crate) automatic_tax: bool,
    pub(crate) promotion_codes: bool,
}

/// What is bought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purchase {
    Subscription { trial_days: Option<u32> },
    Payment,
}

/// What came of expiring a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expiry {
    Expired,
    /// It was complete, expired or gone already.
    NotOpen,
}

impl Stripe {
    pub(crate) async fn create_checkout_session(
        &self,
        new: &NewCheckoutSession<'_>,
        key: &str,
        patience: Patience,
    ) -> Result<FetchedSession, StripeFailed> {
        let call = Call::new("checkout_session_create", creation(new)).keyed(key);
        let made: SessionAnswer = self.call(call, patience).await?;
        Ok(made.into_domain()?)
    }

    /// The session with the prices of its line items.
    pub(crate) async fn checkout_session(
        &self,
        id: &SessionId,
        patience: Patience,
    ) -> Result<Option<FetchedSession>, StripeFailed> {
        let request = RetrieveCheckoutSession::new(id.as_str())
            .expand(["line_items".to_owned(), "payment_intent".to_owned()])
            .build();
        let call = Call::new("checkout_session_get", request);
        let found: Option<SessionAnswer> = self.find(call, patience).await?;
        Ok(found.map(SessionAnswer::into_domain).transpose()?)
    }

    /// The sessions in which the customer could still pay.
    pub(crate) async fn open_checkout_sessions(
        &self,
        customer: &CustomerId,
        patience: Patience,
    ) -> Result<Vec<FetchedSession>, StripeFailed> {
        let list = ListCheckoutSession::new()
            .customer(customer.as_str())
            .status(CheckoutSessionStatus::Open)
            .limit(100);
        let found: Vec<SessionAnswer> = self
            .every("checkout_session_list", patience, |after| match after {
                Some(id) => list.clone().starting_after(id).build(),
                None => list.build(),
            })
            .await?;
        Ok(found.into_iter().map(SessionAnswer::into_domain).collect::<Result<_, _>>()?)
    }

    /// Closes an open session, so that nobody pays in it.
    pub(crate) async fn expire_checkout_session(
        &self,
        id: &SessionId,
        patience: Patience,
    ) -> Result<Expiry, StripeFailed> {
        let patience = self.started(patience);
        let key = expiry_key(id);
        let request = ExpireCheckoutSession::new(id.as_str()).build();
        let call = Call::new("checkout_session_expire", request).keyed(&key);
        let failed = match self.call::<Named>(call, patience).await {
            Ok(_) => return Ok(Expiry::Expired),
            Err(StripeFailed::Missing { .. }) => return Ok(Expiry::NotOpen),
            Err(failed) => failed,
        };
        let in_doubt = matches!(failed, StripeFailed::Refused { .. } | StripeFailed::StoredFailure);
        if !in_doubt {
            return Err(failed);
        }
        match self.checkout_session(id, patience).await? {
            Some(session) if session.status == SessionStatus::Open => Err(failed),
            Some(_) | None => Ok(Expiry::NotOpen),
        }
    }
}

fn creation(new: &NewCheckoutSession<'_>) -> RequestBuilder {
    let metadata = HashMap::from([
        (ACCOUNT_KEY.to_owned(), new.account.to_string()),
        (PLAN_KEY.to_owned(), new.plan.to_string()),
    ]);
    let mut line = CreateCheckoutSessionLineItems::new();
    line.price = Some(new.price.to_string());
    line.quantity = Some(1);
    let mut session = CreateCheckoutSession::new()
        .client_reference_id(new.account.as_str())
        .metadata(metadata.clone())
        .customer(new.customer.as_str())
        .line_items([line])
        .success_url(new.success_url.as_str())
        .cancel_url(new.cancel_url.as_str());
    session = match new.purchase {
        Purchase::Subscription { trial_days } => session
            .mode(CheckoutSessionMode::Subscription)
            .subscription_data(subscription_data(metadata, trial_days)),
        Purchase::Payment => {
            let mut data = CreateCheckoutSessionPaymentIntentData::new();
            data.metadata = Some(metadata);
            session.mode(CheckoutSessionMode::Payment).payment_intent_data(data)
        }
    };
    if new.automatic_tax {
        let mut update = CreateCheckoutSessionCustomerUpdate::new();
        update.address = Some(CreateCheckoutSessionCustomerUpdateAddress::Auto);
        session = session
            .automatic_tax(CreateCheckoutSessionAutomaticTax::new(true))
            .customer_update(update);
    }
    if new.promotion_codes {
        session = session.allow_promotion_codes(true);
    }
    session.build()
}

/// A trial that ends without a card pauses the subscription: an unpaid invoice would open a grace
/// period for somebody who never paid.
fn subscription_data(
    metadata: HashMap<String, String>,
    trial_days: Option<u32>,
) -> CreateCheckoutSessionSubscriptionData {
    let mut data = CreateCheckoutSessionSubscriptionData::new();
    data.metadata = Some(metadata);
    if let Some(days) = trial_days.filter(|days| *days > 0) {
        data.trial_period_days = Some(days);
        data.trial_settings =
            Some(TrialSettings::new(EndBehavior::new(MissingPaymentMethod::Pause)));
    }
    data
}

/// Fresh for each call: it only has to hold the attempts of one call together.
fn expiry_key(id: &SessionId) -> String {
    let mut nonce = [0; 8];
    match getrandom::fill(&mut nonce) {
        Ok(()) => format!("expire:{id}:{}", hex::encode(nonce)),
        Err(_) => format!("expire:{id}"),
    }
}

#[derive(Debug, Deserialize)]
struct Intent {
    id: String,
    status: Option<String>,
}

impl Listed for Intent {
    fn id(&self) -> &str {
        &self.id
    }
}

/// A delayed payment that failed asks for another method, in a session where none can be given.
fn failed(intent: &Reference<Intent>) -> bool {
    match intent {
        Reference::Id(_) => false,
        Reference::Object(intent) => {
            matches!(intent.status.as_deref(), Some("requires_payment_method" | "canceled"))
        }
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct SessionAnswer {
    id: String,
    url: Option<String>,
    status: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    payment_status: String,
    #[serde(default, deserialize_with = "or_default")]
    mode: String,
    customer: Option<Reference<Named>>,
    subscription: Option<Reference<Named>>,
    payment_intent: Option<Reference<Intent>>,
    client_reference_id: Option<String>,
    #[serde(default)]
    metadata: Metadata,
    amount_total: Option<i64>,
    currency: Option<String>,
    line_items: Option<Page<Line>>,
    created: i64,
    expires_at: i64,
}

#[derive(Debug, Deserialize)]
struct Line {
    #[serde(default)]
    price: Lenient<PriceAnswer>,
}

impl Listed for SessionAnswer {
    fn id(&self) -> &str {
        &self.id
    }
}

impl SessionAnswer {
    pub(super) fn into_domain(self) -> Result<FetchedSession, InvalidId> {
        let referred = || AccountId::new(self.client_reference_id.as_deref()?).ok();
        let lines = self.line_items.map(|page| page.data).unwrap_or_default();
        Ok(FetchedSession {
            status: SessionStatus::parse(self.status.as_deref().unwrap_or_default()),
            payment: SessionPayment::parse(&self.payment_status),
            mode: SessionMode::parse(&self.mode),
            customer: self.customer.map(|customer| CustomerId::new(customer.id())).transpose()?,
            subscription: self
                .subscription
                .map(|subscription| SubscriptionId::new(subscription.id()))
                .transpose()?,
            payment_failed: self.payment_intent.as_ref().is_some_and(failed),
            payment_intent: self
                .payment_intent
                .map(|intent| PaymentIntentId::new(intent.id()))
                .transpose()?,
            account: self.metadata.account().or_else(referred),
            plan: self.metadata.get(PLAN_KEY).map(str::to_owned),
            amount_total: self.amount_total,
            currency: self.currency,
            prices: lines
                .into_iter()
                .filter_map(|line| line.price.0)
                .map(|price| PriceId::new(price.id()))
                .collect::<Result<_, _>>()?,
            created_at: Timestamp(self.created),
            expires_at: Timestamp(self.expires_at),
            id: SessionId::new(self.id)?,
            url: self.url,
        })
    }
}
