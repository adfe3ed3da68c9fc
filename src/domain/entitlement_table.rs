//! The table of what an account may do, every boundary to the second.

use super::entitlement::{Decision, Facts, Policy, decide, state};
use super::ids::PlanId;
use super::subscription::{CollectionPause, PaymentNeed, Status, Subscription};
use super::testing::{DAY, POLICY, at, buys, exemption, lifetime, subscribed, subscription};

/// A situation, the second to look at it, and the answer as [`shown`].
pub(super) type Row = (&'static str, Facts, i64, &'static str);

/// The answer in one line: limit/creatable, basis, plan, reason, end, state, alerts.
pub(super) fn shown(decision: &Decision) -> String {
    let plan = decision.plan.as_ref().map_or("-", PlanId::as_str);
    let until = decision.until.map_or("ever".to_owned(), |until| {
        let seconds = until.0 - at(0).0;
        assert_eq!(seconds % DAY, 0, "the stories' boundaries fall on whole days");
        format!("{}d", seconds / DAY)
    });
    let mut line = format!(
        "{}/{} {:?} {plan} {:?} {until} {:?}",
        decision.limit, decision.creatable, decision.basis, decision.reason, decision.state
    );
    for alert in &decision.alerts {
        line.push_str(&format!(" !{alert:?}"));
    }
    line
}

pub(super) fn check(policy: &Policy, table: impl IntoIterator<Item = Row>) {
    for (name, facts, second, expected) in table {
        assert_eq!(shown(&decide(&facts, policy, at(second))), expected, "{name}, {second} s");
    }
}

/// One subscription to starter in `status`, changed by `change`.
pub(super) fn one(status: Status, change: impl FnOnce(&mut Subscription)) -> Facts {
    subscribed(&[changed(status, change)])
}

pub(super) fn changed(status: Status, change: impl FnOnce(&mut Subscription)) -> Subscription {
    let mut subscription = subscription(status);
    change(&mut subscription);
    subscription
}

pub(super) fn failing(status: Status) -> Subscription {
    changed(status, |it| it.past_due_since = Some(at(0)))
}

pub(super) fn lost() -> Subscription {
    changed(Status::Canceled, |it| {
        it.lost_to_payment = true;
        it.past_due_since = Some(at(0));
        it.ended_at = Some(at(0));
    })
}

#[test]
fn an_exemption_beats_everything_while_it_lasts() {
    let exempt = |until| Facts { exemption: Some(exemption(until)), ..Facts::default() };
    let day = || exempt(Some(at(DAY)));
    let over = |facts: Facts| Facts { exemption: Some(exemption(None)), ..facts };
    check(
        &POLICY,
        [
            ("nothing", Facts::default(), 0, "1/1 Free - Free ever None"),
            ("for ever", exempt(None), 0, "unlimited/unlimited Exempt - Exempt ever Exempt"),
            ("a day", day(), DAY - 1, "unlimited/unlimited Exempt - Exempt 1d Exempt"),
            ("a day", day(), DAY, "1/1 Free - Free ever None"),
            ("a day", day(), DAY + 1, "1/1 Free - Free ever None"),
            (
                "while paying",
                over(one(Status::Active, |_| {})),
                0,
                "unlimited/unlimited Exempt - Exempt ever Exempt !ExemptButPaying",
            ),
            (
                "in grace that is over",
                over(subscribed(&[failing(Status::Unpaid)])),
                9 * DAY,
                "unlimited/unlimited Exempt - Exempt ever Exempt !ExemptButPaying",
            ),
            (
                "with a lifetime purchase",
                over(Facts { lifetimes: vec![lifetime("lifetime")], ..Facts::default() }),
                0,
                "unlimited/unlimited Exempt - Exempt ever Exempt",
            ),
        ],
    );
}

#[test]
fn with_a_lifetime_purchase_the_higher_limit_counts() {
    let bought = |subscriptions: &[Subscription]| Facts {
        lifetimes: vec![lifetime("lifetime")],
        ..subscribed(subscriptions)
    };
    let paid = |plan| bought(&[changed(Status::Active, |it| it.grant = buys(plan))]);
    let growth = |status| bought(&[Subscription { grant: buys("growth"), ..failing(status) }]);
    let five = "5/5 Lifetime lifetime Lifetime ever Lifetime";
    check(
        &POLICY,
        [
            ("alone", bought(&[]), 0, five),
            ("lower", paid("starter"), 0, five),
            ("equal", paid("five"), 0, "5/5 Subscription five Subscription ever Active"),
            ("higher", paid("growth"), 0, "10/10 Subscription growth Subscription ever Active"),
            ("canceled", bought(&[subscription(Status::Canceled)]), 0, five),
            (
                "higher in grace",
                growth(Status::PastDue),
                0,
                "10/5 Subscription growth Grace 7d PastDue",
            ),
            ("higher after grace", growth(Status::PastDue), 7 * DAY, five),
            (
                "two purchases",
                Facts {
                    lifetimes: vec![lifetime("growth"), lifetime("lifetime")],
                    ..Facts::default()
                },
                0,
                "10/10 Lifetime growth Lifetime ever Lifetime",
            ),
        ],
    );
    check(
        &Policy { free_servers: 6, ..POLICY },
        [
            ("below the free ones", bought(&[]), 0, "6/6 Lifetime lifetime Lifetime ever Lifetime"),
            (
                "below the free ones, with an ended subscription",
                bought(&[subscription(Status::Canceled)]),
                0,
                "6/6 Lifetime lifetime Lifetime ever Lifetime",
            ),
        ],
    );
}

#[test]
fn what_is_paid_or_tried_gives_its_plan() {
    let trial = || {
        one(Status::Trialing, |it| {
            it.trial_end = Some(at(5 * DAY));
            it.period_end = Some(at(5 * DAY));
        })
    };
    let leaving = || one(Status::Active, |it| it.cancels_at = Some(at(DAY)));
    let network = one(Status::Active, |it| it.grant = buys("network"));
    let left = "1/1 Free - Ended ever Active";
    check(
        &POLICY,
        [
            ("a trial", trial(), 0, "3/3 Subscription starter Trial 5d Trialing"),
            (
                "a trial that does not say when it ends",
                one(Status::Trialing, |_| {}),
                0,
                "3/3 Subscription starter Trial 20d Trialing",
            ),
            (
                "paid",
                one(Status::Active, |_| {}),
                0,
                "3/3 Subscription starter Subscription ever Active",
            ),
            (
                "unlimited",
                network,
                0,
                "unlimited/unlimited Subscription network Subscription ever Active",
            ),
            ("leaving", leaving(), DAY - 1, "3/3 Subscription starter Subscription 1d Active"),
            ("left", leaving(), DAY, left),
            ("left", leaving(), DAY + 1, left),
        ],
    );
}

#[test]
fn a_failed_payment_has_seven_days_and_nothing_new_on_credit() {
    let week = 7 * DAY;
    let situations = [
        ("past_due", failing(Status::PastDue), "PastDue"),
        ("unpaid", failing(Status::Unpaid), "Unpaid"),
        ("lost to payment", lost(), "Canceled"),
        (
            "waiting for the bank",
            Subscription {
                payment: PaymentNeed { requires_action: true, ..PaymentNeed::default() },
                ..failing(Status::PastDue)
            },
            "RequiresAction",
        ),
    ];
    for (name, subscription, state) in situations {
        let facts = subscribed(&[subscription]);
        for (second, expected) in [
            (0, "3/1 Subscription starter Grace 7d"),
            (week - 1, "3/1 Subscription starter Grace 7d"),
            (week, "1/1 Free - GraceExpired ever"),
            (week + 1, "1/1 Free - GraceExpired ever"),
        ] {
            let decision = decide(&facts, &POLICY, at(second));
            assert_eq!(shown(&decision), format!("{expected} {state}"), "{name}, {second} s");
        }
    }
    check(
        &POLICY,
        [(
            "nobody knows since when",
            one(Status::PastDue, |_| {}),
            0,
            "1/1 Free - GraceExpired ever PastDue",
        )],
    );
}

#[test]
fn what_is_over_or_never_began_gives_the_free_servers() {
    let one = |status| one(status, |_| {});
    check(
        &POLICY,
        [
            ("by request", one(Status::Canceled), 0, "1/1 Free - Ended ever Canceled"),
            (
                "the first payment is open",
                one(Status::Incomplete),
                0,
                "1/1 Free - PaymentIncomplete ever Incomplete",
            ),
            (
                "the first payment never came",
                one(Status::IncompleteExpired),
                0,
                "1/1 Free - Ended ever Canceled",
            ),
            (
                "the trial is over and there is no card",
                one(Status::Paused),
                0,
                "1/1 Free - PausedNoPaymentMethod ever Paused",
            ),
        ],
    );
}

#[test]
fn a_forgiven_period_ends_with_what_was_paid() {
    let paused = |pause| one(Status::Active, |it| it.pause = Some(pause));
    let forgiven = || paused(CollectionPause::Forgiven { paid_until: at(DAY) });
    let over = "1/1 Free - CollectionPaused ever Active";
    check(
        &POLICY,
        [
            (
                "drafts are kept",
                paused(CollectionPause::KeepAsDraft),
                0,
                "3/3 Subscription starter Subscription ever Active",
            ),
            (
                "forgiven",
                forgiven(),
                DAY - 1,
                "3/3 Subscription starter CollectionPaused 1d Active",
            ),
            ("forgiven", forgiven(), DAY, over),
            ("forgiven", forgiven(), DAY + 1, over),
        ],
    );
}

#[test]
fn a_silent_stripe_has_three_days_of_trust() {
    let due = |status| one(status, |it| it.period_end = Some(at(DAY)));
    let leaving = one(Status::Active, |it| {
        it.period_end = Some(at(DAY));
        it.cancels_at = Some(at(DAY));
    });
    let trusted = "3/3 Subscription starter Stale 4d Active";
    let silent = "1/1 Free - Stale ever Active";
    check(
        &POLICY,
        [
            (
                "in the period",
                due(Status::Active),
                DAY - 1,
                "3/3 Subscription starter Subscription ever Active",
            ),
            ("behind it", due(Status::Active), DAY, trusted),
            ("behind it", due(Status::Active), 4 * DAY - 1, trusted),
            ("too long", due(Status::Active), 4 * DAY, silent),
            ("too long", due(Status::Active), 4 * DAY + 1, silent),
            ("a trial", due(Status::Trialing), DAY, "3/3 Subscription starter Stale 4d Trialing"),
            ("leaving then", leaving, DAY, "1/1 Free - Ended ever Active"),
            (
                "no period known",
                one(Status::Active, |it| it.period_end = None),
                99 * DAY,
                "3/3 Subscription starter Subscription ever Active",
            ),
        ],
    );
}

#[test]
fn every_status_has_its_state() {
    let table = [
        (Status::Incomplete, "Incomplete"),
        (Status::IncompleteExpired, "Canceled"),
        (Status::Trialing, "Trialing"),
        (Status::Active, "Active"),
        (Status::PastDue, "PastDue"),
        (Status::Unpaid, "Unpaid"),
        (Status::Paused, "Paused"),
        (Status::Canceled, "Canceled"),
        (Status::Unknown("hibernating".to_owned()), "None"),
    ];
    for (status, expected) in table {
        let mut subscription = subscription(status);
        assert_eq!(format!("{:?}", state(&subscription)), expected);
        if subscription.status != Status::PastDue {
            subscription.payment.requires_action = true;
            assert_eq!(format!("{:?}", state(&subscription)), expected, "with a payment waiting");
        }
    }
}
