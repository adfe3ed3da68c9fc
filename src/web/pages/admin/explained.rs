//! The decision in words: may this account create a server, why, and what happens next.

use crate::domain::entitlement::{Reason, RefusalCode, decide};
use crate::domain::plan::{Interval, Limit};
use crate::domain::steering::{Maker, NextPrice};
use crate::domain::subscription::Subscription;
use crate::flows::gate::Standing;
use crate::settings::Settings;
use crate::web::pages::parts::{Sentence, counted};
use crate::web::pages::words;

/// Sentences for an admin, who passes them on to a customer that asks.
pub(super) fn explain(standing: &Standing, settings: &Settings) -> Vec<Sentence> {
    let first =
        [Sentence::new(may(standing)), Sentence::new(words::reason(standing.decision.reason))];
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

fn may(standing: &Standing) -> String {
    let used = counted(standing.used, "server is", "servers are");
    let creatable = standing.decision.creatable;
    let Some(code) = standing.refusal() else {
        return match creatable {
            Limit::Unlimited => {
                format!("It may create a server: {used} in use, and there is no limit.")
            }
            Limit::Servers(limit) => {
                format!("It may create a server: {used} in use, and {limit} may be.")
            }
        };
    };
    let because = match code {
        RefusalCode::SubscriptionRequired => "more than the free ones needs a plan",
        RefusalCode::QuotaExceeded => "all that its plan gives are taken",
        RefusalCode::PaymentPastDue => "nothing new beyond the free ones while a payment is open",
        RefusalCode::AccountFrozen => {
            "nothing new beyond the free ones while a payment is disputed"
        }
    };
    format!(
        "It may not create a server: {used} in use, new ones are allowed up to {creatable}, and {because}."
    )
}

/// What changes by itself, on the day the decision names.
fn then(standing: &Standing, settings: &Settings) -> Option<Sentence> {
    let until = standing.decision.until?;
    if standing.decision.reason == Reason::Trial {
        let text = ": without a payment then, the plan does not go on.";
        return Some(Sentence::new("The trial ends on ").minute(until).and(text));
    }
    let (now, later) =
        (standing.decision.limit, decide(&standing.facts, &settings.policy, until).limit);
    let falls = if later == now {
        "the reason changes, and the limit stays".to_owned()
    } else {
        format!("the limit changes from {now} to {later}")
    };
    Some(Sentence::new("If nothing else happens, ").and(falls).and(" on ").minute(until).and("."))
}

fn excess(standing: &Standing) -> Option<Sentence> {
    let excess = standing.excess?;
    let over = counted(standing.used.saturating_sub(excess.keep), "server", "servers");
    Some(
        Sentence::new(format!("Over quota: {over} too many since "))
            .minute(excess.since)
            .and("; suspended from ")
            .minute(excess.suspends_at)
            .and(" on."),
    )
}

/// What a schedule or an open payment will change.
fn changes(subscription: &Subscription, settings: &Settings) -> Vec<Sentence> {
    let next = subscription.next_price().map(|next| scheduled(subscription, next, settings));
    let pending = subscription.steering.update_pending && !subscription.is_over();
    let pending = pending
        .then(|| Sentence::new(format!("A change of {} waits for its payment.", subscription.id)));
    next.into_iter().chain(pending).collect()
}

fn scheduled(subscription: &Subscription, next: &NextPrice, settings: &Settings) -> Sentence {
    let plan = match &next.plan {
        Some(plan) => words::plan_name(settings, plan),
        None => format!("price {}, which is in no plan", next.price),
    };
    let interval = match next.interval {
        Some(Interval::Month) => " per month",
        Some(Interval::Year) => " per year",
        Some(Interval::Once) | None => "",
    };
    let maker = subscription.steering.schedule.as_ref().map(|schedule| schedule.maker);
    let by = match maker {
        Some(Maker::Us) => "as the customer asked; they can undo it",
        Some(Maker::SomebodyElse) | None => {
            "by a schedule that was made at Stripe and is not touched here"
        }
    };
    Sentence::new("On ").minute(next.at).and(format!(" it changes to {plan}{interval}, {by}."))
}
