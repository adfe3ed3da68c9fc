//! What was begun at Stripe Checkout: intents, sessions, and plans bought once.

use std::collections::HashMap;

use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};

use super::{Result, by_account, id, limit, parsed};
use crate::domain::entitlement::Lifetime;
use crate::domain::ids::{AccountId, Mode, PlanId, PriceId, SessionId};
use crate::domain::plan::Limit;
use crate::domain::timestamp::Timestamp;

/// What somebody wants of Stripe, under a nonce that outlives a crash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Intent {
    pub(crate) nonce: String,
    /// The request's parameters, as text to compare: a nonce is only used again with the same.
    pub(crate) parameters: String,
    /// What came of it, once that is known.
    pub(crate) session: Option<SessionId>,
}

pub(crate) async fn intent(
    conn: &mut SqliteConnection,
    account: &AccountId,
    mode: Mode,
    purpose: &str,
) -> Result<Option<Intent>> {
    let row = sqlx::query(
        "SELECT nonce, parameters, session_id FROM intents
         WHERE account_id = ? AND purpose = ? AND mode = ?",
    )
    .bind(account.as_str())
    .bind(purpose)
    .bind(mode.as_str())
    .fetch_optional(conn)
    .await?;
    row.map(|row| {
        Ok(Intent {
            nonce: row.try_get("nonce")?,
            parameters: row.try_get("parameters")?,
            session: super::id_opt(&row, "session_id")?,
        })
    })
    .transpose()
}

/// Stores the intent in place of an earlier one for the same purpose.
pub(crate) async fn put_intent(
    conn: &mut SqliteConnection,
    account: &AccountId,
    mode: Mode,
    purpose: &str,
    intent: &Intent,
    now: Timestamp,
) -> Result<()> {
    sqlx::query(
        "INSERT OR REPLACE INTO intents
         (account_id, purpose, mode, nonce, parameters, session_id, created_at)
         VALUES (?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(account.as_str())
    .bind(purpose)
    .bind(mode.as_str())
    .bind(&intent.nonce)
    .bind(&intent.parameters)
    .bind(intent.session.as_ref().map(SessionId::as_str))
    .bind(now.0)
    .execute(conn)
    .await?;
    Ok(())
}

/// Forgets an intent whose outcome is known to be nothing.
pub(crate) async fn drop_intent(
    conn: &mut SqliteConnection,
    account: &AccountId,
    mode: Mode,
    purpose: &str,
) -> Result<()> {
    sqlx::query("DELETE FROM intents WHERE account_id = ? AND purpose = ? AND mode = ?")
        .bind(account.as_str())
        .bind(purpose)
        .bind(mode.as_str())
        .execute(conn)
        .await?;
    Ok(())
}

/// What a session sells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Subscription,
    Payment,
}

/// How far a session has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Progress {
    Open,
    /// Completed by the customer, the money is still on its way.
    Processing,
    Complete,
    Expired,
}

impl Progress {
    const ALL: [Self; 4] = [Self::Open, Self::Processing, Self::Complete, Self::Expired];

    fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|progress| progress.as_str() == text)
    }

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Processing => "processing",
            Self::Complete => "complete",
            Self::Expired => "expired",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Checkout {
    pub(crate) session: SessionId,
    pub(crate) kind: Kind,
    pub(crate) progress: Progress,
}

/// Notes a session of the account, or how far it has come; what is settled never opens again.
pub(crate) async fn put(
    conn: &mut SqliteConnection,
    account: &AccountId,
    mode: Mode,
    checkout: &Checkout,
    now: Timestamp,
) -> Result<()> {
    let kind = match checkout.kind {
        Kind::Subscription => "subscription",
        Kind::Payment => "payment",
    };
    sqlx::query(
        "INSERT INTO checkouts (session_id, mode, account_id, kind, status, created_at)
         VALUES (?, ?, ?, ?, ?, ?)
         ON CONFLICT (session_id, mode) DO UPDATE SET status = excluded.status
         WHERE status NOT IN ('complete', 'expired')",
    )
    .bind(checkout.session.as_str())
    .bind(mode.as_str())
    .bind(account.as_str())
    .bind(kind)
    .bind(checkout.progress.as_str())
    .bind(now.0)
    .execute(conn)
    .await?;
    Ok(())
}

/// Sessions of the account that may still bring something.
pub(crate) async fn unsettled(
    conn: &mut SqliteConnection,
    account: &AccountId,
    mode: Mode,
) -> Result<Vec<Checkout>> {
    let rows = sqlx::query(
        "SELECT session_id, kind, status FROM checkouts
         WHERE account_id = ? AND mode = ? AND status IN ('open', 'processing')
         ORDER BY created_at DESC, session_id",
    )
    .bind(account.as_str())
    .bind(mode.as_str())
    .fetch_all(conn)
    .await?;
    rows.iter().map(read).collect()
}

/// How far a session had come when it was last looked at.
pub(crate) async fn progress(
    conn: &mut SqliteConnection,
    mode: Mode,
    session: &SessionId,
) -> Result<Option<Progress>> {
    let row = sqlx::query("SELECT status FROM checkouts WHERE session_id = ? AND mode = ?")
        .bind(session.as_str())
        .bind(mode.as_str())
        .fetch_optional(conn)
        .await?;
    row.as_ref().map(|row| parsed(row, "status", Progress::parse)).transpose()
}

/// Whose session this is.
pub(crate) async fn owner(
    conn: &mut SqliteConnection,
    mode: Mode,
    session: &str,
) -> Result<Option<AccountId>> {
    let row = sqlx::query("SELECT account_id FROM checkouts WHERE session_id = ? AND mode = ?")
        .bind(session)
        .bind(mode.as_str())
        .fetch_optional(conn)
        .await?;
    row.as_ref().map(|row| id(row, "account_id")).transpose()
}

fn read(row: &SqliteRow) -> Result<Checkout> {
    Ok(Checkout {
        session: id(row, "session_id")?,
        kind: parsed(row, "kind", |text| match text {
            "subscription" => Some(Kind::Subscription),
            "payment" => Some(Kind::Payment),
            _ => None,
        })?,
        progress: parsed(row, "status", Progress::parse)?,
    })
}

/// A plan bought once and paid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Purchase {
    pub(crate) session: SessionId,
    pub(crate) plan: PlanId,
    pub(crate) limit: Limit,
    pub(crate) price: PriceId,
    pub(crate) payment_intent: Option<String>,
    pub(crate) amount_minor: i64,
    pub(crate) currency: String,
}

/// Keeps a paid purchase; `false` when it, or the same plan, was kept before.
pub(crate) async fn put_purchase(
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
    .bind(purchase.payment_intent.as_deref())
    .bind(purchase.amount_minor)
    .bind(&purchase.currency)
    .bind(now.0)
    .execute(conn)
    .await?;
    Ok(kept.rows_affected() == 1)
}

/// Which session bought the plan the account has for ever.
pub(crate) async fn bought_by(
    conn: &mut SqliteConnection,
    account: &AccountId,
    mode: Mode,
    plan: &PlanId,
) -> Result<Option<SessionId>> {
    let row = sqlx::query(
        "SELECT session_id FROM purchases WHERE account_id = ? AND mode = ? AND plan_id = ?",
    )
    .bind(account.as_str())
    .bind(mode.as_str())
    .bind(plan.as_str())
    .fetch_optional(conn)
    .await?;
    row.as_ref().map(|row| id(row, "session_id")).transpose()
}

/// The plans the account has for ever.
pub(crate) async fn lifetimes(
    conn: &mut SqliteConnection,
    account: &AccountId,
    mode: Mode,
) -> Result<Vec<Lifetime>> {
    let rows = sqlx::query(
        "SELECT plan_id, plan_servers FROM purchases WHERE account_id = ? AND mode = ?
         ORDER BY paid_at, plan_id",
    )
    .bind(account.as_str())
    .bind(mode.as_str())
    .fetch_all(conn)
    .await?;
    rows.iter().map(read_lifetime).collect()
}

/// The same for each of the accounts `ids`.
pub(crate) async fn lifetimes_of_all(
    conn: &mut SqliteConnection,
    ids: &str,
    mode: Mode,
) -> Result<HashMap<AccountId, Vec<Lifetime>>> {
    let rows = sqlx::query(
        "SELECT account_id, plan_id, plan_servers FROM purchases
         WHERE account_id IN (SELECT value FROM json_each(?)) AND mode = ?
         ORDER BY paid_at, plan_id",
    )
    .bind(ids)
    .bind(mode.as_str())
    .fetch_all(conn)
    .await?;
    by_account(&rows, read_lifetime)
}

fn read_lifetime(row: &SqliteRow) -> Result<Lifetime> {
    Ok(Lifetime { plan: id(row, "plan_id")?, limit: limit(row, "plan_servers")? })
}
