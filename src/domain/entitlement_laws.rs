//! What holds whatever the facts are.

use std::time::Duration;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::entitlement::{Basis, Facts, OnDispute, Policy, Reason, decide};
use super::plan::Limit;
use super::subscription::{CollectionPause, Grant, Status, Subscription};
use super::testing::{DAY, at, buys, exemption, lifetime, limit_of, plan, subscription};
use super::timestamp::Timestamp;

proptest! {
    #[test]
    fn the_free_servers_are_never_lost(
        facts in any_facts(),
        policy in any_policy(),
        now in moment(),
    ) {
        let free = Limit::Servers(policy.free_servers);
        let decision = decide(&facts, &policy, now);
        prop_assert!(decision.limit >= free);
        prop_assert!(decision.creatable >= free);
        prop_assert!(decision.creatable <= decision.limit);
        for used in 0..policy.free_servers {
            prop_assert_eq!(decision.refusal(used), None);
        }
    }

    #[test]
    fn an_exemption_beats_everything(
        facts in any_facts(),
        policy in any_policy(),
        now in moment(),
    ) {
        let facts = Facts { exemption: Some(exemption(None)), ..facts };
        let decision = decide(&facts, &policy, now);
        prop_assert_eq!(decision.limit, Limit::Unlimited);
        prop_assert_eq!(decision.creatable, Limit::Unlimited);
        prop_assert_eq!(decision.basis, Basis::Exempt);
        prop_assert_eq!(decision.reason, Reason::Exempt);
        prop_assert_eq!(decision.refusal(u32::MAX), None);
    }

    #[test]
    fn what_ended_hurts_nothing_newer(
        facts in any_facts(),
        ended in any_subscription(),
        place in any::<prop::sample::Index>(),
        policy in any_policy(),
        now in moment(),
    ) {
        let ended = Subscription { status: Status::Canceled, ..ended };
        let before = decide(&facts, &policy, now);
        let after = decide(&insert(&facts, ended, place), &policy, now);
        prop_assert!(after.limit >= before.limit);
        prop_assert!(after.creatable >= before.creatable);
    }

    #[test]
    fn what_is_foreign_changes_nothing(
        facts in any_facts(),
        foreign in any_subscription(),
        place in any::<prop::sample::Index>(),
        policy in any_policy(),
        now in moment(),
    ) {
        let foreign = Subscription { grant: Grant::Foreign, ..foreign };
        let before = decide(&facts, &policy, now);
        let more = insert(&facts, foreign, place);
        let mut after = decide(&more, &policy, now);
        let speaker = |facts: &Facts, index: Option<usize>| {
            index.map(|index| facts.subscriptions[index].clone())
        };
        prop_assert_eq!(
            speaker(&facts, before.subscription),
            speaker(&more, after.subscription)
        );
        after.subscription = before.subscription;
        prop_assert_eq!(after, before);
    }

    #[test]
    fn time_alone_never_raises_access(
        facts in any_facts(),
        policy in any_policy(),
        now in moment(),
        seconds in 0..30 * DAY,
    ) {
        let earlier = decide(&facts, &policy, Timestamp(now.0 - seconds));
        let later = decide(&facts, &policy, now);
        prop_assert!(earlier.limit >= later.limit);
        prop_assert!(earlier.creatable >= later.creatable);
    }

    #[test]
    fn an_answer_never_names_a_date_that_has_passed(
        facts in any_facts(),
        policy in any_policy(),
        now in moment(),
    ) {
        let decision = decide(&facts, &policy, now);
        prop_assert!(decision.until.is_none_or(|until| now < until));
    }
}

fn insert(facts: &Facts, subscription: Subscription, place: prop::sample::Index) -> Facts {
    let mut facts = facts.clone();
    facts.subscriptions.insert(place.index(facts.subscriptions.len() + 1), subscription);
    facts
}

fn any_facts() -> impl Strategy<Value = Facts> {
    let lifetimes = vec(prop_oneof![Just("lifetime"), Just("growth")], 0..2);
    (option::of(option::of(moment())), lifetimes, vec(any_subscription(), 0..4), any::<bool>())
        .prop_map(|(exempt, lifetimes, subscriptions, disputed)| Facts {
            exemption: exempt.map(exemption),
            lifetimes: lifetimes.into_iter().map(lifetime).collect(),
            subscriptions,
            disputed,
            payment_alerts: Vec::new(),
        })
}

fn any_policy() -> impl Strategy<Value = Policy> {
    let on_dispute =
        prop_oneof![Just(OnDispute::Alert), Just(OnDispute::Freeze), Just(OnDispute::Suspend)];
    (0..12_u32, 0..10_u64, 0..5_u64, on_dispute).prop_map(
        |(free_servers, grace, leeway, dispute)| Policy {
            free_servers,
            grace_period: Duration::from_secs(grace * 86_400),
            stale_leeway: Duration::from_secs(leeway * 86_400),
            on_dispute: dispute,
        },
    )
}

fn any_subscription() -> impl Strategy<Value = Subscription> {
    let dates = (
        moment(),
        option::of(moment()),
        option::of(moment()),
        option::of(moment()),
        option::of(moment()),
    );
    (
        any_status(),
        option::of(any_status()),
        any_grant(),
        1..4_u32,
        dates,
        any::<bool>(),
        any_pause(),
    )
        .prop_map(|(status, known, grant, quantity, dates, lost_to_payment, pause)| {
            let (created_at, period_end, trial_end, cancels_at, past_due_since) = dates;
            let known = known.filter(|known| !matches!(known, Status::Unknown(_)));
            let known_status = match &status {
                Status::Unknown(_) => known,
                status => Some(status.clone()),
            };
            Subscription {
                known_status,
                grant,
                quantity,
                created_at,
                period_end,
                trial_end,
                cancels_at,
                lost_to_payment,
                past_due_since,
                pause,
                ..subscription(status)
            }
        })
}

fn any_status() -> impl Strategy<Value = Status> {
    prop::sample::select(vec![
        Status::Incomplete,
        Status::IncompleteExpired,
        Status::Trialing,
        Status::Active,
        Status::PastDue,
        Status::Unpaid,
        Status::Paused,
        Status::Canceled,
        Status::Unknown("hibernating".to_owned()),
    ])
}

fn any_grant() -> impl Strategy<Value = Grant> {
    let last_known = Some((plan("growth"), limit_of("growth")));
    prop::sample::select(vec![
        buys("starter"),
        buys("five"),
        buys("growth"),
        buys("network"),
        Grant::Unmapped { last_known },
        Grant::Unmapped { last_known: None },
        Grant::Foreign,
    ])
}

fn any_pause() -> impl Strategy<Value = Option<CollectionPause>> {
    prop_oneof![
        3 => Just(None),
        1 => Just(Some(CollectionPause::KeepAsDraft)),
        1 => moment().prop_map(|paid_until| Some(CollectionPause::Forgiven { paid_until })),
    ]
}

/// Moments close enough together for boundaries to meet.
fn moment() -> impl Strategy<Value = Timestamp> {
    (-20..20_i64, -1..2_i64).prop_map(|(days, seconds)| at(days * DAY + seconds))
}
