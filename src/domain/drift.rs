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
    Quantity,
    Period,
    Cancellation,
    Payment,
}

impl Drift {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Vanished => "vanished",
            Self::Status => "status",
            Self::Price => "price",
            Self::Quantity => "quantity",
            Self::Period => "period",
            Self::Cancellation => "cancellation",
            Self::Payment => "payment",
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
        (Drift::Price, old.price != new.price || old.grant != new.grant),
        (Drift::Quantity, old.quantity != new.quantity),
        (Drift::Period, old.period_end != new.period_end || old.trial_end != new.trial_end),
        (Drift::Cancellation, old.cancels_at != new.cancels_at || old.ended_at != new.ended_at),
        (Drift::Payment, old.past_due_since != new.past_due_since || old.payment != new.payment),
    ];
    kinds.extend(checks.into_iter().filter(|(_, differs)| *differs).map(|(kind, _)| kind));
}
