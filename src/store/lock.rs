//! Who has the database open: all that use it share a lock on a file beside it, and who replaces it
//! holds that alone.
//!
//! `SQLite`'s own locks belong to the file they were taken on, which a replacement puts aside.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use super::{Result, StoreFailed};

/// Held until it is dropped, and by no dead process.
#[derive(Debug)]
pub(crate) struct Lock(#[expect(dead_code, reason = "open as long as the lock is held")] File);

impl Lock {
    /// Keeps `database` from being replaced.
    pub(super) fn shared(database: &Path) -> Result<Self> {
        let file = file_of(database)?;
        match file.try_lock_shared() {
            Ok(()) => Ok(Self(file)),
            Err(TryLockError::WouldBlock) => {
                Err(failed("another process restores it: try again when that is done"))
            }
            Err(TryLockError::Error(error)) => Err(StoreFailed::Database(Box::new(error))),
        }
    }

    /// Keeps everybody else out; `None` while somebody has `database` open.
    pub(crate) fn alone(database: &Path) -> Result<Option<Self>> {
        let file = file_of(database)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self(file))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(StoreFailed::Database(Box::new(error))),
        }
    }
}

/// It stays: removing it would let two processes lock two files of one name.
fn file_of(database: &Path) -> Result<File> {
    // Whatever link leads there, it is one file.
    let real = database.canonicalize().unwrap_or_else(|_| database.to_owned());
    let mut path = real.into_os_string();
    path.push(".lock");
    let path = PathBuf::from(path);
    // Whoever may read it may lock it, so that it does not matter who made it.
    let opened = match File::open(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            OpenOptions::new().create(true).append(true).open(&path)
        }
        opened => opened,
    };
    opened.map_err(|error| failed(format!("{}: {error}", path.display())))
}

fn failed(reason: impl Into<String>) -> StoreFailed {
    StoreFailed::Database(Box::new(io::Error::other(reason.into())))
}

#[cfg(test)]
mod tests {
    use super::super::Store;
    use super::*;

    #[tokio::test]
    async fn many_open_a_database_or_one_replaces_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("coinslot.db");
        let one = Store::open(&file).await.expect("a database");
        let two = Store::open(&file).await.expect("the same");
        assert!(Lock::alone(&file).expect("a lock file").is_none());
        one.close().await;
        drop(one);
        assert!(Lock::alone(&file).expect("a lock file").is_none());
        let link = folder.path().join("link.db");
        std::os::unix::fs::symlink(&file, &link).expect("a link");
        assert!(Lock::alone(&link).expect("the same lock file").is_none());
        drop(two);

        let alone = Lock::alone(&file).expect("a lock file").expect("nobody else");
        let refused = Store::open(&file).await.expect_err("it is being replaced").to_string();
        assert!(refused.contains("another process restores it"), "{refused}");
        drop(alone);
        assert!(Store::open(&file).await.is_ok());
    }
}
