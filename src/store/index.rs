//! Whether anybody wrote to the file: the header of `SQLite`'s wal-index.
//!
//! `file-shm` is the memory that all connections of a file share, of this process or of another, and
//! its header changes with each commit; a connection that begins to read compares it in the same way
//! to learn whether what it holds in its cache is out of date. Reading 96 bytes costs less than a
//! statement, which is a way to the driver's thread and back. The format for Unix:
//! <https://sqlite.org/walformat.html#the_wal_index_header>.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection};

use super::{Result, StoreFailed};

/// The header and its copy; while somebody writes it, they differ.
const LENGTH: usize = 96;

/// What the first field holds as long as the format is this one.
const VERSION: u32 = 3_007_000;

/// Where the file stood. As long as it stands there, nobody has committed anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Seen([u8; LENGTH]);

/// The open wal-index of one file.
#[derive(Debug)]
pub(super) struct Index {
    /// Never closed: a process that closes any descriptor of a file loses all its locks on it,
    /// `SQLite`'s among them (<https://sqlite.org/howtocorrupt.html>, 2.2).
    file: &'static File,
    /// While it is open, nobody puts another wal-index in the place of this one.
    connection: Mutex<Option<SqliteConnection>>,
    is_open: AtomicBool,
}

impl Index {
    pub(super) async fn open(options: &SqliteConnectOptions) -> Result<Self> {
        let mut connection = options.connect().await?;
        // A connection joins the others with the first statement that reads.
        sqlx::query("PRAGMA data_version").execute(&mut connection).await?;
        let failed = |error: std::io::Error| StoreFailed::Database(Box::new(error));
        let mut path = options.get_filename().canonicalize().map_err(failed)?.into_os_string();
        path.push("-shm");
        let file = File::open(PathBuf::from(path)).map_err(failed)?;
        let (connection, is_open) = (Mutex::new(Some(connection)), AtomicBool::new(true));
        Ok(Self { file: Box::leak(Box::new(file)), connection, is_open })
    }

    /// `None` when that cannot be told now.
    pub(super) fn look(&self) -> Option<Seen> {
        if !self.is_open.load(Ordering::Acquire) {
            return None;
        }
        let mut header = [0; LENGTH];
        self.file.read_exact_at(&mut header, 0).ok()?;
        let is_known = header.starts_with(&VERSION.to_ne_bytes());
        let (one, copy) = header.split_at(LENGTH / 2);
        (is_known && one == copy).then_some(Seen(header))
    }

    /// Nobody learns anything here from now on.
    pub(super) async fn close(&self) -> Result<()> {
        self.is_open.store(false, Ordering::Release);
        let connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner).take();
        match connection {
            Some(connection) => Ok(connection.close().await?),
            None => Ok(()),
        }
    }
}
