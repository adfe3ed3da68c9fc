//! Who shares an account of the built-in panel, and as what.

use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};

use super::panel::{self, User};
use super::{Question, Result, count, id, parsed, time};
use crate::domain::ids::AccountId;
use crate::domain::timestamp::Timestamp;

/// What somebody may do for an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Owner,
    Member,
}

impl Part {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Member => "member",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        [Self::Owner, Self::Member].into_iter().find(|part| part.as_str() == text)
    }
}

/// Somebody of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Member {
    pub(crate) user: String,
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) part: Part,
    pub(crate) joined_at: Timestamp,
}

/// An account that somebody belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seat {
    pub(crate) account: AccountId,
    /// What the account is called; unknown until its owner was there.
    pub(crate) name: Option<String>,
    pub(crate) part: Part,
}

impl Seat {
    /// What to call the account: its id where nothing better is known.
    pub(crate) fn called(&self) -> String {
        self.name.clone().unwrap_or_else(|| self.account.to_string())
    }
}

/// Adds a user to an account; `false` when they belong to it already, and are what they were.
pub(crate) async fn add(
    conn: &mut SqliteConnection,
    account: &AccountId,
    user: &str,
    part: Part,
    now: Timestamp,
) -> Result<bool> {
    let added = sqlx::query(
        "INSERT INTO members (account_id, user_id, role, joined_at) VALUES (?, ?, ?, ?)
         ON CONFLICT (account_id, user_id) DO NOTHING",
    )
    .bind(account.as_str())
    .bind(user)
    .bind(part.as_str())
    .bind(now.0)
    .execute(conn)
    .await?;
    Ok(added.rows_affected() == 1)
}

/// What a user is in an account; `None` when they do not belong to it.
pub(crate) async fn part(
    conn: &mut SqliteConnection,
    account: &AccountId,
    user: &str,
) -> Result<Option<Part>> {
    let row = sqlx::query("SELECT role FROM members WHERE account_id = ? AND user_id = ?")
        .bind(account.as_str())
        .bind(user)
        .fetch_optional(conn)
        .await?;
    row.as_ref().map(|row| parsed(row, "role", Part::parse)).transpose()
}

/// Everybody of an account, owners first, then by how long they belong to it.
pub(crate) async fn of_account(
    conn: &mut SqliteConnection,
    account: &AccountId,
) -> Result<Vec<Member>> {
    let rows = sqlx::query(
        "SELECT u.id, u.name, u.email, m.role, m.joined_at
         FROM members m JOIN users u ON u.id = m.user_id
         WHERE m.account_id = ? ORDER BY m.role DESC, m.joined_at, u.id",
    )
    .bind(account.as_str())
    .fetch_all(conn)
    .await?;
    rows.iter().map(read_member).collect()
}

pub(crate) async fn number(conn: &mut SqliteConnection, account: &AccountId) -> Result<u32> {
    let row = sqlx::query("SELECT count(*) AS members FROM members WHERE account_id = ?")
        .bind(account.as_str())
        .fetch_one(conn)
        .await?;
    count(&row, "members")
}

/// The accounts a user belongs to, their own first.
pub(crate) async fn seats(conn: &mut SqliteConnection, user: &str) -> Result<Vec<Seat>> {
    let rows = sqlx::query(
        "SELECT m.account_id, coalesce(a.name, a.email) AS account_name, m.role AS part
         FROM members m JOIN users u ON u.id = m.user_id
         LEFT JOIN accounts a ON a.id = m.account_id
         WHERE m.user_id = ?
         ORDER BY m.account_id <> u.account_id, m.joined_at, m.account_id",
    )
    .bind(user)
    .fetch_all(conn)
    .await?;
    rows.iter().map(read_seat).collect()
}

/// The account a user has of their own, while they are an owner of it.
pub(crate) async fn own_account(
    conn: &mut SqliteConnection,
    user: &str,
) -> Result<Option<AccountId>> {
    let row = sqlx::query(
        "SELECT u.account_id
         FROM users u JOIN members m ON m.user_id = u.id AND m.account_id = u.account_id
         WHERE u.id = ? AND m.role = 'owner'",
    )
    .bind(user)
    .fetch_optional(conn)
    .await?;
    row.as_ref().map(|row| id(row, "account_id")).transpose()
}

/// Makes a member an owner, or an owner a member; `false` when they were that already, do not
/// belong to the account, or are its last owner.
pub(crate) async fn set_part(
    conn: &mut SqliteConnection,
    account: &AccountId,
    user: &str,
    part: Part,
) -> Result<bool> {
    let changed = sqlx::query(
        "UPDATE members SET role = ?1
         WHERE account_id = ?2 AND user_id = ?3 AND role <> ?1
           AND (?1 = 'owner' OR EXISTS (
               SELECT 1 FROM members o
               WHERE o.account_id = ?2 AND o.user_id <> ?3 AND o.role = 'owner'))",
    )
    .bind(part.as_str())
    .bind(account.as_str())
    .bind(user)
    .execute(conn)
    .await?;
    Ok(changed.rows_affected() == 1)
}

/// Takes somebody out of an account; `false` when they do not belong to it or are its last owner.
///
/// Their sessions act for it no more.
pub(crate) async fn remove(
    conn: &mut SqliteConnection,
    account: &AccountId,
    user: &str,
) -> Result<bool> {
    let removed = sqlx::query(
        "DELETE FROM members
         WHERE account_id = ?1 AND user_id = ?2
           AND (role = 'member' OR EXISTS (
               SELECT 1 FROM members o
               WHERE o.account_id = ?1 AND o.user_id <> ?2 AND o.role = 'owner'))",
    )
    .bind(account.as_str())
    .bind(user)
    .execute(&mut *conn)
    .await?;
    sqlx::query("UPDATE sessions SET account_id = NULL WHERE user_id = ? AND account_id = ?")
        .bind(user)
        .bind(account.as_str())
        .execute(conn)
        .await?;
    Ok(removed.rows_affected() == 1)
}

/// Gives a user whose own account is `left` another one of their own; `false` for others, who keep theirs.
pub(crate) async fn move_out(
    conn: &mut SqliteConnection,
    user: &str,
    left: &AccountId,
    fresh: &AccountId,
    now: Timestamp,
) -> Result<bool> {
    let moved = sqlx::query("UPDATE users SET account_id = ? WHERE id = ? AND account_id = ?")
        .bind(fresh.as_str())
        .bind(user)
        .bind(left.as_str())
        .execute(&mut *conn)
        .await?;
    let is_moved = moved.rows_affected() == 1;
    if is_moved {
        add(conn, fresh, user, Part::Owner, now).await?;
    }
    Ok(is_moved)
}

/// Lets a session act for an account its user belongs to; `false` when they do not.
pub(crate) async fn act_for(
    conn: &mut SqliteConnection,
    session: &[u8],
    account: &AccountId,
) -> Result<bool> {
    let acts = sqlx::query(
        "UPDATE sessions SET account_id = ?1
         WHERE hash = ?2 AND EXISTS (
             SELECT 1 FROM members m
             WHERE m.user_id = sessions.user_id AND m.account_id = ?1)",
    )
    .bind(account.as_str())
    .bind(session)
    .execute(conn)
    .await?;
    Ok(acts.rows_affected() == 1)
}

/// Somebody with a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Present {
    pub(crate) user: User,
    /// The account they act for.
    pub(crate) seat: Seat,
    pub(crate) seen_at: Timestamp,
    pub(crate) expires_at: Timestamp,
}

impl Present {
    pub(crate) fn lasts(&self, now: Timestamp) -> bool {
        self.expires_at > now
    }
}

/// Whose session this is, whether it lasts or is over.
///
/// It acts for the account that was chosen as long as the user belongs to that, else for their own.
pub(crate) async fn present(conn: &mut SqliteConnection, hash: &[u8]) -> Result<Option<Present>> {
    let row = sqlx::query(
        "SELECT u.id, u.email, u.name, u.password_hash, u.role, u.account_id AS own_account,
                u.created_at, coalesce(s.seen_at, s.created_at) AS seen_at, s.expires_at,
                m.account_id, m.role AS part, coalesce(a.name, a.email) AS account_name
         FROM sessions s
         JOIN users u ON u.id = s.user_id
         LEFT JOIN members c ON c.account_id = s.account_id AND c.user_id = u.id
         JOIN members m ON m.account_id = coalesce(c.account_id, u.account_id)
              AND m.user_id = u.id
         LEFT JOIN accounts a ON a.id = m.account_id
         WHERE s.hash = ?",
    )
    .bind(hash)
    .fetch_optional(conn)
    .await?;
    row.map(|row| {
        Ok(Present {
            user: User { account: id(&row, "own_account")?, ..panel::read_user(&row)? },
            seat: read_seat(&row)?,
            seen_at: time(&row, "seen_at")?,
            expires_at: time(&row, "expires_at")?,
        })
    })
    .transpose()
}

/// Asks whose session has this hash: [`present`].
pub(crate) struct OfSession(pub(crate) [u8; 32]);

impl Question for OfSession {
    type Answer = Option<Present>;

    fn key(&self) -> Vec<u8> {
        self.0.to_vec()
    }

    async fn ask(&self, conn: &mut SqliteConnection) -> Result<Option<Present>> {
        present(conn, &self.0).await
    }
}

/// The columns `account_id`, `account_name` and `part` of a row.
fn read_seat(row: &SqliteRow) -> Result<Seat> {
    Ok(Seat {
        account: id(row, "account_id")?,
        name: row.try_get("account_name")?,
        part: parsed(row, "part", Part::parse)?,
    })
}

fn read_member(row: &SqliteRow) -> Result<Member> {
    Ok(Member {
        user: row.try_get("id")?,
        name: row.try_get("name")?,
        email: row.try_get("email")?,
        part: parsed(row, "role", Part::parse)?,
        joined_at: time(row, "joined_at")?,
    })
}
