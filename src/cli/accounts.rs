//! One account, and its exemption.

use std::io::{self, Write};

use super::args::Exempt;
use super::desk::{Desk, Outcome};
use super::words::{self, moment, shown, table};
use crate::domain::entitlement::Exemption;
use crate::domain::ids::AccountId;
use crate::domain::plan::Limit;
use crate::domain::subscription::Subscription;
use crate::flows::gate::{self, Standing};
use crate::flows::{Billing, Failed, exempt as flow};
use crate::store;
use crate::store::servers::Server;
use crate::web::api::read;

/// Shows what is known of `account` and what it may do.
pub(super) async fn show(
    billing: &Billing,
    account: &AccountId,
    json: bool,
    desk: &mut Desk<'_>,
) -> Outcome {
    let mut conn = billing.store.read().await?;
    if json {
        let view = read::account(&mut conn, billing, account).await?;
        return desk.print_json(&view);
    }
    let standing = gate::standing(&mut conn, billing, account).await?.ok_or(Failed::NoAccount)?;
    let servers = store::servers::of_account(&mut conn, account, standing.now).await?;
    drop(conn);
    print(&standing, &servers, desk.out)?;
    Ok(())
}

/// Grants or revokes the exemption.
pub(super) async fn exempt(billing: &Billing, args: Exempt, desk: &mut Desk<'_>) -> Outcome {
    const ACTOR: &str = "cli";
    let Exempt { account, reason, until, .. } = args;
    let Some(reason) = reason else {
        flow::revoke(billing, &account, ACTOR).await?;
        writeln!(desk.out, "{account} is not exempt.")?;
        return Ok(());
    };
    flow::grant(billing, &account, &reason, until, ACTOR).await?;
    match until {
        Some(until) => writeln!(desk.out, "{account} is exempt until {until}.")?,
        None => writeln!(desk.out, "{account} is exempt without end.")?,
    }
    Ok(())
}

fn print(standing: &Standing, servers: &[Server], out: &mut dyn Write) -> io::Result<()> {
    let Standing { account, facts, decision, used, excess, now } = standing;
    let mut fact = |label: &str, value: &str| writeln!(out, "{label:<13} {}", shown(value));
    let none = || "-".to_owned();
    fact("Account", account.id.as_str())?;
    fact("E-mail", &account.email)?;
    fact("Name", account.name.as_deref().unwrap_or("-"))?;
    fact("Created", &moment(Some(account.created_at)))?;
    fact("Customer", &account.customer.as_ref().map_or_else(none, ToString::to_string))?;
    fact("Synced", &moment(account.synced_at))?;
    fact("Exemption", &facts.exemption.as_ref().map_or_else(none, |e| exemption(e, *now)))?;
    for lifetime in &facts.lifetimes {
        fact("Lifetime", lifetime.plan.as_str())?;
    }
    for row in facts.subscriptions.iter().filter(|row| row.is_ours()) {
        fact("Subscription", &subscription(row))?;
    }
    fact("Plan", decision.plan.as_ref().map_or("-", |plan| plan.as_str()))?;
    fact("Limit", &limit(standing))?;
    fact("Because", &words::reason(decision))?;
    for alert in &decision.alerts {
        fact("Look at", words::alert(*alert))?;
    }
    fact("Servers", &used.to_string())?;
    if let Some(excess) = excess {
        let over = words::servers(used.saturating_sub(excess.keep));
        let (since, suspends_at) = (excess.since, excess.suspends_at);
        fact("Over quota", &format!("{over} since {since}; suspended from {suspends_at} on"))?;
    }
    let rows = servers.iter().map(|server| {
        [
            format!("  {}", server.id),
            server_state(server).to_owned(),
            moment(Some(server.created_at)),
            server.name.clone().unwrap_or_default(),
        ]
    });
    if !servers.is_empty() {
        table(out, ["  ID", "STATE", "CREATED", "NAME"], rows)?;
    }
    Ok(())
}

fn limit(standing: &Standing) -> String {
    let limit = match standing.decision.limit {
        Limit::Servers(count) => words::servers(count),
        Limit::Unlimited => "any number of servers".to_owned(),
    };
    let next = if standing.decision.creatable.admits(standing.used) {
        "one more may be created"
    } else {
        "no more may be created"
    };
    match standing.over_by() {
        0 => format!("{limit}; {next}"),
        over => format!("{limit}, {over} over it; {next}"),
    }
}

fn exemption(exemption: &Exemption, now: crate::Timestamp) -> String {
    let reason = &exemption.reason;
    match exemption.until {
        None => format!("without end: {reason}"),
        Some(until) if exemption.holds(now) => format!("until {until}: {reason}"),
        Some(until) => format!("ended {until}: {reason}"),
    }
}

fn subscription(row: &Subscription) -> String {
    let plan = row.grant.plan().map_or("no plan", |plan| plan.as_str());
    let mut text = format!("{} {} {plan}", row.id, row.status.as_str());
    if let Some(interval) = row.interval {
        text.push_str(&format!(" by the {interval}"));
    }
    for (words, at) in [
        ("paid to", row.period_end),
        ("ends", row.cancels_at.filter(|_| row.ended_at.is_none())),
        ("ended", row.ended_at),
        ("unpaid since", row.past_due_since),
    ] {
        if let Some(at) = at {
            text.push_str(&format!(", {words} {at}"));
        }
    }
    text
}

fn server_state(server: &Server) -> &'static str {
    match (server.suspended_at, server.reserved_until) {
        (Some(_), _) => "suspended",
        (None, Some(_)) => "reserved",
        (None, None) => "active",
    }
}
