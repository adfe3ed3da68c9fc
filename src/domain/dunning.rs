//! Bad days of a subscription: when they begin, and how they end.

use super::subscription::{Status, Subscription};
use super::timestamp::Timestamp;

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A renewal was not paid.
    Dunning,
    /// A payment waits for 3-D Secure.
    Sca,
}

impl Kind {
    pub(crate) const ALL: [Self; 2] = [Self::Dunning, Self::Sca];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Dunning => "dunning",
            Self::Sca => "sca",
        }
    }
}

/// How a subscription stands in one kind of bad days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Course {
    /// They last since then.
    Bad(Timestamp),
    /// There is nothing to pay.
    Good,
    /// The subscription is over.
    Lost,
    /// Nobody knows.
    Unclear,
}

/// How bad days end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Recovered,
    Lost,
}

impl Outcome {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Recovered => "recovered",
            Self::Lost => "lost",
        }
    }
}

/// How `subscription` stands; what is not ours has no bad days here.
pub(crate) fn course(kind: Kind, subscription: &Subscription) -> Course {
    if !subscription.is_ours() {
        return Course::Unclear;
    }
    let Some(status) = subscription.effective_status() else {
        return Course::Unclear;
    };
    let waits = subscription.payment.authenticates_since;
    match (kind, status) {
        (_, Status::Canceled | Status::IncompleteExpired) => Course::Lost,
        (Kind::Dunning, Status::PastDue | Status::Unpaid) => {
            subscription.past_due_since.map_or(Course::Unclear, Course::Bad)
        }
        (Kind::Dunning, Status::Active | Status::Trialing) => Course::Good,
        (Kind::Dunning, Status::Incomplete | Status::Paused) => Course::Unclear,
        (Kind::Sca, _) if waits.is_some() => waits.map_or(Course::Unclear, Course::Bad),
        (Kind::Sca, Status::Active | Status::Trialing) => Course::Good,
        // It may have been confirmed between two answers of Stripe's, or another card is tried.
        (Kind::Sca, Status::PastDue | Status::Unpaid | Status::Incomplete | Status::Paused)
        | (_, Status::Unknown(_)) => Course::Unclear,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::subscription::{Grant, PaymentNeed};
    use crate::domain::testing::{at, subscription};

    #[test]
    fn bad_days_begin_with_the_invoice_and_end_with_its_payment_or_the_subscription() {
        let of =
            |status: Status| Subscription { past_due_since: Some(at(5)), ..subscription(status) };
        let waits = |status: Status| Subscription {
            payment: PaymentNeed { authenticates_since: Some(at(3)), ..PaymentNeed::default() },
            ..of(status)
        };
        let (bad, waiting) = (Course::Bad(at(5)), Course::Bad(at(3)));
        let table = [
            ("active", of(Status::Active), Course::Good, Course::Good),
            ("a declined change", waits(Status::Active), Course::Good, waiting),
            ("past due", of(Status::PastDue), bad, Course::Unclear),
            ("past due and waiting", waits(Status::PastDue), bad, waiting),
            ("unpaid", of(Status::Unpaid), bad, Course::Unclear),
            ("incomplete", of(Status::Incomplete), Course::Unclear, Course::Unclear),
            ("incomplete and waiting", waits(Status::Incomplete), Course::Unclear, waiting),
            ("canceled", waits(Status::Canceled), Course::Lost, Course::Lost),
            ("paused", of(Status::Paused), Course::Unclear, Course::Unclear),
            (
                "foreign",
                Subscription { grant: Grant::Foreign, ..waits(Status::PastDue) },
                Course::Unclear,
                Course::Unclear,
            ),
        ];
        for (name, subscription, dunning, sca) in table {
            let found = Kind::ALL.map(|kind| course(kind, &subscription));
            assert_eq!(found, [dunning, sca], "{name}");
        }
    }
}
