//! Sign-in links and the sessions they open; the secrets themselves are never stored.

use sqlx::SqliteConnection;

use super::{Result, id};
use crate::domain::ids::AccountId;
use crate::domain::timestamp::Timestamp;

pub(crate) async fn put(
    conn: &mut SqliteConnection,
    hash: &[u8],
    account: &AccountId,
    expires_at: Timestamp,
) -> Result<()> {
    sqlx::query("INSERT INTO sign_in_links (hash, account_id, expires_at) VALUES (?, ?, ?)")
        .bind(hash)
        .bind(account.as_str())
        .bind(expires_at.0)
        .execute(conn)
        .await?;
    Ok(())
}

/// Spends a link that was not spent yet and is not over; gives the account it was made for.
pub(crate) async fn spend(
    conn: &mut SqliteConnection,
    hash: &[u8],
    now: Timestamp,
) -> Result<Option<AccountId>> {
    let row = sqlx::query(
        "UPDATE sign_in_links SET spent_at = ?
         WHERE hash = ? AND spent_at IS NULL AND expires_at > ? RETURNING account_id",
    )
    .bind(now.0)
    .bind(hash)
    .bind(now.0)
    .fetch_optional(conn)
    .await?;
    row.as_ref().map(|row| id(row, "account_id")).transpose()
}

/// Whether there ever was such a link, as far as anybody remembers.
pub(crate) async fn is_known(conn: &mut SqliteConnection, hash: &[u8]) -> Result<bool> {
    let row = sqlx::query("SELECT 1 FROM sign_in_links WHERE hash = ?")
        .bind(hash)
        .fetch_optional(conn)
        .await?;
    Ok(row.is_some())
}

pub(crate) async fn put_session(
    conn: &mut SqliteConnection,
    hash: &[u8],
    account: &AccountId,
    expires_at: Timestamp,
) -> Result<()> {
    sqlx::query("INSERT INTO link_sessions (hash, account_id, expires_at) VALUES (?, ?, ?)")
        .bind(hash)
        .bind(account.as_str())
        .bind(expires_at.0)
        .execute(conn)
        .await?;
    Ok(())
}

/// Whose session this is, while it lasts.
pub(crate) async fn session(
    conn: &mut SqliteConnection,
    hash: &[u8],
    now: Timestamp,
) -> Result<Option<AccountId>> {
    let row = sqlx::query("SELECT account_id FROM link_sessions WHERE hash = ? AND expires_at > ?")
        .bind(hash)
        .bind(now.0)
        .fetch_optional(conn)
        .await?;
    row.as_ref().map(|row| id(row, "account_id")).transpose()
}

/// Forgets links and sessions that were over before `time`.
pub(crate) async fn forget(conn: &mut SqliteConnection, time: Timestamp) -> Result<()> {
    sqlx::query("DELETE FROM sign_in_links WHERE expires_at < ?")
        .bind(time.0)
        .execute(&mut *conn)
        .await?;
    sqlx::query("DELETE FROM link_sessions WHERE expires_at < ?")
        .bind(time.0)
        .execute(conn)
        .await?;
    Ok(())
}
