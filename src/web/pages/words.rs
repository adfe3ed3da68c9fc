//! Every sentence that depends on what an account may do, in the words of hosting.

use super::parts::{Action, Badge, Meter, Sentence, Tone, counted};
use crate::domain::entitlement::{Alert, Basis, Reason};
use crate::domain::ids::PlanId;
use crate::domain::invoice::Settlement;
use crate::domain::money::Money;
use crate::domain::plan::{Interval, Limit};
use crate::domain::subscription::{CollectionPause, Status, Subscription};
use crate::domain::timestamp::Timestamp;
use crate::flows::gate::Standing;
use crate::settings::Settings;

/// How the account stands, in one or two sentences.
pub(crate) fn status(standing: &Standing, settings: &Settings) -> Sentence {
    let decision = &standing.decision;
    let plan =
        || decision.plan.as_ref().map_or("Your plan".to_owned(), |id| plan_name(settings, id));
    let free = free_servers(settings.policy.free_servers);
    let kept = format!("You keep {free}. Nothing is deleted.");
    match decision.reason {
        Reason::Free => Sentence::new(format!("Your account has {free}. A plan gives you more.")),
        Reason::Subscription => match decision.until {
            None => Sentence::new(format!("{} is active.", plan())),
            Some(end) => Sentence::new(format!("{} is cancelled and ends on ", plan()))
                .day(end)
                .and(format!(". Until then nothing changes; after that you keep {free}.")),
        },
        Reason::Trial => match decision.until {
            None => Sentence::new(format!("You are trying {}.", plan())),
            Some(end) => {
                Sentence::new(format!("You are trying {} until ", plan())).day(end).and(".")
            }
        },
        Reason::Grace => {
            let what = if standing.running().is_some() {
                "A payment failed. "
            } else {
                "Your plan ended because a payment failed. "
            };
            let until = decision.until.map(|until| {
                Sentence::new(format!("{what}Your servers keep running until ")).minute(until)
            });
            until.unwrap_or_else(|| Sentence::new(format!("{what}Your servers keep running"))).and(
                format!(
                    ". Until the payment is settled no new server can be created beyond {free}. \
                     Nothing is deleted."
                ),
            )
        }
        Reason::GraceExpired => {
            Sentence::new(format!("A payment is overdue and the time to settle it is over. {kept}"))
        }
        Reason::PaymentIncomplete => Sentence::new(format!(
            "The first payment was not completed, so the plan has not begun. You have {free}."
        )),
        Reason::PausedNoPaymentMethod => Sentence::new(format!(
            "The trial is over and there is no payment method, so the plan is paused. {kept}"
        )),
        Reason::CollectionPaused => match decision.until {
            Some(end) => {
                Sentence::new(format!("Payments for {} are paused. It is paid until ", plan()))
                    .day(end)
                    .and(format!("; after that you keep {free}."))
            }
            None => Sentence::new(format!(
                "Payments for your plan are paused and the time that was paid is over. {kept}"
            )),
        },
        Reason::Ended => ended(standing).then(Sentence::new(kept)),
        Reason::Lifetime => Sentence::new(format!("{} is yours for good.", plan())),
        Reason::Exempt => match decision.until {
            None => Sentence::new("Your account is exempt from billing: there is nothing to pay."),
            Some(until) => Sentence::new("Your account is exempt from billing until ")
                .minute(until)
                .and(": there is nothing to pay."),
        },
        Reason::UnmappedPrice if decision.basis == Basis::Subscription => Sentence::new(format!(
            "Your subscription runs at a price that is in no plan here; {} goes on as before. \
             Please tell the operator.",
            plan()
        )),
        Reason::UnmappedPrice => Sentence::new(format!(
            "Your subscription runs at a price that is in no plan here, so you have {free}. \
             Please tell the operator."
        )),
        Reason::Stale => match decision.until {
            Some(until) => Sentence::new(format!(
                "The paid time is over and the renewal is not confirmed yet. {} goes on until ",
                plan()
            ))
            .minute(until)
            .and(" while we ask again."),
            None => {
                Sentence::new(format!("The paid time is over and no renewal was confirmed. {kept}"))
            }
        },
        Reason::Disputed => {
            let keeps = if standing.excess.is_none() {
                "Your servers keep running; until"
            } else {
                "Until"
            };
            Sentence::new(format!(
                "A payment is disputed. {keeps} that is settled no new server can be created \
                 beyond {free}."
            ))
        }
    }
}

fn ended(standing: &Standing) -> Sentence {
    let end = standing.subscription().and_then(|over| over.ended_at.or(over.cancels_at));
    match end {
        Some(end) => Sentence::new("Your plan ended on ").day(end).and("."),
        None => Sentence::new("Your plan has ended."),
    }
}

/// What the account has, as a heading.
pub(crate) fn heading(standing: &Standing, settings: &Settings) -> String {
    let decision = &standing.decision;
    match (&decision.plan, decision.basis) {
        (Some(plan), _) => plan_name(settings, plan),
        (None, Basis::Exempt) => "No billing".to_owned(),
        (None, Basis::Free | Basis::Subscription | Basis::Lifetime) => "Free".to_owned(),
    }
}

/// What is paid, how often.
pub(crate) fn costs(standing: &Standing) -> Option<Sentence> {
    let running = standing.running()?;
    let every = match running.interval? {
        Interval::Month => "per month",
        Interval::Year => "per year",
        Interval::Once => "once",
    };
    Some(Sentence::new(format!("{} {every}", amount(running)?)))
}

/// The next payment, or the end in its place, under its name.
pub(crate) fn next(standing: &Standing) -> Option<(&'static str, Sentence)> {
    let running = standing.running()?;
    let amount = amount(running).unwrap_or_else(|| "the price of the plan".to_owned());
    let ends = |end| Sentence::default().day(end);
    Some(match running.effective_status()? {
        Status::Trialing => match (running.cancels_at, running.trial_end) {
            (Some(end), _) => ("Ends", ends(end).and("; nothing will be charged")),
            (None, Some(end)) => ("First payment", Sentence::new(format!("{amount} on ")).day(end)),
            (None, None) => ("First payment", Sentence::new(format!("{amount} after the trial"))),
        },
        Status::Active => match (running.pause, running.cancels_at, running.period_end) {
            (_, Some(end), _) => ("Ends", ends(end).and("; no more payments")),
            (Some(CollectionPause::Forgiven { .. }), ..) => {
                ("Next payment", Sentence::new("none while payments are paused"))
            }
            (_, None, Some(due)) if due <= standing.now => {
                ("Payment due", Sentence::new(format!("{amount} since ")).day(due))
            }
            (_, None, Some(due)) => {
                ("Next payment", Sentence::new(format!("{amount} on ")).day(due))
            }
            (_, None, None) => return None,
        },
        Status::PastDue | Status::Unpaid => {
            let due = amount_due(running).unwrap_or(amount);
            let open = match running.past_due_since {
                Some(since) => Sentence::new(format!("{due} since ")).day(since),
                None => Sentence::new(due),
            };
            (
                "Open payment",
                retry(running, standing.now).map_or(open.clone(), |it| open.and(". ").then(it)),
            )
        }
        Status::Incomplete => {
            ("Open payment", Sentence::new(amount_due(running).unwrap_or(amount)))
        }
        Status::Paused => ("Next payment", Sentence::new("none while the plan is paused")),
        Status::IncompleteExpired | Status::Canceled | Status::Unknown(_) => return None,
    })
}

/// Whether Stripe tries the open invoice again by itself; `None` when no invoice is known.
pub(super) fn retry(subscription: &Subscription, now: Timestamp) -> Option<Sentence> {
    subscription.payment.amount_due_minor?;
    Some(match subscription.payment.next_attempt_at {
        Some(at) if now < at => Sentence::new("It is tried again on ").day(at).and("."),
        Some(_) => Sentence::new("It is being tried again."),
        None => Sentence::new("No further automatic attempts are made."),
    })
}

/// What the open invoice asks for.
pub(super) fn amount_due(subscription: &Subscription) -> Option<String> {
    let minor = subscription.payment.amount_due_minor?;
    Money::from_minor(minor, subscription.currency.as_deref()?).ok().map(|it| it.to_string())
}

/// What the subscription costs a period.
pub(super) fn amount(subscription: &Subscription) -> Option<String> {
    let units = i64::from(subscription.quantity.max(1));
    let minor = subscription.unit_amount_minor?.checked_mul(units)?;
    Money::from_minor(minor, subscription.currency.as_deref()?).ok().map(|it| it.to_string())
}

/// The one thing to do next, if there is something to do.
pub(crate) fn action(standing: &Standing) -> Option<Action> {
    let Some(running) = standing.running() else {
        let enough = standing.decision.limit == Limit::Unlimited;
        return (!enough).then(|| Action::link("See the plans", "/billing/plans"));
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
    Some(if due { pay(running) } else { portal("Manage payment and invoices", "") })
}

/// The way to settle what is open.
pub(super) fn pay(subscription: &Subscription) -> Action {
    match &subscription.payment.invoice_url {
        Some(invoice) if subscription.payment.authenticates_since.is_some() => {
            Action::link("Confirm the payment", invoice)
        }
        Some(invoice) => Action::link("Pay the open invoice", invoice),
        None => portal("Update the payment method", "payment_method_update"),
    }
}

/// The way out of a pause: a payment method, or a start that names its price.
pub(super) fn start(paused: &Subscription) -> Action {
    if paused.payment.invoice_url.is_some() {
        return pay(paused);
    }
    if paused.payment.has_method != Some(true) {
        return portal("Add a payment method", "payment_method_update");
    }
    let price = amount(paused).map_or_else(String::new, |amount| format!(" for {amount}"));
    Action::post(format!("Start the plan{price}"), "/billing/start")
}

/// What can be done besides.
pub(crate) fn other_actions(standing: &Standing) -> Vec<Action> {
    if standing.account.customer.is_none() {
        return Vec::new();
    }
    let Some(running) = standing.running() else {
        return vec![invoices(), portal("Invoices and payment methods", "").quiet()];
    };
    let mut others = vec![invoices()];
    let portal_is_main = portal("Manage payment and invoices", "");
    if action(standing).as_ref() != Some(&portal_is_main) {
        others.push(portal_is_main.quiet());
    }
    others.push(Action::link("Change the plan", "/billing/plans").quiet());
    let begun = running.effective_status() != Some(&Status::Incomplete);
    if running.cancels_at.is_none() && begun {
        others.push(Action::link("Cancel the plan", "/billing/cancel").quiet());
    }
    others
}

fn invoices() -> Action {
    Action::link("See the invoices", "/billing/invoices").quiet()
}

pub(super) fn portal(text: &str, flow: &'static str) -> Action {
    Action::post(text, "/billing/portal").with("flow", flow)
}

/// Why the limit is what it is, for admins.
pub(crate) fn reason(reason: Reason) -> &'static str {
    match reason {
        Reason::Free => "Nothing is paid: the free servers count.",
        Reason::Subscription => "A running subscription counts.",
        Reason::Trial => "A trial counts.",
        Reason::Grace => "A payment failed and the grace period runs.",
        Reason::GraceExpired => "A payment failed and the grace period is over.",
        Reason::PaymentIncomplete => "The first payment was not completed.",
        Reason::PausedNoPaymentMethod => "The trial ended without a payment method.",
        Reason::CollectionPaused => "Collection is paused at Stripe.",
        Reason::Ended => "The subscription has ended.",
        Reason::Lifetime => "A plan bought for good counts.",
        Reason::Exempt => "An admin's exemption counts.",
        Reason::UnmappedPrice => {
            "The subscription's price is in no plan; the last known one counts."
        }
        Reason::Stale => "The paid time is over and Stripe has not confirmed a renewal.",
        Reason::Disputed => "A dispute is open.",
    }
}

/// What an admin should look at, in words.
pub(crate) fn alert(alert: Alert) -> &'static str {
    match alert {
        Alert::DuplicateSubscription => "Two subscriptions are running: end one at Stripe.",
        Alert::ExemptButPaying => "The account is exempt, yet a subscription is still paid.",
        Alert::UnmappedPrice => "A subscription runs at a price that is in no plan.",
        Alert::UnknownStatus => {
            "Stripe uses a status this build does not know; the last one counts."
        }
        Alert::Disputed => "A payment is disputed.",
        Alert::Inquiry => "A bank asks about a payment: answer it in Stripe's dashboard.",
        Alert::MoneyReturned => {
            "Money went back, yet what it paid for goes on: end it or let it be."
        }
        Alert::PaidTwice => "A plan was paid for good twice: refund one of the payments.",
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
        Settlement::Paid => ("Paid", Tone::Good),
        Settlement::Refunded => ("Refunded", Tone::Plain),
        Settlement::PartlyRefunded => ("Partly refunded", Tone::Plain),
        Settlement::Open => ("Open", Tone::Warning),
        Settlement::Overdue => ("Overdue", Tone::Bad),
        Settlement::Void => ("Void", Tone::Plain),
        Settlement::WrittenOff => ("Written off", Tone::Plain),
        Settlement::Unknown => ("See the document", Tone::Plain),
    };
    Badge { word, tone }
}

/// How many servers of how many.
pub(crate) fn usage(used: u32, limit: Limit) -> Meter {
    let Limit::Servers(limit) = limit else {
        let text = format!("{}, unlimited", counted(used, "server", "servers"));
        return Meter { used, full: None, text };
    };
    let over = used.saturating_sub(limit);
    let mut text = format!("{used} of {}", counted(limit, "server", "servers"));
    if over > 0 {
        text.push_str(&format!(": {over} over"));
    }
    Meter { used, full: (limit > 0).then_some(limit), text }
}

/// What a plan gives, in servers.
pub(crate) fn gives(limit: Limit) -> String {
    match limit {
        Limit::Servers(count) => counted(count, "server", "servers") + " in all",
        Limit::Unlimited => "Unlimited servers".to_owned(),
    }
}

/// The plan as it is called today; its id when it is no longer sold.
pub(crate) fn plan_name(settings: &Settings, plan: &PlanId) -> String {
    settings.plan(plan).map_or_else(|| plan.to_string(), |plan| plan.name.clone())
}

pub(super) fn free_servers(count: u32) -> String {
    if count == 0 {
        "no free server".to_owned()
    } else {
        counted(count, "free server", "free servers")
    }
}

/// Why the next free server cannot be had.
pub(crate) fn free_used_up(used: u32, free: Limit) -> String {
    match free {
        Limit::Servers(0) => "no server is free here".to_owned(),
        Limit::Servers(1) if used <= 1 => "your free server is in use".to_owned(),
        Limit::Servers(free) if used <= free => format!("all {free} free servers are in use"),
        free => format!("{used} servers are in use and {free} of them free"),
    }
}
