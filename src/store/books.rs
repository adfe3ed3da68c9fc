//! All that is stored of one account and counts for what it may.

use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};

use super::accounts::Account;
use super::checkouts::Checkout;
use super::{
    Question, Result, accounts, checkouts, count, exemptions, parsed, paybacks, purchases,
    subscriptions, suspensions,
};
use crate::domain::entitlement::Exemption;
use crate::domain::ids::{AccountId, Mode};
use crate::domain::payback::{Bought, Paybacks};
use crate::domain::subscription::Subscription;
use crate::domain::suspension::Mark;
use crate::domain::timestamp::Timestamp;

/// What the rules judge an account by.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Books {
    pub(crate) exemption: Option<Exemption>,
    pub(crate) subscriptions: Vec<Subscription>,
    pub(crate) bought: Vec<Bought>,
    pub(crate) paybacks: Paybacks,
    pub(crate) used: u32,
    pub(crate) mark: Option<Mark>,
}

/// An account with its books and its newest checkout, whatever the time is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Kept {
    account: Account,
    /// Of its servers, those that stand.
    books: Books,
    /// Until when each of its reservations counts.
    reserved: Vec<Timestamp>,
    checkout: Option<Checkout>,
}

impl Kept {
    /// As it counts at `now`.
    pub(crate) fn at(self, now: Timestamp) -> (Account, Books, Option<Checkout>) {
        let Self { account, mut books, reserved, checkout } = self;
        let reserved = reserved.into_iter().filter(|until| *until > now).count();
        books.used = books.used.saturating_add(u32::try_from(reserved).unwrap_or(u32::MAX));
        (account, books, checkout)
    }
}

/// Asks for an account with its books; `None` when there is no such account.
#[derive(Debug)]
pub(crate) struct OfAccount {
    pub(crate) account: AccountId,
    pub(crate) mode: Mode,
}

impl Question for OfAccount {
    type Answer = Option<Kept>;

    fn key(&self) -> Vec<u8> {
        [self.mode.as_str(), self.account.as_str()].join(" ").into_bytes()
    }

    async fn ask(&self, conn: &mut SqliteConnection) -> Result<Option<Kept>> {
        of_account(conn, &self.account, self.mode).await
    }
}

/// Reads an account with its books; `None` when there is no such account.
///
/// One statement reads what is one row and says which lists hold anything; only those are read.
/// Most accounts have none, and each statement is a way to the driver's thread and back.
pub(crate) async fn of_account(
    conn: &mut SqliteConnection,
    account: &AccountId,
    mode: Mode,
) -> Result<Option<Kept>> {
    let row = sqlx::query(
        "SELECT a.id, a.email, a.name, a.created_at, a.synced_at, a.trial_used_at, c.customer_id,
            EXISTS (SELECT 1 FROM members m WHERE m.account_id = a.id) AS has_user,
            e.id AS exemption_id, e.reason, e.until_at,
            o.judged_at, o.runs, o.over_since,
            (SELECT count(*) FROM servers s WHERE s.account_id = a.id
                AND s.reserved_until IS NULL) AS used,
            (SELECT json_group_array(s.reserved_until) FROM servers s WHERE s.account_id = a.id
                AND s.reserved_until IS NOT NULL) AS reserved,
            EXISTS (SELECT 1 FROM subscriptions s WHERE s.account_id = a.id AND s.mode = ?2)
                AS subscriptions,
            EXISTS (SELECT 1 FROM purchases p WHERE p.account_id = a.id AND p.mode = ?2)
                AS purchases,
            EXISTS (SELECT 1 FROM refunded_charges r WHERE r.account_id = a.id AND r.mode = ?2)
                OR EXISTS (SELECT 1 FROM disputes d WHERE d.account_id = a.id AND d.mode = ?2)
                AS paybacks,
            EXISTS (SELECT 1 FROM checkouts k WHERE k.account_id = a.id AND k.mode = ?2)
                AS checkouts
         FROM accounts a
            LEFT JOIN customers c ON c.account_id = a.id AND c.mode = ?2
            LEFT JOIN exemptions e ON e.account_id = a.id AND e.revoked_at IS NULL
            LEFT JOIN over_quota o ON o.account_id = a.id
         WHERE a.id = ?1",
    )
    .bind(account.as_str())
    .bind(mode.as_str())
    .fetch_optional(&mut *conn)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let any = |list| Ok::<bool, super::StoreFailed>(row.try_get(list)?);
    let is_there =
        |part| Ok::<bool, super::StoreFailed>(row.try_get::<Option<i64>, _>(part)?.is_some());
    let mut books = Books { used: count(&row, "used")?, ..Books::default() };
    if is_there("exemption_id")? {
        books.exemption = Some(exemptions::exemption(&row)?);
    }
    if is_there("judged_at")? {
        books.mark = Some(suspensions::read_mark(&row)?);
    }
    if any("subscriptions")? {
        books.subscriptions = subscriptions::of_account(conn, account, mode).await?;
    }
    if any("purchases")? {
        books.bought = purchases::of_account(conn, account, mode).await?;
    }
    if any("paybacks")? {
        books.paybacks = paybacks::of_account(conn, account, mode).await?;
    }
    let mut checkout = None;
    if any("checkouts")? {
        checkout = checkouts::latest(conn, account, mode).await?;
    }
    Ok(Some(Kept { account: accounts::read(&row)?, books, reserved: reserved(&row)?, checkout }))
}

fn reserved(row: &SqliteRow) -> Result<Vec<Timestamp>> {
    parsed(row, "reserved", |list| serde_json::from_str::<Vec<i64>>(list).ok())
        .map(|list| list.into_iter().map(Timestamp).collect())
}
