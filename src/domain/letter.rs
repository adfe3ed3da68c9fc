//! Mail to customers: what they have to be told of how their account stands, each thing once.
//!
//! Only what Stripe does not tell them: it writes of payments, receipts, trials and renewals itself.

use std::time::Duration;

use super::timestamp::Timestamp;

/// What a letter tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Topic {
    /// More servers than the limit; the day on which some are suspended, if any are.
    OverQuota(Option<Timestamp>),
    /// That day is near.
    SuspensionAhead(Timestamp),
    /// Servers were suspended.
    Suspended,
    /// Servers that were suspended run again.
    Lifted,
    /// The exemption ends then.
    ExemptionEnding(Timestamp),
}

/// How an account has too many servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Over {
    /// Nothing happens to them.
    Frozen,
    /// Some run until then.
    Until(Timestamp),
    /// Those that had to go are suspended.
    Settled,
}

/// What of an account is worth a letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Situation {
    pub(crate) over: Option<Over>,
    pub(crate) exempt_until: Option<Timestamp>,
}

/// What the customer was told before.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) over_quota: bool,
    pub(crate) suspends_at: Option<Timestamp>,
    pub(crate) reminded_of: Option<Timestamp>,
    pub(crate) exempt_until: Option<Timestamp>,
}

/// What has to be told now, and what is told then; `said` is `None` before the first look.
///
/// What was so before mail was set up is not told, except a day that is still to come.
pub(crate) fn topics(
    said: Option<Said>,
    situation: &Situation,
    suspend_after: Duration,
    now: Timestamp,
) -> (Said, Vec<Topic>) {
    let (is_first, mut said) = (said.is_none(), said.unwrap_or_default());
    let mut topics = Vec::new();
    match situation.over {
        None => (said.over_quota, said.suspends_at, said.reminded_of) = (false, None, None),
        Some(Over::Settled) => said.over_quota = true,
        Some(Over::Frozen) => {
            if !said.over_quota && !is_first {
                topics.push(Topic::OverQuota(None));
            }
            (said.over_quota, said.suspends_at) = (true, None);
        }
        Some(Over::Until(day)) => {
            let begins = said.suspends_at != Some(day);
            if begins {
                topics.push(Topic::OverQuota(Some(day)));
            }
            if reminder(day, suspend_after) <= now && said.reminded_of != Some(day) {
                // A letter that names the day is reminder enough on the same day.
                if !begins {
                    topics.push(Topic::SuspensionAhead(day));
                }
                said.reminded_of = Some(day);
            }
            (said.over_quota, said.suspends_at) = (true, Some(day));
        }
    }
    let ends_soon = |end: &Timestamp| *end - EXEMPTION_NOTICE <= now && now < *end;
    if let Some(end) = situation.exempt_until.filter(ends_soon)
        && said.exempt_until != Some(end)
    {
        topics.push(Topic::ExemptionEnding(end));
        said.exempt_until = Some(end);
    }
    (said, topics)
}

/// When there may be something to tell although nobody writes anything.
pub(crate) fn next_look(
    situation: &Situation,
    suspend_after: Duration,
    now: Timestamp,
) -> Option<Timestamp> {
    let reminder = match situation.over {
        Some(Over::Until(day)) => Some(reminder(day, suspend_after)),
        Some(Over::Frozen | Over::Settled) | None => None,
    };
    let notice = situation.exempt_until.map(|end| end - EXEMPTION_NOTICE);
    let end = situation.exempt_until;
    [reminder, notice, end].into_iter().flatten().filter(|at| now < *at).min()
}

const EXEMPTION_NOTICE: Duration = Duration::from_hours(7 * 24);
const LONGEST_REMINDER: Duration = Duration::from_hours(24);

/// A day before, or after half of a shorter notice.
fn reminder(day: Timestamp, suspend_after: Duration) -> Timestamp {
    day - LONGEST_REMINDER.min(suspend_after / 2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::testing::at;

    const HOUR: i64 = 3_600;
    const DAY: i64 = 24 * HOUR;

    fn told(
        said: Option<Said>,
        over: Option<Over>,
        exempt_until: Option<Timestamp>,
        notice: i64,
        now: i64,
    ) -> (Said, Vec<Topic>) {
        let situation = Situation { over, exempt_until };
        let notice = Duration::from_secs(notice.unsigned_abs());
        topics(said, &situation, notice, at(now))
    }

    #[test]
    fn every_transition_is_told_once() {
        use Over::{Frozen, Settled, Until};
        use Topic::{ExemptionEnding, OverQuota, SuspensionAhead};
        let day = |days: i64| at(days * DAY);
        // The days of one account with three days' notice, one look after another.
        let story = [
            (0, None, None, vec![]),
            (1, Some(Until(day(4))), None, vec![OverQuota(Some(day(4)))]),
            (2, Some(Until(day(4))), None, vec![]),
            (3, Some(Until(day(4))), None, vec![SuspensionAhead(day(4))]),
            (3, Some(Until(day(4))), None, vec![]),
            (4, Some(Settled), None, vec![]),
            // The limit falls further, so the others get a notice of their own.
            (5, Some(Until(day(8))), None, vec![OverQuota(Some(day(8)))]),
            (6, Some(Until(day(9))), None, vec![OverQuota(Some(day(9)))]),
            (6, None, Some(day(20)), vec![]),
            (13, None, Some(day(20)), vec![ExemptionEnding(day(20))]),
            (14, None, Some(day(20)), vec![]),
            (15, None, Some(day(21)), vec![ExemptionEnding(day(21))]),
            (21, Some(Until(day(24))), Some(day(21)), vec![OverQuota(Some(day(24)))]),
            // The operator turned suspension off, and on again.
            (22, Some(Frozen), None, vec![]),
            (22, Some(Until(day(25))), None, vec![OverQuota(Some(day(25)))]),
            (22, None, None, vec![]),
            (23, Some(Frozen), None, vec![OverQuota(None)]),
            (24, Some(Frozen), None, vec![]),
            // Nobody looked for days: the letter that names the day is the reminder.
            (30, None, None, vec![]),
            (
                33,
                Some(Until(at(33 * DAY + HOUR))),
                None,
                vec![OverQuota(Some(at(33 * DAY + HOUR)))],
            ),
            (33, Some(Until(at(33 * DAY + HOUR))), None, vec![]),
        ];
        let mut said = None;
        for (step, (today, over, exempt_until, topics)) in story.into_iter().enumerate() {
            let (after, found) = told(said, over, exempt_until, 3 * DAY, today * DAY);
            assert_eq!(found, topics, "step {step}, day {today}");
            said = Some(after);
        }
    }

    #[test]
    fn a_reminder_comes_a_day_before_or_at_half_of_a_shorter_notice() {
        let table = [(7 * DAY, 6 * DAY), (DAY, DAY / 2), (2 * HOUR, HOUR), (2 * DAY, DAY)];
        for (notice, reminded) in table {
            let over = Some(Over::Until(at(notice)));
            let (said, _) = told(None, over, None, notice, 0);
            assert_eq!(told(Some(said), over, None, notice, reminded - 1).1, [], "{notice}");
            let topics = told(Some(said), over, None, notice, reminded).1;
            assert_eq!(topics, [Topic::SuspensionAhead(at(notice))], "{notice}");
            let situation = Situation { over, exempt_until: None };
            let length = Duration::from_secs(notice.unsigned_abs());
            assert_eq!(next_look(&situation, length, at(0)), Some(at(reminded)), "{notice}");
            assert_eq!(next_look(&situation, length, at(reminded)), None, "{notice}");
        }
    }

    #[test]
    fn what_was_so_before_mail_was_set_up_is_told_only_with_a_day_to_come() {
        let table = [
            (Some(Over::Frozen), vec![]),
            (Some(Over::Settled), vec![]),
            (Some(Over::Until(at(9))), vec![Topic::OverQuota(Some(at(9)))]),
        ];
        for (over, topics) in table {
            assert_eq!(told(None, over, None, DAY, 0).1, topics, "{over:?}");
        }
    }

    #[test]
    fn an_exemption_is_looked_at_a_week_before_its_end_and_at_it() {
        let situation = Situation { over: None, exempt_until: Some(at(20 * DAY)) };
        let table = [(0, Some(13)), (13, Some(20)), (20, None)];
        for (today, next) in table {
            let found = next_look(&situation, Duration::ZERO, at(today * DAY));
            assert_eq!(found, next.map(|next| at(next * DAY)), "day {today}");
        }
    }
}
