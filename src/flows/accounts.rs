//! Who pays: making accounts known.

use super::gate::{self, Situation};
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

/// Sees to it that a visitor's account is known, and says how it stands.
pub(crate) async fn welcome(billing: &Billing, visitor: &Visitor) -> Result<Situation, Failed> {
    let mut conn = billing.store.read().await?;
    if let Some(known) = gate::situation(&mut conn, billing, &visitor.account).await? {
        return Ok(known);
    }
    drop(conn);
    put(billing, &visitor.account, &visitor.email, Some(&visitor.name)).await?;
    look(billing, &visitor.account).await
}

/// How an account stands now.
pub(crate) async fn look(billing: &Billing, account: &AccountId) -> Result<Situation, Failed> {
    let mut conn = billing.store.read().await?;
    gate::situation(&mut conn, billing, account).await?.ok_or(Failed::NoAccount)
}
