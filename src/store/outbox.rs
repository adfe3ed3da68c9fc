//! How an attempt to send what lies in an outbox ended: one way for hooks and for letters.

use sqlx::{AssertSqlSafe, SqliteConnection};

use super::Result;
use crate::domain::timestamp::Timestamp;

/// Where things lie that are to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outbox {
    Hooks,
    Mail,
}

impl Outbox {
    fn table(self) -> &'static str {
        match self {
            Self::Hooks => "hooks_outbox",
            Self::Mail => "mail_outbox",
        }
    }

    /// It was taken.
    pub(crate) async fn done(self, conn: &mut SqliteConnection, seq: i64) -> Result<()> {
        let table = self.table();
        let done = format!("UPDATE {table} SET status = 'done', last_error = NULL WHERE seq = ?");
        sqlx::query(AssertSqlSafe(done)).bind(seq).execute(conn).await?;
        Ok(())
    }

    /// Says why an attempt failed, and when the next is due; without one it is dead.
    pub(crate) async fn failed(
        self,
        conn: &mut SqliteConnection,
        seq: i64,
        error: &str,
        next_attempt_at: Option<Timestamp>,
    ) -> Result<()> {
        let failed = format!(
            "UPDATE {}
             SET last_error = ?1, status = iif(?2 IS NULL, 'dead', status),
                 next_attempt_at = coalesce(?2, next_attempt_at)
             WHERE seq = ?3",
            self.table()
        );
        sqlx::query(AssertSqlSafe(failed))
            .bind(error)
            .bind(next_attempt_at.map(|at| at.0))
            .bind(seq)
            .execute(conn)
            .await?;
        Ok(())
    }
}
