//! What a sync or an event brought about, counted once it is committed.

use sqlx::SqliteConnection;

use crate::domain::dunning::{Course, Kind, Outcome, course};
use crate::domain::ids::Mode;
use crate::domain::subscription::{Status, Subscription};
use crate::domain::timestamp::Timestamp;
use crate::store::episodes::InvoiceEffect;
use crate::store::{self, StoreFailed};

/// Counts that wait for their commit.
#[derive(Debug, Default)]
#[must_use = "what is not counted never happened to the metrics"]
pub(super) struct Tally(Vec<Count>);

#[derive(Debug)]
enum Count {
    CheckoutCompleted,
    SubscriptionChanged { from: &'static str, to: &'static str },
    Invoice(InvoiceEffect),
    Entered(Kind),
    Recovered(Kind, u64),
}

impl Tally {
    pub(super) fn checkout_completed(&mut self) {
        self.0.push(Count::CheckoutCompleted);
    }

    pub(super) fn invoice(&mut self, effect: InvoiceEffect) {
        self.0.push(Count::Invoice(effect));
    }

    /// Compares the account's subscriptions before and after, and keeps the book of bad days.
    pub(super) async fn subscriptions(
        &mut self,
        conn: &mut SqliteConnection,
        mode: Mode,
        before: &[Subscription],
        after: &[Subscription],
        now: Timestamp,
    ) -> Result<(), StoreFailed> {
        for new in after.iter().filter(|new| new.is_ours()) {
            let old = before.iter().find(|old| old.id == new.id);
            let from = old.map_or(NO_STATUS, |old| word(&old.status));
            let to = word(&new.status);
            if from != to {
                self.0.push(Count::SubscriptionChanged { from, to });
            }
            for kind in Kind::ALL {
                self.episode(conn, mode, kind, new, now).await?;
            }
        }
        Ok(())
    }

    async fn episode(
        &mut self,
        conn: &mut SqliteConnection,
        mode: Mode,
        kind: Kind,
        subscription: &Subscription,
        now: Timestamp,
    ) -> Result<(), StoreFailed> {
        let outcome = match course(kind, subscription) {
            Course::Bad(since) => {
                if store::episodes::enter(conn, mode, &subscription.id, kind, since).await? {
                    self.0.push(Count::Entered(kind));
                }
                return Ok(());
            }
            Course::Good => Outcome::Recovered,
            Course::Lost => Outcome::Lost,
            Course::Unclear => return Ok(()),
        };
        let left = store::episodes::leave(conn, mode, &subscription.id, kind, outcome, now).await?;
        if let (Some(since), Outcome::Recovered) = (left, outcome) {
            let seconds = u64::try_from(now.0 - since.0).unwrap_or_default();
            self.0.push(Count::Recovered(kind, seconds));
        }
        Ok(())
    }

    /// Tells the metrics, after the commit.
    pub(super) fn count(self) {
        for count in self.0 {
            match count {
                Count::CheckoutCompleted => {
                    metrics::counter!("coinslot_checkout_completed_total").increment(1);
                }
                Count::SubscriptionChanged { from, to } => metrics::counter!(
                    "coinslot_subscription_changed_total", "from" => from, "to" => to
                )
                .increment(1),
                Count::Invoice(effect) => metrics::counter!(match effect {
                    InvoiceEffect::Paid => "coinslot_invoice_paid_total",
                    InvoiceEffect::Failed => "coinslot_invoice_failed_total",
                    InvoiceEffect::ActionRequired => "coinslot_invoice_action_required_total",
                })
                .increment(1),
                Count::Entered(kind) => metrics::counter!(match kind {
                    Kind::Dunning => "coinslot_dunning_entered_total",
                    Kind::Sca => "coinslot_sca_entered_total",
                })
                .increment(1),
                Count::Recovered(Kind::Dunning, seconds) => {
                    metrics::counter!("coinslot_dunning_recovered_total").increment(1);
                    let seconds = std::time::Duration::from_secs(seconds).as_secs_f64();
                    metrics::histogram!("coinslot_dunning_recovery_seconds").record(seconds);
                }
                Count::Recovered(Kind::Sca, _) => {
                    metrics::counter!("coinslot_sca_completed_total").increment(1);
                }
            }
        }
    }
}

/// Before a subscription was known.
const NO_STATUS: &str = "none";

/// Stripe's words and no others: a label must not grow with what somebody sends.
fn word(status: &Status) -> &'static str {
    match status {
        Status::Incomplete => "incomplete",
        Status::IncompleteExpired => "incomplete_expired",
        Status::Trialing => "trialing",
        Status::Active => "active",
        Status::PastDue => "past_due",
        Status::Unpaid => "unpaid",
        Status::Paused => "paused",
        Status::Canceled => "canceled",
        Status::Unknown(_) => "unknown",
    }
}
