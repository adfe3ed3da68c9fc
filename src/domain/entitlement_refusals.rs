//! One server more: up to where, and with which word it is refused.

use super::entitlement::{Facts, OnDispute, Policy, RefusalCode, decide};
use super::entitlement_table::{changed, failing, lost, one};
use super::plan::Limit;
use super::subscription::{CollectionPause, Grant, Status, Subscription};
use super::testing::{
    DAY, POLICY, at, buys, exemption, lifetime, limit_of, plan, subscribed, subscription,
};

/// A situation, the second to look at it, how many servers may be created in all, and the word
/// for the next one.
type Row = (&'static str, Facts, i64, u32, RefusalCode);

fn check(policy: &Policy, table: impl IntoIterator<Item = Row>) {
    for (name, facts, second, admitted, code) in table {
        let decision = decide(&facts, policy, at(second));
        let Limit::Servers(limit) = decision.limit else {
            panic!("{name}: no limit, no refusal");
        };
        for used in 0..=limit.max(admitted) + 1 {
            let expected = (used >= admitted).then_some(code);
            assert_eq!(decision.refusal(used), expected, "{name}, {second} s, {used} used");
        }
    }
}

#[test]
fn each_situation_refuses_with_its_own_word() {
    use RefusalCode::{AccountFrozen, PaymentPastDue, QuotaExceeded, SubscriptionRequired};
    let due = || one(Status::Active, |it| it.period_end = Some(at(DAY)));
    let unmapped = |last_known| one(Status::Active, |it| it.grant = Grant::Unmapped { last_known });
    let forgiven = || {
        one(Status::Active, |it| {
            it.pause = Some(CollectionPause::Forgiven { paid_until: at(DAY) });
        })
    };
    let bought = |subscriptions: &[Subscription]| Facts {
        lifetimes: vec![lifetime("lifetime")],
        ..subscribed(subscriptions)
    };
    let growth_in_grace = Subscription { grant: buys("growth"), ..failing(Status::PastDue) };
    let disputed = |facts: Facts| Facts { disputed: true, ..facts };
    check(
        &POLICY,
        [
            ("free", Facts::default(), 0, 1, SubscriptionRequired),
            ("trial", one(Status::Trialing, |_| {}), 0, 3, QuotaExceeded),
            ("active", one(Status::Active, |_| {}), 0, 3, QuotaExceeded),
            ("quantity", one(Status::Active, |it| it.quantity = 2), 0, 6, QuotaExceeded),
            (
                "left",
                one(Status::Active, |it| it.cancels_at = Some(at(0))),
                0,
                1,
                SubscriptionRequired,
            ),
            ("grace", subscribed(&[failing(Status::PastDue)]), 7 * DAY - 1, 1, PaymentPastDue),
            ("grace", subscribed(&[failing(Status::PastDue)]), 7 * DAY, 1, SubscriptionRequired),
            ("unpaid", subscribed(&[failing(Status::Unpaid)]), 0, 1, PaymentPastDue),
            ("lost to payment", subscribed(&[lost()]), 0, 1, PaymentPastDue),
            ("lost to payment", subscribed(&[lost()]), 7 * DAY, 1, SubscriptionRequired),
            ("incomplete", one(Status::Incomplete, |_| {}), 0, 1, SubscriptionRequired),
            (
                "incomplete_expired",
                one(Status::IncompleteExpired, |_| {}),
                0,
                1,
                SubscriptionRequired,
            ),
            ("canceled", one(Status::Canceled, |_| {}), 0, 1, SubscriptionRequired),
            ("paused", one(Status::Paused, |_| {}), 0, 1, SubscriptionRequired),
            ("forgiven", forgiven(), DAY - 1, 3, QuotaExceeded),
            ("forgiven", forgiven(), DAY, 1, SubscriptionRequired),
            ("stale", due(), 4 * DAY - 1, 3, QuotaExceeded),
            ("stale", due(), 4 * DAY, 1, SubscriptionRequired),
            (
                "unmapped, once starter",
                unmapped(Some((plan("starter"), limit_of("starter")))),
                0,
                3,
                QuotaExceeded,
            ),
            ("unmapped, never known", unmapped(None), 0, 1, SubscriptionRequired),
            ("lifetime", bought(&[]), 0, 5, QuotaExceeded),
            ("lifetime beside grace", bought(&[growth_in_grace]), 0, 5, PaymentPastDue),
            ("disputed", disputed(one(Status::Active, |_| {})), 0, 1, AccountFrozen),
            ("disputed and free", disputed(Facts::default()), 0, 1, AccountFrozen),
            ("disputed in grace", disputed(subscribed(&[lost()])), 0, 1, AccountFrozen),
        ],
    );
    let growth_and_starter = [
        changed(Status::PastDue, |it| {
            it.grant = buys("growth");
            it.past_due_since = Some(at(0));
        }),
        subscription(Status::Active),
    ];
    check(&POLICY, [("grace above", subscribed(&growth_and_starter), 0, 3, PaymentPastDue)]);
    let alert = Policy { on_dispute: OnDispute::Alert, ..POLICY };
    check(&alert, [("alert only", disputed(one(Status::Active, |_| {})), 0, 3, QuotaExceeded)]);
}

#[test]
fn below_the_free_count_nothing_is_refused() {
    use RefusalCode::{AccountFrozen, PaymentPastDue, QuotaExceeded, SubscriptionRequired};
    let grace = || subscribed(&[failing(Status::PastDue)]);
    let disputed = Facts { disputed: true, ..one(Status::Active, |_| {}) };
    check(
        &Policy { free_servers: 0, ..POLICY },
        [
            ("free", Facts::default(), 0, 0, SubscriptionRequired),
            ("grace", grace(), 0, 0, PaymentPastDue),
            ("disputed", disputed.clone(), 0, 0, AccountFrozen),
        ],
    );
    check(
        &Policy { free_servers: 4, ..POLICY },
        [
            ("free", Facts::default(), 0, 4, SubscriptionRequired),
            ("starter", one(Status::Active, |_| {}), 0, 4, QuotaExceeded),
            ("grace", grace(), 0, 4, PaymentPastDue),
            ("grace", grace(), 7 * DAY, 4, SubscriptionRequired),
            ("disputed", disputed, 0, 4, AccountFrozen),
        ],
    );
}

#[test]
fn without_a_limit_nothing_is_refused() {
    let network = one(Status::Active, |it| it.grant = buys("network"));
    let exempt = Facts { exemption: Some(exemption(None)), disputed: true, ..Facts::default() };
    for facts in [network, exempt] {
        let decision = decide(&facts, &POLICY, at(0));
        for used in [0, 1, 3, 100, u32::MAX] {
            assert_eq!(decision.refusal(used), None, "{used} used");
        }
    }
}
