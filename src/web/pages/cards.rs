//! Plan cards: what each price is to the account, and the one thing that can be done about it.

use super::parts::Sentence;
use super::{change_words, words};
use crate::domain::change::{self, Effective, Kind, Refusal};
use crate::domain::ids::PlanId;
use crate::domain::plan::{Interval, Offer, Plan};
use crate::domain::subscription::Subscription;
use crate::flows::catalogue::Catalogue;
use crate::flows::gate::Standing;
use crate::settings::Settings;
use crate::web::text::t;

/// One price of a plan, ready to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Card {
    pub(crate) name: String,
    pub(crate) gives: Sentence,
    pub(crate) amount: Sentence,
    pub(crate) every: Sentence,
    /// What paying by the year saves.
    pub(crate) saving: Option<Sentence>,
    /// What the trial means for this price.
    pub(crate) trial: Option<Sentence>,
    pub(crate) choice: Choice,
}

/// What can be done about a price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Choice {
    /// The account has it.
    Current(Sentence),
    /// It can be bought now.
    Buy { plan: PlanId, interval: Interval, text: Sentence },
    /// The subscription can be changed to it.
    Change { plan: PlanId, interval: Interval, kind: Kind, text: Sentence },
    /// A change to it is planned.
    Scheduled { text: Sentence, undo: bool },
    /// It cannot be bought, for this reason.
    Unavailable(Sentence),
    /// Something else must be seen to on the billing page.
    ManageFirst(Sentence),
    /// There is nothing to pay.
    NotNeeded,
    /// An owner of the account could choose it.
    ForOwners,
}

/// The cards of all plans; recurring ones at `interval` where they have it.
pub(crate) fn cards(
    standing: &Standing,
    settings: &Settings,
    catalogue: &Catalogue,
    interval: Interval,
    paying_once: bool,
) -> Vec<Card> {
    let other = if interval == Interval::Year { Interval::Month } else { Interval::Year };
    let card = |plan: &Plan, offer: &Offer| Card {
        name: plan.name.clone(),
        gives: words::gives(plan.limit),
        amount: amount(offer),
        every: words::every(offer.interval),
        saving: catalogue
            .offer(&plan.id, Interval::Month)
            .filter(|_| offer.interval == Interval::Year)
            .and_then(|month| saving(month, offer))
            .map(Saving::in_words),
        trial: trial(standing, settings, offer),
        choice: choice(standing, settings, plan, offer, paying_once),
    };
    let of_plan = |plan: &Plan| {
        let recurring =
            catalogue.offer(&plan.id, interval).or_else(|| catalogue.offer(&plan.id, other));
        let once = catalogue.offer(&plan.id, Interval::Once);
        [recurring, once].into_iter().flatten().map(|offer| card(plan, offer)).collect::<Vec<_>>()
    };
    settings.plans.iter().flat_map(of_plan).collect()
}

/// The cards as a member sees them: what is, and nothing to do about it.
pub(crate) fn to_look_at(cards: Vec<Card>) -> Vec<Card> {
    let seen = |choice| match choice {
        Choice::Buy { .. } | Choice::Change { .. } | Choice::ManageFirst(_) => Choice::ForOwners,
        Choice::Scheduled { text, .. } => Choice::Scheduled { text, undo: false },
        Choice::Current(_) | Choice::Unavailable(_) | Choice::NotNeeded | Choice::ForOwners => {
            choice
        }
    };
    cards.into_iter().map(|card| Card { choice: seen(card.choice), ..card }).collect()
}

/// The cards while no server can be made: nothing is sold to who wants one.
pub(crate) fn without_room(cards: Vec<Card>) -> Vec<Card> {
    let seen = |choice| match choice {
        Choice::Buy { .. } | Choice::Change { kind: Kind::Upgrade, .. } => {
            Choice::Unavailable(t!("card-no-room"))
        }
        Choice::Change { kind: Kind::Downgrade | Kind::Interval | Kind::None, .. }
        | Choice::ManageFirst(_)
        | Choice::Scheduled { .. }
        | Choice::Current(_)
        | Choice::Unavailable(_)
        | Choice::NotNeeded
        | Choice::ForOwners => choice,
    };
    cards.into_iter().map(|card| Card { choice: seen(card.choice), ..card }).collect()
}

/// Mirrors what a checkout would refuse, so that no button leads to a refusal.
fn choice(
    standing: &Standing,
    settings: &Settings,
    plan: &Plan,
    offer: &Offer,
    paying_once: bool,
) -> Choice {
    let buy =
        |text: Sentence| Choice::Buy { plan: plan.id.clone(), interval: offer.interval, text };
    let lifetimes = &standing.facts.lifetimes;
    if offer.interval == Interval::Once && lifetimes.iter().any(|bought| bought.plan == plan.id) {
        return Choice::Current(t!("card-yours-for-good"));
    }
    let running = standing.running();
    let same = |id: &PlanId| *id == plan.id;
    if let Some(running) = running
        && running.grant.plan().is_some_and(same)
        && running.interval == Some(offer.interval)
    {
        return Choice::Current(t!("card-your-plan"));
    }
    if is_exempt(standing) {
        return Choice::NotNeeded;
    }
    if offer.interval == Interval::Once {
        if paying_once {
            return Choice::Unavailable(t!("card-processing"));
        }
        return buy(t!("card-buy", plan = plan.name.as_str()));
    }
    if let Some(running) = running {
        return change(running, plan, offer);
    }
    if let Some(bought) = lifetimes.iter().find(|bought| bought.limit >= plan.limit) {
        let name = words::plan_name(settings, &bought.plan);
        return Choice::Unavailable(t!("card-as-much", plan = name));
    }
    if let Some(pays_in) = standing.other_currency(offer) {
        return Choice::Unavailable(t!("card-currency", currency = pays_in.to_uppercase()));
    }
    buy(t!("card-choose", plan = plan.name.as_str()))
}

/// What a change of the running subscription to `offer` would be.
fn change(running: &Subscription, plan: &Plan, offer: &Offer) -> Choice {
    if let Some(next) = running.next_price().filter(|next| next.price == offer.price) {
        let text = t!("card-scheduled", day = Sentence::day_in_words(next.at));
        return Choice::Scheduled { text, undo: !running.is_steered_elsewhere() };
    }
    match change::judge(running, offer, plan.limit) {
        Ok(change) => {
            let (name, yearly) = (plan.name.as_str(), offer.interval == Interval::Year);
            let text = match (change.kind, change.effective) {
                (Kind::None, _) => return Choice::Current(t!("card-your-plan")),
                (Kind::Upgrade, _) => t!("card-upgrade", plan = name),
                (Kind::Downgrade, _) => t!("card-downgrade", plan = name),
                (Kind::Interval, Effective::Now) if yearly => t!("card-by-year"),
                (Kind::Interval, Effective::Now) => t!("card-by-month"),
                (Kind::Interval, Effective::PeriodEnd) if yearly => t!("card-by-year-later"),
                (Kind::Interval, Effective::PeriodEnd) => t!("card-by-month-later"),
            };
            let (plan, interval, kind) = (plan.id.clone(), offer.interval, change.kind);
            Choice::Change { plan, interval, kind, text }
        }
        Err(refusal) => match refusal {
            Refusal::ManagedElsewhere | Refusal::Currency { .. } | Refusal::CollectionPaused => {
                Choice::Unavailable(change_words::refusal(&refusal).in_full())
            }
            Refusal::NoSubscription
            | Refusal::PaymentFirst
            | Refusal::Ending(_)
            | Refusal::NoPaymentMethod
            | Refusal::Unclear => Choice::ManageFirst(change_words::refusal(&refusal).in_full()),
        },
    }
}

/// Whether there is nothing to pay now.
pub(crate) fn is_exempt(standing: &Standing) -> bool {
    standing.facts.exemption.as_ref().is_some_and(|exemption| exemption.holds(standing.now))
}

fn trial(standing: &Standing, settings: &Settings, offer: &Offer) -> Option<Sentence> {
    let days = settings.trial_days.filter(|_| standing.account.trial_used_at.is_none())?;
    if offer.interval == Interval::Once || standing.running().is_some() || is_exempt(standing) {
        return None;
    }
    let every = words::every(offer.interval);
    Some(t!("card-trial", count = days, amount = amount(offer), every = every))
}

fn amount(offer: &Offer) -> Sentence {
    Sentence::amount(offer.amount_minor, &offer.currency)
}

/// What a year costs less than twelve months.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Saving {
    Months(u32),
    Percent(u32),
}

impl Saving {
    pub(crate) fn in_words(self) -> Sentence {
        match self {
            Self::Months(months) => t!("saving-months", count = months),
            Self::Percent(percent) => t!("saving-percent", percent = percent),
        }
    }
}

/// The saving that every plan with both prices has; `None` where they differ or there is none.
pub(crate) fn common_saving(settings: &Settings, catalogue: &Catalogue) -> Option<Saving> {
    let mut savings = settings.plans.iter().filter_map(|plan| {
        let month = catalogue.offer(&plan.id, Interval::Month)?;
        Some(saving(month, catalogue.offer(&plan.id, Interval::Year)?))
    });
    let first = savings.next()??;
    savings.all(|other| other == Some(first)).then_some(first)
}

fn saving(month: &Offer, year: &Offer) -> Option<Saving> {
    let monthly = month.amount_minor;
    let saved = monthly.checked_mul(12)?.checked_sub(year.amount_minor)?;
    if monthly <= 0 || saved <= 0 || month.currency != year.currency {
        return None;
    }
    if saved % monthly == 0 {
        return u32::try_from(saved / monthly).ok().map(Saving::Months);
    }
    let percent = u32::try_from(saved.checked_mul(100)? / (monthly * 12)).ok()?;
    (percent > 0).then_some(Saving::Percent(percent))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::PriceId;

    fn offer(interval: Interval, amount_minor: i64) -> Offer {
        Offer {
            plan: PlanId::new("starter").expect("a plan id"),
            interval,
            price: PriceId::new("price_1").expect("a price id"),
            lookup_key: None,
            amount_minor,
            currency: "eur".to_owned(),
        }
    }

    #[test]
    fn a_year_saves_months_or_a_percentage_or_nothing() {
        let table = [
            (500, 5000, Some("2 months free")),
            (500, 5500, Some("1 month free")),
            (500, 4999, Some("16 % less")),
            (500, 5990, None),
            (500, 6000, None),
            (500, 7000, None),
            (0, 0, None),
        ];
        for (month, year, shown) in table {
            let saving = saving(&offer(Interval::Month, month), &offer(Interval::Year, year));
            let saving = saving.map(|saving| saving.in_words().plain());
            assert_eq!(saving.as_deref(), shown, "{month} {year}");
        }
    }
}
