//! What is counted once: bad days of subscriptions, and what happened to invoices.

use sqlx::{Row as _, SqliteConnection};

use super::{Result, count};
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

/// The bad days that began in a time: how many there were and how they ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Book {
    pub(crate) entered: u32,
    pub(crate) recovered: u32,
    pub(crate) lost: u32,
    /// From the beginning to the recovery, for half of those that recovered.
    pub(crate) median_seconds: Option<i64>,
}

/// Sums up what began at `since` or later.
pub(crate) async fn book(
    conn: &mut SqliteConnection,
    mode: Mode,
    kind: Kind,
    since: Timestamp,
) -> Result<Book> {
    let row = sqlx::query(
        "WITH begun AS (
            SELECT * FROM episodes WHERE mode = ? AND kind = ? AND entered_at >= ?),
         recoveries AS (
            SELECT ended_at - entered_at AS seconds, count(*) OVER () AS times,
                row_number() OVER (ORDER BY ended_at - entered_at) AS place
            FROM begun WHERE outcome = 'recovered')
         SELECT count(*) AS entered, count(*) FILTER (WHERE outcome = 'recovered') AS recovered,
            count(*) FILTER (WHERE outcome = 'lost') AS lost,
            (SELECT CAST(avg(seconds) AS INTEGER) FROM recoveries
             WHERE place IN ((times + 1) / 2, (times + 2) / 2)) AS median
         FROM begun",
    )
    .bind(mode.as_str())
    .bind(kind.as_str())
    .bind(since.0)
    .fetch_one(conn)
    .await?;
    Ok(Book {
        entered: count(&row, "entered")?,
        recovered: count(&row, "recovered")?,
        lost: count(&row, "lost")?,
        median_seconds: row.try_get("median")?,
    })
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
