//! `/admin`: how it all goes, and what to see to.

use std::sync::Arc;

use askama::Template;
use rocket::{Route, State, get, routes};

use super::chart::Chart;
use super::filter::{Filter, STATES};
use crate::domain::entitlement::Alert;
use crate::domain::timestamp::Timestamp;
use crate::flows::Billing;
use crate::flows::overview::{self, Concern, Overview};
use crate::store::drifts::Found;
use crate::store::episodes::Book;
use crate::web::error::Problem;
use crate::web::guards::Administrator;
use crate::web::pages::filters;
use crate::web::pages::frame::Frame;
use crate::web::pages::parts::{Badge, Sentence};
use crate::web::pages::{Page, words};
use crate::web::text::t;

/// Accounts named beside what concerns them; the list of accounts has all.
const NAMED: usize = 5;

pub(super) fn routes() -> Vec<Route> {
    routes![show]
}

#[derive(Template)]
#[template(path = "admin/overview.html")]
struct OverviewPage {
    frame: Frame,
    concerns: Vec<ConcernPart>,
    accounts: Sentence,
    states: Vec<StateRow>,
    servers: Sentence,
    revenue: Sentence,
    paying: Sentence,
    trials: Sentence,
    dunning: Vec<DunningRow>,
    chart: Chart,
    waiting: Sentence,
    silence: Sentence,
    drift: Sentence,
    drifts: Vec<DriftRow>,
    reconciled: Sentence,
}

/// Something to look at, with the accounts it concerns.
struct ConcernPart {
    text: Sentence,
    accounts: Vec<Concern>,
    /// How many more there are, and where.
    more: Option<(Sentence, String)>,
}

struct StateRow {
    badge: Badge,
    href: String,
    count: u32,
}

struct DunningRow {
    when: Sentence,
    entered: u32,
    recovered: u32,
    lost: u32,
    rate: Sentence,
    median: Sentence,
}

struct DriftRow {
    account: String,
    kind: String,
    at: Sentence,
}

#[get("/admin")]
async fn show(
    _admin: Administrator,
    frame: Frame,
    billing: &State<Arc<Billing>>,
) -> Result<Page, Problem> {
    Ok(Page::of(page(frame, overview::read(billing).await?)))
}

fn page(frame: Frame, overview: Overview) -> OverviewPage {
    let state = |state| StateRow {
        badge: Badge::of(state),
        href: Filter::default().in_state(Some(state)).address("/admin/accounts", 1),
        count: overview.in_state(state),
    };
    let [month, ever] = overview.dunning;
    OverviewPage {
        frame,
        accounts: t!("desk-accounts-count", count = overview.accounts),
        states: STATES.map(state).into_iter().filter(|row| row.count > 0).collect(),
        servers: t!("desk-servers-in-use", count = overview.servers),
        revenue: revenue(&overview),
        paying: t!("desk-revenue-fine", count = overview.revenue.subscriptions),
        trials: trials(&overview),
        dunning: vec![
            dunning(t!("desk-unpaid-month"), month),
            dunning(t!("desk-unpaid-ever"), ever),
        ],
        chart: Chart::of_hours(overview.since, &overview.events),
        waiting: waiting(&overview),
        silence: silence(&overview),
        drift: match overview.drifts.0 {
            0 => t!("desk-drift-none"),
            count => t!("desk-drift", count = count),
        },
        drifts: overview.drifts.1.into_iter().map(drift).collect(),
        reconciled: overview.reconciled_at.map_or_else(
            || t!("desk-reconciled-never"),
            |at| t!("desk-reconciled", moment = Sentence::at_minute(at)),
        ),
        concerns: concerns(overview.concerns),
    }
}

/// One part for each kind of trouble, the worst first.
fn concerns(mut all: Vec<Concern>) -> Vec<ConcernPart> {
    let part = |alert: Alert| {
        let mut accounts: Vec<Concern> = all.extract_if(.., |it| it.alert == alert).collect();
        let hidden = u32::try_from(accounts.len().saturating_sub(NAMED)).unwrap_or(u32::MAX);
        accounts.truncate(NAMED);
        let more = || {
            let href = Filter::with_alert(alert).address("/admin/accounts", 1);
            (t!("desk-concerns-more", count = hidden), href)
        };
        let more = (hidden > 0).then(more);
        ConcernPart { text: words::alert(alert), accounts, more }
    };
    Alert::ALL.map(part).into_iter().filter(|part| !part.accounts.is_empty()).collect()
}

/// What comes in by the month, an amount for each currency.
fn revenue(overview: &Overview) -> Sentence {
    let month = |(currency, minor): (&str, i64)| {
        let amount = Sentence::amount(minor, currency);
        t!("price-per", amount = amount, every = t!("per-month"))
    };
    let amounts = overview.revenue.per_month().map(month);
    let all = amounts.reduce(|all, one| t!("desk-revenue-and", amounts = all, amount = one));
    all.unwrap_or_else(|| t!("desk-revenue-none"))
}

fn trials(overview: &Overview) -> Sentence {
    match overview.trials_ending {
        0 => t!("desk-trials-run", count = overview.trials),
        ending => t!("desk-trials-ending", count = overview.trials, ending = ending),
    }
}

fn dunning(when: Sentence, book: Book) -> DunningRow {
    let Book { entered, recovered, lost, median_seconds } = book;
    let ended = recovered + lost;
    DunningRow {
        when,
        entered,
        recovered,
        lost,
        rate: match ended {
            0 => t!("desk-unpaid-none-ended"),
            ended => t!("desk-unpaid-share", percent = percent(recovered, ended), ended = ended),
        },
        median: median_seconds.map_or_else(|| t!("desk-unpaid-no-median"), lasting),
    }
}

fn percent(part: u32, whole: u32) -> u32 {
    let (part, whole) = (u64::from(part), u64::from(whole));
    u32::try_from((part * 100 + whole / 2) / whole).unwrap_or(u32::MAX)
}

/// A length of time in its two largest units.
fn lasting(seconds: i64) -> Sentence {
    type Unit = (i64, fn(u32) -> Sentence);
    const UNITS: [Unit; 4] = [
        (86_400, |count| t!("desk-days", count = count)),
        (3_600, |count| t!("desk-hours", count = count)),
        (60, |count| t!("desk-minutes", count = count)),
        (1, |count| t!("desk-seconds", count = count)),
    ];
    let seconds = seconds.max(0);
    let largest = UNITS.iter().position(|(length, _)| seconds >= *length);
    let (length, largest, smaller) = match largest.map(|index| &UNITS[index..]) {
        Some([(length, largest), (next, smaller), ..]) => (length, largest, Some((next, smaller))),
        Some([(length, largest)]) => (length, largest, None),
        Some([]) | None => return t!("desk-seconds", count = 0),
    };
    let count = |count: i64| u32::try_from(count).unwrap_or(u32::MAX);
    let rest = smaller.map(|(next, smaller)| (count(seconds % length / next), smaller));
    let rest = rest.filter(|(count, _)| *count > 0).map(|(count, smaller)| smaller(count));
    largest(count(seconds / length)).then(rest.unwrap_or_default())
}

fn waiting(overview: &Overview) -> Sentence {
    let Some(oldest) = overview.oldest else {
        return t!("desk-waiting-none");
    };
    let lag = lasting(overview.now.0.saturating_sub(oldest.0));
    let moment = Sentence::at_minute(oldest);
    t!("desk-waiting", count = overview.pending, lag = lag, moment = moment)
}

fn silence(overview: &Overview) -> Sentence {
    let Some(silence) = overview.silence else {
        return t!("desk-silence-none");
    };
    let lag = lasting(overview.now.0.saturating_sub(silence.since.0));
    t!("desk-silence", lag = lag, moment = Sentence::at_minute(silence.since))
}

fn drift(found: Found) -> DriftRow {
    let at = |at: Timestamp| Sentence::default().minute(at);
    DriftRow { account: found.account.to_string(), kind: found.kind, at: at(found.at) }
}

#[cfg(test)]
mod tests {
    use super::lasting;

    #[test]
    fn a_length_of_time_is_told_in_its_two_largest_units() {
        let table = [
            (0, "0 seconds"),
            (-5, "0 seconds"),
            (1, "1 second"),
            (61, "1 minute 1 second"),
            (3_600, "1 hour"),
            (3_601, "1 hour"),
            (7_320, "2 hours 2 minutes"),
            (90_061, "1 day 1 hour"),
            (3 * 86_400, "3 days"),
        ];
        for (seconds, words) in table {
            assert_eq!(lasting(seconds).plain(), words, "{seconds}");
        }
    }
}
