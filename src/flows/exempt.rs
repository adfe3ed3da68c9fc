//! Grants by hand: the billing exemption.

use super::{Billing, Failed, gate, hooks, suspend};
use crate::domain::entitlement::Exemption;
use crate::domain::ids::AccountId;
use crate::domain::timestamp::Timestamp;
use crate::store;
use crate::store::audit::Act;

/// Why an exemption was not granted.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotGranted {
    #[error("an exemption needs a reason of 1 to 500 characters")]
    Reason,
    #[error("the end {0} is in the past")]
    Past(Timestamp),
    #[error(transparent)]
    Failed(#[from] Failed),
}

impl From<store::StoreFailed> for NotGranted {
    fn from(error: store::StoreFailed) -> Self {
        Self::Failed(error.into())
    }
}

/// Exempts the account, in place of an exemption it had.
pub(crate) async fn grant(
    billing: &Billing,
    account: &AccountId,
    reason: &str,
    until: Option<Timestamp>,
    actor: &str,
) -> Result<(), NotGranted> {
    let reason = reason.trim();
    if !(1..=500).contains(&reason.chars().count()) {
        return Err(NotGranted::Reason);
    }
    let now = billing.now();
    if let Some(until) = until.filter(|until| *until <= now) {
        return Err(NotGranted::Past(until));
    }
    let exemption = Exemption { reason: reason.to_owned(), until };
    let mut tx = billing.store.write().await?;
    let stood = gate::standing(&mut tx, billing, account).await?.ok_or(Failed::NoAccount)?;
    let before = store::exemptions::standing(&mut tx, account).await?;
    if before.as_ref() == Some(&exemption) {
        return Ok(());
    }
    store::exemptions::revoke(&mut tx, account, actor, now).await?;
    store::exemptions::grant(&mut tx, account, &exemption, actor, now).await?;
    let detail = format!("before: {}; after: {}", words(before.as_ref()), words(Some(&exemption)));
    record(&mut tx, account, actor, "exemption.granted", detail, now).await?;
    suspend::rejudge(&mut tx, billing, account).await?;
    let stands = gate::standing(&mut tx, billing, account).await?.ok_or(Failed::NoAccount)?;
    hooks::tell_changes(&mut tx, billing, &stood, &stands).await?;
    store::commit(tx).await?;
    billing.suspensions.ring();
    billing.nudge_hooks.notify_one();
    billing.panel.access_changed(account).await;
    Ok(())
}

/// Takes the account's exemption back; nothing happens when there is none.
pub(crate) async fn revoke(
    billing: &Billing,
    account: &AccountId,
    actor: &str,
) -> Result<(), Failed> {
    let now = billing.now();
    let mut tx = billing.store.write().await?;
    let stood = gate::standing(&mut tx, billing, account).await?.ok_or(Failed::NoAccount)?;
    let before = store::exemptions::standing(&mut tx, account).await?;
    if !store::exemptions::revoke(&mut tx, account, actor, now).await? {
        return Ok(());
    }
    let detail = format!("before: {}; after: none", words(before.as_ref()));
    record(&mut tx, account, actor, "exemption.revoked", detail, now).await?;
    suspend::rejudge(&mut tx, billing, account).await?;
    let stands = gate::standing(&mut tx, billing, account).await?.ok_or(Failed::NoAccount)?;
    hooks::tell_changes(&mut tx, billing, &stood, &stands).await?;
    store::commit(tx).await?;
    billing.suspensions.ring();
    billing.nudge_hooks.notify_one();
    billing.panel.access_changed(account).await;
    Ok(())
}

async fn record(
    conn: &mut sqlx::SqliteConnection,
    account: &AccountId,
    actor: &str,
    action: &str,
    detail: String,
    now: Timestamp,
) -> store::Result<()> {
    let act = Act {
        at: now,
        actor: actor.to_owned(),
        action: action.to_owned(),
        account: Some(account.clone()),
        subject: None,
        detail,
    };
    store::audit::record(conn, &act).await
}

fn words(exemption: Option<&Exemption>) -> String {
    match exemption {
        None => "none".to_owned(),
        Some(Exemption { reason, until: None }) => format!("without end, “{reason}”"),
        Some(Exemption { reason, until: Some(until) }) => format!("until {until}, “{reason}”"),
    }
}
