//! The catalogue as Stripe last confirmed it, and every price that ever was a plan's.

use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};

use super::{Result, id, parsed};
use crate::domain::ids::{Mode, PlanId, PriceId};
use crate::domain::plan::{Hidden, Interval, Offer};
use crate::domain::timestamp::Timestamp;

/// What can be bought now.
pub(crate) async fn offers(conn: &mut SqliteConnection, mode: Mode) -> Result<Vec<Offer>> {
    let rows = sqlx::query("SELECT * FROM plan_prices WHERE mode = ? AND offered = 1")
        .bind(mode.as_str())
        .fetch_all(conn)
        .await?;
    rows.iter().map(offer).collect()
}

/// Which plan a price belongs or once belonged to, of all prices ever seen.
pub(crate) async fn known(
    conn: &mut SqliteConnection,
    mode: Mode,
) -> Result<Vec<(PriceId, PlanId, Interval)>> {
    let rows = sqlx::query("SELECT price_id, plan_id, interval FROM plan_prices WHERE mode = ?")
        .bind(mode.as_str())
        .fetch_all(conn)
        .await?;
    rows.iter()
        .map(|row| {
            Ok((
                id(row, "price_id")?,
                id(row, "plan_id")?,
                parsed(row, "interval", Interval::parse)?,
            ))
        })
        .collect()
}

pub(crate) async fn hidden(conn: &mut SqliteConnection, mode: Mode) -> Result<Vec<Hidden>> {
    let rows = sqlx::query(
        "SELECT plan_id, interval, reason FROM hidden_prices WHERE mode = ?
         ORDER BY plan_id, interval",
    )
    .bind(mode.as_str())
    .fetch_all(conn)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(Hidden {
                plan: id(row, "plan_id")?,
                interval: parsed(row, "interval", Interval::parse)?,
                reason: row.try_get("reason")?,
            })
        })
        .collect()
}

/// Takes every price off sale; those still sold are put back by [`put`].
pub(crate) async fn withdraw_all(conn: &mut SqliteConnection, mode: Mode) -> Result<()> {
    sqlx::query("UPDATE plan_prices SET offered = 0 WHERE mode = ?")
        .bind(mode.as_str())
        .execute(&mut *conn)
        .await?;
    sqlx::query("DELETE FROM hidden_prices WHERE mode = ?")
        .bind(mode.as_str())
        .execute(conn)
        .await?;
    Ok(())
}

/// Puts a price on sale.
pub(crate) async fn put(
    conn: &mut SqliteConnection,
    mode: Mode,
    offer: &Offer,
    now: Timestamp,
) -> Result<()> {
    sqlx::query(
        "INSERT OR REPLACE INTO plan_prices
         (price_id, mode, plan_id, interval, lookup_key, currency, amount_minor, offered, seen_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, 1, ?)",
    )
    .bind(offer.price.as_str())
    .bind(mode.as_str())
    .bind(offer.plan.as_str())
    .bind(offer.interval.as_str())
    .bind(offer.lookup_key.as_deref())
    .bind(&offer.currency)
    .bind(offer.amount_minor)
    .bind(now.0)
    .execute(conn)
    .await?;
    Ok(())
}

/// Keeps whose a price is, without putting it on sale; what is known of it stays.
pub(crate) async fn remember(
    conn: &mut SqliteConnection,
    mode: Mode,
    price: &Offer,
    now: Timestamp,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO plan_prices
         (price_id, mode, plan_id, interval, lookup_key, currency, amount_minor, offered, seen_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?) ON CONFLICT DO NOTHING",
    )
    .bind(price.price.as_str())
    .bind(mode.as_str())
    .bind(price.plan.as_str())
    .bind(price.interval.as_str())
    .bind(price.lookup_key.as_deref())
    .bind(&price.currency)
    .bind(price.amount_minor)
    .bind(now.0)
    .execute(conn)
    .await?;
    Ok(())
}

pub(crate) async fn put_hidden(
    conn: &mut SqliteConnection,
    mode: Mode,
    hidden: &Hidden,
) -> Result<()> {
    sqlx::query(
        "INSERT OR REPLACE INTO hidden_prices (mode, plan_id, interval, reason)
         VALUES (?, ?, ?, ?)",
    )
    .bind(mode.as_str())
    .bind(hidden.plan.as_str())
    .bind(hidden.interval.as_str())
    .bind(&hidden.reason)
    .execute(conn)
    .await?;
    Ok(())
}

fn offer(row: &SqliteRow) -> Result<Offer> {
    Ok(Offer {
        plan: id(row, "plan_id")?,
        interval: parsed(row, "interval", Interval::parse)?,
        price: id(row, "price_id")?,
        lookup_key: row.try_get("lookup_key")?,
        amount_minor: row.try_get("amount_minor")?,
        currency: row.try_get("currency")?,
    })
}
