//! What an account may do now: [`decide`], the heart of the gate.
//!
//! Facts are stored, access is computed at the moment somebody asks, so nothing has to run for
//! access to begin or to end at the right second. At a boundary the later state holds.

use std::time::Duration;

use super::ids::PlanId;
use super::plan::Limit;
use super::subscription::{CollectionPause, Grant, Status, Subscription};
use super::timestamp::Timestamp;

/// What the operator configured about access.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Policy {
    pub(crate) free_servers: u32,
    pub(crate) grace_period: Duration,
    pub(crate) stale_leeway: Duration,
    pub(crate) on_dispute: OnDispute,
}

/// What an open dispute does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OnDispute {
    Alert,
    Freeze,
    Suspend,
}

/// Everything that was said about an account.
#[derive(Debug, Clone, Default)]
pub(crate) struct Facts {
    /// The admin's exemption that was not revoked, expired or not.
    pub(crate) exemption: Option<Exemption>,
    /// Lifetime purchases that are paid and not revoked.
    pub(crate) lifetimes: Vec<Lifetime>,
    pub(crate) subscriptions: Vec<Subscription>,
    /// A dispute is open; an inquiry is none.
    pub(crate) disputed: bool,
    /// What payments that went back ask the operator to look at.
    pub(crate) payment_alerts: Vec<Alert>,
}

/// An admin's word that an account need not pay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Exemption {
    pub(crate) reason: String,
    pub(crate) until: Option<Timestamp>,
}

impl Exemption {
    pub(crate) fn holds(&self, now: Timestamp) -> bool {
        self.until.is_none_or(|until| now < until)
    }
}

/// A plan bought once, for ever.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Lifetime {
    pub(crate) plan: PlanId,
    pub(crate) limit: Limit,
}

/// Where the limit comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// The servers every account has.
    Free,
    /// A subscription, in good or bad days.
    Subscription,
    /// A plan bought once.
    Lifetime,
    /// An admin's exemption.
    Exempt,
}

/// Why the limit is what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each is a row of the table in ARCHITECTURE.md")]
pub enum Reason {
    Free,
    Subscription,
    Trial,
    Grace,
    GraceExpired,
    PaymentIncomplete,
    PausedNoPaymentMethod,
    CollectionPaused,
    Ended,
    Lifetime,
    Exempt,
    UnmappedPrice,
    Stale,
    Disputed,
}

impl Reason {
    /// The word of the API and of the metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Free => "free",
            Self::Subscription => "subscription",
            Self::Trial => "trial",
            Self::Grace => "grace",
            Self::GraceExpired => "grace_expired",
            Self::PaymentIncomplete => "payment_incomplete",
            Self::PausedNoPaymentMethod => "paused_no_payment_method",
            Self::CollectionPaused => "collection_paused",
            Self::Ended => "ended",
            Self::Lifetime => "lifetime",
            Self::Exempt => "exempt",
            Self::UnmappedPrice => "unmapped_price",
            Self::Stale => "stale",
            Self::Disputed => "disputed",
        }
    }
}

/// What the account is called in lists and on its badge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum State {
    None,
    Incomplete,
    Trialing,
    Active,
    PastDue,
    RequiresAction,
    Unpaid,
    Paused,
    Canceled,
    Lifetime,
    Exempt,
}

/// What an operator should look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Alert {
    DuplicateSubscription,
    ExemptButPaying,
    UnmappedPrice,
    UnknownStatus,
    Disputed,
    /// A bank asks about a payment, which may become a dispute.
    Inquiry,
    /// Money went back for something that goes on.
    MoneyReturned,
    /// One plan was paid for good more than once.
    PaidTwice,
}

/// The answer: how many servers, from what, why, and how long this holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Decision {
    /// What the account may keep.
    pub(crate) limit: Limit,
    /// Up to where new servers may be created; never below the free ones.
    pub(crate) creatable: Limit,
    pub(crate) basis: Basis,
    pub(crate) plan: Option<PlanId>,
    pub(crate) reason: Reason,
    /// When this answer changes by itself, if that is known.
    pub(crate) until: Option<Timestamp>,
    pub(crate) state: State,
    /// Index of the subscription that speaks for the account.
    pub(crate) subscription: Option<usize>,
    pub(crate) alerts: Vec<Alert>,
}

/// Computes what `facts` allow at `now`.
pub(crate) fn decide(facts: &Facts, policy: &Policy, now: Timestamp) -> Decision {
    let free = Limit::Servers(policy.free_servers);
    let claims: Vec<(usize, Claim)> = facts
        .subscriptions
        .iter()
        .enumerate()
        .filter(|(_, subscription)| subscription.is_ours())
        .map(|(index, subscription)| (index, claim(subscription, policy, now)))
        .collect();
    let lead = claims.iter().max_by_key(|(index, claim)| {
        let subscription = &facts.subscriptions[*index];
        let gives = claim.basis == Basis::Subscription;
        (claim.limit, claim.creatable, gives, !subscription.is_over(), subscription.created_at)
    });
    let lifetime = facts.lifetimes.iter().max_by_key(|lifetime| lifetime.limit);

    let mut decision = match (lead, lifetime) {
        (Some((index, claim)), lifetime)
            if lifetime.is_none_or(|bought| {
                claim.basis == Basis::Subscription && claim.limit >= bought.limit.max(free)
            }) =>
        {
            from_claim(claim, *index, &facts.subscriptions[*index])
        }
        (lead, Some(bought)) => Decision {
            limit: bought.limit.max(free),
            creatable: bought.limit.max(free),
            basis: Basis::Lifetime,
            plan: Some(bought.plan.clone()),
            reason: Reason::Lifetime,
            until: None,
            state: State::Lifetime,
            subscription: lead.map(|(index, _)| *index),
            alerts: Vec::new(),
        },
        (_, None) => nothing(free),
    };
    decision.creatable = claims
        .iter()
        .map(|(_, claim)| claim.creatable)
        .chain(facts.lifetimes.iter().map(|bought| bought.limit))
        .fold(free, Limit::max);
    decision.alerts = alerts(facts, now);

    if facts.disputed && policy.on_dispute != OnDispute::Alert {
        decision.creatable = free;
        decision.reason = Reason::Disputed;
        decision.until = None;
    }
    if let Some(exemption) = facts.exemption.as_ref().filter(|exemption| exemption.holds(now)) {
        decision.limit = Limit::Unlimited;
        decision.creatable = Limit::Unlimited;
        decision.basis = Basis::Exempt;
        decision.plan = None;
        decision.reason = Reason::Exempt;
        decision.until = exemption.until;
        decision.state = State::Exempt;
    }
    decision
}

/// What one subscription would give if it stood alone.
struct Claim {
    limit: Limit,
    creatable: Limit,
    basis: Basis,
    reason: Reason,
    until: Option<Timestamp>,
}

fn claim(subscription: &Subscription, policy: &Policy, now: Timestamp) -> Claim {
    let free = Limit::Servers(policy.free_servers);
    let nothing =
        |reason| Claim { limit: free, creatable: free, basis: Basis::Free, reason, until: None };
    let (bought, mapped) = match &subscription.grant {
        Grant::Plan { limit, .. } => (*limit, true),
        Grant::Unmapped { last_known: Some((_, limit)) } => (*limit, false),
        Grant::Unmapped { last_known: None } => return nothing(Reason::UnmappedPrice),
        Grant::Foreign => return nothing(Reason::Free),
    };
    let bought = bought.times(subscription.quantity).max(free);
    let paid = |reason, until| Claim {
        limit: bought,
        creatable: bought,
        basis: Basis::Subscription,
        reason: if mapped { reason } else { Reason::UnmappedPrice },
        until,
    };
    let grace = || match subscription.past_due_since.map(|since| since + policy.grace_period) {
        Some(until) if now < until => {
            Claim { creatable: free, reason: Reason::Grace, ..paid(Reason::Grace, Some(until)) }
        }
        Some(_) | None => nothing(Reason::GraceExpired),
    };
    let until_then = |reason, end| {
        if now < end { paid(reason, Some(end)) } else { nothing(reason) }
    };

    if !subscription.is_over() && subscription.cancels_at.is_some_and(|end| end <= now) {
        return nothing(Reason::Ended);
    }
    match subscription.effective_status() {
        Some(Status::Trialing | Status::Active) => {}
        Some(Status::PastDue | Status::Unpaid) => return grace(),
        Some(Status::Canceled) if subscription.lost_to_payment => return grace(),
        Some(Status::Canceled | Status::IncompleteExpired) => return nothing(Reason::Ended),
        Some(Status::Incomplete) => return nothing(Reason::PaymentIncomplete),
        Some(Status::Paused) => return nothing(Reason::PausedNoPaymentMethod),
        Some(Status::Unknown(_)) | None => return nothing(Reason::PaymentIncomplete),
    }
    if let Some(CollectionPause::Forgiven { paid_until }) = subscription.pause {
        return until_then(Reason::CollectionPaused, paid_until);
    }
    if let Some(period_end) = subscription.period_end.filter(|end| *end <= now) {
        return until_then(Reason::Stale, period_end + policy.stale_leeway);
    }
    if subscription.effective_status() == Some(&Status::Trialing) {
        let end = subscription.trial_end.or(subscription.period_end);
        return paid(Reason::Trial, end.filter(|end| now < *end));
    }
    paid(Reason::Subscription, subscription.cancels_at)
}

fn from_claim(claim: &Claim, index: usize, subscription: &Subscription) -> Decision {
    let plan = match claim.basis {
        Basis::Subscription => subscription.grant.plan().cloned(),
        Basis::Free | Basis::Lifetime | Basis::Exempt => None,
    };
    Decision {
        limit: claim.limit,
        creatable: claim.creatable,
        basis: claim.basis,
        plan,
        reason: claim.reason,
        until: claim.until,
        state: state(subscription),
        subscription: Some(index),
        alerts: Vec::new(),
    }
}

/// The name of one subscription's situation.
pub(crate) fn state(subscription: &Subscription) -> State {
    match subscription.effective_status() {
        Some(Status::Incomplete) => State::Incomplete,
        Some(Status::Trialing) => State::Trialing,
        Some(Status::Active) => State::Active,
        Some(Status::PastDue) if subscription.payment.requires_action => State::RequiresAction,
        Some(Status::PastDue) => State::PastDue,
        Some(Status::Unpaid) => State::Unpaid,
        Some(Status::Paused) => State::Paused,
        Some(Status::Canceled | Status::IncompleteExpired) => State::Canceled,
        Some(Status::Unknown(_)) | None => State::None,
    }
}

fn nothing(free: Limit) -> Decision {
    Decision {
        limit: free,
        creatable: free,
        basis: Basis::Free,
        plan: None,
        reason: Reason::Free,
        until: None,
        state: State::None,
        subscription: None,
        alerts: Vec::new(),
    }
}

fn alerts(facts: &Facts, now: Timestamp) -> Vec<Alert> {
    let ours = || facts.subscriptions.iter().filter(|subscription| subscription.is_ours());
    let live: Vec<&Subscription> = ours().filter(|subscription| !subscription.is_over()).collect();
    let exempt = facts.exemption.as_ref().is_some_and(|exemption| exemption.holds(now));
    let checks = [
        (Alert::DuplicateSubscription, live.len() > 1),
        (Alert::ExemptButPaying, exempt && !live.is_empty()),
        (Alert::UnmappedPrice, live.iter().any(|it| matches!(it.grant, Grant::Unmapped { .. }))),
        (Alert::UnknownStatus, ours().any(|it| matches!(it.status, Status::Unknown(_)))),
        (Alert::Disputed, facts.disputed),
    ];
    let raised = checks.into_iter().filter(|(_, raised)| *raised).map(|(alert, _)| alert);
    raised.chain(facts.payment_alerts.iter().copied()).collect()
}

/// The refusal of one more server, in the words of the API's problem codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusalCode {
    /// Nothing is paid for and the free servers are used.
    SubscriptionRequired,
    /// The paid limit is reached.
    QuotaExceeded,
    /// A payment failed: what exists stays, nothing new on credit.
    PaymentPastDue,
    /// A dispute is open.
    AccountFrozen,
}

impl RefusalCode {
    /// The code as the API writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SubscriptionRequired => "subscription_required",
            Self::QuotaExceeded => "quota_exceeded",
            Self::PaymentPastDue => "payment_past_due",
            Self::AccountFrozen => "account_frozen",
        }
    }
}

impl Decision {
    /// Whether an account with `used` servers may create one more, else why not.
    pub(crate) fn refusal(&self, used: u32) -> Option<RefusalCode> {
        if self.creatable.admits(used) {
            return None;
        }
        Some(match (self.reason, self.basis) {
            (Reason::Disputed, _) => RefusalCode::AccountFrozen,
            (_, Basis::Free) => RefusalCode::SubscriptionRequired,
            (Reason::Grace, _) => RefusalCode::PaymentPastDue,
            (_, Basis::Subscription | Basis::Lifetime | Basis::Exempt) => {
                RefusalCode::QuotaExceeded
            }
        })
    }
}
