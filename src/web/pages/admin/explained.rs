//! The decision in words: may this account create a server, why, and what happens next.

use crate::domain::entitlement::{Reason, RefusalCode, decide};
use crate::domain::plan::Limit;
use crate::domain::steering::{Maker, NextPrice};
use crate::domain::subscription::Subscription;
use crate::flows::gate::Standing;
use crate::settings::Settings;
use crate::web::pages::parts::Sentence;
use crate::web::pages::words;
use crate::web::text::t;

/// Sentences for an admin, who passes them on to a customer that asks.
pub(super) fn explain(standing: &Standing, settings: &Settings) -> Vec<Sentence> {
    let first = [may(standing), words::reason(standing.decision.reason)];
    let next = words::next(standing).map(|(name, text)| name.and(":").then(text));
    let subscriptions = &standing.facts.subscriptions;
    first
        .into_iter()
        .chain(then(standing, settings))
        .chain(excess(standing))
        .chain(next.map(Sentence::closed))
        .chain(subscriptions.iter().flat_map(|one| changes(one, settings)))
        .collect()
}

fn may(standing: &Standing) -> Sentence {
    let (used, creatable) = (standing.used, standing.decision.creatable);
    let because = match (standing.refusal(), creatable) {
        (None, Limit::Unlimited) => return t!("desk-may-unlimited", used = used),
        (None, Limit::Servers(limit)) => return t!("desk-may", used = used, limit = limit),
        (Some(RefusalCode::SubscriptionRequired), _) => t!("desk-because-subscription"),
        (Some(RefusalCode::QuotaExceeded), _) => t!("desk-because-quota"),
        (Some(RefusalCode::PaymentPastDue), _) => t!("desk-because-past-due"),
        (Some(RefusalCode::AccountFrozen), _) => t!("desk-because-frozen"),
    };
    t!("desk-may-not", used = used, limit = limited(creatable), because = because)
}

fn limited(limit: Limit) -> Sentence {
    match limit {
        Limit::Servers(count) => count.into(),
        Limit::Unlimited => t!("desk-unlimited"),
    }
}

/// What changes by itself, on the day the decision names.
fn then(standing: &Standing, settings: &Settings) -> Option<Sentence> {
    let until = standing.decision.until?;
    let moment = Sentence::at_minute(until);
    if standing.decision.reason == Reason::Trial {
        return Some(t!("desk-then-trial", moment = moment));
    }
    let (now, later) =
        (standing.decision.limit, decide(&standing.facts, &settings.policy, until).limit);
    Some(if later == now {
        t!("desk-then-reason", moment = moment)
    } else {
        t!("desk-then-limit", now = limited(now), later = limited(later), moment = moment)
    })
}

fn excess(standing: &Standing) -> Option<Sentence> {
    let excess = standing.excess?;
    Some(t!(
        "desk-excess",
        count = standing.used.saturating_sub(excess.keep),
        since = Sentence::at_minute(excess.since),
        moment = Sentence::at_minute(excess.suspends_at),
    ))
}

/// What a schedule or an open payment will change.
fn changes(subscription: &Subscription, settings: &Settings) -> Vec<Sentence> {
    let next = subscription.next_price().map(|next| scheduled(subscription, next, settings));
    let pending = subscription.steering.update_pending && !subscription.is_over();
    let pending = pending.then(|| t!("desk-next-unpaid", subscription = subscription.id.as_str()));
    next.into_iter().chain(pending).collect()
}

fn scheduled(subscription: &Subscription, next: &NextPrice, settings: &Settings) -> Sentence {
    let plan = match &next.plan {
        Some(plan) => words::plan_name(settings, plan).into(),
        None => t!("desk-next-price", price = next.price.as_str()),
    };
    let what = plan.then(next.interval.map(words::every).unwrap_or_default());
    let moment = Sentence::at_minute(next.at);
    match subscription.steering.schedule.as_ref().map(|schedule| schedule.maker) {
        Some(Maker::Us) => t!("desk-next-ours", moment = moment, next = what),
        Some(Maker::SomebodyElse) | None => {
            t!("desk-next-elsewhere", moment = moment, next = what)
        }
    }
}
