//! What is read from the database to make a view.

use sqlx::SqliteConnection;

use super::views;
use crate::domain::ids::AccountId;
use crate::flows::gate::{self, Standing};
use crate::flows::{Billing, Failed};
use crate::store::checkouts::Progress;

/// The account as the API shows it.
pub(crate) async fn account(
    conn: &mut SqliteConnection,
    billing: &Billing,
    account: &AccountId,
) -> Result<views::Account, Failed> {
    let standing = standing(conn, billing, account).await?;
    Ok(views::Account::new(&standing, &standing.desk(billing)))
}

/// The subscription that speaks for the account, with the progress of a checkout if one was named.
pub(super) async fn subscription(
    conn: &mut SqliteConnection,
    billing: &Billing,
    account: &AccountId,
    checkout: Option<Progress>,
) -> Result<views::Subscription, Failed> {
    let standing = standing(conn, billing, account).await?;
    Ok(views::Subscription::of_account(&standing, &standing.desk(billing), checkout))
}

/// The account with its decision.
pub(super) async fn standing(
    conn: &mut SqliteConnection,
    billing: &Billing,
    account: &AccountId,
) -> Result<Standing, Failed> {
    gate::standing(conn, billing, account).await?.ok_or(Failed::NoAccount)
}
