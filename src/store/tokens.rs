//! API tokens; the secrets themselves are never stored.

use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};

use super::{Question, Result, parsed, time, time_opt};
use crate::domain::timestamp::Timestamp;

/// What an API token may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// All but exemption, events and sync.
    Panel,
    /// Everything.
    Admin,
}

impl Scope {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Panel => "panel",
            Self::Admin => "admin",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        [Self::Panel, Self::Admin].into_iter().find(|scope| scope.as_str() == text)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub(crate) struct Token {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) scope: Scope,
    pub(crate) created_at: Timestamp,
    pub(crate) last_used_at: Option<Timestamp>,
}

pub(crate) async fn put(conn: &mut SqliteConnection, token: &Token, hash: &[u8]) -> Result<()> {
    sqlx::query(
        "INSERT INTO api_tokens (id, name, scope, hash, created_at) VALUES (?, ?, ?, ?, ?)",
    )
    .bind(&token.id)
    .bind(&token.name)
    .bind(token.scope.as_str())
    .bind(hash)
    .bind(token.created_at.0)
    .execute(conn)
    .await?;
    Ok(())
}

/// Asks for the token with this hash: [`by_hash`].
pub(crate) struct OfHash(pub(crate) [u8; 32]);

impl Question for OfHash {
    type Answer = Option<Token>;

    fn key(&self) -> Vec<u8> {
        self.0.to_vec()
    }

    async fn ask(&self, conn: &mut SqliteConnection) -> Result<Option<Token>> {
        by_hash(conn, &self.0).await
    }
}

/// The token that is not revoked and has this hash.
pub(crate) async fn by_hash(conn: &mut SqliteConnection, hash: &[u8]) -> Result<Option<Token>> {
    let row = sqlx::query("SELECT * FROM api_tokens WHERE hash = ? AND revoked_at IS NULL")
        .bind(hash)
        .fetch_optional(conn)
        .await?;
    row.as_ref().map(read).transpose()
}

/// Tokens that are not revoked, oldest first.
pub(crate) async fn list(conn: &mut SqliteConnection) -> Result<Vec<Token>> {
    let rows =
        sqlx::query("SELECT * FROM api_tokens WHERE revoked_at IS NULL ORDER BY created_at, id")
            .fetch_all(conn)
            .await?;
    rows.iter().map(read).collect()
}

pub(crate) async fn touch(conn: &mut SqliteConnection, token: &str, now: Timestamp) -> Result<()> {
    sqlx::query("UPDATE api_tokens SET last_used_at = ? WHERE id = ?")
        .bind(now.0)
        .bind(token)
        .execute(conn)
        .await?;
    Ok(())
}

/// Ends a token; `false` when there is none that works.
pub(crate) async fn revoke(
    conn: &mut SqliteConnection,
    token: &str,
    now: Timestamp,
) -> Result<bool> {
    let revoked =
        sqlx::query("UPDATE api_tokens SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL")
            .bind(now.0)
            .bind(token)
            .execute(conn)
            .await?;
    Ok(revoked.rows_affected() == 1)
}

fn read(row: &SqliteRow) -> Result<Token> {
    Ok(Token {
        id: row.try_get("id")?,
        name: row.try_get("name")?,
        scope: parsed(row, "scope", Scope::parse)?,
        created_at: time(row, "created_at")?,
        last_used_at: time_opt(row, "last_used_at")?,
    })
}
