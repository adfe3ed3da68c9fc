//! What the operator's machines see: metrics from zero on, who may read them, health and readiness.

use std::collections::BTreeMap;
use std::process::Command;
use std::time::{Duration, Instant};

use coinslot::Clock;
use coinslot::sandbox::{Delivery, Fault, FaultKind, Options, Sandbox};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::process::{Running, command, serve, wait_for};
use crate::shop::{Api, KEY, SECRET, Shop, answer_of, catalogue, client};
use crate::signing::header;

/// What is there from the start, at zero.
const COUNTERS: [&str; 25] = [
    "webhook_received_total",
    "webhook_queued_total",
    "webhook_duplicate_total",
    "webhook_invalid_signature_total",
    r#"webhook_ignored_total{reason="livemode"}"#,
    r#"webhook_ignored_total{reason="foreign"}"#,
    r#"webhook_ignored_total{reason="connect"}"#,
    r#"webhook_ignored_total{reason="type"}"#,
    "webhook_rate_limited_total",
    "webhook_dead_total",
    "webhook_inbox_pending",
    "webhook_inbox_lag_seconds",
    "webhook_silence_seconds",
    "reconcile_drift_total{kind=\"missing\"}",
    "reconcile_drift_total{kind=\"vanished\"}",
    r#"gate_decision_total{outcome="allowed",reason="free"}"#,
    r#"gate_decision_total{outcome="refused",reason="disputed"}"#,
    r#"stripe_request_seconds_count{op="checkout_session_create",outcome="ok"}"#,
    r#"stripe_request_seconds_count{op="subscription_list",outcome="unauthorized"}"#,
    r#"plan_change_total{kind="upgrade"}"#,
    r#"plan_change_total{kind="downgrade"}"#,
    r#"plan_change_total{kind="interval"}"#,
    "plan_change_error_total",
    "downgrade_scheduled_total",
    "downgrade_applied_total",
];

/// A process of its own, so that nobody else counts.
pub struct Watched {
    pub sandbox: Sandbox,
    server: Running,
    pub api: Api,
    _folder: TempDir,
}

impl Watched {
    pub async fn open() -> Self {
        let sandbox = Sandbox::start(Options {
            port: 0,
            secret_key: KEY.to_owned(),
            webhook_url: None,
            webhook_secret: SECRET.to_owned(),
            state_file: None,
            catalogue: catalogue(),
            start_at: None,
            delivery: Delivery::Held,
        })
        .await
        .expect("a sandbox");
        let folder = tempfile::tempdir().expect("a folder");
        let configured = || -> Command {
            let mut command = command(folder.path());
            command
                .env("STRIPE_SECRET_KEY", KEY)
                .env("STRIPE_API_BASE", sandbox.base_url())
                .env("STRIPE_WEBHOOK_SECRET", SECRET)
                .env("COINSLOT_RECONCILE_INTERVAL", "1s")
                .env("COINSLOT_INBOX_MAX_ATTEMPTS", "1")
                .env("COINSLOT_LIMIT_WEBHOOK_INVALID", "2/1h");
            command
        };
        let made = configured()
            .args(["token", "create", "--name", "t", "--scope", "admin", "--json"])
            .output()
            .expect("it runs");
        let made: Value = serde_json::from_slice(&made.stdout).expect("JSON");
        let server = serve(configured());
        let base = format!("http://127.0.0.1:{}", server.port);
        let api = Api::new(&base, made["token"].as_str().expect("a token").to_owned());
        Self { sandbox, server, api, _folder: folder }
    }

    pub async fn metrics(&self) -> BTreeMap<String, f64> {
        let url = format!("http://127.0.0.1:{}/metrics", self.server.port);
        let text = answer_of(client().get(url)).await.is(200).text;
        let lines = text.lines().filter_map(|line| line.strip_prefix("coinslot_"));
        lines
            .filter_map(|line| line.rsplit_once(' '))
            .map(|(name, value)| (name.to_owned(), value.parse().expect("a number")))
            .collect()
    }

    pub async fn shows(&self, name: &str, value: f64) {
        let found = self.metrics().await.get(name).copied();
        assert_eq!(found, Some(value), "{name}");
    }

    /// For what the worker does in its own time.
    pub async fn comes_to(&self, name: &str, least: f64) {
        wait_for(|| async {
            let found = self.metrics().await.get(name).copied();
            (found.expect("it is there from the start") >= least).then_some(())
        })
        .await;
    }

    pub async fn deliver(&self, event: &Value, secret: &str) -> u16 {
        let body = event.to_string().into_bytes();
        let request = client()
            .post(format!("http://127.0.0.1:{}/api/billing/webhook", self.server.port))
            .header("Stripe-Signature", header(secret, now(), &body))
            .body(body);
        answer_of(request).await.status
    }
}

/// The process tells the time by the system, wherever the sandbox's clock was moved.
fn now() -> i64 {
    Clock::system().now().0
}

#[rocket::async_test]
async fn every_metric_is_there_at_zero_and_moves_when_it_should() {
    let watched = Watched::open().await;
    let at_first = watched.metrics().await;
    for name in COUNTERS {
        assert_eq!(at_first.get(name), Some(&0.0), "{name}");
    }

    watched.comes_to("reconcile_run_total", 1.0).await;
    let account = wait_for(|| async {
        // The catalogue is read in the background.
        let plans = watched.api.get("/plans").await.is(200).json();
        let ready = plans["data"][0]["prices"].as_array().is_some_and(|prices| !prices.is_empty());
        ready.then_some("ada")
    })
    .await;
    watched.api.account(account).await;
    watched.api.put("/accounts/ada/servers/one", json!({})).await.is(201);
    watched.api.put("/accounts/ada/servers/two", json!({})).await.is(402);
    watched.shows(r#"gate_decision_total{outcome="allowed",reason="free"}"#, 1.0).await;
    watched.shows(r#"gate_decision_total{outcome="refused",reason="free"}"#, 1.0).await;

    let every_list = |kind| Fault {
        method: Some("GET".to_owned()),
        path_prefix: "/v1/subscriptions".to_owned(),
        times: u32::MAX,
        kind,
    };
    let body = json!({ "plan": "starter", "interval": "month" });
    let begun = watched.api.post("/accounts/ada/checkout", body).await.is(201).json();
    watched
        .shows(r#"stripe_request_seconds_count{op="checkout_session_create",outcome="ok"}"#, 1.0)
        .await;
    watched.shows("checkout_started_total", 1.0).await;
    watched.sandbox.fail_next(every_list(FaultKind::Delay(Duration::from_secs(3))));
    let session = begun["session_id"].as_str().expect("a session");
    watched.sandbox.pay_checkout(session, "4242424242424242").await.expect("it pays");

    let pending = watched.sandbox.pending_events();
    let event = pending.iter().find(|event| event["type"] == "invoice.paid").expect("an event");
    let altered = |id: &str, key: &str, value: Value| {
        let mut event = event.clone();
        event["id"] = json!(id);
        event[key] = value;
        event
    };
    assert_eq!(watched.deliver(event, SECRET).await, 200);
    watched.shows("webhook_queued_total", 1.0).await;
    watched.shows("webhook_inbox_pending", 1.0).await;
    watched.comes_to("webhook_inbox_lag_seconds", 1.0).await;
    watched.sandbox.clear_faults();
    watched.sandbox.fail_next(every_list(FaultKind::Status(400, None)));
    assert_eq!(watched.deliver(event, SECRET).await, 200);
    watched.shows("webhook_duplicate_total", 1.0).await;

    let nobodys = json!({ "object": { "id": "in_1", "object": "invoice", "customer": "cus_x" } });
    for (other, reason) in [
        (altered("evt_live", "livemode", json!(true)), "livemode"),
        (altered("evt_connect", "account", json!("acct_1")), "connect"),
        (altered("evt_type", "type", json!("invoice.sent")), "type"),
        (altered("evt_foreign", "data", nobodys), "foreign"),
    ] {
        assert_eq!(watched.deliver(&other, SECRET).await, 200, "{reason}");
        let name = format!("webhook_ignored_total{{reason=\"{reason}\"}}");
        watched.comes_to(&name, 1.0).await;
    }
    assert_eq!(
        watched.deliver(&altered("evt_dead", "type", json!("invoice.paid")), SECRET).await,
        200
    );
    watched.comes_to("webhook_dead_total", 1.0).await;
    for status in [400, 400, 429] {
        assert_eq!(watched.deliver(event, "whsec_wrong").await, status);
    }
    watched.shows("webhook_invalid_signature_total", 2.0).await;
    watched.shows("webhook_rate_limited_total", 1.0).await;
    watched.shows("webhook_received_total", 10.0).await;
    watched
        .comes_to(r#"stripe_request_seconds_count{op="subscription_list",outcome="refused"}"#, 1.0)
        .await;
}

#[rocket::async_test]
async fn the_reconciler_counts_what_it_mends() {
    let watched = Watched::open().await;
    wait_for(|| async {
        let plans = watched.api.get("/plans").await.is(200).json();
        let ready = plans["data"][0]["prices"].as_array().is_some_and(|prices| !prices.is_empty());
        ready.then_some(())
    })
    .await;
    let account = watched.api.account("ada").await;
    let body = json!({ "plan": "starter", "interval": "month" });
    let begun = watched.api.post("/accounts/ada/checkout", body).await.is(201).json();
    let session = begun["session_id"].as_str().expect("a session");
    watched.sandbox.pay_checkout(session, "4242424242424242").await.expect("it pays");
    watched.comes_to(r#"reconcile_drift_total{kind="missing"}"#, 1.0).await;
    assert_eq!(watched.api.quota(&account).await["limit"], 3);
}

#[rocket::async_test]
async fn the_metrics_are_for_who_has_the_token_or_sits_at_this_machine() {
    let shop = Shop::with("billing.metrics_token = \"only-for-prometheus\"").await;
    let visitor = shop.stranger();
    let with =
        async |header: &str| visitor.send("GET", "/metrics", &[("Authorization", header)]).await;
    visitor.get("/metrics").await.is(401);
    for wrong in ["Bearer ", "Bearer only-for", "only-for-prometheus", "Basic only-for-prometheus"]
    {
        with(wrong).await.is(401).has_not("coinslot_");
    }
    let shown = with("Bearer only-for-prometheus").await.is(200);
    assert!(shown.header("content-type").starts_with("text/plain; version=0.0.4"));
    shown
        .has("# HELP coinslot_webhook_received_total")
        .has("# TYPE coinslot_webhook_inbox_pending gauge");

    let shop = Shop::with("ip_header = \"X-Real-IP\"").await;
    let visitor = shop.stranger();
    visitor.get("/metrics").await.is(200);
    visitor.send("GET", "/metrics", &[("X-Real-IP", "203.0.113.9")]).await.is(403);

    let shop = Shop::open().await;
    let visitor = shop.stranger();
    visitor.get("/metrics").await.is(200);
    for name in ["X-Forwarded-For", "X-Real-IP", "Forwarded"] {
        let proxied = visitor.send("GET", "/metrics", &[(name, "203.0.113.9")]).await;
        proxied.is(403).has_not("coinslot_");
    }
}

#[rocket::async_test]
async fn a_locked_database_is_not_ready_within_two_seconds_and_ready_again_after() {
    let shop = Shop::open().await;
    let visitor = shop.stranger();
    visitor.get("/readyz").await.is(200);
    let lock = shop.lock_database().await;
    let started = Instant::now();
    let answer = visitor.get("/readyz").await.is(503);
    assert!(started.elapsed() < Duration::from_millis(2_900), "{:?}", started.elapsed());
    assert!(answer.header("retry-after").parse::<u32>().is_ok());
    visitor.get("/healthz").await.is(200);
    drop(lock);
    visitor.get("/readyz").await.is(200);
}
