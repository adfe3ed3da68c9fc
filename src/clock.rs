//! The time: the system's, or one that is moved by hand.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::domain::timestamp::Timestamp;

/// Tells the time; clones tell the same.
#[derive(Debug, Clone)]
pub struct Clock(Source);

#[derive(Debug, Clone)]
enum Source {
    System { ahead_seconds: Arc<AtomicI64> },
    Frozen { at: Arc<AtomicI64> },
}

impl Default for Clock {
    fn default() -> Self {
        Self::system()
    }
}

impl Clock {
    /// The system's time.
    pub fn system() -> Self {
        Self(Source::System { ahead_seconds: Arc::default() })
    }

    /// A time that stands still until it is moved, for tests.
    pub fn frozen(at: Timestamp) -> Self {
        Self(Source::Frozen { at: Arc::new(AtomicI64::new(at.0)) })
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Source::System { ahead_seconds } => {
                Timestamp(system_seconds() + ahead_seconds.load(Ordering::Relaxed))
            }
            Source::Frozen { at } => Timestamp(at.load(Ordering::Relaxed)),
        }
    }

    /// Moves a frozen clock to `now`, or lets a running one show `now` and run on from there.
    pub fn set(&self, now: Timestamp) {
        match &self.0 {
            Source::System { ahead_seconds } => {
                ahead_seconds.store(now.0 - system_seconds(), Ordering::Relaxed);
            }
            Source::Frozen { at } => at.store(now.0, Ordering::Relaxed),
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place that asks the system")]
fn system_seconds() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}
