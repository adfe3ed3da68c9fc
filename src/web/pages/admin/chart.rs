//! A bar chart, drawn here: no script, no style but the sheet's, and a table that says the same.

use askama::Template;
use askama::filters::HtmlSafe;

use crate::domain::timestamp::Timestamp;
use crate::web::pages::parts::Sentence;
use crate::web::text::t;

const BAR: u32 = 20;
const GAP: u32 = 4;
const HEIGHT: u32 = 100;
/// Above the bars and below them, for what is written there.
const MARGIN: u32 = 22;
/// An hour in so many has its time below it.
const LABELLED: usize = 6;

/// Counts by the hour.
#[derive(Debug, Template)]
#[template(path = "admin/chart.html")]
pub(super) struct Chart {
    summary: Sentence,
    width: u32,
    height: u32,
    base: u32,
    bars: Vec<Bar>,
}

impl HtmlSafe for Chart {}

#[derive(Debug)]
struct Bar {
    x: u32,
    y: u32,
    width: u32,
    height: u32,
    label: Option<String>,
    from: Sentence,
    count: u32,
}

impl Chart {
    /// `counts` of the hours that follow one another from `since` on.
    pub(super) fn of_hours(since: Timestamp, counts: &[u32]) -> Self {
        let most = counts.iter().copied().max().unwrap_or_default();
        let total = counts.iter().fold(0_u32, |sum, count| sum.saturating_add(*count));
        let hours = u32::try_from(counts.len()).unwrap_or(u32::MAX);
        let summary = match most {
            0 => t!("desk-messages-count", count = total, hours = hours),
            most => t!("desk-messages-most", count = total, hours = hours, most = most),
        };
        let bars: Vec<Bar> = counts
            .iter()
            .enumerate()
            .map(|(index, count)| bar(index, *count, most, since))
            .collect();
        let width = bars.last().map_or(0, |last| last.x + BAR);
        Self { summary, width, height: HEIGHT + 2 * MARGIN, base: HEIGHT + MARGIN, bars }
    }
}

fn bar(index: usize, count: u32, most: u32, since: Timestamp) -> Bar {
    let place = u32::try_from(index).unwrap_or_default();
    let at = Timestamp(since.0 + i64::from(place) * 3_600);
    let share = u64::from(count) * u64::from(HEIGHT) / u64::from(most.max(1));
    // What is there is seen, however small it is beside the others.
    let height = u32::try_from(share).unwrap_or(HEIGHT).max(count.min(1));
    let hour = at.0.rem_euclid(86_400) / 3_600;
    Bar {
        x: place * (BAR + GAP),
        y: MARGIN + HEIGHT - height,
        width: BAR,
        height,
        label: index.is_multiple_of(LABELLED).then(|| format!("{hour:02}:00")),
        from: Sentence::default().minute(at),
        count,
    }
}

#[cfg(test)]
mod tests {
    use super::Chart;
    use crate::domain::timestamp::Timestamp;

    #[test]
    fn the_tallest_bar_is_the_hour_with_most_and_nothing_has_no_height() {
        let chart = Chart::of_hours(Timestamp(7_200), &[0, 1, 400, 200]);
        let heights: Vec<u32> = chart.bars.iter().map(|bar| bar.height).collect();
        assert_eq!(heights, [0, 1, 100, 50]);
        assert!(chart.bars.iter().all(|bar| bar.y + bar.height == chart.base));
        let html = chart.to_string();
        assert!(html.contains("601 events in the last 4 hours, at most 400 in one."), "{html}");
        assert!(html.contains(">02:00</text>") && html.contains("1 Jan 1970, 05:00 UTC"), "{html}");
        assert!(!html.contains("style") && !html.contains("script"), "{html}");
        let empty = Chart::of_hours(Timestamp(0), &[0, 0]).to_string();
        assert!(empty.contains("0 events in the last 2 hours."), "{empty}");
    }
}
