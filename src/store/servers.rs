//! What counts against the limit: servers and reservations.

use std::collections::HashMap;

use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};

use super::{Result, count, id, time, time_opt};
use crate::domain::ids::{AccountId, ServerId};
use crate::domain::plan::Limit;
use crate::domain::timestamp::Timestamp;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Server {
    pub(crate) id: ServerId,
    pub(crate) name: Option<String>,
    pub(crate) created_at: Timestamp,
    pub(crate) reserved_until: Option<Timestamp>,
    pub(crate) suspended_at: Option<Timestamp>,
    /// The customer chose it to be suspended last.
    pub(crate) kept: bool,
}

/// Takes a slot if fewer than `limit` are in use at `now`: the guarded insert that decides races;
/// `None` also when a server has this id already.
///
/// `reserved_until` makes it a reservation that runs out by itself.
pub(crate) async fn claim(
    conn: &mut SqliteConnection,
    account: &AccountId,
    server: &ServerId,
    name: Option<&str>,
    limit: Limit,
    reserved_until: Option<Timestamp>,
    now: Timestamp,
) -> Result<Option<Server>> {
    let row = sqlx::query(
        "INSERT INTO servers (account_id, id, name, created_at, reserved_until)
         SELECT ?1, ?2, ?3, ?4, ?5
         WHERE ?6 IS NULL OR ?6 > (
            SELECT count(*) FROM servers
            WHERE account_id = ?1 AND (reserved_until IS NULL OR reserved_until > ?4))
         ON CONFLICT DO NOTHING RETURNING *",
    )
    .bind(account.as_str())
    .bind(server.as_str())
    .bind(name)
    .bind(now.0)
    .bind(reserved_until.map(|at| at.0))
    .bind(limit.as_option())
    .fetch_optional(conn)
    .await?;
    row.as_ref().map(read).transpose()
}

/// One server that counts at `now`.
pub(crate) async fn get(
    conn: &mut SqliteConnection,
    account: &AccountId,
    server: &ServerId,
    now: Timestamp,
) -> Result<Option<Server>> {
    let row = sqlx::query(
        "SELECT * FROM servers WHERE account_id = ? AND id = ?
            AND (reserved_until IS NULL OR reserved_until > ?)",
    )
    .bind(account.as_str())
    .bind(server.as_str())
    .bind(now.0)
    .fetch_optional(conn)
    .await?;
    row.as_ref().map(read).transpose()
}

/// Makes a server stand, whatever became of its reservation meanwhile: it exists.
///
/// Whether one that is ordered exists is for the panel to say.
pub(crate) async fn confirm(
    conn: &mut SqliteConnection,
    account: &AccountId,
    server: &ServerId,
    name: Option<&str>,
    now: Timestamp,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO servers (account_id, id, name, created_at) VALUES (?, ?, ?, ?)
         ON CONFLICT (account_id, id) DO UPDATE SET reserved_until = NULL
         WHERE NOT EXISTS (SELECT 1 FROM provisions AS ordered
            WHERE ordered.account_id = servers.account_id AND ordered.server_id = servers.id
              AND ordered.next_attempt_at IS NOT NULL)",
    )
    .bind(account.as_str())
    .bind(server.as_str())
    .bind(name)
    .bind(now.0)
    .execute(conn)
    .await?;
    Ok(())
}

/// Makes a server that stands a reservation: it is about to go. What is ordered keeps its own.
pub(crate) async fn reserve(
    conn: &mut SqliteConnection,
    account: &AccountId,
    server: &ServerId,
    until: Timestamp,
) -> Result<()> {
    sqlx::query(
        "UPDATE servers SET reserved_until = ? WHERE account_id = ? AND id = ?
           AND NOT EXISTS (SELECT 1 FROM provisions AS ordered
            WHERE ordered.account_id = servers.account_id AND ordered.server_id = servers.id
              AND ordered.next_attempt_at IS NOT NULL)",
    )
    .bind(until.0)
    .bind(account.as_str())
    .bind(server.as_str())
    .execute(conn)
    .await?;
    Ok(())
}

/// Gives a reservation back; a server that stands keeps its slot.
pub(crate) async fn release_reservation(
    conn: &mut SqliteConnection,
    account: &AccountId,
    server: &ServerId,
) -> Result<()> {
    sqlx::query(
        "DELETE FROM servers WHERE account_id = ? AND id = ? AND reserved_until IS NOT NULL",
    )
    .bind(account.as_str())
    .bind(server.as_str())
    .execute(conn)
    .await?;
    Ok(())
}

/// Gives a slot back; `false` when there was none.
pub(crate) async fn release(
    conn: &mut SqliteConnection,
    account: &AccountId,
    server: &ServerId,
) -> Result<bool> {
    let released = sqlx::query("DELETE FROM servers WHERE account_id = ? AND id = ?")
        .bind(account.as_str())
        .bind(server.as_str())
        .execute(conn)
        .await?;
    Ok(released.rows_affected() == 1)
}

/// Reservations that ran out without being confirmed or given back.
pub(crate) async fn lapsed(
    conn: &mut SqliteConnection,
    account: &AccountId,
    now: Timestamp,
) -> Result<Vec<ServerId>> {
    let rows = sqlx::query("SELECT id FROM servers WHERE account_id = ? AND reserved_until <= ?")
        .bind(account.as_str())
        .bind(now.0)
        .fetch_all(conn)
        .await?;
    rows.iter().map(|row| id(row, "id")).collect()
}

/// The account's servers that count at `now`, oldest first.
pub(crate) async fn of_account(
    conn: &mut SqliteConnection,
    account: &AccountId,
    now: Timestamp,
) -> Result<Vec<Server>> {
    let rows = sqlx::query(
        "SELECT * FROM servers
         WHERE account_id = ? AND (reserved_until IS NULL OR reserved_until > ?)
         ORDER BY created_at, id",
    )
    .bind(account.as_str())
    .bind(now.0)
    .fetch_all(conn)
    .await?;
    rows.iter().map(read).collect()
}

/// Servers that count at `now`, of all accounts together.
pub(crate) async fn used_in_all(conn: &mut SqliteConnection, now: Timestamp) -> Result<u32> {
    let row = sqlx::query(
        "SELECT count(*) AS used FROM servers WHERE reserved_until IS NULL OR reserved_until > ?",
    )
    .bind(now.0)
    .fetch_one(conn)
    .await?;
    count(&row, "used")
}

/// The same for each of the accounts `ids`; one without any is left out.
pub(crate) async fn used_of_all(
    conn: &mut SqliteConnection,
    ids: &str,
    now: Timestamp,
) -> Result<HashMap<AccountId, u32>> {
    let rows = sqlx::query(
        "SELECT account_id, count(*) AS used FROM servers
         WHERE account_id IN (SELECT value FROM json_each(?))
            AND (reserved_until IS NULL OR reserved_until > ?)
         GROUP BY account_id",
    )
    .bind(ids)
    .bind(now.0)
    .fetch_all(conn)
    .await?;
    rows.iter().map(|row| Ok((id(row, "account_id")?, count(row, "used")?))).collect()
}

/// Replaces the account's servers by the panel's own list; what stays keeps its date.
pub(crate) async fn replace(
    conn: &mut SqliteConnection,
    account: &AccountId,
    servers: &[(ServerId, Option<String>)],
    now: Timestamp,
) -> Result<()> {
    let ids: Vec<&str> = servers.iter().map(|(id, _)| id.as_str()).collect();
    sqlx::query(
        "DELETE FROM servers
         WHERE account_id = ? AND id NOT IN (SELECT value FROM json_each(?))
           AND NOT EXISTS (SELECT 1 FROM provisions AS ordered
               WHERE ordered.account_id = servers.account_id AND ordered.server_id = servers.id
                 AND ordered.next_attempt_at IS NOT NULL)",
    )
    .bind(account.as_str())
    .bind(serde_json::json!(ids).to_string())
    .execute(&mut *conn)
    .await?;
    let rows: Vec<_> =
        servers.iter().map(|(id, name)| serde_json::json!([id.as_str(), name])).collect();
    sqlx::query(
        "INSERT INTO servers (account_id, id, name, created_at)
         SELECT ?1, value ->> 0, value ->> 1, ?2 FROM json_each(?3) WHERE true
         ON CONFLICT (account_id, id)
         DO UPDATE SET name = coalesce(excluded.name, name), reserved_until = CASE
            WHEN EXISTS (SELECT 1 FROM provisions AS ordered
               WHERE ordered.account_id = servers.account_id AND ordered.server_id = servers.id
                 AND ordered.next_attempt_at IS NOT NULL)
            THEN reserved_until END",
    )
    .bind(account.as_str())
    .bind(now.0)
    .bind(serde_json::Value::from(rows).to_string())
    .execute(conn)
    .await?;
    Ok(())
}

fn read(row: &SqliteRow) -> Result<Server> {
    Ok(Server {
        id: id(row, "id")?,
        name: row.try_get("name")?,
        created_at: time(row, "created_at")?,
        reserved_until: time_opt(row, "reserved_until")?,
        suspended_at: time_opt(row, "suspended_at")?,
        kept: row.try_get("kept")?,
    })
}
