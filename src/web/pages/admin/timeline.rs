//! What happened to an account, in one list by time.

use std::collections::HashMap;

use serde_json::Value;
use sqlx::SqliteConnection;

use super::events;
use crate::domain::ids::PlanId;
use crate::domain::money::Money;
use crate::domain::subscription::Subscription;
use crate::domain::timestamp::Timestamp;
use crate::flows::Billing;
use crate::flows::gate::Standing;
use crate::store::audit::Act;
use crate::store::exemptions::Granted;
use crate::store::inbox::InboxEvent;
use crate::store::servers::Server;
use crate::store::{self, StoreFailed};
use crate::web::pages::parts::Sentence;
use crate::web::pages::words;

/// Events, and acts of admins, that are shown; their own pages have all.
pub(super) const MOST: u32 = 50;

/// One thing that happened, ready to show.
pub(super) struct Entry {
    pub(super) when: Sentence,
    pub(super) kind: &'static str,
    pub(super) text: String,
    /// The event's own page.
    pub(super) event: Option<String>,
    at: Timestamp,
}

/// Everything that is known to have happened, newest first.
pub(super) async fn read(
    conn: &mut SqliteConnection,
    billing: &Billing,
    standing: &Standing,
    servers: impl Iterator<Item = &Server>,
    exemptions: &[Granted],
) -> Result<Vec<Entry>, StoreFailed> {
    let (id, mode) = (&standing.account.id, billing.mode());
    let events = store::inbox::of_account(conn, id, MOST).await?;
    let payloads = store::timeline::payloads(conn, id, mode, MOST).await?;
    let acts = store::audit::page(conn, Some(id), None, MOST).await?;
    let plan = |id: &PlanId| words::plan_name(&billing.settings, id);
    let mut all = vec![entry(standing.account.created_at, "Account", "created")];
    all.extend(events.iter().map(|event| of_event(event, &payloads)));
    all.extend(acts.into_iter().map(|(_, act)| of_act(&act)));
    all.extend(exemptions.iter().filter_map(|granted| expiry(granted, standing.now)));
    all.extend(servers.flat_map(of_server));
    all.extend(standing.facts.subscriptions.iter().flat_map(of_subscription));
    for paid in store::timeline::purchases(conn, id, mode).await? {
        let amount = money(paid.amount_minor, &paid.currency);
        let text = format!("{} bought for good, {amount}", plan(&paid.plan));
        all.push(entry(paid.at, "Payment", text));
    }
    for made in store::timeline::changes(conn, id, mode).await? {
        let when = if made.deferred { "at the period's end" } else { "at once" };
        let text = format!("to {} per {}, {when}", plan(&made.plan), made.interval);
        all.push(entry(made.at, "Change", text));
    }
    for unpaid in store::timeline::dunning(conn, id, mode).await? {
        all.push(entry(unpaid.entered_at, "Payment", "a renewal is not paid"));
        if let Some((at, recovered)) = unpaid.ended {
            let text =
                if recovered { "the open renewal is paid" } else { "the open renewal is given up" };
            all.push(entry(at, "Payment", text));
        }
    }
    // Of what happened in one second, what was found first is the latest.
    all.sort_by_key(|entry| std::cmp::Reverse(entry.at));
    Ok(all)
}

fn entry(at: Timestamp, kind: &'static str, text: impl Into<String>) -> Entry {
    Entry { when: Sentence::default().minute(at), kind, text: text.into(), event: None, at }
}

fn of_event(event: &InboxEvent, payloads: &HashMap<String, Vec<u8>>) -> Entry {
    let amount = payloads.get(&event.id).and_then(|payload| amount(&event.kind, payload));
    let status = events::word(event.status).to_lowercase();
    let (kind, text) = match amount {
        Some(amount) => ("Payment", format!("{}: {amount} ({status})", event.kind)),
        None => ("Event", format!("{} ({status})", event.kind)),
    };
    Entry { event: Some(event.id.clone()), ..entry(event.received_at, kind, text) }
}

/// The money that an event tells of, as it was when Stripe sent it.
fn amount(kind: &str, payload: &[u8]) -> Option<String> {
    let field = match kind {
        "invoice.paid" => "amount_paid",
        "invoice.payment_failed" => "amount_due",
        "charge.refunded" => "amount_refunded",
        "charge.dispute.created" => "amount",
        _ => return None,
    };
    let payload: Value = serde_json::from_slice(payload).ok()?;
    let object = &payload["data"]["object"];
    Some(money(object[field].as_i64()?, object["currency"].as_str()?))
}

fn money(minor: i64, currency: &str) -> String {
    Money::from_minor(minor, currency)
        .map_or_else(|_| format!("{minor} {currency}"), |money| money.to_string())
}

fn of_act(act: &Act) -> Entry {
    let kind = if act.action.starts_with("exemption.") { "Exemption" } else { "Act" };
    entry(act.at, kind, format!("{} by {}: {}", act.action, act.actor, act.detail))
}

/// The end of an exemption that nobody took back before.
fn expiry(granted: &Granted, now: Timestamp) -> Option<Entry> {
    let until = granted.exemption.until.filter(|until| *until <= now)?;
    let stood = granted.revoked.as_ref().is_none_or(|(_, at)| until <= *at);
    stood.then(|| entry(until, "Exemption", format!("ended: {}", granted.exemption.reason)))
}

fn of_server(server: &Server) -> Vec<Entry> {
    let name = server.name.clone().unwrap_or_else(|| server.id.to_string());
    let created = entry(server.created_at, "Server", format!("{name} created"));
    let suspended = server.suspended_at.map(|at| entry(at, "Server", format!("{name} suspended")));
    std::iter::once(created).chain(suspended).collect()
}

fn of_subscription(subscription: &Subscription) -> Vec<Entry> {
    let id = &subscription.id;
    let begun = entry(subscription.created_at, "Subscription", format!("{id} begun"));
    let ended = subscription.ended_at.map(|at| entry(at, "Subscription", format!("{id} ended")));
    std::iter::once(begun).chain(ended).collect()
}

#[cfg(test)]
mod tests {
    use super::amount;

    #[test]
    fn an_event_about_money_names_the_amount_in_its_currency() {
        let object = r#"{"amount_paid":500,"amount_due":700,"amount":900,"currency":"eur"}"#;
        let payload = format!(r#"{{"data":{{"object":{object}}}}}"#);
        let table = [
            ("invoice.paid", Some("€5.00")),
            ("invoice.payment_failed", Some("€7.00")),
            ("charge.dispute.created", Some("€9.00")),
            ("charge.refunded", None),
            ("customer.updated", None),
        ];
        for (kind, expected) in table {
            assert_eq!(amount(kind, payload.as_bytes()).as_deref(), expected, "{kind}");
        }
        assert_eq!(amount("invoice.paid", b"no JSON"), None);
    }
}
