//! The webhook inbox.

use serde_json::json;

use super::args::EventsCommand;
use super::desk::{Desk, Outcome};
use super::words::{moment, table};
use crate::flows::{Billing, inbox};
use crate::store;
use crate::store::inbox::{InboxEvent, Status};
use crate::web::api::views;

/// How the audit log calls whoever types commands.
const ACTOR: &str = "cli";

pub(super) async fn run(billing: &Billing, command: EventsCommand, desk: &mut Desk<'_>) -> Outcome {
    match command {
        EventsCommand::List { status, limit, report } => {
            list(billing, status, limit, report.json, desk).await
        }
        EventsCommand::Replay { id: Some(id), .. } => {
            let event = inbox::replay(billing, id.as_str(), ACTOR).await?;
            let (id, kind) = (&event.id, &event.kind);
            writeln!(desk.out, "Event {id} ({kind}) is due again; the server processes it.")?;
            Ok(())
        }
        EventsCommand::Replay { id: None, status, kind } => {
            // What is typed names one event or a status.
            let status = status.unwrap_or(Status::Dead);
            let events = inbox::replay_all(billing, status, kind.as_deref(), ACTOR).await?;
            let events =
                if events == 1 { "1 event is".into() } else { format!("{events} events are") };
            writeln!(desk.out, "{events} due again; the server processes them.")?;
            Ok(())
        }
    }
}

async fn list(
    billing: &Billing,
    status: Option<Status>,
    limit: u32,
    json: bool,
    desk: &mut Desk<'_>,
) -> Outcome {
    let mut conn = billing.store.read().await?;
    let events = store::inbox::page(&mut conn, status, None, limit).await?;
    drop(conn);
    if json {
        let data: Vec<_> = events.iter().map(views::Event::new).collect();
        return desk.print_json(&json!({"data": data}));
    }
    if events.is_empty() {
        writeln!(desk.out, "There are no such events.")?;
        return Ok(());
    }
    let head = ["ID", "STATUS", "TRIES", "RECEIVED", "ACCOUNT", "TYPE", "REMARK"];
    table(desk.out, head, events.iter().map(row))?;
    Ok(())
}

fn row(event: &InboxEvent) -> [String; 7] {
    let remark = match (&event.last_error, event.ignored, event.next_attempt_at) {
        (Some(error), _, _) => error.clone(),
        (None, Some(why), _) => why.as_str().to_owned(),
        (None, None, Some(at)) => format!("due {}", moment(Some(at))),
        (None, None, None) => String::new(),
    };
    [
        event.id.clone(),
        event.status.as_str().to_owned(),
        event.attempts.to_string(),
        moment(Some(event.received_at)),
        event.account.as_ref().map_or_else(|| "-".to_owned(), ToString::to_string),
        event.kind.clone(),
        remark,
    ]
}
