//! Moments, in Stripe's own measure.

use std::fmt;
use std::time::Duration;

use serde::{Serialize, Serializer};

/// A moment in whole Unix seconds, the resolution of every date Stripe sends.
///
/// It shows itself as RFC 3339 in UTC.
///
/// ```
/// # use coinslot::Timestamp;
/// assert_eq!(Timestamp(0).to_string(), "1970-01-01T00:00:00Z");
/// assert_eq!("2026-02-03T04:05:06Z".parse(), Ok(Timestamp(1_770_091_506)));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub i64);

/// Why a text is no [`Timestamp`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no RFC 3339 time such as 2026-12-31T23:59:59Z")]
pub struct NotATime(pub String);

impl Timestamp {
    /// Later than anything that happens.
    pub(crate) const NEVER: Self = Self(i64::MAX);

    /// The day alone, such as `3 Sep 2026`, in UTC.
    pub fn day(self) -> String {
        self.civil().strftime("%-d %b %Y").to_string()
    }

    /// Day and minute, such as `3 Sep 2026, 14:05 UTC`.
    pub fn minute(self) -> String {
        self.civil().strftime("%-d %b %Y, %H:%M UTC").to_string()
    }

    /// Year, month and day in UTC.
    pub(crate) fn date(self) -> (i16, u32, u32) {
        let date = self.civil().date();
        (date.year(), u32::from(date.month().unsigned_abs()), u32::from(date.day().unsigned_abs()))
    }

    /// The time of the day in UTC, such as `14:05`.
    pub(crate) fn time(self) -> String {
        self.civil().strftime("%H:%M").to_string()
    }

    /// Takes the form of the header `Date`, such as `Tue, 15 Nov 1994 08:12:31 GMT`.
    pub(crate) fn from_http_date(text: &str) -> Option<Self> {
        let zoned = jiff::fmt::rfc2822::parse(text).ok()?;
        Some(Self(zoned.timestamp().as_second()))
    }

    fn civil(self) -> jiff::Zoned {
        jiff::Timestamp::from_second(self.0).unwrap_or_default().to_zoned(jiff::tz::TimeZone::UTC)
    }
}

impl std::ops::Add<Duration> for Timestamp {
    type Output = Self;

    /// Saturates at the end of time, so that no configured duration can overflow it.
    fn add(self, length: Duration) -> Self {
        Self(self.0.saturating_add_unsigned(length.as_secs()))
    }
}

impl std::ops::Sub<Duration> for Timestamp {
    type Output = Self;

    fn sub(self, length: Duration) -> Self {
        Self(self.0.saturating_sub_unsigned(length.as_secs()))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let moment = jiff::Timestamp::from_second(self.0).unwrap_or_default();
        write!(f, "{moment}")
    }
}

impl std::str::FromStr for Timestamp {
    type Err = NotATime;

    fn from_str(text: &str) -> Result<Self, NotATime> {
        text.trim()
            .parse::<jiff::Timestamp>()
            .map(|moment| Self(moment.as_second()))
            .map_err(|_| NotATime(text.to_owned()))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_reads_what_it_writes_and_refuses_the_rest() {
        let table = [
            ("2026-02-03T04:05:06Z", Some(1_770_091_506)),
            ("2026-02-03T05:05:06+01:00", Some(1_770_091_506)),
            ("2026-02-03", None),
            ("soon", None),
            ("", None),
        ];
        for (text, second) in table {
            assert_eq!(text.parse::<Timestamp>().ok().map(|t| t.0), second, "{text}");
        }
        let date = Timestamp::from_http_date("Tue, 03 Feb 2026 04:05:06 GMT");
        assert_eq!(date, Some(Timestamp(1_770_091_506)));
        assert_eq!(Timestamp::from_http_date("today"), None);
        assert_eq!(Timestamp(1_770_091_506).to_string(), "2026-02-03T04:05:06Z");
        assert_eq!(Timestamp(1_770_091_506).day(), "3 Feb 2026");
    }

    #[test]
    fn moving_past_the_end_of_time_stays_there() {
        assert_eq!(Timestamp(i64::MAX) + Duration::from_secs(9), Timestamp(i64::MAX));
        assert_eq!(Timestamp(10) - Duration::from_secs(4), Timestamp(6));
    }
}
