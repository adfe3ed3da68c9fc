//! After a restore: what Stripe told a later state of the database is asked for again.
//!
//! A walk over the customers we know mends what is stored of them. A customer made since the copy
//! is in none of our tables: the events that named it bring it back, through the same inbox.

use std::time::Duration;

use super::{Billing, Failed, intake, reconcile};
use crate::domain::delivery::Delivery;
use crate::domain::timestamp::Timestamp;
use crate::store;
use crate::stripe::Patience;

/// Under this name stands from when on events are missing, until they are there.
const CURSOR: &str = "restored";
/// An event may arrive so much later than others of its time.
const OVERLAP: Duration = Duration::from_hours(24);

/// Notes that the database was copied from an older one, so that the next walk asks for the rest.
pub(crate) async fn mark(billing: &Billing) -> Result<(), Failed> {
    let mut tx = billing.store.write().await?;
    let newest = store::inbox::page(&mut tx, None, None, 1).await?;
    let since = newest.first().map_or(Timestamp(0), |event| event.received_at - OVERLAP);
    store::cursors::put(&mut tx, CURSOR, &since.to_string()).await?;
    // A walk that was under way in the copy begins anew.
    store::cursors::put(&mut tx, reconcile::CURSOR, "").await?;
    Ok(store::commit(tx).await?)
}

/// Takes in every event since the copy was made, as far back as Stripe lists them; none is missing
/// where nothing was restored.
pub(crate) async fn catch_up(billing: &Billing) -> Result<(), Failed> {
    let mut conn = billing.store.read().await?;
    let since = store::cursors::get(&mut conn, CURSOR).await?.and_then(|at| at.parse().ok());
    drop(conn);
    let Some(since) = since else {
        return Ok(());
    };
    let mut whole = true;
    for payload in billing.stripe.events(since, Patience::Worker).await? {
        let Some(delivery) = Delivery::fetched(payload) else { continue };
        if let Err(error) = intake::file(billing, delivery).await {
            tracing::warn!(%error, "an event since the backup could not be stored; the next walk takes it");
            whole = false;
        }
    }
    if whole {
        let mut tx = billing.store.write().await?;
        store::cursors::remove(&mut tx, CURSOR).await?;
        store::commit(tx).await?;
    }
    Ok(())
}
