//! What happened to an account, in one list by time.

use std::collections::HashMap;

use serde_json::Value;
use sqlx::SqliteConnection;

use super::events;
use crate::domain::ids::PlanId;
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
use crate::web::text::t;

/// Events, and acts of admins, that are shown; their own pages have all.
pub(super) const MOST: u32 = 50;

/// One thing that happened, ready to show.
pub(super) struct Entry {
    pub(super) when: Sentence,
    pub(super) kind: Sentence,
    pub(super) text: Sentence,
    /// What was stored with it, in the words of the log.
    pub(super) detail: Option<String>,
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
    let mut all =
        vec![entry(standing.account.created_at, t!("desk-account"), t!("desk-happened-created"))];
    all.extend(events.iter().map(|event| of_event(event, &payloads)));
    all.extend(acts.into_iter().map(|(_, act)| of_act(act)));
    all.extend(exemptions.iter().filter_map(|granted| expiry(granted, standing.now)));
    all.extend(servers.flat_map(of_server));
    all.extend(standing.facts.subscriptions.iter().flat_map(of_subscription));
    for paid in store::timeline::purchases(conn, id, mode).await? {
        let amount = Sentence::amount(paid.amount_minor, &paid.currency);
        let text = t!("desk-happened-bought", plan = plan(&paid.plan), amount = amount);
        all.push(entry(paid.at, t!("desk-timeline-payment"), text));
    }
    for made in store::timeline::changes(conn, id, mode).await? {
        let (plan, every) = (plan(&made.plan), words::every(made.interval));
        let text = if made.deferred {
            t!("desk-happened-planned", plan = plan, every = every)
        } else {
            t!("desk-happened-changed", plan = plan, every = every)
        };
        all.push(entry(made.at, t!("desk-timeline-change"), text));
    }
    for unpaid in store::timeline::dunning(conn, id, mode).await? {
        let of_payment = |at, text| entry(at, t!("desk-timeline-payment"), text);
        all.push(of_payment(unpaid.entered_at, t!("desk-happened-unpaid")));
        if let Some((at, recovered)) = unpaid.ended {
            let text =
                if recovered { t!("desk-happened-recovered") } else { t!("desk-happened-lost") };
            all.push(of_payment(at, text));
        }
    }
    // Of what happened in one second, what was found first is the latest.
    all.sort_by_key(|entry| std::cmp::Reverse(entry.at));
    Ok(all)
}

fn entry(at: Timestamp, kind: Sentence, text: Sentence) -> Entry {
    Entry { when: Sentence::default().minute(at), kind, text, detail: None, event: None, at }
}

fn of_event(event: &InboxEvent, payloads: &HashMap<String, Vec<u8>>) -> Entry {
    let amount = payloads.get(&event.id).and_then(|payload| amount(&event.kind, payload));
    let name = Sentence::new(event.kind.as_str());
    let (kind, text) = match amount {
        Some((minor, currency)) => {
            let amount = Sentence::amount(minor, &currency);
            (t!("desk-timeline-payment"), name.and(":").then(amount))
        }
        None => (t!("desk-event"), name),
    };
    let text = t!("desk-happened-event", kind = text, status = events::word(event.status));
    Entry { event: Some(event.id.clone()), ..entry(event.received_at, kind, text) }
}

/// The money that an event tells of, as it was when Stripe sent it.
fn amount(kind: &str, payload: &[u8]) -> Option<(i64, String)> {
    let field = match kind {
        "invoice.paid" => "amount_paid",
        "invoice.payment_failed" => "amount_due",
        "charge.refunded" => "amount_refunded",
        "charge.dispute.created" => "amount",
        _ => return None,
    };
    let payload: Value = serde_json::from_slice(payload).ok()?;
    let object = &payload["data"]["object"];
    Some((object[field].as_i64()?, object["currency"].as_str()?.to_owned()))
}

fn of_act(act: Act) -> Entry {
    let kind = if act.action.starts_with("exemption.") {
        t!("desk-timeline-exemption")
    } else {
        t!("desk-timeline-act")
    };
    let text = t!("desk-happened-act", action = act.action, actor = act.actor);
    Entry { detail: Some(act.detail), ..entry(act.at, kind, text) }
}

/// The end of an exemption that nobody took back before.
fn expiry(granted: &Granted, now: Timestamp) -> Option<Entry> {
    let until = granted.exemption.until.filter(|until| *until <= now)?;
    let stood = granted.revoked.as_ref().is_none_or(|(_, at)| until <= *at);
    stood.then(|| {
        let text = t!("desk-happened-expired", reason = granted.exemption.reason.as_str());
        entry(until, t!("desk-timeline-exemption"), text)
    })
}

fn of_server(server: &Server) -> Vec<Entry> {
    let name = server.name.as_deref().unwrap_or(server.id.as_str());
    let of_server = |at, text| entry(at, t!("desk-server"), text);
    let created = of_server(server.created_at, t!("desk-happened-server", name = name));
    let suspended =
        server.suspended_at.map(|at| of_server(at, t!("desk-happened-suspended", name = name)));
    std::iter::once(created).chain(suspended).collect()
}

fn of_subscription(subscription: &Subscription) -> Vec<Entry> {
    let id = subscription.id.as_str();
    let of_it = |at, text| entry(at, t!("desk-subscription"), text);
    let begun = of_it(subscription.created_at, t!("desk-happened-begun", subscription = id));
    let ended =
        subscription.ended_at.map(|at| of_it(at, t!("desk-happened-ended", subscription = id)));
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
            ("invoice.paid", Some(500)),
            ("invoice.payment_failed", Some(700)),
            ("charge.dispute.created", Some(900)),
            ("charge.refunded", None),
            ("customer.updated", None),
        ];
        for (kind, expected) in table {
            let expected = expected.map(|minor| (minor, "eur".to_owned()));
            assert_eq!(amount(kind, payload.as_bytes()), expected, "{kind}");
        }
        assert_eq!(amount("invoice.paid", b"no JSON"), None);
    }
}
