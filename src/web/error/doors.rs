//! Problems of who comes through the wrong door, or too late.

use rocket::http::{Method, Status};

use super::Problem;
use crate::web::text::t;

impl Problem {
    pub(crate) fn message_not_found() -> Self {
        Self::new(
            Status::NotFound,
            "message_not_found",
            t!("problem-no-message"),
            t!("problem-no-message-detail"),
        )
    }

    /// The address takes other methods, and only those.
    pub(crate) fn method_not_allowed(methods: &[Method]) -> Self {
        let mut names: Vec<&str> = methods.iter().map(|method| method.as_str()).collect();
        names.sort_unstable();
        let allow = names.join(", ");
        let detail = format!("this address takes {allow}");
        Self {
            allow: Some(allow),
            ..Self::new(
                Status::MethodNotAllowed,
                "method_not_allowed",
                "This cannot be done here",
                detail,
            )
        }
    }

    /// The rest of a body did not come within `seconds`.
    pub(crate) fn too_slow(seconds: u64) -> Self {
        Self::new(
            Status::RequestTimeout,
            "request_timeout",
            t!("problem-slow"),
            t!("problem-slow-detail", seconds = seconds.to_string()),
        )
    }

    pub(crate) fn link_not_found() -> Self {
        Self::new(
            Status::NotFound,
            "link_not_found",
            t!("problem-link-unknown"),
            t!("problem-link-unknown-detail"),
        )
    }

    pub(crate) fn link_over() -> Self {
        Self::new(
            Status::Gone,
            "link_over",
            t!("problem-link-over"),
            t!("problem-link-over-detail"),
        )
    }

    pub(crate) fn link_session_over() -> Self {
        Self::new(
            Status::Gone,
            "link_over",
            t!("problem-link-closed"),
            t!("problem-link-closed-detail"),
        )
    }

    /// Who follows a link while signed in would see the pages of another account than they think.
    pub(crate) fn signed_in_already(name: &str) -> Self {
        Self::new(
            Status::Conflict,
            "signed_in_already",
            t!("problem-signed-in"),
            t!("problem-signed-in-detail", name = name),
        )
    }
}
