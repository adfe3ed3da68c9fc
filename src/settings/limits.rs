//! How often things may be asked.

use std::num::NonZeroU32;
use std::time::Duration;

use super::reader::Reader;
use super::values;

/// The budgets of everything that strangers can reach; `None` is no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limits {
    /// Invalid deliveries, per address.
    pub(crate) webhook_invalid: Option<Budget>,
    /// Deliveries in all.
    pub(crate) webhook: Option<Budget>,
    /// Attempts, per address and per e-mail.
    pub(crate) sign_in: Option<Budget>,
    /// New users, per address.
    pub(crate) register: Option<Budget>,
    /// Checkouts begun, per account.
    pub(crate) checkout: Option<Budget>,
    /// Calls of the JSON API, per token.
    pub(crate) api: Option<Budget>,
}

/// So many in so much time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Budget {
    pub(crate) count: NonZeroU32,
    pub(crate) per: Duration,
}

pub(super) fn read(reader: &mut Reader) -> Limits {
    let mut limit = |path, default| {
        reader.text(path, budget).unwrap_or_else(|| budget(default).expect("the default is valid"))
    };
    Limits {
        webhook_invalid: limit("billing.limits.webhook_invalid", "60/1m"),
        webhook: limit("billing.limits.webhook", "1000/1s"),
        sign_in: limit("billing.limits.sign_in", "10/1m"),
        register: limit("billing.limits.register", "20/1h"),
        checkout: limit("billing.limits.checkout", "20/1h"),
        api: limit("billing.limits.api", "100/1s"),
    }
}

/// More than a million at once are refused: the time between two must not round to nothing.
fn budget(text: &str) -> Result<Option<Budget>, String> {
    const MOST: u32 = 1_000_000;
    if text == "off" {
        return Ok(None);
    }
    let parsed = text.split_once('/').and_then(|(count, per)| {
        let count = count.parse().ok().filter(|count: &NonZeroU32| count.get() <= MOST)?;
        let per = values::duration(per).ok().filter(|per| !per.is_zero())?;
        Some(Budget { count, per })
    });
    let reason = "not a limit; write 20/1h, 1000/1s (at most 1000000) or off";
    parsed.map(Some).ok_or_else(|| reason.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_a_count_in_a_time_or_off() {
        assert_eq!(budget("off"), Ok(None));
        let table = [("20/1h", 20, 3600), ("1000/1s", 1000, 1), ("1000000/1s", 1_000_000, 1)];
        for (text, count, seconds) in table {
            let read = budget(text).expect(text).expect(text);
            assert_eq!((read.count.get(), read.per.as_secs()), (count, seconds));
        }
        let wrong =
            ["", "20", "20/", "/1h", "0/1h", "-1/1h", "20/0s", "20/1h/1h", "1000001/1s", "Off"];
        for text in wrong {
            assert!(budget(text).is_err(), "{text}");
        }
    }
}
