//! Accounts, their customers at Stripe, and the marks that ask for a sync.

use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};

use super::{Result, id, id_opt, time, time_opt};
use crate::domain::ids::{AccountId, CustomerId, Mode};
use crate::domain::timestamp::Timestamp;

/// Who pays, with the customer of the mode that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) id: AccountId,
    pub(crate) email: String,
    pub(crate) name: Option<String>,
    pub(crate) created_at: Timestamp,
    pub(crate) customer: Option<CustomerId>,
    pub(crate) synced_at: Option<Timestamp>,
    pub(crate) trial_used_at: Option<Timestamp>,
    /// Somebody can sign in to the built-in panel for it.
    pub(crate) has_user: bool,
}

/// Whether an upsert made something new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Put {
    Created,
    Updated,
}

/// Makes the account or changes its e-mail and name.
pub(crate) async fn put(
    conn: &mut SqliteConnection,
    account: &AccountId,
    email: &str,
    name: Option<&str>,
    now: Timestamp,
) -> Result<Put> {
    let inserted = sqlx::query(
        "INSERT INTO accounts (id, email, name, created_at) VALUES (?, ?, ?, ?)
         ON CONFLICT (id) DO NOTHING",
    )
    .bind(account.as_str())
    .bind(email)
    .bind(name)
    .bind(now.0)
    .execute(&mut *conn)
    .await?;
    if inserted.rows_affected() == 1 {
        return Ok(Put::Created);
    }
    sqlx::query("UPDATE accounts SET email = ?, name = coalesce(?, name) WHERE id = ?")
        .bind(email)
        .bind(name)
        .bind(account.as_str())
        .execute(conn)
        .await?;
    Ok(Put::Updated)
}

/// What an account is called from now on.
pub(crate) async fn rename(
    conn: &mut SqliteConnection,
    account: &AccountId,
    name: &str,
) -> Result<()> {
    sqlx::query("UPDATE accounts SET name = ? WHERE id = ?")
        .bind(name)
        .bind(account.as_str())
        .execute(conn)
        .await?;
    Ok(())
}

pub(crate) async fn get(
    conn: &mut SqliteConnection,
    account: &AccountId,
    mode: Mode,
) -> Result<Option<Account>> {
    let row = sqlx::query(
        "SELECT a.id, a.email, a.name, a.created_at, a.synced_at, a.trial_used_at, c.customer_id,
            EXISTS (SELECT 1 FROM members m WHERE m.account_id = a.id) AS has_user
         FROM accounts a LEFT JOIN customers c ON c.account_id = a.id AND c.mode = ?
         WHERE a.id = ?",
    )
    .bind(mode.as_str())
    .bind(account.as_str())
    .fetch_optional(conn)
    .await?;
    row.as_ref().map(read).transpose()
}

/// Accounts in order of their ids, from behind `after`.
pub(crate) async fn page(
    conn: &mut SqliteConnection,
    mode: Mode,
    after: Option<&str>,
    limit: u32,
) -> Result<Vec<Account>> {
    let rows = sqlx::query(
        "SELECT a.id, a.email, a.name, a.created_at, a.synced_at, a.trial_used_at, c.customer_id,
            EXISTS (SELECT 1 FROM members m WHERE m.account_id = a.id) AS has_user
         FROM accounts a LEFT JOIN customers c ON c.account_id = a.id AND c.mode = ?
         WHERE a.id > ? ORDER BY a.id LIMIT ?",
    )
    .bind(mode.as_str())
    .bind(after.unwrap_or(""))
    .bind(limit)
    .fetch_all(conn)
    .await?;
    rows.iter().map(read).collect()
}

/// Accounts whose id, e-mail, name or customer contains `query`, newest first.
pub(crate) async fn search(
    conn: &mut SqliteConnection,
    mode: Mode,
    query: &str,
    offset: u32,
    limit: u32,
) -> Result<Vec<Account>> {
    let rows = sqlx::query(
        "SELECT a.id, a.email, a.name, a.created_at, a.synced_at, a.trial_used_at, c.customer_id,
            EXISTS (SELECT 1 FROM members m WHERE m.account_id = a.id) AS has_user
         FROM accounts a LEFT JOIN customers c ON c.account_id = a.id AND c.mode = ?1
         WHERE ?2 = '' OR instr(lower(a.id), lower(?2)) OR instr(lower(a.email), lower(?2))
            OR instr(lower(coalesce(a.name, '')), lower(?2)) OR c.customer_id = ?2
         ORDER BY a.created_at DESC, a.id LIMIT ?3 OFFSET ?4",
    )
    .bind(mode.as_str())
    .bind(query)
    .bind(limit)
    .bind(offset)
    .fetch_all(conn)
    .await?;
    rows.iter().map(read).collect()
}

/// How many accounts [`search`] would find in all.
pub(crate) async fn search_count(
    conn: &mut SqliteConnection,
    mode: Mode,
    query: &str,
) -> Result<u32> {
    let row = sqlx::query(
        "SELECT count(*) AS found
         FROM accounts a LEFT JOIN customers c ON c.account_id = a.id AND c.mode = ?1
         WHERE ?2 = '' OR instr(lower(a.id), lower(?2)) OR instr(lower(a.email), lower(?2))
            OR instr(lower(coalesce(a.name, '')), lower(?2)) OR c.customer_id = ?2",
    )
    .bind(mode.as_str())
    .bind(query)
    .fetch_one(conn)
    .await?;
    super::count(&row, "found")
}

/// Which accounts a walk goes through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Among {
    All,
    /// Those of whom something was said that is about money: the others are simply free.
    Concerned,
}

/// What [`search`] finds, from behind `after`, so that a long walk misses and repeats nobody.
pub(crate) async fn walk(
    conn: &mut SqliteConnection,
    mode: Mode,
    query: &str,
    among: Among,
    after: Option<&Account>,
    limit: u32,
) -> Result<Vec<Account>> {
    let rows = sqlx::query(
        "SELECT a.id, a.email, a.name, a.created_at, a.synced_at, a.trial_used_at, c.customer_id,
            EXISTS (SELECT 1 FROM members m WHERE m.account_id = a.id) AS has_user
         FROM accounts a LEFT JOIN customers c ON c.account_id = a.id AND c.mode = ?1
         WHERE (?2 = '' OR instr(lower(a.id), lower(?2)) OR instr(lower(a.email), lower(?2))
                OR instr(lower(coalesce(a.name, '')), lower(?2)) OR c.customer_id = ?2)
           AND (?3 IS NULL OR a.created_at < ?3 OR (a.created_at = ?3 AND a.id > ?4))
           AND (?5 OR c.customer_id IS NOT NULL
                OR EXISTS (SELECT 1 FROM exemptions x WHERE x.account_id = a.id)
                OR EXISTS (SELECT 1 FROM subscriptions s
                           WHERE s.account_id = a.id AND s.mode = ?1)
                OR EXISTS (SELECT 1 FROM purchases p WHERE p.account_id = a.id AND p.mode = ?1)
                OR EXISTS (SELECT 1 FROM disputes d WHERE d.account_id = a.id AND d.mode = ?1))
         ORDER BY a.created_at DESC, a.id LIMIT ?6",
    )
    .bind(mode.as_str())
    .bind(query)
    .bind(after.map(|account| account.created_at.0))
    .bind(after.map(|account| account.id.as_str()))
    .bind(among == Among::All)
    .bind(limit)
    .fetch_all(conn)
    .await?;
    rows.iter().map(read).collect()
}

/// Stores the account's customer; `false` when the account or the customer already has another.
pub(crate) async fn link_customer(
    conn: &mut SqliteConnection,
    account: &AccountId,
    mode: Mode,
    customer: &CustomerId,
    now: Timestamp,
) -> Result<bool> {
    let linked = sqlx::query(
        "INSERT INTO customers (customer_id, mode, account_id, created_at) VALUES (?, ?, ?, ?)
         ON CONFLICT DO NOTHING",
    )
    .bind(customer.as_str())
    .bind(mode.as_str())
    .bind(account.as_str())
    .bind(now.0)
    .execute(conn)
    .await?;
    Ok(linked.rows_affected() == 1)
}

/// Forgets a customer that Stripe no longer has.
pub(crate) async fn unlink_customer(
    conn: &mut SqliteConnection,
    mode: Mode,
    customer: &CustomerId,
) -> Result<()> {
    sqlx::query("DELETE FROM customers WHERE customer_id = ? AND mode = ?")
        .bind(customer.as_str())
        .bind(mode.as_str())
        .execute(conn)
        .await?;
    Ok(())
}

pub(crate) async fn by_customer(
    conn: &mut SqliteConnection,
    mode: Mode,
    customer: &str,
) -> Result<Option<AccountId>> {
    let row = sqlx::query("SELECT account_id FROM customers WHERE customer_id = ? AND mode = ?")
        .bind(customer)
        .bind(mode.as_str())
        .fetch_optional(conn)
        .await?;
    row.as_ref().map(|row| id(row, "account_id")).transpose()
}

/// Accounts with a customer, in order of their ids, from behind `after`.
pub(crate) async fn with_customer(
    conn: &mut SqliteConnection,
    mode: Mode,
    after: &str,
    limit: u32,
) -> Result<Vec<AccountId>> {
    let rows = sqlx::query(
        "SELECT account_id FROM customers WHERE mode = ? AND account_id > ?
         ORDER BY account_id LIMIT ?",
    )
    .bind(mode.as_str())
    .bind(after)
    .bind(limit)
    .fetch_all(conn)
    .await?;
    rows.iter().map(|row| id(row, "account_id")).collect()
}

/// A sync's place in line, and what it will have covered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SyncTicket {
    pub(crate) number: i64,
    pub(crate) dirty: i64,
}

/// Begins a sync of `account`; `None` when there is no such account.
pub(crate) async fn begin_sync(
    conn: &mut SqliteConnection,
    account: &AccountId,
) -> Result<Option<SyncTicket>> {
    let row = sqlx::query(
        "UPDATE accounts SET sync_begun = sync_begun + 1 WHERE id = ? RETURNING sync_begun, dirty",
    )
    .bind(account.as_str())
    .fetch_optional(conn)
    .await?;
    row.map(|row| {
        Ok(SyncTicket { number: row.try_get("sync_begun")?, dirty: row.try_get("dirty")? })
    })
    .transpose()
}

/// Claims the right to store what sync `ticket` fetched; `false` when a later one already did.
pub(crate) async fn apply_sync(
    conn: &mut SqliteConnection,
    account: &AccountId,
    ticket: SyncTicket,
    now: Timestamp,
) -> Result<bool> {
    let applied = sqlx::query(
        "UPDATE accounts SET sync_applied = ?1, synced_at = ?2, dirty_covered = ?3
         WHERE id = ?4 AND sync_applied < ?1",
    )
    .bind(ticket.number)
    .bind(now.0)
    .bind(ticket.dirty)
    .bind(account.as_str())
    .execute(conn)
    .await?;
    Ok(applied.rows_affected() == 1)
}

/// How often the account was marked so far.
pub(crate) async fn dirty(conn: &mut SqliteConnection, account: &AccountId) -> Result<i64> {
    let row = sqlx::query("SELECT dirty FROM accounts WHERE id = ?")
        .bind(account.as_str())
        .fetch_optional(conn)
        .await?;
    Ok(row.map(|row| row.try_get("dirty")).transpose()?.unwrap_or_default())
}

/// How often the account had been marked when its newest sync began.
pub(crate) async fn dirty_covered(conn: &mut SqliteConnection, account: &AccountId) -> Result<i64> {
    let row = sqlx::query("SELECT dirty_covered FROM accounts WHERE id = ?")
        .bind(account.as_str())
        .fetch_optional(conn)
        .await?;
    Ok(row.map(|row| row.try_get("dirty_covered")).transpose()?.unwrap_or_default())
}

/// Remembers that the account had its trial; the first date stays.
pub(crate) async fn use_trial(
    conn: &mut SqliteConnection,
    account: &AccountId,
    at: Timestamp,
) -> Result<()> {
    sqlx::query("UPDATE accounts SET trial_used_at = coalesce(trial_used_at, ?) WHERE id = ?")
        .bind(at.0)
        .bind(account.as_str())
        .execute(conn)
        .await?;
    Ok(())
}

pub(super) fn read(row: &SqliteRow) -> Result<Account> {
    Ok(Account {
        id: id(row, "id")?,
        email: row.try_get("email")?,
        name: row.try_get("name")?,
        created_at: time(row, "created_at")?,
        customer: id_opt(row, "customer_id")?,
        synced_at: time_opt(row, "synced_at")?,
        trial_used_at: time_opt(row, "trial_used_at")?,
        has_user: row.try_get("has_user")?,
    })
}
