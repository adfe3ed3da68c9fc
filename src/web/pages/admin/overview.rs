//! `/admin`: how it all goes, and what to see to.

use std::sync::Arc;

use askama::Template;
use rocket::{Route, State, get, routes};

use super::chart::Chart;
use super::filter::{Filter, STATES};
use crate::domain::entitlement::Alert;
use crate::domain::money::Money;
use crate::domain::timestamp::Timestamp;
use crate::flows::Billing;
use crate::flows::overview::{self, Concern, Overview};
use crate::store::drifts::Found;
use crate::store::episodes::Book;
use crate::web::error::Problem;
use crate::web::guards::Administrator;
use crate::web::pages::filters;
use crate::web::pages::frame::Frame;
use crate::web::pages::parts::{Badge, Sentence, counted};
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
    accounts: String,
    states: Vec<StateRow>,
    servers: u32,
    revenue: Vec<String>,
    paying: String,
    trials: String,
    dunning: Vec<DunningRow>,
    chart: Chart,
    waiting: Sentence,
    silence: Sentence,
    drift: String,
    drifts: Vec<DriftRow>,
    reconciled: Sentence,
}

/// Something to look at, with the accounts it concerns.
struct ConcernPart {
    text: &'static str,
    accounts: Vec<Concern>,
    /// How many more there are, and where.
    more: Option<(String, String)>,
}

struct StateRow {
    badge: Badge,
    href: String,
    count: u32,
}

struct DunningRow {
    when: &'static str,
    entered: u32,
    recovered: u32,
    lost: u32,
    rate: String,
    median: String,
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
        accounts: counted(overview.accounts, "account", "accounts"),
        states: STATES.map(state).into_iter().filter(|row| row.count > 0).collect(),
        servers: overview.servers,
        revenue: overview.revenue.per_month().map(money).collect(),
        paying: counted(overview.revenue.subscriptions, "subscription pays", "subscriptions pay"),
        trials: trials(&overview),
        dunning: vec![dunning("Begun in the last 30 days", month), dunning("Ever", ever)],
        chart: Chart::of_hours(overview.since, &overview.events),
        waiting: waiting(&overview),
        silence: silence(&overview),
        drift: match overview.drifts.0 {
            0 => "No difference from Stripe was found in the last 7 days.".to_owned(),
            count => {
                let found = counted(count, "difference", "differences");
                format!("{found} from Stripe found and mended in the last 7 days.")
            }
        },
        drifts: overview.drifts.1.into_iter().map(drift).collect(),
        reconciled: overview.reconciled_at.map_or_else(
            || Sentence::new("All accounts were not compared with Stripe yet."),
            |at| {
                Sentence::new("All accounts were last compared with Stripe on ").minute(at).and(".")
            },
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
            (counted(hidden, "more account", "more accounts"), href)
        };
        let more = (hidden > 0).then(more);
        ConcernPart { text: words::alert(alert), accounts, more }
    };
    Alert::ALL.map(part).into_iter().filter(|part| !part.accounts.is_empty()).collect()
}

fn money((currency, minor): (&str, i64)) -> String {
    Money::from_minor(minor, currency)
        .map_or_else(|_| format!("{minor} {currency}"), |money| money.to_string())
}

fn trials(overview: &Overview) -> String {
    let running = counted(overview.trials, "trial runs", "trials run");
    match overview.trials_ending {
        0 => running,
        ending => {
            let ends = if ending == 1 { "ends" } else { "end" };
            format!("{running}, {ending} of them {ends} within 7 days")
        }
    }
}

fn dunning(when: &'static str, book: Book) -> DunningRow {
    let Book { entered, recovered, lost, median_seconds } = book;
    let ended = recovered + lost;
    DunningRow {
        when,
        entered,
        recovered,
        lost,
        rate: match ended {
            0 => "none has ended".to_owned(),
            ended => format!(
                "{}% of {ended}",
                (u64::from(recovered) * 100 + u64::from(ended) / 2) / u64::from(ended)
            ),
        },
        median: median_seconds.map_or_else(|| "none yet".to_owned(), lasting),
    }
}

/// A length of time in its two largest units.
pub(super) fn lasting(seconds: i64) -> String {
    let units = [("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1)];
    let mut left = seconds.max(0);
    let mut said = Vec::new();
    for (unit, length) in units {
        let count = left / length;
        left %= length;
        match (count, said.len()) {
            (0, 0) => {}
            (0, _) => break,
            (1, _) => said.push(format!("1 {unit}")),
            (count, _) => said.push(format!("{count} {unit}s")),
        }
        if said.len() == 2 {
            break;
        }
    }
    if said.is_empty() { "0 seconds".to_owned() } else { said.join(" ") }
}

fn waiting(overview: &Overview) -> Sentence {
    let Some(oldest) = overview.oldest else {
        return Sentence::new("No event waits.");
    };
    let events = counted(overview.pending, "event waits", "events wait");
    let lag = lasting(overview.now.0.saturating_sub(oldest.0));
    Sentence::new(format!("{events}, the oldest for {lag}, since ")).minute(oldest).and(".")
}

fn silence(overview: &Overview) -> Sentence {
    match overview.silence {
        Some(silence) => {
            let lag = lasting(overview.now.0.saturating_sub(silence.since.0));
            Sentence::new(format!("Stripe's messages have stayed away for {lag}, since "))
                .minute(silence.since)
                .and(".")
        }
        None => Sentence::new("Stripe's messages arrive: nothing changed there without one."),
    }
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
            assert_eq!(lasting(seconds), words, "{seconds}");
        }
    }
}
