//! Whole copies of a database file.

use std::path::Path;

use sqlx::sqlite::SqliteRow;
use sqlx::{ConnectOptions as _, Connection as _, Row as _, SqliteConnection};

use super::probe::check_migrations;
use super::{MIGRATIONS, Result, StoreFailed, cursors, options};
use crate::domain::timestamp::Timestamp;

/// Under this name stands when `backup` last ran.
const BACKUP: &str = "backup";

/// Copies `from`, as it is at one moment, to the empty or absent file `to`, whatever else is done
/// with `from` meanwhile.
pub(crate) async fn copy(from: &Path, to: &Path) -> Result<()> {
    let mut conn = options(from).read_only(true).connect().await?;
    let copied =
        sqlx::query("VACUUM INTO ?").bind(to.display().to_string()).execute(&mut conn).await;
    conn.close().await?;
    copied?;
    Ok(())
}

/// Brings `file`, which nobody else has open, up to date with this version.
pub(crate) async fn migrate(file: &Path) -> Result<()> {
    let mut conn = options(file).connect().await?;
    let migrated = MIGRATIONS.run(&mut conn).await;
    conn.close().await?;
    migrated.map_err(|error| StoreFailed::Migration(error.to_string()))
}

/// What `SQLite` finds damaged in `file`; nothing when it is whole.
pub(crate) async fn damage(file: &Path) -> Result<Vec<String>> {
    let mut conn = options(file).read_only(true).connect().await?;
    let damage = damage_of(&mut conn).await;
    conn.close().await?;
    damage
}

/// As [`damage`], on a connection that is open.
async fn damage_of(conn: &mut SqliteConnection) -> Result<Vec<String>> {
    match checked(conn).await {
        Err(StoreFailed::Database(error)) if is_corrupt(&*error) => Ok(vec![error.to_string()]),
        checked => checked,
    }
}

async fn checked(conn: &mut SqliteConnection) -> Result<Vec<String>> {
    let rows = sqlx::query("PRAGMA integrity_check").fetch_all(&mut *conn).await?;
    let told: sqlx::Result<Vec<String>> = rows.iter().map(|row| row.try_get(0)).collect();
    let told = told?;
    if told != ["ok"] {
        return Ok(told);
    }
    let orphans = sqlx::query("PRAGMA foreign_key_check").fetch_all(conn).await?;
    let orphan = |row: &SqliteRow| -> Result<String> {
        let (table, parent): (String, String) = (row.try_get("table")?, row.try_get("parent")?);
        Ok(format!("a row of {table} names none of {parent}"))
    };
    orphans.iter().map(orphan).collect()
}

/// How an open database is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Health {
    /// As [`damage`] tells.
    pub(crate) damage: Vec<String>,
    pub(crate) journal_mode: String,
}

pub(crate) async fn health(conn: &mut SqliteConnection) -> Result<Health> {
    let damage = damage_of(conn).await?;
    let row = sqlx::query("PRAGMA journal_mode").fetch_one(conn).await?;
    Ok(Health { damage, journal_mode: row.try_get(0)? })
}

/// Whether `file` holds our tables, made by this version or an older one.
pub(crate) async fn is_ours(file: &Path) -> Result<bool> {
    let mut conn = options(file).read_only(true).connect().await?;
    let ours = check_migrations(&mut conn).await;
    conn.close().await?;
    ours
}

/// Whether a process that need not be ours has `file` open; a file that cannot be read is not.
///
/// `SQLite` leaves WAL mode only on the last connection.
pub(crate) async fn is_in_use(file: &Path) -> Result<bool> {
    let mut conn = match options(file).busy_timeout(std::time::Duration::ZERO).connect().await {
        Ok(conn) => conn,
        Err(error) => return in_use(error),
    };
    let left = sqlx::query("PRAGMA journal_mode = DELETE").execute(&mut conn).await;
    conn.close().await?;
    left.map_or_else(in_use, |_| Ok(false))
}

fn in_use(error: sqlx::Error) -> Result<bool> {
    match code(&error) {
        Some(BUSY | LOCKED) => Ok(true),
        Some(CORRUPT | NOT_A_DATABASE) => Ok(false),
        _ => Err(StoreFailed::from(error)),
    }
}

fn is_corrupt(error: &(dyn std::error::Error + 'static)) -> bool {
    error.downcast_ref().and_then(code) == Some(CORRUPT)
}

// The low bytes of SQLite's codes: <https://sqlite.org/rescode.html>.
const BUSY: i32 = 5;
const LOCKED: i32 = 6;
const CORRUPT: i32 = 11;
const NOT_A_DATABASE: i32 = 26;

fn code(error: &sqlx::Error) -> Option<i32> {
    let code = error.as_database_error()?.code()?;
    Some(code.parse::<i32>().ok()? & 0xff)
}

/// Writes into `file`, whatever version made it, that it was copied at `now`.
pub(crate) async fn note_backup(file: &Path, now: Timestamp) -> Result<()> {
    let mut conn = options(file).connect().await?;
    let noted = cursors::put(&mut conn, BACKUP, &now.to_string()).await;
    conn.close().await?;
    noted
}

/// When the database was last copied by `backup`.
pub(crate) async fn last_backup(conn: &mut SqliteConnection) -> Result<Option<Timestamp>> {
    let noted = cursors::get(conn, BACKUP).await?;
    Ok(noted.and_then(|at| at.parse().ok()))
}

#[cfg(test)]
mod tests {
    use super::super::Store;
    use super::super::testing::{fresh, run};
    use super::*;

    #[tokio::test]
    async fn a_copy_has_what_was_committed_and_a_broken_one_is_told() {
        let (store, folder) = fresh().await;
        let (file, made) = (folder.path().join("coinslot.db"), folder.path().join("copy.db"));
        let insert = "INSERT INTO cursors (name, value) VALUES ('walk', 'here')";
        let mut tx = store.write().await.expect("the writer");
        run(&mut tx, insert).await;
        super::super::commit(tx).await.expect("a commit");
        let uncommitted = store.write().await.expect("the writer");
        copy(&file, &made).await.expect("a copy");
        drop(uncommitted);
        assert_eq!(damage(&made).await.expect("a look"), Vec::<String>::new());
        assert!(is_ours(&made).await.expect("a look"));
        let copied = Store::open(&made).await.expect("a database");
        let mut conn = copied.read().await.expect("a reader");
        assert_eq!(cursors::get(&mut conn, "walk").await.expect("a read"), Some("here".to_owned()));
        assert_eq!(last_backup(&mut conn).await.expect("a read"), None);
        note_backup(&file, Timestamp(1_790_000_000)).await.expect("a note");
        let mut conn = store.read().await.expect("a reader");
        let noted = last_backup(&mut conn).await.expect("a read");
        assert_eq!(noted, Some(Timestamp(1_790_000_000)));

        let mut tx = store.write().await.expect("the writer");
        run(&mut tx, "PRAGMA writable_schema = ON").await;
        run(&mut tx, "DELETE FROM sqlite_schema WHERE name = 'audit_by_account'").await;
        super::super::commit(tx).await.expect("a commit");
        let found = damage(&file).await.expect("a look");
        assert!(found.iter().any(|line| line.contains("never used")), "{found:?}");
    }

    #[tokio::test]
    async fn who_else_has_a_file_open_is_seen() {
        let (store, folder) = fresh().await;
        let file = folder.path().join("coinslot.db");
        assert!(is_in_use(&file).await.expect("a look"));
        store.close().await;
        assert!(!is_in_use(&file).await.expect("a look"));
        let text = folder.path().join("text.db");
        std::fs::write(&text, "dear diary, ".repeat(100)).expect("a file");
        assert!(!is_in_use(&text).await.expect("a look"));
        let empty = folder.path().join("empty.db");
        std::fs::write(&empty, "").expect("a file");
        assert!(!is_ours(&empty).await.expect("a look"));
    }
}
