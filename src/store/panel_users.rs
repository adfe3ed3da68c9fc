//! Who an account is at the panel that a driver works for, and when its list of servers is read.

use sqlx::{Row as _, SqliteConnection};

use super::{Result, id};
use crate::domain::ids::AccountId;
use crate::domain::timestamp::Timestamp;

/// The panel's number of the account's user.
pub(crate) async fn of_account(
    conn: &mut SqliteConnection,
    account: &AccountId,
) -> Result<Option<i64>> {
    let row = sqlx::query("SELECT user_id FROM panel_users WHERE account_id = ?")
        .bind(account.as_str())
        .fetch_optional(conn)
        .await?;
    row.map(|row| Ok(row.try_get("user_id")?)).transpose()
}

/// Says who the account is at the panel; `false` when that user is another account's.
pub(crate) async fn link(
    conn: &mut SqliteConnection,
    account: &AccountId,
    user: i64,
    now: Timestamp,
) -> Result<bool> {
    sqlx::query(
        "INSERT INTO panel_users (account_id, user_id, look_at) VALUES (?, ?, ?)
         ON CONFLICT DO NOTHING",
    )
    .bind(account.as_str())
    .bind(user)
    .bind(now.0)
    .execute(&mut *conn)
    .await?;
    Ok(of_account(conn, account).await? == Some(user))
}

/// Forgets that the account is `user` at the panel, so that it is found anew.
pub(crate) async fn unlink(
    conn: &mut SqliteConnection,
    account: &AccountId,
    user: i64,
) -> Result<()> {
    sqlx::query("DELETE FROM panel_users WHERE account_id = ? AND user_id = ?")
        .bind(account.as_str())
        .bind(user)
        .execute(conn)
        .await?;
    Ok(())
}

/// Accounts whose list of servers is to be read, the longest waiting first.
pub(crate) async fn due(
    conn: &mut SqliteConnection,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<(AccountId, i64)>> {
    let rows = sqlx::query(
        "SELECT account_id, user_id FROM panel_users WHERE look_at <= ?
         ORDER BY look_at, account_id LIMIT ?",
    )
    .bind(now.0)
    .bind(limit)
    .fetch_all(conn)
    .await?;
    rows.iter().map(|row| Ok((id(row, "account_id")?, row.try_get("user_id")?))).collect()
}

/// Says when the account's list is read next.
pub(crate) async fn look_again(
    conn: &mut SqliteConnection,
    account: &AccountId,
    at: Timestamp,
) -> Result<()> {
    sqlx::query("UPDATE panel_users SET look_at = ? WHERE account_id = ?")
        .bind(at.0)
        .bind(account.as_str())
        .execute(conn)
        .await?;
    Ok(())
}

/// Has every list read that is not waited for already.
pub(crate) async fn look_at_all(conn: &mut SqliteConnection, now: Timestamp) -> Result<()> {
    sqlx::query("UPDATE panel_users SET look_at = ?1 WHERE look_at > ?1")
        .bind(now.0)
        .execute(conn)
        .await?;
    Ok(())
}
