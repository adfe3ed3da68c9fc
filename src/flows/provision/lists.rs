//! The servers that each user really has at the panel: what is gone frees its slot, what is new counts.

use std::time::Duration;

use sqlx::SqliteConnection;

use crate::domain::ids::{AccountId, ServerId};
use crate::flows::{Billing, gate, hooks, suspend};
use crate::panels::wings::{Driver, PanelFailed, RemoteServer};
use crate::store::provisions::{self, Provision};
use crate::store::{self, StoreFailed};

/// Users read between two looks at the clock.
const PAGE: u32 = 50;

/// Reads the list of every user that is due.
pub(super) async fn work(billing: &Billing, driver: &Driver) -> Result<(), StoreFailed> {
    let Some(interval) = billing.settings.reconcile_interval else { return Ok(()) };
    loop {
        let now = billing.now();
        let mut conn = billing.store.read().await?;
        let due = provisions::users_due(&mut conn, now, PAGE).await?;
        drop(conn);
        for (account, user) in &due {
            if let Some(wait) = look(billing, driver, account, *user, interval).await? {
                tracing::info!(wait_seconds = wait.as_secs(), "the panel takes no more calls now");
                return Ok(());
            }
        }
        if due.len() < PAGE as usize {
            return Ok(());
        }
    }
}

/// Reads one account's list now, where its user is known.
pub(super) async fn look_now(billing: &Billing, account: &AccountId) -> Result<(), StoreFailed> {
    let (Some(driver), Some(interval)) = (&billing.driver, billing.settings.reconcile_interval)
    else {
        return Ok(());
    };
    let mut conn = billing.store.read().await?;
    let user = provisions::user_of(&mut conn, account).await?;
    drop(conn);
    if let Some(user) = user {
        look(billing, driver, account, user, interval).await?;
    }
    Ok(())
}

/// Reads one list and takes it over; says how long the panel wants to be left alone, if it does.
async fn look(
    billing: &Billing,
    driver: &Driver,
    account: &AccountId,
    user: i64,
    interval: Duration,
) -> Result<Option<Duration>, StoreFailed> {
    let next = billing.now() + interval;
    let mut tx = billing.store.write().await?;
    provisions::look_again(&mut tx, account, next).await?;
    // What is made while the list is on its way is not missing from it.
    let known = provisions::of_account(&mut tx, account).await?;
    store::commit(tx).await?;
    match driver.servers_of(user).await {
        Ok(Some(list)) => take_over(billing, account, &known, &list).await?,
        Ok(None) => {
            tracing::warn!(%account, "the panel hides a user's servers; see coinslot doctor");
        }
        Err(PanelFailed::Missing) => super::users::forget(billing, account).await?,
        Err(PanelFailed::Busy(wait)) => {
            let mut tx = billing.store.write().await?;
            provisions::look_again(&mut tx, account, billing.now() + wait).await?;
            store::commit(tx).await?;
            return Ok(Some(wait));
        }
        Err(error) => {
            tracing::warn!(%account, %error, "a user's servers could not be read; the next look does");
        }
    }
    Ok(None)
}

async fn take_over(
    billing: &Billing,
    account: &AccountId,
    known: &[Provision],
    list: &[RemoteServer],
) -> Result<(), StoreFailed> {
    let listed = |remote: i64| list.iter().any(|server| server.id == remote);
    let gone: Vec<(&Provision, i64)> = known
        .iter()
        .filter_map(|it| it.remote.map(|remote| (it, remote)))
        .filter(|(_, remote)| !listed(*remote))
        .collect();
    let is_known = |id: i64| known.iter().any(|it| it.remote == Some(id));
    if gone.is_empty() && list.iter().all(|server| is_known(server.id)) {
        return Ok(());
    }
    let mut tx = billing.store.write().await?;
    let Some(stood) = gate::standing(&mut tx, billing, account).await? else { return Ok(()) };
    for (provision, remote) in gone {
        if provisions::remove(&mut tx, account, &provision.server, remote).await? {
            store::servers::release(&mut tx, account, &provision.server).await?;
            tracing::info!(%account, server = %provision.server, "gone from the panel");
        }
    }
    for server in list {
        take_in(&mut tx, billing, account, server).await?;
    }
    let Some(stands) = gate::standing(&mut tx, billing, account).await? else { return Ok(()) };
    hooks::tell_changes(&mut tx, billing, &stood, &stands).await?;
    suspend::judge(&mut tx, billing, &stands).await?;
    store::commit(tx).await?;
    billing.wake_messengers();
    Ok(())
}

/// Lets a server of the list count, under the id that was ordered or claimed for it, else one that
/// the panel's gives.
async fn take_in(
    conn: &mut SqliteConnection,
    billing: &Billing,
    account: &AccountId,
    server: &RemoteServer,
) -> Result<(), StoreFailed> {
    let known = provisions::of_account(conn, account).await?;
    if known.iter().any(|it| it.remote == Some(server.id)) {
        return Ok(());
    }
    let now = billing.now();
    let external = server.external_id.as_deref();
    let ordered =
        known.iter().find(|it| it.external.is_some() && it.external.as_deref() == external);
    let id = match (ordered, external.and_then(|id| ServerId::new(id).ok())) {
        (Some(ordered), _) => Some(ordered.server.clone()),
        (None, Some(id)) => store::servers::get(conn, account, &id, now).await?.map(|it| it.id),
        (None, None) => None,
    };
    let Some(id) = id.or_else(|| ServerId::new(format!("panel-{}", server.uuid)).ok()) else {
        return Ok(());
    };
    provisions::found(conn, account, &id, server.id, &server.name, now).await?;
    store::servers::confirm(conn, account, &id, Some(&server.name), now).await?;
    tracing::info!(%account, server = %id, "found at the panel");
    Ok(())
}
