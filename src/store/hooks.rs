//! The outbox of what a panel next door is told.

use serde_json::Value;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};

use super::{Result, count, id, parsed, time};
use crate::domain::hook::Kind;
use crate::domain::ids::AccountId;
use crate::domain::timestamp::Timestamp;

/// A message for one address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Message {
    pub(crate) seq: i64,
    /// The same at every address.
    pub(crate) id: String,
    pub(crate) url: String,
    pub(crate) account: AccountId,
    pub(crate) kind: Kind,
    pub(crate) body: String,
    pub(crate) attempts: u32,
    pub(crate) first_tried_at: Timestamp,
}

/// What is put into the outbox.
pub(crate) struct NewMessage<'m> {
    pub(crate) id: &'m str,
    pub(crate) url: &'m str,
    pub(crate) account: &'m AccountId,
    pub(crate) kind: Kind,
    pub(crate) body: &'m str,
    pub(crate) now: Timestamp,
}

pub(crate) async fn put(conn: &mut SqliteConnection, new: &NewMessage<'_>) -> Result<()> {
    sqlx::query(
        "INSERT INTO hooks_outbox
             (message_id, url, account_id, kind, body, created_at, next_attempt_at)
         VALUES (?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(new.id)
    .bind(new.url)
    .bind(new.account.as_str())
    .bind(new.kind.as_str())
    .bind(new.body)
    .bind(new.now.0)
    .bind(new.now.0)
    .execute(conn)
    .await?;
    Ok(())
}

/// Takes the message that is due for an attempt until `lease_ends_at`; one behind another of the same
/// account at the same address waits for it.
pub(crate) async fn lease(
    conn: &mut SqliteConnection,
    now: Timestamp,
    lease_ends_at: Timestamp,
) -> Result<Option<Message>> {
    let row = sqlx::query(
        "UPDATE hooks_outbox
         SET attempts = attempts + 1, next_attempt_at = ?,
             first_tried_at = coalesce(first_tried_at, ?)
         WHERE seq = (
             SELECT due.seq FROM hooks_outbox due
             WHERE due.status = 'waiting' AND due.next_attempt_at <= ? AND NOT EXISTS (
                 SELECT 1 FROM hooks_outbox earlier
                 WHERE earlier.status = 'waiting' AND earlier.url = due.url
                     AND earlier.account_id = due.account_id AND earlier.seq < due.seq
             )
             ORDER BY due.next_attempt_at, due.seq LIMIT 1
         )
         RETURNING *",
    )
    .bind(lease_ends_at.0)
    .bind(now.0)
    .bind(now.0)
    .fetch_optional(conn)
    .await?;
    row.as_ref().map(read).transpose()
}

/// Makes a dead message due again, with all its patience; `false` when there is none of this number.
pub(crate) async fn revive(conn: &mut SqliteConnection, seq: i64, now: Timestamp) -> Result<bool> {
    let revived = sqlx::query(
        "UPDATE hooks_outbox
         SET status = 'waiting', attempts = 0, first_tried_at = NULL, next_attempt_at = ?
         WHERE seq = ? AND status = 'dead'",
    )
    .bind(now.0)
    .bind(seq)
    .execute(conn)
    .await?;
    Ok(revived.rows_affected() == 1)
}

/// How an account stood when panels were last told of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) access: Value,
    pub(crate) over_quota: bool,
}

/// What was said last; `None` when nothing was yet.
pub(crate) async fn said(conn: &mut SqliteConnection, account: &AccountId) -> Result<Option<Said>> {
    let row = sqlx::query("SELECT * FROM hooks_said WHERE account_id = ?")
        .bind(account.as_str())
        .fetch_optional(conn)
        .await?;
    row.map(|row| {
        let access = parsed(&row, "access", |text| serde_json::from_str(text).ok())?;
        Ok(Said { access, over_quota: row.try_get("over_quota")? })
    })
    .transpose()
}

/// Remembers what is said now.
pub(crate) async fn say(
    conn: &mut SqliteConnection,
    account: &AccountId,
    said: &Said,
) -> Result<()> {
    sqlx::query(
        "INSERT OR REPLACE INTO hooks_said (account_id, access, over_quota) VALUES (?, ?, ?)",
    )
    .bind(account.as_str())
    .bind(said.access.to_string())
    .bind(said.over_quota)
    .execute(conn)
    .await?;
    Ok(())
}

/// What an admin is shown of a message that did not arrive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Undelivered {
    pub(crate) seq: i64,
    pub(crate) id: String,
    pub(crate) url: String,
    pub(crate) account: AccountId,
    pub(crate) kind: Kind,
    pub(crate) created_at: Timestamp,
    pub(crate) attempts: u32,
    pub(crate) dead: bool,
    pub(crate) last_error: Option<String>,
}

/// Messages that are dead or failed so far, dead ones first, then newest first.
pub(crate) async fn undelivered(
    conn: &mut SqliteConnection,
    limit: u32,
) -> Result<Vec<Undelivered>> {
    let rows = sqlx::query(
        "SELECT * FROM hooks_outbox
         WHERE status = 'dead' OR (status = 'waiting' AND last_error IS NOT NULL)
         ORDER BY status, seq DESC LIMIT ?",
    )
    .bind(limit)
    .fetch_all(conn)
    .await?;
    rows.iter().map(read_undelivered).collect()
}

pub(crate) async fn dead_count(conn: &mut SqliteConnection) -> Result<u32> {
    let row = sqlx::query("SELECT count(*) AS dead FROM hooks_outbox WHERE status = 'dead'")
        .fetch_one(conn)
        .await?;
    count(&row, "dead")
}

/// Removes messages that arrived and were made before `time`.
pub(crate) async fn forget(conn: &mut SqliteConnection, time: Timestamp) -> Result<()> {
    sqlx::query("DELETE FROM hooks_outbox WHERE status = 'done' AND created_at < ?")
        .bind(time.0)
        .execute(conn)
        .await?;
    Ok(())
}

fn read(row: &SqliteRow) -> Result<Message> {
    Ok(Message {
        seq: row.try_get("seq")?,
        id: row.try_get("message_id")?,
        url: row.try_get("url")?,
        account: id(row, "account_id")?,
        kind: parsed(row, "kind", Kind::parse)?,
        body: row.try_get("body")?,
        attempts: count(row, "attempts")?,
        first_tried_at: time(row, "first_tried_at")?,
    })
}

fn read_undelivered(row: &SqliteRow) -> Result<Undelivered> {
    let status: String = row.try_get("status")?;
    Ok(Undelivered {
        seq: row.try_get("seq")?,
        id: row.try_get("message_id")?,
        url: row.try_get("url")?,
        account: id(row, "account_id")?,
        kind: parsed(row, "kind", Kind::parse)?,
        created_at: time(row, "created_at")?,
        attempts: count(row, "attempts")?,
        dead: status == "dead",
        last_error: row.try_get("last_error")?,
    })
}
