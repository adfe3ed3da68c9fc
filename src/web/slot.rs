//! `ServerSlot`: the guard a Rocket panel puts on its own "create server" route.

use std::sync::Arc;

use rocket::http::{Method, Status};
use rocket::outcome::Outcome;
use rocket::request::{FromRequest, Outcome as RequestOutcome, Request};
use rocket::response::{self, Responder};
use rocket::{Ignite, Rocket, Sentinel};

use super::error::Problem;
use super::guards::{self, SignedIn, Stood, billing, fail};
use crate::domain::entitlement::RefusalCode;
use crate::domain::ids::{AccountId, ServerId};
use crate::flows::gate::{self, Claimed, Hold, Situation};
use crate::flows::provision::{self, Ordered};
use crate::flows::{self, Billing, Failed, accounts};
use crate::panel::{Role, Visitor};
use crate::store::StoreFailed;
use crate::web::text::Language;

/// Leave to create one more server, counted when it is [claimed](ServerSlot::claim).
///
/// On a route it refuses whoever has no slot left with 402, the reason and the way out; as
/// `Result<ServerSlot<'_>, SlotDenied>` it leaves the words to you. Form guards run after request
/// guards, so nothing is counted before `claim`.
pub struct ServerSlot<'r> {
    billing: &'r Arc<Billing>,
    visitor: Visitor,
    role: &'r Role,
}

impl<'r> ServerSlot<'r> {
    /// Who creates, and for which account.
    pub fn visitor(&self) -> &Visitor {
        &self.visitor
    }

    /// Takes the slot for `server`: the one step that counts, whoever else claims at the same time.
    ///
    /// Until [`confirm`](ClaimedSlot::confirm) it is a reservation that runs out after 15 minutes.
    ///
    /// # Errors
    ///
    /// [`SlotDenied`] when the last slot went to somebody faster.
    pub async fn claim(
        self,
        server: &ServerId,
        name: Option<&str>,
    ) -> Result<ClaimedSlot<'r>, SlotDenied> {
        let Self { billing, visitor, role } = self;
        let account = visitor.account;
        let taken = match gate::claim(billing, &account, server, name, Hold::Reserved).await? {
            Claimed::New(..) => Taken::Now,
            Claimed::Already(..) => Taken::Before,
            Claimed::Refused(code, standing) => {
                let problem = Problem::refused(code, &standing, billing).told_to(role);
                return Err(SlotDenied::because(Some(code), problem));
            }
        };
        let (server, name) = (server.clone(), name.map(str::to_owned));
        Ok(ClaimedSlot { billing, account, server, name, taken })
    }

    /// Takes the slot and has the panel that is configured under `billing.panel` make `server`, of
    /// one of its templates.
    ///
    /// It waits up to 3 s; what takes longer is made in the background, and its slot is kept until
    /// it is known whether the server exists. The same order again is the same server.
    ///
    /// # Errors
    ///
    /// [`SlotDenied`] when there is no slot, no such template, or `server` was claimed without one; or
    /// when the panel refuses: then the slot is free again.
    pub async fn order(
        self,
        server: &ServerId,
        name: Option<&str>,
        template: &str,
    ) -> Result<Progress, SlotDenied> {
        let Self { billing, visitor, role } = self;
        let patience = flows::PAGE_PATIENCE;
        let ordered =
            provision::order(billing, &visitor.account, server, name, template, patience).await;
        match ordered.map_err(Problem::from)? {
            Ordered::Taken(taken) => Ok(match taken.provision.and_then(|it| it.remote) {
                Some(_) => Progress::Made,
                None => Progress::Making,
            }),
            Ordered::Refused(code, standing) => {
                let problem = Problem::refused(code, &standing, billing).told_to(role);
                Err(SlotDenied::because(Some(code), problem))
            }
        }
    }

    /// Says that the panel is about to delete `server`.
    ///
    /// Its slot counts on until it is [given back](ServerSlot::give_back). If the panel dies before
    /// that, it runs out by itself, unless [`Panel::servers`](crate::Panel::servers) or the panel that
    /// is configured under `billing.panel` still has it.
    ///
    /// # Errors
    ///
    /// [`SlotDenied`] when the database fails; nothing has changed then.
    pub async fn leave(
        billing: &Arc<Billing>,
        account: &AccountId,
        server: &ServerId,
    ) -> Result<(), SlotDenied> {
        gate::leave(billing, account, server).await?;
        Ok(())
    }

    /// Gives the slot of a server that was deleted back.
    ///
    /// # Errors
    ///
    /// [`SlotDenied`] when the database fails; the slot is then still counted.
    pub async fn give_back(
        billing: &Arc<Billing>,
        account: &AccountId,
        server: &ServerId,
    ) -> Result<(), SlotDenied> {
        gate::release(billing, account, server).await?;
        Ok(())
    }
}

/// How far a server is that was [ordered](ServerSlot::order).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// The panel has it.
    Made,
    /// The panel has not said so yet.
    Making,
}

/// A slot that counts while its server is being created.
#[must_use = "confirm it when the server exists, release it when it does not"]
pub struct ClaimedSlot<'r> {
    billing: &'r Arc<Billing>,
    account: AccountId,
    server: ServerId,
    name: Option<String>,
    taken: Taken,
}

/// Whose the slot is.
enum Taken {
    /// This claim took it.
    Now,
    /// The same id had it before: a failure of this claim is none of its business.
    Before,
}

impl ClaimedSlot<'_> {
    /// The server exists: the slot is its own until it is given back.
    ///
    /// # Errors
    ///
    /// [`SlotDenied`] when the database fails; the reservation then runs on.
    pub async fn confirm(self) -> Result<(), SlotDenied> {
        gate::confirm(self.billing, &self.account, &self.server, self.name.as_deref()).await?;
        Ok(())
    }

    /// Creating the server failed: what this claim took is free again at once.
    ///
    /// # Errors
    ///
    /// [`SlotDenied`] when the database fails; the reservation then runs out by itself.
    pub async fn release(self) -> Result<(), SlotDenied> {
        match self.taken {
            Taken::Now => gate::abandon(self.billing, &self.account, &self.server).await?,
            Taken::Before => {}
        }
        Ok(())
    }
}

/// Why there is no slot. As a response it is the 402 page, or problem+json, with the way out.
#[derive(Debug)]
pub struct SlotDenied {
    code: Option<RefusalCode>,
    problem: Problem,
    title: String,
    detail: String,
}

impl SlotDenied {
    fn because(code: Option<RefusalCode>, problem: Problem) -> Self {
        let title = problem.title.said_in(Language::English);
        let detail = problem.detail.said_in(Language::English);
        Self { code, problem, title, detail }
    }

    /// The same for pages that know the reader's language.
    pub(crate) fn problem(&self) -> &Problem {
        &self.problem
    }

    /// The refusal's code; `None` when something failed instead.
    pub fn code(&self) -> Option<RefusalCode> {
        self.code
    }

    /// The status the response has.
    pub fn status(&self) -> Status {
        self.problem.status
    }

    /// One line for a heading.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// What happened and the way out, in words.
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// Where the way out is; `None` for a member, who has to ask an owner.
    pub fn action_url(&self) -> Option<&str> {
        self.problem.more.get("action_url")?.as_str()
    }
}

impl std::fmt::Display for SlotDenied {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.title, self.detail)
    }
}

impl std::error::Error for SlotDenied {}

impl From<Failed> for SlotDenied {
    fn from(error: Failed) -> Self {
        Self::from(Problem::from(error))
    }
}

impl From<StoreFailed> for SlotDenied {
    fn from(error: StoreFailed) -> Self {
        Self::from(Problem::from(error))
    }
}

impl From<Problem> for SlotDenied {
    fn from(problem: Problem) -> Self {
        Self::because(None, problem)
    }
}

impl<'r> Responder<'r, 'static> for SlotDenied {
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'static> {
        self.problem.respond_to(request)
    }
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for ServerSlot<'r> {
    type Error = SlotDenied;

    async fn from_request(request: &'r Request<'_>) -> RequestOutcome<Self, SlotDenied> {
        let billing = billing(request);
        let visitor = match SignedIn::from_request(request).await {
            Outcome::Success(SignedIn(visitor)) => visitor,
            Outcome::Error((_, problem)) => return denied(request, None, problem),
            Outcome::Forward(status) => return Outcome::Forward(status),
        };
        let role = guards::role(request);
        // Whether one more fits as the request comes; `claim` asks again and counts.
        let standing = match Stood::from_request(request).await {
            Outcome::Success(Stood(situation)) => &situation.standing,
            Outcome::Error((_, problem)) => return denied(request, None, problem),
            Outcome::Forward(status) => return Outcome::Forward(status),
        };
        let creates =
            billing.driver.is_some() && matches!(request.method(), Method::Post | Method::Put);
        let anew = match standing.refusal() {
            // The calls that the panel takes are everybody's.
            Some(_) if creates && guards::limits(request).checkout(&visitor.account).is_ok() => {
                looked_again(billing, &visitor.account).await
            }
            Some(_) | None => None,
        };
        let standing = anew.as_ref().map_or(standing, |situation| &situation.standing);
        match standing.refusal() {
            None => Outcome::Success(Self { billing, visitor, role }),
            Some(code) => {
                let problem = Problem::refused(code, standing, billing).told_to(role);
                denied(request, Some(code), problem)
            }
        }
    }
}

/// How the account stands once its list at the panel next door is read: what its user has deleted
/// there may not be known here yet. `None` when the database fails.
async fn looked_again(billing: &Arc<Billing>, account: &AccountId) -> Option<Situation> {
    provision::look_now(billing, account).await;
    accounts::look(billing, account).await.ok()
}

fn denied<'r>(
    request: &'r Request<'_>,
    code: Option<RefusalCode>,
    problem: Problem,
) -> RequestOutcome<ServerSlot<'r>, SlotDenied> {
    match fail::<()>(request, problem) {
        Outcome::Error((status, problem)) => {
            Outcome::Error((status, SlotDenied::because(code, problem)))
        }
        Outcome::Success(()) | Outcome::Forward(_) => Outcome::Forward(Status::InternalServerError),
    }
}

impl Sentinel for ServerSlot<'_> {
    /// A panel that forgot the stage does not launch.
    fn abort(rocket: &Rocket<Ignite>) -> bool {
        let missing = rocket.state::<Arc<Billing>>().is_none();
        if missing {
            tracing::error!("a route uses `ServerSlot`, but no `coinslot::stage` is attached");
        }
        missing
    }
}
