//! What the reconciler found to differ from Stripe.

use sqlx::{Row as _, SqliteConnection};

use super::{Result, count, id, time};
use crate::domain::drift::Drift;
use crate::domain::ids::{AccountId, Mode};
use crate::domain::timestamp::Timestamp;

/// One difference that was mended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) account: AccountId,
    pub(crate) kind: String,
    pub(crate) at: Timestamp,
}

/// Notes the differences that were found at `account`.
pub(crate) async fn note(
    conn: &mut SqliteConnection,
    account: &AccountId,
    mode: Mode,
    drift: &[Drift],
    now: Timestamp,
) -> Result<()> {
    let kinds: Vec<&str> = drift.iter().map(|kind| kind.as_str()).collect();
    sqlx::query(
        "INSERT INTO drifts (account_id, mode, kind, found_at)
         SELECT ?, ?, value, ? FROM json_each(?)",
    )
    .bind(account.as_str())
    .bind(mode.as_str())
    .bind(now.0)
    .bind(serde_json::json!(kinds).to_string())
    .execute(conn)
    .await?;
    Ok(())
}

/// How many were found from `since` on.
pub(crate) async fn count_since(
    conn: &mut SqliteConnection,
    mode: Mode,
    since: Timestamp,
) -> Result<u32> {
    let row = sqlx::query("SELECT count(*) AS found FROM drifts WHERE mode = ? AND found_at >= ?")
        .bind(mode.as_str())
        .bind(since.0)
        .fetch_one(conn)
        .await?;
    count(&row, "found")
}

/// The newest of them.
pub(crate) async fn newest(
    conn: &mut SqliteConnection,
    mode: Mode,
    since: Timestamp,
    limit: u32,
) -> Result<Vec<Found>> {
    let rows = sqlx::query(
        "SELECT account_id, kind, found_at FROM drifts WHERE mode = ? AND found_at >= ?
         ORDER BY found_at DESC, rowid DESC LIMIT ?",
    )
    .bind(mode.as_str())
    .bind(since.0)
    .bind(limit)
    .fetch_all(conn)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(Found {
                account: id(row, "account_id")?,
                kind: row.try_get("kind")?,
                at: time(row, "found_at")?,
            })
        })
        .collect()
}

/// Forgets what was found before `before`.
pub(crate) async fn forget(conn: &mut SqliteConnection, before: Timestamp) -> Result<()> {
    sqlx::query("DELETE FROM drifts WHERE found_at < ?").bind(before.0).execute(conn).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::testing::{account, at};
    use crate::store::{accounts, testing};

    #[tokio::test]
    async fn differences_are_counted_from_a_date_on_and_forgotten_before_one() -> Result<()> {
        let (store, _folder) = testing::fresh().await;
        let mut tx = store.write().await?;
        let one = account("acc_1");
        accounts::put(&mut tx, &one, "a@example.org", None, at(0)).await?;
        note(&mut tx, &one, Mode::Test, &[Drift::Missing, Drift::Price], at(5)).await?;
        note(&mut tx, &one, Mode::Test, &[Drift::Status], at(9)).await?;
        note(&mut tx, &one, Mode::Live, &[Drift::Status], at(9)).await?;
        note(&mut tx, &one, Mode::Test, &[], at(9)).await?;
        for (since, found) in [(0, 3), (5, 3), (6, 1), (10, 0)] {
            assert_eq!(count_since(&mut tx, Mode::Test, at(since)).await?, found, "from {since}");
        }
        let newest = newest(&mut tx, Mode::Test, at(0), 1).await?;
        assert_eq!(newest, [Found { account: one, kind: "status".to_owned(), at: at(9) }]);
        forget(&mut tx, at(9)).await?;
        assert_eq!(count_since(&mut tx, Mode::Test, at(0)).await?, 1);
        Ok(())
    }
}
