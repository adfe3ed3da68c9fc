//! Suspending servers at the panel next door, and bringing back those that we suspended.

use crate::domain::ids::{AccountId, ServerId};
use crate::flows::Billing;
use crate::panels::wings::{Driver, PanelFailed, RemoteServer};
use crate::settings::Dialect;
use crate::store::provisions::Provision;
use crate::store::{self, StoreFailed};

/// Brings the server to what it shall be; `None` when it is none of the driver's.
///
/// What is sent is written down before, so that a suspension whose end nobody heard of is known for
/// ours, and one that somebody else made is never lifted.
pub(in crate::flows) async fn set(
    billing: &Billing,
    account: &AccountId,
    server: &ServerId,
    suspended: bool,
) -> Result<Option<Result<(), PanelFailed>>, StoreFailed> {
    let Some(driver) = &billing.driver else { return Ok(None) };
    let mut conn = billing.store.read().await?;
    let provision = store::provisions::get(&mut conn, account, server).await?;
    drop(conn);
    let Some((provision, remote)) = provision.and_then(|it| it.remote.map(|remote| (it, remote)))
    else {
        return Ok(None);
    };
    let seen = match driver.server(remote).await {
        Ok(Some(seen)) => seen,
        // What is gone neither runs nor comes back.
        Ok(None) => return Ok(Some(Ok(()))),
        Err(error) => return Ok(Some(Err(error))),
    };
    tell(billing, driver, &provision, &seen, suspended).await.map(Some)
}

async fn tell(
    billing: &Billing,
    driver: &Driver,
    provision: &Provision,
    seen: &RemoteServer,
    suspended: bool,
) -> Result<Result<(), PanelFailed>, StoreFailed> {
    let Provision { ours, unsure, .. } = *provision;
    let others = seen.is_suspended() && !ours;
    if others || (!suspended && !ours && !unsure) {
        return Ok(Ok(()));
    }
    if seen.is_suspended() != suspended {
        if let Some(busy) = seen.busy() {
            return Ok(Err(PanelFailed::Refused(format!(
                "the server is {busy}, which comes first"
            ))));
        }
        note(billing, provision, true, true).await?;
        if let Err(error) = driver.suspend(seen.id, suspended).await {
            if let Some((ours, unsure)) = left(driver, provision, seen, &error).await {
                note(billing, provision, ours, unsure).await?;
            }
            return Ok(Err(error));
        }
    } else if unsure
        && driver.dialect() == Dialect::Pelican
        // Pelican keeps its word when the daemon did not hear it, and does nothing when told again.
        && let Err(error) = driver.resync(seen.id).await
    {
        return Ok(Err(error));
    }
    note(billing, provision, suspended, false).await?;
    Ok(Ok(()))
}

/// Whether the suspension is ours, and unsure, after a call that failed; `None` when only the next
/// look can tell.
///
/// What we did not do is not ours, though somebody else does the same before we try again.
async fn left(
    driver: &Driver,
    provision: &Provision,
    before: &RemoteServer,
    error: &PanelFailed,
) -> Option<(bool, bool)> {
    let is_suspended = match error {
        PanelFailed::Silent(_) => return None,
        PanelFailed::Broken(_) => driver.server(before.id).await.ok()??.is_suspended(),
        PanelFailed::Missing
        | PanelFailed::Refused(_)
        | PanelFailed::Full(_)
        | PanelFailed::Unauthorized { .. }
        | PanelFailed::NoPanel(_)
        | PanelFailed::Busy(_)
        | PanelFailed::Unreached(_) => before.is_suspended(),
    };
    if is_suspended == before.is_suspended() {
        // What an earlier call may still do stays in doubt.
        let Provision { ours, unsure, .. } = *provision;
        return Some(if unsure { (ours, true) } else { (is_suspended, false) });
    }
    // The panel did it, and its daemon may not have heard of it.
    Some((is_suspended, true))
}

async fn note(
    billing: &Billing,
    provision: &Provision,
    ours: bool,
    unsure: bool,
) -> Result<(), StoreFailed> {
    let mut tx = billing.store.write().await?;
    store::provisions::note_suspension(&mut tx, provision, ours, unsure).await?;
    store::commit(tx).await
}
