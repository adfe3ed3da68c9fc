//! What is suspended: when accounts were judged, and what the panel has to be told.

use std::collections::HashMap;

use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};

use super::{Result, count, id, limit, time, time_opt};
use crate::domain::ids::{AccountId, ServerId};
use crate::domain::suspension::Mark;
use crate::domain::timestamp::Timestamp;

/// What was written down when each of the accounts `ids` was last judged; one that never was is
/// left out.
pub(crate) async fn marks(
    conn: &mut SqliteConnection,
    ids: &str,
) -> Result<HashMap<AccountId, Mark>> {
    let rows = sqlx::query(
        "SELECT * FROM over_quota WHERE account_id IN (SELECT value FROM json_each(?))",
    )
    .bind(ids)
    .fetch_all(conn)
    .await?;
    rows.iter().map(|row| Ok((id(row, "account_id")?, read_mark(row)?))).collect()
}

/// Writes down how the account was judged, and when to judge it again.
pub(crate) async fn put_mark(
    conn: &mut SqliteConnection,
    account: &AccountId,
    mark: &Mark,
    look_at: Option<Timestamp>,
) -> Result<()> {
    sqlx::query(
        "INSERT OR REPLACE INTO over_quota (account_id, judged_at, runs, over_since, look_at)
         VALUES (?, ?, ?, ?, ?)",
    )
    .bind(account.as_str())
    .bind(mark.judged_at.0)
    .bind(mark.runs.as_option())
    .bind(mark.over_since.map(|at| at.0))
    .bind(look_at.map(|at| at.0))
    .execute(conn)
    .await?;
    Ok(())
}

/// Has an account judged again that was over, or has more servers than it was judged for; `free`
/// ones are nobody's concern. `false` when there is nothing to judge.
pub(crate) async fn look_again(
    conn: &mut SqliteConnection,
    account: &AccountId,
    free: u32,
    now: Timestamp,
) -> Result<bool> {
    let asked = sqlx::query(
        "INSERT INTO over_quota (account_id, judged_at, look_at)
         SELECT ?1, ?2, ?2 FROM (SELECT count(*) AS used FROM servers WHERE account_id = ?1)
            LEFT JOIN over_quota o ON o.account_id = ?1
         WHERE o.over_since IS NOT NULL
            OR used > CASE WHEN o.account_id IS NULL THEN ?3 ELSE o.runs END
         ON CONFLICT (account_id) DO UPDATE SET look_at = excluded.look_at",
    )
    .bind(account.as_str())
    .bind(now.0)
    .bind(free)
    .execute(conn)
    .await?;
    Ok(asked.rows_affected() == 1)
}

/// Has every account judged that has more than `free` servers or a suspended one.
pub(crate) async fn look_at_all(
    conn: &mut SqliteConnection,
    free: u32,
    now: Timestamp,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO over_quota (account_id, judged_at, look_at)
         SELECT account_id, ?1, ?1 FROM servers WHERE true
         GROUP BY account_id HAVING count(*) > ?2 OR max(suspended_at) IS NOT NULL
         ON CONFLICT (account_id) DO UPDATE SET look_at = excluded.look_at",
    )
    .bind(now.0)
    .bind(free)
    .execute(conn)
    .await?;
    Ok(())
}

/// Accounts that have to be judged at `now`, the longest waiting first.
pub(crate) async fn due(
    conn: &mut SqliteConnection,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<AccountId>> {
    let rows = sqlx::query(
        "SELECT account_id FROM over_quota WHERE look_at <= ? ORDER BY look_at LIMIT ?",
    )
    .bind(now.0)
    .bind(limit)
    .fetch_all(conn)
    .await?;
    rows.iter().map(|row| id(row, "account_id")).collect()
}

/// Says that a server is suspended since a moment, or runs; the panel is told where it was told
/// otherwise, or may have been.
///
/// A call that is under way ends before `wait_until`, and nothing is told beside it.
pub(crate) async fn set(
    conn: &mut SqliteConnection,
    account: &AccountId,
    server: &ServerId,
    suspended_at: Option<Timestamp>,
    now: Timestamp,
    wait_until: Timestamp,
) -> Result<()> {
    sqlx::query(
        "UPDATE servers SET suspended_at = ?3, tell_at = CASE
            WHEN told IS CASE WHEN ?3 IS NULL THEN 'running' ELSE 'suspended' END THEN NULL
            ELSE min(coalesce(tell_at, ?4), ?5) END
         WHERE account_id = ?1 AND id = ?2",
    )
    .bind(account.as_str())
    .bind(server.as_str())
    .bind(suspended_at.map(|at| at.0))
    .bind(now.0)
    .bind(wait_until.0)
    .execute(conn)
    .await?;
    Ok(())
}

/// Has the panel told again that a server runs, of which it says otherwise.
pub(crate) async fn doubt(
    conn: &mut SqliteConnection,
    account: &AccountId,
    server: &ServerId,
    now: Timestamp,
) -> Result<()> {
    sqlx::query(
        "UPDATE servers SET told = NULL, tell_at = ?
         WHERE account_id = ? AND id = ? AND suspended_at IS NULL AND told = 'running'
           AND tell_at IS NULL",
    )
    .bind(now.0)
    .bind(account.as_str())
    .bind(server.as_str())
    .execute(conn)
    .await?;
    Ok(())
}

/// Something the panel has to be told, and how often that was tried with this time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Telling {
    pub(crate) account: AccountId,
    pub(crate) server: ServerId,
    pub(crate) suspended: bool,
    pub(crate) tries: u32,
}

/// Whether anything is due to be told.
pub(crate) async fn something_to_tell(conn: &mut SqliteConnection, now: Timestamp) -> Result<bool> {
    let row = sqlx::query("SELECT EXISTS (SELECT 1 FROM servers WHERE tell_at <= ?) AS waits")
        .bind(now.0)
        .fetch_one(conn)
        .await?;
    Ok(row.try_get("waits")?)
}

/// Takes up what is due to be told; nobody else does before `until`.
pub(crate) async fn take(
    conn: &mut SqliteConnection,
    now: Timestamp,
    until: Timestamp,
) -> Result<Option<Telling>> {
    let row = sqlx::query(
        "UPDATE servers SET told = NULL, tells = tells + 1, tell_at = ?2
         WHERE rowid = (SELECT rowid FROM servers WHERE tell_at <= ?1 ORDER BY tell_at LIMIT 1)
         RETURNING account_id, id, suspended_at, tells",
    )
    .bind(now.0)
    .bind(until.0)
    .fetch_optional(conn)
    .await?;
    row.map(|row| {
        Ok(Telling {
            account: id(&row, "account_id")?,
            server: id(&row, "id")?,
            suspended: time_opt(&row, "suspended_at")?.is_some(),
            tries: count(&row, "tells")?,
        })
    })
    .transpose()
}

/// The panel has done it; where the opposite was decided meanwhile, that is told next.
pub(crate) async fn told(
    conn: &mut SqliteConnection,
    telling: &Telling,
    now: Timestamp,
) -> Result<()> {
    sqlx::query(
        "UPDATE servers SET told = CASE WHEN ?3 THEN 'suspended' ELSE 'running' END, tells = 0,
            tell_at = CASE WHEN (suspended_at IS NOT NULL) = ?3 THEN NULL ELSE ?4 END
         WHERE account_id = ?1 AND id = ?2 AND tells = ?5",
    )
    .bind(telling.account.as_str())
    .bind(telling.server.as_str())
    .bind(telling.suspended)
    .bind(now.0)
    .bind(telling.tries)
    .execute(conn)
    .await?;
    Ok(())
}

/// The panel has not done it, or did not say so: it is told again at `again_at`.
pub(crate) async fn not_told(
    conn: &mut SqliteConnection,
    telling: &Telling,
    again_at: Timestamp,
) -> Result<()> {
    sqlx::query(
        "UPDATE servers SET tell_at = ? WHERE account_id = ? AND id = ? AND tells = ?
            AND tell_at IS NOT NULL",
    )
    .bind(again_at.0)
    .bind(telling.account.as_str())
    .bind(telling.server.as_str())
    .bind(telling.tries)
    .execute(conn)
    .await?;
    Ok(())
}

/// Takes the customer's choice of servers that are suspended last, in place of the one before.
pub(crate) async fn keep(
    conn: &mut SqliteConnection,
    account: &AccountId,
    servers: &[ServerId],
) -> Result<()> {
    let servers: Vec<&str> = servers.iter().map(ServerId::as_str).collect();
    sqlx::query(
        "UPDATE servers SET kept = id IN (SELECT value FROM json_each(?)) WHERE account_id = ?",
    )
    .bind(serde_json::json!(servers).to_string())
    .bind(account.as_str())
    .execute(conn)
    .await?;
    Ok(())
}

pub(super) fn read_mark(row: &SqliteRow) -> Result<Mark> {
    Ok(Mark {
        judged_at: time(row, "judged_at")?,
        runs: limit(row, "runs")?,
        over_since: time_opt(row, "over_since")?,
    })
}
