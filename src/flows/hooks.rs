//! Telling the panels next door: written down with the change itself, sent until it arrives.

pub(crate) mod told;

use std::time::Duration;

use serde_json::{Value, json};
use sqlx::SqliteConnection;

use super::gate::Standing;
use super::{Billing, Failed, random_text};
use crate::domain::fetched::FetchedDispute;
use crate::domain::hook::{Kind, next_attempt};
use crate::domain::ids::AccountId;
use crate::store::hooks::{Message, NewMessage, Said};
use crate::store::outbox::Outbox;
use crate::store::servers::Server;
use crate::store::{self, StoreFailed, audit};
use told::{Access, Changed, Disputed, OneServer, Stands};

/// How long an attempt may take before another process makes it again.
const LEASE: Duration = Duration::from_mins(1);

/// Tells how an account stands otherwise than panels were told, in the transaction that notices it.
///
/// `before` is how it stood without what the transaction writes.
pub(crate) async fn tell_changes(
    conn: &mut SqliteConnection,
    billing: &Billing,
    before: &Standing,
    after: &Standing,
) -> Result<(), StoreFailed> {
    if billing.settings.hooks.is_empty() {
        return Ok(());
    }
    let (account, now) = (&after.account.id, said_of(after));
    let said = store::hooks::said(conn, account).await?;
    let told = said.as_ref() == Some(&now);
    let said = said.unwrap_or_else(|| said_of(before));
    if said.access != now.access {
        let data = Changed { before: said.access, now: Stands::of(after) };
        announce(conn, billing, account, Kind::AccessChanged, json!(data)).await?;
    }
    let was_over = said.over_quota && before.over_by() > 0;
    if now.over_quota && !was_over {
        announce(conn, billing, account, Kind::OverQuota, json!(Stands::of(after))).await?;
    }
    if !told {
        store::hooks::say(conn, account, &now).await?;
    }
    Ok(())
}

fn said_of(standing: &Standing) -> Said {
    Said { access: json!(Access::of(&standing.decision)), over_quota: standing.over_by() > 0 }
}

/// Tells how disputes stand that have opened, or ended.
pub(super) async fn tell_disputes(
    conn: &mut SqliteConnection,
    billing: &Billing,
    standing: &Standing,
    disputes: &[&FetchedDispute],
) -> Result<(), StoreFailed> {
    for dispute in disputes {
        let data = json!(Disputed::of(dispute, standing));
        announce(conn, billing, &standing.account.id, Kind::Dispute, data).await?;
    }
    Ok(())
}

/// Tells that `server` is suspended, else that it runs again, in the transaction that says so.
pub(super) async fn tell_suspension(
    conn: &mut SqliteConnection,
    billing: &Billing,
    standing: &Standing,
    server: &Server,
    suspended: bool,
) -> Result<(), StoreFailed> {
    let kind = if suspended { Kind::Suspend } else { Kind::Unsuspend };
    let data = json!(OneServer::of(server, standing, standing.desk(billing)));
    announce(conn, billing, &standing.account.id, kind, data).await
}

/// Puts a message for every hook that wants this kind into the outbox.
async fn announce(
    conn: &mut SqliteConnection,
    billing: &Billing,
    account: &AccountId,
    kind: Kind,
    data: Value,
) -> Result<(), StoreFailed> {
    let (id, now) = (format!("msg_{}", random_text()), billing.now());
    let body = json!({
        "id": id,
        "type": kind.as_str(),
        "created_at": now,
        "account_id": account,
        "data": data,
    })
    .to_string();
    for hook in billing.settings.hooks.iter().filter(|hook| hook.events.contains(&kind)) {
        let url = hook.url.as_str();
        let new = NewMessage { id: &id, url, account, kind, body: &body, now };
        store::hooks::put(conn, &new).await?;
    }
    Ok(())
}

/// Makes the one attempt that is due longest; `false` when none is.
pub(crate) async fn send_next(billing: &Billing) -> Result<bool, StoreFailed> {
    if billing.settings.hooks.is_empty() {
        return Ok(false);
    }
    let now = billing.now();
    let mut tx = billing.store.write().await?;
    let message = store::hooks::lease(&mut tx, now, now + LEASE).await?;
    store::commit(tx).await?;
    let Some(message) = message else { return Ok(false) };
    let sent = send(billing, &message).await;
    let now = billing.now();
    let mut tx = billing.store.write().await?;
    match sent {
        Ok(()) => Outbox::Hooks.done(&mut tx, message.seq).await?,
        Err(error) => {
            let next = next_attempt(message.attempts, message.first_tried_at, now);
            log_failure(&message, &error, next.is_none());
            Outbox::Hooks.failed(&mut tx, message.seq, &error, next).await?;
        }
    }
    store::commit(tx).await?;
    Ok(true)
}

async fn send(billing: &Billing, message: &Message) -> Result<(), String> {
    let hooks = &billing.settings.hooks;
    let Some(hook) = hooks.iter().find(|hook| hook.url.as_str() == message.url) else {
        return Err("no hook with this address is configured any more".to_owned());
    };
    billing.courier.send(hook, &message.id, billing.now(), &message.body).await
}

fn log_failure(message: &Message, error: &str, dead: bool) {
    let Message { id, account, attempts, kind, .. } = message;
    let kind = kind.as_str();
    if dead {
        tracing::error!(id, %account, kind, attempts, error, "a panel was not told; see /admin/hooks");
    } else {
        tracing::warn!(id, %account, kind, attempts, error, "a panel could not be told; it is tried again");
    }
}

/// Makes a dead message due again; audited. `false` when there is no such message.
pub(crate) async fn replay(billing: &Billing, seq: i64, actor: &str) -> Result<bool, Failed> {
    let now = billing.now();
    let mut tx = billing.store.write().await?;
    if !store::hooks::revive(&mut tx, seq, now).await? {
        return Ok(false);
    }
    let act = audit::Act {
        at: now,
        actor: actor.to_owned(),
        action: "hook.replayed".to_owned(),
        account: None,
        subject: Some(seq.to_string()),
        detail: "due again".to_owned(),
    };
    audit::record(&mut tx, &act).await?;
    store::commit(tx).await?;
    billing.nudge_hooks.notify_one();
    Ok(true)
}
