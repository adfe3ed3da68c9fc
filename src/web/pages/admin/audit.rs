//! `/admin/audit`: who did what by hand.

use std::sync::Arc;

use askama::Template;
use rocket::{Route, State, get, routes};

use crate::flows::{Billing, Failed};
use crate::store;
use crate::store::audit::Act;
use crate::web::error::Problem;
use crate::web::guards::Administrator;
use crate::web::pages::Page;
use crate::web::pages::filters;
use crate::web::pages::frame::Frame;
use crate::web::pages::parts::{Paging, Sentence};
use crate::web::text::t;

const PER_PAGE: usize = 50;

pub(super) fn routes() -> Vec<Route> {
    routes![list]
}

#[derive(Template)]
#[template(path = "admin/audit.html")]
struct AuditPage {
    frame: Frame,
    rows: Vec<Row>,
    paging: Option<Paging>,
}

/// One act, ready to show.
struct Row {
    at: Sentence,
    actor: String,
    action: String,
    account: Option<String>,
    subject: Option<String>,
    detail: String,
}

#[get("/admin/audit?<before>")]
async fn list(
    _admin: Administrator,
    frame: Frame,
    before: Option<i64>,
    billing: &State<Arc<Billing>>,
) -> Result<Page, Problem> {
    let mut conn = billing.store.read().await?;
    let mut acts = store::audit::page(
        &mut conn,
        None,
        before,
        u32::try_from(PER_PAGE + 1).unwrap_or(u32::MAX),
    )
    .await
    .map_err(Failed::from)?;
    let more = acts.len() > PER_PAGE;
    acts.truncate(PER_PAGE);
    let older =
        acts.last().filter(|_| more).map(|(place, _)| format!("/admin/audit?before={place}"));
    let rows = acts.into_iter().map(|(_, act)| row(act)).collect();
    Ok(Page::of(AuditPage { frame, rows, paging: Paging::onward(older) }))
}

fn row(act: Act) -> Row {
    Row {
        at: Sentence::default().minute(act.at),
        actor: act.actor,
        action: act.action,
        account: act.account.map(|account| account.to_string()),
        subject: act.subject,
        detail: act.detail,
    }
}
