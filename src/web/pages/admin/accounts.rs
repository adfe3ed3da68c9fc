//! `/admin/accounts`: every account, to be searched, filtered and taken along.

use std::sync::Arc;

use askama::Template;
use rocket::{Route, State, get, routes};

use super::filter::{self, Filter};
use crate::domain::entitlement::Alert;
use crate::domain::timestamp::Timestamp;
use crate::flows::gate::{self, Standing};
use crate::flows::{Billing, Failed, census};
use crate::store;
use crate::web::error::Problem;
use crate::web::guards::Administrator;
use crate::web::pages::filters;
use crate::web::pages::frame::Frame;
use crate::web::pages::parts::{Badge, Meter, Paging, Sentence};
use crate::web::pages::{Page, words};
use crate::web::text::t;

const PATH: &str = "/admin/accounts";
const PER_PAGE: u32 = 25;

pub(super) fn routes() -> Vec<Route> {
    routes![list]
}

#[derive(Template)]
#[template(path = "admin/accounts.html")]
struct AccountsPage {
    frame: Frame,
    query: String,
    /// Empty for all of them.
    state: &'static str,
    alert: &'static str,
    states: Vec<StateLink>,
    /// What an admin should look at, where only accounts with that are shown.
    concern: Option<Sentence>,
    narrowed: bool,
    count: Sentence,
    export: String,
    rows: Vec<Row>,
    paging: Option<Paging>,
}

struct StateLink {
    text: Sentence,
    href: String,
    current: bool,
}

struct Row {
    id: String,
    email: String,
    name: String,
    created: Sentence,
    badge: Badge,
    usage: Meter,
}

#[get("/admin/accounts?<q>&<state>&<alert>&<page>")]
async fn list(
    _admin: Administrator,
    frame: Frame,
    q: Option<&str>,
    state: Option<&str>,
    alert: Option<&str>,
    page: Option<u32>,
    billing: &State<Arc<Billing>>,
) -> Result<Page, Problem> {
    let filter = Filter::read(q, state, alert)?;
    let found = find(billing, filter, page.unwrap_or(1)).await?;
    Ok(Page::of(shown(frame, filter, found)))
}

/// One page of those who were found.
struct Found {
    rows: Vec<Row>,
    count: u32,
    page: u32,
    pages: u32,
}

async fn find(billing: &Billing, filter: Filter<'_>, page: u32) -> Result<Found, Failed> {
    let wanted = filter.wanted;
    if !wanted.is_text_only() {
        let mut rows = Vec::new();
        census::walk(billing, wanted, |standing| rows.push(row(&standing))).await?;
        let (count, page, pages, offset) = place(rows.len(), page);
        let here = rows.into_iter().skip(offset).take(PER_PAGE as usize);
        return Ok(Found { rows: here.collect(), count, page, pages });
    }
    let (mode, query) = (billing.mode(), wanted.query);
    let mut conn = billing.store.read().await?;
    let count = store::accounts::search_count(&mut conn, mode, query).await?;
    let (count, page, pages, _) = place(count as usize, page);
    let offset = (page - 1) * PER_PAGE;
    let accounts = store::accounts::search(&mut conn, mode, query, offset, PER_PAGE).await?;
    let standings = gate::standings_of(&mut conn, billing, accounts).await?;
    Ok(Found { rows: standings.iter().map(row).collect(), count, page, pages })
}

/// How many there are, the page that is nearest to the one asked for, how many pages there are,
/// and how many stand before it.
fn place(count: usize, page: u32) -> (u32, u32, u32, usize) {
    let count = u32::try_from(count).unwrap_or(u32::MAX);
    let pages = count.div_ceil(PER_PAGE).max(1);
    let page = page.clamp(1, pages);
    (count, page, pages, ((page - 1) * PER_PAGE) as usize)
}

fn shown(frame: Frame, filter: Filter<'_>, found: Found) -> AccountsPage {
    let wanted = filter.wanted;
    let link = |state, text| StateLink {
        text,
        href: filter.in_state(state).address(PATH, 1),
        current: wanted.state == state,
    };
    let count = match (wanted.query, wanted.is_text_only()) {
        ("", true) => t!("desk-accounts-count", count = found.count),
        ("", false) => t!("desk-accounts-found", count = found.count),
        (query, _) => t!("desk-accounts-found-for", count = found.count, query = query),
    };
    let each = filter::STATES.map(|state| link(Some(state), filter::state_text(state)));
    AccountsPage {
        frame,
        query: wanted.query.to_owned(),
        state: wanted.state.map_or("", filter::state_word),
        alert: wanted.alert.map_or("", Alert::as_str),
        states: std::iter::once(link(None, t!("desk-all"))).chain(each).collect(),
        concern: wanted.alert.map(words::alert),
        narrowed: !wanted.query.is_empty() || !wanted.is_text_only(),
        count,
        export: filter.address("/admin/accounts.csv", 1),
        rows: found.rows,
        paging: Paging::new(found.page, found.pages, |page| filter.address(PATH, page)),
    }
}

fn row(standing: &Standing) -> Row {
    let account = &standing.account;
    let day = |at: Timestamp| Sentence::default().day(at);
    Row {
        id: account.id.to_string(),
        email: account.email.clone(),
        name: account.name.clone().unwrap_or_default(),
        created: day(account.created_at),
        badge: Badge::of(standing.decision.state),
        usage: words::usage(standing.used, standing.decision.limit),
    }
}
