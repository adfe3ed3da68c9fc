//! `Quota`: the guard by which a panel shows how many servers are left.

use rocket::outcome::Outcome;
use rocket::request::{FromRequest, Outcome as RequestOutcome, Request};

use super::guards::Stood;
use crate::domain::entitlement::{Basis, Reason};
use crate::domain::plan::Limit;
use crate::domain::suspension::Excess;
use crate::domain::timestamp::Timestamp;
use crate::flows::gate::Standing;

/// What the visitor's account has and may have, at the moment it was asked.
///
/// It is for showing: only [`ServerSlot::claim`](crate::ServerSlot::claim) counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quota {
    /// What the account may keep.
    pub limit: Limit,
    /// Servers and reservations.
    pub used: u32,
    /// Whether one more may be created now.
    pub can_create: bool,
    /// Where the limit comes from.
    pub basis: Basis,
    /// Why it is what it is.
    pub reason: Reason,
    /// When this changes by itself, if that is known.
    pub until: Option<Timestamp>,
    /// What is suspended, or will be; `None` when every server runs on.
    pub excess: Option<Excess>,
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Quota {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> RequestOutcome<Self, ()> {
        match Stood::from_request(request).await {
            Outcome::Success(Stood(situation)) => Outcome::Success(Self::of(&situation.standing)),
            Outcome::Error((status, _)) => Outcome::Error((status, ())),
            Outcome::Forward(status) => Outcome::Forward(status),
        }
    }
}

impl Quota {
    pub(crate) fn of(standing: &Standing) -> Self {
        let decision = &standing.decision;
        Self {
            limit: decision.limit,
            used: standing.used,
            can_create: standing.refusal().is_none(),
            basis: decision.basis,
            reason: decision.reason,
            until: decision.until,
            excess: standing.excess,
        }
    }
}
