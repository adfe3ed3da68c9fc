//! Claims: judged and counted in one transaction, and on disk before they are answered.
//!
//! Nobody waits for a timer. The first claim finds the writer idle and is committed alone; those that
//! arrive meanwhile share one transaction and one fsync when it is done, each judged after what the
//! one before it took.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sqlx::SqliteConnection;
use tokio::sync::oneshot;

use super::{Standing, commit, standing};
use crate::domain::entitlement::{Decision, RefusalCode};
use crate::domain::ids::{AccountId, ServerId};
use crate::domain::timestamp::Timestamp;
use crate::flows::{Billing, Failed};
use crate::store::provisions::Order;
use crate::store::servers::Server;
use crate::store::{self, StoreFailed};
use crate::timing::{self, Part};

/// Claims that share a transaction at most, so that nobody waits long behind them.
const MOST_TOGETHER: usize = 64;

/// What came of asking for one more server.
pub(crate) enum Claimed {
    /// The slot is taken.
    New(Server, Standing),
    /// It was taken before, under the same id.
    Already(Server, Standing),
    Refused(RefusalCode, Box<Standing>),
}

/// How long a claimed slot counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Hold {
    /// Until it is given back.
    Standing,
    /// For a while, unless it is confirmed.
    Reserved,
    /// Until it is known whether the panel has made what is ordered with it.
    Ordered { external: String, template: String, name: String },
}

impl Hold {
    fn until(&self, now: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Standing => None,
            Self::Reserved => Some(now + super::RESERVATION),
            Self::Ordered { .. } => Some(Timestamp::NEVER),
        }
    }
}

/// Takes a slot, or says why not.
pub(crate) async fn claim(
    billing: &Arc<Billing>,
    account: &AccountId,
    server: &ServerId,
    name: Option<&str>,
    hold: Hold,
) -> Result<Claimed, Failed> {
    mend_reservations(billing, account, server).await?;
    let (account, server, name) = (account.clone(), server.clone(), name.map(str::to_owned));
    let _watch = timing::watch(Part::Database);
    let answered = hand_in(billing, Wish { account, server, name, hold });
    match answered.await {
        Ok(claimed) => claimed,
        Err(_) => Err(StoreFailed::Database("the claim was abandoned".into()).into()),
    }
}

/// The queue in front of the writer.
#[derive(Default)]
pub(crate) struct Claims(Mutex<Queue>);

#[derive(Default)]
struct Queue {
    waiting: Vec<Waiting>,
    /// A task is committing, and will look at the queue again before it ends.
    committing: bool,
}

struct Waiting {
    wish: Wish,
    answer: oneshot::Sender<Result<Claimed, Failed>>,
}

/// The slot that is asked for.
struct Wish {
    account: AccountId,
    server: ServerId,
    name: Option<String>,
    hold: Hold,
}

impl Claims {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn next_batch(&self) -> Option<Vec<Waiting>> {
        let mut queue = self.queue();
        if queue.waiting.is_empty() {
            queue.committing = false;
            return None;
        }
        let together = queue.waiting.len().min(MOST_TOGETHER);
        Some(queue.waiting.drain(..together).collect())
    }
}

/// Queues a claim; the first in an idle queue starts the task that commits.
///
/// The task belongs to no request, so that a client that hangs up takes nobody along.
fn hand_in(billing: &Arc<Billing>, wish: Wish) -> oneshot::Receiver<Result<Claimed, Failed>> {
    let (answer, answered) = oneshot::channel();
    let mut queue = billing.claims.queue();
    queue.waiting.push(Waiting { wish, answer });
    if !queue.committing {
        queue.committing = true;
        tokio::spawn(commit_all(Arc::clone(billing)));
    }
    answered
}

/// Whoever commits; should it fail midway, those who wait are told and the next claim begins anew.
struct Committing(Arc<Billing>);

impl Drop for Committing {
    fn drop(&mut self) {
        if std::thread::panicking() {
            *self.0.claims.queue() = Queue::default();
        }
    }
}

async fn commit_all(billing: Arc<Billing>) {
    let _committing = Committing(Arc::clone(&billing));
    while let Some(batch) = billing.claims.next_batch() {
        let (wishes, answers): (Vec<_>, Vec<_>) =
            batch.into_iter().map(|waiting| (waiting.wish, waiting.answer)).unzip();
        match take_all(&billing, &wishes).await {
            Ok(outcomes) => {
                for (answer, outcome) in answers.into_iter().zip(outcomes) {
                    // Who hung up finds the slot taken when they ask again.
                    let _ = answer.send(outcome);
                }
            }
            Err(error) => {
                // Who waits behind them would wait as long for the same.
                let behind = std::mem::take(&mut billing.claims.queue().waiting);
                let behind = behind.into_iter().map(|waiting| waiting.answer);
                for answer in answers.into_iter().chain(behind) {
                    let _ = answer.send(Err(error.again().into()));
                }
            }
        }
    }
}

/// Judges and counts a batch; an account that cannot be judged spoils only its own claims.
async fn take_all(
    billing: &Billing,
    wishes: &[Wish],
) -> Result<Vec<Result<Claimed, Failed>>, StoreFailed> {
    let (mut tx, mut outcomes) = (billing.store.write().await?, Vec::with_capacity(wishes.len()));
    let mut concerned = false;
    for wish in wishes {
        outcomes.push(match standing(&mut tx, billing, &wish.account).await {
            Ok(Some(stands)) => {
                let claimed = take(&mut tx, wish, stands).await?;
                if let (Claimed::Already(taken, stands), Hold::Standing) = (&claimed, &wish.hold)
                    && taken.reserved_until.is_some()
                {
                    concerned |= keep(&mut tx, billing, wish, stands.now).await?;
                }
                Ok(claimed)
            }
            Ok(None) => Err(Failed::NoAccount),
            Err(corrupt @ StoreFailed::Corrupt { .. }) => Err(corrupt.into()),
            // SQLite may have ended the transaction by itself.
            Err(error) => return Err(error),
        });
    }
    store::commit(tx).await?;
    if concerned {
        billing.suspensions.ring();
    }
    for outcome in outcomes.iter().flatten() {
        match outcome {
            Claimed::New(_, standing) => count("allowed", &standing.decision),
            Claimed::Refused(_, standing) => count("refused", &standing.decision),
            Claimed::Already(..) => {}
        }
    }
    Ok(outcomes)
}

async fn take(
    conn: &mut SqliteConnection,
    wish: &Wish,
    mut standing: Standing,
) -> Result<Claimed, StoreFailed> {
    let Wish { account, server, name, hold } = wish;
    let (now, creatable) = (standing.now, standing.decision.creatable);
    let (name, until) = (name.as_deref(), hold.until(now));
    let new = store::servers::claim(conn, account, server, name, creatable, until, now).await?;
    let Some(new) = new else {
        if let Some(taken) = store::servers::get(conn, account, server, now).await? {
            return Ok(Claimed::Already(taken, standing));
        }
        let code = standing.refusal().unwrap_or(RefusalCode::QuotaExceeded);
        return Ok(Claimed::Refused(code, Box::new(standing)));
    };
    if let Hold::Ordered { external, template, name } = hold {
        let order = Order { external, template, name };
        store::provisions::put(conn, account, server, order, now).await?;
    }
    standing.used += 1;
    Ok(Claimed::New(new, standing))
}

/// Makes a reservation stand; tells whether that may put its account over the quota.
async fn keep(
    conn: &mut SqliteConnection,
    billing: &Billing,
    wish: &Wish,
    now: Timestamp,
) -> Result<bool, StoreFailed> {
    let (account, free) = (&wish.account, billing.settings.policy.free_servers);
    store::servers::confirm(conn, account, &wish.server, wish.name.as_deref(), now).await?;
    store::suspensions::look_again(conn, account, free, now).await
}

fn count(outcome: &'static str, decision: &Decision) {
    let reason = decision.reason.as_str();
    metrics::counter!("coinslot_gate_decision_total", "outcome" => outcome, "reason" => reason)
        .increment(1);
}

/// A reservation that ran out without a word is decided by what the panel really has.
///
/// A panel that would rather not say keeps its word for later; only the id that is claimed anew is
/// forgotten, for a reservation that ran out does not count.
async fn mend_reservations(
    billing: &Billing,
    account: &AccountId,
    claimed: &ServerId,
) -> Result<(), Failed> {
    let now = billing.now();
    let mut conn = billing.store.read().await?;
    let lapsed = store::servers::lapsed(&mut conn, account, now).await?;
    drop(conn);
    if lapsed.is_empty() {
        return Ok(());
    }
    let real = billing.panel.servers(account).await;
    let mut tx = billing.store.write().await?;
    // What was claimed anew or given back while the panel was asked is somebody else's business.
    let still = store::servers::lapsed(&mut tx, account, now).await?;
    for server in lapsed.iter().filter(|server| still.contains(server)) {
        match &real {
            Some(real) if real.contains(server) => {
                store::servers::confirm(&mut tx, account, server, None, now).await?;
            }
            None if server != claimed => {}
            Some(_) | None => {
                store::servers::release_reservation(&mut tx, account, server).await?;
            }
        }
    }
    Ok(commit(billing, account, tx).await?)
}
