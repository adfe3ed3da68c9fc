//! Every sentence that depends on what an account may do, in the words of hosting.

use super::parts::{Action, Badge, Meter, Sentence, Tone};
use crate::domain::entitlement::{Alert, Basis, Reason};
use crate::domain::ids::PlanId;
use crate::domain::invoice::Settlement;
use crate::domain::money::Money;
use crate::domain::plan::{Interval, Limit};
use crate::domain::subscription::{CollectionPause, Status, Subscription};
use crate::domain::timestamp::Timestamp;
use crate::flows::gate::Standing;
use crate::settings::Settings;
use crate::web::text::t;

/// How the account stands, in one or two sentences.
pub(crate) fn status(standing: &Standing, settings: &Settings) -> Sentence {
    let decision = &standing.decision;
    let plan = || {
        let name = decision.plan.as_ref().map(|id| Sentence::new(plan_name(settings, id)));
        name.unwrap_or_else(|| t!("plan-unnamed"))
    };
    let free = settings.policy.free_servers;
    match decision.reason {
        Reason::Free => t!("status-free", free = free),
        Reason::Subscription => match decision.until {
            None => t!("status-active", plan = plan()),
            Some(end) => {
                t!("status-ending", plan = plan(), day = Sentence::on_day(end), free = free)
            }
        },
        Reason::Trial => match decision.until {
            None => t!("status-trial", plan = plan()),
            Some(end) => t!("status-trial-until", plan = plan(), day = Sentence::on_day(end)),
        },
        Reason::Grace => {
            let what = if standing.running().is_some() {
                t!("status-grace-failed")
            } else {
                t!("status-grace-ended")
            };
            let run = match decision.until {
                Some(until) => t!("status-grace-until", moment = Sentence::at_minute(until)),
                None => t!("status-grace-open"),
            };
            what.then(run).then(t!("status-grace-meanwhile", free = free))
        }
        Reason::GraceExpired => t!("status-grace-expired", free = free),
        Reason::PaymentIncomplete => t!("status-payment-incomplete", free = free),
        Reason::PausedNoPaymentMethod => t!("status-paused", free = free),
        Reason::CollectionPaused => match decision.until {
            Some(end) => t!(
                "status-collection-paused",
                plan = plan(),
                day = Sentence::on_day(end),
                free = free
            ),
            None => t!("status-collection-paused-over", free = free),
        },
        Reason::Ended => ended(standing).then(t!("kept", free = free)),
        Reason::Lifetime => t!("status-lifetime", plan = plan()),
        Reason::Exempt => match decision.until {
            None => t!("status-exempt"),
            Some(until) => t!("status-exempt-until", moment = Sentence::at_minute(until)),
        },
        Reason::UnmappedPrice if decision.basis == Basis::Subscription => {
            t!("status-unmapped-price", plan = plan())
        }
        Reason::UnmappedPrice => t!("status-unmapped-price-free", free = free),
        Reason::Stale => match decision.until {
            Some(until) => {
                t!("status-stale", plan = plan(), moment = Sentence::at_minute(until))
            }
            None => t!("status-stale-over", free = free),
        },
        Reason::Disputed if standing.excess.is_none() => t!("status-disputed", free = free),
        Reason::Disputed => t!("status-disputed-over", free = free),
    }
}

fn ended(standing: &Standing) -> Sentence {
    let end = standing.subscription().and_then(|over| over.ended_at.or(over.cancels_at));
    match end {
        Some(end) => t!("status-ended-on", day = Sentence::on_day(end)),
        None => t!("status-ended"),
    }
}

/// What the account has, as a heading.
pub(crate) fn heading(standing: &Standing, settings: &Settings) -> Sentence {
    let decision = &standing.decision;
    match (&decision.plan, decision.basis) {
        (Some(plan), _) => Sentence::new(plan_name(settings, plan)),
        (None, Basis::Exempt) => t!("plan-exempt"),
        (None, Basis::Free | Basis::Subscription | Basis::Lifetime) => t!("plan-free"),
    }
}

/// What is paid, how often.
pub(crate) fn costs(standing: &Standing) -> Option<Sentence> {
    let running = standing.running()?;
    let interval = running.interval?;
    Some(t!("price-per", amount = amount(running)?, every = every(interval)))
}

/// How often a price is paid.
pub(crate) fn every(interval: Interval) -> Sentence {
    match interval {
        Interval::Month => t!("per-month"),
        Interval::Year => t!("per-year"),
        Interval::Once => t!("once"),
    }
}

/// The next payment, or the end in its place, under its name.
pub(crate) fn next(standing: &Standing) -> Option<(Sentence, Sentence)> {
    let running = standing.running()?;
    let amount = amount(running).unwrap_or_else(|| t!("price-of-plan"));
    let ends = Sentence::on_day;
    Some(match running.effective_status()? {
        Status::Trialing => match (running.cancels_at, running.trial_end) {
            (Some(end), _) => (t!("next-ends"), t!("next-ends-trial", day = ends(end))),
            (None, Some(end)) => {
                (t!("next-first"), t!("next-on", amount = amount, day = Sentence::on_day(end)))
            }
            (None, None) => (t!("next-first"), t!("next-after-trial", amount = amount)),
        },
        Status::Active => match (running.pause, running.cancels_at, running.period_end) {
            (_, Some(end), _) => (t!("next-ends"), t!("next-ends-paid", day = ends(end))),
            (Some(CollectionPause::Forgiven { .. }), ..) => {
                (t!("next-payment"), t!("next-none-collection-paused"))
            }
            (_, None, Some(due)) if due <= standing.now => {
                (t!("next-due"), t!("next-since", amount = amount, day = Sentence::on_day(due)))
            }
            (_, None, Some(due)) => {
                (t!("next-payment"), t!("next-on", amount = amount, day = Sentence::on_day(due)))
            }
            (_, None, None) => return None,
        },
        Status::PastDue | Status::Unpaid => {
            let due = amount_due(running).unwrap_or(amount);
            let retry = retry(running, standing.now);
            let open = match running.past_due_since {
                Some(since) => t!("next-since", amount = due, day = Sentence::on_day(since)),
                None => due,
            };
            let open = match retry {
                Some(retry) => t!("next-open", open = open).then(retry),
                None => open,
            };
            (t!("next-open-payment"), open)
        }
        Status::Incomplete => (t!("next-open-payment"), amount_due(running).unwrap_or(amount)),
        Status::Paused => (t!("next-payment"), t!("next-none-paused")),
        Status::IncompleteExpired | Status::Canceled | Status::Unknown(_) => return None,
    })
}

/// Whether Stripe tries the open invoice again by itself; `None` when no invoice is known.
pub(super) fn retry(subscription: &Subscription, now: Timestamp) -> Option<Sentence> {
    subscription.payment.amount_due_minor?;
    Some(match subscription.payment.next_attempt_at {
        Some(at) if now < at => t!("retry-on", day = Sentence::on_day(at)),
        Some(_) => t!("retry-now"),
        None => t!("retry-none"),
    })
}

/// What the open invoice asks for.
pub(super) fn amount_due(subscription: &Subscription) -> Option<Sentence> {
    let minor = subscription.payment.amount_due_minor?;
    Money::from_minor(minor, subscription.currency.as_deref()?).ok().map(Sentence::from)
}

/// What the subscription costs a period.
pub(super) fn amount(subscription: &Subscription) -> Option<Sentence> {
    let units = i64::from(subscription.quantity.max(1));
    let minor = subscription.unit_amount_minor?.checked_mul(units)?;
    Money::from_minor(minor, subscription.currency.as_deref()?).ok().map(Sentence::from)
}

/// The one thing to do next, if there is something to do.
pub(crate) fn action(standing: &Standing) -> Option<Action> {
    let Some(running) = standing.running() else {
        let enough = standing.decision.limit == Limit::Unlimited;
        return (!enough).then(|| Action::link(t!("see-plans"), "/billing/plans"));
    };
    let due = match running.effective_status() {
        Some(Status::PastDue | Status::Unpaid | Status::Incomplete) => true,
        Some(Status::Paused) => return Some(start(running)),
        Some(
            Status::Trialing
            | Status::Active
            | Status::Canceled
            | Status::IncompleteExpired
            | Status::Unknown(_),
        )
        | None => running.payment.requires_action,
    };
    Some(if due { pay(running) } else { portal(t!("manage-payment"), "") })
}

/// The way to settle what is open.
pub(super) fn pay(subscription: &Subscription) -> Action {
    match &subscription.payment.invoice_url {
        Some(invoice) if subscription.payment.authenticates_since.is_some() => {
            Action::link(t!("confirm-payment"), invoice)
        }
        Some(invoice) => Action::link(t!("pay-invoice"), invoice),
        None => portal(t!("update-method"), "payment_method_update"),
    }
}

/// The way out of a pause: a payment method, or a start that names its price.
pub(super) fn start(paused: &Subscription) -> Action {
    if paused.payment.invoice_url.is_some() {
        return pay(paused);
    }
    if paused.payment.has_method != Some(true) {
        return portal(t!("add-method"), "payment_method_update");
    }
    let text = match amount(paused) {
        Some(amount) => t!("start-plan-for", amount = amount),
        None => t!("start-plan"),
    };
    Action::post(text, "/billing/start")
}

/// What can be done besides.
pub(crate) fn other_actions(standing: &Standing) -> Vec<Action> {
    if standing.account.customer.is_none() {
        return Vec::new();
    }
    let Some(running) = standing.running() else {
        return vec![invoices(), portal(t!("invoices-and-methods"), "").quiet()];
    };
    let mut others = vec![invoices()];
    let portal_is_main = portal(t!("manage-payment"), "");
    if action(standing).as_ref() != Some(&portal_is_main) {
        others.push(portal_is_main.quiet());
    }
    others.push(Action::link(t!("change-plan"), "/billing/plans").quiet());
    let begun = running.effective_status() != Some(&Status::Incomplete);
    if running.cancels_at.is_none() && begun {
        others.push(Action::link(t!("cancel-plan"), "/billing/cancel").quiet());
    }
    others
}

fn invoices() -> Action {
    Action::link(t!("see-invoices"), "/billing/invoices").quiet()
}

pub(super) fn portal(text: Sentence, flow: &'static str) -> Action {
    Action::post(text, "/billing/portal").with("flow", flow)
}

/// Why the limit is what it is, for admins.
pub(crate) fn reason(reason: Reason) -> Sentence {
    match reason {
        Reason::Free => t!("desk-reason-free"),
        Reason::Subscription => t!("desk-reason-subscription"),
        Reason::Trial => t!("desk-reason-trial"),
        Reason::Grace => t!("desk-reason-grace"),
        Reason::GraceExpired => t!("desk-reason-grace-expired"),
        Reason::PaymentIncomplete => t!("desk-reason-payment-incomplete"),
        Reason::PausedNoPaymentMethod => t!("desk-reason-paused"),
        Reason::CollectionPaused => t!("desk-reason-collection-paused"),
        Reason::Ended => t!("desk-reason-ended"),
        Reason::Lifetime => t!("desk-reason-lifetime"),
        Reason::Exempt => t!("desk-reason-exempt"),
        Reason::UnmappedPrice => t!("desk-reason-unmapped-price"),
        Reason::Stale => t!("desk-reason-stale"),
        Reason::Disputed => t!("desk-reason-disputed"),
    }
}

/// What an admin should look at, in words.
pub(crate) fn alert(alert: Alert) -> Sentence {
    match alert {
        Alert::DuplicateSubscription => t!("desk-alert-two"),
        Alert::ExemptButPaying => t!("desk-alert-exempt"),
        Alert::UnmappedPrice => t!("desk-alert-unmapped-price"),
        Alert::UnknownStatus => t!("desk-alert-unknown-status"),
        Alert::Disputed => t!("desk-alert-disputed"),
        Alert::Inquiry => t!("desk-alert-inquiry"),
        Alert::MoneyReturned => t!("desk-alert-returned"),
        Alert::PaidTwice => t!("desk-alert-paid-twice"),
    }
}

/// How urgent the account's state is.
pub(crate) fn tone(reason: Reason) -> Tone {
    match reason {
        Reason::Free | Reason::Ended => Tone::Plain,
        Reason::Subscription | Reason::Trial | Reason::Lifetime | Reason::Exempt => Tone::Good,
        Reason::CollectionPaused | Reason::UnmappedPrice | Reason::Stale => Tone::Warning,
        Reason::Grace
        | Reason::GraceExpired
        | Reason::PaymentIncomplete
        | Reason::PausedNoPaymentMethod
        | Reason::Disputed => Tone::Bad,
    }
}

/// How an invoice stands.
pub(crate) fn invoice(settlement: Settlement) -> Badge {
    let (word, tone) = match settlement {
        Settlement::Paid => (t!("invoice-paid"), Tone::Good),
        Settlement::Refunded => (t!("invoice-refunded"), Tone::Plain),
        Settlement::PartlyRefunded => (t!("invoice-partly-refunded"), Tone::Plain),
        Settlement::Open => (t!("invoice-open"), Tone::Warning),
        Settlement::Overdue => (t!("invoice-overdue"), Tone::Bad),
        Settlement::Void => (t!("invoice-void"), Tone::Plain),
        Settlement::WrittenOff => (t!("invoice-written-off"), Tone::Plain),
        Settlement::Unknown => (t!("invoice-unknown"), Tone::Plain),
    };
    Badge { word, tone }
}

/// How many servers of how many.
pub(crate) fn usage(used: u32, limit: Limit) -> Meter {
    let Limit::Servers(limit) = limit else {
        return Meter { used, full: None, text: t!("usage-unlimited", count = used) };
    };
    let text = match used.saturating_sub(limit) {
        0 => t!("usage", used = used, count = limit),
        over => t!("usage-over", used = used, count = limit, over = over),
    };
    Meter { used, full: (limit > 0).then_some(limit), text }
}

/// What a plan gives, in servers.
pub(crate) fn gives(limit: Limit) -> Sentence {
    match limit {
        Limit::Servers(count) => t!("gives", count = count),
        Limit::Unlimited => t!("gives-unlimited"),
    }
}

/// The plan as it is called today; its id when it is no longer sold.
pub(crate) fn plan_name(settings: &Settings, plan: &PlanId) -> String {
    settings.plan(plan).map_or_else(|| plan.to_string(), |plan| plan.name.clone())
}

/// Why the next free server cannot be had.
pub(crate) fn free_used_up(used: u32, free: Limit) -> Sentence {
    match free {
        Limit::Servers(0) => t!("free-none"),
        Limit::Servers(1) if used <= 1 => t!("free-one-used"),
        Limit::Servers(free) if used <= free => t!("free-all-used", free = free),
        free => t!("free-some-used", used = used, free = free.to_string()),
    }
}
