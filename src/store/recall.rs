//! What was read lately, for as long as nobody writes to the file.
//!
//! A page reads the same few rows as the page before it, and each statement is a way to the driver's
//! thread and back. So rows are kept, and [`Index`] says whether the file is still the one they were
//! read from.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sqlx::SqliteConnection;

use super::Result;
use super::index::{Index, Seen};
use super::readers::Readers;

/// More is not kept; what was kept then goes.
pub(super) const MOST: usize = 4096;

/// What can be asked of the file and depends on nothing else, so not on the time.
pub(crate) trait Question: Sync + 'static {
    type Answer: Send + Sync + 'static;

    /// Tells it from the others of its type.
    fn key(&self) -> Vec<u8>;

    fn ask(&self, conn: &mut SqliteConnection)
    -> impl Future<Output = Result<Self::Answer>> + Send;
}

/// The file as it was when it was [looked at](super::Store::look), or later.
#[derive(Debug, Clone)]
pub(crate) struct Look {
    memory: Arc<Memory>,
    edition: u64,
}

impl Look {
    /// The answer that was true then, or later.
    pub(crate) async fn find<Q: Question>(&self, question: &Q) -> Result<Arc<Q::Answer>> {
        let key = (TypeId::of::<Q>(), question.key());
        if let Some(known) = self.memory.kept().answers.get(&key).cloned()
            && let Ok(known) = known.downcast()
        {
            return Ok(known);
        }
        let answer = question.ask(&mut *self.memory.readers.read().await?).await?;
        let answer = Arc::new(answer);
        self.memory.kept().put(self.edition, key, Arc::<Q::Answer>::clone(&answer));
        Ok(answer)
    }
}

/// What the readers of one file remember.
#[derive(Debug)]
pub(super) struct Memory {
    readers: Readers,
    /// Without one nothing is remembered.
    index: Option<Index>,
    kept: Mutex<Kept>,
}

impl Memory {
    pub(super) fn of(readers: Readers, index: Option<Index>) -> Arc<Self> {
        Arc::new(Self { readers, index, kept: Mutex::default() })
    }

    pub(super) fn look(self: &Arc<Self>) -> Look {
        let seen = self.index.as_ref().and_then(Index::look);
        Look { memory: Arc::clone(self), edition: self.kept().renew(seen) }
    }

    pub(super) async fn close(&self) -> Result<()> {
        match &self.index {
            Some(index) => index.close().await,
            None => Ok(()),
        }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

type Key = (TypeId, Vec<u8>);

/// Answers that were true of the current edition, or of the file since.
#[derive(Debug, Default)]
struct Kept {
    /// Where the file stood when the current edition began, if that can be known.
    seen: Option<Seen>,
    /// How often the file was found to be another than before.
    edition: u64,
    answers: HashMap<Key, Arc<dyn Any + Send + Sync>>,
}

impl Kept {
    /// The edition of the file that stands where it was `seen`.
    ///
    /// Who comes late with what was seen earlier begins one too many, and no answer is kept too long.
    fn renew(&mut self, seen: Option<Seen>) -> u64 {
        if seen.is_none() || seen != self.seen {
            self.seen = seen;
            self.edition += 1;
            self.answers.clear();
        }
        self.edition
    }

    fn put(&mut self, edition: u64, key: Key, answer: Arc<dyn Any + Send + Sync>) {
        if self.edition != edition {
            return;
        }
        if self.answers.len() >= MOST {
            self.answers.clear();
        }
        self.answers.insert(key, answer);
    }
}
