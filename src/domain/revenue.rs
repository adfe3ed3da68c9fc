//! What subscriptions bring in a month.

use std::collections::BTreeMap;

use super::plan::Interval;
use super::subscription::{CollectionPause, Status, Subscription};
use super::timestamp::Timestamp;

/// Monthly recurring revenue by currency, before discounts and taxes.
///
/// As Stripe defines it: active and past-due subscriptions count, trials do not, and a year counts
/// a twelfth: <https://docs.stripe.com/billing/subscriptions/analytics/glossary>.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Revenue {
    /// In twelfths of a minor unit, so that years round once and not each.
    twelfths: BTreeMap<String, i128>,
    pub(crate) subscriptions: u32,
}

impl Revenue {
    /// Adds what `subscription` brings, if it does.
    pub(crate) fn add(&mut self, subscription: &Subscription, now: Timestamp) {
        let months_a_year = match subscription.interval {
            Some(Interval::Month) => 12,
            Some(Interval::Year) => 1,
            Some(Interval::Once) | None => return,
        };
        let (Some(currency), Some(minor), true) =
            (&subscription.currency, subscription.unit_amount_minor, pays(subscription, now))
        else {
            return;
        };
        let amount = i128::from(minor) * i128::from(subscription.quantity) * months_a_year;
        *self.twelfths.entry(currency.clone()).or_default() += amount;
        self.subscriptions += 1;
    }

    /// Each currency with its minor units a month, rounded half up.
    pub(crate) fn per_month(&self) -> impl Iterator<Item = (&str, i64)> {
        self.twelfths.iter().map(|(currency, twelfths)| {
            let minor = (twelfths + 6).div_euclid(12);
            (currency.as_str(), i64::try_from(minor).unwrap_or(i64::MAX))
        })
    }
}

fn pays(subscription: &Subscription, now: Timestamp) -> bool {
    let over = subscription.cancels_at.is_some_and(|end| end <= now);
    let forgiven = matches!(subscription.pause, Some(CollectionPause::Forgiven { .. }));
    if over || forgiven || !subscription.is_ours() {
        return false;
    }
    match subscription.effective_status() {
        Some(Status::Active | Status::PastDue) => true,
        Some(
            Status::Incomplete
            | Status::IncompleteExpired
            | Status::Trialing
            | Status::Unpaid
            | Status::Paused
            | Status::Canceled
            | Status::Unknown(_),
        )
        | None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::subscription::Grant;
    use crate::domain::testing::{at, subscription};

    #[test]
    fn only_what_is_paid_counts_and_a_year_a_twelfth_of_it() {
        let active = || subscription(Status::Active);
        let yearly = |minor| Subscription {
            interval: Some(Interval::Year),
            unit_amount_minor: Some(minor),
            ..active()
        };
        let table = [
            ("a month", vec![active()], vec![("eur", 500)]),
            ("three of them", vec![Subscription { quantity: 3, ..active() }], vec![("eur", 1500)]),
            ("a year", vec![yearly(5_000)], vec![("eur", 417)]),
            (
                "years round once",
                vec![yearly(5_000), yearly(5_000), yearly(2_000)],
                vec![("eur", 1_000)],
            ),
            ("past due", vec![subscription(Status::PastDue)], vec![("eur", 500)]),
            (
                "ends later",
                vec![Subscription { cancels_at: Some(at(1)), ..active() }],
                vec![("eur", 500)],
            ),
            ("ended now", vec![Subscription { cancels_at: Some(at(0)), ..active() }], vec![]),
            ("trial", vec![subscription(Status::Trialing)], vec![]),
            ("unpaid", vec![subscription(Status::Unpaid)], vec![]),
            ("canceled", vec![subscription(Status::Canceled)], vec![]),
            ("paused", vec![subscription(Status::Paused)], vec![]),
            ("not ours", vec![Subscription { grant: Grant::Foreign, ..active() }], vec![]),
            (
                "forgiven",
                vec![Subscription {
                    pause: Some(CollectionPause::Forgiven { paid_until: at(9) }),
                    ..active()
                }],
                vec![],
            ),
            (
                "two currencies",
                vec![active(), Subscription { currency: Some("jpy".to_owned()), ..active() }],
                vec![("eur", 500), ("jpy", 500)],
            ),
        ];
        for (name, subscriptions, expected) in table {
            let mut revenue = Revenue::default();
            for one in &subscriptions {
                revenue.add(one, at(0));
            }
            assert_eq!(revenue.per_month().collect::<Vec<_>>(), expected, "{name}");
        }
    }
}
