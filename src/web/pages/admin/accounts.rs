//! `/admin/accounts`: every account, to be searched.

use std::sync::Arc;

use askama::Template;
use rocket::{Route, State, get, routes};
use url::form_urlencoded;

use crate::domain::timestamp::Timestamp;
use crate::flows::{Billing, Failed, gate};
use crate::store;
use crate::web::error::Problem;
use crate::web::guards::Administrator;
use crate::web::pages::frame::Frame;
use crate::web::pages::parts::{Badge, Meter, Paging, Sentence, counted};
use crate::web::pages::{Page, words};

const PER_PAGE: u32 = 25;

pub(super) fn routes() -> Vec<Route> {
    routes![list]
}

#[derive(Template)]
#[template(path = "admin/accounts.html")]
struct AccountsPage {
    frame: Frame,
    query: String,
    count: String,
    rows: Vec<Row>,
    paging: Option<Paging>,
}

struct Row {
    id: String,
    email: String,
    name: String,
    created: Sentence,
    badge: Badge,
    usage: Meter,
}

#[get("/admin/accounts?<q>&<page>")]
async fn list(
    _admin: Administrator,
    frame: Frame,
    q: Option<&str>,
    page: Option<u32>,
    billing: &State<Arc<Billing>>,
) -> Result<Page, Problem> {
    let query = q.unwrap_or_default().trim();
    Page::of(&find(frame, billing, query, page.unwrap_or(1)).await?)
}

async fn find(
    frame: Frame,
    billing: &Billing,
    query: &str,
    page: u32,
) -> Result<AccountsPage, Failed> {
    let mut conn = billing.store.read().await?;
    let found = store::accounts::search_count(&mut conn, billing.mode(), query).await?;
    let pages = found.div_ceil(PER_PAGE).max(1);
    let page = page.clamp(1, pages);
    let offset = (page - 1) * PER_PAGE;
    let accounts =
        store::accounts::search(&mut conn, billing.mode(), query, offset, PER_PAGE).await?;
    let standings = gate::standings_of(&mut conn, billing, accounts).await?;
    Ok(AccountsPage {
        frame,
        query: query.to_owned(),
        count: counted(found, "account", "accounts"),
        rows: standings.iter().map(row).collect(),
        paging: Paging::new(page, pages, |page| {
            let mut query_string = form_urlencoded::Serializer::new(String::new());
            query_string.append_pair("q", query).append_pair("page", &page.to_string());
            format!("/admin/accounts?{}", query_string.finish())
        }),
    })
}

fn row(standing: &gate::Standing) -> Row {
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
