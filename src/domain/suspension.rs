//! Over quota: which servers are suspended, and when.
//!
//! While the facts stay, an account's limit only falls as time passes; so the moment at which it
//! fell need not be stored, it is found by halving.

use std::time::Duration;

use super::entitlement::{Facts, OnDispute, Policy, Reason, decide};
use super::plan::Limit;
use super::timestamp::Timestamp;

/// What happens to servers above the limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OverQuota {
    /// They run on; no new one is created.
    Freeze,
    /// The newest are suspended after `suspend_after`.
    SuspendExcess,
}

/// What the operator configured about servers above the limit.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Terms<'p> {
    pub(crate) policy: &'p Policy,
    pub(crate) over_quota: OverQuota,
    pub(crate) suspend_after: Duration,
}

impl Terms<'_> {
    pub(crate) fn suspends_excess(&self) -> bool {
        self.over_quota == OverQuota::SuspendExcess
    }

    pub(crate) fn ever_suspend(&self) -> bool {
        self.suspends_excess() || self.policy.on_dispute == OnDispute::Suspend
    }
}

/// What was written down when an account was last judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) judged_at: Timestamp,
    /// How many servers might run then.
    pub(crate) runs: Limit,
    /// Since when the account had more.
    pub(crate) over_since: Option<Timestamp>,
}

impl Mark {
    /// Of an account that was never judged: what it has too many counts from `now` on.
    pub(crate) fn blank(now: Timestamp) -> Self {
        Self { judged_at: now, runs: Limit::Unlimited, over_since: None }
    }
}

/// An account has more servers than may run, or will have at a date that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Excess {
    /// How many servers may run.
    pub keep: u32,
    /// From when on the account has more.
    pub since: Timestamp,
    /// When the others are suspended, unless something changes.
    pub suspends_at: Timestamp,
}

/// What of `used` servers is too much at `now`, or will be; `None` when nothing will be suspended.
pub(crate) fn excess(
    facts: &Facts,
    terms: &Terms<'_>,
    used: u32,
    mark: &Mark,
    now: Timestamp,
) -> Option<Excess> {
    let limit = runs(facts, terms, now);
    let (limit, since) = if is_over(used, limit) {
        (limit, over_since(facts, terms, mark, now))
    } else {
        announced(facts, terms, used, now)?
    };
    let keep = limit.as_option()?;
    Some(Excess { keep, since, suspends_at: since + terms.suspend_after })
}

/// A server as its suspension sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Candidate {
    /// The customer wants it to run on before others.
    pub(crate) chosen: bool,
    /// It is being created or deleted, and left alone.
    pub(crate) busy: bool,
    pub(crate) suspended: bool,
}

/// What becomes of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    Runs,
    /// It runs, and is suspended then unless something changes.
    RunsUntil(Timestamp),
    Suspended,
}

/// The fate of each of `servers`, which come oldest first: the newest go, chosen ones last.
///
/// What is suspended stays so while it is too much: a limit that falls further gives the others
/// time, and not these.
pub(crate) fn fates(servers: &[Candidate], excess: Option<&Excess>, now: Timestamp) -> Vec<Fate> {
    let mut fates = vec![Fate::Runs; servers.len()];
    let Some(excess) = excess else { return fates };
    let mut by_rank: Vec<usize> = (0..servers.len()).collect();
    by_rank.sort_by_key(|index| !servers[*index].chosen);
    for index in by_rank.into_iter().skip(excess.keep as usize) {
        let server = servers[index];
        let stays = server.suspended && excess.since <= now;
        fates[index] = if stays || (excess.suspends_at <= now && !server.busy) {
            Fate::Suspended
        } else if server.busy {
            Fate::Runs
        } else {
            Fate::RunsUntil(excess.suspends_at)
        };
    }
    fates
}

/// How far ahead a fall of the limit is looked for; every sync looks again.
const HORIZON: Duration = Duration::from_hours(24 * 366 * 5);

/// When to judge again although nobody writes anything: the limit falls, or the notice is over.
pub(crate) fn next_look(
    facts: &Facts,
    terms: &Terms<'_>,
    excess: Option<&Excess>,
    now: Timestamp,
) -> Option<Timestamp> {
    let today = runs(facts, terms, now);
    let falls = first(now, now + HORIZON, |at| runs(facts, terms, at) < today);
    let acts = excess.map(|excess| excess.suspends_at).filter(|at| now < *at);
    falls.into_iter().chain(acts).min()
}

/// How many of the account's servers may run at `at`.
pub(crate) fn runs(facts: &Facts, terms: &Terms<'_>, at: Timestamp) -> Limit {
    let decision = decide(facts, terms.policy, at);
    let disputed = decision.reason == Reason::Disputed;
    if disputed && terms.policy.on_dispute == OnDispute::Suspend {
        return decision.limit.min(Limit::Servers(terms.policy.free_servers));
    }
    match terms.over_quota {
        OverQuota::SuspendExcess => decision.limit,
        OverQuota::Freeze => Limit::Unlimited,
    }
}

/// Since when the limit is what it is, for an account that is over it.
fn over_since(facts: &Facts, terms: &Terms<'_>, mark: &Mark, now: Timestamp) -> Timestamp {
    let (then, today) = (runs(facts, terms, mark.judged_at), runs(facts, terms, now));
    if then < mark.runs {
        // By what was said since, or by another configuration: nobody could see it coming.
        return now;
    }
    if today < then {
        let fell = first(mark.judged_at, now, |at| runs(facts, terms, at) <= today);
        return fell.unwrap_or(now);
    }
    mark.over_since.unwrap_or(now)
}

/// The limit to come and its date, where the decision itself names one that will be too low.
fn announced(
    facts: &Facts,
    terms: &Terms<'_>,
    used: u32,
    now: Timestamp,
) -> Option<(Limit, Timestamp)> {
    let decision = decide(facts, terms.policy, now);
    // That Stripe is silent is no fault of the customer's, who can do nothing about it.
    let until = decision.until.filter(|_| decision.reason != Reason::Stale)?;
    let then = runs(facts, terms, until);
    is_over(used, then).then_some((then, until))
}

fn is_over(used: u32, limit: Limit) -> bool {
    Limit::Servers(used) > limit
}

/// The first moment after `from` and up to `to` at which something holds that then holds on.
fn first(from: Timestamp, to: Timestamp, holds: impl Fn(Timestamp) -> bool) -> Option<Timestamp> {
    if to <= from || !holds(to) {
        return None;
    }
    let (mut before, mut after) = (from.0, to.0);
    while after - before > 1 {
        let middle = before + (after - before) / 2;
        if holds(Timestamp(middle)) {
            after = middle;
        } else {
            before = middle;
        }
    }
    Some(Timestamp(after))
}
