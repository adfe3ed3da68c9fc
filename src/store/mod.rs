//! SQL and nothing but SQL: one `SQLite` file, one writer, many readers.
//!
//! A function is one statement (or a few that belong together), takes the connection first and
//! leaves the transaction to its caller. Readers get a connection that cannot write.

pub(crate) mod accounts;
pub(crate) mod alarms;
pub(crate) mod audit;
pub(crate) mod books;
pub(crate) mod catalogue;
pub(crate) mod changes;
pub(crate) mod checkouts;
pub(crate) mod copies;
pub(crate) mod cursors;
pub(crate) mod drifts;
pub(crate) mod episodes;
pub(crate) mod exemptions;
pub(crate) mod hooks;
pub(crate) mod hours;
pub(crate) mod inbox;
mod index;
pub(crate) mod intake;
pub(crate) mod invites;
pub(crate) mod leases;
pub(crate) mod links;
pub(crate) mod lock;
pub(crate) mod made;
pub(crate) mod mail;
pub(crate) mod members;
pub(crate) mod outbox;
pub(crate) mod panel;
pub(crate) mod panel_users;
pub(crate) mod paybacks;
mod payload;
pub(crate) mod probe;
pub(crate) mod provisions;
pub(crate) mod purchases;
mod readers;
mod recall;
pub(crate) mod servers;
pub(crate) mod silence;
pub(crate) mod subscriptions;
pub(crate) mod suspensions;
pub(crate) mod timeline;
pub(crate) mod tokens;

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sqlx::migrate::Migrator;
use sqlx::pool::PoolConnection;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteRow,
    SqliteSynchronous,
};
use sqlx::{ConnectOptions as _, Connection as _, Row as _, Sqlite, Transaction};

use crate::domain::ids::AccountId;
use crate::timing::{self, Part};

pub use readers::{Db, Readers, Reading};
pub(crate) use recall::{Look, Question};

/// The database would not say or would not take it; the caller can only try again or pass it on.
#[derive(Debug, thiserror::Error)]
pub enum StoreFailed {
    /// `SQLite` refused: full, locked, read-only, or a constraint.
    #[error("the database failed: {0}")]
    Database(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A row holds what no code of ours writes.
    #[error("the database holds `{value}` as {what}")]
    Corrupt {
        /// The column.
        what: &'static str,
        /// What it holds.
        value: String,
    },
    /// The file belongs to a newer or damaged version.
    #[error("the database could not be brought up to date: {0}")]
    Migration(String),
}

impl From<sqlx::Error> for StoreFailed {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(Box::new(error))
    }
}

impl StoreFailed {
    /// The same for one more who waited for what failed.
    pub(crate) fn again(&self) -> Self {
        match self {
            Self::Database(error) => Self::Database(error.to_string().into()),
            Self::Corrupt { what, value } => Self::Corrupt { what, value: value.clone() },
            Self::Migration(error) => Self::Migration(error.clone()),
        }
    }
}

pub(crate) type Result<T> = std::result::Result<T, StoreFailed>;

/// The one writer and the readers of one file.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    writer: SqlitePool,
    readers: Readers,
    memory: Arc<recall::Memory>,
    checkpointer: SqlitePool,
    /// Nobody replaces the file as long as it is open.
    _lock: Arc<lock::Lock>,
}

static MIGRATIONS: Migrator = sqlx::migrate!();

const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// Pages of the log, 64 MB, at which the writer checkpoints itself and begins the log anew.
///
/// A checkpoint inside a commit lets everybody behind it wait, so mostly another connection did
/// the copying before; this one finds little left, and bounds the log whatever happens.
const LOG_PAGES: &str = "16000";

/// The writer's page cache, 16 MiB (`SQLite` counts KiB below zero).
///
/// Ids of events fall anywhere in their index; with it in memory a commit reads nothing, and what
/// the process takes no longer grows with the inbox.
const CACHE_KIB: &str = "-16000";

impl Store {
    /// Opens `file`, makes it if there is none, and brings its tables up to date.
    pub(crate) async fn open(file: &Path) -> Result<Self> {
        let lock = Arc::new(lock::Lock::shared(file)?);
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            .acquire_timeout(BUSY_TIMEOUT)
            .idle_timeout(None)
            .max_lifetime(None)
            // SQLite ends a transaction by itself when the disk fails. The driver counts it on and
            // would begin no other, so the connection makes room for a new one.
            .before_acquire(|conn, _| Box::pin(async move { Ok(!conn.is_in_transaction()) }))
            // Nothing can be wrong with a connection to a file that its next statement would not
            // find, and a look is a thread hop.
            .test_before_acquire(false)
            .connect_with(
                writing(file)
                    .pragma("wal_autocheckpoint", LOG_PAGES)
                    .pragma("cache_size", CACHE_KIB),
            )
            .await?;
        MIGRATIONS.run(&writer).await.map_err(|error| StoreFailed::Migration(error.to_string()))?;
        let checkpointer = SqlitePoolOptions::new()
            .max_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_with(writing(file))
            .await?;
        let readers = Readers::open(file);
        let index = index::Index::open(file).await;
        let index = index.inspect_err(|error| {
            tracing::warn!(%error, "nothing that is read is kept, so pages are slower");
        });
        let memory = recall::Memory::of(readers.clone(), index.ok());
        Ok(Self { writer, readers, memory, checkpointer, _lock: lock })
    }

    /// The readers as Rocket's guards know them.
    pub(crate) fn db(&self) -> Db {
        Db(self.readers.clone())
    }

    pub(crate) async fn read(&self) -> Result<Reading> {
        self.readers.read().await
    }

    /// The file as it is from now on, for answers that need not be read again as long as nobody
    /// writes.
    pub(crate) fn look(&self) -> Look {
        self.memory.look()
    }

    /// Begins the only write transaction there is at a time; dropped without commit it rolls back.
    pub(crate) async fn write(&self) -> Result<Transaction<'static, Sqlite>> {
        let _watch = timing::watch(Part::Database);
        let begun = self.writer.begin_with("BEGIN IMMEDIATE").await;
        if let Err(error) = &begun {
            self.renew_after(error).await?;
        }
        Ok(begun?)
    }

    /// A connection that was opened while the file refused to be written would never try again.
    async fn renew_after(&self, error: &sqlx::Error) -> Result<()> {
        if is_read_only(error)
            && let Ok(connection) = self.writer.acquire().await
        {
            connection.close().await?;
        }
        Ok(())
    }

    /// Says how a statement on the [`writer`](Self::writer) failed, so that the next one can do.
    pub(crate) async fn mend(&self, failed: &StoreFailed) -> Result<()> {
        match failed {
            StoreFailed::Database(error) => match error.downcast_ref() {
                Some(error) => self.renew_after(error).await,
                None => Ok(()),
            },
            StoreFailed::Corrupt { .. } | StoreFailed::Migration(_) => Ok(()),
        }
    }

    /// The writer, for one statement, which is then a transaction of its own.
    pub(crate) async fn writer(&self) -> Result<PoolConnection<Sqlite>> {
        Ok(self.writer.acquire().await?)
    }

    /// Copies the log into the file, beside the writer, unless that is under way.
    pub(crate) async fn checkpoint(&self) -> Result<()> {
        if let Some(mut connection) = self.checkpointer.try_acquire() {
            sqlx::query("PRAGMA wal_checkpoint(PASSIVE)").execute(&mut *connection).await?;
        }
        Ok(())
    }

    pub(crate) async fn close(&self) {
        self.checkpointer.close().await;
        if let Err(error) = self.memory.close().await {
            tracing::warn!(%error, "a connection to the database did not close");
        }
        self.readers.close().await;
        self.writer.close().await;
    }

    pub(crate) async fn sqlite_version(&self) -> Result<String> {
        let mut conn = self.read().await?;
        let row = sqlx::query("SELECT sqlite_version()").fetch_one(&mut *conn).await?;
        Ok(row.try_get(0)?)
    }
}

fn is_read_only(error: &sqlx::Error) -> bool {
    /// The low byte of `SQLITE_READONLY` and its kinds: <https://sqlite.org/rescode.html#readonly>.
    const READ_ONLY: i32 = 8;
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    code.and_then(|code| code.parse::<i32>().ok()).is_some_and(|code| code & 0xff == READ_ONLY)
}

/// Commits, in the error type of the callers.
pub(crate) async fn commit(transaction: Transaction<'static, Sqlite>) -> Result<()> {
    let _watch = timing::watch(Part::Database);
    Ok(transaction.commit().await?)
}

fn writing(file: &Path) -> SqliteConnectOptions {
    options(file)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
}

fn options(file: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(file)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
        .log_statements(log::LevelFilter::Trace)
        .log_slow_statements(log::LevelFilter::Off, Duration::MAX)
}

/// A column whose text must be a word or id of ours.
fn parsed<T>(
    row: &SqliteRow,
    what: &'static str,
    parse: impl FnOnce(&str) -> Option<T>,
) -> Result<T> {
    let value: String = row.try_get(what)?;
    parse(&value).ok_or(StoreFailed::Corrupt { what, value })
}

fn parsed_opt<T>(
    row: &SqliteRow,
    what: &'static str,
    parse: impl FnOnce(&str) -> Option<T>,
) -> Result<Option<T>> {
    let Some(value) = row.try_get::<Option<String>, _>(what)? else {
        return Ok(None);
    };
    match parse(&value) {
        Some(parsed) => Ok(Some(parsed)),
        None => Err(StoreFailed::Corrupt { what, value }),
    }
}

/// A column that holds an id of one of our types.
fn id<T: std::str::FromStr>(row: &SqliteRow, what: &'static str) -> Result<T> {
    parsed(row, what, |text| text.parse().ok())
}

fn id_opt<T: std::str::FromStr>(row: &SqliteRow, what: &'static str) -> Result<Option<T>> {
    parsed_opt(row, what, |text| text.parse().ok())
}

fn time(row: &SqliteRow, what: &'static str) -> Result<crate::domain::timestamp::Timestamp> {
    Ok(crate::domain::timestamp::Timestamp(row.try_get(what)?))
}

fn time_opt(
    row: &SqliteRow,
    what: &'static str,
) -> Result<Option<crate::domain::timestamp::Timestamp>> {
    Ok(row.try_get::<Option<i64>, _>(what)?.map(crate::domain::timestamp::Timestamp))
}

/// Ids as one parameter, for `IN (SELECT value FROM json_each(?))`.
pub(crate) fn ids<'i, T: serde::Serialize + 'i>(ids: impl Iterator<Item = &'i T>) -> String {
    serde_json::json!(ids.collect::<Vec<_>>()).to_string()
}

/// Rows of many accounts, each account's in the order they came.
fn by_account<T>(
    rows: &[SqliteRow],
    read: impl Fn(&SqliteRow) -> Result<T>,
) -> Result<HashMap<AccountId, Vec<T>>> {
    let mut found: HashMap<AccountId, Vec<T>> = HashMap::new();
    for row in rows {
        found.entry(id(row, "account_id")?).or_default().push(read(row)?);
    }
    Ok(found)
}

/// A count, which our statements keep within `u32`.
fn count(row: &SqliteRow, what: &'static str) -> Result<u32> {
    let value: i64 = row.try_get(what)?;
    u32::try_from(value).map_err(|_| StoreFailed::Corrupt { what, value: value.to_string() })
}

/// A plan's limit, `NULL` for unlimited.
fn limit(row: &SqliteRow, what: &'static str) -> Result<crate::domain::plan::Limit> {
    let servers = row.try_get::<Option<i64>, _>(what)?;
    let servers = servers.map(|count| u32::try_from(count).unwrap_or(u32::MAX));
    Ok(crate::domain::plan::Limit::from_option(servers))
}

#[cfg(test)]
mod tests;

#[cfg(test)]
pub(crate) mod testing {
    use super::Store;

    /// A store on a fresh file that lives as long as the folder returned with it.
    pub(crate) async fn fresh() -> (Store, tempfile::TempDir) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let store = Store::open(&folder.path().join("coinslot.db")).await.expect("a database");
        (store, folder)
    }

    /// Runs a statement of a test's own.
    pub(crate) async fn run(conn: &mut sqlx::SqliteConnection, statement: &'static str) {
        sqlx::query(statement).execute(conn).await.expect("a good statement");
    }
}
