//! Why a panel did not do what it was asked, and whether that is certain.

use std::time::Duration;

use reqwest::StatusCode;
use serde::Deserialize;

/// What came of a call that did not succeed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PanelFailed {
    /// There is no such thing.
    #[error("the panel has no such thing (404)")]
    Missing,
    /// It will not, and says why; nothing was done.
    #[error("the panel refused: {0}")]
    Refused(String),
    /// There is no place for a server; nothing was done.
    #[error("the panel refused: {0}")]
    Full(String),
    /// The key does not open this door; nothing was done.
    #[error("the panel refuses the key ({status}): {detail}")]
    Unauthorized { status: u16, detail: String },
    /// Something other than the panel's API answered; nothing was done.
    #[error("{0}; check billing.panel.url")]
    NoPanel(String),
    /// Too many calls; nothing was done.
    #[error("the panel takes no more calls for {} s", .0.as_secs())]
    Busy(Duration),
    /// It answered, but not whether it is done.
    #[error("the panel failed: {0}")]
    Broken(String),
    /// No connection came about, so nothing was sent.
    #[error("the panel cannot be reached: {0}")]
    Unreached(String),
    /// It did not answer, so nobody knows.
    #[error("the panel did not answer: {0}")]
    Silent(String),
}

impl PanelFailed {
    /// Whether it may have been done all the same.
    pub(crate) fn is_unknown(&self) -> bool {
        match self {
            Self::Broken(_) | Self::Silent(_) => true,
            Self::Missing
            | Self::Refused(_)
            | Self::Full(_)
            | Self::Unauthorized { .. }
            | Self::NoPanel(_)
            | Self::Busy(_)
            | Self::Unreached(_) => false,
        }
    }

    /// For how long, at least, there is no use in asking anything else; `None` when it answers.
    pub(crate) fn away_for(&self) -> Option<Duration> {
        match self {
            Self::Busy(wait) => Some(*wait),
            Self::Unreached(_) | Self::Silent(_) => Some(Duration::ZERO),
            Self::Missing
            | Self::Refused(_)
            | Self::Full(_)
            | Self::Unauthorized { .. }
            | Self::NoPanel(_)
            | Self::Broken(_) => None,
        }
    }

    /// What an answer that is no success says.
    pub(super) fn of(status: StatusCode, retry_after: Option<u64>, body: &[u8]) -> Self {
        const LONGEST: u64 = 3_600;
        const DEFAULT: u64 = 60;
        let code = status.as_u16();
        if status == StatusCode::TOO_MANY_REQUESTS {
            return Self::Busy(Duration::from_secs(
                retry_after.unwrap_or(DEFAULT).clamp(1, LONGEST),
            ));
        }
        if status.is_redirection() {
            return Self::NoPanel(format!("the panel's address answered {code}, a redirect"));
        }
        let told = serde_json::from_slice::<Told>(body).ok();
        let detail = told.as_ref().map_or_else(|| status.to_string(), Told::words);
        if status.is_server_error() {
            // What went wrong inside may name what nobody should read: addresses, queries, nodes.
            return Self::Broken(format!("it answered {status}"));
        }
        match (code, told) {
            (_, None) => Self::NoPanel(format!("{code} came without JSON, so not from a panel")),
            (401 | 403, _) => Self::Unauthorized { status: code, detail },
            (404, Some(Told { errors: Some(_) })) => Self::Missing,
            // A gateway in front of the panel knows nothing of what is gone there.
            (404, Some(_)) => Self::NoPanel("404 came without a panel's `errors`".to_owned()),
            (_, Some(told)) if told.is_of_room() => Self::Full(detail),
            (_, Some(_)) => Self::Refused(detail),
        }
    }
}

#[derive(Deserialize)]
struct Told {
    errors: Option<Vec<Complaint>>,
}

#[derive(Deserialize)]
struct Complaint {
    #[serde(default)]
    code: String,
    #[serde(default)]
    detail: String,
    #[serde(default)]
    meta: Option<Meta>,
}

#[derive(Deserialize)]
struct Meta {
    source_field: Option<String>,
}

impl Told {
    fn complaints(&self) -> impl Iterator<Item = &Complaint> {
        self.errors.iter().flatten()
    }

    fn is_of_room(&self) -> bool {
        const NO_ROOM: [&str; 2] = ["NoViableNodeException", "NoViableAllocationException"];
        self.complaints().any(|complaint| NO_ROOM.contains(&complaint.code.as_str()))
    }

    /// Everything the panel complains of, short enough for a page.
    fn words(&self) -> String {
        const LONGEST: usize = 300;
        let said: Vec<String> = self.complaints().map(Complaint::words).collect();
        let said = said.join("; ");
        match said.char_indices().nth(LONGEST) {
            Some((end, _)) => format!("{}…", &said[..end]),
            None if said.is_empty() => "without a reason".to_owned(),
            None => said,
        }
    }
}

impl Complaint {
    fn words(&self) -> String {
        let detail = if self.detail.is_empty() { &self.code } else { &self.detail };
        match self.meta.as_ref().and_then(|meta| meta.source_field.as_deref()) {
            Some(field) => format!("{field}: {detail}"),
            None => detail.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_answer_says_whether_anything_may_have_been_done() {
        let duplicate = r#"{"errors":[{"code":"ValidationException","status":"422",
            "detail":"has been taken","meta":{"source_field":"external_id","rule":"unique"}}]}"#;
        let table: [(u16, Option<u64>, &str, &str, bool); 15] = [
            (422, None, duplicate, "external_id: has been taken", false),
            (400, None, r#"{"errors":[{"code":"NoViableNodeException"}]}"#, "NoViableNode", false),
            (409, None, r#"{"errors":[]}"#, "without a reason", false),
            (401, None, r#"{"errors":[{"detail":"Unauthenticated."}]}"#, "Unauthenticated", false),
            (403, None, r#"{"errors":[{"detail":"no right"}]}"#, "no right", false),
            (404, None, r#"{"errors":[{"detail":"gone"}]}"#, "404", false),
            (404, None, r#"{"message":"no Route matched"}"#, "without a panel's", false),
            (404, None, "<html>", "billing.panel.url", false),
            (302, None, "", "a redirect", false),
            (429, Some(7), "", "7 s", false),
            (429, Some(u64::MAX), "", "3600 s", false),
            (504, None, r#"{"errors":[{"detail":"daemon is away"}]}"#, "504 Gateway Timeout", true),
            (500, Some(0), r#"{"errors":[{"detail":"SQL of ada@example.com"}]}"#, "500", true),
            (429, Some(0), "", "1 s", false),
            (502, None, "<html>", "502", true),
        ];
        for (status, retry_after, body, words, unknown) in table {
            let code = StatusCode::from_u16(status).expect("a status");
            let failed = PanelFailed::of(code, retry_after, body.as_bytes());
            assert!(failed.to_string().contains(words), "{status}: no `{words}` in {failed}");
            assert!(!failed.to_string().contains("SQL"), "{failed}");
            assert_eq!(failed.is_unknown(), unknown, "{status}: {failed}");
        }
        let missing = PanelFailed::of(StatusCode::NOT_FOUND, None, br#"{"errors":[]}"#);
        assert_eq!(missing, PanelFailed::Missing);
        for code in ["NoViableNodeException", "NoViableAllocationException"] {
            let body = format!("{{\"errors\":[{{\"code\":\"{code}\",\"detail\":\"none\"}}]}}");
            let full = PanelFailed::of(StatusCode::BAD_REQUEST, None, body.as_bytes());
            assert_eq!(full, PanelFailed::Full("none".to_owned()), "{code}");
        }
    }
}
