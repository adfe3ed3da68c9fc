//! What happened to one account and when, as far as other tables do not tell it.

use std::collections::HashMap;

use sqlx::{Row as _, SqliteConnection};

use super::{Result, id, parsed, time, time_opt};
use crate::domain::ids::{AccountId, Mode, PlanId};
use crate::domain::plan::Interval;
use crate::domain::timestamp::Timestamp;

/// A plan that was paid for once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Paid {
    pub(crate) plan: PlanId,
    pub(crate) amount_minor: i64,
    pub(crate) currency: String,
    pub(crate) at: Timestamp,
}

pub(crate) async fn purchases(
    conn: &mut SqliteConnection,
    account: &AccountId,
    mode: Mode,
) -> Result<Vec<Paid>> {
    let rows = sqlx::query(
        "SELECT plan_id, amount_minor, currency, paid_at FROM purchases
         WHERE account_id = ? AND mode = ? ORDER BY paid_at DESC",
    )
    .bind(account.as_str())
    .bind(mode.as_str())
    .fetch_all(conn)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(Paid {
                plan: id(row, "plan_id")?,
                amount_minor: row.try_get("amount_minor")?,
                currency: row.try_get("currency")?,
                at: time(row, "paid_at")?,
            })
        })
        .collect()
}

/// A change of plan that a customer confirmed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Made {
    pub(crate) plan: PlanId,
    pub(crate) interval: Interval,
    /// At the period's end, and not at once.
    pub(crate) deferred: bool,
    pub(crate) at: Timestamp,
}

pub(crate) async fn changes(
    conn: &mut SqliteConnection,
    account: &AccountId,
    mode: Mode,
) -> Result<Vec<Made>> {
    let rows = sqlx::query(
        "SELECT plan_id, interval, effective = 'period_end' AS deferred, shown_at FROM plan_changes
         WHERE account_id = ? AND mode = ? AND progress = 'made' ORDER BY shown_at DESC",
    )
    .bind(account.as_str())
    .bind(mode.as_str())
    .fetch_all(conn)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(Made {
                plan: id(row, "plan_id")?,
                interval: parsed(row, "interval", Interval::parse)?,
                deferred: row.try_get("deferred")?,
                at: time(row, "shown_at")?,
            })
        })
        .collect()
}

/// A time in which a renewal was not paid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unpaid {
    pub(crate) entered_at: Timestamp,
    /// When it ended, and whether it was paid.
    pub(crate) ended: Option<(Timestamp, bool)>,
}

pub(crate) async fn dunning(
    conn: &mut SqliteConnection,
    account: &AccountId,
    mode: Mode,
) -> Result<Vec<Unpaid>> {
    let rows = sqlx::query(
        "SELECT e.entered_at, e.ended_at, e.outcome IS 'recovered' AS recovered
         FROM subscriptions s JOIN episodes e
            ON e.subscription_id = s.subscription_id AND e.mode = s.mode AND e.kind = 'dunning'
         WHERE s.account_id = ? AND s.mode = ? ORDER BY e.entered_at DESC",
    )
    .bind(account.as_str())
    .bind(mode.as_str())
    .fetch_all(conn)
    .await?;
    rows.iter()
        .map(|row| {
            let recovered: bool = row.try_get("recovered")?;
            Ok(Unpaid {
                entered_at: time(row, "entered_at")?,
                ended: time_opt(row, "ended_at")?.map(|at| (at, recovered)),
            })
        })
        .collect()
}

/// What the newest events about money carried, by their ids.
pub(crate) async fn payloads(
    conn: &mut SqliteConnection,
    account: &AccountId,
    mode: Mode,
    limit: u32,
) -> Result<HashMap<String, Vec<u8>>> {
    let rows = sqlx::query(
        "SELECT event_id, payload FROM inbox_events
         WHERE account_id = ? AND mode = ?
           AND kind IN ('invoice.paid', 'invoice.payment_failed', 'charge.refunded',
                        'charge.dispute.created')
         ORDER BY seq DESC LIMIT ?",
    )
    .bind(account.as_str())
    .bind(mode.as_str())
    .bind(limit)
    .fetch_all(conn)
    .await?;
    rows.iter()
        .map(|row| Ok((row.try_get("event_id")?, super::payload::unpack(row.try_get("payload")?)?)))
        .collect()
}
