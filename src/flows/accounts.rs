//! Who pays: making accounts known.

use super::gate::{self, Situation};
use super::{Billing, Failed};
use crate::domain::ids::AccountId;
use crate::panel::Visitor;
use crate::store::accounts::Put;
use crate::store::{self, Look};

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

/// Sees to it that a visitor's account is known, and says how it stood at that look.
pub(crate) async fn welcome(
    billing: &Billing,
    seen: &Look,
    visitor: &Visitor,
) -> Result<Situation, Failed> {
    if let Some(known) = gate::seen(seen, billing, &visitor.account).await? {
        return Ok(known);
    }
    // Put aside: what happens once would be copied with every request.
    let (account, email) = (&visitor.account, &visitor.email);
    Box::pin(put(billing, account, email, Some(&visitor.name))).await?;
    look(billing, account).await
}

/// How an account stands now.
pub(crate) async fn look(billing: &Billing, account: &AccountId) -> Result<Situation, Failed> {
    let now = billing.store.look();
    gate::seen(&now, billing, account).await?.ok_or(Failed::NoAccount)
}
