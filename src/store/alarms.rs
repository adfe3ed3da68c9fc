//! What the operator has to see to, and whether that was told.

use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};

use super::{Result, parsed, time};
use crate::domain::alarm::Alarm;
use crate::domain::ids::AccountId;
use crate::domain::timestamp::Timestamp;

/// An alarm that has to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Raised {
    pub(crate) alarm: Alarm,
    /// Of alarms that concern one.
    pub(crate) account: Option<AccountId>,
    pub(crate) began_at: Timestamp,
}

/// Notes which of `all` there are now, for `account` or for nobody in particular.
pub(crate) async fn note(
    conn: &mut SqliteConnection,
    account: Option<&AccountId>,
    all: &[Alarm],
    present: &[Alarm],
    now: Timestamp,
) -> Result<()> {
    let account = account.map_or("", AccountId::as_str);
    let words = |alarms: &[Alarm]| {
        let words: Vec<&str> = alarms.iter().map(|alarm| alarm.as_str()).collect();
        serde_json::json!(words).to_string()
    };
    sqlx::query(
        "UPDATE alarms SET ended_at = ?1
         WHERE account_id = ?2 AND ended_at IS NULL
            AND kind IN (SELECT value FROM json_each(?3))
            AND kind NOT IN (SELECT value FROM json_each(?4))",
    )
    .bind(now.0)
    .bind(account)
    .bind(words(all))
    .bind(words(present))
    .execute(&mut *conn)
    .await?;
    sqlx::query(
        "INSERT INTO alarms (kind, account_id, began_at)
         SELECT value, ?1, ?2 FROM json_each(?3) WHERE true
         ON CONFLICT (kind, account_id) DO UPDATE SET ended_at = NULL WHERE ended_at IS NOT NULL",
    )
    .bind(account)
    .bind(now.0)
    .bind(words(present))
    .execute(conn)
    .await?;
    Ok(())
}

/// Takes what is there and was not told.
pub(crate) async fn take_begun(conn: &mut SqliteConnection) -> Result<Vec<Raised>> {
    let rows = sqlx::query(
        "UPDATE alarms SET told = 1 WHERE told = 0 AND ended_at IS NULL
         RETURNING kind, account_id, began_at",
    )
    .fetch_all(conn)
    .await?;
    rows.iter().map(read).collect()
}

/// Removes what ended by `ended_by`, and gives what of it the operator was told.
pub(crate) async fn take_ended(
    conn: &mut SqliteConnection,
    ended_by: Timestamp,
) -> Result<Vec<Raised>> {
    let rows = sqlx::query(
        "DELETE FROM alarms WHERE ended_at <= ? RETURNING kind, account_id, began_at, told",
    )
    .bind(ended_by.0)
    .fetch_all(conn)
    .await?;
    let mut ended = Vec::new();
    for row in &rows {
        if row.try_get("told")? {
            ended.push(read(row)?);
        }
    }
    Ok(ended)
}

fn read(row: &SqliteRow) -> Result<Raised> {
    let account: String = row.try_get("account_id")?;
    Ok(Raised {
        alarm: parsed(row, "kind", Alarm::parse)?,
        account: AccountId::new(&account).ok(),
        began_at: time(row, "began_at")?,
    })
}
