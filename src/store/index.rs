//! Whether anybody wrote to the file: the header of `SQLite`'s wal-index.
//!
//! `file-shm` is the memory that all connections of a file share, of this process or of another, and
//! its header changes with each commit; a connection that begins to read compares it in the same way
//! to learn whether what it holds in its cache is out of date. Reading 96 bytes costs less than a
//! statement, which is a way to the driver's thread and back. The format for Unix:
//! <https://sqlite.org/walformat.html#the_wal_index_header>.

use std::fs::File;
use std::io;
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection};

use super::{Result, StoreFailed, writing};

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
    file: Unclosed,
    /// While it is open, nobody puts another wal-index in the place of this one.
    connection: Mutex<Option<SqliteConnection>>,
    is_open: AtomicBool,
}

impl Index {
    /// Opens that of `database`, which has one as long as a connection is open.
    pub(super) async fn open(database: &Path) -> Result<Self> {
        let connection = writing(database).connect().await?;
        // `SQLite` puts it beside the file itself, whatever link led there.
        let mut path = database.canonicalize().map_err(failed)?.into_os_string();
        path.push("-shm");
        close_deleted();
        Self::of(connection, Unclosed(Some(File::open(path).map_err(failed)?))).await
    }

    /// Fails where `file` does not show what the connection commits: some file systems that are
    /// reached over a network, or out of a virtual machine, hide what is written to shared memory.
    async fn of(mut connection: SqliteConnection, file: Unclosed) -> Result<Self> {
        let before = file.read();
        // A commit that changes nothing: the version is nobody's, and 0 since the file was made.
        sqlx::query("PRAGMA user_version = 0").execute(&mut connection).await?;
        if before == file.read() {
            return Err(failed(io::Error::other("the file system hides what is written")));
        }
        let (connection, is_open) = (Mutex::new(Some(connection)), AtomicBool::new(true));
        Ok(Self { file, connection, is_open })
    }

    /// `None` when that cannot be told now.
    pub(super) fn look(&self) -> Option<Seen> {
        if self.is_open.load(Ordering::Acquire) { self.file.read() } else { None }
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

/// A descriptor that stays open when it is dropped, for as long as its file can be opened by others:
/// a process that closes any descriptor of a file loses all its locks on it, `SQLite`'s among them
/// (<https://sqlite.org/howtocorrupt.html>, 2.2).
#[derive(Debug)]
struct Unclosed(Option<File>);

/// Those that nobody reads any more.
static LEFT: Mutex<Vec<File>> = Mutex::new(Vec::new());

impl Unclosed {
    fn read(&self) -> Option<Seen> {
        let mut header = [0; LENGTH];
        self.0.as_ref()?.read_exact_at(&mut header, 0).ok()?;
        let is_known = header.starts_with(&VERSION.to_ne_bytes());
        let (one, copy) = header.split_at(LENGTH / 2);
        (is_known && one == copy).then_some(Seen(header))
    }
}

impl Drop for Unclosed {
    fn drop(&mut self) {
        LEFT.lock().unwrap_or_else(PoisonError::into_inner).extend(self.0.take());
    }
}

/// Closes what was left of files that are gone, and which nobody can open any more.
fn close_deleted() {
    let is_there = |file: &File| !file.metadata().is_ok_and(|file| file.nlink() == 0);
    LEFT.lock().unwrap_or_else(PoisonError::into_inner).retain(is_there);
}

fn failed(error: io::Error) -> StoreFailed {
    StoreFailed::Database(Box::new(error))
}

#[cfg(test)]
mod tests {
    use super::super::testing::fresh;
    use super::*;

    #[tokio::test]
    async fn a_file_that_hides_what_is_written_is_not_believed() {
        let (_store, folder) = fresh().await;
        let (database, copy) = (folder.path().join("coinslot.db"), folder.path().join("copy"));
        let index = Index::open(&database).await.expect("it shows it");
        assert!(index.look().is_some() && index.look() == index.look());
        std::fs::copy(folder.path().join("coinslot.db-shm"), &copy).expect("a copy");
        for hides in [copy.as_path(), Path::new("/dev/null"), Path::new("/dev/zero")] {
            let connection = writing(&database).connect().await.expect("a connection");
            let file = Unclosed(Some(File::open(hides).expect("a file")));
            assert!(Index::of(connection, file).await.is_err(), "{}", hides.display());
        }
    }

    #[test]
    fn what_is_dropped_stays_open_until_its_file_is_gone() {
        let left = |inode: u64| {
            let left = LEFT.lock().expect("the list");
            left.iter().any(|file| file.metadata().expect("a file").ino() == inode)
        };
        let file = tempfile::NamedTempFile::new().expect("a file");
        let inode = file.as_file().metadata().expect("a file").ino();
        drop(Unclosed(Some(file.reopen().expect("a second descriptor"))));
        close_deleted();
        assert!(left(inode), "somebody may open it");
        // It keeps its number while it is left.
        let descriptor = file.reopen().expect("a third descriptor");
        file.close().expect("it is deleted");
        close_deleted();
        assert!(!left(inode));
        drop(descriptor);
    }
}
