//! What must be known before all else: one notice at a time, the most urgent first.

use std::time::Duration;

use super::parts::{Action, Banner, Sentence, Tone};
use super::words::{self, amount, amount_due, pay, portal, retry};
use super::{change_words, over};
use crate::domain::entitlement::{Alert, Reason};
use crate::domain::subscription::{Status, Subscription};
use crate::flows::gate::Standing;
use crate::panel::Link;
use crate::settings::Settings;
use crate::store::checkouts::{Checkout, Kind, Progress};
use crate::web::text::t;

/// What a notice is made of.
#[derive(Clone, Copy)]
pub(crate) struct Case<'c> {
    pub(crate) standing: &'c Standing,
    /// The newest checkout of the account.
    pub(crate) checkout: Option<&'c Checkout>,
    pub(crate) settings: &'c Settings,
}

/// Every notice there is, the most urgent first.
const PRECEDENCE: [fn(Case<'_>) -> Option<Banner>; 12] = [
    two_subscriptions,
    exempt_but_paying,
    payment_to_confirm,
    payment_failed,
    payment_disputed,
    first_payment_missing,
    over_the_limit,
    grace_is_over,
    trial_without_card,
    change_ahead,
    checkout_under_way,
    trial_ends_soon,
];

/// The most urgent notice of the account.
pub(crate) fn notice(case: Case<'_>) -> Option<Banner> {
    PRECEDENCE.into_iter().find_map(|notice| notice(case))
}

fn two_subscriptions(case: Case<'_>) -> Option<Banner> {
    let raised = case.standing.decision.alerts.contains(&Alert::DuplicateSubscription);
    raised.then(|| {
        Banner::new(Tone::Bad, t!("notice-two-title"), t!("notice-two")).or(Some(manage()))
    })
}

fn exempt_but_paying(case: Case<'_>) -> Option<Banner> {
    let raised = case.standing.decision.alerts.contains(&Alert::ExemptButPaying);
    raised.then(|| {
        let (title, text) = (t!("notice-exempt-title"), t!("notice-exempt"));
        Banner::new(Tone::Warning, title, text).or(Some(manage()))
    })
}

/// 3-D Secure, or the invoice of a change that was declined.
fn payment_to_confirm(case: Case<'_>) -> Option<Banner> {
    let running = case.standing.running().filter(|it| it.payment.requires_action)?;
    let (title, text) = match (running.payment.authenticates_since, amount_due(running)) {
        (Some(_), Some(due)) => {
            (t!("notice-confirm-title"), t!("notice-confirm-amount", amount = due))
        }
        (Some(_), None) => (t!("notice-confirm-title"), t!("notice-confirm")),
        (None, Some(due)) => {
            (t!("notice-declined-title"), t!("notice-declined-amount", amount = due))
        }
        (None, None) => (t!("notice-declined-title"), t!("notice-declined")),
    };
    Some(Banner::new(Tone::Bad, title, text.then(kept_until(case))).or(Some(pay(running))))
}

/// Overdue, and the time to settle it runs.
fn payment_failed(case: Case<'_>) -> Option<Banner> {
    if case.standing.decision.reason != Reason::Grace {
        return None;
    }
    let Some(running) = case.standing.running() else {
        let plans = Action::link(t!("see-plans"), "/billing/plans");
        let title = t!("notice-ended-unpaid-title");
        return Some(Banner::new(Tone::Bad, title, kept_until(case)).or(Some(plans)));
    };
    let due = amount_due(running).or_else(|| amount(running));
    let due = due.unwrap_or_else(|| t!("notice-failed-price"));
    let text = match running.past_due_since {
        Some(since) => t!("notice-failed-on", amount = due, day = Sentence::on_day(since)),
        None => t!("notice-failed", amount = due),
    };
    let again = retry(running, case.standing.now).unwrap_or_default();
    let text = text.then(again).then(kept_until(case));
    Some(Banner::new(Tone::Bad, t!("notice-failed-title"), text).or(Some(pay(running))))
}

/// Until when everything goes on although a payment is open.
fn kept_until(case: Case<'_>) -> Sentence {
    let decision = &case.standing.decision;
    match decision.until.filter(|_| decision.reason == Reason::Grace) {
        Some(until) => t!("notice-kept-until", moment = Sentence::at_minute(until)),
        None => t!("nothing-deleted"),
    }
}

fn payment_disputed(case: Case<'_>) -> Option<Banner> {
    (case.standing.decision.reason == Reason::Disputed).then(|| {
        let meanwhile = t!("notice-disputed", free = case.settings.policy.free_servers);
        // Those above the limit have a notice of their own.
        let text = match case.standing.excess {
            None => t!("notice-disputed-run").then(meanwhile),
            Some(_) => meanwhile,
        };
        Banner::new(Tone::Bad, t!("notice-disputed-title"), text)
    })
}

/// Stripe waits 23 hours for a first payment:
/// <https://docs.stripe.com/billing/subscriptions/overview#payment-window>.
const FIRST_PAYMENT: Duration = Duration::from_hours(23);

fn first_payment_missing(case: Case<'_>) -> Option<Banner> {
    let is_missing = |it: &&Subscription| it.effective_status() == Some(&Status::Incomplete);
    let running = case.standing.running().filter(is_missing)?;
    let until = Sentence::at_minute(running.created_at + FIRST_PAYMENT);
    let (title, text) = (t!("notice-first-title"), t!("notice-first", moment = until));
    Some(Banner::new(Tone::Bad, title, text).or(Some(pay(running))))
}

fn over_the_limit(case: Case<'_>) -> Option<Banner> {
    let banner = over::banner(case.standing)?;
    let overdue = case.standing.decision.reason == Reason::GraceExpired;
    Some(match case.standing.running().filter(|_| overdue) {
        Some(running) => banner.or(Some(pay(running))),
        None => banner,
    })
}

fn grace_is_over(case: Case<'_>) -> Option<Banner> {
    if case.standing.decision.reason != Reason::GraceExpired {
        return None;
    }
    let running = case.standing.running();
    let again = running.and_then(|running| retry(running, case.standing.now)).unwrap_or_default();
    let text = t!("notice-overdue", free = case.settings.policy.free_servers).then(again);
    let plans = || Action::link(t!("see-plans"), "/billing/plans");
    let way_out = running.map_or_else(plans, pay);
    Some(Banner::new(Tone::Bad, t!("notice-overdue-title"), text).or(Some(way_out)))
}

/// The trial runs or is over, and there is nothing to charge.
fn trial_without_card(case: Case<'_>) -> Option<Banner> {
    let running = case.standing.running().filter(|it| it.cancels_at.is_none())?;
    let add = || Some(portal(t!("add-method"), "payment_method_update"));
    match running.effective_status()? {
        Status::Paused => {
            let text = if running.payment.has_method == Some(true) {
                t!("notice-paused-start")
            } else {
                t!("notice-paused")
            };
            let start = Some(words::start(running));
            Some(Banner::new(Tone::Warning, t!("notice-paused-title"), text).or(start))
        }
        Status::Trialing if running.payment.has_method == Some(false) => {
            let text = t!("notice-no-card", moment = Sentence::at_minute(running.trial_end?));
            Some(Banner::new(Tone::Warning, t!("notice-no-card-title"), text).or(add()))
        }
        Status::Trialing
        | Status::Incomplete
        | Status::IncompleteExpired
        | Status::Active
        | Status::PastDue
        | Status::Unpaid
        | Status::Canceled
        | Status::Unknown(_) => None,
    }
}

/// A change that waits for its payment or its day, or an end that is near.
fn change_ahead(case: Case<'_>) -> Option<Banner> {
    change_words::notice(case.standing, case.settings)
}

/// A payment on its way, or one that came to nothing.
fn checkout_under_way(case: Case<'_>) -> Option<Banner> {
    let checkout = case.checkout?;
    match (checkout.kind, checkout.progress) {
        (Kind::Payment, Progress::Processing) => Some(Banner::new(
            Tone::Warning,
            t!("returned-processing-title"),
            t!("notice-processing"),
        )),
        (_, Progress::Failed) => Some(returned(Progress::Failed, false)),
        (_, Progress::Open | Progress::Processing | Progress::Complete | Progress::Expired) => None,
    }
}

/// As long before the end as Stripe's own reminder:
/// <https://docs.stripe.com/billing/subscriptions/trials#trial-ending-reminders>.
const REMINDER: Duration = Duration::from_hours(72);

fn trial_ends_soon(case: Case<'_>) -> Option<Banner> {
    let running = case.standing.running().filter(|it| it.cancels_at.is_none())?;
    let end = running.trial_end.filter(|end| *end <= case.standing.now + REMINDER)?;
    if running.effective_status() != Some(&Status::Trialing) || end <= case.standing.now {
        return None;
    }
    let price = words::costs(case.standing).unwrap_or_else(|| t!("price-of-your-plan"));
    let text = t!("notice-trial-ends", moment = Sentence::at_minute(end), price = price);
    Some(Banner::new(Tone::Plain, t!("notice-trial-ends-title"), text).or(Some(manage())))
}

fn manage() -> Action {
    portal(t!("manage-payment"), "")
}

/// What became of the checkout the customer comes back from.
pub(crate) fn returned(progress: Progress, looks_again: bool) -> Banner {
    let plans = |text| Some(Action::link(text, "/billing/plans"));
    match progress {
        Progress::Complete => {
            Banner::new(Tone::Good, t!("returned-complete-title"), t!("returned-complete"))
        }
        Progress::Processing => {
            let text = if looks_again {
                t!("returned-processing-again")
            } else {
                t!("returned-processing-long")
            };
            Banner::new(Tone::Warning, t!("returned-processing-title"), text)
        }
        Progress::Open => Banner::new(Tone::Plain, t!("returned-open-title"), t!("returned-open"))
            .or(plans(t!("go-on-choosing"))),
        Progress::Expired => {
            Banner::new(Tone::Plain, t!("returned-expired-title"), t!("returned-expired"))
                .or(plans(t!("see-plans")))
        }
        Progress::Failed => {
            Banner::new(Tone::Bad, t!("returned-failed-title"), t!("returned-failed"))
                .or(plans(t!("see-plans")))
        }
    }
}

/// The same for a visitor who acts for another account by now than the one they paid for.
pub(crate) fn for_another(news: Banner, switch: &Link) -> Banner {
    let name = switch.text.as_str();
    let text = news.text.then(t!("returned-elsewhere", name = name));
    let there = Action::link(t!("account-act-for", name = name), switch.href.as_str());
    Banner::new(news.tone, news.title, text).or(Some(there))
}

/// The stored facts are shown because nobody answered.
pub(crate) fn stored_only() -> Banner {
    Banner::new(Tone::Warning, t!("stored-only-title"), t!("stored-only"))
}
