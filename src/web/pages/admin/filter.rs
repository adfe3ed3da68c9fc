//! Which accounts an admin wants to see, as the address says it.

use url::form_urlencoded::Serializer;

use crate::domain::entitlement::{Alert, State};
use crate::flows::census::Wanted;
use crate::web::error::Problem;
use crate::web::pages::parts::{Badge, Sentence};
use crate::web::text::t;

/// The states in the order an admin looks through them.
pub(in crate::web::pages) const STATES: [State; 11] = [
    State::None,
    State::Trialing,
    State::Active,
    State::PastDue,
    State::RequiresAction,
    State::Unpaid,
    State::Incomplete,
    State::Paused,
    State::Canceled,
    State::Lifetime,
    State::Exempt,
];

/// The address's `q`, `state` and `alert`.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Filter<'q> {
    pub(super) wanted: Wanted<'q>,
}

impl<'q> Filter<'q> {
    /// Reads the address; a word that is none is told with those that are.
    pub(super) fn read(
        query: Option<&'q str>,
        state: Option<&str>,
        alert: Option<&str>,
    ) -> Result<Self, Problem> {
        let state = one_of("state", state, &STATES, state_word)?;
        let alert = one_of("alert", alert, &Alert::ALL, Alert::as_str)?;
        Ok(Self { wanted: Wanted { query: query.unwrap_or_default().trim(), state, alert } })
    }

    /// `path` with this filter, and `page` where it is not the first.
    pub(super) fn address(&self, path: &str, page: u32) -> String {
        let mut pairs = Serializer::new(String::new());
        let Wanted { query, state, alert } = self.wanted;
        if !query.is_empty() {
            pairs.append_pair("q", query);
        }
        if let Some(state) = state {
            pairs.append_pair("state", state_word(state));
        }
        if let Some(alert) = alert {
            pairs.append_pair("alert", alert.as_str());
        }
        if page > 1 {
            pairs.append_pair("page", &page.to_string());
        }
        match pairs.finish() {
            none if none.is_empty() => path.to_owned(),
            pairs => format!("{path}?{pairs}"),
        }
    }

    /// The same search in `state`, or in all of them.
    pub(super) fn in_state(&self, state: Option<State>) -> Self {
        Self { wanted: Wanted { state, ..self.wanted } }
    }

    pub(super) fn with_alert(alert: Alert) -> Self {
        Self { wanted: Wanted { alert: Some(alert), ..Wanted::default() } }
    }
}

fn one_of<T: Copy>(
    field: &'static str,
    word: Option<&str>,
    all: &[T],
    name: fn(T) -> &'static str,
) -> Result<Option<T>, Problem> {
    let Some(word) = word.filter(|word| !word.is_empty()) else { return Ok(None) };
    let found = all.iter().copied().find(|one| name(*one) == word);
    found.map(Some).ok_or_else(|| {
        let names: Vec<&str> = all.iter().map(|one| name(*one)).collect();
        let text = t!("desk-none-of", word = word, names = names.join(", "));
        Problem::of_form(&vec![(field, text)])
    })
}

/// The state as the badge says it.
pub(super) fn state_text(state: State) -> Sentence {
    Badge::of(state).word
}

/// The word of the API and of addresses.
pub(super) fn state_word(state: State) -> &'static str {
    match state {
        State::None => "none",
        State::Incomplete => "incomplete",
        State::Trialing => "trialing",
        State::Active => "active",
        State::PastDue => "past_due",
        State::RequiresAction => "requires_action",
        State::Unpaid => "unpaid",
        State::Paused => "paused",
        State::Canceled => "canceled",
        State::Lifetime => "lifetime",
        State::Exempt => "exempt",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_are_those_of_the_api() {
        for state in STATES {
            assert_eq!(serde_json::json!(state), state_word(state));
        }
        for alert in Alert::ALL {
            assert_eq!(serde_json::json!(alert), alert.as_str());
        }
    }

    #[test]
    fn an_address_keeps_what_was_asked() {
        let table = [
            ((None, None, None), 1, "/a"),
            ((Some(" "), Some(""), None), 1, "/a"),
            ((Some("a&b"), None, None), 2, "/a?q=a%26b&page=2"),
            ((Some("ada"), Some("past_due"), None), 1, "/a?q=ada&state=past_due"),
            ((None, None, Some("disputed")), 3, "/a?alert=disputed&page=3"),
        ];
        for ((query, state, alert), page, address) in table {
            let filter = Filter::read(query, state, alert).expect("known words");
            assert_eq!(filter.address("/a", page), address);
        }
        let problem = Filter::read(None, Some("rich"), None).expect_err("no such state");
        let told = serde_json::Value::from(*problem.more).to_string();
        assert!(told.contains("`rich` is none of none, trialing"), "{told}");
    }
}
