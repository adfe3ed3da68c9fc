//! The gate: what an account may create, and the slots it has taken.

mod claim;

use std::collections::HashMap;
use std::time::Duration;

use sqlx::{Sqlite, SqliteConnection, Transaction};

use super::{Billing, Failed, hooks, suspend};
use crate::domain::entitlement::{Decision, Facts, RefusalCode, decide};
use crate::domain::ids::{AccountId, ServerId};
use crate::domain::payback::settle;
use crate::domain::plan::{Interval, Limit, Offer};
use crate::domain::subscription::{Grant, Subscription};
use crate::domain::suspension::{self, Excess, Mark};
use crate::domain::timestamp::Timestamp;
use crate::store::accounts::Account;
use crate::store::books::{Books, Kept, OfAccount};
use crate::store::checkouts::Checkout;
use crate::store::{self, Look, StoreFailed};

pub(crate) use claim::{Claimed, Claims, Hold, claim};

/// How long a reservation counts while its server is being created.
const RESERVATION: Duration = Duration::from_mins(15);

/// An account with its facts and what they allow at `now`.
#[derive(Debug, Clone)]
pub(crate) struct Standing {
    pub(crate) account: Account,
    pub(crate) facts: Facts,
    pub(crate) decision: Decision,
    pub(crate) used: u32,
    /// What is suspended, or will be.
    pub(crate) excess: Option<Excess>,
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

    /// The currency of a running subscription, anybody's, that keeps `offer` from being sold.
    ///
    /// Stripe bills a customer in one currency at a time; what is over locks nothing:
    /// <https://support.stripe.com/questions/set-or-change-currency-for-an-invoice-or-customer-in-stripe-billing>.
    pub(crate) fn other_currency(&self, offer: &Offer) -> Option<&str> {
        let live = self.facts.subscriptions.iter().filter(|subscription| !subscription.is_over());
        live.filter_map(|subscription| subscription.currency.as_deref())
            .find(|currency| *currency != offer.currency && offer.interval != Interval::Once)
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

/// An account as its own pages show it.
#[derive(Debug)]
pub(crate) struct Situation {
    pub(crate) standing: Standing,
    /// Its newest checkout.
    pub(crate) checkout: Option<Checkout>,
}

/// Reads an account and decides; `None` when there is no such account.
pub(crate) async fn standing(
    conn: &mut SqliteConnection,
    billing: &Billing,
    account: &AccountId,
) -> Result<Option<Standing>, StoreFailed> {
    Ok(situation(conn, billing, account).await?.map(|situation| situation.standing))
}

/// The same with the newest checkout.
pub(crate) async fn situation(
    conn: &mut SqliteConnection,
    billing: &Billing,
    account: &AccountId,
) -> Result<Option<Situation>, StoreFailed> {
    let kept = store::books::of_account(conn, account, billing.mode()).await?;
    Ok(kept.map(|kept| judged(billing, kept)))
}

/// The same for showing, from what may have been read before as long as that is still true.
pub(crate) async fn seen(
    look: &Look,
    billing: &Billing,
    account: &AccountId,
) -> Result<Option<Situation>, StoreFailed> {
    let question = OfAccount { account: account.clone(), mode: billing.mode() };
    let kept = look.find(&question).await?;
    Ok(Option::clone(&kept).map(|kept| judged(billing, kept)))
}

fn judged(billing: &Billing, kept: Kept) -> Situation {
    let now = billing.now();
    let (account, books, checkout) = kept.at(now);
    Situation { standing: judge(billing, account, books, now), checkout }
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
    let mut subscriptions = store::subscriptions::of_accounts(conn, &ids, mode).await?;
    let mut bought = store::purchases::of_accounts(conn, &ids, mode).await?;
    let mut paybacks = store::paybacks::of_accounts(conn, &ids, mode).await?;
    let mut used = store::servers::used_of_all(conn, &ids, now).await?;
    let mut marks = if billing.settings.terms().ever_suspend() {
        store::suspensions::marks(conn, &ids).await?
    } else {
        HashMap::new()
    };
    let standings = accounts.into_iter().map(|account| {
        let books = Books {
            exemption: exemptions.remove(&account.id),
            subscriptions: subscriptions.remove(&account.id).unwrap_or_default(),
            bought: bought.remove(&account.id).unwrap_or_default(),
            paybacks: paybacks.remove(&account.id).unwrap_or_default(),
            used: used.remove(&account.id).unwrap_or_default(),
            mark: marks.remove(&account.id),
        };
        judge(billing, account, books, now)
    });
    Ok(standings.collect())
}

fn judge(billing: &Billing, account: Account, books: Books, now: Timestamp) -> Standing {
    let Books { exemption, mut subscriptions, bought, paybacks, used, mark } = books;
    for subscription in &mut subscriptions {
        use_todays_limit(&mut subscription.grant, billing);
    }
    let subscribed = subscriptions.iter().any(|it| it.is_ours() && !it.is_over());
    let mut settled = settle(&bought, &paybacks, subscribed);
    for lifetime in &mut settled.lifetimes {
        if let Some(plan) = billing.settings.plan(&lifetime.plan) {
            lifetime.limit = plan.limit;
        }
    }
    let facts = Facts {
        exemption,
        lifetimes: settled.lifetimes,
        subscriptions,
        disputed: settled.disputed,
        payment_alerts: settled.alerts,
    };
    let decision = decide(&facts, &billing.settings.policy, now);
    let terms = billing.settings.terms();
    let mark = mark.unwrap_or(Mark::blank(now));
    let excess = terms
        .ever_suspend()
        .then(|| suspension::excess(&facts, &terms, used, &mark, now))
        .flatten();
    Standing { account, facts, decision, used, excess, now }
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

/// Keeps a slot for good: the server exists.
pub(crate) async fn confirm(
    billing: &Billing,
    account: &AccountId,
    server: &ServerId,
    name: Option<&str>,
) -> Result<(), Failed> {
    let mut tx = billing.store.write().await?;
    store::servers::confirm(&mut tx, account, server, name, billing.now()).await?;
    Ok(commit(billing, account, tx).await?)
}

/// Gives back what was only reserved: the server never came to be.
pub(crate) async fn abandon(
    billing: &Billing,
    account: &AccountId,
    server: &ServerId,
) -> Result<(), Failed> {
    let mut tx = billing.store.write().await?;
    store::servers::release_reservation(&mut tx, account, server).await?;
    Ok(commit(billing, account, tx).await?)
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
    if store::provisions::give_up(&mut tx, account, server).await? {
        // Whether it exists is not known yet; its slot goes when the panel says that it does not.
        store::commit(tx).await?;
        return Ok(true);
    }
    store::provisions::forget(&mut tx, account, server).await?;
    let released = store::servers::release(&mut tx, account, server).await?;
    commit(billing, account, tx).await?;
    Ok(released)
}

/// Commits a change of the account's servers, which may put it over its quota or in order.
pub(super) async fn commit(
    billing: &Billing,
    account: &AccountId,
    mut tx: Transaction<'static, Sqlite>,
) -> Result<(), StoreFailed> {
    let (free, now) = (billing.settings.policy.free_servers, billing.now());
    let concerned = store::suspensions::look_again(&mut tx, account, free, now).await?;
    store::commit(tx).await?;
    if concerned {
        billing.suspensions.ring();
    }
    Ok(())
}

/// Takes the panel's own list for ours; never refused, for these servers exist.
pub(crate) async fn replace(
    billing: &Billing,
    account: &AccountId,
    servers: &[(ServerId, Option<String>)],
) -> Result<Standing, Failed> {
    let mut tx = billing.store.write().await?;
    let stood = standing(&mut tx, billing, account).await?.ok_or(Failed::NoAccount)?;
    store::servers::replace(&mut tx, account, servers, billing.now()).await?;
    store::provisions::forget_unlisted(&mut tx, account).await?;
    let stands = standing(&mut tx, billing, account).await?.ok_or(Failed::NoAccount)?;
    hooks::tell_changes(&mut tx, billing, &stood, &stands).await?;
    suspend::judge(&mut tx, billing, &stands).await?;
    store::commit(tx).await?;
    billing.wake_messengers();
    Ok(stands)
}
