//! Refunds and disputes, as last fetched.

use std::collections::HashMap;

use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};

use super::{Result, by_account, id, id_opt, parsed};
use crate::domain::fetched::FetchedDispute;
use crate::domain::ids::{AccountId, ChargeId, Mode, PaymentIntentId};
use crate::domain::payback::{Dispute, Paybacks, RefundedCharge, Stage};

pub(crate) async fn of_account(
    conn: &mut SqliteConnection,
    account: &AccountId,
    mode: Mode,
) -> Result<Paybacks> {
    let refunded = sqlx::query(
        "SELECT * FROM refunded_charges WHERE account_id = ? AND mode = ? ORDER BY charge_id",
    )
    .bind(account.as_str())
    .bind(mode.as_str())
    .fetch_all(&mut *conn)
    .await?;
    let disputes =
        sqlx::query("SELECT * FROM disputes WHERE account_id = ? AND mode = ? ORDER BY dispute_id")
            .bind(account.as_str())
            .bind(mode.as_str())
            .fetch_all(conn)
            .await?;
    Ok(Paybacks {
        refunded: refunded.iter().map(read_refunded).collect::<Result<_>>()?,
        disputes: disputes.iter().map(read_dispute).collect::<Result<_>>()?,
    })
}

/// The same for each of the accounts `ids`; one without any is left out.
pub(crate) async fn of_accounts(
    conn: &mut SqliteConnection,
    ids: &str,
    mode: Mode,
) -> Result<HashMap<AccountId, Paybacks>> {
    let refunded = sqlx::query(
        "SELECT * FROM refunded_charges
         WHERE account_id IN (SELECT value FROM json_each(?)) AND mode = ? ORDER BY charge_id",
    )
    .bind(ids)
    .bind(mode.as_str())
    .fetch_all(&mut *conn)
    .await?;
    let disputes = sqlx::query(
        "SELECT * FROM disputes
         WHERE account_id IN (SELECT value FROM json_each(?)) AND mode = ? ORDER BY dispute_id",
    )
    .bind(ids)
    .bind(mode.as_str())
    .fetch_all(conn)
    .await?;
    let mut found: HashMap<AccountId, Paybacks> = HashMap::new();
    for (account, refunded) in by_account(&refunded, read_refunded)? {
        found.entry(account).or_default().refunded = refunded;
    }
    for (account, disputes) in by_account(&disputes, read_dispute)? {
        found.entry(account).or_default().disputes = disputes;
    }
    Ok(found)
}

/// Stores what of a charge was refunded in place of what was known.
pub(crate) async fn put_refunded(
    conn: &mut SqliteConnection,
    account: &AccountId,
    mode: Mode,
    charge: &RefundedCharge,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO refunded_charges
         (charge_id, mode, account_id, payment_intent, amount_minor, refunded_minor, currency)
         VALUES (?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (charge_id, mode) DO UPDATE SET refunded_minor = excluded.refunded_minor",
    )
    .bind(charge.id.as_str())
    .bind(mode.as_str())
    .bind(account.as_str())
    .bind(charge.payment.as_ref().map(PaymentIntentId::as_str))
    .bind(charge.amount_minor)
    .bind(charge.refunded_minor)
    .bind(&charge.currency)
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes that nothing of a charge is refunded any more: the refund failed.
pub(crate) async fn drop_refunded(
    conn: &mut SqliteConnection,
    mode: Mode,
    charge: &ChargeId,
) -> Result<()> {
    sqlx::query("DELETE FROM refunded_charges WHERE charge_id = ? AND mode = ?")
        .bind(charge.as_str())
        .bind(mode.as_str())
        .execute(conn)
        .await?;
    Ok(())
}

/// Stores a dispute; a status nobody knows keeps the stage it had, and begins as an inquiry.
pub(crate) async fn put_dispute(
    conn: &mut SqliteConnection,
    account: &AccountId,
    mode: Mode,
    dispute: &FetchedDispute,
) -> Result<()> {
    let stage = Stage::of_status(&dispute.status);
    sqlx::query(
        "INSERT INTO disputes
         (dispute_id, mode, account_id, charge_id, payment_intent, stage, amount_minor, currency)
         VALUES (?1, ?2, ?3, ?4, ?5, coalesce(?6, 'inquiry'), ?7, ?8)
         ON CONFLICT (dispute_id, mode) DO UPDATE
         SET stage = coalesce(?6, stage), amount_minor = excluded.amount_minor",
    )
    .bind(dispute.id.as_str())
    .bind(mode.as_str())
    .bind(account.as_str())
    .bind(dispute.charge.as_str())
    .bind(dispute.payment.as_ref().map(PaymentIntentId::as_str))
    .bind(stage.map(Stage::as_str))
    .bind(dispute.amount_minor)
    .bind(&dispute.currency)
    .execute(conn)
    .await?;
    Ok(())
}

fn read_refunded(row: &SqliteRow) -> Result<RefundedCharge> {
    Ok(RefundedCharge {
        id: id(row, "charge_id")?,
        payment: id_opt(row, "payment_intent")?,
        amount_minor: row.try_get("amount_minor")?,
        refunded_minor: row.try_get("refunded_minor")?,
        currency: row.try_get("currency")?,
    })
}

fn read_dispute(row: &SqliteRow) -> Result<Dispute> {
    let stage = |text: &str| Stage::ALL.into_iter().find(|stage| stage.as_str() == text);
    Ok(Dispute {
        id: id(row, "dispute_id")?,
        charge: id(row, "charge_id")?,
        payment: id_opt(row, "payment_intent")?,
        stage: parsed(row, "stage", stage)?,
        amount_minor: row.try_get("amount_minor")?,
        currency: row.try_get("currency")?,
    })
}
