//! The table goes on: facts that contradict each other, or that say less than one would like.

use super::entitlement::{Facts, OnDispute, Policy, decide};
use super::entitlement_table::{changed, check, failing, lost, one, shown};
use super::ids::SubscriptionId;
use super::subscription::{Grant, Status, Subscription};
use super::testing::{
    DAY, POLICY, at, buys, exemption, lifetime, limit_of, plan, subscribed, subscription,
};

#[test]
fn a_price_in_no_plan_gives_what_it_last_gave() {
    let known = || Grant::Unmapped { last_known: Some((plan("starter"), limit_of("starter"))) };
    let unknown = || Grant::Unmapped { last_known: None };
    let of = |grant| one(Status::Active, |it| it.grant = grant);
    let in_grace = || subscribed(&[Subscription { grant: known(), ..failing(Status::PastDue) }]);
    let foreign = changed(Status::Active, |it| it.grant = Grant::Foreign);
    check(
        &POLICY,
        [
            (
                "once starter",
                of(known()),
                0,
                "3/3 Subscription starter UnmappedPrice ever Active !UnmappedPrice",
            ),
            (
                "never known",
                of(unknown()),
                0,
                "1/1 Free - UnmappedPrice ever Active !UnmappedPrice",
            ),
            ("in grace", in_grace(), 0, "3/1 Subscription starter Grace 7d PastDue !UnmappedPrice"),
            (
                "after grace",
                in_grace(),
                7 * DAY,
                "1/1 Free - GraceExpired ever PastDue !UnmappedPrice",
            ),
            (
                "ended",
                one(Status::Canceled, |it| it.grant = known()),
                0,
                "1/1 Free - Ended ever Canceled",
            ),
            ("foreign", subscribed(std::slice::from_ref(&foreign)), 0, "1/1 Free - Free ever None"),
            (
                "foreign beside ours",
                subscribed(&[foreign, subscription(Status::Active)]),
                0,
                "3/3 Subscription starter Subscription ever Active",
            ),
        ],
    );
}

#[test]
fn an_unknown_status_keeps_the_last_known_one() {
    let unknown = |known: Option<Status>, base: Subscription| {
        subscribed(&[Subscription {
            status: Status::Unknown("hibernating".to_owned()),
            known_status: known,
            ..base
        }])
    };
    let plain = || subscription(Status::Active);
    check(
        &POLICY,
        [
            (
                "active before",
                unknown(Some(Status::Active), plain()),
                0,
                "3/3 Subscription starter Subscription ever Active !UnknownStatus",
            ),
            (
                "past_due before",
                unknown(Some(Status::PastDue), failing(Status::PastDue)),
                7 * DAY - 1,
                "3/1 Subscription starter Grace 7d PastDue !UnknownStatus",
            ),
            (
                "past_due before",
                unknown(Some(Status::PastDue), failing(Status::PastDue)),
                7 * DAY,
                "1/1 Free - GraceExpired ever PastDue !UnknownStatus",
            ),
            (
                "canceled before",
                unknown(Some(Status::Canceled), plain()),
                0,
                "1/1 Free - Ended ever Canceled !UnknownStatus",
            ),
            (
                "never known",
                unknown(None, plain()),
                0,
                "1/1 Free - PaymentIncomplete ever None !UnknownStatus",
            ),
        ],
    );
}

#[test]
fn a_dispute_freezes_unless_it_only_alerts() {
    let paid = || one(Status::Active, |_| {});
    let bought = || Facts { lifetimes: vec![lifetime("lifetime")], ..Facts::default() };
    let exempt = || Facts { exemption: Some(exemption(None)), ..Facts::default() };
    let table = [
        (Facts::default(), "1/1 Free - Free ever None", "1/1 Free - Disputed ever None"),
        (
            paid(),
            "3/3 Subscription starter Subscription ever Active",
            "3/1 Subscription starter Disputed ever Active",
        ),
        (
            bought(),
            "5/5 Lifetime lifetime Lifetime ever Lifetime",
            "5/1 Lifetime lifetime Disputed ever Lifetime",
        ),
        (
            exempt(),
            "unlimited/unlimited Exempt - Exempt ever Exempt",
            "unlimited/unlimited Exempt - Exempt ever Exempt",
        ),
        (
            subscribed(&[failing(Status::PastDue)]),
            "3/1 Subscription starter Grace 7d PastDue",
            "3/1 Subscription starter Disputed ever PastDue",
        ),
    ];
    for (facts, calm, frozen) in table {
        let disputed = Facts { disputed: true, ..facts.clone() };
        for (on_dispute, expected) in
            [(OnDispute::Alert, calm), (OnDispute::Freeze, frozen), (OnDispute::Suspend, frozen)]
        {
            let policy = Policy { on_dispute, ..POLICY };
            assert_eq!(shown(&decide(&facts, &policy, at(0))), calm, "{on_dispute:?}, none open");
            assert_eq!(
                shown(&decide(&disputed, &policy, at(0))),
                format!("{expected} !Disputed"),
                "{on_dispute:?}"
            );
        }
    }
}

#[test]
fn of_several_subscriptions_the_best_access_counts_in_any_order() {
    let newer = |status, plan| {
        changed(status, |it| {
            it.id = SubscriptionId::new("sub_2").expect("a subscription id");
            it.grant = buys(plan);
            it.created_at = at(-DAY);
        })
    };
    let table = [
        (
            "old ended, new active",
            [subscription(Status::Canceled), newer(Status::Active, "starter")],
            "3/3 Subscription starter Subscription ever Active",
        ),
        (
            "old expired, new incomplete",
            [subscription(Status::IncompleteExpired), newer(Status::Incomplete, "growth")],
            "1/1 Free - PaymentIncomplete ever Incomplete",
        ),
        (
            "old lost to payment, new active",
            [lost(), newer(Status::Active, "starter")],
            "3/3 Subscription starter Subscription ever Active",
        ),
        (
            "higher old one lost to payment, new active",
            [Subscription { grant: buys("growth"), ..lost() }, newer(Status::Active, "starter")],
            "10/3 Subscription growth Grace 7d Canceled",
        ),
        (
            "two live ones",
            [subscription(Status::Active), newer(Status::Active, "growth")],
            "10/10 Subscription growth Subscription ever Active !DuplicateSubscription",
        ),
        (
            "active, and another that waits for its first payment",
            [subscription(Status::Active), newer(Status::Incomplete, "growth")],
            "3/3 Subscription starter Subscription ever Active !DuplicateSubscription",
        ),
        (
            "two that ended",
            [subscription(Status::Canceled), newer(Status::IncompleteExpired, "growth")],
            "1/1 Free - Ended ever Canceled",
        ),
    ];
    for (name, [old, new], expected) in table {
        for subscriptions in [[old.clone(), new.clone()], [new, old]] {
            let decision = decide(&subscribed(&subscriptions), &POLICY, at(0));
            assert_eq!(shown(&decision), expected, "{name}");
        }
    }
    let generous = Policy { free_servers: 20, ..POLICY };
    let both = [subscription(Status::Active), newer(Status::Incomplete, "growth")];
    assert_eq!(
        shown(&decide(&subscribed(&both), &generous, at(0))),
        "20/20 Subscription starter Subscription ever Active !DuplicateSubscription",
        "more free servers than either plan"
    );
}

#[test]
fn quantity_multiplies_and_the_free_servers_are_never_lost() {
    let of = |plan, quantity| {
        one(Status::Active, |it| {
            it.grant = buys(plan);
            it.quantity = quantity;
        })
    };
    check(
        &POLICY,
        [
            ("two", of("starter", 2), 0, "6/6 Subscription starter Subscription ever Active"),
            (
                "twice without end",
                of("network", 2),
                0,
                "unlimited/unlimited Subscription network Subscription ever Active",
            ),
            (
                "more than there are numbers",
                of("growth", u32::MAX),
                0,
                "4294967295/4294967295 Subscription growth Subscription ever Active",
            ),
        ],
    );
    let grace = || subscribed(&[failing(Status::PastDue)]);
    check(
        &Policy { free_servers: 0, ..POLICY },
        [
            ("nothing is free", Facts::default(), 0, "0/0 Free - Free ever None"),
            ("grace", grace(), 0, "3/0 Subscription starter Grace 7d PastDue"),
            ("after grace", grace(), 7 * DAY, "0/0 Free - GraceExpired ever PastDue"),
        ],
    );
    check(
        &Policy { free_servers: 3, ..POLICY },
        [
            ("three are free", Facts::default(), 0, "3/3 Free - Free ever None"),
            (
                "as many as the plan has",
                of("starter", 1),
                0,
                "3/3 Subscription starter Subscription ever Active",
            ),
            (
                "the total, not the sum",
                of("growth", 1),
                0,
                "10/10 Subscription growth Subscription ever Active",
            ),
            ("grace", grace(), 0, "3/3 Subscription starter Grace 7d PastDue"),
        ],
    );
    check(
        &Policy { free_servers: 5, ..POLICY },
        [(
            "more than the plan has",
            of("starter", 1),
            0,
            "5/5 Subscription starter Subscription ever Active",
        )],
    );
}
