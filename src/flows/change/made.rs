//! Changes that a reading of the subscription shows to be made: the one place that says so.

use sqlx::SqliteConnection;

use crate::domain::change::Effective;
use crate::domain::ids::Mode;
use crate::domain::subscription::Subscription;
use crate::store::changes::ShownChange;
use crate::store::{self, StoreFailed};

/// Changes that were just found made; counted after the commit.
#[derive(Debug)]
#[must_use = "what is not counted never happened to the metrics"]
pub(in crate::flows) struct FoundMade(Vec<ShownChange>);

/// Finds the sent changes that `subscriptions` show, each once.
pub(in crate::flows) async fn find_made(
    conn: &mut SqliteConnection,
    mode: Mode,
    subscriptions: &[Subscription],
) -> Result<FoundMade, StoreFailed> {
    let mut found = Vec::new();
    for subscription in subscriptions {
        found.extend(store::changes::find_made(conn, mode, subscription).await?);
    }
    Ok(FoundMade(found))
}

impl FoundMade {
    /// Tells the metrics and the log.
    pub(in crate::flows) fn count(self) {
        for change in self.0 {
            let bound = &change.bound;
            let kind = bound.kind.as_str();
            metrics::counter!("coinslot_plan_change_total", "kind" => kind).increment(1);
            if bound.effective == Effective::PeriodEnd {
                metrics::counter!("coinslot_downgrade_scheduled_total").increment(1);
            }
            tracing::info!(
                account = %change.account, subscription = %bound.subscription,
                plan = %change.plan, interval = %change.interval, kind,
                effective = bound.effective.as_str(), "plan changed"
            );
        }
    }
}
