//! The one state behind all handles: the ledger under its lock, saved after each change.

use std::{
    collections::VecDeque,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
    time::{SystemTime, UNIX_EPOCH},
};

use serde_json::Value;
use tokio::sync::{Notify, watch};

use super::{
    calendar::{DAY, END_OF_TIME},
    catalogue, clock,
    faults::Fault,
    ledger::Ledger,
    options::{CataloguePrice, Options},
    portal,
};

/// How far the clock moves at once, at most: ten years, so that no one waits for ever.
const LONGEST_MOVE: i64 = 3_653 * DAY;
/// How many calls are remembered; the oldest go first.
const MOST_REQUESTS: usize = 10_000;

/// What the sandbox's handles and its server share.
pub(super) struct Inner {
    pub(super) secret_key: String,
    pub(super) http: reqwest::Client,
    pub(super) delivering: tokio::sync::Mutex<()>,
    pub(super) nudge: Notify,
    pub(super) offsets: watch::Sender<i64>,
    pub(super) faults: Mutex<Vec<Fault>>,
    pub(super) requests: Mutex<VecDeque<RecordedRequest>>,
    webhook: Mutex<Webhook>,
    ledger: Mutex<Ledger>,
    state_file: Option<PathBuf>,
    catalogue: Vec<CataloguePrice>,
    start_at: Option<i64>,
}

/// Where events go and what signs them.
#[derive(Clone)]
pub(super) struct Webhook {
    pub(super) url: Option<String>,
    pub(super) secret: String,
}

/// One call that was made to the API.
#[derive(Debug, Clone)]
pub struct RecordedRequest {
    /// The method.
    pub method: String,
    /// The path, without the query.
    pub path: String,
    /// The parameters, brackets resolved, every leaf text.
    pub form: Value,
    /// The `Idempotency-Key` header.
    pub idempotency_key: Option<String>,
    /// The `Stripe-Version` header.
    pub stripe_version: Option<String>,
    /// The status that answered; 0 when the connection was closed instead.
    pub status: u16,
}

impl Inner {
    /// Restores the saved state, or begins with the catalogue alone.
    pub(super) fn new(options: Options, http: reqwest::Client) -> std::io::Result<Inner> {
        let ledger = match options.state_file.as_deref().map(std::fs::read_to_string) {
            Some(Ok(saved)) => Ledger::restore(&saved).map_err(std::io::Error::other)?,
            Some(Err(error)) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            Some(Err(_)) | None => Ledger::default(),
        };
        let inner = Inner {
            secret_key: options.secret_key,
            http,
            delivering: tokio::sync::Mutex::default(),
            nudge: Notify::new(),
            offsets: watch::Sender::new(ledger.offset),
            faults: Mutex::default(),
            requests: Mutex::default(),
            webhook: Mutex::new(Webhook {
                url: options.webhook_url,
                secret: options.webhook_secret,
            }),
            ledger: Mutex::new(ledger),
            state_file: options.state_file,
            catalogue: options.catalogue,
            start_at: options.start_at,
        };
        inner.change(|ledger| stock(ledger, &inner.catalogue));
        Ok(inner)
    }

    /// Lets `how` change the ledger as it is now, and saves it.
    pub(super) fn change<R>(&self, how: impl FnOnce(&mut Ledger) -> R) -> R {
        let mut ledger = self.current();
        let result = how(&mut ledger);
        self.save(&ledger);
        drop(ledger);
        self.nudge.notify_one();
        result
    }

    /// Lets `how` look at the ledger as it is now.
    pub(super) fn look<R>(&self, how: impl FnOnce(&Ledger) -> R) -> R {
        how(&self.current())
    }

    /// Moves the clock forward to `at`, never back, playing all that falls due.
    pub(super) fn advance_to(&self, at: i64) {
        self.change(|ledger| {
            let at = at.min(END_OF_TIME).min(ledger.now.saturating_add(LONGEST_MOVE));
            if at > ledger.now {
                ledger.offset += at - ledger.now;
                clock::play(ledger, at);
                self.offsets.send_replace(ledger.offset);
            }
        });
    }

    /// Forgets everything but the catalogue, and lets the clock start again.
    pub(super) fn reset(&self) {
        let mut ledger = lock(&self.ledger);
        let mut empty = Ledger::default();
        empty.base_url.clone_from(&ledger.base_url);
        empty.now = self.base_time();
        stock(&mut empty, &self.catalogue);
        *ledger = empty;
        self.save(&ledger);
        self.offsets.send_replace(0);
    }

    pub(super) fn record(&self, request: RecordedRequest) {
        let mut requests = lock(&self.requests);
        if requests.len() == MOST_REQUESTS {
            requests.pop_front();
        }
        requests.push_back(request);
    }

    pub(super) fn webhook(&self) -> Webhook {
        lock(&self.webhook).clone()
    }

    pub(super) fn set_webhook(&self, webhook: Webhook) {
        *lock(&self.webhook) = webhook;
    }

    fn current(&self) -> MutexGuard<'_, Ledger> {
        let mut ledger = lock(&self.ledger);
        let now = self.base_time().saturating_add(ledger.offset);
        if now > ledger.now {
            clock::play(&mut ledger, now);
        }
        ledger
    }

    #[expect(clippy::disallowed_methods, reason = "the sandbox imports nothing of ours")]
    fn base_time(&self) -> i64 {
        self.start_at.unwrap_or_else(|| {
            let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            i64::try_from(since.as_secs()).unwrap_or(END_OF_TIME)
        })
    }

    fn save(&self, ledger: &Ledger) {
        let Some(file) = &self.state_file else { return };
        if let Err(error) = write_whole(file, ledger) {
            tracing::warn!(file = %file.display(), %error, "the sandbox's state was not saved");
        }
    }
}

/// The value behind a lock, also after a panic elsewhere: no change here stops half way.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn stock(ledger: &mut Ledger, catalogue: &[CataloguePrice]) {
    catalogue::stock(ledger, catalogue);
    portal::stock(ledger);
}

fn write_whole(file: &Path, ledger: &Ledger) -> std::io::Result<()> {
    let written = file.with_extension("writing");
    std::fs::write(&written, serde_json::to_vec(ledger)?)?;
    std::fs::rename(written, file)
}
