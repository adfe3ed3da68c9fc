//! Changes of plan that somebody was shown, and how far each has come.

use std::time::Duration;

use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;

use super::{Result, count, id, id_opt, parsed, time};
use crate::domain::change::{Effective, Kind};
use crate::domain::ids::{AccountId, ItemId, Mode, PlanId, PriceId, ScheduleId, SubscriptionId};
use crate::domain::plan::Interval;
use crate::domain::subscription::Subscription;
use crate::domain::timestamp::Timestamp;

/// A change as it was shown; whoever confirms it gets this one or none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ShownChange {
    /// Also the nonce of every call to Stripe that makes the change.
    pub(crate) token: String,
    pub(crate) account: AccountId,
    pub(crate) plan: PlanId,
    pub(crate) interval: Interval,
    pub(crate) bound: Bound,
    /// Stripe worked the amounts out for this moment.
    pub(crate) shown_at: Timestamp,
    pub(crate) expires_at: Timestamp,
    pub(crate) progress: Progress,
    /// The schedule that was made for it.
    pub(crate) schedule: Option<ScheduleId>,
}

/// What must still be so when the change is confirmed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Bound {
    pub(crate) subscription: SubscriptionId,
    pub(crate) item: ItemId,
    pub(crate) from: Option<PriceId>,
    pub(crate) to: PriceId,
    pub(crate) quantity: u32,
    pub(crate) period_end: Timestamp,
    pub(crate) kind: Kind,
    pub(crate) effective: Effective,
    pub(crate) amount_due_minor: i64,
}

/// How far a change has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Progress {
    Shown,
    /// Stripe was, or is about to be, asked to make it.
    Sent,
    Made,
    /// Stripe will never make it under this token.
    Void,
}

impl Progress {
    const ALL: [Self; 4] = [Self::Shown, Self::Sent, Self::Made, Self::Void];

    fn as_str(self) -> &'static str {
        match self {
            Self::Shown => "shown",
            Self::Sent => "sent",
            Self::Made => "made",
            Self::Void => "void",
        }
    }
}

/// How long a change is remembered after it could last be confirmed: as long as Stripe remembers
/// the keys made of its token.
const KEPT: Duration = Duration::from_hours(72);

/// Keeps a new change, and forgets the account's old ones; those whose schedule is in force stay,
/// for a schedule without our mark has no other witness.
pub(crate) async fn put(
    conn: &mut SqliteConnection,
    mode: Mode,
    change: &ShownChange,
) -> Result<()> {
    sqlx::query(
        "DELETE FROM plan_changes WHERE account_id = ? AND expires_at < ?
         AND NOT EXISTS (
             SELECT 1 FROM subscriptions
             WHERE subscriptions.subscription_id = plan_changes.subscription_id
               AND subscriptions.mode = plan_changes.mode
               AND subscriptions.schedule_id = plan_changes.schedule_id)",
    )
    .bind(change.account.as_str())
    .bind((change.shown_at - KEPT).0)
    .execute(&mut *conn)
    .await?;
    let bound = &change.bound;
    sqlx::query(
        "INSERT INTO plan_changes
         (token, account_id, mode, plan_id, interval, subscription_id, item_id, from_price_id,
          price_id, quantity, period_end, kind, effective, amount_due_minor, shown_at, expires_at,
          progress, schedule_id)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(&change.token)
    .bind(change.account.as_str())
    .bind(mode.as_str())
    .bind(change.plan.as_str())
    .bind(change.interval.as_str())
    .bind(bound.subscription.as_str())
    .bind(bound.item.as_str())
    .bind(bound.from.as_ref().map(PriceId::as_str))
    .bind(bound.to.as_str())
    .bind(bound.quantity)
    .bind(bound.period_end.0)
    .bind(bound.kind.as_str())
    .bind(bound.effective.as_str())
    .bind(bound.amount_due_minor)
    .bind(change.shown_at.0)
    .bind(change.expires_at.0)
    .bind(change.progress.as_str())
    .bind(change.schedule.as_ref().map(ScheduleId::as_str))
    .execute(conn)
    .await?;
    Ok(())
}

/// The account's change of this token.
pub(crate) async fn get(
    conn: &mut SqliteConnection,
    mode: Mode,
    account: &AccountId,
    token: &str,
) -> Result<Option<ShownChange>> {
    let row =
        sqlx::query("SELECT * FROM plan_changes WHERE token = ? AND account_id = ? AND mode = ?")
            .bind(token)
            .bind(account.as_str())
            .bind(mode.as_str())
            .fetch_optional(conn)
            .await?;
    row.as_ref().map(read).transpose()
}

/// Whether `schedule` was made for a change of ours, whatever came of the change.
pub(crate) async fn knows_schedule(
    conn: &mut SqliteConnection,
    mode: Mode,
    schedule: &ScheduleId,
) -> Result<bool> {
    let row = sqlx::query("SELECT 1 FROM plan_changes WHERE schedule_id = ? AND mode = ? LIMIT 1")
        .bind(schedule.as_str())
        .bind(mode.as_str())
        .fetch_optional(conn)
        .await?;
    Ok(row.is_some())
}

/// The newest change of the subscription that was sent to be put off, and of whose schedule
/// nothing was heard.
pub(crate) async fn unanswered(
    conn: &mut SqliteConnection,
    mode: Mode,
    subscription: &SubscriptionId,
) -> Result<Option<ShownChange>> {
    let row = sqlx::query(
        "SELECT * FROM plan_changes
         WHERE subscription_id = ? AND mode = ? AND progress = 'sent'
           AND effective = 'period_end' AND schedule_id IS NULL
         ORDER BY shown_at DESC, rowid DESC LIMIT 1",
    )
    .bind(subscription.as_str())
    .bind(mode.as_str())
    .fetch_optional(conn)
    .await?;
    row.as_ref().map(read).transpose()
}

/// Moves on a change that is neither made nor void; `false` when it is.
pub(crate) async fn advance(
    conn: &mut SqliteConnection,
    token: &str,
    progress: Progress,
) -> Result<bool> {
    let moved = sqlx::query(
        "UPDATE plan_changes SET progress = ?
         WHERE token = ? AND progress IN ('shown', 'sent')",
    )
    .bind(progress.as_str())
    .bind(token)
    .execute(conn)
    .await?;
    Ok(moved.rows_affected() == 1)
}

/// Marks as made the sent changes that `subscription` shows, and gives the newest: several asked
/// for the same, and one was made.
pub(crate) async fn find_made(
    conn: &mut SqliteConnection,
    mode: Mode,
    subscription: &Subscription,
) -> Result<Option<ShownChange>> {
    let next = subscription.own_schedule().and_then(|schedule| schedule.next.as_ref());
    let rows = sqlx::query(
        "UPDATE plan_changes SET progress = 'made'
         WHERE subscription_id = ? AND mode = ? AND progress = 'sent'
           AND (price_id = ? OR (effective = 'period_end' AND price_id = ?))
         RETURNING *",
    )
    .bind(subscription.id.as_str())
    .bind(mode.as_str())
    .bind(subscription.price.as_ref().map(PriceId::as_str))
    .bind(next.map(|next| next.price.as_str()))
    .fetch_all(conn)
    .await?;
    let found = rows.iter().map(read).collect::<Result<Vec<_>>>()?;
    Ok(found.into_iter().max_by_key(|change| change.shown_at))
}

/// Notes which schedule was made for a change.
pub(crate) async fn note_schedule(
    conn: &mut SqliteConnection,
    token: &str,
    schedule: &ScheduleId,
) -> Result<()> {
    sqlx::query("UPDATE plan_changes SET schedule_id = ? WHERE token = ?")
        .bind(schedule.as_str())
        .bind(token)
        .execute(conn)
        .await?;
    Ok(())
}

fn read(row: &SqliteRow) -> Result<ShownChange> {
    Ok(ShownChange {
        token: parsed(row, "token", |text| Some(text.to_owned()))?,
        account: id(row, "account_id")?,
        plan: id(row, "plan_id")?,
        interval: parsed(row, "interval", Interval::parse)?,
        bound: Bound {
            subscription: id(row, "subscription_id")?,
            item: id(row, "item_id")?,
            from: id_opt(row, "from_price_id")?,
            to: id(row, "price_id")?,
            quantity: count(row, "quantity")?,
            period_end: time(row, "period_end")?,
            kind: parsed(row, "kind", Kind::parse)?,
            effective: parsed(row, "effective", Effective::parse)?,
            amount_due_minor: sqlx::Row::try_get(row, "amount_due_minor")?,
        },
        shown_at: time(row, "shown_at")?,
        expires_at: time(row, "expires_at")?,
        progress: parsed(row, "progress", |text| {
            Progress::ALL.into_iter().find(|progress| progress.as_str() == text)
        })?,
        schedule: id_opt(row, "schedule_id")?,
    })
}
