//! What the messages say: the JSON of their `data`.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::domain::entitlement::{Basis, Decision, Reason, State};
use crate::domain::fetched::FetchedDispute;
use crate::domain::ids::{PlanId, ServerId};
use crate::domain::timestamp::Timestamp;
use crate::flows::gate::Standing;
use crate::store::servers::Server;

/// What an account may have, and why.
#[derive(Serialize, ToSchema)]
#[schema(as = ToldAccess)]
pub(super) struct Access {
    limit: Option<u32>,
    creatable: Option<u32>,
    basis: Basis,
    plan: Option<PlanId>,
    reason: Reason,
    state: State,
    until: Option<Timestamp>,
}

impl Access {
    pub(super) fn of(decision: &Decision) -> Self {
        Self {
            limit: decision.limit.as_option(),
            creatable: decision.creatable.as_option(),
            basis: decision.basis,
            plan: decision.plan.clone(),
            reason: decision.reason,
            state: decision.state,
            until: decision.until,
        }
    }
}

/// The same with what it has.
#[derive(Serialize, ToSchema)]
#[schema(as = ToldStanding)]
pub(crate) struct Stands {
    #[serde(flatten)]
    access: Access,
    used: u32,
    over_by: u32,
    can_create: bool,
}

impl Stands {
    pub(super) fn of(standing: &Standing) -> Self {
        Self {
            access: Access::of(&standing.decision),
            used: standing.used,
            over_by: standing.over_by(),
            can_create: standing.refusal().is_none(),
        }
    }
}

#[derive(Serialize, ToSchema)]
#[schema(as = ToldChange)]
pub(crate) struct Changed {
    /// As it was told before.
    #[schema(value_type = Access)]
    pub(super) before: Value,
    pub(super) now: Stands,
}

#[derive(Serialize, ToSchema)]
#[schema(as = ToldServer)]
pub(crate) struct OneServer {
    server: Named,
    /// How many servers of the account run on; null when all do.
    keep: Option<u32>,
    /// Where the customer puts it right.
    action_url: String,
    now: Stands,
}

#[derive(Serialize, ToSchema)]
#[schema(as = ToldServerName)]
struct Named {
    id: ServerId,
    name: Option<String>,
}

impl OneServer {
    pub(super) fn of(server: &Server, standing: &Standing, desk: String) -> Self {
        Self {
            server: Named { id: server.id.clone(), name: server.name.clone() },
            keep: standing.excess.map(|excess| excess.keep),
            action_url: desk,
            now: Stands::of(standing),
        }
    }
}

#[derive(Serialize, ToSchema)]
#[schema(as = ToldDispute)]
pub(crate) struct Disputed {
    /// Stripe's id of it.
    dispute: String,
    /// Stripe's word for it.
    status: String,
    /// In the currency's smallest unit.
    amount: i64,
    currency: String,
    /// Whether any dispute of the account is open.
    open: bool,
    now: Stands,
}

impl Disputed {
    pub(super) fn of(dispute: &FetchedDispute, standing: &Standing) -> Self {
        Self {
            dispute: dispute.id.as_str().to_owned(),
            status: dispute.status.clone(),
            amount: dispute.amount_minor,
            currency: dispute.currency.clone(),
            open: standing.facts.disputed,
            now: Stands::of(standing),
        }
    }
}
