//! The form that the fields of a body must have.

use utoipa::ToSchema;

use super::super::error::Problem;

/// Refuses a body with every field that something is wrong with.
pub(super) fn judge<const N: usize>(
    fields: [(&str, Option<&'static str>); N],
) -> Result<(), Problem> {
    let errors: Vec<(String, String)> = fields
        .into_iter()
        .filter_map(|(field, wrong)| Some((field.to_owned(), wrong?.to_owned())))
        .collect();
    if errors.is_empty() { Ok(()) } else { Err(Problem::invalid(errors)) }
}

/// An e-mail address: one @, and no space.
#[derive(ToSchema)]
#[schema(
    min_length = 3,
    max_length = 254,
    pattern = "^[^@\\s\\x00-\\x1f\\x7f-\\x9f]+@[^@\\s\\x00-\\x1f\\x7f-\\x9f]+$"
)]
#[expect(dead_code, reason = "it describes what `wrong_email` lets through")]
pub(super) struct Email(String);

/// What is wrong with an e-mail address.
pub(super) fn wrong_email(text: &str) -> Option<&'static str> {
    let readable = !text.contains(|c: char| c.is_control() || c.is_whitespace());
    let parts = text.split_once('@');
    let halves = parts
        .is_some_and(|(name, host)| !name.is_empty() && !host.is_empty() && !host.contains('@'));
    let good = (3..=254).contains(&text.chars().count()) && readable && halves;
    (!good).then_some("write an e-mail address of 3 to 254 characters with one @ and no space")
}

/// A name: not blank, and on one line.
#[derive(ToSchema)]
#[schema(
    min_length = 1,
    max_length = 200,
    pattern = "^[^\\x00-\\x1f\\x7f-\\x9f]*[^\\s\\x00-\\x1f\\x7f-\\x9f][^\\x00-\\x1f\\x7f-\\x9f]*$"
)]
#[expect(dead_code, reason = "it describes what `wrong_name` lets through")]
pub(super) struct Name(String);

/// Why something was done: not blank, at most 500 characters.
#[derive(ToSchema)]
#[schema(as = GivenReason, min_length = 1, max_length = 500, pattern = "\\S")]
#[expect(dead_code, reason = "it describes what an exemption takes")]
pub(super) struct Reason(String);

/// What is wrong with a name that may be left out.
pub(super) fn wrong_name(name: Option<&str>) -> Option<&'static str> {
    let text = name?.trim();
    let good = (1..=200).contains(&text.chars().count()) && !text.contains(char::is_control);
    (!good).then_some("write 1 to 200 characters, or leave it out")
}

/// A name as it is kept.
pub(super) fn trimmed(name: Option<String>) -> Option<String> {
    name.map(|name| name.trim().to_owned())
}
