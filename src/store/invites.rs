//! Links by which somebody joins an account of the built-in panel; the secrets are never stored.

use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};

use super::{Result, count, id, time, time_opt};
use crate::domain::ids::AccountId;
use crate::domain::timestamp::Timestamp;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Invite {
    pub(crate) hash: Vec<u8>,
    pub(crate) account: AccountId,
    /// The user who made it.
    pub(crate) by: String,
    pub(crate) created_at: Timestamp,
    pub(crate) expires_at: Timestamp,
    /// When it was used or taken back.
    pub(crate) ended_at: Option<Timestamp>,
}

impl Invite {
    /// Whether somebody can join by it at `now`.
    pub(crate) fn is_open(&self, now: Timestamp) -> bool {
        self.ended_at.is_none() && now < self.expires_at
    }
}

/// Keeps an invite; one of the same secret stays as it is.
pub(crate) async fn put(conn: &mut SqliteConnection, invite: &Invite) -> Result<()> {
    sqlx::query(
        "INSERT INTO invites (hash, account_id, invited_by, created_at, expires_at)
         VALUES (?, ?, ?, ?, ?) ON CONFLICT (hash) DO NOTHING",
    )
    .bind(invite.hash.as_slice())
    .bind(invite.account.as_str())
    .bind(&invite.by)
    .bind(invite.created_at.0)
    .bind(invite.expires_at.0)
    .execute(conn)
    .await?;
    Ok(())
}

pub(crate) async fn get(conn: &mut SqliteConnection, hash: &[u8]) -> Result<Option<Invite>> {
    let row =
        sqlx::query("SELECT * FROM invites WHERE hash = ?").bind(hash).fetch_optional(conn).await?;
    row.as_ref().map(read).transpose()
}

/// The account's invites that somebody can join by at `now`, the one that ends first first.
pub(crate) async fn open(
    conn: &mut SqliteConnection,
    account: &AccountId,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<Invite>> {
    let rows = sqlx::query(
        "SELECT * FROM invites WHERE account_id = ? AND ended_at IS NULL AND expires_at > ?
         ORDER BY expires_at, hash LIMIT ?",
    )
    .bind(account.as_str())
    .bind(now.0)
    .bind(limit)
    .fetch_all(conn)
    .await?;
    rows.iter().map(read).collect()
}

pub(crate) async fn open_count(
    conn: &mut SqliteConnection,
    account: &AccountId,
    now: Timestamp,
) -> Result<u32> {
    let row = sqlx::query(
        "SELECT count(*) AS invites FROM invites
         WHERE account_id = ? AND ended_at IS NULL AND expires_at > ?",
    )
    .bind(account.as_str())
    .bind(now.0)
    .fetch_one(conn)
    .await?;
    count(&row, "invites")
}

/// Ends an invite of the account that is open at `now`; `false` when there is none such.
pub(crate) async fn end(
    conn: &mut SqliteConnection,
    account: &AccountId,
    hash: &[u8],
    now: Timestamp,
) -> Result<bool> {
    let ended = sqlx::query(
        "UPDATE invites SET ended_at = ?1
         WHERE hash = ?2 AND account_id = ?3 AND ended_at IS NULL AND expires_at > ?1",
    )
    .bind(now.0)
    .bind(hash)
    .bind(account.as_str())
    .execute(conn)
    .await?;
    Ok(ended.rows_affected() == 1)
}

/// Ends what somebody invited to the account who may invite no more.
pub(crate) async fn end_of(
    conn: &mut SqliteConnection,
    account: &AccountId,
    user: &str,
    now: Timestamp,
) -> Result<()> {
    sqlx::query(
        "UPDATE invites SET ended_at = ?
         WHERE account_id = ? AND invited_by = ? AND ended_at IS NULL",
    )
    .bind(now.0)
    .bind(account.as_str())
    .bind(user)
    .execute(conn)
    .await?;
    Ok(())
}

/// Forgets invites that were over before `time`.
pub(crate) async fn forget(conn: &mut SqliteConnection, time: Timestamp) -> Result<()> {
    sqlx::query("DELETE FROM invites WHERE expires_at < ?").bind(time.0).execute(conn).await?;
    Ok(())
}

fn read(row: &SqliteRow) -> Result<Invite> {
    Ok(Invite {
        hash: row.try_get("hash")?,
        account: id(row, "account_id")?,
        by: row.try_get("invited_by")?,
        created_at: time(row, "created_at")?,
        expires_at: time(row, "expires_at")?,
        ended_at: time_opt(row, "ended_at")?,
    })
}
