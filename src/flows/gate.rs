//! The gate: what an account may create, and the slots it has taken.

use std::time::Duration;

use sqlx::SqliteConnection;

use super::{Billing, Failed};
use crate::domain::entitlement::{Decision, Facts, RefusalCode, decide};
use crate::domain::ids::{AccountId, ServerId};
use crate::domain::plan::Limit;
use crate::domain::subscription::{Grant, Subscription};
use crate::domain::timestamp::Timestamp;
use crate::store::accounts::Account;
use crate::store::servers::Server;
use crate::store::{self, StoreFailed};

/// How long a reservation counts while its server is being created.
const RESERVATION: Duration = Duration::from_mins(15);

/// An account with its facts and what they allow at `now`.
#[derive(Debug, Clone)]
pub(crate) struct Standing {
    pub(crate) account: Account,
    pub(crate) facts: Facts,
    pub(crate) decision: Decision,
    pub(crate) used: u32,
    pub(crate) now: Timestamp,
}

impl Standing {
    /// The subscription that speaks for the account, else the newest of ours.
    pub(crate) fn subscription(&self) -> Option<&Subscription> {
        match self.decision.subscription {
            Some(index) => self.facts.subscriptions.get(index),
            None => self.facts.subscriptions.iter().find(|subscription| subscription.is_ours()),
        }
    }

    /// A subscription that forbids a second one.
    pub(crate) fn running(&self) -> Option<&Subscription> {
        let live = |subscription: &&Subscription| subscription.is_ours() && !subscription.is_over();
        self.subscription().filter(live).or_else(|| self.facts.subscriptions.iter().find(live))
    }

    /// Where the account's customer acts: our own page for those who can sign in here.
    pub(crate) fn desk(&self, billing: &Billing) -> String {
        if self.account.has_user {
            billing.settings.page("/billing")
        } else {
            billing.settings.upgrade_url_for(&self.account.id)
        }
    }

    pub(crate) fn refusal(&self) -> Option<RefusalCode> {
        self.decision.refusal(self.used)
    }

    /// Servers beyond the limit.
    pub(crate) fn over_by(&self) -> u32 {
        match self.decision.limit {
            Limit::Servers(limit) => self.used.saturating_sub(limit),
            Limit::Unlimited => 0,
        }
    }
}

/// Reads an account and decides; `None` when there is no such account.
pub(crate) async fn standing(
    conn: &mut SqliteConnection,
    billing: &Billing,
    account: &AccountId,
) -> Result<Option<Standing>, StoreFailed> {
    let mode = billing.mode();
    let Some(account) = store::accounts::get(conn, account, mode).await? else {
        return Ok(None);
    };
    standing_of(conn, billing, account).await.map(Some)
}

/// Decides for an account that was read before.
pub(crate) async fn standing_of(
    conn: &mut SqliteConnection,
    billing: &Billing,
    account: Account,
) -> Result<Standing, StoreFailed> {
    let (mode, now) = (billing.mode(), billing.now());
    let facts = Facts {
        exemption: store::exemptions::standing(conn, &account.id).await?,
        lifetimes: store::checkouts::lifetimes(conn, &account.id, mode).await?,
        subscriptions: store::subscriptions::of_account(conn, &account.id, mode).await?,
        disputed: false,
    };
    let used = store::servers::used(conn, &account.id, now).await?;
    Ok(judge(billing, account, facts, used, now))
}

/// Decides for a list of accounts, with as many statements as for one.
pub(crate) async fn standings_of(
    conn: &mut SqliteConnection,
    billing: &Billing,
    accounts: Vec<Account>,
) -> Result<Vec<Standing>, StoreFailed> {
    let (mode, now) = (billing.mode(), billing.now());
    let ids = store::ids(accounts.iter().map(|account| &account.id));
    let mut exemptions = store::exemptions::standing_of_all(conn, &ids).await?;
    let mut lifetimes = store::checkouts::lifetimes_of_all(conn, &ids, mode).await?;
    let mut subscriptions = store::subscriptions::of_accounts(conn, &ids, mode).await?;
    let used = store::servers::used_of_all(conn, &ids, now).await?;
    let standings = accounts.into_iter().map(|account| {
        let facts = Facts {
            exemption: exemptions.remove(&account.id),
            lifetimes: lifetimes.remove(&account.id).unwrap_or_default(),
            subscriptions: subscriptions.remove(&account.id).unwrap_or_default(),
            disputed: false,
        };
        let used = used.get(&account.id).copied().unwrap_or_default();
        judge(billing, account, facts, used, now)
    });
    Ok(standings.collect())
}

fn judge(
    billing: &Billing,
    account: Account,
    mut facts: Facts,
    used: u32,
    now: Timestamp,
) -> Standing {
    for subscription in &mut facts.subscriptions {
        use_todays_limit(&mut subscription.grant, billing);
    }
    for lifetime in &mut facts.lifetimes {
        if let Some(plan) = billing.settings.plan(&lifetime.plan) {
            lifetime.limit = plan.limit;
        }
    }
    let decision = decide(&facts, &billing.settings.policy, now);
    Standing { account, facts, decision, used, now }
}

/// A plan that is still configured gives what the configuration says today.
fn use_todays_limit(grant: &mut Grant, billing: &Billing) {
    let (Grant::Plan { id, limit } | Grant::Unmapped { last_known: Some((id, limit)) }) = grant
    else {
        return;
    };
    if let Some(plan) = billing.settings.plan(id) {
        *limit = plan.limit;
    }
}

/// What came of asking for one more server.
pub(crate) enum Claimed {
    /// The slot is taken.
    New(Server, Standing),
    /// It was taken before, under the same id.
    Already(Server, Standing),
    Refused(RefusalCode, Box<Standing>),
}

/// How long a claimed slot counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hold {
    /// Until it is given back.
    Standing,
    /// For a while, unless it is confirmed.
    Reserved,
}

/// Takes a slot, or says why not: judged and counted in one transaction.
pub(crate) async fn claim(
    billing: &Billing,
    account: &AccountId,
    server: &ServerId,
    name: Option<&str>,
    hold: Hold,
) -> Result<Claimed, Failed> {
    mend_reservations(billing, account, server).await?;
    let now = billing.now();
    let mut tx = billing.store.write().await?;
    let mut standing = standing(&mut tx, billing, account).await?.ok_or(Failed::NoAccount)?;
    if let Some(taken) = store::servers::get(&mut tx, account, server, now).await? {
        if hold == Hold::Standing && taken.reserved_until.is_some() {
            store::servers::confirm(&mut tx, account, server, name, now).await?;
            store::commit(tx).await?;
        }
        return Ok(Claimed::Already(taken, standing));
    }
    let reserved_until = match hold {
        Hold::Standing => None,
        Hold::Reserved => Some(now + RESERVATION),
    };
    let creatable = standing.decision.creatable;
    store::servers::claim(&mut tx, account, server, name, creatable, reserved_until, now).await?;
    let Some(taken) = store::servers::get(&mut tx, account, server, now).await? else {
        let code = standing.refusal().unwrap_or(RefusalCode::QuotaExceeded);
        count("refused", &standing.decision);
        return Ok(Claimed::Refused(code, Box::new(standing)));
    };
    store::commit(tx).await?;
    standing.used += 1;
    count("allowed", &standing.decision);
    Ok(Claimed::New(taken, standing))
}

fn count(outcome: &'static str, decision: &Decision) {
    let reason = decision.reason.as_str();
    metrics::counter!("coinslot_gate_decision_total", "outcome" => outcome, "reason" => reason)
        .increment(1);
}

/// Keeps a slot for good: the server exists.
pub(crate) async fn confirm(
    billing: &Billing,
    account: &AccountId,
    server: &ServerId,
    name: Option<&str>,
) -> Result<(), Failed> {
    let mut tx = billing.store.write().await?;
    store::servers::confirm(&mut tx, account, server, name, billing.now()).await?;
    Ok(store::commit(tx).await?)
}

/// Gives back what was only reserved: the server never came to be.
pub(crate) async fn abandon(
    billing: &Billing,
    account: &AccountId,
    server: &ServerId,
) -> Result<(), Failed> {
    let mut tx = billing.store.write().await?;
    store::servers::release_reservation(&mut tx, account, server).await?;
    Ok(store::commit(tx).await?)
}

/// Lets a slot run out by itself unless it is given back before: its server is about to go.
pub(crate) async fn leave(
    billing: &Billing,
    account: &AccountId,
    server: &ServerId,
) -> Result<(), Failed> {
    let mut tx = billing.store.write().await?;
    store::servers::reserve(&mut tx, account, server, billing.now() + RESERVATION).await?;
    Ok(store::commit(tx).await?)
}

/// Gives a slot back: the server is gone.
pub(crate) async fn release(
    billing: &Billing,
    account: &AccountId,
    server: &ServerId,
) -> Result<bool, Failed> {
    let mut tx = billing.store.write().await?;
    let released = store::servers::release(&mut tx, account, server).await?;
    store::commit(tx).await?;
    Ok(released)
}

/// Takes the panel's own list for ours; never refused, for these servers exist.
pub(crate) async fn replace(
    billing: &Billing,
    account: &AccountId,
    servers: &[(ServerId, Option<String>)],
) -> Result<Standing, Failed> {
    let mut tx = billing.store.write().await?;
    if store::accounts::get(&mut tx, account, billing.mode()).await?.is_none() {
        return Err(Failed::NoAccount);
    }
    store::servers::replace(&mut tx, account, servers, billing.now()).await?;
    let standing = standing(&mut tx, billing, account).await?.ok_or(Failed::NoAccount)?;
    store::commit(tx).await?;
    Ok(standing)
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
    for server in &lapsed {
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
    Ok(store::commit(tx).await?)
}
