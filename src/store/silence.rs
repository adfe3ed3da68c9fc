//! Whether Stripe's deliveries arrive.

use sqlx::{Row as _, SqliteConnection};

use super::{Result, time_opt};
use crate::domain::ids::Mode;
use crate::domain::timestamp::Timestamp;

/// What is known of the deliveries of a mode.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Hearing {
    /// Since when Stripe has had news that no delivery announced.
    pub(crate) suspected_at: Option<Timestamp>,
    /// When the operator was told.
    pub(crate) raised_at: Option<Timestamp>,
    /// A delivery that arrived; not every one is noted.
    pub(crate) heard_at: Option<Timestamp>,
}

pub(crate) async fn get(conn: &mut SqliteConnection, mode: Mode) -> Result<Hearing> {
    let row = sqlx::query("SELECT * FROM webhook_silence WHERE mode = ?")
        .bind(mode.as_str())
        .fetch_optional(conn)
        .await?;
    let Some(row) = row else { return Ok(Hearing::default()) };
    Ok(Hearing {
        suspected_at: time_opt(&row, "suspected_at")?,
        raised_at: time_opt(&row, "raised_at")?,
        heard_at: time_opt(&row, "heard_at")?,
    })
}

/// Notes that Stripe had news nobody announced; the first date stays.
pub(crate) async fn suspect(conn: &mut SqliteConnection, mode: Mode, now: Timestamp) -> Result<()> {
    sqlx::query(
        "INSERT INTO webhook_silence (mode, suspected_at) VALUES (?, ?)
         ON CONFLICT (mode)
         DO UPDATE SET suspected_at = coalesce(suspected_at, excluded.suspected_at)",
    )
    .bind(mode.as_str())
    .bind(now.0)
    .execute(conn)
    .await?;
    Ok(())
}

/// Claims to tell the operator of what was suspected by `suspected_by`; gives that date, once.
pub(crate) async fn raise(
    conn: &mut SqliteConnection,
    mode: Mode,
    suspected_by: Timestamp,
    now: Timestamp,
) -> Result<Option<Timestamp>> {
    let row = sqlx::query(
        "UPDATE webhook_silence SET raised_at = ?
         WHERE mode = ? AND raised_at IS NULL AND suspected_at <= ? RETURNING suspected_at",
    )
    .bind(now.0)
    .bind(mode.as_str())
    .bind(suspected_by.0)
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| row.try_get("suspected_at")).transpose()?.map(Timestamp))
}

/// Notes that a delivery arrived, which ends every suspicion.
pub(crate) async fn hear(conn: &mut SqliteConnection, mode: Mode, now: Timestamp) -> Result<()> {
    sqlx::query(
        "INSERT INTO webhook_silence (mode, heard_at) VALUES (?, ?)
         ON CONFLICT (mode)
         DO UPDATE SET suspected_at = NULL, raised_at = NULL, heard_at = excluded.heard_at",
    )
    .bind(mode.as_str())
    .bind(now.0)
    .execute(conn)
    .await?;
    Ok(())
}
