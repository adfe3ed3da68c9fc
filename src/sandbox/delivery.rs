//! Events on their way: kept until the endpoint answers 2xx, signed as Stripe signs.

use std::time::{Duration, Instant};

use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::Sha256;

use super::{
    endpoints,
    ledger::{Fields, Ledger},
    state::Inner,
};

/// Real time between attempts; the last one repeats.
const BACK_OFF: [Duration; 6] = [
    Duration::from_secs(1),
    Duration::from_secs(5),
    Duration::from_secs(30),
    Duration::from_mins(2),
    Duration::from_mins(10),
    Duration::from_hours(1),
];
const LATE_BY: Duration = Duration::from_secs(10);

/// What the network does to events that arise from now on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryMode {
    /// Each event is delivered, in order.
    #[default]
    Normal,
    /// Each event leaves ten seconds late.
    Late,
    /// Each event is delivered twice.
    Twice,
    /// What is pending is delivered newest first.
    Reversed,
    /// No event is delivered; the event list shows them all the same.
    Dropped,
    /// Nothing leaves in the background until another mode is chosen.
    Held,
}

/// An event that still has to be delivered.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PendingEvent {
    /// The event's id.
    pub event: String,
    /// The event's type.
    pub kind: String,
    /// How often delivery was tried.
    pub attempts: u32,
    number: u64,
    #[serde(skip)]
    due: Option<Instant>,
}

/// What came of one attempt to deliver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryReport {
    /// The event's id.
    pub event: String,
    /// The event's type.
    pub kind: String,
    /// The endpoint's status, or why there is none.
    pub outcome: Result<u16, String>,
}

impl DeliveryReport {
    /// Whether the endpoint took the event.
    pub fn accepted(&self) -> bool {
        matches!(self.outcome, Ok(200..=299))
    }
}

/// What waits to be delivered.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Outbox {
    pub(super) pending: Vec<PendingEvent>,
    pub(super) mode: DeliveryMode,
    count: u64,
}

impl Outbox {
    pub(super) fn add(&mut self, event: &str, kind: &str) {
        let (copies, due) = match self.mode {
            DeliveryMode::Normal | DeliveryMode::Reversed | DeliveryMode::Held => (1, None),
            DeliveryMode::Late => (1, Some(Instant::now() + LATE_BY)),
            DeliveryMode::Twice => (2, None),
            DeliveryMode::Dropped => (0, None),
        };
        for _ in 0..copies {
            self.count += 1;
            self.pending.push(PendingEvent {
                event: event.to_owned(),
                kind: kind.to_owned(),
                attempts: 0,
                number: self.count,
                due,
            });
        }
    }

    fn ready(&self, at: Option<Instant>) -> Vec<PendingEvent> {
        let due = |event: &&PendingEvent| at.is_none_or(|at| event.due.is_none_or(|due| due <= at));
        let mut ready: Vec<PendingEvent> = self.pending.iter().filter(due).cloned().collect();
        if self.mode == DeliveryMode::Reversed {
            ready.reverse();
        }
        ready
    }

    fn settle(&mut self, sent: &PendingEvent, accepted: bool) {
        let Some(at) = self.pending.iter().position(|event| event.number == sent.number) else {
            return;
        };
        if accepted {
            self.pending.remove(at);
            return;
        }
        let event = &mut self.pending[at];
        let wait = usize::try_from(event.attempts).ok().and_then(|at| BACK_OFF.get(at));
        event.attempts += 1;
        event.due = Some(Instant::now() + *wait.unwrap_or(&BACK_OFF[BACK_OFF.len() - 1]));
    }
}

/// Sends what is pending, one after the other: all of it, or with `only_due` what has waited enough.
pub(super) async fn deliver(inner: &Inner, only_due: bool) -> Vec<DeliveryReport> {
    let _one_at_a_time = inner.delivering.lock().await;
    let at = only_due.then(Instant::now);
    let ready = inner.look(|ledger| ledger.outbox.ready(at));
    let mut reports = Vec::with_capacity(ready.len());
    for pending in ready {
        let report = send(inner, &pending).await;
        inner.change(|ledger| {
            ledger.outbox.settle(&pending, report.accepted());
            if report.accepted() {
                ledger.quietly(&pending.event, |event| event["pending_webhooks"] = json!(0));
            }
        });
        reports.push(report);
    }
    reports
}

/// Delivers in the background until the task is stopped.
pub(super) async fn run(inner: std::sync::Arc<Inner>) {
    loop {
        // The tick also lets a running clock reach what falls due.
        let _ = tokio::time::timeout(Duration::from_secs(1), inner.nudge.notified()).await;
        if inner.look(|ledger| ledger.outbox.mode) != DeliveryMode::Held {
            deliver(&inner, true).await;
        }
    }
}

/// Whether `url` is plain http on this machine, the only place the sandbox sends anything.
pub(super) fn is_local(url: &str) -> bool {
    url::Url::parse(url).is_ok_and(|url| {
        url.scheme() == "http" && matches!(url.host_str(), Some("127.0.0.1" | "localhost"))
    })
}

/// The `Stripe-Signature` of `body` at `now`.
pub(super) fn signature(secret: &str, now: i64, body: &[u8]) -> String {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(format!("{now}.").as_bytes());
    mac.update(body);
    format!("t={now},v1={}", hex::encode(mac.finalize().into_bytes()))
}

/// The bytes that are sent for an event.
pub(super) fn body(event: &Value) -> Vec<u8> {
    event.to_string().into_bytes()
}

async fn send(inner: &Inner, pending: &PendingEvent) -> DeliveryReport {
    let report = |outcome| DeliveryReport {
        event: pending.event.clone(),
        kind: pending.kind.clone(),
        outcome,
    };
    let webhook = inner.webhook();
    let (targets, now, body) = inner.look(|ledger: &Ledger| {
        let targets = endpoints::targets(ledger, &webhook, &pending.kind);
        (targets, ledger.now, body(ledger.read(&pending.event)))
    });
    if targets.is_empty() && webhook.url.is_none() {
        return report(Err("no webhook address is configured".into()));
    }
    // As if taken, where no endpoint listens to its type. One that fails lets all be tried again.
    let mut outcome = Ok(200);
    for (url, secret) in targets {
        let took = post(inner, &url, signature(&secret, now, &body), body.clone()).await;
        if !matches!(outcome, Err(_) | Ok(300..)) {
            outcome = took;
        }
    }
    report(outcome)
}

async fn post(inner: &Inner, url: &str, signature: String, body: Vec<u8>) -> Result<u16, String> {
    if !is_local(url) {
        return Err(format!("{url} is not an http address on this machine"));
    }
    let sent = inner
        .http
        .post(url)
        .header("Content-Type", "application/json; charset=utf-8")
        .header("User-Agent", "Stripe/1.0 (+https://stripe.com/docs/webhooks)")
        .header("Stripe-Signature", signature)
        .body(body)
        .send();
    sent.await.map(|answer| answer.status().as_u16()).map_err(|error| error.to_string())
}

/// How an event's delivery stands, in words.
pub(super) fn standing(ledger: &Ledger, event: &Value) -> String {
    let waiting = ledger.outbox.pending.iter().find(|pending| pending.event == event.text("id"));
    match waiting {
        Some(pending) if pending.attempts > 0 => format!("failed {} times", pending.attempts),
        Some(_) => "pending".into(),
        None if event.number("pending_webhooks") == 0 => "delivered".into(),
        None => "dropped".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_local() {
        let table = [
            ("http://127.0.0.1:8000/api/billing/webhook", true),
            ("http://localhost/hook", true),
            ("https://127.0.0.1/hook", false),
            ("http://example.com/", false),
            ("http://127.0.0.1.example.com/", false),
            ("nonsense", false),
        ];
        for (url, local) in table {
            assert_eq!(is_local(url), local, "{url}");
        }
    }

    #[test]
    fn a_signature_covers_time_and_body() {
        let signed = signature("whsec_test", 1_700_000_000, b"{}");
        assert!(signed.starts_with("t=1700000000,v1="));
        assert_ne!(signed, signature("whsec_test", 1_700_000_000, b"{ }"));
        assert_ne!(signed, signature("whsec_other", 1_700_000_000, b"{}"));
    }
}
