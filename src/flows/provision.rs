//! Servers at the panel that a driver works for: an outbox of orders, and what the panel shows.
//!
//! An order takes its slot in the transaction that writes it down. Its external id is the panel's
//! too, so an attempt whose end nobody heard of is looked up, and one that is made twice makes one
//! server. The slot is given back only when it is certain that nothing is there.

mod attempt;
mod lists;
mod pace;
pub(crate) mod reason;
pub(crate) mod room;
pub(super) mod suspension;
mod users;

use std::sync::Arc;
use std::time::Duration;

use sha2::{Digest as _, Sha256};
use tokio::sync::Notify;

use self::attempt::Attempt;
use self::reason::Reason;
use super::gate::{self, Claimed, Hold, Standing};
use super::{Billing, Failed, PAGE_PATIENCE};
use crate::domain::entitlement::RefusalCode;
use crate::domain::ids::{AccountId, ServerId};
use crate::store::provisions::{Provision, State};
use crate::store::servers::Server;
use crate::store::{self, StoreFailed};

/// How long a call of the API waits for the panel; what takes longer is made all the same.
pub(crate) const CALL_PATIENCE: Duration = Duration::from_secs(30);

/// Orders worked off in a row; then it is the turn of the lists.
const ORDERS_AT_ONCE: u32 = 20;

/// What this process knows of its work at the panel.
#[derive(Default)]
pub(crate) struct Work {
    /// Rung when an order may be due.
    bell: Notify,
    pace: pace::Pace,
    room: room::Known,
}

impl Work {
    pub(crate) async fn rung(&self) {
        self.bell.notified().await;
    }
}

/// Whether the panel can be asked more now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Panel {
    Answers,
    IsAway,
}

/// What came of an order, as far as it is known.
pub(crate) enum Ordered {
    Taken(Box<Taken>),
    Refused(RefusalCode, Box<Standing>),
}

/// A server that has a slot, and how far the panel is with it.
pub(crate) struct Taken {
    /// This order took the slot.
    pub(crate) fresh: bool,
    pub(crate) server: Server,
    pub(crate) provision: Option<Provision>,
    pub(crate) standing: Standing,
}

/// Why nothing was ordered, or nothing came of it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotOrdered {
    #[error("no panel is configured that servers could be made in; leave the template out")]
    NoPanel,
    #[error("`{template}` is no template; there is {there_is}")]
    NoTemplate { template: String, there_is: String },
    /// Its slot is free again.
    #[error("the server was not made: {0}")]
    NotMade(String),
    #[error(
        "server `{0}` has a slot already and was not made of a template; give this one another id, \
         or delete `{0}` first if there is no such server"
    )]
    Plain(ServerId),
    #[error(transparent)]
    Failed(#[from] Failed),
}

impl From<StoreFailed> for NotOrdered {
    fn from(error: StoreFailed) -> Self {
        Self::Failed(error.into())
    }
}

/// Orders a server of `template` at the panel and waits up to `patience` for it.
///
/// The same order again is the same server.
pub(crate) async fn order(
    billing: &Arc<Billing>,
    account: &AccountId,
    server: &ServerId,
    name: Option<&str>,
    template: &str,
    patience: Duration,
) -> Result<Ordered, NotOrdered> {
    let settings = billing.settings.panel.as_ref().ok_or(NotOrdered::NoPanel)?;
    if settings.template(template).is_none() {
        let names: Vec<&str> = settings.templates.iter().map(|it| it.id.as_str()).collect();
        let there_is = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
        return Err(NotOrdered::NoTemplate { template: template.to_owned(), there_is });
    }
    let external = external_id(&settings.instance, account, server);
    let (template, made_as) = (template.to_owned(), name.unwrap_or(server.as_str()).to_owned());
    let hold = Hold::Ordered { external, template, name: made_as };
    let mut claimed = gate::claim(billing, account, server, name, hold.clone()).await?;
    if let Claimed::Refused(..) = claimed {
        look_now(billing, account).await;
        claimed = gate::claim(billing, account, server, name, hold).await?;
    }
    let (fresh, server, standing) = match claimed {
        Claimed::New(server, standing) => (true, server, standing),
        Claimed::Already(server, standing) => (false, server, standing),
        Claimed::Refused(code, standing) => return Ok(Ordered::Refused(code, standing)),
    };
    hurry(billing, account, &server.id, patience).await;
    let mut conn = billing.store.read().await?;
    let provision = store::provisions::get(&mut conn, account, &server.id).await?;
    match provision.as_ref().map(|it| (it.state, it.error.clone())) {
        Some((State::Wanted | State::Asked | State::Made, _)) => {
            Ok(Ordered::Taken(Box::new(Taken { fresh, server, provision, standing })))
        }
        other => {
            let slot = store::servers::get(&mut conn, account, &server.id, billing.now()).await?;
            let why = other.and_then(|(_, error)| error);
            Err(match slot {
                Some(slot) => NotOrdered::Plain(slot.id),
                None => NotOrdered::NotMade(why.unwrap_or_else(|| Reason::TakenBack.with(""))),
            })
        }
    }
}

/// Reads the account's list before it is refused: what its user has deleted at the panel may not be
/// known here yet. What takes longer than a page waits is read all the same.
pub(crate) async fn look_now(billing: &Arc<Billing>, account: &AccountId) {
    if billing.driver.is_none() {
        return;
    }
    let (billing, account) = (Arc::clone(billing), account.clone());
    let look = tokio::spawn(async move {
        if let Err(error) = lists::look_now(&billing, &account).await {
            tracing::warn!(%account, %error, "a list of the panel was not read");
        }
    });
    let _ = tokio::time::timeout(PAGE_PATIENCE, look).await;
}

/// An order of the account under this id that the panel did not answer yet.
pub(crate) async fn under_way(
    billing: &Billing,
    account: &AccountId,
    server: &ServerId,
) -> Result<Option<Provision>, StoreFailed> {
    if billing.driver.is_none() {
        return Ok(None);
    }
    let mut conn = billing.store.read().await?;
    let provision = store::provisions::get(&mut conn, account, server).await?;
    Ok(provision.filter(|it| it.due.is_some()))
}

/// Makes the attempt at once that the background would make; it goes on when nobody waits any more.
async fn hurry(billing: &Arc<Billing>, account: &AccountId, server: &ServerId, patience: Duration) {
    let (billing, account, server) = (Arc::clone(billing), account.clone(), server.clone());
    let attempt = tokio::spawn(async move {
        if let Err(error) = attempt::make(&billing, Some((&account, &server))).await {
            tracing::error!(%account, %server, %error, "an order waits for the next look");
        }
        billing.orders.bell.notify_one();
    });
    let _ = tokio::time::timeout(patience, attempt).await;
}

/// Works off orders that are due, then lists; of both only so many that neither waits long for the
/// other.
///
/// # Errors
///
/// When the database fails; what was left goes on with the next call.
pub(crate) async fn work(billing: &Billing) -> Result<(), StoreFailed> {
    let Some(driver) = &billing.driver else { return Ok(()) };
    let mut made = 0;
    // A panel that does not answer one order is not kept waiting for with the next.
    while made < ORDERS_AT_ONCE && attempt::make(billing, None).await? == Attempt::Answered {
        made += 1;
    }
    if made == ORDERS_AT_ONCE {
        billing.orders.bell.notify_one();
    }
    lists::work(billing, driver).await
}

/// Has the list of every user read with the next look.
pub(super) async fn look_at_all(billing: &Billing) -> Result<(), StoreFailed> {
    let mut tx = billing.store.write().await?;
    store::panel_users::look_at_all(&mut tx, billing.now()).await?;
    store::commit(tx).await
}

/// How the panel knows the server: ids of the API may have letters that no address takes, and are
/// unique in their account only.
fn external_id(instance: &str, account: &AccountId, server: &ServerId) -> String {
    let mut hash = Sha256::new();
    // With its length before it, no other two ids read the same.
    hash.update((account.as_str().len() as u64).to_be_bytes());
    hash.update(account.as_str());
    hash.update(server.as_str());
    format!("{instance}-{}", hex::encode(&hash.finalize()[..16]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_external_id_fits_into_an_address_and_is_one_servers_alone() {
        let of = |account: &str, server: &str| {
            let (account, server) = (AccountId::new(account), ServerId::new(server));
            external_id("cs-a_1", &account.expect("an id"), &server.expect("an id"))
        };
        let first = of("a.b:c", "s.1:2");
        assert!(first.starts_with("cs-a_1-") && first.len() <= 191, "{first}");
        assert!(first.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b)), "{first}");
        assert_eq!(first, of("a.b:c", "s.1:2"));
        assert_ne!(of("a", "bc"), of("ab", "c"));
    }
}
