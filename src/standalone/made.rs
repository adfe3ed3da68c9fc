//! Servers that a driver has another panel make, as `/servers` shows and orders them.

use askama::Template;
use askama::filters::HtmlSafe;
use sqlx::SqliteConnection;

use crate::store::provisions::{self, Provision, State};
use crate::store::servers::{self, Server};
use crate::web::pages::parts::{Field, Sentence};
use crate::web::pages::unmade;
use crate::web::text::t;
use crate::{AccountId, Billing, ServerId, StoreFailed};

/// How long a server that was not made is told of.
const TOLD_FOR: std::time::Duration = std::time::Duration::from_hours(24);
/// So many of those are shown at once, the rest when it is asked for.
const SHOWN: usize = 3;

/// What the account has at the panel, oldest first, then the last that was not made.
#[derive(Template)]
#[template(path = "panel/made.html")]
pub(super) struct Made {
    rows: Vec<Row>,
}

impl HtmlSafe for Made {}

/// One line of the list.
struct Row {
    name: String,
    kind: String,
    state: Sentence,
    /// Something is wrong with it.
    wrong: bool,
}

/// What is shown first, and what was not made before that, newest first, with its title.
type Shown = (Option<Made>, Option<(Sentence, Made)>);

pub(super) async fn rows(billing: &Billing, account: &AccountId) -> Result<Shown, StoreFailed> {
    if billing.driver.is_none() {
        return Ok((None, None));
    }
    let now = billing.now();
    let mut conn = billing.store.read().await?;
    let standing = servers::of_account(&mut conn, account, now).await?;
    let provisions = provisions::of_account(&mut conn, account).await?;
    let slot = |it: &Provision| standing.iter().find(|server| server.id == it.server);
    let row = |it: &Provision| row(billing, it, slot(it));
    let failed = |it: &&Provision| it.state == State::Failed && it.ordered_at + TOLD_FOR > now;
    let failed: Vec<&Provision> = provisions.iter().rev().filter(failed).collect();
    let (last, older) = failed.split_at(failed.len().min(SHOWN));
    let there = |it: &&Provision| it.state != State::Failed && slot(it).is_some();
    let rows: Vec<Row> =
        provisions.iter().filter(there).chain(last.iter().copied()).map(row).collect();
    let older: Vec<Row> = older.iter().copied().map(row).collect();
    let title = t!("made-older", count = u32::try_from(older.len()).unwrap_or(u32::MAX));
    Ok((
        (!rows.is_empty()).then_some(Made { rows }),
        (!older.is_empty()).then_some((title, Made { rows: older })),
    ))
}

/// Whether the panel has not answered an order of this server yet.
pub(super) async fn is_underway(
    conn: &mut SqliteConnection,
    account: &AccountId,
    server: &ServerId,
) -> Result<bool, StoreFailed> {
    let provision = provisions::get(conn, account, server).await?;
    Ok(provision.is_some_and(|it| it.due.is_some()))
}

fn row(billing: &Billing, provision: &Provision, server: Option<&Server>) -> Row {
    let template = provision.template.as_deref().unwrap_or_default();
    let known = billing.settings.panel.as_ref().and_then(|panel| panel.template(template));
    let suspended = server.and_then(|server| server.suspended_at);
    let error = provision.error.as_deref().unwrap_or_default();
    let state = match (provision.state, suspended) {
        (State::Failed, _) => t!("made-failed", error = unmade::why(error)),
        (State::Wanted | State::Asked, _) => t!("made-underway"),
        (State::Made, Some(since)) => {
            t!("made-suspended", moment = Sentence::at_minute(since))
        }
        (State::Made, None) => t!("made-running", day = Sentence::on_day(provision.ordered_at)),
    };
    Row {
        name: provision.name.clone(),
        kind: known.map_or(template, |template| template.name.as_str()).to_owned(),
        state,
        wrong: provision.state == State::Failed || suspended.is_some(),
    }
}

/// The field that chooses what is made; `None` where no driver makes anything.
pub(super) fn field(billing: &Billing, typed: &str) -> Option<Field> {
    let templates = templates(billing);
    (!templates.is_empty()).then(|| Field {
        choices: templates.into_iter().map(|(name, _)| name.to_owned()).collect(),
        ..Field::new("template", t!("servers-kind"), typed)
    })
}

/// What may be chosen, and the template behind it.
pub(super) fn templates(billing: &Billing) -> Vec<(&str, &str)> {
    let templates = billing.settings.panel.iter().flat_map(|panel| &panel.templates);
    templates.map(|template| (template.name.as_str(), template.id.as_str())).collect()
}
