//! Retention: what was done is kept for a while, what was given up until somebody looks.

use std::time::Duration;

use super::Billing;
use crate::store::inbox::Status;
use crate::store::{self, StoreFailed};

/// How long events that are done or ignored are kept: 90 days.
const KEPT: Duration = Duration::from_hours(90 * 24);
/// Events removed in one transaction, so that deliveries hardly wait.
const BATCH: u32 = 200;

/// Removes what was kept long enough; tells how many events that were.
pub(crate) async fn sweep(billing: &Billing) -> Result<u64, StoreFailed> {
    let before = billing.now() - KEPT;
    let mut tx = billing.store.write().await?;
    store::hooks::forget(&mut tx, before).await?;
    store::mail::forget(&mut tx, before).await?;
    store::commit(tx).await?;
    let mut removed = 0;
    for status in [Status::Done, Status::Ignored] {
        loop {
            let mut tx = billing.store.write().await?;
            let batch = store::inbox::forget(&mut tx, status, before, BATCH).await?;
            store::commit(tx).await?;
            removed += batch;
            if batch < u64::from(BATCH) {
                break;
            }
        }
    }
    let mut tx = billing.store.write().await?;
    store::episodes::forget_invoices(&mut tx, before).await?;
    store::drifts::forget(&mut tx, before).await?;
    store::provisions::forget_failed(&mut tx, before).await?;
    store::commit(tx).await?;
    if removed > 0 {
        tracing::info!(events = removed, "events of more than 90 days ago are removed");
    }
    Ok(removed)
}
