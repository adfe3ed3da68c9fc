//! Syncing with Stripe by hand.

use serde::Serialize;
use serde_json::json;

use super::desk::{Desk, Failure, Outcome};
use crate::domain::ids::AccountId;
use crate::flows::{Billing, Failed, catalogue, sync};
use crate::store;
use crate::stripe::{Patience, StripeFailed};

const PAGE: u32 = 100;

/// What a sync of one account found.
#[derive(Serialize)]
struct Row {
    id: AccountId,
    drift: Vec<&'static str>,
}

/// Syncs `account`, or every account with a customer; one that fails does not stop the others.
pub(super) async fn run(
    billing: &Billing,
    account: Option<AccountId>,
    json: bool,
    desk: &mut Desk<'_>,
) -> Outcome {
    refresh_catalogue(billing).await?;
    let accounts = match account {
        Some(account) => vec![account],
        None => with_customer(billing).await?,
    };
    let (mut rows, mut failures) = (Vec::new(), Vec::new());
    for account in accounts {
        match sync::account(billing, &account, Patience::Worker).await {
            Ok(synced) => {
                let drift = synced.drift.iter().map(|kind| kind.as_str()).collect();
                rows.push(Row { id: account, drift });
            }
            Err(error) => {
                failures.push(format!("{account}: {error}"));
                if matches!(error, Failed::Stripe(StripeFailed::Unauthorized)) {
                    break;
                }
            }
        }
    }
    if json {
        desk.print_json(&json!({"accounts": rows}))?;
    } else {
        print(&rows, desk)?;
    }
    if failures.is_empty() { Ok(()) } else { Err(Failure::lines(failures)) }
}

/// Without Stripe there is nothing to compare with; any other trouble with a price is no obstacle.
async fn refresh_catalogue(billing: &Billing) -> Outcome {
    match catalogue::refresh(billing, Patience::Worker).await {
        Err(Failed::Stripe(
            error @ (StripeFailed::Unavailable { .. } | StripeFailed::Unauthorized),
        )) => Err(error.into()),
        Err(error) => {
            tracing::warn!(%error, "the catalogue could not be read; the stored one serves");
            Ok(())
        }
        Ok(()) => Ok(()),
    }
}

async fn with_customer(billing: &Billing) -> Outcome<Vec<AccountId>> {
    let mut conn = billing.store.read().await?;
    let mut accounts: Vec<AccountId> = Vec::new();
    loop {
        let after = accounts.last().map_or("", AccountId::as_str);
        let page = store::accounts::with_customer(&mut conn, billing.mode(), after, PAGE).await?;
        if page.is_empty() {
            return Ok(accounts);
        }
        accounts.extend(page);
    }
}

fn print(rows: &[Row], desk: &mut Desk<'_>) -> Outcome {
    for row in rows.iter().filter(|row| !row.drift.is_empty()) {
        writeln!(desk.out, "{}: {}", row.id, row.drift.join(", "))?;
    }
    let differed = rows.iter().filter(|row| !row.drift.is_empty()).count();
    let accounts = if rows.len() == 1 { "account" } else { "accounts" };
    writeln!(desk.out, "{} {accounts} synced, {differed} differed.", rows.len())?;
    Ok(())
}
