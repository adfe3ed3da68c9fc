//! How many requests a second reach Stripe: one budget for the whole process.
//!
//! Stripe takes 100 a second with a live key and 25 in a sandbox:
//! <https://docs.stripe.com/rate-limits>.

use std::num::NonZeroU32;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Mutex as AsyncMutex;
use tokio::time::Instant;

use super::pace::Patience;

/// How far ahead of a steady pace workers may run; what pages need beyond it is kept for them.
const AHEAD: Duration = Duration::from_millis(250);

/// The budget. Whatever is sent is charged; only workers wait until it is paid.
///
/// A page goes at once, even into debt, so that nobody waits for a page behind a worker.
pub(super) struct Throttle {
    /// How long one request takes to pay.
    each: Duration,
    /// When everything sent so far will be paid.
    paid_at: Mutex<Instant>,
    /// Workers go one after another, in the order they came.
    workers: AsyncMutex<()>,
}

impl Throttle {
    pub(super) fn new(per_second: NonZeroU32) -> Self {
        Self {
            each: Duration::from_secs(1) / per_second.get(),
            paid_at: Mutex::new(Instant::now()),
            workers: AsyncMutex::new(()),
        }
    }

    /// Returns when a request may be sent, and charges it.
    pub(super) async fn admit(&self, patience: Patience) {
        match patience {
            Patience::Page | Patience::Until(_) => self.charge_page(Instant::now()),
            Patience::Worker => {
                let _turn = self.workers.lock().await;
                while let Err(wait) = self.charge_worker(Instant::now()) {
                    tokio::time::sleep(wait).await;
                }
            }
        }
    }

    fn charge_page(&self, now: Instant) {
        let mut paid_at = self.paid_at();
        *paid_at = (*paid_at).max(now) + self.each;
    }

    /// Charges nothing when the budget is spent, and tells how long to wait.
    fn charge_worker(&self, now: Instant) -> Result<(), Duration> {
        let mut paid_at = self.paid_at();
        let after = (*paid_at).max(now) + self.each;
        let wait = after.saturating_duration_since(now + AHEAD.max(self.each));
        if !wait.is_zero() {
            return Err(wait);
        }
        *paid_at = after;
        Ok(())
    }

    fn paid_at(&self) -> MutexGuard<'_, Instant> {
        self.paid_at.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MILLISECOND: Duration = Duration::from_millis(1);

    fn twenty_a_second() -> Throttle {
        Throttle::new(NonZeroU32::new(20).unwrap())
    }

    /// How many workers get through when they ask every millisecond.
    fn workers_within(throttle: &Throttle, from: Instant, milliseconds: u32) -> usize {
        let moments = (0..milliseconds).map(|passed| from + passed * MILLISECOND);
        moments.filter(|now| throttle.charge_worker(*now).is_ok()).count()
    }

    #[test]
    fn workers_run_a_little_ahead_and_then_at_the_pace() {
        let (throttle, start) = (twenty_a_second(), Instant::now());
        let at_once = (0..50).filter(|_| throttle.charge_worker(start).is_ok()).count();
        assert_eq!(at_once, 5);
        assert_eq!(throttle.charge_worker(start), Err(50 * MILLISECOND));
        assert_eq!(workers_within(&throttle, start, 1_000), 19);
        assert_eq!(workers_within(&throttle, start + 1_000 * MILLISECOND, 1_000), 20);
    }

    #[test]
    fn an_idle_hour_saves_nothing_up() {
        let (throttle, start) = (twenty_a_second(), Instant::now());
        let later = start + Duration::from_hours(1);
        assert_eq!((0..50).filter(|_| throttle.charge_worker(later).is_ok()).count(), 5);
    }

    #[test]
    fn pages_are_never_held_and_workers_pay_for_them() {
        let (throttle, start) = (twenty_a_second(), Instant::now());
        for _ in 0..30 {
            throttle.charge_page(start);
        }
        assert_eq!(throttle.charge_worker(start), Err(1_300 * MILLISECOND));
        assert_eq!(workers_within(&throttle, start, 2_000), 14, "one each 50 ms after 1.3 s");
    }

    #[test]
    fn one_a_second_is_a_pace_too() {
        let (throttle, start) = (Throttle::new(NonZeroU32::MIN), Instant::now());
        assert_eq!(throttle.charge_worker(start), Ok(()));
        assert_eq!(throttle.charge_worker(start), Err(Duration::from_secs(1)));
        assert_eq!(throttle.charge_worker(start + Duration::from_secs(1)), Ok(()));
    }

    #[tokio::test]
    async fn a_page_passes_the_workers_that_wait() {
        let throttle = Throttle::new(NonZeroU32::MIN);
        throttle.admit(Patience::Worker).await;
        let waiting = throttle.admit(Patience::Worker);
        tokio::select! {
            biased;
            () = waiting => panic!("the budget was spent"),
            () = throttle.admit(Patience::Page) => {}
        }
    }
}
