//! What a change of plan is, case by case.

use super::change::{Change, Effective, Kind, Refusal, judge, over_limit_by};
use super::ids::{ItemId, ScheduleId};
use super::plan::{Interval, Limit, Offer};
use super::steering::{Collection, Maker, Schedule, Steering};
use super::subscription::{Grant, Status, Subscription};
use super::testing::{DAY, at, buys, limit_of, plan, price, subscription};

fn item() -> ItemId {
    ItemId::new("si_1").expect("an item id")
}

/// A subscription to `plan_id` that anything can be made of.
fn to(plan_id: &str, interval: Interval, amount_minor: i64) -> Subscription {
    Subscription {
        grant: buys(plan_id),
        price: Some(price(&format!("price_{plan_id}_{interval}"))),
        interval: Some(interval),
        unit_amount_minor: Some(amount_minor),
        steering: Steering { item: Some(item()), ..Steering::default() },
        ..subscription(Status::Active)
    }
}

fn offer(plan_id: &str, interval: Interval, amount_minor: i64) -> Offer {
    Offer {
        plan: plan(plan_id),
        interval,
        price: price(&format!("price_{plan_id}_{interval}")),
        lookup_key: None,
        amount_minor,
        currency: "eur".to_owned(),
    }
}

#[test]
fn the_limit_decides_first_then_the_interval_then_the_money() {
    use Effective::{Now, PeriodEnd};
    use Interval::{Month, Year};
    // From and to: plan, interval and amount.
    let table = [
        (("starter", Month, 500), ("growth", Month, 1200), Kind::Upgrade, Now),
        (("starter", Year, 5000), ("growth", Month, 1200), Kind::Upgrade, Now),
        (("starter", Month, 500), ("growth", Month, 100), Kind::Upgrade, Now),
        (("growth", Month, 1200), ("network", Month, 3000), Kind::Upgrade, Now),
        (("growth", Month, 1200), ("starter", Month, 500), Kind::Downgrade, PeriodEnd),
        (("growth", Month, 1200), ("starter", Year, 5000), Kind::Downgrade, PeriodEnd),
        (("growth", Month, 100), ("starter", Month, 500), Kind::Downgrade, PeriodEnd),
        (("network", Month, 3000), ("growth", Year, 12000), Kind::Downgrade, PeriodEnd),
        (("starter", Month, 500), ("starter", Year, 5000), Kind::Interval, Now),
        (("starter", Month, 500), ("starter", Year, 400), Kind::Interval, Now),
        (("starter", Year, 5000), ("starter", Month, 500), Kind::Interval, PeriodEnd),
        (("starter", Year, 5000), ("starter", Month, 9000), Kind::Interval, PeriodEnd),
        (("lifetime", Month, 500), ("five", Month, 700), Kind::Interval, Now),
        (("lifetime", Month, 500), ("five", Month, 500), Kind::Interval, PeriodEnd),
        (("lifetime", Month, 500), ("five", Month, 400), Kind::Interval, PeriodEnd),
        (("starter", Month, 500), ("starter", Month, 500), Kind::None, Now),
        (("starter", Month, 400), ("starter", Month, 500), Kind::None, Now),
    ];
    for ((had, every, paid), (gets, rhythm, costs), kind, effective) in table {
        let (from, to) = (to(had, every, paid), offer(gets, rhythm, costs));
        let change = judge(&from, &to, limit_of(gets)).expect("it may be changed");
        assert_eq!((change.kind, change.effective), (kind, effective), "{from:?} to {to:?}");
    }
}

#[test]
fn a_change_keeps_quantity_and_way_of_paying() {
    let from = Subscription {
        quantity: 4,
        steering: Steering {
            item: Some(item()),
            collection: Collection::SendInvoice,
            ..Steering::default()
        },
        ..to("starter", Interval::Month, 500)
    };
    let change = judge(&from, &offer("growth", Interval::Month, 1200), limit_of("growth"));
    let expected = Change {
        kind: Kind::Upgrade,
        effective: Effective::Now,
        period_end: at(20 * DAY),
        item: item(),
        quantity: 4,
        collection: Collection::SendInvoice,
        limit: Limit::Servers(40),
    };
    assert_eq!(change, Ok(expected));
}

#[test]
fn a_price_without_a_plan_changes_by_what_it_last_gave() {
    let of = |last_known| Subscription {
        grant: Grant::Unmapped { last_known },
        ..to("starter", Interval::Month, 500)
    };
    let table = [
        (Some((plan("growth"), limit_of("growth"))), Kind::Downgrade),
        (Some((plan("starter"), limit_of("starter"))), Kind::Interval),
        (None, Kind::Upgrade),
    ];
    for (last_known, kind) in table {
        let from = Subscription { price: Some(price("price_odd")), ..of(last_known) };
        let change = judge(&from, &offer("starter", Interval::Month, 500), limit_of("starter"));
        assert_eq!(change.map(|change| change.kind), Ok(kind), "{from:?}");
    }
}

#[test]
fn what_must_be_seen_to_first_is_named() {
    let usual = || to("starter", Interval::Month, 500);
    let of =
        |status: Status| Subscription { known_status: Some(status.clone()), status, ..usual() };
    let under = |maker| Subscription {
        steering: Steering {
            item: Some(item()),
            schedule: Some(Schedule {
                id: ScheduleId::new("sub_sched_1").expect("a schedule id"),
                maker,
                next: None,
            }),
            ..Steering::default()
        },
        ..usual()
    };
    let unknown = Status::Unknown("hibernating".to_owned());
    let currency = Refusal::Currency { has: "usd".to_owned(), wants: "eur".to_owned() };
    let table = [
        (usual(), None),
        (of(Status::Trialing), None),
        (of(Status::PastDue), Some(Refusal::PaymentFirst)),
        (of(Status::Unpaid), Some(Refusal::PaymentFirst)),
        (of(Status::Incomplete), Some(Refusal::PaymentFirst)),
        (of(Status::Paused), Some(Refusal::PaymentFirst)),
        (of(Status::Canceled), Some(Refusal::NoSubscription)),
        (of(Status::IncompleteExpired), Some(Refusal::NoSubscription)),
        (
            Subscription { status: unknown.clone(), known_status: None, ..usual() },
            Some(Refusal::Unclear),
        ),
        (Subscription { status: unknown, ..usual() }, None),
        (Subscription { grant: Grant::Foreign, ..usual() }, Some(Refusal::NoSubscription)),
        (under(Maker::Us), None),
        (under(Maker::SomebodyElse), Some(Refusal::ManagedElsewhere)),
        (Subscription { cancels_at: Some(at(DAY)), ..usual() }, Some(Refusal::Ending(at(DAY)))),
        (Subscription { currency: Some("usd".to_owned()), ..usual() }, Some(currency)),
        (Subscription { steering: Steering::default(), ..usual() }, Some(Refusal::Unclear)),
        (Subscription { period_end: None, ..usual() }, Some(Refusal::Unclear)),
    ];
    for (from, refusal) in table {
        let change = judge(&from, &offer("growth", Interval::Month, 1200), limit_of("growth"));
        assert_eq!(change.err(), refusal, "{from:?}");
    }
}

#[test]
fn servers_over_the_new_limit_are_counted() {
    let table = [
        (5, Limit::Servers(3), 2),
        (3, Limit::Servers(3), 0),
        (0, Limit::Servers(3), 0),
        (900, Limit::Unlimited, 0),
    ];
    for (used, limit, over) in table {
        assert_eq!(over_limit_by(used, limit), over, "{used} of {limit}");
    }
}
