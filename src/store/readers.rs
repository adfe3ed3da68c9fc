//! Connections that only read.
//!
//! The driver's own pool asks each connection that is given back whether it still works, in a task
//! of its own. For a file that is one more way to the driver's thread and back for each page, so
//! these are simply put back. A reading that was given up midway leaves nothing behind: the thread
//! resets its statement before it takes up the next.

use std::ops::{Deref, DerefMut};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rocket::figment::Figment;
use rocket_db_pools::Database;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection as _, SqliteConnection};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{BUSY_TIMEOUT, Result, StoreFailed, options};
use crate::timing::{self, Part, Watch};

/// Connections that only read, behind `rocket_db_pools::Connection<Db>`.
#[derive(Debug, Clone, Database)]
#[database("billing")]
pub struct Db(pub(super) Readers);

/// How many may read at a time.
const MOST: u32 = 8;

/// A pool that Rocket does not close: requests in flight still read while it shuts down.
#[derive(Debug, Clone)]
pub struct Readers(Arc<Pool>);

#[derive(Debug)]
struct Pool {
    options: SqliteConnectOptions,
    idle: Mutex<Vec<SqliteConnection>>,
    free: Arc<Semaphore>,
}

impl Readers {
    /// A pool for `file`; connections are opened when they are needed.
    pub(super) fn open(file: &Path) -> Self {
        Self(Arc::new(Pool {
            options: options(file).read_only(true),
            idle: Mutex::default(),
            free: Arc::new(Semaphore::new(MOST as usize)),
        }))
    }

    pub(super) async fn read(&self) -> Result<Reading> {
        let watch = timing::watch(Part::Database);
        let wait = Arc::clone(&self.0.free).acquire_owned();
        let leave = match tokio::time::timeout(BUSY_TIMEOUT, wait).await {
            Ok(Ok(leave)) => leave,
            Ok(Err(_)) => return Err(sqlx::Error::PoolClosed.into()),
            Err(_) => return Err(sqlx::Error::PoolTimedOut.into()),
        };
        let idle = self.0.idle().pop();
        let connection = match idle {
            Some(connection) => connection,
            None => SqliteConnection::connect_with(&self.0.options).await?,
        };
        let pool = Arc::clone(&self.0);
        Ok(Reading { connection: Some(connection), pool, _leave: leave, _watch: watch })
    }

    /// Waits until nobody reads, and closes the file.
    pub(super) async fn close(&self) {
        let all = self.0.free.acquire_many(MOST).await;
        self.0.free.close();
        let idle = std::mem::take(&mut *self.0.idle());
        for connection in idle {
            if let Err(error) = connection.close().await {
                tracing::warn!(%error, "a connection to the database did not close");
            }
        }
        drop(all);
    }
}

impl Pool {
    fn idle(&self) -> MutexGuard<'_, Vec<SqliteConnection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[rocket::async_trait]
impl rocket_db_pools::Pool for Readers {
    type Connection = Reading;
    type Error = StoreFailed;

    async fn init(figment: &Figment) -> Result<Self> {
        let url: String = figment
            .extract_inner("url")
            .map_err(|error| StoreFailed::Migration(error.to_string()))?;
        Ok(Self::open(Path::new(&url)))
    }

    async fn get(&self) -> Result<Reading> {
        self.read().await
    }

    async fn close(&self) {}
}

/// A reader; a request that holds it counts its time as the database's.
#[derive(Debug)]
pub struct Reading {
    /// There until it is dropped.
    connection: Option<SqliteConnection>,
    pool: Arc<Pool>,
    _leave: OwnedSemaphorePermit,
    _watch: Watch,
}

impl Deref for Reading {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        self.connection.as_ref().expect("it is taken out by `drop` alone")
    }
}

impl DerefMut for Reading {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        self.connection.as_mut().expect("it is taken out by `drop` alone")
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        self.pool.idle().extend(self.connection.take());
    }
}
