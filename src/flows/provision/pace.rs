//! How fast lists are read: the calls that the panel takes in a minute are there for orders, too.

use std::sync::{Mutex, PoisonError};

use crate::domain::timestamp::Timestamp;

/// As many lists are read in a row.
pub(super) const AT_ONCE: u32 = 10;
/// Then as many in a second: half of what Pterodactyl takes of a key.
const A_SECOND: u32 = 2;

/// What may still be read; full to begin with.
#[derive(Default)]
pub(super) struct Pace(Mutex<Spent>);

#[derive(Default)]
struct Spent {
    lists: u32,
    until: Option<Timestamp>,
}

impl Pace {
    /// Takes one list of what may be read at `now`; `false` when that is spent.
    pub(super) fn takes(&self, now: Timestamp) -> bool {
        let mut spent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let seconds = spent.until.map_or(0, |until| now.0.saturating_sub(until.0).max(0));
        let earned = u32::try_from(seconds).unwrap_or(u32::MAX).saturating_mul(A_SECOND);
        spent.lists = spent.lists.saturating_sub(earned);
        spent.until = Some(now);
        if spent.lists >= AT_ONCE {
            return false;
        }
        spent.lists += 1;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_are_read_in_a_row_and_then_two_a_second() {
        let pace = Pace::default();
        for (now, wanted, taken) in
            [(100, 15, 10), (101, 5, 2), (101, 5, 0), (90, 5, 0), (92, 9, 4), (900, 50, 10)]
        {
            let took = (0..wanted).filter(|_| pace.takes(Timestamp(now))).count();
            assert_eq!(took, taken, "at {now}");
        }
    }
}
