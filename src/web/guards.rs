//! Parse at the door: who asks, from where, with which rights.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};

use rocket::outcome::Outcome;
use rocket::request::{FromParam, FromRequest, Outcome as RequestOutcome, Request};

use super::error::Problem;
use super::limits::Limits;
use super::origin::SameOrigin;
use crate::domain::ids::{AccountId, InvalidId, ServerId};
use crate::flows::gate::Situation;
use crate::flows::{Billing, accounts, links, tokens};
use crate::panel::{Rank, Role, Visitor};
use crate::store::Look;
use crate::store::tokens::{Scope, Token};

/// Somebody signed in at the panel; their account is known from now on.
///
/// A request that changes something and comes from another site is refused here.
pub(crate) struct SignedIn(pub(crate) Visitor);

#[rocket::async_trait]
impl<'r> FromRequest<'r> for SignedIn {
    type Error = Problem;

    async fn from_request(request: &'r Request<'_>) -> RequestOutcome<Self, Problem> {
        match &request.local_cache_async(enter(request)).await.let_in {
            Ok(let_in) => Outcome::Success(Self(let_in.visitor.clone())),
            Err(problem) => fail(request, problem.clone()),
        }
    }
}

/// How the visitor's account stood when the request came, read once for each request.
///
/// Who changes anything, or waits for somebody who may, looks anew before showing it.
pub(crate) struct Stood<'r>(pub(crate) &'r Situation);

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Stood<'r> {
    type Error = Problem;

    async fn from_request(request: &'r Request<'_>) -> RequestOutcome<Self, Problem> {
        match &request.local_cache_async(enter(request)).await.let_in {
            Ok(let_in) => Outcome::Success(Self(&let_in.situation)),
            Err(problem) => fail(request, problem.clone()),
        }
    }
}

/// Who is at the door, asked once for each request however many guards want to know.
struct Entry {
    let_in: Result<LetIn, Problem>,
    by_link: bool,
}

struct LetIn {
    visitor: Visitor,
    role: Role,
    /// What to call an account that is not the visitor's own.
    acting_for: Option<String>,
    situation: Situation,
}

impl From<Problem> for Entry {
    fn from(problem: Problem) -> Self {
        Self { let_in: Err(problem), by_link: false }
    }
}

async fn enter(request: &Request<'_>) -> Entry {
    let billing = billing(request);
    if let Outcome::Error((_, problem)) = SameOrigin::from_request(request).await {
        return problem.into();
    }
    let (visitor, by_link) = match billing.panel.visitor(request).await {
        Some(visitor) => (Ok(visitor), false),
        None => (enter_by_link(request).await, true),
    };
    let visitor = match visitor {
        Ok(visitor) => visitor,
        Err(problem) => return Entry { let_in: Err(problem), by_link },
    };
    // Who came by a link is sent by the panel next door, which knows whom it lets pay.
    let (role, acting_for) = if by_link {
        (Role::Owner, None)
    } else {
        let role = billing.panel.role(request, &visitor).await;
        (role, billing.panel.acting_for(request).await)
    };
    let welcome = accounts::welcome(billing, look(request), &visitor).await;
    let let_in = welcome.map_err(Problem::from).map(|situation| LetIn {
        visitor,
        role,
        acting_for,
        situation,
    });
    Entry { let_in, by_link }
}

/// What a link opened, by the cookie it left; the panel's own word about somebody goes before.
pub(crate) const LINK_COOKIE: &str = "coinslot_link";

/// Who came by a link gets to the billing pages and nowhere else.
async fn enter_by_link(request: &Request<'_>) -> Result<Visitor, Problem> {
    let billings = our_path(request).is_some_and(|path| path.starts_with("/billing"));
    let cookie = request.cookies().get(LINK_COOKIE).filter(|_| billings);
    let session = cookie.ok_or_else(Problem::unauthorized)?;
    links::visitor(billing(request), session.value()).await?.ok_or_else(Problem::link_session_over)
}

/// The visitor that a guard has let in during this request.
pub(crate) fn let_in<'r>(request: &'r Request<'_>) -> Option<&'r Visitor> {
    entered(request).map(|let_in| &let_in.visitor)
}

/// Whether who was let in came by a link; for routes whose guards before it let somebody in.
pub(crate) struct ByLink(pub(crate) bool);

#[rocket::async_trait]
impl<'r> FromRequest<'r> for ByLink {
    type Error = std::convert::Infallible;

    async fn from_request(request: &'r Request<'_>) -> RequestOutcome<Self, Self::Error> {
        Outcome::Success(Self(came_by_link(request)))
    }
}

/// Whether they were let in by a link, so that the panel does not know them.
pub(crate) fn came_by_link(request: &Request<'_>) -> bool {
    entry(request).by_link
}

/// What they may do for the account.
pub(crate) fn role<'r>(request: &'r Request<'_>) -> &'r Role {
    entered(request).map_or(&Role::Owner, |let_in| &let_in.role)
}

/// What the account they act for is called, where it is not their own.
pub(crate) fn acting_for<'r>(request: &'r Request<'_>) -> Option<&'r str> {
    entered(request)?.acting_for.as_deref()
}

fn entered<'r>(request: &'r Request<'_>) -> Option<&'r LetIn> {
    entry(request).let_in.as_ref().ok()
}

fn entry<'r>(request: &'r Request<'_>) -> &'r Entry {
    request.local_cache(|| Entry::from(Problem::unauthorized()))
}

/// What the visitor may do, for a panel's own routes; it refuses whoever is not signed in.
#[rocket::async_trait]
impl<'r> FromRequest<'r> for Role {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> RequestOutcome<Self, ()> {
        match SignedIn::from_request(request).await {
            Outcome::Success(_) => Outcome::Success(role(request).clone()),
            Outcome::Error((status, _)) => Outcome::Error((status, ())),
            Outcome::Forward(status) => Outcome::Forward(status),
        }
    }
}

/// Somebody signed in who may change what the account pays for.
pub(crate) struct Payer(pub(crate) Visitor);

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Payer {
    type Error = Problem;

    async fn from_request(request: &'r Request<'_>) -> RequestOutcome<Self, Problem> {
        match (SignedIn::from_request(request).await, role(request)) {
            (Outcome::Success(SignedIn(visitor)), Role::Owner) => Outcome::Success(Self(visitor)),
            (Outcome::Success(_), Role::Member { ask }) => fail(request, Problem::owners_only(ask)),
            (Outcome::Error(error), _) => Outcome::Error(error),
            (Outcome::Forward(status), _) => Outcome::Forward(status),
        }
    }
}

/// Somebody signed in who may see every account.
pub(crate) struct Administrator(pub(crate) Visitor);

impl Administrator {
    /// How the audit log calls them.
    pub(crate) fn actor(&self) -> String {
        format!("admin:{}", self.0.user)
    }
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Administrator {
    type Error = Problem;

    async fn from_request(request: &'r Request<'_>) -> RequestOutcome<Self, Problem> {
        match SignedIn::from_request(request).await {
            Outcome::Success(SignedIn(visitor)) if visitor.rank == Rank::Admin => {
                Outcome::Success(Self(visitor))
            }
            Outcome::Success(_) => fail(request, Problem::forbidden()),
            Outcome::Error(error) => Outcome::Error(error),
            Outcome::Forward(status) => Outcome::Forward(status),
        }
    }
}

/// The path asked for, when it is one of our own: as it would be without a mount point.
pub(crate) fn our_path<'r>(request: &'r Request<'_>) -> Option<&'r str> {
    billing(request).settings.mount.ours(request.uri().path().as_str())
}

/// A bearer token that works; scope `panel` is enough.
pub(crate) struct PanelToken(
    #[expect(dead_code, reason = "a token is proof by being there")] Token,
);

#[rocket::async_trait]
impl<'r> FromRequest<'r> for PanelToken {
    type Error = Problem;

    async fn from_request(request: &'r Request<'_>) -> RequestOutcome<Self, Problem> {
        match token(request).await {
            Ok(token) => Outcome::Success(Self(token)),
            Err(problem) => fail(request, problem),
        }
    }
}

/// A bearer token with scope `admin`.
pub(crate) struct AdminToken(Token);

impl AdminToken {
    /// How the audit log calls it.
    pub(crate) fn actor(&self) -> String {
        format!("token:{}", self.0.id)
    }
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for AdminToken {
    type Error = Problem;

    async fn from_request(request: &'r Request<'_>) -> RequestOutcome<Self, Problem> {
        match token(request).await {
            Ok(token) if token.scope == Scope::Admin => Outcome::Success(Self(token)),
            Ok(_) => fail(request, Problem::forbidden()),
            Err(problem) => fail(request, problem),
        }
    }
}

async fn token(request: &Request<'_>) -> Result<Token, Problem> {
    let secret = header(request, "Authorization")
        .and_then(|value| value.strip_prefix("Bearer "))
        .map(str::trim)
        .filter(|secret| secret.starts_with("cst_") && secret.len() < 200)
        .ok_or_else(Problem::unauthorized)?;
    let token = tokens::present(billing(request), look(request), secret).await?;
    let token = token.ok_or_else(Problem::unauthorized)?;
    limits(request).api(&token.id)?;
    Ok(token)
}

/// The file as it was when the request came, looked at once for each request.
///
/// Like [`Stood`] it is for showing what nobody has changed in the meantime.
pub(crate) struct Came<'r>(pub(crate) &'r Look);

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Came<'r> {
    type Error = std::convert::Infallible;

    async fn from_request(request: &'r Request<'_>) -> RequestOutcome<Self, Self::Error> {
        Outcome::Success(Self(look(request)))
    }
}

pub(crate) fn look<'r>(request: &'r Request<'_>) -> &'r Look {
    request.local_cache(|| billing(request).store.look())
}

/// `Stripe-Signature`, if it was sent.
pub(crate) struct StripeSignature<'r>(pub(crate) Option<&'r str>);

#[rocket::async_trait]
impl<'r> FromRequest<'r> for StripeSignature<'r> {
    type Error = std::convert::Infallible;

    async fn from_request(request: &'r Request<'_>) -> RequestOutcome<Self, Self::Error> {
        Outcome::Success(Self(header(request, "Stripe-Signature")))
    }
}

/// The client's address, by which requests are counted.
///
/// Rocket takes it from `ip_header` where that is set; without a proxy in front it must not be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct ClientAddress(IpAddr);

impl ClientAddress {
    /// What counts as one client: an IPv6 customer has a whole /64.
    pub(crate) fn network(self) -> IpAddr {
        match self.0 {
            IpAddr::V4(_) => self.0,
            IpAddr::V6(address) => {
                let bits = address.to_bits() >> 64 << 64;
                IpAddr::V6(Ipv6Addr::from_bits(bits))
            }
        }
    }
}

impl fmt::Display for ClientAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for ClientAddress {
    type Error = std::convert::Infallible;

    async fn from_request(request: &'r Request<'_>) -> RequestOutcome<Self, Self::Error> {
        let address = request.client_ip().unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
        Outcome::Success(Self(address))
    }
}

impl<'p> FromParam<'p> for AccountId {
    type Error = InvalidId;

    fn from_param(param: &'p str) -> Result<Self, InvalidId> {
        Self::new(param)
    }
}

impl<'p> FromParam<'p> for ServerId {
    type Error = InvalidId;

    fn from_param(param: &'p str) -> Result<Self, InvalidId> {
        Self::new(param)
    }
}

/// Leaves `problem` for the catcher, which answers with it.
pub(crate) fn fail<T>(request: &Request<'_>, problem: Problem) -> RequestOutcome<T, Problem> {
    leave(request, problem.clone());
    Outcome::Error((problem.status, problem))
}

/// What a guard left last.
#[derive(Default)]
struct Left(Mutex<Option<Problem>>);

/// Leaves `problem` in the place of what another guard left before.
pub(crate) fn leave(request: &Request<'_>, problem: Problem) {
    let left = request.local_cache(Left::default);
    *left.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(problem);
}

pub(crate) fn left(request: &Request<'_>) -> Option<Problem> {
    let left = request.local_cache(Left::default);
    left.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

pub(super) fn header<'r>(request: &'r Request<'_>, name: &str) -> Option<&'r str> {
    request.headers().get_one(name)
}

pub(crate) fn billing<'r>(request: &'r Request<'_>) -> &'r Arc<Billing> {
    request.rocket().state().expect("the stage manages it before it mounts a route")
}

pub(super) fn limits<'r>(request: &'r Request<'_>) -> &'r Limits {
    request.rocket().state().expect("the stage manages it before it mounts a route")
}
