//! Problems of accounts that several users share.

use rocket::http::Status;

use super::Problem;
use crate::panel::Role;
use crate::web::text::t;

impl Problem {
    /// Billing, or whoever belongs to the account, is not this visitor's to change.
    pub(crate) fn owners_only(ask: &str) -> Self {
        Self::new(
            Status::Forbidden,
            "forbidden",
            t!("owners-only"),
            t!("owners-only-detail", ask = ask),
        )
    }

    /// The same words for whoever may do it: a member cannot follow the way out.
    #[must_use]
    pub(crate) fn told_to(self, role: &Role) -> Self {
        match role {
            Role::Owner => self,
            Role::Member { ask } => {
                let (detail, ask) = (self.detail.clone(), ask.as_str());
                let detail = t!("refused-member", detail = detail, ask = ask);
                let more = serde_json::Value::Null;
                Self { detail, ..self }.with("action_url", more)
            }
        }
    }

    /// The form was shown for another account than its visitor acts for by now.
    pub(crate) fn other_account() -> Self {
        Self::new(
            Status::Conflict,
            "other_account",
            t!("other-account"),
            t!("other-account-detail"),
        )
    }

    pub(crate) fn no_such_account() -> Self {
        Self::new(
            Status::NotFound,
            "account_not_found",
            t!("no-such-account"),
            t!("no-such-account-detail"),
        )
    }

    pub(crate) fn member_not_found() -> Self {
        Self::new(
            Status::NotFound,
            "member_not_found",
            t!("member-not-found"),
            t!("member-not-found-detail"),
        )
    }

    pub(crate) fn last_owner() -> Self {
        Self::new(Status::Conflict, "last_owner", t!("last-owner"), t!("last-owner-detail"))
    }

    pub(crate) fn members_full(most: u32) -> Self {
        Self::new(
            Status::Conflict,
            "members_full",
            t!("members-full"),
            t!("members-full-detail", most = most),
        )
    }

    pub(crate) fn invites_full(most: u32) -> Self {
        Self::new(
            Status::Conflict,
            "invites_full",
            t!("invites-full"),
            t!("invites-full-detail", most = most),
        )
    }

    pub(crate) fn invite_not_found() -> Self {
        Self::new(
            Status::NotFound,
            "invite_not_found",
            t!("invite-not-found"),
            t!("invite-not-found-detail"),
        )
    }

    pub(crate) fn invite_over() -> Self {
        Self::new(Status::Gone, "invite_over", t!("invite-over"), t!("invite-over-detail"))
    }
}
