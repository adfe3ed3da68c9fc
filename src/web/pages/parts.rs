//! What pages are put together from: each part escapes what it shows.

use askama::Template;
use askama::filters::HtmlSafe;

use crate::domain::entitlement::State;
use crate::domain::ids::AccountId;
use crate::web::acting;
use crate::web::pages::filters;
pub(crate) use crate::web::text::Sentence;
use crate::web::text::t;

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
    pub(crate) word: Sentence,
    pub(crate) tone: Tone,
}

impl HtmlSafe for Badge {}

impl Badge {
    pub(crate) fn of(state: State) -> Self {
        let (word, tone) = match state {
            State::None => (t!("state-free"), Tone::Plain),
            State::Incomplete => (t!("state-incomplete"), Tone::Warning),
            State::Trialing => (t!("state-trial"), Tone::Good),
            State::Active => (t!("state-active"), Tone::Good),
            State::PastDue => (t!("state-past-due"), Tone::Bad),
            State::RequiresAction => (t!("state-requires-action"), Tone::Bad),
            State::Unpaid => (t!("state-unpaid"), Tone::Bad),
            State::Paused => (t!("state-paused"), Tone::Warning),
            State::Canceled => (t!("state-ended"), Tone::Plain),
            State::Lifetime => (t!("state-lifetime"), Tone::Good),
            State::Exempt => (t!("state-exempt"), Tone::Good),
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
    pub(crate) text: Sentence,
}

impl HtmlSafe for Meter {}

/// What can be done next.
#[derive(Debug, Clone, PartialEq, Eq, Template)]
#[template(path = "parts/action.html")]
pub(crate) struct Action {
    pub(crate) text: Sentence,
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
    pub(crate) fn link(text: impl Into<Sentence>, href: impl Into<String>) -> Self {
        Self { text: text.into(), way: Way::Link(href.into()), main: true }
    }

    pub(crate) fn post(text: impl Into<Sentence>, to: impl Into<String>) -> Self {
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

    /// Is refused once its visitor acts for another account.
    #[must_use]
    pub(crate) fn for_account(self, account: &AccountId) -> Self {
        self.with(acting::FIELD, account.as_str())
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
    pub(crate) title: Sentence,
    pub(crate) text: Sentence,
    pub(crate) action: Option<Action>,
}

impl HtmlSafe for Banner {}

impl Banner {
    pub(crate) fn new(tone: Tone, title: impl Into<Sentence>, text: Sentence) -> Self {
        Self { tone, title: title.into(), text, action: None }
    }

    #[must_use]
    pub(crate) fn or(mut self, action: Option<Action>) -> Self {
        self.action = action;
        self
    }

    /// Its action is refused once its visitor acts for another account.
    #[must_use]
    pub(crate) fn for_account(mut self, account: &AccountId) -> Self {
        self.action = self.action.map(|action| action.for_account(account));
        self
    }
}

/// A field of a form with what was typed into it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Template)]
#[template(path = "parts/field.html")]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) label: Sentence,
    /// The `type` of the input.
    pub(crate) kind: &'static str,
    pub(crate) value: String,
    pub(crate) hint: Sentence,
    pub(crate) autocomplete: &'static str,
    pub(crate) required: bool,
    /// What may be chosen; anything can be typed when there is nothing.
    pub(crate) choices: Vec<String>,
    pub(crate) error: Option<Sentence>,
}

impl HtmlSafe for Field {}

impl Field {
    pub(crate) fn new(name: &'static str, label: impl Into<Sentence>, value: &str) -> Self {
        Self {
            name,
            label: label.into(),
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
    text: Sentence,
    back: Option<String>,
    onward: Option<String>,
}

impl HtmlSafe for Paging {}

impl Paging {
    /// `None` for a list of one page; `href` gives the address of a page.
    pub(crate) fn new(page: u32, pages: u32, href: impl Fn(u32) -> String) -> Option<Self> {
        (pages > 1).then(|| Self {
            text: t!("paging", page = page, pages = pages),
            back: (page > 1).then(|| href(page - 1)),
            onward: (page < pages).then(|| href(page + 1)),
        })
    }

    /// A part of a list of unknown length, with the parts beside it.
    pub(crate) fn between(back: Option<String>, onward: Option<String>) -> Option<Self> {
        let alone = back.is_none() && onward.is_none();
        (!alone).then(|| Self { text: Sentence::default(), back, onward })
    }

    /// A list of unknown length that goes on at `href`.
    pub(crate) fn onward(href: Option<String>) -> Option<Self> {
        href.map(|href| Self { text: Sentence::default(), back: None, onward: Some(href) })
    }
}

/// What is wrong with a form: the field's name and the text beside it.
pub(crate) type Errors = Vec<(&'static str, Sentence)>;

/// The errors of a form, above it; each leads to its field.
#[derive(Debug, Clone, PartialEq, Eq, Template)]
#[template(path = "parts/summary.html")]
pub(crate) struct Summary {
    title: Sentence,
    errors: Errors,
}

impl HtmlSafe for Summary {}

impl Summary {
    /// Nothing to show when nothing is wrong.
    pub(crate) fn of(title: impl Into<Sentence>, errors: &Errors) -> Option<Self> {
        (!errors.is_empty()).then(|| Self { title: title.into(), errors: errors.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_escape_what_they_show() {
        let hostile = "<script>&\"'";
        let field = Field::new("name", "Name", hostile).judged(&vec![("name", hostile.into())]);
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
}
