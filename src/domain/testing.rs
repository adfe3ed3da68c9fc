//! Facts to try the rules on: one catalogue, one policy, one moment.

use std::time::Duration;

use super::entitlement::{Exemption, Facts, Lifetime, OnDispute, Policy};
use super::ids::{AccountId, CustomerId, PlanId, PriceId, SubscriptionId};
use super::plan::{Interval, Limit};
use super::steering::Steering;
use super::subscription::{Grant, PaymentNeed, Status, Subscription};
use super::timestamp::Timestamp;

pub(crate) const DAY: i64 = 86_400;

pub(crate) const POLICY: Policy = Policy {
    free_servers: 1,
    grace_period: Duration::from_hours(168),
    stale_leeway: Duration::from_hours(72),
    on_dispute: OnDispute::Freeze,
};

/// The moment `seconds` after the one at which every story begins.
pub(crate) const fn at(seconds: i64) -> Timestamp {
    Timestamp(1_800_000_000 + seconds)
}

pub(crate) fn account(id: &str) -> AccountId {
    AccountId::new(id).expect("an account id")
}

pub(crate) fn plan(id: &str) -> PlanId {
    PlanId::new(id).expect("a plan id")
}

pub(crate) fn price(id: &str) -> PriceId {
    PriceId::new(id).expect("a price id")
}

/// What a plan of the catalogue gives.
pub(crate) fn limit_of(plan: &str) -> Limit {
    match plan {
        "starter" => Limit::Servers(3),
        "lifetime" | "five" => Limit::Servers(5),
        "growth" => Limit::Servers(10),
        "network" => Limit::Unlimited,
        other => panic!("`{other}` is not in the catalogue"),
    }
}

pub(crate) fn buys(name: &str) -> Grant {
    Grant::Plan { id: plan(name), limit: limit_of(name) }
}

/// A subscription to starter, begun ten days ago and paid for twenty more.
pub(crate) fn subscription(status: Status) -> Subscription {
    Subscription {
        id: SubscriptionId::new("sub_1").expect("a subscription id"),
        account: account("acc_1"),
        customer: CustomerId::new("cus_1").expect("a customer id"),
        known_status: Some(status.clone()),
        status,
        grant: buys("starter"),
        price: Some(price("price_starter")),
        interval: Some(Interval::Month),
        quantity: 1,
        currency: Some("eur".to_owned()),
        unit_amount_minor: Some(500),
        created_at: at(-10 * DAY),
        period_end: Some(at(20 * DAY)),
        trial_end: None,
        cancels_at: None,
        ended_at: None,
        lost_to_payment: false,
        past_due_since: None,
        pause: None,
        payment: PaymentNeed::default(),
        synced_at: at(0),
        steering: Steering::default(),
    }
}

pub(crate) fn lifetime(name: &str) -> Lifetime {
    Lifetime { plan: plan(name), limit: limit_of(name) }
}

pub(crate) fn exemption(until: Option<Timestamp>) -> Exemption {
    Exemption { reason: "a friend of the house".to_owned(), until }
}

/// Nothing but these subscriptions.
pub(crate) fn subscribed(subscriptions: &[Subscription]) -> Facts {
    Facts { subscriptions: subscriptions.to_vec(), ..Facts::default() }
}
