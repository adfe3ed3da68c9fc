//! Parameters of the query, and lists in pages: `limit` and the cursor `after`.

use rocket::form::{self, DataField, FromForm, Options, ValueField};

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

/// A parameter that may be left out. Rocket would take one that is given twice as left out.
pub(super) struct Given<'r>(Vec<&'r str>);

#[rocket::async_trait]
impl<'r> FromForm<'r> for Given<'r> {
    type Context = Vec<&'r str>;

    fn init(_: Options) -> Self::Context {
        Vec::new()
    }

    fn push_value(given: &mut Self::Context, field: ValueField<'r>) {
        given.push(field.value);
    }

    async fn push_data(_: &mut Self::Context, _: DataField<'r, '_>) {}

    fn finalize(given: Self::Context) -> form::Result<'r, Self> {
        Ok(Self(given))
    }
}

impl<'r> Given<'r> {
    /// What is given for `parameter`, if anything.
    pub(super) fn once(&self, parameter: &str) -> Result<Option<&'r str>, Problem> {
        match self.0.as_slice() {
            [] => Ok(None),
            [text] => Ok(Some(text)),
            [_, _, ..] => Err(wrong(parameter, "give it once")),
        }
    }
}

/// How many entries the caller wants.
pub(super) fn limit(given: &Given<'_>) -> Result<u32, Problem> {
    let Some(text) = given.once("limit")? else { return Ok(USUAL) };
    text.parse()
        .ok()
        .filter(|limit| (1..=MOST).contains(limit))
        .ok_or_else(|| wrong("limit", &format!("write a number from 1 to {MOST}")))
}

/// The place behind which the caller reads on.
pub(super) fn after<T>(
    given: &Given<'_>,
    parse: impl FnOnce(&str) -> Option<T>,
) -> Result<Option<T>, Problem> {
    let Some(text) = given.once("after")? else { return Ok(None) };
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
