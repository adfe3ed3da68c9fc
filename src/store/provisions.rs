//! Servers at the panel that a driver works for: what was ordered, and what is known to be there.

use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};

use super::{Result, count, id, parsed};
use crate::domain::ids::{AccountId, ServerId};
use crate::domain::timestamp::Timestamp;

/// One server of the panel's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Provision {
    pub(crate) account: AccountId,
    pub(crate) server: ServerId,
    /// `None` for a server that we did not order.
    pub(crate) external: Option<String>,
    pub(crate) template: Option<String>,
    pub(crate) name: String,
    pub(crate) state: State,
    /// The panel's number of it, once it is made.
    pub(crate) remote: Option<i64>,
    pub(crate) attempts: u32,
    /// When it is taken up next, or by somebody else if its attempt did not end; `None` when it is
    /// over.
    pub(crate) due: Option<Timestamp>,
    /// What went wrong last.
    pub(crate) error: Option<String>,
    pub(crate) ordered_at: Timestamp,
    /// We suspended it.
    pub(crate) ours: bool,
    /// The panel did not say how its last suspension or return ended.
    pub(crate) unsure: bool,
}

/// How far an order came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// Nothing is at the panel.
    Wanted,
    /// The panel was asked, and did not say how it ended.
    Asked,
    Made,
    /// It will not be made; its slot is free again.
    Failed,
}

impl State {
    fn parse(text: &str) -> Option<Self> {
        match text {
            "wanted" => Some(Self::Wanted),
            "asked" => Some(Self::Asked),
            "made" => Some(Self::Made),
            "failed" => Some(Self::Failed),
            _ => None,
        }
    }
}

pub(crate) async fn get(
    conn: &mut SqliteConnection,
    account: &AccountId,
    server: &ServerId,
) -> Result<Option<Provision>> {
    let row = sqlx::query("SELECT * FROM provisions WHERE account_id = ? AND server_id = ?")
        .bind(account.as_str())
        .bind(server.as_str())
        .fetch_optional(conn)
        .await?;
    row.as_ref().map(read).transpose()
}

/// All of the account's, oldest first.
pub(crate) async fn of_account(
    conn: &mut SqliteConnection,
    account: &AccountId,
) -> Result<Vec<Provision>> {
    let rows =
        sqlx::query("SELECT * FROM provisions WHERE account_id = ? ORDER BY ordered_at, server_id")
            .bind(account.as_str())
            .fetch_all(conn)
            .await?;
    rows.iter().map(read).collect()
}

/// Puts an order into the outbox, in the transaction that takes its slot; one that was there before
/// is made anew, and what is known of its suspension stays known.
pub(crate) async fn put(
    conn: &mut SqliteConnection,
    account: &AccountId,
    server: &ServerId,
    order: Order<'_>,
    now: Timestamp,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO provisions
            (account_id, server_id, external_id, template, name, state, next_attempt_at, ordered_at)
         VALUES (?1, ?2, ?3, ?4, ?5, 'wanted', ?6, ?6)
         ON CONFLICT (account_id, server_id) DO UPDATE SET external_id = excluded.external_id,
            template = excluded.template, name = excluded.name, state = 'wanted', remote_id = NULL,
            attempts = 0, next_attempt_at = ?6, error = NULL, ordered_at = ?6",
    )
    .bind(account.as_str())
    .bind(server.as_str())
    .bind(order.external)
    .bind(order.template)
    .bind(order.name)
    .bind(now.0)
    .execute(conn)
    .await?;
    Ok(())
}

/// What is ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Order<'o> {
    pub(crate) external: &'o str,
    pub(crate) template: &'o str,
    pub(crate) name: &'o str,
}

/// Takes up an order that is due, this one or any; nobody else does before `until`.
pub(crate) async fn take(
    conn: &mut SqliteConnection,
    which: Option<(&AccountId, &ServerId)>,
    now: Timestamp,
    until: Timestamp,
) -> Result<Option<Provision>> {
    let row = sqlx::query(
        "UPDATE provisions SET attempts = attempts + 1, next_attempt_at = ?2
         WHERE rowid = (SELECT rowid FROM provisions WHERE next_attempt_at <= ?1
            AND (?3 IS NULL OR (account_id = ?3 AND server_id = ?4))
            ORDER BY next_attempt_at LIMIT 1)
         RETURNING *",
    )
    .bind(now.0)
    .bind(until.0)
    .bind(which.map(|(account, _)| account.as_str()))
    .bind(which.map(|(_, server)| server.as_str()))
    .fetch_optional(conn)
    .await?;
    row.as_ref().map(read).transpose()
}

/// Notes how an attempt stands; `false` when it was overtaken by another one.
pub(crate) async fn advance(
    conn: &mut SqliteConnection,
    provision: &Provision,
    step: Step<'_>,
) -> Result<bool> {
    let Provision { account, server, attempts, due, .. } = provision;
    let (state, remote, next, error, counted) = match step {
        Step::Asking => (Some("asked"), None, *due, None, 1),
        Step::Again { asked: true, at, error } => (Some("asked"), None, Some(at), Some(error), 1),
        Step::Again { asked: false, at, error } => (Some("wanted"), None, Some(at), Some(error), 1),
        Step::PutOff { at, error } => (None, None, Some(at), Some(error), 0),
        Step::Made { remote } => (Some("made"), Some(remote), None, None, 1),
        Step::Failed { error } => (Some("failed"), None, None, Some(error), 1),
    };
    let advanced = sqlx::query(
        "UPDATE provisions SET state = coalesce(?, state), remote_id = ?, next_attempt_at = ?,
            error = ?, attempts = attempts - 1 + ?
         WHERE account_id = ? AND server_id = ? AND attempts = ? AND next_attempt_at = ?",
    )
    .bind(state)
    .bind(remote)
    .bind(next.map(|at| at.0))
    .bind(error)
    .bind(counted)
    .bind(account.as_str())
    .bind(server.as_str())
    .bind(*attempts)
    .bind(due.map(|at| at.0))
    .execute(conn)
    .await?;
    Ok(advanced.rows_affected() == 1)
}

/// What an attempt came to.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Step<'s> {
    /// The panel is about to be asked.
    Asking,
    /// It is tried again; `asked` when something may be at the panel.
    Again {
        asked: bool,
        at: Timestamp,
        error: &'s str,
    },
    /// The panel took no call, so this was no attempt.
    PutOff {
        at: Timestamp,
        error: &'s str,
    },
    Made {
        remote: i64,
    },
    Failed {
        error: &'s str,
    },
}

/// A server that the panel's list has: one that was ordered is made, any other is new.
pub(crate) async fn found(
    conn: &mut SqliteConnection,
    account: &AccountId,
    server: &ServerId,
    remote: i64,
    name: &str,
    now: Timestamp,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO provisions (account_id, server_id, name, state, remote_id, ordered_at)
         VALUES (?, ?, ?, 'made', ?, ?)
         ON CONFLICT (account_id, server_id) DO UPDATE SET state = 'made',
            remote_id = excluded.remote_id, next_attempt_at = NULL, error = NULL",
    )
    .bind(account.as_str())
    .bind(server.as_str())
    .bind(name)
    .bind(remote)
    .bind(now.0)
    .execute(conn)
    .await?;
    Ok(())
}

/// Forgets a server that is gone from the panel; `false` when it is another one by now.
pub(crate) async fn remove(
    conn: &mut SqliteConnection,
    account: &AccountId,
    server: &ServerId,
    remote: i64,
) -> Result<bool> {
    let removed = sqlx::query(
        "DELETE FROM provisions WHERE account_id = ? AND server_id = ? AND remote_id = ?",
    )
    .bind(account.as_str())
    .bind(server.as_str())
    .bind(remote)
    .execute(conn)
    .await?;
    Ok(removed.rows_affected() == 1)
}

/// Lets the next attempt at an order be its last, which only looks; `false` when none is open.
pub(crate) async fn give_up(
    conn: &mut SqliteConnection,
    account: &AccountId,
    server: &ServerId,
) -> Result<bool> {
    let given_up = sqlx::query(
        "UPDATE provisions SET attempts = attempts + 1000
         WHERE account_id = ? AND server_id = ? AND next_attempt_at IS NOT NULL",
    )
    .bind(account.as_str())
    .bind(server.as_str())
    .execute(conn)
    .await?;
    Ok(given_up.rows_affected() == 1)
}

/// Forgets a server that is said to be gone; one that is not is found again.
///
/// One that we suspended stays known until the panel says the same, or nobody would bring it back.
pub(crate) async fn forget(
    conn: &mut SqliteConnection,
    account: &AccountId,
    server: &ServerId,
) -> Result<()> {
    sqlx::query(
        "DELETE FROM provisions
         WHERE account_id = ? AND server_id = ? AND ours = 0 AND unsure = 0",
    )
    .bind(account.as_str())
    .bind(server.as_str())
    .execute(conn)
    .await?;
    Ok(())
}

/// The same for all that is made and has no slot any more.
pub(crate) async fn forget_unlisted(
    conn: &mut SqliteConnection,
    account: &AccountId,
) -> Result<()> {
    sqlx::query(
        "DELETE FROM provisions WHERE account_id = ?1 AND state = 'made' AND ours = 0 AND unsure = 0
            AND server_id NOT IN (SELECT id FROM servers WHERE account_id = ?1)",
    )
    .bind(account.as_str())
    .execute(conn)
    .await?;
    Ok(())
}

/// Forgets what was not made, and ordered before `before`.
pub(crate) async fn forget_failed(conn: &mut SqliteConnection, before: Timestamp) -> Result<()> {
    sqlx::query("DELETE FROM provisions WHERE state = 'failed' AND ordered_at < ?")
        .bind(before.0)
        .execute(conn)
        .await?;
    Ok(())
}

/// Writes down what is about to be told of a suspension, and afterwards that it is done.
pub(crate) async fn note_suspension(
    conn: &mut SqliteConnection,
    provision: &Provision,
    ours: bool,
    unsure: bool,
) -> Result<()> {
    sqlx::query(
        "UPDATE provisions SET ours = ?, unsure = ? WHERE account_id = ? AND server_id = ?",
    )
    .bind(ours)
    .bind(unsure)
    .bind(provision.account.as_str())
    .bind(provision.server.as_str())
    .execute(conn)
    .await?;
    Ok(())
}

pub(super) fn read(row: &SqliteRow) -> Result<Provision> {
    Ok(Provision {
        account: id(row, "account_id")?,
        server: id(row, "server_id")?,
        external: row.try_get("external_id")?,
        template: row.try_get("template")?,
        name: row.try_get("name")?,
        state: parsed(row, "state", State::parse)?,
        remote: row.try_get("remote_id")?,
        attempts: count(row, "attempts")?,
        due: super::time_opt(row, "next_attempt_at")?,
        error: row.try_get("error")?,
        ordered_at: super::time(row, "ordered_at")?,
        ours: row.try_get("ours")?,
        unsure: row.try_get("unsure")?,
    })
}
