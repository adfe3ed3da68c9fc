//! What templates do with what they show.

#![expect(clippy::inline_always, reason = "the attribute of a filter writes it")]

use askama::Values;

use crate::settings::Mount;

/// By this name a template finds the mount point.
pub(crate) const MOUNT: &str = "mount";

/// Where one of our own paths is in this site: [`Mount::at`].
#[askama::filter_fn]
pub(crate) fn at(path: impl std::fmt::Display, values: &dyn Values) -> askama::Result<String> {
    Ok(askama::get_value::<Mount>(values, MOUNT)?.at(&path.to_string()))
}
