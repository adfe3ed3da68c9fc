//! What Coinslot asks of the panel it gates.

use rocket::{Orbit, Request, Rocket};

use crate::domain::entitlement::Reason;
use crate::domain::ids::{AccountId, ServerId};

/// The panel that has the servers and the people: yours, or the built-in one.
///
/// Only [`visitor`](Panel::visitor) must be written. A panel that creates servers through
/// [`ServerSlot`](crate::ServerSlot) and forgets them by itself now and then should also answer
/// [`servers`](Panel::servers).
#[rocket::async_trait]
pub trait Panel: Send + Sync + 'static {
    /// Rocket is up: what it manages, such as the panel's own database, can be had from now on.
    ///
    /// Questions that come without a request, such as [`servers`](Panel::servers), follow later.
    fn lifted_off(&self, rocket: &Rocket<Orbit>) {
        let _ = rocket;
    }

    /// Whose request this is; `None` when nobody is signed in.
    async fn visitor(&self, request: &Request<'_>) -> Option<Visitor>;

    /// What `visitor`, whose request this is, may do for their account; an owner where nothing else
    /// is said.
    ///
    /// A panel whose accounts have several users says here who may not touch billing.
    async fn role(&self, request: &Request<'_>, visitor: &Visitor) -> Role {
        let _ = (request, visitor);
        Role::Owner
    }

    /// What to call the account of the request where its visitor acts for another than their own;
    /// it is shown beside their name.
    async fn acting_for(&self, request: &Request<'_>) -> Option<String> {
        let _ = request;
        None
    }

    /// Where `visitor` switches to `account`, named as that is called; `None` when it is none of theirs.
    ///
    /// It is asked when they come back from Stripe and act for another account by then than the one
    /// they paid for.
    async fn switch_to(&self, visitor: &Visitor, account: &AccountId) -> Option<Link> {
        let _ = (visitor, account);
        None
    }

    /// The servers `account` has in the panel; `None` when the panel would rather not say.
    ///
    /// It is asked when a reservation was left without a word about its end.
    async fn servers(&self, account: &AccountId) -> Option<Vec<ServerId>> {
        let _ = account;
        None
    }

    /// What `account` may do has changed; its quota tells the rest.
    async fn access_changed(&self, account: &AccountId) {
        let _ = account;
    }

    /// Suspends `server`, which is more than `account` may run; it keeps everything it has.
    ///
    /// The panel is told once, and again while it fails or does not answer, so a server that is
    /// suspended already is no failure.
    ///
    /// # Errors
    ///
    /// [`NotDone`] when the panel could not; it is asked again later.
    async fn suspend(
        &self,
        account: &AccountId,
        server: &ServerId,
        why: &Suspension,
    ) -> Result<(), NotDone> {
        let _ = (account, server, why);
        Ok(())
    }

    /// Lets `server` run again, which [`suspend`](Panel::suspend) was told of; no other one.
    ///
    /// # Errors
    ///
    /// [`NotDone`] when the panel could not; it is asked again later.
    async fn unsuspend(&self, account: &AccountId, server: &ServerId) -> Result<(), NotDone> {
        let _ = (account, server);
        Ok(())
    }

    /// Where somebody signs in; the page asked for is added as `?next=`.
    fn sign_in(&self) -> &'static str {
        "/login"
    }

    /// The panel's own pages, for the head of Coinslot's.
    fn pages(&self) -> Vec<Link> {
        Vec::new()
    }

    /// The same in `language`, such as `en` or `de`, for panels that speak more than one.
    fn pages_in(&self, language: &str) -> Vec<Link> {
        let _ = language;
        self.pages()
    }

    /// Where somebody signs out by `POST`; `None` leaves the button away.
    fn sign_out(&self) -> Option<&str> {
        None
    }
}

/// Somebody signed in at the panel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visitor {
    /// The user's own id at the panel, for the audit log.
    pub user: String,
    /// Who pays for what this user does.
    pub account: AccountId,
    /// Where Stripe sends receipts; the account's when it is first seen.
    pub email: String,
    /// What to call the account.
    pub name: String,
    /// What the user may see.
    pub rank: Rank,
}

/// What a visitor may see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rank {
    /// Their own account.
    User,
    /// Every account, and `/admin`.
    Admin,
}

/// What a visitor may do for the account they act for; a request guard for a panel's own routes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Role {
    /// Everything, paying included.
    Owner,
    /// Use what the account has; only an owner changes what it pays for.
    Member {
        /// Whom to ask for more, such as the owner's name and e-mail.
        ask: String,
    },
}

impl Role {
    /// Whom a member asks; an owner needs nobody.
    pub(crate) fn ask(&self) -> Option<&str> {
        match self {
            Self::Owner => None,
            Self::Member { ask } => Some(ask),
        }
    }
}

/// Why a server is suspended, and the way out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suspension {
    /// Why the account may not run more.
    pub reason: Reason,
    /// How many servers of the account run on.
    pub keep: u32,
    /// Where the customer puts it right.
    pub action_url: String,
}

/// Why a panel could not do what it was told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotDone(pub String);

/// A page of the panel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// What it is called.
    pub text: String,
    /// Its path, such as `/servers`.
    pub href: String,
}
