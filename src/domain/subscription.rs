//! What Stripe says of a subscription, in the measure the rules need.

use super::ids::{AccountId, CustomerId, PlanId, PriceId, SubscriptionId};
use super::plan::{Interval, Limit};
use super::steering::{Maker, NextPrice, Schedule, Steering};
use super::timestamp::Timestamp;

/// Stripe's `subscription.status`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Status {
    Incomplete,
    IncompleteExpired,
    Trialing,
    Active,
    PastDue,
    Unpaid,
    Paused,
    Canceled,
    /// A word this build does not know; the last known status counts on.
    Unknown(String),
}

impl Status {
    pub(crate) fn parse(text: &str) -> Self {
        match text {
            "incomplete" => Self::Incomplete,
            "incomplete_expired" => Self::IncompleteExpired,
            "trialing" => Self::Trialing,
            "active" => Self::Active,
            "past_due" => Self::PastDue,
            "unpaid" => Self::Unpaid,
            "paused" => Self::Paused,
            "canceled" => Self::Canceled,
            other => Self::Unknown(other.to_owned()),
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        match self {
            Self::Incomplete => "incomplete",
            Self::IncompleteExpired => "incomplete_expired",
            Self::Trialing => "trialing",
            Self::Active => "active",
            Self::PastDue => "past_due",
            Self::Unpaid => "unpaid",
            Self::Paused => "paused",
            Self::Canceled => "canceled",
            Self::Unknown(text) => text,
        }
    }
}

/// Stripe's `pause_collection.behavior`, as far as it matters to access.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CollectionPause {
    /// Invoices wait as drafts and will be collected: nothing changes.
    KeepAsDraft,
    /// Invoices are voided or written off: nobody pays for the time after `paid_until`.
    Forgiven { paid_until: Timestamp },
}

/// What the price of a subscription buys here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Grant {
    /// The price belongs to a plan of the catalogue, or once did.
    Plan { id: PlanId, limit: Limit },
    /// Our subscription with a price that is in no plan; what it last bought still counts.
    Unmapped { last_known: Option<(PlanId, Limit)> },
    /// Somebody else's product: it gives nothing and blocks nothing.
    Foreign,
}

impl Grant {
    pub(crate) fn plan(&self) -> Option<&PlanId> {
        match self {
            Self::Plan { id, .. } | Self::Unmapped { last_known: Some((id, _)) } => Some(id),
            Self::Unmapped { last_known: None } | Self::Foreign => None,
        }
    }
}

/// One subscription as last fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Subscription {
    pub(crate) id: SubscriptionId,
    pub(crate) account: AccountId,
    pub(crate) customer: CustomerId,
    pub(crate) status: Status,
    /// The last status this build knew; what counts while `status` is unknown.
    pub(crate) known_status: Option<Status>,
    pub(crate) grant: Grant,
    pub(crate) price: Option<PriceId>,
    pub(crate) interval: Option<Interval>,
    pub(crate) quantity: u32,
    pub(crate) currency: Option<String>,
    /// Per unit and period, in minor units.
    pub(crate) unit_amount_minor: Option<i64>,
    pub(crate) created_at: Timestamp,
    pub(crate) period_end: Option<Timestamp>,
    pub(crate) trial_end: Option<Timestamp>,
    /// When it will end, whichever of Stripe's two shapes said so.
    pub(crate) cancels_at: Option<Timestamp>,
    pub(crate) ended_at: Option<Timestamp>,
    /// It ended because payment failed, not because somebody asked.
    pub(crate) lost_to_payment: bool,
    /// When the oldest unpaid invoice was finalized.
    pub(crate) past_due_since: Option<Timestamp>,
    pub(crate) pause: Option<CollectionPause>,
    pub(crate) payment: PaymentNeed,
    pub(crate) synced_at: Timestamp,
    pub(crate) steering: Steering,
}

/// What an open invoice of the subscription asks of the customer, and what there is to charge.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct PaymentNeed {
    /// The open invoice waits for the customer: 3-D Secure, or a new card for a declined change.
    pub(crate) requires_action: bool,
    /// Stripe's hosted page of the open invoice.
    pub(crate) invoice_url: Option<String>,
    /// What is still to be paid of the open invoice; `None` when none is open.
    pub(crate) amount_due_minor: Option<i64>,
    /// When Stripe tries the open invoice again by itself; `None` when it does not.
    pub(crate) next_attempt_at: Option<Timestamp>,
    /// The date of the invoice whose payment waits for 3-D Secure.
    pub(crate) authenticates_since: Option<Timestamp>,
    /// Whether there is a payment method to charge; `None` when nobody said.
    pub(crate) has_method: Option<bool>,
}

impl Subscription {
    /// The status that counts: the last known one where Stripe used a new word.
    pub(crate) fn effective_status(&self) -> Option<&Status> {
        match &self.status {
            Status::Unknown(_) => self.known_status.as_ref(),
            known => Some(known),
        }
    }

    /// Whether it has ended for good; everything else forbids a second subscription.
    pub(crate) fn is_over(&self) -> bool {
        match self.effective_status() {
            Some(Status::Canceled | Status::IncompleteExpired) => true,
            Some(
                Status::Incomplete
                | Status::Trialing
                | Status::Active
                | Status::PastDue
                | Status::Unpaid
                | Status::Paused
                | Status::Unknown(_),
            )
            | None => false,
        }
    }

    pub(crate) fn is_ours(&self) -> bool {
        self.grant != Grant::Foreign
    }

    /// The schedule, if we made it.
    pub(crate) fn own_schedule(&self) -> Option<&Schedule> {
        self.steering.schedule.as_ref().filter(|schedule| schedule.maker == Maker::Us)
    }

    /// Whether a schedule steers it that we did not make.
    pub(crate) fn is_steered_elsewhere(&self) -> bool {
        self.steering.schedule.is_some() && self.own_schedule().is_none()
    }

    /// The change of price that a schedule, ours or not, will make.
    pub(crate) fn next_price(&self) -> Option<&NextPrice> {
        self.steering.schedule.as_ref().filter(|_| !self.is_over())?.next.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::Status;

    #[test]
    fn every_status_of_stripe_reads_and_writes_as_itself() {
        let words = [
            "incomplete",
            "incomplete_expired",
            "trialing",
            "active",
            "past_due",
            "unpaid",
            "paused",
            "canceled",
        ];
        for word in words {
            let status = Status::parse(word);
            assert!(!matches!(status, Status::Unknown(_)), "{word}");
            assert_eq!(status.as_str(), word);
        }
        assert_eq!(Status::parse("hibernating").as_str(), "hibernating");
    }
}
