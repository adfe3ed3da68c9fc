//! How long to wait for Stripe, and how often to ask again.

use std::time::Duration;

use tokio::time::Instant;

/// How long the caller can wait.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Patience {
    /// A person waits for a page: everything ends within three seconds.
    Page,
    /// Nobody waits: up to four attempts of twenty seconds each.
    Worker,
    /// A page that makes several calls has until then for all of them.
    Until(Instant),
}

/// The lengths of time that rule retries.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    pub(super) attempts: u32,
    /// What one attempt may take.
    pub(super) attempt: Duration,
    /// What a page may take in all.
    pub(super) page: Duration,
    /// Before the second attempt; it doubles from there.
    pub(super) first_pause: Duration,
    /// No pause is longer, whatever Stripe asks for.
    pub(super) longest_pause: Duration,
    /// How long a refused key is not tried.
    pub(super) circuit: Duration,
}

impl Pace {
    /// The pace towards the real Stripe.
    pub(super) const STRIPE: Self = Self {
        attempts: 4,
        attempt: Duration::from_secs(20),
        page: Duration::from_secs(3),
        first_pause: Duration::from_millis(300),
        longest_pause: Duration::from_secs(30),
        circuit: Duration::from_mins(1),
    };

    pub(super) fn started(&self, patience: Patience) -> Patience {
        match patience {
            Patience::Page => Patience::Until(Instant::now() + self.page),
            Patience::Worker | Patience::Until(_) => patience,
        }
    }

    pub(super) fn budget(&self, patience: Patience) -> Budget {
        let deadline = match self.started(patience) {
            Patience::Until(deadline) => Some(deadline),
            Patience::Page | Patience::Worker => None,
        };
        Budget { pace: *self, deadline }
    }
}

/// The time one call has.
pub(super) struct Budget {
    pace: Pace,
    deadline: Option<Instant>,
}

impl Budget {
    /// When an attempt that starts now must be over.
    pub(super) fn attempt_ends(&self) -> Instant {
        let end = Instant::now() + self.pace.attempt;
        self.deadline.map_or(end, |deadline| deadline.min(end))
    }

    /// How long to wait after `made` attempts; `None` when there is no time for another.
    ///
    /// Half of each pause is chance, so that many callers do not come back together.
    pub(super) fn pause(&self, made: u32, asked: Option<Duration>) -> Option<Duration> {
        if made >= self.pace.attempts {
            return None;
        }
        let doubled = self.pace.first_pause.saturating_mul(1 << made.saturating_sub(1).min(16));
        let half = doubled.min(self.pace.longest_pause) / 2;
        let pause = (half + half.mul_f64(chance()))
            .max(asked.unwrap_or_default().min(self.pace.longest_pause));
        match self.deadline {
            Some(deadline) if Instant::now() + pause >= deadline => None,
            Some(_) | None => Some(pause),
        }
    }
}

/// Between 0 and 1; without a source of chance the pause is merely predictable.
fn chance() -> f64 {
    let mut byte = [0];
    match getrandom::fill(&mut byte) {
        Ok(()) => f64::from(byte[0]) / 255.0,
        Err(_) => 0.5,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn pauses_double_within_their_bounds_and_end() {
        let budget = Pace::STRIPE.budget(Patience::Worker);
        for (made, longest_ms) in [(1, 300), (2, 600), (3, 1200)] {
            let pause = budget.pause(made, None).unwrap();
            let longest = Duration::from_millis(longest_ms);
            assert!(pause >= longest / 2 && pause <= longest, "{made}: {pause:?}");
        }
        assert_eq!(budget.pause(4, None), None);
    }

    #[test]
    fn what_stripe_asks_for_is_honoured_up_to_the_longest_pause() {
        let budget = Pace::STRIPE.budget(Patience::Worker);
        assert_eq!(budget.pause(1, Some(7 * SECOND)), Some(7 * SECOND));
        assert_eq!(budget.pause(1, Some(9999 * SECOND)), Some(30 * SECOND));
    }

    #[test]
    fn a_page_does_not_begin_an_attempt_past_its_deadline() {
        let budget = Pace::STRIPE.budget(Patience::Page);
        assert!(budget.pause(1, Some(2 * SECOND)).is_some());
        assert_eq!(budget.pause(1, Some(4 * SECOND)), None);
        assert!(budget.attempt_ends() <= Instant::now() + 3 * SECOND);
    }
}
