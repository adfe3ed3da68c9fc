//! Suspending what is over the quota, and bringing back what we suspended.
//!
//! What shall be is written in the transaction of the fact it follows from; what the panel was told
//! stands beside it, and a worker tells the difference until the panel says that it is done.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sqlx::SqliteConnection;
use tokio::sync::Notify;

use super::gate::{self, Standing};
use super::provision::{self, Panel};
use super::{Billing, Failed, alarms, hooks, mail};
use crate::domain::ids::{AccountId, ServerId};
use crate::domain::suspension::{self, Candidate, Fate, Mark};
use crate::domain::timestamp::Timestamp;
use crate::panel::{NotDone, Suspension};
use crate::panels::wings::PanelFailed;
use crate::store::servers::Server;
use crate::store::suspensions::Telling;
use crate::store::{self, StoreFailed};

/// Accounts judged between two looks at the clock.
const PAGE: u32 = 100;
/// How long the panel may take over one server.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long nobody else tells the panel about a server that is being told.
const LEASE: Duration = Duration::from_mins(1);
const FIRST_RETRY: Duration = Duration::from_secs(10);
const LAST_RETRY: Duration = Duration::from_mins(10);

/// What wakes the worker.
#[derive(Default)]
pub(crate) struct Bell {
    rung: Notify,
    /// All accounts were looked at since this process began, for its configuration may be new.
    surveyed: AtomicBool,
}

impl Bell {
    pub(crate) async fn rung(&self) {
        self.rung.notified().await;
    }

    /// Something was committed that the panel may have to be told.
    pub(super) fn ring(&self) {
        self.rung.notify_one();
    }
}

/// Writes down what follows from how the account stands; the caller commits, then wakes who tells it.
pub(super) async fn judge(
    conn: &mut SqliteConnection,
    billing: &Billing,
    standing: &Standing,
) -> Result<(), StoreFailed> {
    let (account, now) = (&standing.account.id, standing.now);
    let (terms, excess) = (billing.settings.terms(), standing.excess.as_ref());
    let mark = Mark {
        judged_at: now,
        runs: suspension::runs(&standing.facts, &terms, now),
        over_since: excess.map(|excess| excess.since).filter(|since| *since <= now),
    };
    let servers = of_account(conn, standing).await?;
    let look_at = suspension::next_look(&standing.facts, &terms, excess, now);
    let look_at = look_at.into_iter().chain(mail::next_look(billing, standing, &servers)).min();
    store::suspensions::put_mark(conn, account, &mark, look_at).await?;
    mail::tell(conn, billing, standing, &servers).await?;
    alarms::note(conn, billing, standing).await?;
    for (server, fate) in servers {
        let suspended_at = match (server.suspended_at, fate) {
            (None, Fate::Suspended) => Some(now),
            (Some(_), Fate::Runs | Fate::RunsUntil(_)) => None,
            (Some(_), Fate::Suspended) | (None, Fate::Runs | Fate::RunsUntil(_)) => continue,
        };
        tracing::info!(%account, server = %server.id, suspended = suspended_at.is_some(), "over quota");
        let wait = now + LEASE;
        store::suspensions::set(conn, account, &server.id, suspended_at, now, wait).await?;
        hooks::tell_suspension(conn, billing, standing, &server, suspended_at.is_some()).await?;
    }
    Ok(())
}

/// The account's servers, oldest first, each with what becomes of it.
pub(crate) async fn of_account(
    conn: &mut SqliteConnection,
    standing: &Standing,
) -> Result<Vec<(Server, Fate)>, StoreFailed> {
    let servers = store::servers::of_account(conn, &standing.account.id, standing.now).await?;
    let candidates: Vec<Candidate> = servers.iter().map(candidate).collect();
    let fates = suspension::fates(&candidates, standing.excess.as_ref(), standing.now);
    Ok(servers.into_iter().zip(fates).collect())
}

fn candidate(server: &Server) -> Candidate {
    Candidate {
        chosen: server.kept,
        busy: server.reserved_until.is_some(),
        suspended: server.suspended_at.is_some(),
    }
}

/// Judges the account as it stands, for a fact that was just written.
pub(super) async fn rejudge(
    conn: &mut SqliteConnection,
    billing: &Billing,
    account: &AccountId,
) -> Result<(), StoreFailed> {
    match gate::standing(conn, billing, account).await? {
        Some(standing) => {
            hooks::tell_changes(conn, billing, &standing, &standing).await?;
            judge(conn, billing, &standing).await
        }
        None => Ok(()),
    }
}

/// Why a choice was not taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotChosen {
    #[error("nothing is over the limit, so every server runs on")]
    NothingToChoose,
    #[error("choose exactly {wanted}: these were {chosen}")]
    Count { wanted: usize, chosen: usize },
    #[error("`{0}` is no server of this account that could be chosen")]
    NoSuchServer(String),
    #[error(transparent)]
    Failed(#[from] Failed),
}

impl From<StoreFailed> for NotChosen {
    fn from(error: StoreFailed) -> Self {
        Self::Failed(error.into())
    }
}

/// Takes the customer's choice of the servers that run on.
pub(crate) async fn choose(
    billing: &Billing,
    account: &AccountId,
    chosen: &[String],
) -> Result<(), NotChosen> {
    let mut tx = billing.store.write().await?;
    let standing = gate::standing(&mut tx, billing, account).await?.ok_or(Failed::NoAccount)?;
    let excess = standing.excess.ok_or(NotChosen::NothingToChoose)?;
    let servers = of_account(&mut tx, &standing).await?;
    let eligible: Vec<&ServerId> = servers
        .iter()
        .map(|(server, _)| server)
        .filter(|it| can_be_chosen(it))
        .map(|it| &it.id)
        .collect();
    let mut kept: Vec<ServerId> = Vec::new();
    for id in chosen {
        let known = eligible.iter().find(|server| server.as_str() == id);
        let server = known.ok_or_else(|| NotChosen::NoSuchServer(id.clone()))?;
        if !kept.contains(server) {
            kept.push((*server).clone());
        }
    }
    let wanted = eligible.len().min(excess.keep as usize);
    if kept.len() != wanted {
        return Err(NotChosen::Count { wanted, chosen: kept.len() });
    }
    store::suspensions::keep(&mut tx, account, &kept).await?;
    rejudge(&mut tx, billing, account).await?;
    store::commit(tx).await?;
    billing.wake_messengers();
    Ok(())
}

/// A server that is being created or deleted cannot be.
pub(crate) fn can_be_chosen(server: &Server) -> bool {
    server.reserved_until.is_none()
}

/// Judges every account that is due, then tells the panel what it does not know yet.
///
/// # Errors
///
/// When the database fails; what was left goes on with the next call.
pub(crate) async fn work(billing: &Billing) -> Result<(), StoreFailed> {
    if !billing.suspensions.surveyed.load(Ordering::Relaxed) {
        let mut tx = billing.store.write().await?;
        let free = billing.settings.policy.free_servers;
        store::suspensions::look_at_all(&mut tx, free, billing.now()).await?;
        if billing.settings.mail.is_some() {
            store::mail::look_at_exempt(&mut tx, billing.now()).await?;
        }
        store::commit(tx).await?;
        billing.suspensions.surveyed.store(true, Ordering::Relaxed);
    }
    judge_due(billing).await?;
    // What fails is due again later; a panel that takes long over failing would never be done with.
    let begun = billing.now();
    while let Some(telling) = take(billing, begun).await? {
        // A panel that is away for one server is so for the next.
        if tell(billing, &telling).await? == Panel::IsAway {
            break;
        }
    }
    Ok(())
}

async fn judge_due(billing: &Billing) -> Result<(), StoreFailed> {
    loop {
        let mut conn = billing.store.read().await?;
        let due = store::suspensions::due(&mut conn, billing.now(), PAGE).await?;
        drop(conn);
        for account in &due {
            let mut tx = billing.store.write().await?;
            rejudge(&mut tx, billing, account).await?;
            store::commit(tx).await?;
            billing.nudge_hooks.notify_one();
            billing.nudge_mail.notify_one();
        }
        if due.len() < PAGE as usize {
            return Ok(());
        }
    }
}

/// Takes up what was due at `by`.
async fn take(billing: &Billing, by: Timestamp) -> Result<Option<Telling>, StoreFailed> {
    let mut conn = billing.store.read().await?;
    let waits = store::suspensions::something_to_tell(&mut conn, by).await?;
    drop(conn);
    if !waits {
        return Ok(None);
    }
    let mut tx = billing.store.write().await?;
    let telling = store::suspensions::take(&mut tx, by, billing.now() + LEASE).await?;
    store::commit(tx).await?;
    Ok(telling)
}

/// Why the panel was not told.
struct NotTold {
    error: String,
    /// It takes no calls for so long, at least.
    away: Option<Duration>,
}

impl From<NotDone> for NotTold {
    fn from(error: NotDone) -> Self {
        Self { error: error.to_string(), away: None }
    }
}

impl From<PanelFailed> for NotTold {
    fn from(error: PanelFailed) -> Self {
        Self { away: error.away_for(), error: error.to_string() }
    }
}

/// Tells the panel once, and notes whether it must be told again.
async fn tell(billing: &Billing, telling: &Telling) -> Result<Panel, StoreFailed> {
    let outcome = match tokio::time::timeout(PATIENCE, call(billing, telling)).await {
        Ok(outcome) => outcome?,
        Err(_) => Err(NotTold {
            error: format!("no answer within {} s", PATIENCE.as_secs()),
            away: Some(Duration::ZERO),
        }),
    };
    let now = billing.now();
    let Telling { account, server, suspended, tries } = telling;
    let mut tx = billing.store.write().await?;
    let panel = match outcome {
        Ok(()) => {
            store::suspensions::told(&mut tx, telling, now).await?;
            Panel::Answers
        }
        Err(NotTold { error, away }) => {
            let wait = retry_after(*tries).max(away.unwrap_or_default());
            tracing::warn!(
                %account, %server, suspended, error, again_in_seconds = wait.as_secs(),
                "the panel did not suspend or bring back a server; it is told again"
            );
            store::suspensions::not_told(&mut tx, telling, now + wait).await?;
            if away.is_some() { Panel::IsAway } else { Panel::Answers }
        }
    };
    store::commit(tx).await?;
    Ok(panel)
}

async fn call(billing: &Billing, telling: &Telling) -> Result<Result<(), NotTold>, StoreFailed> {
    let Telling { account, server, suspended, .. } = telling;
    if let Some(told) = provision::suspension::set(billing, account, server, *suspended).await? {
        return Ok(told.map_err(NotTold::from));
    }
    if !suspended {
        return Ok(billing.panel.unsuspend(account, server).await.map_err(NotTold::from));
    }
    let mut conn = billing.store.read().await?;
    let Some(standing) = gate::standing(&mut conn, billing, account).await? else {
        return Ok(Ok(()));
    };
    drop(conn);
    let why = Suspension {
        reason: standing.decision.reason,
        keep: standing.excess.map_or(standing.used, |excess| excess.keep),
        action_url: standing.desk(billing),
    };
    Ok(billing.panel.suspend(account, server, &why).await.map_err(NotTold::from))
}

/// Twice as long each time.
fn retry_after(tries: u32) -> Duration {
    FIRST_RETRY.saturating_mul(1 << tries.saturating_sub(1).min(10)).min(LAST_RETRY)
}
