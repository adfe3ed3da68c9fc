//! How what is stored differs from what Stripe says.

use super::subscription::Subscription;

/// One kind of difference between a stored subscription and Stripe's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Drift {
    /// Stripe has a subscription that was not stored.
    Missing,
    /// A stored subscription that Stripe no longer lists.
    Vanished,
    Status,
    Price,
    /// The same price stands for another plan: our catalogue changed, not Stripe.
    Plan,
    Quantity,
    Period,
    Cancellation,
    Payment,
    /// A plan was bought for good that was not stored.
    Purchase,
    /// Money went back, or a dispute took a turn.
    Payback,
    /// What a schedule will change, or a change that waits for its payment.
    Schedule,
}

impl Drift {
    pub(crate) const ALL: [Self; 12] = [
        Self::Missing,
        Self::Vanished,
        Self::Status,
        Self::Price,
        Self::Quantity,
        Self::Period,
        Self::Cancellation,
        Self::Payment,
        Self::Plan,
        Self::Purchase,
        Self::Payback,
        Self::Schedule,
    ];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Vanished => "vanished",
            Self::Status => "status",
            Self::Price => "price",
            Self::Plan => "plan",
            Self::Quantity => "quantity",
            Self::Period => "period",
            Self::Cancellation => "cancellation",
            Self::Payment => "payment",
            Self::Purchase => "purchase",
            Self::Payback => "payback",
            Self::Schedule => "schedule",
        }
    }

    /// Whether something happened at Stripe, which sends an event then.
    pub(crate) fn is_news(self) -> bool {
        match self {
            Self::Plan => false,
            Self::Missing
            | Self::Vanished
            | Self::Status
            | Self::Price
            | Self::Quantity
            | Self::Period
            | Self::Cancellation
            | Self::Payment
            | Self::Purchase
            | Self::Payback
            | Self::Schedule => true,
        }
    }
}

/// Compares two readings of one account's subscriptions; sorted, each kind once.
pub(crate) fn between(stored: &[Subscription], fetched: &[Subscription]) -> Vec<Drift> {
    let mut kinds = Vec::new();
    for new in fetched {
        match stored.iter().find(|old| old.id == new.id) {
            Some(old) => compare(old, new, &mut kinds),
            None => kinds.push(Drift::Missing),
        }
    }
    let gone = |old: &&Subscription| !old.is_over() && fetched.iter().all(|new| new.id != old.id);
    if stored.iter().any(|old| gone(&old)) {
        kinds.push(Drift::Vanished);
    }
    kinds.sort_unstable();
    kinds.dedup();
    kinds
}

fn compare(old: &Subscription, new: &Subscription, kinds: &mut Vec<Drift>) {
    let checks = [
        (Drift::Status, old.status != new.status),
        (Drift::Price, old.price != new.price),
        (Drift::Plan, old.price == new.price && old.grant != new.grant),
        (Drift::Quantity, old.quantity != new.quantity),
        (Drift::Period, old.period_end != new.period_end || old.trial_end != new.trial_end),
        (Drift::Cancellation, old.cancels_at != new.cancels_at || old.ended_at != new.ended_at),
        (Drift::Payment, old.past_due_since != new.past_due_since || old.payment != new.payment),
        (Drift::Payment, old.pause != new.pause),
        (Drift::Schedule, old.steering.differs(&new.steering)),
    ];
    kinds.extend(checks.into_iter().filter(|(_, differs)| *differs).map(|(kind, _)| kind));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::SubscriptionId;
    use crate::domain::steering::Steering;
    use crate::domain::subscription::{CollectionPause, PaymentNeed, Status};
    use crate::domain::testing::{DAY, at, buys, subscription};

    /// A name, what was stored, what was fetched, and what differs.
    type Story = (&'static str, Vec<Subscription>, Vec<Subscription>, Vec<Drift>);

    #[test]
    fn drift_names_each_kind_of_difference_once() {
        let stored = || subscription(Status::Active);
        let other = |status| Subscription {
            id: SubscriptionId::new("sub_2").expect("a subscription id"),
            ..subscription(status)
        };
        let later = Some(at(DAY));
        let need = PaymentNeed { requires_action: true, ..PaymentNeed::default() };
        let forgiven = CollectionPause::Forgiven { paid_until: at(DAY) };
        let same_id: Vec<(Subscription, Vec<Drift>)> = vec![
            (stored(), vec![]),
            (Subscription { synced_at: at(9), ..stored() }, vec![]),
            (Subscription { status: Status::Unpaid, ..stored() }, vec![Drift::Status]),
            (Subscription { price: None, ..stored() }, vec![Drift::Price]),
            (Subscription { grant: buys("growth"), ..stored() }, vec![Drift::Plan]),
            (Subscription { quantity: 2, ..stored() }, vec![Drift::Quantity]),
            (Subscription { period_end: later, ..stored() }, vec![Drift::Period]),
            (Subscription { trial_end: later, ..stored() }, vec![Drift::Period]),
            (Subscription { cancels_at: later, ..stored() }, vec![Drift::Cancellation]),
            (Subscription { ended_at: later, ..stored() }, vec![Drift::Cancellation]),
            (Subscription { past_due_since: later, ..stored() }, vec![Drift::Payment]),
            (Subscription { payment: need, ..stored() }, vec![Drift::Payment]),
            (Subscription { pause: Some(forgiven), ..stored() }, vec![Drift::Payment]),
            (
                Subscription {
                    steering: Steering { update_pending: true, ..Steering::default() },
                    ..stored()
                },
                vec![Drift::Schedule],
            ),
            (
                Subscription { status: Status::PastDue, quantity: 2, ..stored() },
                vec![Drift::Status, Drift::Quantity],
            ),
        ];
        for (new, expected) in same_id {
            assert_eq!(between(&[stored()], std::slice::from_ref(&new)), expected, "{new:?}");
        }
        let (live, over) = (other(Status::Active), other(Status::Canceled));
        let table: Vec<Story> = vec![
            ("nothing at all", vec![], vec![], vec![]),
            ("not stored", vec![], vec![stored(), live.clone()], vec![Drift::Missing]),
            ("gone from Stripe", vec![stored(), live.clone()], vec![], vec![Drift::Vanished]),
            ("over and gone", vec![over], vec![], vec![]),
            ("one for another", vec![stored()], vec![live], vec![Drift::Missing, Drift::Vanished]),
        ];
        for (name, stored, fetched, expected) in table {
            assert_eq!(between(&stored, &fetched), expected, "{name}");
        }
    }
}
