//! Problems of accounts that several users share.

use rocket::http::Status;

use super::Problem;
use crate::panel::Role;

impl Problem {
    /// Billing, or whoever belongs to the account, is not this visitor's to change.
    pub(crate) fn owners_only(ask: &str) -> Self {
        Self::new(
            Status::Forbidden,
            "forbidden",
            "Only an owner of the account can do this",
            format!("you are a member of this account and not its owner; ask {ask}"),
        )
    }

    /// The same words for whoever may do it: a member cannot follow the way out.
    #[must_use]
    pub(crate) fn told_to(self, role: &Role) -> Self {
        match role {
            Role::Owner => self,
            Role::Member { ask } => {
                let detail = format!(
                    "{}. You are a member of this account; ask {ask}, who can change its plan",
                    self.detail
                );
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
            "You act for another account now",
            "this page was opened for another account, so nothing was changed; open it again, or \
             choose that account on your account page first",
        )
    }

    pub(crate) fn no_such_account() -> Self {
        Self::new(
            Status::NotFound,
            "account_not_found",
            "You do not belong to this account",
            "choose one of the accounts on your account page",
        )
    }

    pub(crate) fn member_not_found() -> Self {
        Self::new(
            Status::NotFound,
            "member_not_found",
            "There is no such person in this account",
            "they may have left it, or are an owner and must be made a member first",
        )
    }

    pub(crate) fn last_owner() -> Self {
        Self::new(
            Status::Conflict,
            "last_owner",
            "An account needs an owner",
            "you are the only owner of this account; make somebody else an owner first",
        )
    }

    pub(crate) fn members_full(most: u32) -> Self {
        Self::new(
            Status::Conflict,
            "members_full",
            "This account is full",
            format!("{most} people belong to it, and there is no room for more"),
        )
    }

    pub(crate) fn invites_full(most: u32) -> Self {
        Self::new(
            Status::Conflict,
            "invites_full",
            "There are enough invitations",
            format!("{most} of them are open; take one back or wait until one ends"),
        )
    }

    pub(crate) fn invite_not_found() -> Self {
        Self::new(
            Status::NotFound,
            "invite_not_found",
            "This invitation leads nowhere",
            "the link may not be complete; ask who sent it for a new one",
        )
    }

    pub(crate) fn invite_over() -> Self {
        Self::new(
            Status::Gone,
            "invite_over",
            "This invitation is over",
            "it was used, taken back, or is more than 7 days old; ask who sent it for a new one",
        )
    }
}
