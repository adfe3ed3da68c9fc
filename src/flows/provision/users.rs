//! Who an account is at the panel.

use sha2::{Digest as _, Sha256};

use super::attempt::Ended;
use super::reason::Reason;
use crate::domain::ids::AccountId;
use crate::flows::Billing;
use crate::panels::wings::{Driver, PanelFailed};
use crate::settings::Users;
use crate::store::accounts::Account;
use crate::store::{self, StoreFailed};

/// The panel's number of the account's user, who is looked for or made as configured.
pub(super) async fn find(
    billing: &Billing,
    driver: &Driver,
    account: &AccountId,
) -> Result<Result<i64, Ended>, StoreFailed> {
    let mut conn = billing.store.read().await?;
    if let Some(user) = store::panel_users::of_account(&mut conn, account).await? {
        return Ok(Ok(user));
    }
    let known = store::accounts::get(&mut conn, account, billing.mode()).await?;
    drop(conn);
    let (Some(known), Some(settings)) = (known, &billing.settings.panel) else {
        return Ok(Err(Ended::Failed("there is no such account".to_owned())));
    };
    let external = external_id(&settings.instance, account);
    let user = match look(driver, settings.users, &external, &known).await {
        Ok(Ok(user)) => user,
        Ok(Err(reason)) => return Ok(Err(Ended::Failed(reason))),
        Err(error) => return Ok(Err(Ended::before(&error))),
    };
    let mut tx = billing.store.write().await?;
    let linked = store::panel_users::link(&mut tx, account, user, billing.now()).await?;
    store::commit(tx).await?;
    Ok(if linked {
        Ok(user)
    } else {
        Err(Ended::Failed(Reason::OfAnother.with(&user.to_string())))
    })
}

async fn look(
    driver: &Driver,
    users: Users,
    external: &str,
    account: &Account,
) -> Result<Result<i64, String>, PanelFailed> {
    if let Some(user) = driver.user(external).await? {
        return Ok(Ok(user.id));
    }
    if users != Users::ExternalId
        && let Some(user) = driver.user_by_email(&account.email).await?
    {
        // Whoever registers with an administrator's address is not the administrator.
        let admin = || Reason::Administrator.with(external);
        return Ok(if user.root_admin { Err(admin()) } else { Ok(user.id) });
    }
    if users != Users::Create {
        return Ok(Err(Reason::NoUser.with(external)));
    }
    let user = driver.create_user(external, &account.email, account.name.as_deref()).await?;
    Ok(Ok(user.id))
}

/// Has the account's user looked for anew.
pub(super) async fn forget(billing: &Billing, account: &AccountId) -> Result<(), StoreFailed> {
    let mut tx = billing.store.write().await?;
    store::panel_users::unlink(&mut tx, account).await?;
    store::commit(tx).await
}

/// How the panel knows the account, with our prefix, so that no other module's number is taken for
/// it; an id that no address takes is hashed.
fn external_id(instance: &str, account: &AccountId) -> String {
    let id = account.as_str();
    if id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-') {
        return format!("{instance}-{id}");
    }
    format!("{instance}-{}", hex::encode(&Sha256::digest(id)[..16]))
}
