//! Which servers are suspended and when, to the second.

use std::time::Duration;

use super::entitlement::{Facts, OnDispute, Policy};
use super::plan::Limit;
use super::subscription::{CollectionPause, Status, Subscription};
use super::suspension::{
    Candidate, Excess, Fate, Mark, OverQuota, Terms, excess, fates, next_look, runs,
};
use super::testing::{DAY, POLICY, at, exemption, lifetime, subscribed, subscription};
use super::timestamp::Timestamp;

const NOTICE: i64 = 3 * DAY;
const SUSPENDS: Terms<'static> = Terms {
    policy: &POLICY,
    over_quota: OverQuota::SuspendExcess,
    suspend_after: Duration::from_hours(72),
};
const FREEZES: Terms<'static> = Terms { over_quota: OverQuota::Freeze, ..SUSPENDS };
const SUSPENDS_DISPUTED: Policy = Policy { on_dispute: OnDispute::Suspend, ..POLICY };

/// Starter, whose payment failed five days ago: the grace ends in two.
fn in_grace() -> Subscription {
    Subscription { past_due_since: Some(at(-5 * DAY)), ..subscription(Status::PastDue) }
}

fn judged(second: i64, runs: Limit, over_since: Option<i64>) -> Mark {
    Mark { judged_at: at(second), runs, over_since: over_since.map(at) }
}

fn three() -> Limit {
    Limit::Servers(3)
}

fn one() -> Limit {
    Limit::Servers(1)
}

/// So many run on, and since when there are more, in seconds.
fn seen(facts: &Facts, terms: &Terms<'_>, used: u32, mark: &Mark, now: i64) -> Option<(u32, i64)> {
    let Excess { keep, since, suspends_at } = excess(facts, terms, used, mark, at(now))?;
    assert_eq!(suspends_at, since + terms.suspend_after);
    Some((keep, since.0 - at(0).0))
}

#[test]
fn the_notice_begins_when_the_account_goes_over() {
    let grace = subscribed(&[in_grace()]);
    let active = subscribed(&[subscription(Status::Active)]);
    let ended = subscribed(&[subscription(Status::Canceled)]);
    let fell = judged(0, three(), None);
    let table = [
        ("nothing is over", &active, 3, fell, 0, None),
        ("announced before the grace ends", &grace, 3, fell, 0, Some((1, 2 * DAY))),
        ("unless the free server is all there is", &grace, 1, fell, 0, None),
        ("the second before", &grace, 3, fell, 2 * DAY - 1, Some((1, 2 * DAY))),
        ("the very second", &grace, 3, fell, 2 * DAY, Some((1, 2 * DAY))),
        ("found later, without a worker", &grace, 3, fell, 9 * DAY, Some((1, 2 * DAY))),
        ("said just now", &ended, 3, fell, 9 * DAY, Some((1, 9 * DAY))),
        ("said before", &ended, 3, judged(0, one(), Some(-DAY)), 9 * DAY, Some((1, -DAY))),
        ("fell further", &ended, 9, judged(0, three(), Some(-DAY)), DAY, Some((1, DAY))),
        ("rose, and not enough", &active, 9, judged(0, one(), Some(-DAY)), DAY, Some((3, -DAY))),
        ("never judged", &ended, 3, Mark::blank(at(DAY)), DAY, Some((1, DAY))),
        ("other rules", &active, 9, judged(0, Limit::Unlimited, None), DAY, Some((3, DAY))),
        ("a clock set back", &ended, 3, judged(DAY, one(), Some(-DAY)), 0, Some((1, -DAY))),
    ];
    for (case, facts, used, mark, now, expected) in table {
        assert_eq!(seen(facts, &SUSPENDS, used, &mark, now), expected, "{case}");
        assert_eq!(seen(facts, &FREEZES, used, &mark, now), None, "{case}, frozen");
    }
}

#[test]
fn no_date_is_announced_for_a_silence_of_stripes() {
    let stale = Subscription { period_end: Some(at(-DAY)), ..subscription(Status::Active) };
    let (facts, mark) = (subscribed(&[stale]), judged(-2 * DAY, three(), None));
    assert_eq!(seen(&facts, &SUSPENDS, 3, &mark, 0), None);
    assert_eq!(seen(&facts, &SUSPENDS, 3, &mark, 2 * DAY), Some((1, 2 * DAY)));
}

#[test]
fn an_exemption_and_its_end() {
    let ended = subscribed(&[subscription(Status::Canceled)]);
    let until = Facts { exemption: Some(exemption(Some(at(DAY)))), ..ended.clone() };
    let forever = Facts { exemption: Some(exemption(None)), ..ended };
    let mark = judged(0, Limit::Unlimited, None);
    for (facts, now, expected) in [
        (&forever, 99 * DAY, None),
        (&until, 0, Some((1, DAY))),
        (&until, DAY - 1, Some((1, DAY))),
        (&until, 5 * DAY, Some((1, DAY))),
    ] {
        assert_eq!(seen(facts, &SUSPENDS, 3, &mark, now), expected, "{now}");
    }
}

#[test]
fn a_dispute_leaves_the_free_servers_where_the_operator_said_suspend() {
    let disputed = Facts { disputed: true, ..subscribed(&[subscription(Status::Active)]) };
    let mark = judged(0, three(), None);
    let suspend = |over_quota| Terms { policy: &SUSPENDS_DISPUTED, over_quota, ..SUSPENDS };
    let exempt = Facts { exemption: Some(exemption(None)), ..disputed.clone() };
    for (case, facts, terms, expected) in [
        ("frozen only", &disputed, SUSPENDS, None),
        ("with suspend_excess", &disputed, suspend(OverQuota::SuspendExcess), Some((1, DAY))),
        ("with freeze", &disputed, suspend(OverQuota::Freeze), Some((1, DAY))),
        ("exempt", &exempt, suspend(OverQuota::SuspendExcess), None),
    ] {
        assert_eq!(seen(facts, &terms, 3, &mark, DAY), expected, "{case}");
    }
}

#[test]
fn the_newest_are_suspended_when_the_notice_is_over_and_what_is_suspended_stays() {
    use Fate::{Runs, RunsUntil, Suspended};
    let server = Candidate { chosen: false, busy: false, suspended: false };
    let chosen = Candidate { chosen: true, ..server };
    let busy = Candidate { busy: true, ..server };
    let down = Candidate { suspended: true, ..server };
    let end = NOTICE;
    let later = RunsUntil(at(end));
    let table = [
        ("long before", [server, server, server], 1, end - 1, [Runs, later, later]),
        ("the very second", [server, server, server], 1, end, [Runs, Suspended, Suspended]),
        ("all may run", [down, down, down], 3, end, [Runs; 3]),
        ("none may run", [server, server, server], 0, end, [Suspended; 3]),
        ("the newest is chosen", [server, server, chosen], 1, end, [Suspended, Suspended, Runs]),
        ("more chosen than fit", [server, chosen, chosen], 1, end, [Suspended, Runs, Suspended]),
        ("one is being created", [server, server, busy], 1, end, [Runs, Suspended, Runs]),
        ("before, too", [server, busy, server], 1, 0, [Runs, Runs, later]),
        ("suspended before", [server, server, down], 1, 0, [Runs, later, Suspended]),
        ("not over yet", [server, server, down], 1, -1, [Runs, later, later]),
    ];
    for (case, servers, keep, now, expected) in table {
        let excess = Excess { keep, since: at(0), suspends_at: at(end) };
        assert_eq!(fates(&servers, Some(&excess), at(now)), expected, "{case}");
    }
    assert_eq!(fates(&[down, server, busy], None, at(0)), [Runs; 3]);
}

#[test]
fn the_next_look_is_when_the_limit_falls_or_the_notice_is_over() {
    let notice = Excess { keep: 1, since: at(0), suspends_at: at(NOTICE) };
    let grace = subscribed(&[in_grace()]);
    let bought = Facts { lifetimes: vec![lifetime("five")], ..Facts::default() };
    let (active, none) = (subscribed(&[subscription(Status::Active)]), Facts::default());
    let table = [
        ("grace", &grace, None, 0, Some(2 * DAY)),
        ("grace over", &grace, Some(&notice), 2 * DAY, Some(NOTICE)),
        ("suspended", &grace, Some(&notice), NOTICE, None),
        ("nothing changes by itself", &bought, None, 0, None),
        ("nothing at all", &none, None, 0, None),
        ("an unheard renewal", &active, None, 0, Some(23 * DAY)),
    ];
    for (case, facts, excess, now, expected) in table {
        let look = next_look(facts, &SUSPENDS, excess, at(now));
        assert_eq!(look, expected.map(at), "{case}");
    }
    assert_eq!(next_look(&grace, &FREEZES, None, at(0)), None);
}

/// What halving rests on.
#[test]
fn while_nothing_is_said_the_limit_only_falls() {
    let pause = Some(CollectionPause::Forgiven { paid_until: at(7 * DAY) });
    let end = |days: i64| Some(at(days * DAY));
    let subscriptions = [
        in_grace(),
        Subscription { period_end: end(1), ..subscription(Status::Active) },
        Subscription { cancels_at: end(4), ..subscription(Status::Active) },
        Subscription { pause, ..subscription(Status::Active) },
        Subscription { trial_end: end(3), ..subscription(Status::Trialing) },
        subscription(Status::Canceled),
        subscription(Status::Paused),
    ];
    let exemptions = [None, Some(exemption(end(2))), Some(exemption(None))];
    let disputed = Terms { policy: &SUSPENDS_DISPUTED, ..SUSPENDS };
    for (a, b) in subscriptions.iter().flat_map(|a| subscriptions.iter().map(move |b| (a, b))) {
        for exemption in &exemptions {
            for (terms, open) in [(SUSPENDS, false), (SUSPENDS, true), (disputed, true)] {
                let facts = Facts {
                    exemption: exemption.clone(),
                    disputed: open,
                    ..subscribed(&[a.clone(), b.clone()])
                };
                let limits: Vec<Limit> = (-10..40)
                    .map(|day| runs(&facts, &terms, Timestamp(at(0).0 + day * DAY)))
                    .collect();
                assert!(limits.is_sorted_by(|earlier, later| earlier >= later), "{facts:?}");
            }
        }
    }
}
