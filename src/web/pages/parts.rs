//! What pages are put together from: each part escapes what it shows.

use askama::Template;
use askama::filters::HtmlSafe;

use crate::domain::entitlement::State;
use crate::domain::timestamp::Timestamp;
use crate::web::pages::filters;

/// Words with moments in them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Template)]
#[template(path = "parts/sentence.html")]
pub(crate) struct Sentence {
    pieces: Vec<Piece>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Piece {
    text: String,
    /// RFC 3339, for pieces that are a moment.
    moment: Option<String>,
}

impl HtmlSafe for Sentence {}

impl Sentence {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self::default().and(text)
    }

    /// Goes on with `text`.
    #[must_use]
    pub(crate) fn and(mut self, text: impl Into<String>) -> Self {
        self.pieces.push(Piece { text: text.into(), moment: None });
        self
    }

    /// Goes on with the day of `at`.
    #[must_use]
    pub(crate) fn day(self, at: Timestamp) -> Self {
        self.moment(at, at.day())
    }

    /// Goes on with day and time of `at`.
    #[must_use]
    pub(crate) fn minute(self, at: Timestamp) -> Self {
        self.moment(at, at.minute())
    }

    fn moment(mut self, at: Timestamp, text: String) -> Self {
        self.pieces.push(Piece { text, moment: Some(at.to_string()) });
        self
    }

    /// Goes on with another sentence.
    #[must_use]
    pub(crate) fn then(mut self, next: Self) -> Self {
        self.pieces.push(Piece { text: " ".to_owned(), moment: None });
        self.pieces.extend(next.pieces);
        self
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    #[cfg(test)]
    pub(crate) fn plain(&self) -> String {
        self.pieces.iter().map(|piece| piece.text.as_str()).collect()
    }
}

/// How a thing stands; it has a sign and a colour, and always words beside them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    Plain,
    Good,
    Warning,
    Bad,
}

impl Tone {
    pub(crate) fn class(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Good => "good",
            Self::Warning => "warning",
            Self::Bad => "bad",
        }
    }

    pub(crate) fn sign(self) -> &'static str {
        match self {
            Self::Plain => "●",
            Self::Good => "✓",
            Self::Warning => "!",
            Self::Bad => "✕",
        }
    }

    /// New trouble interrupts a screen reader, everything else waits its turn.
    pub(crate) fn role(self) -> &'static str {
        match self {
            Self::Bad => "alert",
            Self::Plain | Self::Good | Self::Warning => "status",
        }
    }
}

/// One word for how something stands.
#[derive(Debug, Clone, PartialEq, Eq, Template)]
#[template(path = "parts/badge.html")]
pub(crate) struct Badge {
    pub(crate) word: &'static str,
    pub(crate) tone: Tone,
}

impl HtmlSafe for Badge {}

impl Badge {
    pub(crate) fn of(state: State) -> Self {
        let (word, tone) = match state {
            State::None => ("Free", Tone::Plain),
            State::Incomplete => ("Not paid yet", Tone::Warning),
            State::Trialing => ("Trial", Tone::Good),
            State::Active => ("Active", Tone::Good),
            State::PastDue => ("Payment overdue", Tone::Bad),
            State::RequiresAction => ("Payment to confirm", Tone::Bad),
            State::Unpaid => ("Unpaid", Tone::Bad),
            State::Paused => ("Paused", Tone::Warning),
            State::Canceled => ("Ended", Tone::Plain),
            State::Lifetime => ("Lifetime", Tone::Good),
            State::Exempt => ("Billing exempt", Tone::Good),
        };
        Self { word, tone }
    }
}

/// How many servers of how many, in words and as a bar.
#[derive(Debug, Clone, PartialEq, Eq, Template)]
#[template(path = "parts/meter.html")]
pub(crate) struct Meter {
    pub(crate) used: u32,
    /// What the bar is full at; there is no bar without.
    pub(crate) full: Option<u32>,
    pub(crate) text: String,
}

impl HtmlSafe for Meter {}

/// What can be done next.
#[derive(Debug, Clone, PartialEq, Eq, Template)]
#[template(path = "parts/action.html")]
pub(crate) struct Action {
    pub(crate) text: String,
    pub(crate) way: Way,
    pub(crate) main: bool,
}

/// How an action is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Way {
    Link(String),
    Post { to: String, fields: Vec<(&'static str, String)> },
}

impl HtmlSafe for Action {}

impl Action {
    pub(crate) fn link(text: impl Into<String>, href: impl Into<String>) -> Self {
        Self { text: text.into(), way: Way::Link(href.into()), main: true }
    }

    pub(crate) fn post(text: impl Into<String>, to: impl Into<String>) -> Self {
        let way = Way::Post { to: to.into(), fields: Vec::new() };
        Self { text: text.into(), way, main: true }
    }

    /// Sends `name` along; a link has nothing to send.
    #[must_use]
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        if let Way::Post { fields, .. } = &mut self.way {
            fields.push((name, value.into()));
        }
        self
    }

    /// Shows itself less than the main action of the page.
    #[must_use]
    pub(crate) fn quiet(mut self) -> Self {
        self.main = false;
        self
    }
}

/// Something to know before all else on the page.
#[derive(Debug, Clone, PartialEq, Eq, Template)]
#[template(path = "parts/banner.html")]
pub(crate) struct Banner {
    pub(crate) tone: Tone,
    pub(crate) title: String,
    pub(crate) text: Sentence,
    pub(crate) action: Option<Action>,
}

impl HtmlSafe for Banner {}

impl Banner {
    pub(crate) fn new(tone: Tone, title: impl Into<String>, text: Sentence) -> Self {
        Self { tone, title: title.into(), text, action: None }
    }

    #[must_use]
    pub(crate) fn or(mut self, action: Option<Action>) -> Self {
        self.action = action;
        self
    }
}

/// A field of a form with what was typed into it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Template)]
#[template(path = "parts/field.html")]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) label: &'static str,
    /// The `type` of the input.
    pub(crate) kind: &'static str,
    pub(crate) value: String,
    pub(crate) hint: &'static str,
    pub(crate) autocomplete: &'static str,
    pub(crate) required: bool,
    /// What may be chosen; anything can be typed when there is nothing.
    pub(crate) choices: Vec<String>,
    pub(crate) error: Option<String>,
}

impl HtmlSafe for Field {}

impl Field {
    pub(crate) fn new(name: &'static str, label: &'static str, value: &str) -> Self {
        Self {
            name,
            label,
            kind: "text",
            value: value.to_owned(),
            required: true,
            ..Self::default()
        }
    }

    /// Finds the field's own error among those of the form.
    #[must_use]
    pub(crate) fn judged(mut self, errors: &Errors) -> Self {
        let own = errors.iter().find(|(name, _)| *name == self.name);
        self.error = own.map(|(_, text)| text.clone());
        self
    }
}

/// The way through a list that has more than one page.
#[derive(Debug, Clone, PartialEq, Eq, Template)]
#[template(path = "parts/paging.html")]
pub(crate) struct Paging {
    text: String,
    back: Option<String>,
    onward: Option<String>,
}

impl HtmlSafe for Paging {}

impl Paging {
    /// `None` for a list of one page; `href` gives the address of a page.
    pub(crate) fn new(page: u32, pages: u32, href: impl Fn(u32) -> String) -> Option<Self> {
        (pages > 1).then(|| Self {
            text: format!("Page {page} of {pages}"),
            back: (page > 1).then(|| href(page - 1)),
            onward: (page < pages).then(|| href(page + 1)),
        })
    }

    /// A part of a list of unknown length, with the parts beside it.
    pub(crate) fn between(back: Option<String>, onward: Option<String>) -> Option<Self> {
        let alone = back.is_none() && onward.is_none();
        (!alone).then(|| Self { text: String::new(), back, onward })
    }

    /// A list of unknown length that goes on at `href`.
    pub(crate) fn onward(href: Option<String>) -> Option<Self> {
        href.map(|href| Self { text: String::new(), back: None, onward: Some(href) })
    }
}

/// What is wrong with a form: the field's name and the text beside it.
pub(crate) type Errors = Vec<(&'static str, String)>;

/// The errors of a form, above it; each leads to its field.
#[derive(Debug, Clone, PartialEq, Eq, Template)]
#[template(path = "parts/summary.html")]
pub(crate) struct Summary {
    title: &'static str,
    errors: Errors,
}

impl HtmlSafe for Summary {}

impl Summary {
    /// Nothing to show when nothing is wrong.
    pub(crate) fn of(title: &'static str, errors: &Errors) -> Option<Self> {
        (!errors.is_empty()).then(|| Self { title, errors: errors.clone() })
    }
}

/// A detail of the API's problems as a sentence on a page.
pub(crate) fn as_sentence(detail: &str) -> String {
    let mut letters = detail.chars();
    let mut text: String =
        letters.next().map(|first| first.to_uppercase().collect()).unwrap_or_default();
    text.push_str(letters.as_str());
    if !text.is_empty() && !text.ends_with(['.', '!', '?']) {
        text.push('.');
    }
    text
}

/// `1 server`, `2 servers`.
pub(crate) fn counted(count: u32, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_escape_what_they_show() {
        let hostile = "<script>&\"'";
        let field = Field::new("name", "Name", hostile).judged(&vec![("name", hostile.to_owned())]);
        let action = Action::post(hostile, hostile).with("plan", hostile);
        let banner = Banner::new(Tone::Bad, hostile, Sentence::new(hostile)).or(Some(action));
        let mount = crate::settings::Mount::default();
        let at: [(&str, &dyn std::any::Any); 1] = [(super::super::filters::MOUNT, &mount)];
        for html in [field.render_with_values(&at), banner.render_with_values(&at)] {
            let html = html.expect("it is written");
            assert!(!html.contains("<script>") && html.contains("&#60;script&#62;"), "{html}");
            assert!(!html.contains("&\"'"), "{html}");
        }
    }

    #[test]
    fn a_moment_says_itself_to_machines_too() {
        let sentence = Sentence::new("Renews on ").day(Timestamp(0)).and(".");
        assert_eq!(sentence.plain(), "Renews on 1 Jan 1970.");
        assert_eq!(
            sentence.to_string(),
            "Renews on <time datetime=\"1970-01-01T00:00:00Z\">1 Jan 1970</time>."
        );
    }

    #[test]
    fn a_detail_becomes_a_sentence() {
        let table = [("nothing was changed", "Nothing was changed."), ("", ""), ("ähm?", "Ähm?")];
        for (detail, sentence) in table {
            assert_eq!(as_sentence(detail), sentence);
        }
    }
}
