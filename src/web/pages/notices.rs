//! What must be known before all else: one notice at a time, the most urgent first.

use std::time::Duration;

use super::parts::{Action, Banner, Sentence, Tone};
use super::words::{self, amount, amount_due, pay, portal, retry};
use super::{change_words, over};
use crate::domain::entitlement::{Alert, Reason};
use crate::domain::subscription::{Status, Subscription};
use crate::flows::gate::Standing;
use crate::settings::Settings;
use crate::store::checkouts::{Checkout, Kind, Progress};

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
        let text =
            Sentence::new("You pay for two plans, the larger one counts. End the other one.");
        Banner::new(Tone::Bad, "Two subscriptions are running", text).or(Some(manage()))
    })
}

fn exempt_but_paying(case: Case<'_>) -> Option<Banner> {
    let raised = case.standing.decision.alerts.contains(&Alert::ExemptButPaying);
    raised.then(|| {
        let text = Sentence::new("Your account need not pay, yet a subscription is still running.");
        Banner::new(Tone::Warning, "A subscription is running", text).or(Some(manage()))
    })
}

/// 3-D Secure, or the invoice of a change that was declined.
fn payment_to_confirm(case: Case<'_>) -> Option<Banner> {
    let running = case.standing.running().filter(|it| it.payment.requires_action)?;
    let due = amount_due(running).map_or_else(String::new, |due| format!(" of {due}"));
    let (title, text) = if running.payment.authenticates_since.is_some() {
        ("Confirm your payment", format!("Your bank wants you to confirm the payment{due}."))
    } else {
        let text = format!("The payment{due} was declined. Until it is paid your plan stays.");
        ("A change of your plan is not paid", text)
    };
    Some(
        Banner::new(Tone::Bad, title, Sentence::new(text).then(kept_until(case)))
            .or(Some(pay(running))),
    )
}

/// Overdue, and the time to settle it runs.
fn payment_failed(case: Case<'_>) -> Option<Banner> {
    if case.standing.decision.reason != Reason::Grace {
        return None;
    }
    let Some(running) = case.standing.running() else {
        let title = "Your plan ended because a payment failed";
        let plans = Action::link("See the plans", "/billing/plans");
        return Some(Banner::new(Tone::Bad, title, kept_until(case)).or(Some(plans)));
    };
    let due = amount_due(running).or_else(|| amount(running));
    let mut text = Sentence::new(format!(
        "{} could not be charged",
        due.unwrap_or_else(|| "The price of your plan".to_owned())
    ));
    if let Some(since) = running.past_due_since {
        text = text.and(" on ").day(since);
    }
    text = text.and(".");
    if let Some(retry) = retry(running, case.standing.now) {
        text = text.then(retry);
    }
    let text = text.then(kept_until(case));
    Some(Banner::new(Tone::Bad, "Your payment failed", text).or(Some(pay(running))))
}

/// Until when everything goes on although a payment is open.
fn kept_until(case: Case<'_>) -> Sentence {
    let decision = &case.standing.decision;
    match decision.until.filter(|_| decision.reason == Reason::Grace) {
        Some(until) => Sentence::new("Your servers keep running until ")
            .minute(until)
            .and(". Nothing is deleted."),
        None => Sentence::new("Nothing is deleted."),
    }
}

fn payment_disputed(case: Case<'_>) -> Option<Banner> {
    (case.standing.decision.reason == Reason::Disputed).then(|| {
        let free = words::free_servers(case.settings.policy.free_servers);
        // Those above the limit have a notice of their own.
        let run = if case.standing.excess.is_none() { "Your servers keep running. " } else { "" };
        let text = Sentence::new(format!(
            "{run}Until your bank has decided, no new server can be created beyond {free}."
        ));
        Banner::new(Tone::Bad, "A payment is disputed", text)
    })
}

/// Stripe waits 23 hours for a first payment:
/// <https://docs.stripe.com/billing/subscriptions/overview#payment-window>.
const FIRST_PAYMENT: Duration = Duration::from_hours(23);

fn first_payment_missing(case: Case<'_>) -> Option<Banner> {
    let is_missing = |it: &&Subscription| it.effective_status() == Some(&Status::Incomplete);
    let running = case.standing.running().filter(is_missing)?;
    let text = Sentence::new("The first payment was not completed. It can be made until ")
        .minute(running.created_at + FIRST_PAYMENT)
        .and(".");
    Some(Banner::new(Tone::Bad, "Your plan has not begun", text).or(Some(pay(running))))
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
    let free = words::free_servers(case.settings.policy.free_servers);
    let text = format!("The time to settle it is over. You keep {free}; nothing is deleted.");
    let mut text = Sentence::new(text);
    let running = case.standing.running();
    if let Some(retry) = running.and_then(|running| retry(running, case.standing.now)) {
        text = text.then(retry);
    }
    let plans = || Action::link("See the plans", "/billing/plans");
    let way_out = running.map_or_else(plans, pay);
    Some(Banner::new(Tone::Bad, "A payment is overdue", text).or(Some(way_out)))
}

/// The trial runs or is over, and there is nothing to charge.
fn trial_without_card(case: Case<'_>) -> Option<Banner> {
    let running = case.standing.running().filter(|it| it.cancels_at.is_none())?;
    let add = || Some(portal("Add a payment method", "payment_method_update"));
    match running.effective_status()? {
        Status::Paused => {
            let text = if running.payment.has_method == Some(true) {
                "The trial is over. The plan goes on when you start it."
            } else {
                "The trial is over and there is no payment method. Nothing is deleted."
            };
            let start = Some(words::start(running));
            Some(Banner::new(Tone::Warning, "Your plan is paused", Sentence::new(text)).or(start))
        }
        Status::Trialing if running.payment.has_method == Some(false) => {
            let text = Sentence::new("Your trial ends on ").minute(running.trial_end?);
            let text =
                text.and(". Without a payment method the plan stops then. Nothing is deleted.");
            Some(Banner::new(Tone::Warning, "Add a card to keep your plan", text).or(add()))
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
            "Your payment is still being processed",
            Sentence::new("Please do not pay again. A bank may take some days."),
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
    let price =
        words::costs(case.standing).unwrap_or_else(|| Sentence::new("the price of your plan"));
    let text =
        Sentence::new("On ").minute(end).and(" the first payment is made:").then(price).and(".");
    Some(Banner::new(Tone::Plain, "Your trial ends soon", text).or(Some(manage())))
}

fn manage() -> Action {
    portal("Manage payment and invoices", "")
}

/// What became of the checkout the customer comes back from.
pub(crate) fn returned(progress: Progress, looks_again: bool) -> Banner {
    let plans = |text| Some(Action::link(text, "/billing/plans"));
    match progress {
        Progress::Complete => Banner::new(
            Tone::Good,
            "Thank you, your payment has arrived",
            Sentence::new("What you bought counts from now on."),
        ),
        Progress::Processing => {
            let then = if looks_again {
                "This page looks again by itself every few seconds."
            } else {
                "It takes longer than usual; come back later."
            };
            let text = Sentence::new(format!("Please do not pay again. {then}"));
            Banner::new(Tone::Warning, "Your payment is still being processed", text)
        }
        Progress::Open => Banner::new(
            Tone::Plain,
            "The checkout was not finished",
            Sentence::new("Nothing was charged."),
        )
        .or(plans("Go on choosing")),
        Progress::Expired => Banner::new(
            Tone::Plain,
            "The checkout has run out",
            Sentence::new("Nothing was charged. You can begin again at any time."),
        )
        .or(plans("See the plans")),
        Progress::Failed => Banner::new(
            Tone::Bad,
            "Your payment did not arrive",
            Sentence::new("Nothing was bought. You can try again, with another way to pay."),
        )
        .or(plans("See the plans")),
    }
}

/// The stored facts are shown because nobody answered.
pub(crate) fn stored_only() -> Banner {
    Banner::new(
        Tone::Warning,
        "The payment provider does not answer right now",
        Sentence::new(
            "You see what we knew last. If you have just paid, please do not pay again; reload in a minute.",
        ),
    )
}
