//! What was begun at Stripe Checkout: intents and sessions.

use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};

use super::{Result, id, parsed};
use crate::domain::ids::{AccountId, Mode, SessionId};
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
    /// The money never came; to the API it expired.
    #[serde(rename = "expired")]
    Failed,
}

impl Progress {
    const ALL: [Self; 4] = [Self::Open, Self::Processing, Self::Complete, Self::Expired];

    fn read(row: &SqliteRow) -> Result<Self> {
        if row.try_get("payment_failed")? {
            return Ok(Self::Failed);
        }
        parsed(row, "status", |text| {
            Self::ALL.into_iter().find(|progress| progress.as_str() == text)
        })
    }

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Processing => "processing",
            Self::Complete => "complete",
            Self::Expired | Self::Failed => "expired",
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
///
/// Tells whether that is new for a session that is settled now.
pub(crate) async fn put(
    conn: &mut SqliteConnection,
    account: &AccountId,
    mode: Mode,
    checkout: &Checkout,
    now: Timestamp,
) -> Result<bool> {
    let kind = match checkout.kind {
        Kind::Subscription => "subscription",
        Kind::Payment => "payment",
    };
    let settled = match checkout.progress {
        Progress::Open | Progress::Processing => false,
        Progress::Complete | Progress::Expired | Progress::Failed => true,
    };
    let put = sqlx::query(
        "INSERT INTO checkouts
         (session_id, mode, account_id, kind, status, payment_failed, created_at)
         VALUES (?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (session_id, mode)
         DO UPDATE SET status = excluded.status, payment_failed = excluded.payment_failed
         WHERE status NOT IN ('complete', 'expired')",
    )
    .bind(checkout.session.as_str())
    .bind(mode.as_str())
    .bind(account.as_str())
    .bind(kind)
    .bind(checkout.progress.as_str())
    .bind(checkout.progress == Progress::Failed)
    .bind(now.0)
    .execute(conn)
    .await?;
    Ok(settled && put.rows_affected() == 1)
}

/// Sessions of the account that may still bring something.
pub(crate) async fn unsettled(
    conn: &mut SqliteConnection,
    account: &AccountId,
    mode: Mode,
) -> Result<Vec<Checkout>> {
    let rows = sqlx::query(
        "SELECT session_id, kind, status, payment_failed FROM checkouts
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
    let row = sqlx::query(
        "SELECT status, payment_failed FROM checkouts WHERE session_id = ? AND mode = ?",
    )
    .bind(session.as_str())
    .bind(mode.as_str())
    .fetch_optional(conn)
    .await?;
    row.as_ref().map(Progress::read).transpose()
}

/// The newest session of the account.
pub(crate) async fn latest(
    conn: &mut SqliteConnection,
    account: &AccountId,
    mode: Mode,
) -> Result<Option<Checkout>> {
    let row = sqlx::query(
        "SELECT session_id, kind, status, payment_failed FROM checkouts
         WHERE account_id = ? AND mode = ? ORDER BY created_at DESC, rowid DESC LIMIT 1",
    )
    .bind(account.as_str())
    .bind(mode.as_str())
    .fetch_optional(conn)
    .await?;
    row.as_ref().map(read).transpose()
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
        progress: Progress::read(row)?,
    })
}
