//! The account's customer at Stripe: made once, whoever asks how often.

use serde_json::json;
use sqlx::SqliteConnection;

use super::{Billing, Failed, random_text};
use crate::domain::ids::{AccountId, CustomerId};
use crate::domain::timestamp::Timestamp;
use crate::store::accounts::Account;
use crate::store::checkouts::Intent;
use crate::store::{self, StoreFailed};
use crate::stripe::{NewCustomer, Patience, StripeFailed};

/// The account's customer, made at Stripe if there is none.
pub(super) async fn of(billing: &Billing, account: &Account) -> Result<CustomerId, Failed> {
    if let Some(customer) = &account.customer {
        return Ok(customer.clone());
    }
    let mode = billing.mode();
    let mut tx = billing.store.write().await?;
    // E-mail and name stay those of the first try, for Stripe ties them to the key.
    let intent = match store::checkouts::intent(&mut tx, &account.id, mode, PURPOSE).await? {
        Some(intent) if !intent.parameters.is_empty() => intent,
        renewed => {
            let nonce = renewed.map(|intent| intent.nonce).unwrap_or_default();
            let parameters = json!([account.email, account.name]).to_string();
            let intent = Intent { nonce, parameters, session: None };
            store::checkouts::put_intent(
                &mut tx,
                &account.id,
                mode,
                PURPOSE,
                &intent,
                billing.now(),
            )
            .await?;
            intent
        }
    };
    store::commit(tx).await?;
    let (email, name): (String, Option<String>) =
        serde_json::from_str(&intent.parameters).unwrap_or((account.email.clone(), None));
    let mut key = format!("customer:{}", account.id);
    if !intent.nonce.is_empty() {
        key = format!("{key}:{}", intent.nonce);
    }
    let new = NewCustomer { account: &account.id, email: &email, name: name.as_deref() };
    let customer = make(billing, &new, &key).await?;
    let mut tx = billing.store.write().await?;
    store::accounts::link_customer(&mut tx, &account.id, mode, &customer, billing.now()).await?;
    let linked = store::accounts::get(&mut tx, &account.id, mode).await?;
    store::commit(tx).await?;
    Ok(linked.and_then(|account| account.customer).unwrap_or(customer))
}

const PURPOSE: &str = "customer";

/// Stripe may have the customer already: from before a backup was restored, or from a call whose
/// answer was lost. Our own mark tells, the e-mail only narrows the search.
async fn make(billing: &Billing, new: &NewCustomer<'_>, key: &str) -> Result<CustomerId, Failed> {
    match billing.stripe.customer_of(new.account, new.email, Patience::Page).await {
        Ok(Some(customer)) => return Ok(customer),
        // A key that may not list customers can still make one.
        Ok(None) | Err(StripeFailed::Refused { .. } | StripeFailed::Missing { .. }) => {}
        Err(error) => return Err(error.into()),
    }
    let error = match billing.stripe.create_customer(new, key, Patience::Page).await {
        Ok(customer) => return Ok(customer),
        Err(error) => error,
    };
    if error == StripeFailed::StoredFailure
        && let Some(left) =
            billing.stripe.customer_of(new.account, new.email, Patience::Page).await?
    {
        return Ok(left);
    }
    if error.settles_the_outcome() {
        let mut tx = billing.store.write().await?;
        renew_intent(&mut tx, billing, new.account, billing.now()).await?;
        store::commit(tx).await?;
    }
    Err(error.into())
}

/// Has the next customer made under a key that was never used.
pub(super) async fn renew_intent(
    conn: &mut SqliteConnection,
    billing: &Billing,
    account: &AccountId,
    now: Timestamp,
) -> Result<(), StoreFailed> {
    let intent = Intent { nonce: random_text(), parameters: String::new(), session: None };
    store::checkouts::put_intent(conn, account, billing.mode(), PURPOSE, &intent, now).await
}
