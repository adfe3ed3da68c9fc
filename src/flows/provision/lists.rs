//! The servers that each user really has at the panel: what is gone frees its slot, what is new counts.

use std::time::Duration;

use sqlx::SqliteConnection;

use super::{Panel, pace, users};
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

/// Has the account's list read with the next look.
pub(super) async fn look_soon(billing: &Billing, account: &AccountId) -> Result<(), StoreFailed> {
    let mut tx = billing.store.write().await?;
    panel_users::look_again(&mut tx, account, billing.now()).await?;
    store::commit(tx).await
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
    if panel_users::of_account(&mut tx, account).await? != Some(user) {
        // An order found them another meanwhile, whose list is due by itself.
        return Ok(Panel::Answers);
    }
    panel_users::look_again(&mut tx, account, next).await?;
    // What is made while the list is on its way is not missing from it.
    let known = provisions::of_account(&mut tx, account).await?;
    store::commit(tx).await?;
    let (list, is_lost) = match driver.servers_of(user).await {
        Ok(Some(list)) => (list, false),
        // The panel says nothing of the servers of who is gone.
        Err(PanelFailed::Missing) => (Vec::new(), true),
        Ok(None) => {
            tracing::warn!(%account, "the panel hides a user's servers; see coinslot doctor");
            return Ok(Panel::Answers);
        }
        Err(error) => return put_off(billing, account, error).await,
    };
    let Looked { known, there, failed } = look_for_missing(driver, user, known, list).await;
    take_over(billing, account, &known, &there).await?;
    if let Some(error) = failed {
        return put_off(billing, account, error).await;
    }
    // While the panel has any of them, the next look asks again.
    if is_lost && there.is_empty() {
        users::forget(billing, account, user).await?;
    }
    Ok(Panel::Answers)
}

/// Notes that a look failed, and how long the panel wants to be left alone.
async fn put_off(
    billing: &Billing,
    account: &AccountId,
    error: PanelFailed,
) -> Result<Panel, StoreFailed> {
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
            Ok(if error.away_for().is_some() { Panel::IsAway } else { Panel::Answers })
        }
    }
}

/// What the panel has of an account's servers.
struct Looked {
    /// Those of which it said whether they are there.
    known: Vec<Provision>,
    there: Vec<RemoteServer>,
    failed: Option<PanelFailed>,
}

/// Asks for each known server that the list of `user` does not have: it may be left of a user who was
/// deleted, and its slot is not free before the panel says that it is gone.
async fn look_for_missing(
    driver: &Driver,
    user: i64,
    known: Vec<Provision>,
    list: Vec<RemoteServer>,
) -> Looked {
    let mut looked = Looked { known: Vec::new(), there: list, failed: None };
    let mut is_away = false;
    for provision in known {
        let missing = provision.remote.filter(|id| looked.there.iter().all(|it| it.id != *id));
        if let Some(remote) = missing {
            if is_away {
                continue;
            }
            match left_behind(driver, user, remote).await {
                Ok(server) => looked.there.extend(server),
                Err(error) => {
                    is_away = error.away_for().is_some();
                    looked.failed = Some(error);
                    continue;
                }
            }
        }
        looked.known.push(provision);
    }
    looked
}

/// The server, unless somebody else who is there owns it by now.
async fn left_behind(
    driver: &Driver,
    user: i64,
    remote: i64,
) -> Result<Option<RemoteServer>, PanelFailed> {
    let Some(server) = driver.server(remote).await? else { return Ok(None) };
    let is_anothers = match server.user {
        Some(owner) if owner != user => driver.has_user(owner).await?,
        Some(_) | None => false,
    };
    Ok(if is_anothers { None } else { Some(server) })
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
            let slot = servers::get(&mut tx, account, &provision.server, billing.now()).await?;
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
