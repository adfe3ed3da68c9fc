//! Subscriptions as last fetched; only `flows::sync` writes them.

use std::collections::HashMap;

use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};

use super::{Result, by_account, count, id, id_opt, limit, parsed, parsed_opt, time, time_opt};
use crate::domain::ids::{AccountId, ItemId, Mode, PlanId, ScheduleId};
use crate::domain::plan::{Interval, Limit};
use crate::domain::steering::{Collection, Maker, NextPrice, Schedule, Steering};
use crate::domain::subscription::{CollectionPause, Grant, PaymentNeed, Status, Subscription};
use crate::domain::timestamp::Timestamp;

/// All of the account's subscriptions, newest first.
pub(crate) async fn of_account(
    conn: &mut SqliteConnection,
    account: &AccountId,
    mode: Mode,
) -> Result<Vec<Subscription>> {
    let rows = sqlx::query(
        "SELECT * FROM subscriptions WHERE account_id = ? AND mode = ?
         ORDER BY created_at DESC, subscription_id",
    )
    .bind(account.as_str())
    .bind(mode.as_str())
    .fetch_all(conn)
    .await?;
    rows.iter().map(read).collect()
}

/// The same for each of the accounts `ids`.
pub(crate) async fn of_accounts(
    conn: &mut SqliteConnection,
    ids: &str,
    mode: Mode,
) -> Result<HashMap<AccountId, Vec<Subscription>>> {
    let rows = sqlx::query(
        "SELECT * FROM subscriptions
         WHERE account_id IN (SELECT value FROM json_each(?)) AND mode = ?
         ORDER BY created_at DESC, subscription_id",
    )
    .bind(ids)
    .bind(mode.as_str())
    .fetch_all(conn)
    .await?;
    by_account(&rows, read)
}

/// Stores one reading in place of the last.
pub(crate) async fn put(
    conn: &mut SqliteConnection,
    mode: Mode,
    subscription: &Subscription,
) -> Result<()> {
    let (ownership, plan) = match &subscription.grant {
        Grant::Plan { id, limit } => ("plan", Some((id, *limit))),
        Grant::Unmapped { last_known } => {
            ("unmapped", last_known.as_ref().map(|(id, limit)| (id, *limit)))
        }
        Grant::Foreign => ("foreign", None),
    };
    let (pause, paid_until) = match subscription.pause {
        Some(CollectionPause::KeepAsDraft) => (Some("keep_as_draft"), None),
        Some(CollectionPause::Forgiven { paid_until }) => (Some("forgiven"), Some(paid_until.0)),
        None => (None, None),
    };
    let steering = &subscription.steering;
    let schedule = steering.schedule.as_ref();
    let next = schedule.and_then(|schedule| schedule.next.as_ref());
    sqlx::query(
        "INSERT OR REPLACE INTO subscriptions
         (subscription_id, mode, account_id, customer_id, status, known_status, ownership, plan_id,
          plan_servers, price_id, interval, quantity, currency, unit_amount_minor, created_at,
          period_end, trial_end, cancels_at, ended_at, lost_to_payment, past_due_since, pause,
          paid_until, requires_action, invoice_url, amount_due_minor, next_attempt_at,
          authenticates_since, has_payment_method, synced_at, item_id, send_invoice,
          update_pending, schedule_id, schedule_ours, next_at, next_price_id, next_plan_id,
          next_interval)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,
                 ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(subscription.id.as_str())
    .bind(mode.as_str())
    .bind(subscription.account.as_str())
    .bind(subscription.customer.as_str())
    .bind(subscription.status.as_str())
    .bind(subscription.known_status.as_ref().map(Status::as_str))
    .bind(ownership)
    .bind(plan.map(|(id, _)| id.as_str()))
    .bind(plan.and_then(|(_, limit)| limit.as_option()))
    .bind(subscription.price.as_ref().map(super::super::domain::ids::PriceId::as_str))
    .bind(subscription.interval.map(Interval::as_str))
    .bind(subscription.quantity)
    .bind(subscription.currency.as_deref())
    .bind(subscription.unit_amount_minor)
    .bind(subscription.created_at.0)
    .bind(subscription.period_end.map(|at| at.0))
    .bind(subscription.trial_end.map(|at| at.0))
    .bind(subscription.cancels_at.map(|at| at.0))
    .bind(subscription.ended_at.map(|at| at.0))
    .bind(subscription.lost_to_payment)
    .bind(subscription.past_due_since.map(|at| at.0))
    .bind(pause)
    .bind(paid_until)
    .bind(subscription.payment.requires_action)
    .bind(subscription.payment.invoice_url.as_deref())
    .bind(subscription.payment.amount_due_minor)
    .bind(subscription.payment.next_attempt_at.map(|at| at.0))
    .bind(subscription.payment.authenticates_since.map(|at| at.0))
    .bind(subscription.payment.has_method)
    .bind(subscription.synced_at.0)
    .bind(steering.item.as_ref().map(ItemId::as_str))
    .bind(steering.collection == Collection::SendInvoice)
    .bind(steering.update_pending)
    .bind(schedule.map(|schedule| schedule.id.as_str()))
    .bind(schedule.map(|schedule| schedule.maker == Maker::Us))
    .bind(next.map(|next| next.at.0))
    .bind(next.map(|next| next.price.as_str()))
    .bind(next.and_then(|next| next.plan.as_ref()).map(PlanId::as_str))
    .bind(next.and_then(|next| next.interval).map(Interval::as_str))
    .execute(conn)
    .await?;
    Ok(())
}

/// Ends what Stripe no longer lists: those of the account that are not among `keep`.
pub(crate) async fn end_vanished(
    conn: &mut SqliteConnection,
    account: &AccountId,
    mode: Mode,
    keep: &[Subscription],
    now: Timestamp,
) -> Result<()> {
    let keep: Vec<&str> = keep.iter().map(|subscription| subscription.id.as_str()).collect();
    sqlx::query(
        "UPDATE subscriptions SET status = 'canceled', known_status = 'canceled',
            ended_at = coalesce(ended_at, ?1), cancels_at = NULL, past_due_since = NULL,
            lost_to_payment = 0, requires_action = 0, invoice_url = NULL, amount_due_minor = NULL,
            next_attempt_at = NULL, authenticates_since = NULL, has_payment_method = NULL,
            synced_at = ?1,
            update_pending = 0, schedule_id = NULL, schedule_ours = NULL, next_at = NULL,
            next_price_id = NULL, next_plan_id = NULL, next_interval = NULL
         WHERE account_id = ?2 AND mode = ?3 AND status NOT IN ('canceled', 'incomplete_expired')
           AND subscription_id NOT IN (SELECT value FROM json_each(?4))",
    )
    .bind(now.0)
    .bind(account.as_str())
    .bind(mode.as_str())
    .bind(serde_json::json!(keep).to_string())
    .execute(conn)
    .await?;
    Ok(())
}

/// Whose subscription this is.
pub(crate) async fn owner(
    conn: &mut SqliteConnection,
    mode: Mode,
    subscription: &str,
) -> Result<Option<AccountId>> {
    let row =
        sqlx::query("SELECT account_id FROM subscriptions WHERE subscription_id = ? AND mode = ?")
            .bind(subscription)
            .bind(mode.as_str())
            .fetch_optional(conn)
            .await?;
    row.as_ref().map(|row| id(row, "account_id")).transpose()
}

fn read(row: &SqliteRow) -> Result<Subscription> {
    let plan: Option<(_, Limit)> = id_opt(row, "plan_id")?
        .map(|id| Ok::<_, super::StoreFailed>((id, limit(row, "plan_servers")?)))
        .transpose()?;
    let ownership: String = row.try_get("ownership")?;
    let grant = match (ownership.as_str(), plan) {
        ("plan", Some((id, limit))) => Grant::Plan { id, limit },
        ("foreign", _) => Grant::Foreign,
        (_, last_known) => Grant::Unmapped { last_known },
    };
    let paid_until = time_opt(row, "paid_until")?;
    let pause = row.try_get::<Option<String>, _>("pause")?.map(|_| {
        paid_until.map_or(CollectionPause::KeepAsDraft, |paid_until| CollectionPause::Forgiven {
            paid_until,
        })
    });
    Ok(Subscription {
        id: id(row, "subscription_id")?,
        account: id(row, "account_id")?,
        customer: id(row, "customer_id")?,
        status: parsed(row, "status", |text| Some(Status::parse(text)))?,
        known_status: parsed_opt(row, "known_status", |text| Some(Status::parse(text)))?,
        grant,
        price: id_opt(row, "price_id")?,
        interval: parsed_opt(row, "interval", Interval::parse)?,
        quantity: count(row, "quantity")?,
        currency: row.try_get("currency")?,
        unit_amount_minor: row.try_get("unit_amount_minor")?,
        created_at: time(row, "created_at")?,
        period_end: time_opt(row, "period_end")?,
        trial_end: time_opt(row, "trial_end")?,
        cancels_at: time_opt(row, "cancels_at")?,
        ended_at: time_opt(row, "ended_at")?,
        lost_to_payment: row.try_get("lost_to_payment")?,
        past_due_since: time_opt(row, "past_due_since")?,
        pause,
        payment: PaymentNeed {
            requires_action: row.try_get("requires_action")?,
            invoice_url: row.try_get("invoice_url")?,
            amount_due_minor: row.try_get("amount_due_minor")?,
            next_attempt_at: time_opt(row, "next_attempt_at")?,
            authenticates_since: time_opt(row, "authenticates_since")?,
            has_method: row.try_get("has_payment_method")?,
        },
        synced_at: time(row, "synced_at")?,
        steering: steering(row)?,
    })
}

fn steering(row: &SqliteRow) -> Result<Steering> {
    let send_invoice: bool = row.try_get("send_invoice")?;
    let schedule: Option<ScheduleId> = id_opt(row, "schedule_id")?;
    let ours: Option<bool> = row.try_get("schedule_ours")?;
    Ok(Steering {
        item: id_opt(row, "item_id")?,
        collection: if send_invoice {
            Collection::SendInvoice
        } else {
            Collection::ChargeAutomatically
        },
        schedule: match schedule {
            Some(id) => Some(Schedule {
                id,
                maker: if ours == Some(true) { Maker::Us } else { Maker::SomebodyElse },
                next: next(row)?,
            }),
            None => None,
        },
        update_pending: row.try_get("update_pending")?,
    })
}

fn next(row: &SqliteRow) -> Result<Option<NextPrice>> {
    let (Some(at), Some(price)) = (time_opt(row, "next_at")?, id_opt(row, "next_price_id")?) else {
        return Ok(None);
    };
    Ok(Some(NextPrice {
        at,
        price,
        plan: id_opt(row, "next_plan_id")?,
        interval: parsed_opt(row, "next_interval", Interval::parse)?,
    }))
}
