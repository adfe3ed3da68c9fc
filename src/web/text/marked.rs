//! Marks in what is said, which become elements of a page.

use std::fmt;

use askama::filters::{Escaper as _, Html};

/// Noncharacters around a moment: the mark, its RFC 3339 form, the mark, how it is shown, the mark.
pub(super) const MARK: char = '\u{FDD0}';
/// One before words that are English whatever the language, and one after.
pub(super) const ENGLISH: char = '\u{FDD1}';
pub(super) const MARKS: [char; 2] = [MARK, ENGLISH];

/// Writes marked words into a page as they come.
pub(super) struct Marked<'p> {
    page: &'p mut dyn fmt::Write,
    /// What begins with the next mark.
    next: Part,
    in_english: bool,
}

enum Part {
    Moment,
    Shown,
    Words,
}

impl<'p> Marked<'p> {
    pub(super) fn on(page: &'p mut dyn fmt::Write) -> Self {
        Self { page, next: Part::Moment, in_english: false }
    }
}

impl fmt::Write for Marked<'_> {
    fn write_str(&mut self, marked: &str) -> fmt::Result {
        for piece in marked.split_inclusive(MARKS) {
            Html.write_escaped_str(&mut *self.page, piece.trim_end_matches(MARKS))?;
            let tag = match piece.chars().next_back() {
                Some(MARK) => {
                    let (tag, next) = match self.next {
                        Part::Moment => ("<time datetime=\"", Part::Shown),
                        Part::Shown => ("\">", Part::Words),
                        Part::Words => ("</time>", Part::Moment),
                    };
                    self.next = next;
                    tag
                }
                Some(ENGLISH) => {
                    self.in_english = !self.in_english;
                    if self.in_english { "<span lang=\"en\">" } else { "</span>" }
                }
                _ => continue,
            };
            self.page.write_str(tag)?;
        }
        Ok(())
    }
}
