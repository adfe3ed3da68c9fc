//! The Subscription of the API: Stripe's facts beside what they come to here.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::entitlement::{self, Basis, Decision, Facts, Policy, Reason, State, decide};
use crate::domain::ids::{PlanId, PriceId, SubscriptionId};
use crate::domain::plan::Interval;
use crate::domain::subscription::{self as stored, Status};
use crate::domain::timestamp::Timestamp;
use crate::flows::gate::Standing;
use crate::store::checkouts::Progress;

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Subscription {
    #[schema(pattern = "^stripe$")]
    provider: &'static str,
    stripe_subscription_id: Option<SubscriptionId>,
    status: Option<String>,
    state: State,
    plan: Option<PlanId>,
    interval: Option<Interval>,
    price_id: Option<PriceId>,
    quantity: Option<u32>,
    current_period_end: Option<Timestamp>,
    trial_end: Option<Timestamp>,
    cancels_at: Option<Timestamp>,
    pending_plan: Option<PlanId>,
    pending_at: Option<Timestamp>,
    payment_state: PaymentState,
    action_url: Option<String>,
    access: Access,
    access_ends_at: Option<Timestamp>,
    checkout: Option<Progress>,
    synced_at: Option<Timestamp>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum PaymentState {
    Ok,
    PastDue,
    RequiresAction,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Access {
    Active,
    PastDue,
    Canceled,
    None,
}

impl Subscription {
    /// What speaks for the account; `desk` is where its customer acts when Stripe names no page.
    pub(crate) fn of_account(standing: &Standing, desk: &str, checkout: Option<Progress>) -> Self {
        let decision = &standing.decision;
        Self::new(standing.subscription(), decision, decision.state, desk, checkout)
    }

    /// One row as if the account had nothing else.
    pub(crate) fn alone(
        row: &stored::Subscription,
        policy: &Policy,
        now: Timestamp,
        desk: &str,
    ) -> Self {
        let facts = Facts { subscriptions: vec![row.clone()], ..Facts::default() };
        let decision = decide(&facts, policy, now);
        Self::new(Some(row), &decision, entitlement::state(row), desk, None)
    }

    fn new(
        row: Option<&stored::Subscription>,
        decision: &Decision,
        state: State,
        desk: &str,
        checkout: Option<Progress>,
    ) -> Self {
        let payment_state = payment_state(row, decision);
        let next = row.and_then(stored::Subscription::next_price);
        Self {
            provider: "stripe",
            stripe_subscription_id: row.map(|row| row.id.clone()),
            status: row.map(|row| row.status.as_str().to_owned()),
            state,
            plan: row.and_then(|row| row.grant.plan()).cloned(),
            interval: row.and_then(|row| row.interval),
            price_id: row.and_then(|row| row.price.clone()),
            quantity: row.map(|row| row.quantity),
            current_period_end: row.and_then(|row| row.period_end),
            trial_end: row.and_then(|row| row.trial_end),
            cancels_at: row.and_then(|row| row.cancels_at),
            pending_plan: next.and_then(|next| next.plan.clone()),
            pending_at: next.map(|next| next.at),
            payment_state,
            action_url: row.and_then(|row| action_url(row, payment_state, desk)),
            access: access(decision),
            access_ends_at: access_ends_at(row, decision),
            checkout,
            synced_at: row.map(|row| row.synced_at),
        }
    }
}

/// The decision in the four words of the API.
fn access(decision: &Decision) -> Access {
    let unpaid = matches!(decision.state, State::PastDue | State::RequiresAction | State::Unpaid);
    match decision.basis {
        Basis::Exempt | Basis::Lifetime => Access::Active,
        Basis::Subscription if unpaid || decision.reason == Reason::Grace => Access::PastDue,
        Basis::Subscription => Access::Active,
        Basis::Free if unpaid => Access::PastDue,
        Basis::Free if decision.reason == Reason::Ended => Access::Canceled,
        Basis::Free if decision.state == State::Canceled => Access::Canceled,
        Basis::Free => Access::None,
    }
}

/// When access ends by itself: a trial goes on into a paid period unless somebody cancelled it.
fn access_ends_at(row: Option<&stored::Subscription>, decision: &Decision) -> Option<Timestamp> {
    match (decision.basis, decision.reason) {
        (Basis::Free | Basis::Lifetime, _) => None,
        (Basis::Subscription, Reason::Trial | Reason::Disputed) => row?.cancels_at,
        (Basis::Subscription | Basis::Exempt, _) => decision.until,
    }
}

fn payment_state(row: Option<&stored::Subscription>, decision: &Decision) -> PaymentState {
    let Some(row) = row.filter(|row| row.is_ours()) else {
        return PaymentState::Ok;
    };
    if row.payment.requires_action && !row.is_over() {
        return PaymentState::RequiresAction;
    }
    match row.effective_status() {
        // Stripe does not try a first payment again by itself.
        Some(Status::Incomplete) => PaymentState::RequiresAction,
        Some(Status::PastDue | Status::Unpaid) => PaymentState::PastDue,
        // Lost to a card that failed, and still in grace.
        Some(Status::Canceled) if decision.reason == Reason::Grace => PaymentState::PastDue,
        Some(
            Status::Canceled
            | Status::IncompleteExpired
            | Status::Trialing
            | Status::Active
            | Status::Paused
            | Status::Unknown(_),
        )
        | None => PaymentState::Ok,
    }
}

/// The open invoice to pay, else our desk for what is done there; `None` when nothing is to be done.
fn action_url(
    row: &stored::Subscription,
    payment_state: PaymentState,
    desk: &str,
) -> Option<String> {
    let paused = row.effective_status() == Some(&Status::Paused);
    let needs_somebody = payment_state != PaymentState::Ok || (row.is_ours() && paused);
    needs_somebody.then(|| row.payment.invoice_url.clone().unwrap_or_else(|| desk.to_owned()))
}
