//! The outbox of mail, and what customers were told by it.

use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};

use super::{Result, count, id_opt, time, time_opt};
use crate::domain::ids::AccountId;
use crate::domain::letter::Said;
use crate::domain::timestamp::Timestamp;

/// A letter that is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Letter {
    pub(crate) seq: i64,
    /// The left part of its Message-ID.
    pub(crate) id: String,
    /// `None` for the operator.
    pub(crate) account: Option<AccountId>,
    pub(crate) kind: String,
    pub(crate) subject: String,
    pub(crate) body: String,
    pub(crate) created_at: Timestamp,
    pub(crate) attempts: u32,
    pub(crate) first_tried_at: Timestamp,
}

/// What is put into the outbox.
pub(crate) struct NewLetter<'l> {
    pub(crate) id: &'l str,
    pub(crate) account: Option<&'l AccountId>,
    pub(crate) kind: &'l str,
    pub(crate) subject: &'l str,
    pub(crate) body: &'l str,
    pub(crate) now: Timestamp,
}

pub(crate) async fn put(conn: &mut SqliteConnection, new: &NewLetter<'_>) -> Result<()> {
    sqlx::query(
        "INSERT INTO mail_outbox
             (message_id, account_id, kind, subject, body, created_at, next_attempt_at)
         VALUES (?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(new.id)
    .bind(new.account.map(AccountId::as_str))
    .bind(new.kind)
    .bind(new.subject)
    .bind(new.body)
    .bind(new.now.0)
    .bind(new.now.0)
    .execute(conn)
    .await?;
    Ok(())
}

/// Takes the letter that is due for an attempt until `lease_ends_at`; one behind another to the same
/// reader waits for it.
pub(crate) async fn lease(
    conn: &mut SqliteConnection,
    now: Timestamp,
    lease_ends_at: Timestamp,
) -> Result<Option<Letter>> {
    let row = sqlx::query(
        "UPDATE mail_outbox
         SET attempts = attempts + 1, next_attempt_at = ?,
             first_tried_at = coalesce(first_tried_at, ?)
         WHERE seq = (
             SELECT due.seq FROM mail_outbox due
             WHERE due.status = 'waiting' AND due.next_attempt_at <= ? AND NOT EXISTS (
                 SELECT 1 FROM mail_outbox earlier
                 WHERE earlier.status = 'waiting' AND earlier.account_id IS due.account_id
                     AND earlier.seq < due.seq
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

/// Whether a letter is due, for those who would otherwise take the write lock to see.
pub(crate) async fn is_due(conn: &mut SqliteConnection, now: Timestamp) -> Result<bool> {
    let row = sqlx::query(
        "SELECT EXISTS (SELECT 1 FROM mail_outbox
            WHERE status = 'waiting' AND next_attempt_at <= ?) AS due",
    )
    .bind(now.0)
    .fetch_one(conn)
    .await?;
    Ok(row.try_get("due")?)
}

/// Letters to customers that were given up and are no older than `since`.
pub(crate) async fn dead_since(conn: &mut SqliteConnection, since: Timestamp) -> Result<u32> {
    let row = sqlx::query(
        "SELECT count(*) AS dead FROM mail_outbox
         WHERE status = 'dead' AND created_at >= ? AND account_id IS NOT NULL",
    )
    .bind(since.0)
    .fetch_one(conn)
    .await?;
    count(&row, "dead")
}

/// Removes letters that were sent or given up, and made before `time`.
pub(crate) async fn forget(conn: &mut SqliteConnection, time: Timestamp) -> Result<()> {
    sqlx::query("DELETE FROM mail_outbox WHERE status IN ('done', 'dead') AND created_at < ?")
        .bind(time.0)
        .execute(conn)
        .await?;
    Ok(())
}

/// What the customer was told; `None` when nobody has looked yet.
pub(crate) async fn said(conn: &mut SqliteConnection, account: &AccountId) -> Result<Option<Said>> {
    let row = sqlx::query("SELECT * FROM mail_said WHERE account_id = ?")
        .bind(account.as_str())
        .fetch_optional(conn)
        .await?;
    row.map(|row| {
        Ok(Said {
            over_quota: row.try_get("over_quota")?,
            suspends_at: time_opt(&row, "suspends_at")?,
            reminded_of: time_opt(&row, "reminded_of")?,
            exempt_until: time_opt(&row, "exempt_until")?,
        })
    })
    .transpose()
}

/// Remembers what the customer is told now.
pub(crate) async fn say(
    conn: &mut SqliteConnection,
    account: &AccountId,
    said: &Said,
) -> Result<()> {
    sqlx::query(
        "INSERT OR REPLACE INTO mail_said
             (account_id, over_quota, suspends_at, reminded_of, exempt_until)
         VALUES (?, ?, ?, ?, ?)",
    )
    .bind(account.as_str())
    .bind(said.over_quota)
    .bind(said.suspends_at.map(|at| at.0))
    .bind(said.reminded_of.map(|at| at.0))
    .bind(said.exempt_until.map(|at| at.0))
    .execute(conn)
    .await?;
    Ok(())
}

/// Has every account judged whose exemption ends after `now`.
pub(crate) async fn look_at_exempt(conn: &mut SqliteConnection, now: Timestamp) -> Result<()> {
    sqlx::query(
        "INSERT INTO over_quota (account_id, judged_at, look_at)
         SELECT account_id, ?1, ?1 FROM exemptions WHERE revoked_at IS NULL AND until_at > ?1
         ON CONFLICT (account_id) DO UPDATE SET look_at = excluded.look_at",
    )
    .bind(now.0)
    .execute(conn)
    .await?;
    Ok(())
}

fn read(row: &SqliteRow) -> Result<Letter> {
    Ok(Letter {
        seq: row.try_get("seq")?,
        id: row.try_get("message_id")?,
        account: id_opt(row, "account_id")?,
        kind: row.try_get("kind")?,
        subject: row.try_get("subject")?,
        body: row.try_get("body")?,
        created_at: time(row, "created_at")?,
        attempts: count(row, "attempts")?,
        first_tried_at: time(row, "first_tried_at")?,
    })
}
