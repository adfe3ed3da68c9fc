//! A look at a database file that leaves it as it is.

use std::path::Path;

use sqlx::{ConnectOptions as _, Connection as _, Row as _, SqliteConnection};

use super::{MIGRATIONS, Result, StoreFailed, options};

/// Whether `file`, which exists, can be written and holds nothing that a newer version made.
pub(crate) async fn file(file: &Path) -> Result<()> {
    let mut conn = options(file).connect().await?;
    conn.begin_with("BEGIN IMMEDIATE").await?.rollback().await?;
    let known = check_migrations(&mut conn).await;
    conn.close().await?;
    known.map(|_| ())
}

/// Whether our tables are there; an error where a newer version made them.
pub(super) async fn check_migrations(conn: &mut SqliteConnection) -> Result<bool> {
    let migrated = sqlx::query("SELECT 1 FROM sqlite_schema WHERE name = '_sqlx_migrations'")
        .fetch_optional(&mut *conn)
        .await?;
    if migrated.is_none() {
        return Ok(false);
    }
    let rows = sqlx::query("SELECT version, checksum FROM _sqlx_migrations ORDER BY version")
        .fetch_all(conn)
        .await?;
    for row in rows {
        let (version, checksum): (i64, Vec<u8>) =
            (row.try_get("version")?, row.try_get("checksum")?);
        let known = MIGRATIONS.iter().find(|known| known.version == version);
        if known.is_none_or(|known| *known.checksum != *checksum) {
            let reason = format!("migration {version} is not of this version of Coinslot");
            return Err(StoreFailed::Migration(reason));
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::super::testing::fresh;
    use super::*;

    #[tokio::test]
    async fn only_a_database_of_ours_passes() {
        let (store, folder) = fresh().await;
        let ours = folder.path().join("coinslot.db");
        assert!(file(&ours).await.is_ok());
        let empty = folder.path().join("empty.db");
        std::fs::write(&empty, "").expect("a file");
        assert!(file(&empty).await.is_ok());
        let text = folder.path().join("text.db");
        std::fs::write(&text, "dear diary, ".repeat(100)).expect("a file");
        assert!(matches!(file(&text).await, Err(StoreFailed::Database(_))));
        assert!(matches!(file(folder.path()).await, Err(StoreFailed::Database(_))));

        let mut tx = store.write().await.expect("a transaction");
        sqlx::query("UPDATE _sqlx_migrations SET version = 99 WHERE version = 1")
            .execute(&mut *tx)
            .await
            .expect("an update");
        super::super::commit(tx).await.expect("a commit");
        let error = file(&ours).await.expect_err("a newer database");
        assert_eq!(
            error.to_string(),
            "the database could not be brought up to date: \
             migration 99 is not of this version of Coinslot"
        );
    }
}
