//! What an answer of Stripe's says, before it is judged.

use super::drift;
use super::ids::{
    AccountId, ChargeId, CustomerId, DisputeId, InvoiceId, ItemId, PaymentIntentId, PlanId,
    PriceId, SessionId, SubscriptionId,
};
use super::plan::{Interval, Limit};
use super::steering::{self, Collection, FetchedSchedule};
use super::subscription::{CollectionPause, Grant, PaymentNeed, Status, Subscription};
use super::timestamp::Timestamp;

/// A subscription in Stripe's terms, old and new shapes made one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FetchedSubscription {
    pub(crate) id: SubscriptionId,
    pub(crate) customer: CustomerId,
    pub(crate) status: Status,
    pub(crate) created_at: Timestamp,
    pub(crate) items: Vec<FetchedItem>,
    pub(crate) trial_end: Option<Timestamp>,
    pub(crate) cancel_at_period_end: bool,
    pub(crate) cancel_at: Option<Timestamp>,
    pub(crate) ended_at: Option<Timestamp>,
    /// `cancellation_details.reason` is `payment_failed`.
    pub(crate) lost_to_payment: bool,
    /// `pause_collection.behavior`.
    pub(crate) pause_behavior: Option<String>,
    /// `metadata.account_id`.
    pub(crate) account: Option<AccountId>,
    pub(crate) latest_invoice: Option<FetchedInvoice>,
    /// A payment method of its own or of its customer; `None` when the answer did not tell.
    pub(crate) has_payment_method: Option<bool>,
    /// Invoices that are finalized and unpaid, asked for only where the status hints at some.
    pub(crate) open_invoices: Vec<FetchedInvoice>,
    pub(crate) collection: Collection,
    pub(crate) schedule: Option<FetchedSchedule>,
    /// There is a `pending_update`.
    pub(crate) update_pending: bool,
}

/// One item of a subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FetchedItem {
    /// `None` where nobody could change it.
    pub(crate) id: Option<ItemId>,
    pub(crate) price: PriceId,
    pub(crate) lookup_key: Option<String>,
    pub(crate) currency: String,
    pub(crate) unit_amount_minor: Option<i64>,
    /// `price.recurring.interval`.
    pub(crate) recurring: Option<String>,
    pub(crate) quantity: u32,
    pub(crate) period_start: Option<Timestamp>,
    pub(crate) period_end: Option<Timestamp>,
}

/// An invoice, as far as access and the way out need it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FetchedInvoice {
    pub(crate) id: InvoiceId,
    /// `draft`, `open`, `paid`, `uncollectible`, `void`, or a word of the future.
    pub(crate) status: String,
    pub(crate) finalized_at: Option<Timestamp>,
    pub(crate) hosted_url: Option<String>,
    /// Its payment waits for the customer: authentication, or another card for a declined change.
    pub(crate) requires_action: bool,
    /// It waits for 3-D Secure.
    pub(crate) authenticates: bool,
    /// `amount_remaining`.
    pub(crate) amount_due_minor: i64,
    pub(crate) next_attempt_at: Option<Timestamp>,
}

/// A customer, as far as we know one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FetchedCustomer {
    pub(crate) id: CustomerId,
    pub(crate) email: Option<String>,
    /// `metadata.account_id`.
    pub(crate) account: Option<AccountId>,
}

/// A charge, as its list tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FetchedCharge {
    pub(crate) id: ChargeId,
    pub(crate) payment: Option<PaymentIntentId>,
    pub(crate) amount_minor: i64,
    /// `amount_refunded`, which may hold a refund that failed later.
    pub(crate) refunded_minor: i64,
    pub(crate) currency: String,
    pub(crate) disputed: bool,
}

/// A dispute in Stripe's terms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FetchedDispute {
    pub(crate) id: DisputeId,
    pub(crate) charge: ChargeId,
    pub(crate) payment: Option<PaymentIntentId>,
    pub(crate) status: String,
    pub(crate) amount_minor: i64,
    pub(crate) currency: String,
}

/// A Checkout Session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FetchedSession {
    pub(crate) id: SessionId,
    /// The page to pay at, while the session is open.
    pub(crate) url: Option<String>,
    pub(crate) status: SessionStatus,
    pub(crate) payment: SessionPayment,
    pub(crate) mode: SessionMode,
    pub(crate) customer: Option<CustomerId>,
    pub(crate) subscription: Option<SubscriptionId>,
    pub(crate) payment_intent: Option<PaymentIntentId>,
    /// Its payment was tried and failed for good; told only where the payment was asked for.
    pub(crate) payment_failed: bool,
    /// `metadata.account_id`, else `client_reference_id`.
    pub(crate) account: Option<AccountId>,
    /// `metadata.plan`.
    pub(crate) plan: Option<String>,
    pub(crate) amount_total: Option<i64>,
    pub(crate) currency: Option<String>,
    /// Of the line items, where they were asked for.
    pub(crate) prices: Vec<PriceId>,
    pub(crate) created_at: Timestamp,
    pub(crate) expires_at: Timestamp,
}

/// A session's `status`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SessionStatus {
    Open,
    Complete,
    Expired,
    Unknown(String),
}

impl SessionStatus {
    pub(crate) fn parse(text: &str) -> Self {
        match text {
            "open" => Self::Open,
            "complete" => Self::Complete,
            "expired" => Self::Expired,
            other => Self::Unknown(other.to_owned()),
        }
    }
}

/// A session's `payment_status`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SessionPayment {
    Paid,
    Unpaid,
    /// A trial, or a total of zero: as good as paid.
    NoPaymentRequired,
    Unknown(String),
}

impl SessionPayment {
    pub(crate) fn parse(text: &str) -> Self {
        match text {
            "paid" => Self::Paid,
            "unpaid" => Self::Unpaid,
            "no_payment_required" => Self::NoPaymentRequired,
            other => Self::Unknown(other.to_owned()),
        }
    }
}

/// A session's `mode`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SessionMode {
    Subscription,
    Payment,
    Other,
}

impl SessionMode {
    pub(crate) fn parse(text: &str) -> Self {
        match text {
            "subscription" => Self::Subscription,
            "payment" => Self::Payment,
            _ => Self::Other,
        }
    }
}

/// A price that belongs, or once belonged, to a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KnownPrice {
    pub(crate) price: PriceId,
    pub(crate) plan: PlanId,
    pub(crate) interval: Interval,
    /// The plan's limit now; `None` when the configuration no longer has the plan.
    pub(crate) limit: Option<Limit>,
}

/// Turns what was fetched into what is stored, with `known` prices and the `stored` reading.
pub(crate) fn judge(
    fetched: &FetchedSubscription,
    account: &AccountId,
    known: &[KnownPrice],
    stored: Option<&Subscription>,
    now: Timestamp,
) -> Subscription {
    let (item, mapped) = match best(&fetched.items, known) {
        Some((item, price)) => (Some(item), Some(price)),
        None => (fetched.items.first(), None),
    };
    let period_end = item.and_then(|item| item.period_end);
    let known_status = match &fetched.status {
        Status::Unknown(_) => stored.and_then(|old| old.effective_status().cloned()),
        known => Some(known.clone()),
    };
    Subscription {
        id: fetched.id.clone(),
        account: account.clone(),
        customer: fetched.customer.clone(),
        status: fetched.status.clone(),
        known_status,
        grant: grant(fetched, account, mapped, stored),
        price: item.map(|item| item.price.clone()),
        interval: item.and_then(|item| interval(item, mapped)),
        quantity: item.map_or(1, |item| item.quantity),
        currency: item.map(|item| item.currency.clone()),
        unit_amount_minor: item.and_then(|item| item.unit_amount_minor),
        created_at: fetched.created_at,
        period_end,
        trial_end: fetched.trial_end,
        cancels_at: fetched
            .cancel_at
            .or_else(|| period_end.filter(|_| fetched.cancel_at_period_end))
            .filter(|_| fetched.ended_at.is_none()),
        ended_at: fetched.ended_at,
        lost_to_payment: fetched.lost_to_payment,
        past_due_since: past_due_since(fetched, stored, now),
        pause: pause(fetched, item, stored),
        payment: payment(fetched),
        synced_at: now,
        steering: steering::judge(fetched, item, known),
    }
}

/// Of the items that map to a plan the one that gives most, wherever it stands.
fn best<'f>(
    items: &'f [FetchedItem],
    known: &'f [KnownPrice],
) -> Option<(&'f FetchedItem, &'f KnownPrice)> {
    items
        .iter()
        .filter_map(|item| Some((item, known.iter().find(|price| price.price == item.price)?)))
        .max_by_key(|(item, price)| {
            (price.limit.map(|limit| limit.times(item.quantity)), item.price.as_str())
        })
}

fn grant(
    fetched: &FetchedSubscription,
    account: &AccountId,
    mapped: Option<&KnownPrice>,
    stored: Option<&Subscription>,
) -> Grant {
    let last_known = match stored.map(|old| &old.grant) {
        Some(Grant::Plan { id, limit }) => Some((id.clone(), *limit)),
        Some(Grant::Unmapped { last_known }) => last_known.clone(),
        Some(Grant::Foreign) | None => None,
    };
    match mapped {
        Some(KnownPrice { plan, limit: Some(limit), .. }) => {
            Grant::Plan { id: plan.clone(), limit: *limit }
        }
        Some(_) => Grant::Unmapped { last_known },
        None if last_known.is_some() || fetched.account.as_ref() == Some(account) => {
            Grant::Unmapped { last_known }
        }
        None => Grant::Foreign,
    }
}

fn interval(item: &FetchedItem, mapped: Option<&KnownPrice>) -> Option<Interval> {
    let said = item.recurring.as_deref().and_then(Interval::parse);
    said.or_else(|| mapped.map(|price| price.interval))
}

/// The grace clock starts when the oldest unpaid invoice was finalized, else when we first saw the
/// failure. While an episode lasts it never moves earlier.
fn past_due_since(
    fetched: &FetchedSubscription,
    stored: Option<&Subscription>,
    now: Timestamp,
) -> Option<Timestamp> {
    let unpaid = match &fetched.status {
        Status::PastDue | Status::Unpaid => true,
        Status::Canceled => fetched.lost_to_payment,
        Status::Unknown(_) => return stored.and_then(|old| old.past_due_since),
        Status::Incomplete
        | Status::IncompleteExpired
        | Status::Trialing
        | Status::Active
        | Status::Paused => false,
    };
    if !unpaid {
        return None;
    }
    let before = stored.and_then(|old| old.past_due_since);
    let unpaid_latest = fetched.latest_invoice.as_ref().filter(|invoice| invoice.status != "paid");
    let oldest = fetched
        .open_invoices
        .iter()
        .chain(unpaid_latest)
        .filter_map(|invoice| invoice.finalized_at)
        .min();
    match (oldest, before) {
        (Some(oldest), Some(before)) => Some(oldest.max(before)),
        (Some(oldest), None) => Some(oldest),
        (None, Some(before)) => Some(before),
        (None, None) => Some(fetched.ended_at.unwrap_or(now).min(now)),
    }
}

/// An invoice that was voided or written off leaves its period unpaid.
fn pause(
    fetched: &FetchedSubscription,
    item: Option<&FetchedItem>,
    stored: Option<&Subscription>,
) -> Option<CollectionPause> {
    match fetched.pause_behavior.as_deref()? {
        "void" | "mark_uncollectible" => {}
        _ => return Some(CollectionPause::KeepAsDraft),
    }
    if let Some(Some(CollectionPause::Forgiven { paid_until })) = stored.map(|old| old.pause) {
        return Some(CollectionPause::Forgiven { paid_until });
    }
    let forgiven = fetched
        .latest_invoice
        .as_ref()
        .is_some_and(|invoice| invoice.status == "void" || invoice.status == "uncollectible");
    let item = item?;
    let paid_until = if forgiven { item.period_start } else { item.period_end };
    paid_until.map(|paid_until| CollectionPause::Forgiven { paid_until })
}

fn payment(fetched: &FetchedSubscription) -> PaymentNeed {
    let open = |invoice: &&FetchedInvoice| invoice.status == "open";
    let invoices = || fetched.open_invoices.iter().chain(&fetched.latest_invoice).filter(open);
    let waiting = invoices().find(|invoice| invoice.requires_action);
    let due = waiting.or_else(|| invoices().next());
    let authenticates = |invoice: &&FetchedInvoice| invoice.authenticates;
    PaymentNeed {
        requires_action: waiting.is_some(),
        invoice_url: due.and_then(|invoice| invoice.hosted_url.clone()),
        amount_due_minor: due.map(|invoice| invoice.amount_due_minor),
        next_attempt_at: due.and_then(|invoice| invoice.next_attempt_at),
        authenticates_since: invoices()
            .filter(authenticates)
            .map(|invoice| invoice.finalized_at.unwrap_or(fetched.created_at))
            .min(),
        has_method: fetched.has_payment_method,
    }
}

/// What a sync changed of an account's subscriptions.
pub(crate) struct Judged {
    pub(crate) subscriptions: Vec<Subscription>,
    pub(crate) drift: Vec<drift::Drift>,
}

/// Judges all of an account's subscriptions at once.
pub(crate) fn judge_all(
    fetched: &[FetchedSubscription],
    account: &AccountId,
    known: &[KnownPrice],
    stored: &[Subscription],
    now: Timestamp,
) -> Judged {
    let subscriptions: Vec<Subscription> = fetched
        .iter()
        .map(|new| {
            let old = stored.iter().find(|old| old.id == new.id);
            judge(new, account, known, old, now)
        })
        .collect();
    let drift = drift::between(stored, &subscriptions);
    Judged { subscriptions, drift }
}
