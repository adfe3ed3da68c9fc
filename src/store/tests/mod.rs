//! Every statement on a fresh database.

mod accounts;
mod alarms;
mod audit;
mod catalogue;
mod changes;
mod checkouts;
mod constraints;
mod episodes;
mod exemptions;
mod file;
mod hooks;
mod inbox;
mod leases;
mod links;
mod mail;
mod many;
mod members;
mod panel;
mod paybacks;
mod provisions;
mod purchases;
mod recall;
mod servers;
mod silence;
mod subscriptions;
mod suspensions;
mod together;
mod tokens;

use sqlx::{Sqlite, SqliteConnection, Transaction};
use tempfile::TempDir;

use super::books::Books;
use super::testing::fresh;
use super::{Result, Store, accounts as table};
use crate::domain::ids::{AccountId, Mode};
use crate::domain::testing::{account, at};
use crate::domain::timestamp::Timestamp;

/// What the rules judge the account by.
async fn books(conn: &mut SqliteConnection, account: &AccountId, now: Timestamp) -> Result<Books> {
    let found = super::books::of_account(conn, account, Mode::Test).await?;
    Ok(found.expect("an account").at(now).1)
}

/// A transaction on a database that knows `acc_1` and `acc_2`; drop the rest after it.
async fn begun() -> Result<(Transaction<'static, Sqlite>, Store, TempDir)> {
    let (store, folder) = fresh().await;
    let mut tx = store.write().await?;
    for id in ["acc_1", "acc_2"] {
        table::put(&mut tx, &account(id), &format!("{id}@example.org"), None, at(0)).await?;
    }
    Ok((tx, store, folder))
}
