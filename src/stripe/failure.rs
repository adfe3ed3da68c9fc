//! What can come of a call instead of what was asked for.

use std::time::Duration;

use serde::Deserialize;

use super::transport::Answer;
use crate::domain::ids::InvalidId;

/// What can come of a call, as the metrics call it.
pub(crate) const OUTCOMES: [&str; 7] =
    ["ok", "unavailable", "unauthorized", "missing", "refused", "stored_failure", "unreadable"];

/// Why Stripe did not do what it was asked to.
///
/// The texts hold ids and Stripe's own words, but no key and no e-mail address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum StripeFailed {
    /// Nothing is known of the outcome: the same call, with the same key, may be made again.
    #[error("Stripe is unavailable: {detail}")]
    Unavailable { retry_after_seconds: Option<u64>, detail: String },
    /// The key is refused, now or less than a minute ago.
    #[error("Stripe refuses the secret key")]
    Unauthorized,
    /// An object that the call names does not exist in this mode.
    #[error("Stripe knows no such object{}", of_param(param.as_deref()))]
    Missing { param: Option<String> },
    /// Stripe understood the call and will not do it.
    #[error("Stripe refused with {status} {kind}{}: {message}", of_param(param.as_deref()))]
    Refused {
        status: u16,
        /// Stripe's `error.type`.
        kind: String,
        code: Option<String>,
        param: Option<String>,
        message: String,
        request_id: Option<String>,
    },
    /// Stripe replays a failure of its own that it stored under the idempotency key: look the
    /// object up, and take a new key.
    #[error("Stripe stored a failure under this idempotency key")]
    StoredFailure,
    /// Stripe answered with something this build cannot read.
    #[error("Stripe's answer cannot be read: {detail}")]
    Unreadable { detail: String },
}

impl StripeFailed {
    pub(super) fn unreadable(detail: &str) -> Self {
        Self::Unreadable { detail: discreet(detail) }
    }

    /// Whether the same key can never bring another answer, so that the next attempt needs a new
    /// one. After a [`StripeFailed::StoredFailure`] the object may exist all the same.
    pub(crate) fn settles_the_outcome(&self) -> bool {
        match self {
            Self::Missing { .. } | Self::Refused { .. } | Self::StoredFailure => true,
            Self::Unavailable { .. } | Self::Unauthorized | Self::Unreadable { .. } => false,
        }
    }

    /// The label of the metric.
    pub(super) fn outcome(&self) -> &'static str {
        match self {
            Self::Unavailable { .. } => "unavailable",
            Self::Unauthorized => "unauthorized",
            Self::Missing { .. } => "missing",
            Self::Refused { .. } => "refused",
            Self::StoredFailure => "stored_failure",
            Self::Unreadable { .. } => "unreadable",
        }
    }
}

impl From<InvalidId> for StripeFailed {
    fn from(invalid: InvalidId) -> Self {
        Self::unreadable(&invalid.to_string())
    }
}

/// A failed attempt, and whether another may help.
#[derive(Debug)]
pub(super) struct Setback {
    pub(super) failed: Box<StripeFailed>,
    pub(super) worth_repeating: bool,
    /// What Stripe asks to wait.
    pub(super) retry_after: Option<Duration>,
}

impl Setback {
    pub(super) fn unavailable(detail: String) -> Self {
        let failed = StripeFailed::Unavailable { retry_after_seconds: None, detail };
        Self { failed: Box::new(failed), worth_repeating: true, retry_after: None }
    }

    pub(super) fn unreadable(detail: &str) -> Self {
        let failed = StripeFailed::unreadable(detail);
        Self { failed: Box::new(failed), worth_repeating: false, retry_after: None }
    }
}

/// Tells an answer that carries what was asked for from every other.
pub(super) fn judge(answer: &Answer) -> Result<(), Setback> {
    let server_failed = (500..=599).contains(&answer.status);
    let final_word = |failed| {
        let failed = Box::new(failed);
        Err(Setback { failed, worth_repeating: false, retry_after: answer.retry_after })
    };
    match answer.status {
        200..=299 => return Ok(()),
        401 | 403 => return final_word(StripeFailed::Unauthorized),
        _ if server_failed && answer.replayed => return final_word(StripeFailed::StoredFailure),
        _ => {}
    }
    let error = error_of(&answer.body);
    let in_flight =
        matches!(error.code.as_deref(), Some("lock_timeout" | "idempotency_key_in_use"));
    let passing = server_failed || answer.status == 429 || (answer.status == 409 && in_flight);
    let failed = if passing {
        StripeFailed::Unavailable {
            retry_after_seconds: answer.retry_after.map(|length| length.as_secs()),
            detail: format!("status {}", answer.status),
        }
    } else {
        lasting(answer, error)
    };
    Err(Setback {
        failed: Box::new(failed),
        worth_repeating: answer.should_retry.unwrap_or(passing),
        retry_after: answer.retry_after,
    })
}

/// Only Stripe's own word makes an object missing: a 404 without it comes from a wrong address,
/// and taking that for a deleted customer would end subscriptions that exist.
fn lasting(answer: &Answer, error: ErrorObject) -> StripeFailed {
    if error.code.as_deref() == Some("resource_missing") {
        return StripeFailed::Missing { param: error.param };
    }
    if !(400..=499).contains(&answer.status) {
        return StripeFailed::unreadable(&format!("status {}", answer.status));
    }
    StripeFailed::Refused {
        status: answer.status,
        kind: error.kind.unwrap_or_else(|| "unknown".to_owned()),
        code: error.code,
        param: error.param,
        message: discreet(error.message.as_deref().unwrap_or("no reason given")),
        request_id: answer.request_id.clone(),
    }
}

#[derive(Deserialize)]
struct ErrorBody {
    error: ErrorObject,
}

#[derive(Default, Deserialize)]
struct ErrorObject {
    #[serde(rename = "type")]
    kind: Option<String>,
    code: Option<String>,
    param: Option<String>,
    message: Option<String>,
}

/// A proxy in between may answer with anything, so an unreadable body is an empty error.
fn error_of(body: &[u8]) -> ErrorObject {
    serde_json::from_slice::<ErrorBody>(body).map(|body| body.error).unwrap_or_default()
}

fn of_param(param: Option<&str>) -> String {
    param.map(|param| format!(" ({param})")).unwrap_or_default()
}

/// Leaves out the words that could be an address or a key: Stripe quotes what it was sent.
fn discreet(text: &str) -> String {
    let secret = |word: &str| {
        let bare = word.trim_start_matches(|c: char| !c.is_ascii_alphanumeric());
        word.contains('@') || ["sk_", "rk_", "whsec_"].iter().any(|key| bare.starts_with(key))
    };
    let words = text.split_whitespace().map(|word| if secret(word) { "[hidden]" } else { word });
    words.collect::<Vec<_>>().join(" ").chars().take(300).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_means_what_its_status_code_and_headers_say() {
        let in_flight = r#"{"error":{"code":"lock_timeout","type":"invalid_request_error"}}"#;
        let missing = r#"{"error":{"code":"resource_missing","param":"customer"}}"#;
        let declined = r#"{"error":{"code":"card_declined","type":"card_error"}}"#;
        let table = [
            (200, "{}", None, "ok", false),
            (302, "", None, "unreadable", false),
            (400, missing, None, "missing", false),
            (400, "<html>", None, "refused", false),
            (402, declined, None, "refused", false),
            (402, declined, Some(true), "refused", true),
            (401, "{}", Some(true), "unauthorized", false),
            (403, "{}", None, "unauthorized", false),
            (404, missing, None, "missing", false),
            (404, "not here", None, "refused", false),
            (409, in_flight, None, "unavailable", true),
            (409, "{}", None, "refused", false),
            (429, "{}", None, "unavailable", true),
            (429, "{}", Some(false), "unavailable", false),
            (500, "", None, "unavailable", true),
            (503, "", Some(false), "unavailable", false),
        ];
        for (status, body, should_retry, outcome, again) in table {
            let body = body.as_bytes().to_vec();
            let answer = Answer { status, should_retry, body, ..Answer::default() };
            let (said, repeated) = match judge(&answer) {
                Ok(()) => ("ok", false),
                Err(setback) => (setback.failed.outcome(), setback.worth_repeating),
            };
            assert_eq!((said, repeated), (outcome, again), "{status} {should_retry:?}");
        }
    }

    #[test]
    fn texts_quote_neither_addresses_nor_keys() {
        let text = "Invalid email: ada@example.com, key (sk_test_abc) for cus_1";
        assert_eq!(discreet(text), "Invalid email: [hidden] key [hidden] for cus_1");
    }
}
