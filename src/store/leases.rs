//! The right to work on an event: held by one at a time, and for one event of a customer at a time.

use sqlx::SqliteConnection;

use super::Result;
use super::inbox::{Ignored, InboxEvent, Status, read};
use crate::domain::ids::AccountId;
use crate::domain::timestamp::Timestamp;

/// An event that is being worked on.
///
/// Whoever leases it after us has another attempt or another end: what we then say is not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Leased {
    pub(crate) event: InboxEvent,
    pub(crate) until: Timestamp,
}

/// Leases the oldest due event until `until`; one whose lease ran out is due again.
///
/// An event waits while another of its customer is leased.
pub(crate) async fn lease(
    conn: &mut SqliteConnection,
    now: Timestamp,
    until: Timestamp,
) -> Result<Option<Leased>> {
    let row = sqlx::query(
        "UPDATE inbox_events
         SET status = 'processing', attempts = attempts + 1, next_attempt_at = NULL,
             lease_until = ?2
         WHERE seq = (
            SELECT seq FROM (
                SELECT * FROM (
                    SELECT seq, next_attempt_at AS at FROM inbox_events AS due
                    WHERE next_attempt_at <= ?1 AND NOT EXISTS (
                        SELECT 1 FROM inbox_events AS held
                        WHERE held.customer_id = due.customer_id AND held.mode = due.mode
                          AND held.lease_until > ?1)
                    ORDER BY next_attempt_at, seq LIMIT 1)
                UNION ALL
                SELECT * FROM (
                    SELECT seq, lease_until AS at FROM inbox_events AS due
                    WHERE lease_until <= ?1 AND NOT EXISTS (
                        SELECT 1 FROM inbox_events AS held
                        WHERE held.customer_id = due.customer_id AND held.mode = due.mode
                          AND held.lease_until > ?1)
                    ORDER BY lease_until, seq LIMIT 1))
            ORDER BY at, seq LIMIT 1)
         RETURNING *",
    )
    .bind(now.0)
    .bind(until.0)
    .fetch_optional(conn)
    .await?;
    row.map(|row| Ok(Leased { event: read(&row)?, until })).transpose()
}

/// Ends every lease: what a process was working on when it died is due at once.
///
/// Work that another process still does is done twice, which changes nothing: it only looks.
pub(crate) async fn end_leases(conn: &mut SqliteConnection, now: Timestamp) -> Result<u64> {
    let ended = sqlx::query("UPDATE inbox_events SET lease_until = ?1 WHERE lease_until > ?1")
        .bind(now.0)
        .execute(conn)
        .await?;
    Ok(ended.rows_affected())
}

/// Records that an event was processed; `false` when the lease is no longer ours.
pub(crate) async fn settle(
    conn: &mut SqliteConnection,
    leased: &Leased,
    account: Option<&AccountId>,
    now: Timestamp,
) -> Result<bool> {
    let settled = sqlx::query(
        "UPDATE inbox_events
         SET status = 'done', done_at = ?, lease_until = NULL, last_error = NULL, account_id = ?
         WHERE seq = ? AND lease_until = ? AND attempts = ?",
    )
    .bind(now.0)
    .bind(account.map(AccountId::as_str))
    .bind(leased.event.seq)
    .bind(leased.until.0)
    .bind(leased.event.attempts)
    .execute(conn)
    .await?;
    Ok(settled.rows_affected() == 1)
}

/// Records that an event is none of our business; `false` when the lease is no longer ours.
pub(crate) async fn ignore(
    conn: &mut SqliteConnection,
    leased: &Leased,
    why: Ignored,
    now: Timestamp,
) -> Result<bool> {
    let ignored = sqlx::query(
        "UPDATE inbox_events
         SET status = 'ignored', ignored_reason = ?, done_at = ?, lease_until = NULL,
             last_error = NULL
         WHERE seq = ? AND lease_until = ? AND attempts = ?",
    )
    .bind(why.as_str())
    .bind(now.0)
    .bind(leased.event.seq)
    .bind(leased.until.0)
    .bind(leased.event.attempts)
    .execute(conn)
    .await?;
    Ok(ignored.rows_affected() == 1)
}

/// Puts a failed event back for `next_attempt_at`, or gives it up when there is none; `false` when
/// the lease is no longer ours.
pub(crate) async fn fail(
    conn: &mut SqliteConnection,
    leased: &Leased,
    error: &str,
    next_attempt_at: Option<Timestamp>,
) -> Result<bool> {
    let status = if next_attempt_at.is_some() { Status::Failed } else { Status::Dead };
    let failed = sqlx::query(
        "UPDATE inbox_events
         SET status = ?, next_attempt_at = ?, lease_until = NULL, last_error = ?
         WHERE seq = ? AND lease_until = ? AND attempts = ?",
    )
    .bind(status.as_str())
    .bind(next_attempt_at.map(|at| at.0))
    .bind(error)
    .bind(leased.event.seq)
    .bind(leased.until.0)
    .bind(leased.event.attempts)
    .execute(conn)
    .await?;
    Ok(failed.rows_affected() == 1)
}

/// Puts an event back for `at` as if it had not been tried; `false` when the lease is no longer ours.
pub(crate) async fn postpone(
    conn: &mut SqliteConnection,
    leased: &Leased,
    at: Timestamp,
) -> Result<bool> {
    let postponed = sqlx::query(
        "UPDATE inbox_events
         SET status = 'received', attempts = attempts - 1, next_attempt_at = ?, lease_until = NULL
         WHERE seq = ? AND lease_until = ? AND attempts = ?",
    )
    .bind(at.0)
    .bind(leased.event.seq)
    .bind(leased.until.0)
    .bind(leased.event.attempts)
    .execute(conn)
    .await?;
    Ok(postponed.rows_affected() == 1)
}
