//! The end of an exemption as a person types it.

use crate::domain::timestamp::Timestamp;
use crate::web::text::{Sentence, t};

/// Reads a day, which ends the exemption as it begins in UTC, or an RFC 3339 time.
///
/// Nothing typed is no end.
pub(super) fn parse(text: &str) -> Result<Option<Timestamp>, Sentence> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let day = text.len() == "2026-12-31".len();
    let full = if day { format!("{text}T00:00:00Z") } else { text.to_owned() };
    full.parse().map(Some).map_err(|_| t!("desk-exemption-no-day"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_is_a_day_a_time_or_nothing() {
        let table = [
            ("", Ok(None)),
            ("  ", Ok(None)),
            ("2026-12-31", Ok(Some("2026-12-31T00:00:00Z"))),
            (" 2026-12-31 ", Ok(Some("2026-12-31T00:00:00Z"))),
            ("2026-12-31T18:00:00+02:00", Ok(Some("2026-12-31T16:00:00Z"))),
            ("2026-02-30", Err(())),
            ("31.12.2026", Err(())),
            ("tomorrow", Err(())),
            ("2026-12-31T18:00:00", Err(())),
        ];
        for (text, expected) in table {
            let read = parse(text).map(|until| until.map(|at| at.to_string())).map_err(|_| ());
            assert_eq!(read, expected.map(|until| until.map(str::to_owned)), "{text}");
        }
    }
}
