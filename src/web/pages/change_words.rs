//! Every sentence about changing, cancelling and resuming a plan, in the words of hosting.

use super::parts::{Action, Banner, Sentence, Tone, counted};
use super::words::{gives, plan_name};
use crate::domain::change::{Effective, Kind};
use crate::domain::money::Money;
use crate::domain::plan::{Interval, Offer};
use crate::domain::subscription::Subscription;
use crate::domain::suspension::OverQuota;
use crate::flows::change::Preview;
use crate::flows::gate::Standing;
use crate::settings::Settings;

/// A line of a bill.
pub(super) struct Row {
    pub(super) text: String,
    pub(super) amount: String,
}

/// An amount in its currency; the bare number where nobody knows the currency.
pub(super) fn money(minor: i64, currency: &str) -> String {
    Money::from_minor(minor, currency)
        .map_or_else(|_| format!("{minor} {currency}"), |money| money.to_string())
}

pub(super) fn heading(shown: &Preview, settings: &Settings) -> String {
    let name = plan_name(settings, &shown.plan);
    match shown.kind {
        Kind::Upgrade | Kind::Downgrade => format!("Switch to {name}"),
        Kind::Interval => format!("Pay for {name} {}", rhythm(shown.interval)),
        Kind::None => format!("{name} is your plan"),
    }
}

/// What will be different, and from when on.
pub(super) fn what(shown: &Preview, settings: &Settings) -> Sentence {
    let name = plan_name(settings, &shown.plan);
    let limit = gives(shown.limit);
    match (shown.kind, shown.effective) {
        (Kind::None, _) => Sentence::new("You have this plan already, so nothing changes."),
        (_, Effective::Now) if shown.amount_due_minor == 0 => {
            Sentence::new(format!("{name} begins at once: {limit}."))
        }
        (_, Effective::Now) => Sentence::new(format!(
            "{name} begins as soon as it is paid: {limit}. What is left of the time you have paid \
             for is taken off the price."
        )),
        (_, Effective::PeriodEnd) => {
            Sentence::new("Nothing changes until ").day(shown.effective_at).and(format!(
                ", for that time is paid. From then on you have {name}: {limit}. You can take this \
                 back until then."
            ))
        }
    }
}

pub(super) fn rows(shown: &Preview) -> Vec<Row> {
    let lines = shown.lines.iter();
    lines
        .map(|line| Row {
            text: line.description.clone(),
            amount: money(line.amount_minor, &shown.currency),
        })
        .collect()
}

/// The next regular bill.
pub(super) fn next_bill(shown: &Preview) -> Sentence {
    Sentence::new(format!("{} on ", money(shown.next_amount_minor, &shown.currency)))
        .day(shown.next_at)
        .and(format!(", then {}", every(shown.interval)))
}

pub(super) fn credit(shown: &Preview) -> Option<String> {
    (shown.credit_minor > 0).then(|| {
        let rest = money(shown.credit_minor, &shown.currency);
        format!("{rest} is left over and is taken off your next bills.")
    })
}

/// Names what is charged and what for.
pub(super) fn button(shown: &Preview, settings: &Settings) -> String {
    let name = plan_name(settings, &shown.plan);
    let switch = match shown.kind {
        Kind::Upgrade | Kind::Downgrade | Kind::None => format!("switch to {name}"),
        Kind::Interval => format!("pay for {name} {}", rhythm(shown.interval)),
    };
    match shown.effective {
        Effective::Now if shown.amount_due_minor > 0 => {
            format!("Pay {} and {switch}", money(shown.amount_due_minor, &shown.currency))
        }
        Effective::Now => capital(&format!("{switch} now, at no charge today")),
        Effective::PeriodEnd => capital(&format!("{switch} on {}", shown.effective_at.day())),
    }
}

pub(super) fn excess(shown: &Preview, settings: &Settings) -> String {
    let over = counted(shown.over_limit_by, "server", "servers");
    match settings.over_quota {
        OverQuota::Freeze => format!(
            "The new plan has no room for {over}. They keep running, but no new one can be \
             created. The newest are:"
        ),
        OverQuota::SuspendExcess => format!(
            "The new plan has no room for {over}. Unless you delete as many, these may be \
             suspended; nothing is deleted:"
        ),
    }
}

pub(super) fn consent(shown: &Preview) -> String {
    let over = counted(shown.over_limit_by, "server", "servers");
    format!("I know that I will have {over} over the limit")
}

/// What a change that was just made came to; `None` while it waits for its payment.
pub(super) fn made(standing: &Standing, settings: &Settings) -> Option<String> {
    let running = standing.running()?;
    if running.steering.update_pending {
        return None;
    }
    if let Some(next) = running.next_price() {
        return Some(format!("The change is planned for {}.", next.at.day()));
    }
    let plan = running.grant.plan().map(|id| plan_name(settings, id));
    Some(format!("Done: you have {} now.", plan.unwrap_or_else(|| "the new plan".to_owned())))
}

/// The same where the plan could not be read since.
pub(super) fn made_unseen() -> String {
    "Your change is on its way. What came of it will show here in a moment.".to_owned()
}

/// What is under way: a change that waits for its payment or its day, or an end that is near.
pub(super) fn notice(standing: &Standing, settings: &Settings) -> Option<Banner> {
    let running = standing.running()?;
    if running.steering.update_pending {
        let text = Sentence::new("Your plan stays as it is until the payment has gone through.");
        let pay = running.payment.invoice_url.as_ref();
        let way_out = pay.map(|url| Action::link("Finish the payment", url));
        let banner = Banner::new(Tone::Bad, "Your change of plan is not paid yet", text);
        return Some(banner.or(way_out));
    }
    if let Some(next) = running.next_price() {
        let plan = next.plan.as_ref().map(|id| plan_name(settings, id));
        let plan = plan.unwrap_or_else(|| "another price".to_owned());
        let title = format!("{plan} from {}", next.at.day());
        let banner = |text: &str| Banner::new(Tone::Plain, title, Sentence::new(text));
        return Some(if running.is_steered_elsewhere() {
            banner("This was arranged outside this panel; ask the operator to change it.")
        } else {
            banner("Until then nothing changes.")
                .or(Some(Action::post("Keep my plan as it is", "/billing/change/undo").quiet()))
        });
    }
    running.cancels_at.filter(|end| standing.now < *end).map(|end| {
        let text = Sentence::new("Until then nothing changes, and you can keep it.");
        let title = format!("Your plan ends on {}", end.day());
        Banner::new(Tone::Warning, title, text)
            .or(Some(Action::post("Keep my plan", "/billing/resume")))
    })
}

/// The next payment where a scheduled change decides it.
pub(super) fn next(standing: &Standing, offers: &[Offer]) -> Option<(&'static str, Sentence)> {
    let running = standing.running().filter(|running| running.cancels_at.is_none())?;
    let next = running.next_price()?;
    let offer = offers.iter().find(|offer| offer.price == next.price)?;
    let units = i64::from(running.quantity.max(1));
    let minor = offer.amount_minor.checked_mul(units)?;
    let amount = money(minor, &offer.currency);
    Some(("Next payment", Sentence::new(format!("{amount} on ")).day(next.at)))
}

/// What else a change takes back; the same change once more takes nothing back.
pub(super) fn undoes(
    shown: &Preview,
    standing: &Standing,
    settings: &Settings,
) -> Option<Sentence> {
    let next = standing.running()?.own_schedule()?.next.as_ref()?;
    let same = (next.plan.as_ref(), next.interval) == (Some(&shown.plan), Some(shown.interval));
    if same { None } else { cancel_undoes(standing, settings) }
}

pub(super) fn cancel_heading(standing: &Standing, settings: &Settings) -> String {
    format!("Cancel {}", running_plan(standing, settings))
}

pub(super) fn cancel_ends(standing: &Standing) -> Sentence {
    let Some(running) = standing.running() else {
        return Sentence::new("You have no plan that could be cancelled.");
    };
    match (running.cancels_at, running.period_end) {
        (Some(end), _) => {
            Sentence::new("Your plan is cancelled already and ends on ").day(end).and(".")
        }
        (None, Some(end)) => {
            Sentence::new("It is paid until ").day(end).and(" and ends then. Nothing is paid back.")
        }
        (None, None) => Sentence::new("It ends when the time that is paid for is over."),
    }
}

pub(super) fn cancel_stops(standing: &Standing, settings: &Settings) -> String {
    let free = counted(settings.policy.free_servers, "free server", "free servers");
    let over = standing.used.saturating_sub(settings.policy.free_servers);
    let rest = match settings.over_quota {
        _ if over == 0 => String::new(),
        OverQuota::Freeze => format!(
            " You have {} more than that: they keep running, but no new one can be created.",
            counted(over, "server", "servers")
        ),
        OverQuota::SuspendExcess => format!(
            " You have {} more than that: unless you delete as many, the newest may be suspended.",
            counted(over, "server", "servers")
        ),
    };
    format!("No more payments, and after that day you keep {free}.{rest}")
}

pub(super) fn cancel_stays(standing: &Standing, settings: &Settings) -> String {
    format!(
        "Until then you keep {} in full. No server and no data is deleted. Until that day you can \
         go on with your plan by one click on the billing page, after it by choosing a plan again.",
        running_plan(standing, settings)
    )
}

pub(super) fn cancel_undoes(standing: &Standing, settings: &Settings) -> Option<Sentence> {
    let next = standing.running()?.own_schedule()?.next.as_ref()?;
    let plan = next.plan.as_ref().map(|id| plan_name(settings, id))?;
    Some(
        Sentence::new(format!("The switch to {plan} that is planned for "))
            .day(next.at)
            .and(" is taken back."),
    )
}

pub(super) fn cancel_button(standing: &Standing, settings: &Settings) -> Option<String> {
    let running = standing.running().filter(|running| running.cancels_at.is_none())?;
    let plan = running_plan(standing, settings);
    Some(match running.period_end {
        Some(end) => format!("End {plan} on {}", end.day()),
        None => format!("End {plan}"),
    })
}

pub(super) fn cancelled(standing: &Standing) -> String {
    match standing.running().and_then(|running| running.cancels_at) {
        Some(end) => format!("Your plan ends on {}. Until then nothing changes.", end.day()),
        None => "Your plan is cancelled.".to_owned(),
    }
}

pub(super) fn resumed(_: &Standing) -> String {
    "Your plan goes on.".to_owned()
}

pub(super) fn undone(_: &Standing) -> String {
    "Your plan stays as it is.".to_owned()
}

fn running_plan(standing: &Standing, settings: &Settings) -> String {
    let plan = standing.running().and_then(|running: &Subscription| running.grant.plan());
    plan.map_or_else(|| "your plan".to_owned(), |id| plan_name(settings, id))
}

fn rhythm(interval: Interval) -> &'static str {
    match interval {
        Interval::Month => "by the month",
        Interval::Year => "by the year",
        Interval::Once => "once",
    }
}

fn every(interval: Interval) -> &'static str {
    match interval {
        Interval::Month => "every month",
        Interval::Year => "every year",
        Interval::Once => "never again",
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string());
    first.unwrap_or_default() + letters.as_str()
}
