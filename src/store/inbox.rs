//! Webhook events, from committed to done or dead.

use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};

use super::{Result, count, id_opt, parsed, time, time_opt};
use crate::domain::ids::{AccountId, Mode};
use crate::domain::timestamp::Timestamp;

/// Where an event stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Status {
    Received,
    Processing,
    Done,
    Failed,
    Dead,
    Ignored,
}

impl Status {
    pub(crate) const ALL: [Self; 6] =
        [Self::Received, Self::Processing, Self::Done, Self::Failed, Self::Dead, Self::Ignored];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Processing => "processing",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Dead => "dead",
            Self::Ignored => "ignored",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }
}

/// Why an event is none of our business.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Ignored {
    /// It is of the other mode.
    Livemode,
    /// It belongs to nobody here.
    Foreign,
    /// It happened in a connected account.
    Connect,
}

impl Ignored {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Livemode => "livemode",
            Self::Foreign => "foreign",
            Self::Connect => "connect",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Livemode, Self::Foreign, Self::Connect].into_iter().find(|why| why.as_str() == text)
    }
}

/// An event without its payload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct InboxEvent {
    pub(crate) seq: i64,
    pub(crate) id: String,
    pub(crate) mode: Mode,
    pub(crate) kind: String,
    pub(crate) created_at: Timestamp,
    pub(crate) object_id: Option<String>,
    pub(crate) customer: Option<String>,
    pub(crate) subscription: Option<String>,
    pub(crate) account_ref: Option<String>,
    pub(crate) received_at: Timestamp,
    pub(crate) status: Status,
    pub(crate) ignored: Option<Ignored>,
    pub(crate) attempts: u32,
    pub(crate) next_attempt_at: Option<Timestamp>,
    pub(crate) last_error: Option<String>,
    pub(crate) account: Option<AccountId>,
}

/// The newest event there is.
pub(crate) async fn last_seq(conn: &mut SqliteConnection) -> Result<i64> {
    let row = sqlx::query("SELECT coalesce(max(seq), 0) AS last FROM inbox_events")
        .fetch_one(conn)
        .await?;
    Ok(row.try_get("last")?)
}

/// Takes the account's other waiting events along with a sync that began after `up_to` was filed.
///
/// Those about a Checkout Session stay: each names a session to look at. Tells what was taken.
pub(crate) async fn settle_covered(
    conn: &mut SqliteConnection,
    account: &AccountId,
    mode: Mode,
    up_to: i64,
    now: Timestamp,
) -> Result<Vec<Covered>> {
    let rows = sqlx::query(
        "UPDATE inbox_events
         SET status = 'done', done_at = ?1, next_attempt_at = NULL, last_error = NULL,
             account_id = ?2
         WHERE next_attempt_at IS NOT NULL AND seq <= ?3 AND mode = ?4
           AND customer_id = (SELECT customer_id FROM customers WHERE account_id = ?2 AND mode = ?4)
           AND kind NOT LIKE 'checkout.session.%'
         RETURNING kind, object_id, created_at",
    )
    .bind(now.0)
    .bind(account.as_str())
    .bind(up_to)
    .bind(mode.as_str())
    .fetch_all(conn)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(Covered {
                kind: row.try_get("kind")?,
                object_id: row.try_get("object_id")?,
                created_at: time(row, "created_at")?,
            })
        })
        .collect()
}

/// An event that was settled along with another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Covered {
    pub(crate) kind: String,
    pub(crate) object_id: Option<String>,
    pub(crate) created_at: Timestamp,
}

/// Waiting events, and since when the oldest of them waits.
pub(crate) async fn pending(conn: &mut SqliteConnection) -> Result<(u32, Option<Timestamp>)> {
    let row = sqlx::query(
        "SELECT count(*) AS pending, min(received_at) AS oldest FROM inbox_events
         WHERE next_attempt_at IS NOT NULL OR lease_until IS NOT NULL",
    )
    .fetch_one(conn)
    .await?;
    Ok((count(&row, "pending")?, time_opt(&row, "oldest")?))
}

/// Makes those of `events` due that failed or were given up: Stripe delivers them once more.
pub(crate) async fn hasten(
    conn: &mut SqliteConnection,
    events: &[&str],
    now: Timestamp,
) -> Result<()> {
    sqlx::query(
        "UPDATE inbox_events
         SET status = 'received', attempts = 0, next_attempt_at = ?
         WHERE status IN ('failed', 'dead')
           AND event_id IN (SELECT value FROM json_each(?))",
    )
    .bind(now.0)
    .bind(serde_json::json!(events).to_string())
    .execute(conn)
    .await?;
    Ok(())
}

/// Makes an event that is not being processed due again with its attempts forgotten.
pub(crate) async fn replay(
    conn: &mut SqliteConnection,
    event: &str,
    mode: Mode,
    now: Timestamp,
) -> Result<bool> {
    let replayed = sqlx::query(
        "UPDATE inbox_events
         SET status = 'received', ignored_reason = NULL, attempts = 0, next_attempt_at = ?,
             last_error = NULL, done_at = NULL
         WHERE event_id = ? AND mode = ? AND status <> 'processing'",
    )
    .bind(now.0)
    .bind(event)
    .bind(mode.as_str())
    .execute(conn)
    .await?;
    Ok(replayed.rows_affected() == 1)
}

/// The same for all events of `status`, and of `kind` if given; tells how many there were.
pub(crate) async fn replay_all(
    conn: &mut SqliteConnection,
    status: Status,
    kind: Option<&str>,
    mode: Mode,
    now: Timestamp,
) -> Result<u64> {
    let replayed = sqlx::query(
        "UPDATE inbox_events
         SET status = 'received', ignored_reason = NULL, attempts = 0, next_attempt_at = ?1,
             last_error = NULL, done_at = NULL
         WHERE status = ?2 AND status <> 'received' AND status <> 'processing' AND mode = ?3
           AND (?4 IS NULL OR kind = ?4)",
    )
    .bind(now.0)
    .bind(status.as_str())
    .bind(mode.as_str())
    .bind(kind)
    .execute(conn)
    .await?;
    Ok(replayed.rows_affected())
}

/// How many events of `status` there are of each type, the most frequent first.
pub(crate) async fn kinds(
    conn: &mut SqliteConnection,
    status: Status,
    mode: Mode,
) -> Result<Vec<(String, u32)>> {
    let rows = sqlx::query(
        "SELECT kind, count(*) AS events FROM inbox_events
         WHERE status = ? AND status <> 'received' AND mode = ? GROUP BY kind ORDER BY events DESC, kind",
    )
    .bind(status.as_str())
    .bind(mode.as_str())
    .fetch_all(conn)
    .await?;
    rows.iter().map(|row| Ok((row.try_get("kind")?, count(row, "events")?))).collect()
}

/// Removes events of `status` received before `before`, at most `limit`; tells how many.
///
/// Events are filed in the order of their arrival, so only the first ones are looked at.
pub(crate) async fn forget(
    conn: &mut SqliteConnection,
    status: Status,
    before: Timestamp,
    limit: u32,
) -> Result<u64> {
    let forgotten = sqlx::query(
        "DELETE FROM inbox_events WHERE seq IN (
            SELECT seq FROM (
                SELECT seq, received_at FROM inbox_events
                WHERE status = ? AND status <> 'received' ORDER BY seq LIMIT ?)
            WHERE received_at < ?)",
    )
    .bind(status.as_str())
    .bind(limit)
    .bind(before.0)
    .execute(conn)
    .await?;
    Ok(forgotten.rows_affected())
}

pub(crate) async fn get(
    conn: &mut SqliteConnection,
    event: &str,
    mode: Mode,
) -> Result<Option<InboxEvent>> {
    let row = sqlx::query("SELECT * FROM inbox_events WHERE event_id = ? AND mode = ?")
        .bind(event)
        .bind(mode.as_str())
        .fetch_optional(conn)
        .await?;
    row.as_ref().map(read).transpose()
}

/// The exact bytes that Stripe sent.
pub(crate) async fn payload(
    conn: &mut SqliteConnection,
    event: &str,
    mode: Mode,
) -> Result<Option<Vec<u8>>> {
    let row = sqlx::query("SELECT payload FROM inbox_events WHERE event_id = ? AND mode = ?")
        .bind(event)
        .bind(mode.as_str())
        .fetch_optional(conn)
        .await?;
    row.map(|row| super::payload::unpack(row.try_get("payload")?)).transpose()
}

/// Events without their payloads.
macro_rules! listed {
    ($which:literal) => {
        concat!(
            "SELECT seq, event_id, mode, kind, created_at, object_id, customer_id, subscription_id,
                account_ref, received_at, status, ignored_reason, attempts, next_attempt_at,
                last_error, account_id
             FROM inbox_events ",
            $which
        )
    };
}

/// Events newest first, of one status if given, from before `before`.
pub(crate) async fn page(
    conn: &mut SqliteConnection,
    status: Option<Status>,
    before: Option<i64>,
    limit: u32,
) -> Result<Vec<InboxEvent>> {
    let statement = match status {
        // What waits is few, and found by its date.
        Some(Status::Received) => sqlx::query(listed!(
            "WHERE status = ? AND next_attempt_at IS NOT NULL AND seq < ? ORDER BY seq DESC LIMIT ?"
        )),
        Some(_) => sqlx::query(listed!(
            "WHERE status = ? AND status <> 'received' AND seq < ? ORDER BY seq DESC LIMIT ?"
        )),
        None => sqlx::query(listed!("WHERE seq < ? ORDER BY seq DESC LIMIT ?")),
    };
    let statement = match status {
        Some(status) => statement.bind(status.as_str()),
        None => statement,
    };
    let rows = statement.bind(before.unwrap_or(i64::MAX)).bind(limit).fetch_all(conn).await?;
    rows.iter().map(read).collect()
}

/// Events that concern the account, newest first.
pub(crate) async fn of_account(
    conn: &mut SqliteConnection,
    account: &AccountId,
    limit: u32,
) -> Result<Vec<InboxEvent>> {
    let rows = sqlx::query(listed!("WHERE account_id = ? ORDER BY seq DESC LIMIT ?"))
        .bind(account.as_str())
        .bind(limit)
        .fetch_all(conn)
        .await?;
    rows.iter().map(read).collect()
}

/// How many events are given up and wait for somebody to look.
pub(crate) async fn dead_count(conn: &mut SqliteConnection) -> Result<u32> {
    let row = sqlx::query(
        "SELECT count(*) AS dead FROM inbox_events WHERE status = 'dead' AND status <> 'received'",
    )
    .fetch_one(conn)
    .await?;
    count(&row, "dead")
}

pub(super) fn read(row: &SqliteRow) -> Result<InboxEvent> {
    Ok(InboxEvent {
        seq: row.try_get("seq")?,
        id: row.try_get("event_id")?,
        mode: parsed(row, "mode", |text| match text {
            "live" => Some(Mode::Live),
            "test" => Some(Mode::Test),
            _ => None,
        })?,
        kind: row.try_get("kind")?,
        created_at: time(row, "created_at")?,
        object_id: row.try_get("object_id")?,
        customer: row.try_get("customer_id")?,
        subscription: row.try_get("subscription_id")?,
        account_ref: row.try_get("account_ref")?,
        received_at: time(row, "received_at")?,
        status: parsed(row, "status", Status::parse)?,
        ignored: super::parsed_opt(row, "ignored_reason", Ignored::parse)?,
        attempts: count(row, "attempts")?,
        next_attempt_at: time_opt(row, "next_attempt_at")?,
        last_error: row.try_get("last_error")?,
        account: id_opt(row, "account_id")?,
    })
}
