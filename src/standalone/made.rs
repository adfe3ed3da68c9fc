//! Servers that a driver has another panel make, as `/servers` shows and orders them.

use askama::Template;
use askama::filters::HtmlSafe;
use sqlx::SqliteConnection;

use super::listed::Listed;
use crate::store;
use crate::store::provisions::{self, Provision, State};
use crate::web::pages::parts::{Field, Sentence};
use crate::web::pages::unmade;
use crate::web::text::t;
use crate::{AccountId, Billing, ServerId, StoreFailed, Timestamp};

/// How long a server that was not made is told of.
const TOLD_FOR: std::time::Duration = std::time::Duration::from_hours(24);
/// So many of those are shown at once.
const SHOWN: u32 = 3;
/// So many more are shown when they are asked for; nobody orders more in a day.
const SHOWN_AFTER: u32 = 500;

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

/// The servers of one page; what was not made is told of on the first.
pub(super) async fn rows(
    billing: &Billing,
    account: &AccountId,
    Listed { made, page, .. }: &Listed,
) -> Result<Shown, StoreFailed> {
    let (failed, in_all) = if billing.driver.is_some() && *page == 1 {
        let since = billing.now() - TOLD_FOR;
        let mut conn = billing.store.read().await?;
        store::made::failed(&mut conn, account, since, SHOWN + SHOWN_AFTER).await?
    } else {
        (Vec::new(), 0)
    };
    let (last, older) = failed.split_at(failed.len().min(SHOWN as usize));
    let there = made.iter().map(|it| row(billing, &it.provision, it.suspended_at));
    let failed = |it: &Provision| row(billing, it, None);
    let rows: Vec<Row> = there.chain(last.iter().map(failed)).collect();
    let older: Vec<Row> = older.iter().map(failed).collect();
    let title = t!("made-older", count = in_all.saturating_sub(SHOWN));
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

fn row(billing: &Billing, provision: &Provision, suspended: Option<Timestamp>) -> Row {
    let template = provision.template.as_deref().unwrap_or_default();
    let known = billing.settings.panel.as_ref().and_then(|panel| panel.template(template));
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
