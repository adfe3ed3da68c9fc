//! What is counted once: bad days of subscriptions, and what happened to invoices.

use sqlx::{Row as _, SqliteConnection};

use super::Result;
use crate::domain::dunning::{Kind, Outcome};
use crate::domain::ids::{Mode, SubscriptionId};
use crate::domain::timestamp::Timestamp;

/// Begins an episode; `false` when it has begun before.
pub(crate) async fn enter(
    conn: &mut SqliteConnection,
    mode: Mode,
    subscription: &SubscriptionId,
    kind: Kind,
    since: Timestamp,
) -> Result<bool> {
    let entered = sqlx::query(
        "INSERT INTO episodes (subscription_id, mode, kind, entered_at) VALUES (?, ?, ?, ?)
         ON CONFLICT DO NOTHING",
    )
    .bind(subscription.as_str())
    .bind(mode.as_str())
    .bind(kind.as_str())
    .bind(since.0)
    .execute(conn)
    .await?;
    Ok(entered.rows_affected() == 1)
}

/// Ends the episode that lasts, if one does, and tells when it began.
pub(crate) async fn leave(
    conn: &mut SqliteConnection,
    mode: Mode,
    subscription: &SubscriptionId,
    kind: Kind,
    outcome: Outcome,
    now: Timestamp,
) -> Result<Option<Timestamp>> {
    let left = sqlx::query(
        "UPDATE episodes SET ended_at = ?, outcome = ?
         WHERE subscription_id = ? AND mode = ? AND kind = ? AND ended_at IS NULL
         RETURNING entered_at",
    )
    .bind(now.0)
    .bind(outcome.as_str())
    .bind(subscription.as_str())
    .bind(mode.as_str())
    .bind(kind.as_str())
    .fetch_optional(conn)
    .await?;
    Ok(left.map(|row| row.try_get("entered_at")).transpose()?.map(Timestamp))
}

/// What happened to an invoice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum InvoiceEffect {
    Paid,
    Failed,
    ActionRequired,
}

impl InvoiceEffect {
    /// What an event of this type tells of its invoice.
    pub(crate) fn of_event(kind: &str) -> Option<Self> {
        match kind {
            "invoice.paid" => Some(Self::Paid),
            "invoice.payment_failed" => Some(Self::Failed),
            "invoice.payment_action_required" => Some(Self::ActionRequired),
            _ => None,
        }
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Paid => "paid",
            Self::Failed => "failed",
            Self::ActionRequired => "action_required",
        }
    }
}

/// Notes what happened to an invoice; `false` when it was noted before.
pub(crate) async fn note_invoice(
    conn: &mut SqliteConnection,
    mode: Mode,
    invoice: &str,
    effect: InvoiceEffect,
    occurred_at: Timestamp,
    now: Timestamp,
) -> Result<bool> {
    let occurred_at = match effect {
        InvoiceEffect::Paid => 0,
        InvoiceEffect::Failed | InvoiceEffect::ActionRequired => occurred_at.0,
    };
    let noted = sqlx::query(
        "INSERT INTO invoice_effects (invoice_id, mode, effect, occurred_at, counted_at)
         VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
    )
    .bind(invoice)
    .bind(mode.as_str())
    .bind(effect.as_str())
    .bind(occurred_at)
    .bind(now.0)
    .execute(conn)
    .await?;
    Ok(noted.rows_affected() == 1)
}

/// Forgets what was counted before `before`: no event tells of it any more.
pub(crate) async fn forget_invoices(conn: &mut SqliteConnection, before: Timestamp) -> Result<()> {
    sqlx::query("DELETE FROM invoice_effects WHERE counted_at < ?")
        .bind(before.0)
        .execute(conn)
        .await?;
    Ok(())
}
