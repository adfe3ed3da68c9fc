//! The JSON shapes of the API: every field is always there, null where there is nothing.

mod preview;
mod subscription;

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::entitlement::{Basis, Reason, State};
use crate::domain::ids::{AccountId, CustomerId, Mode, PlanId, PriceId, ServerId, SessionId};
use crate::domain::plan::{self, Interval};
use crate::domain::timestamp::Timestamp;
use crate::flows::gate::Standing;
use crate::store;
use crate::store::inbox::{Ignored, InboxEvent, Status as EventStatus};

pub(crate) use preview::Preview;
pub(crate) use subscription::Subscription;

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Account {
    id: AccountId,
    email: String,
    name: Option<String>,
    created_at: Timestamp,
    billing_exempt: bool,
    exempt_reason: Option<String>,
    exempt_until: Option<Timestamp>,
    stripe_customer_id: Option<CustomerId>,
    state: State,
    reason: Reason,
    quota: Quota,
    subscription: Option<Subscription>,
}

impl Account {
    /// `desk` is where the account's customer acts when Stripe names no page of its own.
    pub(crate) fn new(standing: &Standing, desk: &str) -> Self {
        let account = standing.account.clone();
        let exemption = standing.facts.exemption.as_ref();
        Self {
            id: account.id,
            email: account.email,
            name: account.name,
            created_at: account.created_at,
            billing_exempt: exemption.is_some_and(|exemption| exemption.holds(standing.now)),
            exempt_reason: exemption.map(|exemption| exemption.reason.clone()),
            exempt_until: exemption.and_then(|exemption| exemption.until),
            stripe_customer_id: account.customer,
            state: standing.decision.state,
            reason: standing.decision.reason,
            quota: Quota::new(standing),
            subscription: standing
                .subscription()
                .map(|_| Subscription::of_account(standing, desk, None)),
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Quota {
    account_id: AccountId,
    limit: Option<u32>,
    used: u32,
    remaining: Option<u32>,
    over_by: u32,
    can_create: bool,
    basis: Basis,
    plan: Option<PlanId>,
    reason: Reason,
    until: Option<Timestamp>,
}

impl Quota {
    pub(crate) fn new(standing: &Standing) -> Self {
        let decision = &standing.decision;
        let limit = decision.limit.as_option();
        Self {
            account_id: standing.account.id.clone(),
            limit,
            used: standing.used,
            remaining: limit.map(|limit| limit.saturating_sub(standing.used)),
            over_by: standing.over_by(),
            can_create: standing.refusal().is_none(),
            basis: decision.basis,
            plan: decision.plan.clone(),
            reason: decision.reason,
            until: decision.until,
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Server {
    id: ServerId,
    name: Option<String>,
    state: ServerState,
    created_at: Timestamp,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum ServerState {
    Active,
    Suspended,
}

impl Server {
    pub(crate) fn new(server: &store::servers::Server) -> Self {
        let suspended = server.suspended_at.is_some();
        Self {
            id: server.id.clone(),
            name: server.name.clone(),
            state: if suspended { ServerState::Suspended } else { ServerState::Active },
            created_at: server.created_at,
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ClaimedServer {
    server: Server,
    quota: Quota,
    /// Only where a template was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    provision: Option<Provision>,
}

/// How far the panel is with a server that was ordered of it.
#[derive(Debug, Serialize, ToSchema)]
struct Provision {
    state: ProvisionState,
    /// The panel's own number of the server.
    remote_id: Option<i64>,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum ProvisionState {
    /// Ask again with the same call.
    Creating,
    Made,
}

impl ClaimedServer {
    pub(crate) fn new(server: &store::servers::Server, standing: &Standing) -> Self {
        Self { server: Server::new(server), quota: Quota::new(standing), provision: None }
    }

    pub(crate) fn with(mut self, provision: Option<&store::provisions::Provision>) -> Self {
        self.provision = provision.map(|provision| Provision {
            state: match provision.remote {
                Some(_) => ProvisionState::Made,
                None => ProvisionState::Creating,
            },
            remote_id: provision.remote,
        });
        self
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Plan {
    id: PlanId,
    name: String,
    servers: Option<u32>,
    prices: Vec<Price>,
}

#[derive(Debug, Serialize, ToSchema)]
struct Price {
    interval: Interval,
    price_id: PriceId,
    lookup_key: Option<String>,
    currency: String,
    amount: i64,
}

impl Plan {
    /// The plan with what of it can be bought.
    pub(crate) fn new<'o>(
        plan: &plan::Plan,
        offers: impl Iterator<Item = &'o plan::Offer>,
    ) -> Self {
        let price = |offer: &plan::Offer| Price {
            interval: offer.interval,
            price_id: offer.price.clone(),
            lookup_key: offer.lookup_key.clone(),
            currency: offer.currency.clone(),
            amount: offer.amount_minor,
        };
        Self {
            id: plan.id.clone(),
            name: plan.name.clone(),
            servers: plan.limit.as_option(),
            prices: offers.map(price).collect(),
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Event {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    status: EventStatus,
    livemode: bool,
    created_at: Timestamp,
    received_at: Timestamp,
    attempts: u32,
    next_attempt_at: Option<Timestamp>,
    last_error: Option<String>,
    account_id: Option<AccountId>,
    ignored_reason: Option<Ignored>,
}

impl Event {
    pub(crate) fn new(event: &InboxEvent) -> Self {
        Self {
            id: event.id.clone(),
            kind: event.kind.clone(),
            status: event.status,
            livemode: event.mode == Mode::Live,
            created_at: event.created_at,
            received_at: event.received_at,
            attempts: event.attempts,
            next_attempt_at: event.next_attempt_at,
            last_error: event.last_error.clone(),
            account_id: event.account.clone(),
            ignored_reason: event.ignored,
        }
    }
}

/// Where the customer pays.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Checkout {
    pub(crate) url: String,
    pub(crate) session_id: SessionId,
}

/// Where the customer manages cards and invoices.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Portal {
    pub(crate) url: String,
}

/// Where a user of the panel opens the billing pages.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Link {
    pub(crate) url: String,
    pub(crate) expires_at: Timestamp,
}

/// Everything at once.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct List<T> {
    pub(crate) data: Vec<T>,
}

/// A part of a long list, with the cursor of the next one.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Page<T> {
    pub(crate) data: Vec<T>,
    pub(crate) next: Option<String>,
}
