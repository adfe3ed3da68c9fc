//! `/admin/hooks`: what the panels next door were not told yet.

use std::sync::Arc;

use askama::Template;
use rocket::{Route, State, get, post, routes};

use crate::flows::{Billing, hooks};
use crate::store;
use crate::store::hooks::Undelivered;
use crate::web::error::Problem;
use crate::web::guards::Administrator;
use crate::web::pages::filters;
use crate::web::pages::frame::Frame;
use crate::web::pages::parts::Sentence;
use crate::web::pages::{Answer, Page};
use crate::web::text::t;

const MOST: u32 = 100;

pub(super) fn routes() -> Vec<Route> {
    routes![list, replay]
}

#[derive(Template)]
#[template(path = "admin/hooks.html")]
struct HooksPage {
    frame: Frame,
    configured: bool,
    rows: Vec<Row>,
}

/// One message, ready to show.
struct Row {
    seq: i64,
    id: String,
    made: Sentence,
    kind: &'static str,
    host: String,
    account: String,
    attempts: u32,
    dead: bool,
    error: String,
}

#[get("/admin/hooks")]
async fn list(
    _admin: Administrator,
    frame: Frame,
    billing: &State<Arc<Billing>>,
) -> Result<Page, Problem> {
    let mut conn = billing.store.read().await?;
    let messages = store::hooks::undelivered(&mut conn, MOST).await?;
    Ok(Page::of(HooksPage {
        frame,
        configured: !billing.settings.hooks.is_empty(),
        rows: messages.into_iter().map(row).collect(),
    }))
}

fn row(message: Undelivered) -> Row {
    // The path of a hook's address may be as good as a password.
    let host = url::Url::parse(&message.url).ok().and_then(|url| url.host_str().map(str::to_owned));
    Row {
        seq: message.seq,
        id: message.id,
        made: Sentence::default().minute(message.created_at),
        kind: message.kind.as_str(),
        host: host.unwrap_or_default(),
        account: message.account.to_string(),
        attempts: message.attempts,
        dead: message.dead,
        error: message.last_error.unwrap_or_default(),
    }
}

/// Sends a message again that was given up.
#[post("/admin/hooks/<seq>/replay")]
async fn replay(
    admin: Administrator,
    seq: i64,
    billing: &State<Arc<Billing>>,
) -> Result<Answer, Problem> {
    if !hooks::replay(billing, seq, &admin.actor()).await? {
        return Err(Problem::message_not_found());
    }
    Ok(Answer::done("/admin/hooks", t!("desk-hooks-due")))
}
