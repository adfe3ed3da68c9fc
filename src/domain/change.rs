//! What a change of plan is: which way it goes, when it takes effect, and when it must wait.

use super::ids::ItemId;
use super::plan::{Interval, Limit, Offer};
use super::steering::Collection;
use super::subscription::{Grant, Status, Subscription};
use super::timestamp::Timestamp;

/// Which way a change goes; the limit decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    Upgrade,
    Downgrade,
    /// As many servers as before, paid in another rhythm or at another price.
    Interval,
    /// What the account has already.
    None,
}

impl Kind {
    /// Those that change something.
    pub(crate) const REAL: [Self; 3] = [Self::Upgrade, Self::Downgrade, Self::Interval];

    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::REAL.into_iter().chain([Self::None]).find(|kind| kind.as_str() == text)
    }

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Upgrade => "upgrade",
            Self::Downgrade => "downgrade",
            Self::Interval => "interval",
            Self::None => "none",
        }
    }
}

/// When a change takes effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Effective {
    Now,
    /// What is paid for is used up first, and nothing is paid back.
    PeriodEnd,
}

impl Effective {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Now => "now",
            Self::PeriodEnd => "period_end",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        [Self::Now, Self::PeriodEnd].into_iter().find(|effective| effective.as_str() == text)
    }
}

/// A change that may be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) kind: Kind,
    pub(crate) effective: Effective,
    /// The end of the period that is paid for.
    pub(crate) period_end: Timestamp,
    pub(crate) item: ItemId,
    pub(crate) quantity: u32,
    pub(crate) collection: Collection,
    /// What the new plan gives, its quantity counted.
    pub(crate) limit: Limit,
}

/// Why a subscription cannot be changed now.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("this account has no subscription whose plan could be changed")]
    NoSubscription,
    #[error("this subscription is steered by a schedule that was made elsewhere; ask the operator")]
    ManagedElsewhere,
    #[error("the open payment must be settled before the plan can be changed")]
    PaymentFirst,
    #[error("the plan is cancelled and ends on {}; take the cancellation back first", .0.day())]
    Ending(Timestamp),
    #[error(
        "the subscription is paid in {has} and this price is in {wants}; a subscription keeps its currency until it ends"
    )]
    Currency { has: String, wants: String },
    #[error("this subscription is in a state that this panel does not know; ask the operator")]
    Unclear,
}

/// Judges a change of `subscription` to `offer`, of a plan that gives `limit` for each unit.
pub(crate) fn judge(
    subscription: &Subscription,
    offer: &Offer,
    limit: Limit,
) -> Result<Change, Refusal> {
    if subscription.is_over() || !subscription.is_ours() {
        return Err(Refusal::NoSubscription);
    }
    if subscription.is_steered_elsewhere() {
        return Err(Refusal::ManagedElsewhere);
    }
    match subscription.effective_status() {
        Some(Status::Active | Status::Trialing) => {}
        Some(Status::PastDue | Status::Unpaid | Status::Incomplete | Status::Paused) => {
            return Err(Refusal::PaymentFirst);
        }
        Some(Status::Canceled | Status::IncompleteExpired) => return Err(Refusal::NoSubscription),
        Some(Status::Unknown(_)) | None => return Err(Refusal::Unclear),
    }
    if let Some(end) = subscription.cancels_at {
        return Err(Refusal::Ending(end));
    }
    if let Some(has) = subscription.currency.as_ref().filter(|has| **has != offer.currency) {
        return Err(Refusal::Currency { has: has.clone(), wants: offer.currency.clone() });
    }
    let (Some(item), Some(period_end)) = (&subscription.steering.item, subscription.period_end)
    else {
        return Err(Refusal::Unclear);
    };
    let quantity = subscription.quantity.max(1);
    let limit = limit.times(quantity);
    let (kind, effective) = way(subscription, offer, limit);
    Ok(Change {
        kind,
        effective,
        period_end,
        item: item.clone(),
        quantity,
        collection: subscription.steering.collection,
        limit,
    })
}

/// The limit decides first: it rises now and falls at the period's end, whatever either costs.
fn way(from: &Subscription, to: &Offer, limit: Limit) -> (Kind, Effective) {
    if from.price.as_ref() == Some(&to.price) {
        return (Kind::None, Effective::Now);
    }
    let had = match &from.grant {
        Grant::Plan { limit, .. } | Grant::Unmapped { last_known: Some((_, limit)) } => {
            limit.times(from.quantity.max(1))
        }
        Grant::Unmapped { last_known: None } | Grant::Foreign => Limit::Servers(0),
    };
    if limit > had {
        return (Kind::Upgrade, Effective::Now);
    }
    if limit < had {
        return (Kind::Downgrade, Effective::PeriodEnd);
    }
    let effective = match (from.interval, to.interval) {
        (Some(Interval::Month), Interval::Year) => Effective::Now,
        (Some(Interval::Year), Interval::Month) => Effective::PeriodEnd,
        _ if from.unit_amount_minor.is_some_and(|paid| to.amount_minor > paid) => Effective::Now,
        _ => Effective::PeriodEnd,
    };
    (Kind::Interval, effective)
}

/// Servers beyond `limit` once a change to it has taken effect.
pub(crate) fn over_limit_by(used: u32, limit: Limit) -> u32 {
    match limit {
        Limit::Servers(limit) => used.saturating_sub(limit),
        Limit::Unlimited => 0,
    }
}
