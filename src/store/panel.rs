//! The built-in panel's own tables: users, their sessions, and the servers it runs.

use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};

use super::members::{self, Part};
use super::{Question, Result, count, id, parsed, time, time_opt};
use crate::domain::ids::{AccountId, ServerId};
use crate::domain::timestamp::Timestamp;

/// What a user may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    User,
    Admin,
}

impl Role {
    fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Admin => "admin",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::User, Self::Admin].into_iter().find(|role| role.as_str() == text)
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct User {
    pub(crate) id: String,
    pub(crate) email: String,
    pub(crate) name: String,
    pub(crate) password_hash: String,
    pub(crate) role: Role,
    /// The account they have of their own.
    pub(crate) account: AccountId,
    pub(crate) created_at: Timestamp,
}

/// Makes a user, who owns their account; `false` when the e-mail is taken.
pub(crate) async fn put_user(conn: &mut SqliteConnection, user: &User) -> Result<bool> {
    let made = sqlx::query(
        "INSERT INTO users (id, email, name, password_hash, role, account_id, created_at)
         VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (email) DO NOTHING",
    )
    .bind(&user.id)
    .bind(&user.email)
    .bind(&user.name)
    .bind(&user.password_hash)
    .bind(user.role.as_str())
    .bind(user.account.as_str())
    .bind(user.created_at.0)
    .execute(&mut *conn)
    .await?;
    if made.rows_affected() == 0 {
        return Ok(false);
    }
    members::add(conn, &user.account, &user.id, Part::Owner, user.created_at).await
}

pub(crate) async fn user_by_email(
    conn: &mut SqliteConnection,
    email: &str,
) -> Result<Option<User>> {
    let row =
        sqlx::query("SELECT * FROM users WHERE email = ?").bind(email).fetch_optional(conn).await?;
    row.as_ref().map(read_user).transpose()
}

/// What a user is called from now on.
pub(crate) async fn rename(conn: &mut SqliteConnection, user: &str, name: &str) -> Result<()> {
    sqlx::query("UPDATE users SET name = ? WHERE id = ?")
        .bind(name)
        .bind(user)
        .execute(conn)
        .await?;
    Ok(())
}

/// Gives a user another e-mail; `false` when somebody else has it.
pub(crate) async fn set_email(
    conn: &mut SqliteConnection,
    user: &str,
    email: &str,
) -> Result<bool> {
    let changed = sqlx::query("UPDATE OR IGNORE users SET email = ? WHERE id = ?")
        .bind(email)
        .bind(user)
        .execute(conn)
        .await?;
    Ok(changed.rows_affected() == 1)
}

/// Gives a user another password; `false` when `old_hash` is no longer the one they have.
pub(crate) async fn set_password(
    conn: &mut SqliteConnection,
    user: &str,
    old_hash: &str,
    new_hash: &str,
) -> Result<bool> {
    let changed =
        sqlx::query("UPDATE users SET password_hash = ? WHERE id = ? AND password_hash = ?")
            .bind(new_hash)
            .bind(user)
            .bind(old_hash)
            .execute(conn)
            .await?;
    Ok(changed.rows_affected() == 1)
}

/// Makes a user an admin with a new password; the CLI's way back in.
pub(crate) async fn promote(
    conn: &mut SqliteConnection,
    user: &str,
    password_hash: &str,
) -> Result<()> {
    sqlx::query("UPDATE users SET role = 'admin', password_hash = ? WHERE id = ?")
        .bind(password_hash)
        .bind(user)
        .execute(&mut *conn)
        .await?;
    sqlx::query("DELETE FROM sessions WHERE user_id = ?").bind(user).execute(conn).await?;
    Ok(())
}

/// A session as its user sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Session {
    pub(crate) hash: Vec<u8>,
    /// Such as `Firefox on Windows`; unknown for programs and for old sessions.
    pub(crate) device: Option<String>,
    pub(crate) created_at: Timestamp,
    pub(crate) seen_at: Timestamp,
    pub(crate) expires_at: Timestamp,
}

/// Begins a session of a user; `false` when `password_hash` is no longer the one they have.
pub(crate) async fn put_session(
    conn: &mut SqliteConnection,
    user: &str,
    password_hash: &str,
    session: &Session,
) -> Result<bool> {
    sqlx::query("DELETE FROM sessions WHERE expires_at <= ?")
        .bind(session.created_at.0)
        .execute(&mut *conn)
        .await?;
    let begun = sqlx::query(
        "INSERT INTO sessions (hash, user_id, device, created_at, seen_at, expires_at)
         SELECT ?, id, ?, ?, ?, ? FROM users WHERE id = ? AND password_hash = ?",
    )
    .bind(session.hash.as_slice())
    .bind(session.device.as_deref())
    .bind(session.created_at.0)
    .bind(session.seen_at.0)
    .bind(session.expires_at.0)
    .bind(user)
    .bind(password_hash)
    .execute(conn)
    .await?;
    Ok(begun.rows_affected() == 1)
}

/// The user's sessions that last at `now`, the one seen last first.
pub(crate) async fn sessions(
    conn: &mut SqliteConnection,
    user: &str,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<Session>> {
    let rows = sqlx::query(
        "SELECT hash, device, created_at, coalesce(seen_at, created_at) AS seen_at, expires_at
         FROM sessions WHERE user_id = ? AND expires_at > ? ORDER BY 4 DESC, hash LIMIT ?",
    )
    .bind(user)
    .bind(now.0)
    .bind(limit)
    .fetch_all(conn)
    .await?;
    rows.iter().map(read_session).collect()
}

pub(crate) async fn see_session(
    conn: &mut SqliteConnection,
    hash: &[u8],
    now: Timestamp,
) -> Result<()> {
    sqlx::query("UPDATE sessions SET seen_at = ? WHERE hash = ?")
        .bind(now.0)
        .bind(hash)
        .execute(conn)
        .await?;
    Ok(())
}

pub(crate) async fn revoke_session(conn: &mut SqliteConnection, hash: &[u8]) -> Result<()> {
    sqlx::query("DELETE FROM sessions WHERE hash = ?").bind(hash).execute(conn).await?;
    Ok(())
}

/// Ends one of the user's own sessions; another's stays.
pub(crate) async fn revoke_own_session(
    conn: &mut SqliteConnection,
    user: &str,
    hash: &[u8],
) -> Result<()> {
    sqlx::query("DELETE FROM sessions WHERE user_id = ? AND hash = ?")
        .bind(user)
        .bind(hash)
        .execute(conn)
        .await?;
    Ok(())
}

/// Ends every session of the user but `kept`.
pub(crate) async fn revoke_other_sessions(
    conn: &mut SqliteConnection,
    user: &str,
    kept: &[u8],
) -> Result<()> {
    sqlx::query("DELETE FROM sessions WHERE user_id = ? AND hash <> ?")
        .bind(user)
        .bind(kept)
        .execute(conn)
        .await?;
    Ok(())
}

/// A server of the built-in panel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PanelServer {
    pub(crate) id: ServerId,
    pub(crate) account: AccountId,
    pub(crate) name: String,
    pub(crate) game: String,
    pub(crate) created_at: Timestamp,
    pub(crate) suspended_at: Option<Timestamp>,
    /// The user who made it.
    pub(crate) created_by: Option<String>,
}

/// Makes a server; one that is there already stays as it is.
pub(crate) async fn put_server(conn: &mut SqliteConnection, server: &PanelServer) -> Result<()> {
    sqlx::query(
        "INSERT INTO panel_servers (id, account_id, name, game, created_at, created_by)
         VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
    )
    .bind(server.id.as_str())
    .bind(server.account.as_str())
    .bind(&server.name)
    .bind(&server.game)
    .bind(server.created_at.0)
    .bind(server.created_by.as_deref())
    .execute(conn)
    .await?;
    Ok(())
}

/// The account's servers from behind the first `offset`, oldest first.
pub(crate) async fn servers(
    conn: &mut SqliteConnection,
    account: &AccountId,
    offset: u32,
    limit: u32,
) -> Result<Vec<PanelServer>> {
    let rows = sqlx::query(
        "SELECT * FROM panel_servers WHERE account_id = ? ORDER BY created_at, id LIMIT ? OFFSET ?",
    )
    .bind(account.as_str())
    .bind(limit)
    .bind(offset)
    .fetch_all(conn)
    .await?;
    rows.iter().map(read_server).collect()
}

/// Asks for the same with how many there are in all, which is unknown behind the last of them.
pub(crate) struct SomeServers {
    pub(crate) account: AccountId,
    pub(crate) offset: u32,
    pub(crate) limit: u32,
}

impl Question for SomeServers {
    type Answer = (Vec<PanelServer>, Option<u32>);

    fn key(&self) -> Vec<u8> {
        format!("{} {} {}", self.offset, self.limit, self.account).into_bytes()
    }

    async fn ask(&self, conn: &mut SqliteConnection) -> Result<Self::Answer> {
        let rows = sqlx::query(
            "SELECT *, count(*) OVER () AS in_all FROM panel_servers WHERE account_id = ?
             ORDER BY created_at, id LIMIT ? OFFSET ?",
        )
        .bind(self.account.as_str())
        .bind(self.limit)
        .bind(self.offset)
        .fetch_all(conn)
        .await?;
        let in_all = rows.first().map(|row| count(row, "in_all")).transpose()?;
        Ok((rows.iter().map(read_server).collect::<Result<_>>()?, in_all))
    }
}

/// The account's server of this id in the built-in panel.
pub(crate) async fn server(
    conn: &mut SqliteConnection,
    account: &AccountId,
    server: &ServerId,
) -> Result<Option<PanelServer>> {
    let row = sqlx::query("SELECT * FROM panel_servers WHERE account_id = ? AND id = ?")
        .bind(account.as_str())
        .bind(server.as_str())
        .fetch_optional(conn)
        .await?;
    row.as_ref().map(read_server).transpose()
}

/// Suspends a server of the account, or lets it run with `None`; the first date stays.
pub(crate) async fn suspend_server(
    conn: &mut SqliteConnection,
    account: &AccountId,
    server: &ServerId,
    suspended_at: Option<Timestamp>,
) -> Result<()> {
    sqlx::query(
        "UPDATE panel_servers
         SET suspended_at = CASE WHEN ?1 IS NOT NULL THEN coalesce(suspended_at, ?1) END
         WHERE account_id = ?2 AND id = ?3",
    )
    .bind(suspended_at.map(|at| at.0))
    .bind(account.as_str())
    .bind(server.as_str())
    .execute(conn)
    .await?;
    Ok(())
}

/// Deletes a server of the account; `false` when it has none of this id.
pub(crate) async fn delete_server(
    conn: &mut SqliteConnection,
    account: &AccountId,
    server: &ServerId,
) -> Result<bool> {
    let deleted = sqlx::query("DELETE FROM panel_servers WHERE account_id = ? AND id = ?")
        .bind(account.as_str())
        .bind(server.as_str())
        .execute(conn)
        .await?;
    Ok(deleted.rows_affected() == 1)
}

pub(super) fn read_user(row: &SqliteRow) -> Result<User> {
    Ok(User {
        id: row.try_get("id")?,
        email: row.try_get("email")?,
        name: row.try_get("name")?,
        password_hash: row.try_get("password_hash")?,
        role: parsed(row, "role", Role::parse)?,
        account: id(row, "account_id")?,
        created_at: time(row, "created_at")?,
    })
}

fn read_session(row: &SqliteRow) -> Result<Session> {
    Ok(Session {
        hash: row.try_get("hash")?,
        device: row.try_get("device")?,
        created_at: time(row, "created_at")?,
        seen_at: time(row, "seen_at")?,
        expires_at: time(row, "expires_at")?,
    })
}

fn read_server(row: &SqliteRow) -> Result<PanelServer> {
    Ok(PanelServer {
        id: id(row, "id")?,
        account: id(row, "account_id")?,
        name: row.try_get("name")?,
        game: row.try_get("game")?,
        created_at: time(row, "created_at")?,
        suspended_at: time_opt(row, "suspended_at")?,
        created_by: row.try_get("created_by")?,
    })
}
