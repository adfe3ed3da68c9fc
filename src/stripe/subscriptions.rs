//! Subscriptions, in old and new shapes.

use std::collections::BTreeMap;

use serde::Deserialize;
use stripe_billing::subscription::{
    ListSubscription, ListSubscriptionStatus, ResumeSubscription, RetrieveSubscription,
};
use stripe_client_core::{RequestBuilder, StripeMethod, StripeRequest};

use super::invoices::InvoiceAnswer;
use super::prices::PriceAnswer;
use super::send::{Call, unless_missing};
use super::wire::{Lenient, Listed, Metadata, Named, Page, Reference, moment, or_default};
use super::{Patience, Stripe, StripeFailed};
use crate::domain::fetched::{FetchedInvoice, FetchedItem, FetchedSubscription};
use crate::domain::ids::{CustomerId, ItemId, PriceId, ScheduleId, SubscriptionId};
use crate::domain::steering::Collection;
use crate::domain::subscription::Status;
use crate::domain::timestamp::Timestamp;

impl Stripe {
    /// All of the customer's subscriptions, ended ones too; `None` when Stripe has no such customer.
    pub(crate) async fn subscriptions_of(
        &self,
        customer: &CustomerId,
        patience: Patience,
    ) -> Result<Option<Vec<FetchedSubscription>>, StripeFailed> {
        let patience = self.started(patience);
        let list = ListSubscription::new()
            .customer(customer.as_str())
            .status(ListSubscriptionStatus::All)
            .limit(100)
            .expand(["data.latest_invoice".to_owned(), "data.customer".to_owned()]);
        let listed = self
            .every("subscription_list", patience, |after| match after {
                Some(id) => list.clone().starting_after(id).build(),
                None => list.build(),
            })
            .await;
        let Some(found) = unless_missing(listed)? else {
            return Ok(None);
        };
        let mut subscriptions = Vec::new();
        for subscription in found {
            subscriptions.push(self.completed(subscription, patience).await?);
        }
        Ok(Some(subscriptions))
    }

    pub(crate) async fn subscription(
        &self,
        id: &SubscriptionId,
        patience: Patience,
    ) -> Result<Option<FetchedSubscription>, StripeFailed> {
        let patience = self.started(patience);
        let request = RetrieveSubscription::new(id.as_str())
            .expand(["latest_invoice".to_owned(), "customer".to_owned()])
            .build();
        let call = Call::new("subscription_get", request);
        match self.find(call, patience).await? {
            Some(found) => Ok(Some(self.completed(found, patience).await?)),
            None => Ok(None),
        }
    }

    /// The prices of the change that waits for its payment; none where none waits.
    pub(crate) async fn pending_prices(
        &self,
        id: &SubscriptionId,
        patience: Patience,
    ) -> Result<Vec<PriceId>, StripeFailed> {
        let request = RetrieveSubscription::new(id.as_str()).build();
        let found: Option<WaitingAnswer> =
            self.find(Call::new("subscription_get", request), patience).await?;
        let waiting = found.and_then(|found| found.pending_update);
        let items = waiting.and_then(|waiting| waiting.subscription_items).unwrap_or_default();
        let items = items.into_iter().filter_map(|item| item.0);
        Ok(items.filter_map(|item| item.into_domain(Period::UNTOLD)).map(|it| it.price).collect())
    }

    /// Bills a paused subscription from now on; it stays paused until that is paid.
    pub(crate) async fn resume_paused(
        &self,
        id: &SubscriptionId,
        key: &str,
        patience: Patience,
    ) -> Result<(), StripeFailed> {
        let request = ResumeSubscription::new(id.as_str()).build();
        let call = Call::new("subscription_resume", request).keyed(key);
        self.call::<Named>(call, patience).await?;
        Ok(())
    }

    /// Adds what the answer itself leaves out: items beyond its first few, and open invoices.
    async fn completed(
        &self,
        mut answer: SubscriptionAnswer,
        patience: Patience,
    ) -> Result<FetchedSubscription, StripeFailed> {
        if answer.items.has_more {
            let id = SubscriptionId::new(answer.id.as_str())?;
            answer.items.data = self.items(&id, patience).await?;
        }
        let schedule =
            answer.schedule.take().map(|found| ScheduleId::new(found.id())).transpose()?;
        let mut subscription = answer.into_domain()?;
        if let Some(schedule) = schedule.filter(|_| subscription.ended_at.is_none()) {
            subscription.schedule = self.schedule(&schedule, patience).await?;
        }
        if may_owe(&subscription) {
            // Gone since it was listed: then it has no open invoices either.
            let open = unless_missing(self.open_invoices(&subscription.id, patience).await)?;
            subscription.open_invoices = open.unwrap_or_default();
        }
        Ok(subscription)
    }

    /// One page holds more items than a subscription may have.
    pub(super) async fn items(
        &self,
        subscription: &SubscriptionId,
        patience: Patience,
    ) -> Result<Vec<Lenient<ItemAnswer>>, StripeFailed> {
        let request = RequestBuilder::new(StripeMethod::Get, "/subscription_items")
            .query(&BTreeMap::from([("subscription", subscription.as_str()), ("limit", "100")]));
        let page: Page<_> =
            self.call(Call::new("subscription_item_list", request), patience).await?;
        Ok(page.data)
    }
}

/// Whether open invoices are worth a call. An unpaid change leaves the subscription active, with
/// its invoice open.
fn may_owe(subscription: &FetchedSubscription) -> bool {
    let latest = subscription.latest_invoice.as_ref().map(|invoice| invoice.status.as_str());
    match subscription.status {
        Status::PastDue | Status::Unpaid | Status::Incomplete => latest != Some("paid"),
        Status::Canceled => subscription.lost_to_payment && latest != Some("paid"),
        Status::Active | Status::Trialing | Status::Paused | Status::Unknown(_) => {
            latest == Some("open")
        }
        Status::IncompleteExpired => false,
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct SubscriptionAnswer {
    id: String,
    customer: Reference<Payer>,
    default_payment_method: Option<Reference<Named>>,
    default_source: Option<Reference<Named>>,
    status: String,
    created: i64,
    items: Page<Lenient<ItemAnswer>>,
    trial_end: Option<i64>,
    #[serde(default, deserialize_with = "or_default")]
    cancel_at_period_end: bool,
    cancel_at: Option<i64>,
    ended_at: Option<i64>,
    cancellation_details: Option<CancellationDetails>,
    pause_collection: Option<PauseCollection>,
    #[serde(default)]
    metadata: Metadata,
    latest_invoice: Option<Reference<InvoiceAnswer>>,
    collection_method: Option<String>,
    schedule: Option<Reference<Named>>,
    pending_update: Option<serde::de::IgnoredAny>,
    #[serde(flatten)]
    period: Period,
}

/// A subscription, as far as it tells what waits.
#[derive(Debug, Deserialize)]
struct WaitingAnswer {
    pending_update: Option<PendingUpdate>,
}

#[derive(Debug, Deserialize)]
struct PendingUpdate {
    subscription_items: Option<Vec<Lenient<ItemAnswer>>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct ItemAnswer {
    id: Option<String>,
    price: PriceAnswer,
    quantity: Option<u32>,
    #[serde(flatten)]
    period: Period,
}

/// On the subscription before 2025-03-31.basil, on each item since.
#[derive(Debug, Clone, Copy, Deserialize)]
struct Period {
    current_period_start: Option<i64>,
    current_period_end: Option<i64>,
}

impl Period {
    const UNTOLD: Self = Self { current_period_start: None, current_period_end: None };
}

/// The customer, as far as it tells what there is to charge.
#[derive(Debug, Deserialize)]
struct Payer {
    id: String,
    default_source: Option<Reference<Named>>,
    invoice_settings: Option<InvoiceSettings>,
}

#[derive(Debug, Deserialize)]
struct InvoiceSettings {
    default_payment_method: Option<Reference<Named>>,
}

impl Listed for Payer {
    fn id(&self) -> &str {
        &self.id
    }
}

impl Payer {
    fn has_method(&self) -> bool {
        let settings = self.invoice_settings.as_ref();
        settings.is_some_and(|settings| settings.default_payment_method.is_some())
            || self.default_source.is_some()
    }
}

#[derive(Debug, Deserialize)]
struct CancellationDetails {
    reason: Option<String>,
}

#[derive(Debug, Deserialize)]
struct PauseCollection {
    behavior: Option<String>,
}

impl Listed for SubscriptionAnswer {
    fn id(&self) -> &str {
        &self.id
    }
}

impl SubscriptionAnswer {
    pub(super) fn into_domain(self) -> Result<FetchedSubscription, StripeFailed> {
        let period = self.period;
        let items = self.items.data.into_iter();
        let has_payment_method =
            match (&self.default_payment_method, &self.default_source, &self.customer) {
                (Some(_), _, _) | (_, Some(_), _) => Some(true),
                (None, None, Reference::Object(payer)) => Some(payer.has_method()),
                (None, None, Reference::Id(_)) => None,
            };
        Ok(FetchedSubscription {
            id: SubscriptionId::new(self.id)?,
            customer: CustomerId::new(self.customer.id())?,
            status: Status::parse(&self.status),
            created_at: Timestamp(self.created),
            items: items.filter_map(|item| item.0?.into_domain(period)).collect(),
            trial_end: moment(self.trial_end),
            cancel_at_period_end: self.cancel_at_period_end,
            cancel_at: moment(self.cancel_at),
            ended_at: moment(self.ended_at),
            lost_to_payment: self
                .cancellation_details
                .and_then(|details| details.reason)
                .as_deref()
                == Some("payment_failed"),
            pause_behavior: self.pause_collection.and_then(|pause| pause.behavior),
            account: self.metadata.account(),
            latest_invoice: self
                .latest_invoice
                .and_then(Reference::into_object)
                .map(InvoiceAnswer::into_domain)
                .transpose()?,
            has_payment_method,
            open_invoices: Vec::<FetchedInvoice>::new(),
            collection: match self.collection_method.as_deref() {
                Some("send_invoice") => Collection::SendInvoice,
                Some(_) | None => Collection::ChargeAutomatically,
            },
            schedule: None,
            update_pending: self.pending_update.is_some(),
        })
    }
}

impl ItemAnswer {
    /// `None` for a price that no catalogue could name: it must not cost the others.
    fn into_domain(self, outer: Period) -> Option<FetchedItem> {
        let price = self.price.into_domain().ok()?;
        Some(FetchedItem {
            id: self.id.and_then(|id| ItemId::new(id).ok()),
            price: price.id,
            lookup_key: price.lookup_key,
            currency: price.currency,
            unit_amount_minor: price.unit_amount,
            recurring: price.recurring,
            quantity: self.quantity.unwrap_or(1),
            period_start: moment(self.period.current_period_start.or(outer.current_period_start)),
            period_end: moment(self.period.current_period_end.or(outer.current_period_end)),
        })
    }
}
