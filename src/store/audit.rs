//! Who did what by hand.

use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};

use super::{Result, id_opt, time};
use crate::domain::ids::AccountId;
use crate::domain::timestamp::Timestamp;

/// One act of an admin, of a user of the built-in panel, of an operator at the command line, or of a
/// token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Act {
    pub(crate) at: Timestamp,
    /// `admin:<user id>`, `user:<user id>`, `token:<token id>` or `cli`.
    pub(crate) actor: String,
    /// Such as `exemption.granted`.
    pub(crate) action: String,
    pub(crate) account: Option<AccountId>,
    pub(crate) subject: Option<String>,
    /// What it was before and after, in words.
    pub(crate) detail: String,
}

pub(crate) async fn record(conn: &mut SqliteConnection, act: &Act) -> Result<()> {
    sqlx::query(
        "INSERT INTO audit (at, actor, action, account_id, subject, detail)
         VALUES (?, ?, ?, ?, ?, ?)",
    )
    .bind(act.at.0)
    .bind(&act.actor)
    .bind(&act.action)
    .bind(act.account.as_ref().map(AccountId::as_str))
    .bind(act.subject.as_deref())
    .bind(&act.detail)
    .execute(conn)
    .await?;
    Ok(())
}

/// Acts newest first with their place in the book, from before `before`, of one account if given.
pub(crate) async fn page(
    conn: &mut SqliteConnection,
    account: Option<&AccountId>,
    before: Option<i64>,
    limit: u32,
) -> Result<Vec<(i64, Act)>> {
    let statement = match account {
        Some(account) => sqlx::query(
            "SELECT * FROM audit WHERE account_id = ? AND id < ? ORDER BY id DESC LIMIT ?",
        )
        .bind(account.as_str()),
        None => sqlx::query("SELECT * FROM audit WHERE id < ? ORDER BY id DESC LIMIT ?"),
    };
    let rows = statement.bind(before.unwrap_or(i64::MAX)).bind(limit).fetch_all(conn).await?;
    rows.iter().map(|row| Ok((row.try_get("id")?, read(row)?))).collect()
}

fn read(row: &SqliteRow) -> Result<Act> {
    Ok(Act {
        at: time(row, "at")?,
        actor: row.try_get("actor")?,
        action: row.try_get("action")?,
        account: id_opt(row, "account_id")?,
        subject: row.try_get("subject")?,
        detail: row.try_get("detail")?,
    })
}
