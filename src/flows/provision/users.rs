//! Who an account is at the panel.

use sha2::{Digest as _, Sha256};

use super::attempt::Ended;
use super::reason::Reason;
use crate::domain::ids::AccountId;
use crate::flows::Billing;
use crate::panels::wings::{Driver, PanelFailed, PanelUser};
use crate::settings::{PanelSettings, Users};
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
    drop(conn);
    find_anew(billing, driver, account, None).await
}

/// Looks for the account's user at the panel, where `lost` is gone; it stays theirs until there is
/// another, for its servers are asked for under it.
pub(super) async fn find_anew(
    billing: &Billing,
    driver: &Driver,
    account: &AccountId,
    lost: Option<i64>,
) -> Result<Result<i64, Ended>, StoreFailed> {
    let mut conn = billing.store.read().await?;
    let known = store::accounts::get(&mut conn, account, billing.mode()).await?;
    drop(conn);
    let (Some(known), Some(settings)) = (known, &billing.settings.panel) else {
        return Ok(Err(Ended::Failed("there is no such account".to_owned())));
    };
    let external = external_id(&settings.instance, account);
    let user = match look(driver, settings, &external, &known).await {
        Ok(Ok(user)) => user,
        Ok(Err(reason)) => return Ok(Err(Ended::Failed(reason))),
        Err(error) => return Ok(Err(Ended::before(&error))),
    };
    let mut tx = billing.store.write().await?;
    if let Some(lost) = lost {
        store::panel_users::unlink(&mut tx, account, lost).await?;
    }
    if !store::panel_users::link(&mut tx, account, user, billing.now()).await? {
        return Ok(Err(Ended::Failed(Reason::OfAnother.with(&user.to_string()))));
    }
    store::commit(tx).await?;
    Ok(Ok(user))
}

async fn look(
    driver: &Driver,
    settings: &PanelSettings,
    external: &str,
    account: &Account,
) -> Result<Result<i64, String>, PanelFailed> {
    if let Some(user) = driver.user(external).await? {
        return Ok(Ok(user.id));
    }
    if settings.users != Users::ExternalId
        && let Some(user) = driver.user_by_email(&account.email).await?
    {
        let why = not_for(&settings.instance, &user);
        return Ok(why.map_or(Ok(user.id), |why| Err(why.with(external))));
    }
    if settings.users != Users::Create {
        return Ok(Err(Reason::NoUser.with(external)));
    }
    match driver.create_user(external, &account.email, account.name.as_deref()).await {
        Ok(user) => Ok(Ok(user.id)),
        // Another order of the account may have been faster.
        Err(PanelFailed::Refused(reason)) => match driver.user(external).await? {
            Some(user) => Ok(Ok(user.id)),
            None => Err(PanelFailed::Refused(reason)),
        },
        Err(error) => Err(error),
    }
}

/// Why a user who has an account's address is not taken for it.
fn not_for(instance: &str, user: &PanelUser) -> Option<Reason> {
    let marked = user.external_id.as_deref().and_then(|id| id.strip_prefix(instance));
    if user.root_admin {
        // Whoever registers with an administrator's address is not the administrator.
        Some(Reason::Administrator)
    } else if marked.is_some_and(|rest| rest.starts_with('-')) {
        Some(Reason::MarkedForAnother)
    } else {
        None
    }
}

/// Has the account's user looked for anew, where that is still `user`.
pub(super) async fn forget(
    billing: &Billing,
    account: &AccountId,
    user: i64,
) -> Result<(), StoreFailed> {
    let mut tx = billing.store.write().await?;
    store::panel_users::unlink(&mut tx, account, user).await?;
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
