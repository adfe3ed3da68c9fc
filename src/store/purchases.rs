//! Plans bought once.

use std::collections::HashMap;

use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;

use super::{Result, by_account, id, id_opt, limit};
use crate::domain::entitlement::Lifetime;
use crate::domain::ids::{AccountId, Mode, PaymentIntentId, PlanId, PriceId, SessionId};
use crate::domain::payback::Bought;
use crate::domain::plan::Limit;
use crate::domain::timestamp::Timestamp;

/// A plan bought once and paid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Purchase {
    pub(crate) session: SessionId,
    pub(crate) plan: PlanId,
    pub(crate) limit: Limit,
    pub(crate) price: PriceId,
    pub(crate) payment: Option<PaymentIntentId>,
    pub(crate) amount_minor: i64,
    pub(crate) currency: String,
}

/// Keeps a paid purchase; `false` when it was kept before.
pub(crate) async fn put(
    conn: &mut SqliteConnection,
    account: &AccountId,
    mode: Mode,
    purchase: &Purchase,
    now: Timestamp,
) -> Result<bool> {
    let kept = sqlx::query(
        "INSERT INTO purchases
         (session_id, mode, account_id, plan_id, plan_servers, price_id, payment_intent,
          amount_minor, currency, paid_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT DO NOTHING",
    )
    .bind(purchase.session.as_str())
    .bind(mode.as_str())
    .bind(account.as_str())
    .bind(purchase.plan.as_str())
    .bind(purchase.limit.as_option())
    .bind(purchase.price.as_str())
    .bind(purchase.payment.as_ref().map(PaymentIntentId::as_str))
    .bind(purchase.amount_minor)
    .bind(&purchase.currency)
    .bind(now.0)
    .execute(conn)
    .await?;
    Ok(kept.rows_affected() == 1)
}

/// What the account ever bought, oldest first, whether or not its money went back since.
pub(crate) async fn of_account(
    conn: &mut SqliteConnection,
    account: &AccountId,
    mode: Mode,
) -> Result<Vec<Bought>> {
    let rows = sqlx::query(
        "SELECT plan_id, plan_servers, payment_intent FROM purchases
         WHERE account_id = ? AND mode = ? ORDER BY paid_at, plan_id, session_id",
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
) -> Result<HashMap<AccountId, Vec<Bought>>> {
    let rows = sqlx::query(
        "SELECT account_id, plan_id, plan_servers, payment_intent FROM purchases
         WHERE account_id IN (SELECT value FROM json_each(?)) AND mode = ?
         ORDER BY paid_at, plan_id, session_id",
    )
    .bind(ids)
    .bind(mode.as_str())
    .fetch_all(conn)
    .await?;
    by_account(&rows, read)
}

/// Whose payment this is, if it bought a plan for good.
pub(crate) async fn owner(
    conn: &mut SqliteConnection,
    mode: Mode,
    payment: &PaymentIntentId,
) -> Result<Option<AccountId>> {
    let row = sqlx::query("SELECT account_id FROM purchases WHERE payment_intent = ? AND mode = ?")
        .bind(payment.as_str())
        .bind(mode.as_str())
        .fetch_optional(conn)
        .await?;
    row.as_ref().map(|row| id(row, "account_id")).transpose()
}

fn read(row: &SqliteRow) -> Result<Bought> {
    let lifetime = Lifetime { plan: id(row, "plan_id")?, limit: limit(row, "plan_servers")? };
    Ok(Bought { lifetime, payment: id_opt(row, "payment_intent")? })
}
