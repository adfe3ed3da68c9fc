//! How a subscription is collected and steered, which decides how it can be changed.

use super::fetched::{FetchedItem, FetchedSubscription, KnownPrice};
use super::ids::{ItemId, PlanId, PriceId, ScheduleId};
use super::plan::Interval;
use super::timestamp::Timestamp;

/// What steers a subscription, as last fetched.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Steering {
    /// The item whose price is the plan's.
    pub(crate) item: Option<ItemId>,
    pub(crate) collection: Collection,
    pub(crate) schedule: Option<Schedule>,
    /// Stripe's `pending_update`: a change that waits for its payment.
    pub(crate) update_pending: bool,
}

impl Steering {
    /// Whether Stripe has other plans for the subscription than `other` knows of.
    pub(super) fn differs(&self, other: &Self) -> bool {
        self.schedule != other.schedule || self.update_pending != other.update_pending
    }
}

/// Stripe's `collection_method`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Collection {
    #[default]
    ChargeAutomatically,
    /// The customer pays an invoice they are sent; a change waits for no payment.
    SendInvoice,
}

/// A Subscription Schedule that the subscription is under.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Schedule {
    pub(crate) id: ScheduleId,
    pub(crate) maker: Maker,
    /// The next change of price; `None` where only time goes on.
    pub(crate) next: Option<NextPrice>,
}

/// Who made a schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Maker {
    Us,
    /// Somebody at Stripe, or another program: it is shown and never touched.
    SomebodyElse,
}

/// What a schedule puts in place of the price, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NextPrice {
    pub(crate) at: Timestamp,
    pub(crate) price: PriceId,
    pub(crate) plan: Option<PlanId>,
    pub(crate) interval: Option<Interval>,
}

/// A Subscription Schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FetchedSchedule {
    pub(crate) id: ScheduleId,
    /// Ours where it carries our mark, or where we are known to have begun it.
    pub(crate) maker: Maker,
    /// The phase after the current one.
    pub(crate) next: Option<FetchedPhase>,
}

/// A phase to come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FetchedPhase {
    pub(crate) starts_at: Timestamp,
    pub(crate) prices: Vec<PriceId>,
}

/// Takes the part of what was fetched that steers; `item` is the one that buys the plan.
pub(super) fn judge(
    fetched: &FetchedSubscription,
    item: Option<&FetchedItem>,
    known: &[KnownPrice],
) -> Steering {
    Steering {
        item: item.and_then(|item| item.id.clone()),
        collection: fetched.collection,
        schedule: fetched.schedule.as_ref().map(|found| schedule(found, item, known)),
        update_pending: fetched.update_pending,
    }
}

/// A next phase with the price of now changes nothing that matters here.
fn schedule(found: &FetchedSchedule, item: Option<&FetchedItem>, known: &[KnownPrice]) -> Schedule {
    let current = item.map(|item| &item.price);
    let next = found.next.as_ref().and_then(|phase| {
        let mapped = phase.prices.iter().find_map(|price| known.iter().find(|k| k.price == *price));
        let price = mapped.map(|known| &known.price).or_else(|| phase.prices.first())?;
        (Some(price) != current).then(|| NextPrice {
            at: phase.starts_at,
            price: price.clone(),
            plan: mapped.map(|known| known.plan.clone()),
            interval: mapped.map(|known| known.interval),
        })
    });
    Schedule { id: found.id.clone(), maker: found.maker, next }
}
