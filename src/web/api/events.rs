//! The webhook inbox, for admins.

use std::sync::Arc;

use rocket::http::Status;
use rocket::serde::json::Json;
use rocket::{State, get, post};
use rocket_db_pools::Connection;

use super::super::error::Problem;
use super::super::guards::AdminToken;
use super::openapi::EventNotFound;
use super::query::Given;
use super::views::{self, Page};
use super::{Answer, query};
use crate::flows::{Billing, inbox};
use crate::store::inbox::Status as EventStatus;
use crate::store::{self, Db};

/// The webhook inbox in pages, newest first.
#[utoipa::path(get, path = "/events", operation_id = "list_events", security(("token" = ["admin"])),
    params(
        ("status" = Option<EventStatus>, Query, description = "Only events of this status"),
        query::Paging,
        ("after" = Option<String>, Query, pattern = "^[1-9][0-9]{0,17}$", description = "The `next` of the page before")),
    responses((status = 200, body = Page<views::Event>, description = "A page")))]
#[get("/events?<status>&<after>&<limit>")]
pub(super) async fn list(
    _token: AdminToken,
    status: Given<'_>,
    after: Given<'_>,
    limit: Given<'_>,
    mut db: Connection<Db>,
) -> Answer<Page<views::Event>> {
    let status = status.once("status")?.map(parse_status).transpose()?;
    let limit = query::limit(&limit)?;
    let before = query::after(&after, |text| text.parse().ok().filter(|seq: &i64| *seq > 0))?;
    let rows = store::inbox::page(&mut db, status, before, limit + 1).await?;
    let page = query::page(rows, limit, |last| last.seq.to_string());
    Ok(Json(Page { data: page.data.iter().map(views::Event::new).collect(), next: page.next }))
}

/// Makes an event due again.
#[utoipa::path(post, path = "/events/{event}/replay", operation_id = "replay_event", security(("token" = ["admin"])),
    responses((status = 202, body = views::Event, description = "It is due"), EventNotFound))]
#[post("/events/<event>/replay")]
pub(super) async fn replay(
    token: AdminToken,
    event: &str,
    billing: &State<Arc<Billing>>,
) -> Result<(Status, Json<views::Event>), Problem> {
    let event = inbox::replay(billing, event, &token.actor()).await?;
    Ok((Status::Accepted, Json(views::Event::new(&event))))
}

fn parse_status(text: &str) -> Result<EventStatus, Problem> {
    EventStatus::parse(text).ok_or_else(|| {
        let words = EventStatus::ALL.map(EventStatus::as_str).join(", ");
        query::wrong("status", &format!("write one of {words}"))
    })
}
