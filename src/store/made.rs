//! Servers at the panel that a driver works for, as their account is shown them: a few at a time.

use sqlx::SqliteConnection;

use super::provisions::{self, Provision};
use super::{Result, count, time_opt};
use crate::domain::ids::AccountId;
use crate::domain::timestamp::Timestamp;

/// A server that counts, made or ordered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) provision: Provision,
    pub(crate) suspended_at: Option<Timestamp>,
}

/// Those of the account that count at `now`, oldest first, with how many there are in all, which is
/// unknown behind the last of them.
pub(crate) async fn standing(
    conn: &mut SqliteConnection,
    account: &AccountId,
    now: Timestamp,
    offset: u32,
    limit: u32,
) -> Result<(Vec<Standing>, Option<u32>)> {
    let rows = sqlx::query(
        "SELECT provisions.*, servers.suspended_at, count(*) OVER () AS in_all
         FROM provisions JOIN servers
            ON servers.account_id = provisions.account_id AND servers.id = provisions.server_id
         WHERE provisions.account_id = ? AND provisions.state <> 'failed'
            AND (servers.reserved_until IS NULL OR servers.reserved_until > ?)
         ORDER BY provisions.ordered_at, provisions.server_id LIMIT ? OFFSET ?",
    )
    .bind(account.as_str())
    .bind(now.0)
    .bind(limit)
    .bind(offset)
    .fetch_all(conn)
    .await?;
    let in_all = rows.first().map(|row| count(row, "in_all")).transpose()?;
    let standing = rows.iter().map(|row| {
        let suspended_at = time_opt(row, "suspended_at")?;
        Ok(Standing { provision: provisions::read(row)?, suspended_at })
    });
    Ok((standing.collect::<Result<_>>()?, in_all))
}

/// The last orders of the account after `since` that came to nothing, newest first, with how many
/// there are in all.
pub(crate) async fn failed(
    conn: &mut SqliteConnection,
    account: &AccountId,
    since: Timestamp,
    limit: u32,
) -> Result<(Vec<Provision>, u32)> {
    let rows = sqlx::query(
        "SELECT *, count(*) OVER () AS in_all FROM provisions
         WHERE account_id = ? AND state = 'failed' AND ordered_at > ?
         ORDER BY ordered_at DESC, server_id DESC LIMIT ?",
    )
    .bind(account.as_str())
    .bind(since.0)
    .bind(limit)
    .fetch_all(conn)
    .await?;
    let in_all = rows.first().map(|row| count(row, "in_all")).transpose()?;
    Ok((rows.iter().map(provisions::read).collect::<Result<_>>()?, in_all.unwrap_or(0)))
}
