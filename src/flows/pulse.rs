//! Whether the background worker still goes round.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// The worker goes round every five seconds, and waits ten for a locked database at most.
const LONGEST_SILENCE: Duration = Duration::from_secs(30);

/// The worker's heartbeat; where none ever began, nobody is missed.
#[derive(Default)]
pub(crate) struct Pulse(Mutex<Option<Instant>>);

impl Pulse {
    pub(crate) fn beat(&self) {
        self.beat_at(Instant::now());
    }

    pub(crate) fn is_alive(&self) -> bool {
        let last = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        last.is_none_or(|last| last.elapsed() < LONGEST_SILENCE)
    }

    pub(crate) fn beat_at(&self, moment: Instant) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(moment);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_heart_that_has_beaten_can_stop() {
        let pulse = Pulse::default();
        assert!(pulse.is_alive());
        pulse.beat();
        assert!(pulse.is_alive());
        let long_ago = Instant::now().checked_sub(LONGEST_SILENCE).expect("the machine runs");
        pulse.beat_at(long_ago);
        assert!(!pulse.is_alive());
        pulse.beat();
        assert!(pulse.is_alive());
    }
}
