//! Where the time of a request goes: to the database, to Stripe, or into writing the page.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What a request waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Database,
    Stripe,
    Render,
}

impl Part {
    pub(crate) const ALL: [Self; 3] = [Self::Database, Self::Stripe, Self::Render];

    /// Its name in the header `Server-Timing`.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Database => "db",
            Self::Stripe => "stripe",
            Self::Render => "render",
        }
    }
}

tokio::task_local! {
    static SPENT: Arc<Spent>;
}

/// What one request has spent on each part so far.
#[derive(Debug, Default)]
pub(crate) struct Spent([Mutex<Tally>; Part::ALL.len()]);

#[derive(Debug, Default)]
struct Tally {
    watches: u32,
    since: Option<Instant>,
    total: Duration,
}

impl Spent {
    /// Runs `work`, whose watches count here.
    pub(crate) async fn count<T>(self: &Arc<Self>, work: impl Future<Output = T>) -> T {
        SPENT.scope(Arc::clone(self), work).await
    }

    pub(crate) fn on(&self, part: Part) -> Duration {
        self.tally(part).total
    }

    fn tally(&self, part: Part) -> std::sync::MutexGuard<'_, Tally> {
        self.0[part as usize].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Counts the time until it is dropped; time that several watches share counts once.
#[derive(Debug)]
#[must_use = "it counts while it is held"]
pub(crate) struct Watch {
    part: Part,
    spent: Option<Arc<Spent>>,
}

/// Begins to count for the request that runs here, if there is one.
pub(crate) fn watch(part: Part) -> Watch {
    let spent = SPENT.try_with(Arc::clone).ok();
    if let Some(spent) = &spent {
        let mut tally = spent.tally(part);
        tally.watches += 1;
        tally.since.get_or_insert_with(Instant::now);
    }
    Watch { part, spent }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let Some(spent) = &self.spent else { return };
        let mut tally = spent.tally(self.part);
        tally.watches -= 1;
        if tally.watches == 0
            && let Some(since) = tally.since.take()
        {
            tally.total += since.elapsed();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A_WHILE: Duration = Duration::from_millis(5);

    #[tokio::test]
    async fn time_counts_once_for_its_part_and_for_the_request_that_spent_it() {
        let (spent, other) = (Arc::new(Spent::default()), Arc::new(Spent::default()));
        let begun = Instant::now();
        spent
            .count(async {
                let (_one, _two) = (watch(Part::Database), watch(Part::Database));
                std::thread::sleep(A_WHILE);
            })
            .await;
        let whole = begun.elapsed();
        drop(watch(Part::Database));
        assert!((A_WHILE..=whole).contains(&spent.on(Part::Database)), "{spent:?}");
        assert_eq!(spent.on(Part::Stripe), Duration::ZERO);
        assert_eq!(other.on(Part::Database), Duration::ZERO);
    }
}
