//! Problems of who comes through the wrong door, or too late.

use rocket::http::{Method, Status};

use super::Problem;

impl Problem {
    pub(crate) fn message_not_found() -> Self {
        Self::new(
            Status::NotFound,
            "message_not_found",
            "There is no such message",
            "it arrived meanwhile, or is being tried again",
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

    pub(crate) fn link_not_found() -> Self {
        Self::new(
            Status::NotFound,
            "link_not_found",
            "This link leads nowhere",
            "go back to your panel and open billing from there",
        )
    }

    pub(crate) fn link_over() -> Self {
        Self::new(
            Status::Gone,
            "link_over",
            "This link is over",
            "it opens once and within 5 minutes; go back to your panel and open billing again",
        )
    }

    pub(crate) fn link_session_over() -> Self {
        Self::new(
            Status::Gone,
            "link_over",
            "It has been a while",
            "for your safety these pages close after an hour; go back to your panel and open billing again",
        )
    }

    /// Who follows a link while signed in would see the pages of another account than they think.
    pub(crate) fn signed_in_already(name: &str) -> Self {
        Self::new(
            Status::Conflict,
            "signed_in_already",
            "Somebody is signed in here",
            format!("you are signed in as {name}; sign out first, then open the link again"),
        )
    }
}
