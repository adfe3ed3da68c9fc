//! Who pays: making accounts known.

use super::{Billing, Failed};
use crate::domain::ids::AccountId;
use crate::panel::Visitor;
use crate::store;
use crate::store::accounts::Put;

/// Makes an account or changes its e-mail and name.
pub(crate) async fn put(
    billing: &Billing,
    account: &AccountId,
    email: &str,
    name: Option<&str>,
) -> Result<Put, Failed> {
    let mut tx = billing.store.write().await?;
    let put = store::accounts::put(&mut tx, account, email, name, billing.now()).await?;
    store::commit(tx).await?;
    Ok(put)
}

/// Sees to it that a visitor's account is known.
pub(crate) async fn welcome(billing: &Billing, visitor: &Visitor) -> Result<(), Failed> {
    let mut conn = billing.store.read().await?;
    if store::accounts::get(&mut conn, &visitor.account, billing.mode()).await?.is_none() {
        drop(conn);
        put(billing, &visitor.account, &visitor.email, Some(&visitor.name)).await?;
    }
    Ok(())
}
