//! Intake by group commit: deliveries that wait together share one transaction and one fsync.
//!
//! Nobody waits for a timer. The first delivery finds the writer idle and commits alone; those that
//! arrive meanwhile are committed together when it is done.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::Instant;

use super::Billing;
use crate::domain::delivery::Delivery;
use crate::domain::ids::Mode;
use crate::store::inbox::Ignored;
use crate::store::intake::{Filing, MOST_TOGETHER, file_all};
use crate::store::{self, Store, StoreFailed};

/// Deliveries that may wait at a time; one more is told to come back.
const MOST_WAITING: usize = 2_048;
/// Bytes committed between two checkpoints, of payloads alone.
const CHECKPOINT_BYTES: usize = 2 * 1024 * 1024;
/// So long after the last delivery there is no flood of them.
const LULL: Duration = Duration::from_millis(5);
/// So long background work lets a flood go first.
const MOST_PATIENCE: Duration = Duration::from_millis(50);

/// What became of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Filed {
    Queued,
    Duplicate,
    Ignored(Ignored),
    /// Its type is not on the allow-list: counted, not stored.
    Unlisted,
}

/// Why a delivery was not stored; Stripe delivers it again.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotFiled {
    #[error("{MOST_WAITING} deliveries wait already")]
    Full,
    #[error("the commit failed: {0}")]
    Commit(Arc<StoreFailed>),
    #[error("the commit was abandoned")]
    Abandoned,
}

/// The queue in front of the writer.
pub(super) struct Intake {
    store: Store,
    queue: Mutex<Queue>,
    /// Bytes committed since the last checkpoint began.
    bytes_in_log: AtomicUsize,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Waiting>,
    /// A task is committing, and will look at the queue again before it ends.
    committing: bool,
    /// When somebody last handed something in.
    last: Option<Instant>,
}

struct Waiting {
    filing: Filing,
    answer: oneshot::Sender<Result<bool, NotFiled>>,
}

/// Commits `delivery` to disk and marks its customer; 200 may be answered after this returns.
pub(crate) async fn file(billing: &Billing, delivery: Delivery) -> Result<Filed, NotFiled> {
    let envelope = &delivery.envelope;
    if !billing.settings.stripe.webhook_events.contains(&envelope.kind) {
        return Ok(Filed::Unlisted);
    }
    let ignored = if Mode::of(envelope.livemode) != billing.mode() {
        Some(Ignored::Livemode)
    } else if envelope.connect_account.is_some() {
        Some(Ignored::Connect)
    } else {
        None
    };
    let filing = Filing { delivery, ignored, received_at: billing.now() };
    let new = billing.intake.hand_in(filing)?.await.map_err(|_| NotFiled::Abandoned)??;
    Ok(match (new, ignored) {
        (false, _) => {
            // It may have failed before, and be due again now.
            billing.nudge.notify_one();
            Filed::Duplicate
        }
        (true, Some(why)) => Filed::Ignored(why),
        (true, None) => {
            billing.nudge.notify_one();
            Filed::Queued
        }
    })
}

impl Intake {
    pub(super) fn new(store: Store) -> Self {
        Self { store, queue: Mutex::default(), bytes_in_log: AtomicUsize::new(0) }
    }

    /// Waits until deliveries pause, for they all wait for the one writer; in a flood not for long.
    pub(super) async fn give_way(&self) {
        let longest = Instant::now() + MOST_PATIENCE;
        loop {
            let last = self.queue.lock().unwrap_or_else(PoisonError::into_inner).last;
            let until = last.map_or(longest, |last| longest.min(last + LULL));
            if last.is_none() || until <= Instant::now() {
                return;
            }
            tokio::time::sleep_until(until).await;
        }
    }

    /// Queues a filing; the first in an idle queue starts the task that commits.
    ///
    /// The task belongs to no request, so that a client that hangs up takes nobody along.
    fn hand_in(
        self: &Arc<Self>,
        filing: Filing,
    ) -> Result<oneshot::Receiver<Result<bool, NotFiled>>, NotFiled> {
        let (answer, answered) = oneshot::channel();
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        if queue.waiting.len() >= MOST_WAITING {
            return Err(NotFiled::Full);
        }
        queue.waiting.push_back(Waiting { filing, answer });
        queue.last = Some(Instant::now());
        if !queue.committing {
            queue.committing = true;
            tokio::spawn(Arc::clone(self).commit_all());
        }
        Ok(answered)
    }

    async fn commit_all(self: Arc<Self>) {
        while let Some(batch) = self.next_batch() {
            let (filings, answers): (Vec<_>, Vec<_>) =
                batch.into_iter().map(|waiting| (waiting.filing, waiting.answer)).unzip();
            match self.commit(&filings).await {
                Ok(new) => {
                    for (answer, new) in answers.into_iter().zip(new) {
                        // A client that hung up has its event stored all the same.
                        let _ = answer.send(Ok(new));
                    }
                }
                Err(error) => {
                    let error = Arc::new(error);
                    for answer in answers {
                        let _ = answer.send(Err(NotFiled::Commit(Arc::clone(&error))));
                    }
                }
            }
        }
    }

    fn next_batch(&self) -> Option<Vec<Waiting>> {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        if queue.waiting.is_empty() {
            queue.committing = false;
            return None;
        }
        let together = queue.waiting.len().min(MOST_TOGETHER);
        Some(queue.waiting.drain(..together).collect())
    }

    /// Stores a batch; tells for each filing whether it was new.
    async fn commit(&self, filings: &[Filing]) -> Result<Vec<bool>, StoreFailed> {
        let mut writer = self.store.writer().await?;
        let filed = file_all(&mut writer, filings).await;
        let new = match filed {
            Ok(new) => new,
            Err(error) => {
                drop(writer);
                self.store.mend(&error).await?;
                return Err(error);
            }
        };
        let again: Vec<&str> = filings
            .iter()
            .zip(&new)
            .filter(|(_, new)| !**new)
            .map(|(filing, _)| filing.delivery.envelope.id.as_str())
            .collect();
        if let (false, Some(first)) = (again.is_empty(), filings.first()) {
            store::inbox::hasten(&mut writer, &again, first.received_at).await?;
        }
        drop(writer);
        self.count_towards_checkpoint(filings);
        Ok(new)
    }

    /// Nobody waits for a checkpoint that runs beside the commits.
    fn count_towards_checkpoint(&self, filings: &[Filing]) {
        let bytes = filings.iter().map(|filing| filing.delivery.payload.len()).sum();
        if self.bytes_in_log.fetch_add(bytes, Ordering::Relaxed) < CHECKPOINT_BYTES {
            return;
        }
        self.bytes_in_log.store(0, Ordering::Relaxed);
        let store = self.store.clone();
        tokio::spawn(async move {
            if let Err(error) = store.checkpoint().await {
                tracing::warn!(%error, "a checkpoint failed; the log grows until the next");
            }
        });
    }
}

#[cfg(test)]
mod tests;
