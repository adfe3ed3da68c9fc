//! The servers that each user really has at the panel: what is gone frees its slot, what is new counts.

use std::time::Duration;

use sqlx::SqliteConnection;

use super::{pace, users};
use crate::domain::ids::{AccountId, ServerId};
use crate::flows::{Billing, gate, hooks, suspend};
use crate::panels::wings::{Driver, PanelFailed, RemoteServer};
use crate::store::provisions::{self, Provision};
use crate::store::servers::{self, Server};
use crate::store::{self, StoreFailed, panel_users};

/// Reads lists that are due, the longest waiting first, as many as may be read now.
pub(super) async fn work(billing: &Billing, driver: &Driver) -> Result<(), StoreFailed> {
    let Some(interval) = billing.settings.reconcile_interval else { return Ok(()) };
    let mut conn = billing.store.read().await?;
    let due = panel_users::due(&mut conn, billing.now(), pace::AT_ONCE).await?;
    drop(conn);
    for (account, user) in &due {
        if !billing.orders.pace.takes(billing.now())
            || look(billing, driver, account, *user, interval).await? == Panel::IsAway
        {
            break;
        }
    }
    Ok(())
}

/// Reads one account's list now, where its user is known.
pub(super) async fn look_now(billing: &Billing, account: &AccountId) -> Result<(), StoreFailed> {
    let (Some(driver), Some(interval)) = (&billing.driver, billing.settings.reconcile_interval)
    else {
        return Ok(());
    };
    let mut conn = billing.store.read().await?;
    let user = panel_users::of_account(&mut conn, account).await?;
    drop(conn);
    if let Some(user) = user
        && billing.orders.pace.takes(billing.now())
    {
        look(billing, driver, account, user, interval).await?;
    }
    Ok(())
}

/// The account's user is gone from the panel, which says nothing of their servers: each is asked for
/// by itself, then the user is looked for anew.
pub(super) async fn lost_user(
    billing: &Billing,
    driver: &Driver,
    account: &AccountId,
) -> Result<(), StoreFailed> {
    let mut conn = billing.store.read().await?;
    let known = provisions::of_account(&mut conn, account).await?;
    drop(conn);
    if let Err(error) = look_at_each(billing, driver, account, &known).await? {
        tracing::warn!(%account, %error, "what became of the servers of a lost user is not known");
    }
    users::forget(billing, account).await
}

/// Whether the panel can be asked more now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Panel {
    Answers,
    IsAway,
}

/// Reads one list and takes it over.
async fn look(
    billing: &Billing,
    driver: &Driver,
    account: &AccountId,
    user: i64,
    interval: Duration,
) -> Result<Panel, StoreFailed> {
    let next = billing.now() + interval;
    let mut tx = billing.store.write().await?;
    panel_users::look_again(&mut tx, account, next).await?;
    // What is made while the list is on its way is not missing from it.
    let known = provisions::of_account(&mut tx, account).await?;
    store::commit(tx).await?;
    let looked = match driver.servers_of(user).await {
        Ok(Some(list)) => Ok(take_over(billing, account, &known, &list).await?),
        Ok(None) => {
            tracing::warn!(%account, "the panel hides a user's servers; see coinslot doctor");
            Ok(())
        }
        Err(PanelFailed::Missing) => match look_at_each(billing, driver, account, &known).await? {
            Ok(0) => Ok(users::forget(billing, account).await?),
            // While the panel has any of them, the next look asks again.
            Ok(_) => Ok(()),
            Err(error) => Err(error),
        },
        Err(error) => Err(error),
    };
    let Err(error) = looked else { return Ok(Panel::Answers) };
    match error {
        PanelFailed::Busy(wait) => {
            tracing::info!(wait_seconds = wait.as_secs(), "the panel takes no more calls now");
            let mut tx = billing.store.write().await?;
            panel_users::look_again(&mut tx, account, billing.now() + wait).await?;
            store::commit(tx).await?;
            Ok(Panel::IsAway)
        }
        error => {
            tracing::warn!(%account, %error, "a user's servers could not be read; the next look does");
            let away = matches!(error, PanelFailed::Silent(_));
            Ok(if away { Panel::IsAway } else { Panel::Answers })
        }
    }
}

/// Asks for each server of the account and says how many there are; one answer that is missing and
/// nothing is known.
async fn look_at_each(
    billing: &Billing,
    driver: &Driver,
    account: &AccountId,
    known: &[Provision],
) -> Result<Result<usize, PanelFailed>, StoreFailed> {
    let mut list = Vec::new();
    for remote in known.iter().filter_map(|it| it.remote) {
        match driver.server(remote).await {
            Ok(server) => list.extend(server),
            Err(error) => return Ok(Err(error)),
        }
    }
    take_over(billing, account, known, &list).await?;
    Ok(Ok(list.len()))
}

async fn take_over(
    billing: &Billing,
    account: &AccountId,
    known: &[Provision],
    list: &[RemoteServer],
) -> Result<(), StoreFailed> {
    let mut conn = billing.store.read().await?;
    let slots = servers::of_account(&mut conn, account, billing.now()).await?;
    drop(conn);
    let seen = |provision: &Provision| list.iter().find(|it| Some(it.id) == provision.remote);
    let as_known = |it: &Provision| seen(it).is_some_and(|seen| is_as_known(it, seen, &slots));
    let is_known = |id: i64| known.iter().any(|it| it.remote == Some(id));
    if known.iter().filter(|it| it.remote.is_some()).all(as_known)
        && list.iter().all(|server| is_known(server.id))
    {
        return Ok(());
    }
    let mut tx = billing.store.write().await?;
    let Some(stood) = gate::standing(&mut tx, billing, account).await? else { return Ok(()) };
    for provision in known {
        let Some(remote) = provision.remote else { continue };
        if let Some(seen) = seen(provision) {
            if !is_as_known(provision, seen, &slots) {
                mend(&mut tx, billing, provision, seen).await?;
            }
        } else if provisions::remove(&mut tx, account, &provision.server, remote).await? {
            let slot = slots.iter().find(|slot| slot.id == provision.server);
            // One that was taken since is that of another server.
            if slot.is_none_or(|slot| slot.created_at <= provision.ordered_at) {
                servers::release(&mut tx, account, &provision.server).await?;
            }
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

/// Whether a server has a slot that stands, and a suspension of ours is one at the panel and here.
fn is_as_known(provision: &Provision, seen: &RemoteServer, slots: &[Server]) -> bool {
    let slot = slots.iter().find(|slot| slot.id == provision.server);
    let stands = slot.is_some_and(|slot| slot.reserved_until.is_none());
    let settled = provision.ours && !provision.unsure;
    let agrees = seen.is_suspended() && slot.is_some_and(|slot| slot.suspended_at.is_some());
    stands && (!settled || agrees)
}

/// What is there counts, whoever let go of its slot; a suspension of ours that somebody lifted is
/// ours no more, and one that nobody here knows of is judged afresh.
async fn mend(
    conn: &mut SqliteConnection,
    billing: &Billing,
    provision: &Provision,
    seen: &RemoteServer,
) -> Result<(), StoreFailed> {
    let Provision { account, server, name, ordered_at, ours, unsure, .. } = provision;
    let known = provisions::get(conn, account, server).await?;
    let Some(known) = known.filter(|known| known.remote == provision.remote) else {
        return Ok(());
    };
    servers::confirm(conn, account, server, Some(name), *ordered_at).await?;
    if (known.ours, known.unsure) != (*ours, *unsure) {
        // It was told to the panel since the list was asked for, which knows nothing of that.
        return Ok(());
    }
    if *ours && !*unsure && !seen.is_suspended() {
        return provisions::note_suspension(conn, provision, false, false).await;
    }
    if *ours {
        store::suspensions::doubt(conn, account, server, billing.now()).await?;
    }
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
        (None, Some(id)) => servers::get(conn, account, &id, now).await?.map(|it| it.id),
        (None, None) => None,
    };
    let Some(id) = id.or_else(|| ServerId::new(format!("panel-{}", server.uuid)).ok()) else {
        return Ok(());
    };
    provisions::found(conn, account, &id, server.id, &server.name, now).await?;
    let before = known.iter().find(|it| it.server == id);
    let since = before.map_or(now, |it| it.ordered_at);
    servers::confirm(conn, account, &id, Some(&server.name), since).await?;
    if before.is_some_and(|it| it.ours) {
        store::suspensions::doubt(conn, account, &id, now).await?;
    }
    tracing::info!(%account, server = %id, "found at the panel");
    Ok(())
}
