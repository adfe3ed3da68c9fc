//! `/admin/events`: what Stripe sent and what became of it.

use std::sync::Arc;

use askama::Template;
use rocket::{FromForm, Route, State, get, post, routes};

use super::masking;
use crate::domain::ids::Mode;
use crate::flows::Billing;
use crate::flows::inbox::{self, NotReplayed};
use crate::store;
use crate::store::inbox::{Ignored, InboxEvent, Status};
use crate::web::arrival::InTime;
use crate::web::error::Problem;
use crate::web::guards::Administrator;
use crate::web::pages::filters;
use crate::web::pages::frame::Frame;
use crate::web::pages::parts::{Action, Badge, Paging, Sentence, Tone};
use crate::web::pages::{Answer, Page};
use crate::web::text::t;

const PER_PAGE: usize = 25;

pub(super) fn routes() -> Vec<Route> {
    routes![list, show, replay, replay_all]
}

#[derive(Template)]
#[template(path = "admin/events.html")]
struct EventsPage {
    frame: Frame,
    statuses: Vec<StatusLink>,
    replays: Vec<Action>,
    rows: Vec<Row>,
    paging: Option<Paging>,
}

struct StatusLink {
    text: Sentence,
    /// Empty for all of them.
    word: &'static str,
    current: bool,
}

/// One event, ready to show.
pub(super) struct Row {
    pub(super) id: String,
    pub(super) kind: String,
    pub(super) badge: Badge,
    pub(super) received: Sentence,
    pub(super) attempts: u32,
    pub(super) account: Option<String>,
}

#[get("/admin/events?<status>&<before>")]
async fn list(
    _admin: Administrator,
    frame: Frame,
    status: Option<&str>,
    before: Option<i64>,
    billing: &State<Arc<Billing>>,
) -> Result<Page, Problem> {
    let status = status.and_then(Status::parse);
    let mut conn = billing.store.read().await?;
    let replays = match status {
        Some(stuck @ (Status::Dead | Status::Failed)) => {
            replays(stuck, &store::inbox::kinds(&mut conn, stuck, billing.mode()).await?)
        }
        Some(Status::Received | Status::Processing | Status::Done | Status::Ignored) | None => {
            Vec::new()
        }
    };
    let most = u32::try_from(PER_PAGE + 1).unwrap_or(u32::MAX);
    let mut events = store::inbox::page(&mut conn, status, before, most).await?;
    let more = events.len() > PER_PAGE;
    events.truncate(PER_PAGE);
    let all = StatusLink { text: t!("desk-all"), word: "", current: status.is_none() };
    let one =
        |it: Status| StatusLink { text: word(it), word: it.as_str(), current: status == Some(it) };
    Ok(Page::of(EventsPage {
        frame,
        statuses: std::iter::once(all).chain(Status::ALL.map(one)).collect(),
        paging: Paging::onward(events.last().filter(|_| more).map(|event| older(status, event))),
        replays,
        rows: events.iter().map(row).collect(),
    }))
}

/// A button for all of them, and one for each type where there are several.
fn replays(status: Status, kinds: &[(String, u32)]) -> Vec<Action> {
    let button =
        |text: Sentence| Action::post(text, "/admin/events/replay").with("status", status.as_str());
    let all: u32 = kinds.iter().map(|(_, events)| events).sum();
    let every = match status {
        Status::Dead => Some(t!("desk-events-replay-dead", count = all)),
        Status::Failed => Some(t!("desk-events-replay-failed", count = all)),
        Status::Received | Status::Processing | Status::Done | Status::Ignored => None,
    };
    let every = every.filter(|_| all > 0);
    let single = |(kind, events): &(String, u32)| {
        let text = t!("desk-events-replay-kind", count = *events, kind = kind.as_str());
        button(text).with("type", kind.as_str()).quiet()
    };
    let each = kinds.iter().filter(|_| kinds.len() > 1).map(single);
    every.map(button).into_iter().chain(each).collect()
}

fn older(status: Option<Status>, last: &InboxEvent) -> String {
    let status = status.map(|it| format!("status={}&", it.as_str())).unwrap_or_default();
    format!("/admin/events?{status}before={}", last.seq)
}

#[derive(Template)]
#[template(path = "admin/event.html")]
struct EventPage {
    frame: Frame,
    row: Row,
    mode: &'static str,
    object: Option<String>,
    customer: Option<String>,
    happened: Sentence,
    next_attempt: Option<Sentence>,
    ignored: Option<Sentence>,
    last_error: Option<String>,
    payload: Sentence,
    /// One that is being worked on, or is of the other mode, cannot be replayed.
    replayable: bool,
}

#[get("/admin/events/<id>")]
async fn show(
    _admin: Administrator,
    frame: Frame,
    id: &str,
    billing: &State<Arc<Billing>>,
) -> Result<Page, Problem> {
    let mut conn = billing.store.read().await?;
    for mode in [billing.mode(), other(billing.mode())] {
        if let Some(event) = store::inbox::get(&mut conn, id, mode).await? {
            let payload = store::inbox::payload(&mut conn, id, mode).await?.unwrap_or_default();
            let replayable = mode == billing.mode() && event.status != Status::Processing;
            return Ok(Page::of(page(frame, &event, &payload, replayable)));
        }
    }
    Err(NotReplayed::NotFound.into())
}

/// Makes an event due again.
#[post("/admin/events/<id>/replay")]
async fn replay(
    admin: Administrator,
    id: &str,
    billing: &State<Arc<Billing>>,
) -> Result<Answer, Problem> {
    let event = inbox::replay(billing, id, &admin.actor()).await?;
    let path = format!("/admin/events/{}", event.id);
    Ok(Answer::done(path, t!("desk-event-due")))
}

/// Which events are replayed together.
#[derive(FromForm)]
struct Filter<'r> {
    #[field(default = "")]
    status: &'r str,
    #[field(name = "type")]
    kind: Option<&'r str>,
}

/// Makes all events of a status due again, or those of one type.
#[post("/admin/events/replay", data = "<filter>")]
async fn replay_all(
    admin: Administrator,
    filter: InTime<Filter<'_>>,
    billing: &State<Arc<Billing>>,
) -> Result<Answer, Problem> {
    let status = Status::parse(filter.status).ok_or(NotReplayed::NotStuck)?;
    let kind = filter.kind.filter(|kind| !kind.is_empty());
    let events = inbox::replay_all(billing, status, kind, &admin.actor()).await?;
    let count = u32::try_from(events).unwrap_or(u32::MAX);
    let path = format!("/admin/events?status={}", status.as_str());
    Ok(Answer::done(path, t!("desk-events-due", count = count)))
}

fn page(frame: Frame, event: &InboxEvent, payload: &[u8], replayable: bool) -> EventPage {
    EventPage {
        frame,
        row: row(event),
        mode: event.mode.as_str(),
        object: event.object_id.clone(),
        customer: event.customer.clone(),
        happened: Sentence::default().minute(event.created_at),
        next_attempt: event.next_attempt_at.map(|at| Sentence::default().minute(at)),
        ignored: event.ignored.map(because),
        last_error: event.last_error.clone(),
        payload: masking::pretty(payload).map_or_else(|| t!("desk-event-no-json"), Sentence::from),
        replayable,
    }
}

pub(super) fn row(event: &InboxEvent) -> Row {
    let tone = match event.status {
        Status::Done => Tone::Good,
        Status::Received | Status::Processing | Status::Ignored => Tone::Plain,
        Status::Failed => Tone::Warning,
        Status::Dead => Tone::Bad,
    };
    Row {
        id: event.id.clone(),
        kind: event.kind.clone(),
        badge: Badge { word: word(event.status), tone },
        received: Sentence::default().minute(event.received_at),
        attempts: event.attempts,
        account: event.account.as_ref().map(ToString::to_string),
    }
}

pub(super) fn word(status: Status) -> Sentence {
    match status {
        Status::Received => t!("desk-event-received"),
        Status::Processing => t!("desk-event-processing"),
        Status::Done => t!("desk-event-done"),
        Status::Failed => t!("desk-event-failed"),
        Status::Dead => t!("desk-event-dead"),
        Status::Ignored => t!("desk-event-ignored"),
    }
}

fn because(ignored: Ignored) -> Sentence {
    match ignored {
        Ignored::Livemode => t!("desk-ignored-livemode"),
        Ignored::Foreign => t!("desk-ignored-foreign"),
        Ignored::Connect => t!("desk-ignored-connect"),
    }
}

fn other(mode: Mode) -> Mode {
    match mode {
        Mode::Live => Mode::Test,
        Mode::Test => Mode::Live,
    }
}
