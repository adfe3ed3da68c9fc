//! What was read lately, for as long as nobody writes to the file.
//!
//! A page reads the same few rows as the page before it, and each statement is a way to the driver's
//! thread and back. So rows are kept, and `SQLite` is asked instead whether the file is still the
//! one they were read from: <https://sqlite.org/pragma.html#pragma_data_version>. It counts the
//! commits of every other connection, of this process or of another, and the connection that asks
//! never writes. Whoever asks while an answer is under way waits for the next, for a commit may have
//! come in between; all who wait share it.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sqlx::{ConnectOptions as _, Row as _, SqliteConnection};
use tokio::sync::watch::{self, Receiver};
use tracing::Instrument as _;

use super::readers::Readers;
use super::{Result, StoreFailed};
use crate::timing::{self, Part};

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
        if let Some(known) = self.memory.kept().get(self.edition, &key)
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
    editions: tokio::sync::Mutex<Editions>,
    /// The answer that has not been asked for yet; whoever comes until then shares it.
    next: Mutex<Option<Receiver<Option<Asked>>>>,
    kept: Mutex<Kept>,
}

/// The edition of the file.
type Asked = std::result::Result<u64, Arc<StoreFailed>>;

impl Memory {
    pub(super) fn of(readers: Readers) -> Arc<Self> {
        Arc::new(Self {
            readers,
            editions: tokio::sync::Mutex::default(),
            next: Mutex::default(),
            kept: Mutex::default(),
        })
    }

    pub(super) async fn look(self: &Arc<Self>) -> Result<Look> {
        let _watch = timing::watch(Part::Database);
        let mut answer = self.next().get_or_insert_with(|| self.ask()).clone();
        let asked = answer.wait_for(Option::is_some).await;
        match asked.ok().and_then(|asked| asked.clone()) {
            Some(Ok(edition)) => Ok(Look { memory: Arc::clone(self), edition }),
            Some(Err(failed)) => Err(StoreFailed::Database(Box::new(failed))),
            None => Err(StoreFailed::Database("nobody looked at the file".into())),
        }
    }

    /// Asks for everybody who has come when the one before is answered.
    ///
    /// The task belongs to no request, so that a client that hangs up takes nobody along.
    fn ask(self: &Arc<Self>) -> Receiver<Option<Asked>> {
        let (answer, answered) = watch::channel(None);
        let memory = Arc::clone(self);
        let asking = async move {
            let mut editions = memory.editions.lock().await;
            memory.next().take();
            let renewed = editions.renew(&memory.readers).await;
            answer.send_replace(Some(renewed.map_err(Arc::new)));
        };
        tokio::spawn(asking.in_current_span());
        answered
    }

    pub(super) async fn close(&self) {
        let mut editions = self.editions.lock().await;
        editions.connection = None;
        editions.is_closed = true;
    }

    fn next(&self) -> MutexGuard<'_, Option<Receiver<Option<Asked>>>> {
        self.next.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How often the file was found to be another than before.
#[derive(Debug, Default)]
struct Editions {
    /// It never writes, and never goes back among the readers: the count is its own.
    connection: Option<SqliteConnection>,
    counted: i64,
    current: u64,
    is_closed: bool,
}

impl Editions {
    async fn renew(&mut self, readers: &Readers) -> Result<u64> {
        if self.is_closed {
            return Err(sqlx::Error::PoolClosed.into());
        }
        // Taken out, so that a connection that fails is not asked again.
        let (mut connection, is_new) = match self.connection.take() {
            Some(connection) => (connection, false),
            None => (readers.options().connect().await?, true),
        };
        let row = sqlx::query("PRAGMA data_version").fetch_one(&mut connection).await?;
        let counted = row.try_get(0)?;
        self.connection = Some(connection);
        if is_new || counted != self.counted {
            self.counted = counted;
            self.current += 1;
        }
        Ok(self.current)
    }
}

type Key = (TypeId, Vec<u8>);

/// Answers that were true of `edition`, or of a later one.
#[derive(Debug, Default)]
struct Kept {
    edition: u64,
    answers: HashMap<Key, Arc<dyn Any + Send + Sync>>,
}

impl Kept {
    fn get(&self, edition: u64, key: &Key) -> Option<Arc<dyn Any + Send + Sync>> {
        if self.edition < edition { None } else { self.answers.get(key).cloned() }
    }

    fn put(&mut self, edition: u64, key: Key, answer: Arc<dyn Any + Send + Sync>) {
        if self.edition > edition {
            return;
        }
        if self.edition < edition || self.answers.len() >= MOST {
            self.answers.clear();
            self.edition = edition;
        }
        self.answers.insert(key, answer);
    }
}
