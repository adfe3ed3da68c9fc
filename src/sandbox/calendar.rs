//! Billing periods on the calendar: months and years from an anchor, the day clamped.

use jiff::{Span, Timestamp, tz::TimeZone};

pub(super) const HOUR: i64 = 3_600;
pub(super) const DAY: i64 = 24 * HOUR;

/// The last second the sandbox's clock can show: the end of the year 9000.
pub(super) const END_OF_TIME: i64 = 221_876_323_200;

/// The first end of a period, counted from `anchor`, that lies after `after`.
pub(super) fn next_boundary(anchor: i64, interval: &str, count: i64, after: i64) -> i64 {
    let per_period = match interval {
        "day" => DAY,
        "week" => 7 * DAY,
        "year" => 365 * DAY,
        _ => 28 * DAY,
    } * count.max(1);
    let longest = match interval {
        "year" => 366 * DAY * count.max(1),
        "month" => 31 * DAY * count.max(1),
        _ => per_period,
    };
    let surely_before = ((after - anchor) / longest - 1).max(0);
    (surely_before + 1..=END_OF_TIME)
        .map(|n| plus(anchor, interval, n * count.max(1)))
        .find(|boundary| *boundary > after || *boundary >= END_OF_TIME)
        .unwrap_or(END_OF_TIME)
}

/// `start` and a number of calendar intervals.
pub(super) fn plus(start: i64, interval: &str, count: i64) -> i64 {
    let span = match interval {
        "day" => Span::new().try_days(count),
        "week" => Span::new().try_weeks(count),
        "year" => Span::new().try_years(count),
        _ => Span::new().try_months(count),
    };
    Timestamp::from_second(start)
        .and_then(|start| start.to_zoned(TimeZone::UTC).checked_add(span?))
        .map_or(END_OF_TIME, |zoned| zoned.timestamp().as_second())
        .min(END_OF_TIME)
}

/// The day and minute for people, in UTC.
pub(super) fn words(at: i64) -> String {
    Timestamp::from_second(at)
        .map_or_else(|_| at.to_string(), |at| at.strftime("%-d %B %Y, %H:%M UTC").to_string())
}

/// The day as Stripe writes it on invoices, such as `09 Apr 2026`.
pub(super) fn day(at: i64) -> String {
    Timestamp::from_second(at)
        .map_or_else(|_| at.to_string(), |at| at.strftime("%d %b %Y").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> i64 {
        format!("{text}T10:00:00Z").parse::<Timestamp>().unwrap().as_second()
    }

    #[test]
    fn periods_keep_the_anchor_day_and_clamp_it() {
        let table = [
            ("2026-01-31", "month", "2026-01-31", "2026-02-28"),
            ("2026-01-31", "month", "2026-02-28", "2026-03-31"),
            ("2024-02-29", "year", "2024-02-29", "2025-02-28"),
            ("2024-02-29", "year", "2027-02-28", "2028-02-29"),
            ("2026-05-15", "month", "2036-05-15", "2036-06-15"),
            ("2026-05-15", "week", "2026-05-15", "2026-05-22"),
        ];
        for (anchor, interval, after, boundary) in table {
            assert_eq!(
                next_boundary(at(anchor), interval, 1, at(after)),
                at(boundary),
                "{anchor} {interval} after {after}"
            );
        }
    }
}
