//! Exemptions granted by hand, with their history.

use std::collections::HashMap;

use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};

use super::{Result, id, time, time_opt};
use crate::domain::entitlement::Exemption;
use crate::domain::ids::AccountId;
use crate::domain::timestamp::Timestamp;

/// An exemption as it stands in the books.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Granted {
    pub(crate) exemption: Exemption,
    pub(crate) granted_by: String,
    pub(crate) granted_at: Timestamp,
    pub(crate) revoked: Option<(String, Timestamp)>,
}

/// The exemption that was not revoked, expired or not.
pub(crate) async fn standing(
    conn: &mut SqliteConnection,
    account: &AccountId,
) -> Result<Option<Exemption>> {
    let row = sqlx::query(
        "SELECT reason, until_at FROM exemptions WHERE account_id = ? AND revoked_at IS NULL",
    )
    .bind(account.as_str())
    .fetch_optional(conn)
    .await?;
    row.as_ref().map(exemption).transpose()
}

/// The same for each of the accounts `ids`.
pub(crate) async fn standing_of_all(
    conn: &mut SqliteConnection,
    ids: &str,
) -> Result<HashMap<AccountId, Exemption>> {
    let rows = sqlx::query(
        "SELECT account_id, reason, until_at FROM exemptions
         WHERE account_id IN (SELECT value FROM json_each(?)) AND revoked_at IS NULL",
    )
    .bind(ids)
    .fetch_all(conn)
    .await?;
    rows.iter().map(|row| Ok((id(row, "account_id")?, exemption(row)?))).collect()
}

/// All exemptions of the account, newest first.
pub(crate) async fn history(
    conn: &mut SqliteConnection,
    account: &AccountId,
) -> Result<Vec<Granted>> {
    let rows = sqlx::query("SELECT * FROM exemptions WHERE account_id = ? ORDER BY id DESC")
        .bind(account.as_str())
        .fetch_all(conn)
        .await?;
    rows.iter()
        .map(|row| {
            let revoked_by: Option<String> = row.try_get("revoked_by")?;
            Ok(Granted {
                exemption: exemption(row)?,
                granted_by: row.try_get("granted_by")?,
                granted_at: time(row, "granted_at")?,
                revoked: revoked_by.zip(time_opt(row, "revoked_at")?),
            })
        })
        .collect()
}

/// Grants `exemption`; the caller has revoked an earlier one in the same transaction.
pub(crate) async fn grant(
    conn: &mut SqliteConnection,
    account: &AccountId,
    exemption: &Exemption,
    by: &str,
    now: Timestamp,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO exemptions (account_id, reason, until_at, granted_by, granted_at)
         VALUES (?, ?, ?, ?, ?)",
    )
    .bind(account.as_str())
    .bind(&exemption.reason)
    .bind(exemption.until.map(|at| at.0))
    .bind(by)
    .bind(now.0)
    .execute(conn)
    .await?;
    Ok(())
}

/// Takes the standing exemption back; `false` when there was none.
pub(crate) async fn revoke(
    conn: &mut SqliteConnection,
    account: &AccountId,
    by: &str,
    now: Timestamp,
) -> Result<bool> {
    let revoked = sqlx::query(
        "UPDATE exemptions SET revoked_by = ?, revoked_at = ?
         WHERE account_id = ? AND revoked_at IS NULL",
    )
    .bind(by)
    .bind(now.0)
    .bind(account.as_str())
    .execute(conn)
    .await?;
    Ok(revoked.rows_affected() == 1)
}

pub(super) fn exemption(row: &SqliteRow) -> Result<Exemption> {
    Ok(Exemption { reason: row.try_get("reason")?, until: time_opt(row, "until_at")? })
}
