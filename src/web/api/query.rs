//! Lists in pages: `limit` and the cursor `after`.

use super::super::error::Problem;
use super::views::Page;

/// How much of a list a call wants.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it describes what `limit` reads")]
pub(super) struct Paging {
    /// How many entries at most.
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<u32>,
}

const USUAL: u32 = 20;
const MOST: u32 = 100;

/// How many entries the caller wants.
pub(super) fn limit(text: Option<&str>) -> Result<u32, Problem> {
    let Some(text) = text else { return Ok(USUAL) };
    text.parse()
        .ok()
        .filter(|limit| (1..=MOST).contains(limit))
        .ok_or_else(|| wrong("limit", &format!("write a number from 1 to {MOST}")))
}

/// The place behind which the caller reads on.
pub(super) fn after<T>(
    text: Option<&str>,
    parse: impl FnOnce(&str) -> Option<T>,
) -> Result<Option<T>, Problem> {
    let Some(text) = text else { return Ok(None) };
    parse(text).map(Some).ok_or_else(|| wrong("after", "send the `next` of the page before"))
}

pub(super) fn wrong(parameter: &str, text: &str) -> Problem {
    Problem::invalid(vec![(parameter.to_owned(), text.to_owned())])
}

/// A page of `limit` entries, made from one entry more where there is one.
pub(super) fn page<T>(mut rows: Vec<T>, limit: u32, cursor: impl FnOnce(&T) -> String) -> Page<T> {
    let limit = limit as usize;
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| more).map(cursor);
    Page { data: rows, next }
}
