//! Every sentence about changing, cancelling and resuming a plan, in the words of hosting.

use super::parts::{Action, Banner, Sentence, Tone};
use super::words::{gives, plan_name};
use crate::domain::change::{Effective, Kind, Refusal};
use crate::domain::plan::{Interval, Offer};
use crate::domain::subscription::{Status, Subscription};
use crate::domain::suspension::OverQuota;
use crate::flows::change::Preview;
use crate::flows::gate::Standing;
use crate::settings::Settings;
use crate::stripe::{LineKind, PreviewLine};
use crate::web::text::t;

/// A line of a bill.
pub(super) struct Row {
    pub(super) text: Sentence,
    pub(super) amount: Sentence,
}

pub(super) fn heading(shown: &Preview, settings: &Settings) -> Sentence {
    let name = plan_name(settings, &shown.plan);
    match (shown.kind, shown.interval) {
        (Kind::Upgrade | Kind::Downgrade, _) => t!("change-switch", plan = name),
        (Kind::Interval, Interval::Month) => t!("change-by-month", plan = name),
        (Kind::Interval, Interval::Year) => t!("change-by-year", plan = name),
        (Kind::Interval, Interval::Once) => t!("change-once", plan = name),
        (Kind::None, _) => t!("change-none-title", plan = name),
    }
}

/// What will be different, and from when on.
pub(super) fn what(shown: &Preview, settings: &Settings) -> Sentence {
    let name = plan_name(settings, &shown.plan);
    let limit = gives(shown.limit);
    match (shown.kind, shown.effective) {
        (Kind::None, _) => t!("change-none"),
        (_, Effective::Now) if shown.amount_due_minor == 0 => {
            t!("change-at-once", plan = name, limit = limit)
        }
        (_, Effective::Now) => t!("change-when-paid", plan = name, limit = limit),
        (_, Effective::PeriodEnd) => {
            let day = Sentence::on_day(shown.effective_at);
            t!("change-at-end", day = day, plan = name, limit = limit)
        }
    }
}

pub(super) fn rows(shown: &Preview, standing: &Standing, settings: &Settings) -> Vec<Row> {
    let lines = shown.lines.iter();
    lines
        .map(|line| Row {
            text: line_text(line, shown, standing, settings),
            amount: Sentence::amount(line.amount_minor, &shown.currency),
        })
        .collect()
}

/// Stripe's own words in the reader's language, where they are known.
fn line_text(
    line: &PreviewLine,
    shown: &Preview,
    standing: &Standing,
    settings: &Settings,
) -> Sentence {
    let described = || Sentence::in_english(line.description.as_str());
    let (price, from) = match &line.kind {
        LineKind::Prorated(price, from) => (price, Sentence::day_in_words(*from)),
        LineKind::Discount => return t!("bill-discount"),
        LineKind::Tax => return t!("bill-tax"),
        LineKind::Described => return described(),
    };
    let running = standing.running().filter(|running| running.price.as_ref() == Some(price));
    let plan = match running {
        Some(running) => running.grant.plan(),
        None => Some(&shown.plan).filter(|_| shown.price == *price),
    };
    let Some(plan) = plan.map(|plan| plan_name(settings, plan)) else { return described() };
    if line.amount_minor < 0 {
        t!("bill-unused", plan = plan, day = from)
    } else {
        t!("bill-remaining", plan = plan, day = from)
    }
}

/// The next regular bill.
pub(super) fn next_bill(shown: &Preview) -> Sentence {
    let amount = Sentence::amount(shown.next_amount_minor, &shown.currency);
    let day = Sentence::on_day(shown.next_at);
    match shown.interval {
        Interval::Month => t!("change-next-monthly", amount = amount, day = day),
        Interval::Year => t!("change-next-yearly", amount = amount, day = day),
        Interval::Once => t!("change-next-once", amount = amount, day = day),
    }
}

pub(super) fn credit(shown: &Preview) -> Option<Sentence> {
    (shown.credit_minor > 0).then(|| {
        let rest = Sentence::amount(shown.credit_minor, &shown.currency);
        t!("change-credit", amount = rest)
    })
}

/// Names what is charged and what for.
pub(super) fn button(shown: &Preview, settings: &Settings) -> Sentence {
    let name = plan_name(settings, &shown.plan);
    let amount = || Sentence::amount(shown.amount_due_minor, &shown.currency);
    let day = || Sentence::day_in_words(shown.effective_at);
    let yearly = shown.interval == Interval::Year;
    match (shown.kind, shown.effective) {
        (Kind::Interval, Effective::Now) if shown.amount_due_minor > 0 && yearly => {
            t!("change-pay-by-year", amount = amount(), plan = name)
        }
        (Kind::Interval, Effective::Now) if shown.amount_due_minor > 0 => {
            t!("change-pay-by-month", amount = amount(), plan = name)
        }
        (Kind::Interval, Effective::Now) if yearly => t!("change-now-by-year", plan = name),
        (Kind::Interval, Effective::Now) => t!("change-now-by-month", plan = name),
        (Kind::Interval, Effective::PeriodEnd) if yearly => {
            t!("change-later-by-year", plan = name, day = day())
        }
        (Kind::Interval, Effective::PeriodEnd) => {
            t!("change-later-by-month", plan = name, day = day())
        }
        (_, Effective::Now) if shown.amount_due_minor > 0 => {
            t!("change-pay-and-switch", amount = amount(), plan = name)
        }
        (_, Effective::Now) => t!("change-switch-now", plan = name),
        (_, Effective::PeriodEnd) => t!("change-switch-later", plan = name, day = day()),
    }
}

pub(super) fn excess(shown: &Preview, settings: &Settings) -> Sentence {
    match settings.over_quota {
        OverQuota::Freeze => t!("change-excess-freeze", count = shown.over_limit_by),
        OverQuota::SuspendExcess => t!("change-excess-suspend", count = shown.over_limit_by),
    }
}

pub(super) fn consent(shown: &Preview) -> Sentence {
    t!("change-consent", count = shown.over_limit_by)
}

/// What a change that was just made came to; `None` while it waits for its payment.
pub(super) fn made(standing: &Standing, settings: &Settings) -> Option<Sentence> {
    let running = standing.running()?;
    if running.steering.update_pending {
        return None;
    }
    if let Some(next) = running.next_price() {
        return Some(t!("change-planned", day = Sentence::day_in_words(next.at)));
    }
    Some(match running.grant.plan() {
        Some(plan) => t!("change-done", plan = plan_name(settings, plan)),
        None => t!("change-done-unnamed"),
    })
}

/// The same where the plan could not be read since.
pub(super) fn made_unseen() -> Sentence {
    t!("change-unseen")
}

/// What is under way: a change that waits for its payment or its day, or an end that is near.
pub(super) fn notice(standing: &Standing, settings: &Settings) -> Option<Banner> {
    let running = standing.running()?;
    if running.steering.update_pending {
        let pay = running.payment.invoice_url.as_ref();
        let way_out = pay.map(|url| Action::link(t!("change-finish-payment"), url));
        let (title, text) = (t!("change-unpaid-title"), t!("change-unpaid"));
        return Some(Banner::new(Tone::Bad, title, text).or(way_out));
    }
    if let Some(next) = running.next_price() {
        let day = Sentence::day_in_words(next.at);
        let title = match &next.plan {
            Some(plan) => t!("change-ahead-title", plan = plan_name(settings, plan), day = day),
            None => t!("change-ahead-other-price", day = day),
        };
        return Some(if running.is_steered_elsewhere() {
            Banner::new(Tone::Plain, title, t!("change-ahead-elsewhere"))
        } else {
            let keep = Action::post(t!("keep-plan-as-it-is"), "/billing/change/undo").quiet();
            Banner::new(Tone::Plain, title, t!("change-ahead")).or(Some(keep))
        });
    }
    running.cancels_at.filter(|end| standing.now < *end).map(|end| {
        let title = t!("end-ahead-title", day = Sentence::day_in_words(end));
        Banner::new(Tone::Warning, title, t!("end-ahead"))
            .or(Some(Action::post(t!("keep-plan"), "/billing/resume")))
    })
}

/// The next payment where a scheduled change decides it.
pub(super) fn next(standing: &Standing, offers: &[Offer]) -> Option<(Sentence, Sentence)> {
    let running = standing.running().filter(|running| running.cancels_at.is_none())?;
    let next = running.next_price()?;
    let offer = offers.iter().find(|offer| offer.price == next.price)?;
    let units = i64::from(running.quantity.max(1));
    let amount = Sentence::amount(offer.amount_minor.checked_mul(units)?, &offer.currency);
    let day = Sentence::on_day(next.at);
    Some((t!("next-payment"), t!("next-on", amount = amount, day = day)))
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

pub(super) fn cancel_heading(standing: &Standing, settings: &Settings) -> Sentence {
    match running_plan(standing, settings) {
        Some(plan) => t!("cancel-heading", plan = plan),
        None => t!("cancel-heading-unnamed"),
    }
}

pub(super) fn cancel_ends(standing: &Standing) -> Sentence {
    let Some(running) = standing.running() else {
        return t!("cancel-nothing");
    };
    match (running.cancels_at, running.period_end) {
        (Some(end), _) => t!("cancel-already", day = Sentence::on_day(end)),
        (None, Some(end)) if owes(standing) => {
            t!("cancel-unpaid-until", day = Sentence::on_day(end))
        }
        (None, Some(end)) => t!("cancel-paid-until", day = Sentence::on_day(end)),
        (None, None) => t!("cancel-then"),
    }
}

pub(super) fn cancel_stops(standing: &Standing, settings: &Settings) -> Sentence {
    let free = settings.policy.free_servers;
    let over = standing.used.saturating_sub(free);
    let stops = if owes(standing) {
        t!("cancel-stops-unpaid", free = free)
    } else {
        t!("cancel-stops", free = free)
    };
    match settings.over_quota {
        _ if over == 0 => stops,
        OverQuota::Freeze => stops.then(t!("cancel-stops-freeze", count = over)),
        OverQuota::SuspendExcess => stops.then(t!("cancel-stops-suspend", count = over)),
    }
}

pub(super) fn cancel_stays(standing: &Standing, settings: &Settings) -> Sentence {
    let keeps = match running_plan(standing, settings) {
        _ if owes(standing) => t!("cancel-keeps-unpaid"),
        Some(plan) => t!("cancel-keeps", plan = plan),
        None => t!("cancel-keeps-unnamed"),
    };
    keeps.then(t!("cancel-stays"))
}

/// Whether the time that runs is not paid for.
fn owes(standing: &Standing) -> bool {
    let status = standing.running().map(|running| &running.status);
    matches!(status, Some(Status::PastDue | Status::Unpaid))
}

pub(super) fn cancel_undoes(standing: &Standing, settings: &Settings) -> Option<Sentence> {
    let next = standing.running()?.own_schedule()?.next.as_ref()?;
    let plan = next.plan.as_ref().map(|id| plan_name(settings, id))?;
    Some(t!("cancel-undoes", plan = plan, day = Sentence::on_day(next.at)))
}

pub(super) fn cancel_button(standing: &Standing, settings: &Settings) -> Option<Sentence> {
    let running = standing.running().filter(|running| running.cancels_at.is_none())?;
    let day = running.period_end.map(Sentence::day_in_words);
    Some(match (running_plan(standing, settings), day) {
        (Some(plan), Some(day)) => t!("cancel-button-on", plan = plan, day = day),
        (Some(plan), None) => t!("cancel-button", plan = plan),
        (None, Some(day)) => t!("cancel-button-unnamed-on", day = day),
        (None, None) => t!("cancel-button-unnamed"),
    })
}

/// On which day it ends, the notice on the same page says.
pub(super) fn cancelled(_: &Standing) -> Sentence {
    t!("cancelled")
}

pub(super) fn resumed(_: &Standing) -> Sentence {
    t!("resumed")
}

pub(super) fn undone(_: &Standing) -> Sentence {
    t!("undone")
}

/// Why the plan cannot be changed, in the words of the API's detail.
pub(crate) fn refusal(refusal: &Refusal) -> Sentence {
    match refusal {
        Refusal::NoSubscription => t!("refusal-no-subscription"),
        Refusal::ManagedElsewhere => t!("refusal-elsewhere"),
        Refusal::PaymentFirst => t!("refusal-payment-first"),
        Refusal::Ending(end) => t!("refusal-ending", day = Sentence::day_in_words(*end)),
        Refusal::Currency { has, wants } => {
            t!("refusal-currency", has = has.as_str(), wants = wants.as_str())
        }
        Refusal::CollectionPaused => t!("refusal-collection-paused"),
        Refusal::NoPaymentMethod => t!("refusal-no-method"),
        Refusal::Unclear => t!("refusal-unclear"),
    }
}

fn running_plan(standing: &Standing, settings: &Settings) -> Option<String> {
    let plan = standing.running().and_then(|running: &Subscription| running.grant.plan());
    plan.map(|id| plan_name(settings, id))
}
