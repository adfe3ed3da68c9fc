//! The go-live checklist: every line passes, and fails when its fault is planted.

use std::sync::Arc;

use coinslot::sandbox::{Delivery, Options, Sandbox};
use serde_json::{Value, json};
use sqlx::Connection as _;

use crate::more::{Books, Said, answer_with, connect, text};
use crate::shop::{KEY, SECRET, START, Shop, answer_of, catalogue, client};

const IDS: [&str; 15] = [
    "key",
    "api",
    "webhook_secret",
    "webhook_endpoint",
    "webhook_events",
    "webhook_silence",
    "prices",
    "price_currency",
    "portal",
    "tax",
    "payment_methods",
    "public_url",
    "database",
    "backup",
    "panel",
];

/// A sandbox by the system's clock, as Stripe is.
async fn sandbox(secret_key: &str, start_at: Option<i64>) -> Sandbox {
    Sandbox::start(Options {
        port: 0,
        secret_key: secret_key.to_owned(),
        webhook_url: None,
        webhook_secret: SECRET.to_owned(),
        state_file: None,
        catalogue: catalogue(),
        start_at,
        delivery: Delivery::Held,
    })
    .await
    .expect("a sandbox")
}

/// A shop where everything that can be in order is.
async fn in_order() -> (Shop, Books) {
    let shop = Shop::over(sandbox(KEY, None).await, "").await;
    let books = Books::keyed(&shop).and("STRIPE_AUTOMATIC_TAX_ENABLED", "true");
    books.run(&["webhooks", "setup"]).await.exits(0);
    let domain = [("domain_name", "127.0.0.1")];
    stripe(&shop, "payment_method_domains", &domain).await;
    let copy = shop.folder.path().join("copy.db").display().to_string();
    books.run(&["backup", &copy]).await.exits(0);
    execute(&shop, "INSERT INTO webhook_silence (mode, heard_at) VALUES ('test', 1790000000)")
        .await;
    (shop, books)
}

async fn stripe(shop: &Shop, path: &str, form: &[(&str, &str)]) {
    let url = format!("{}/v1/{path}", shop.sandbox.base_url());
    answer_of(client().post(url).bearer_auth(KEY).form(form)).await.is(200);
}

async fn execute(shop: &Shop, statement: &'static str) {
    let mut conn = connect(shop.folder.path()).await;
    sqlx::raw_sql(statement).execute(&mut conn).await.expect("a good statement");
    conn.close().await.expect("a close");
}

/// The line `id`, and how the command ended.
async fn line(books: &Books, id: &str) -> (Value, Said) {
    let said = books.run(&["doctor", "--json"]).await;
    let report = said.json();
    let checks = report["checks"].as_array().expect("a list");
    let found = checks.iter().find(|check| check["id"] == id).cloned();
    (found.unwrap_or_else(|| panic!("no {id}: {report}")), said)
}

#[track_caller]
fn is((line, said): (Value, Said), status: &str, seen: &str) {
    assert_eq!(line["status"], status, "{line} {}", said.err);
    assert!(text(&line["seen"]).contains(seen), "{line}");
    assert_eq!(line["do"].is_null(), status == "pass", "{line}");
    let any_fails = said.json()["checks"]
        .as_array()
        .is_some_and(|checks| checks.iter().any(|check| check["status"] == "fail"));
    assert_eq!(said.code, Some(i32::from(any_fails)), "{}", said.err);
}

#[rocket::async_test]
async fn everything_in_order_passes_in_words_and_json_and_changes_nothing_at_stripe() {
    let (shop, books) = in_order().await;
    shop.sandbox.clear_requests();
    let said = books.run(&["doctor", "--json"]).await.exits(0);
    let report = said.json();
    let checks = report["checks"].as_array().expect("a list");
    let ids: Vec<_> = checks.iter().map(|check| text(&check["id"])).collect();
    assert_eq!(ids, IDS);
    let status =
        |id: &str| checks.iter().find(|check| check["id"] == id).expect("it")["status"].clone();
    for id in IDS {
        // A key that may do everything, and an address of this machine.
        let expected = if ["key", "public_url"].contains(&id) { "warn" } else { "pass" };
        assert_eq!(status(id), expected, "{id}: {report}");
    }
    let calls = shop.sandbox.requests();
    assert!(!calls.is_empty() && calls.iter().all(|call| call.method == "GET"), "{calls:?}");

    let said = books.run(&["doctor"]).await.exits(0).out;
    assert!(said.starts_with("warn  key               a secret test key"), "{said}");
    assert!(
        said.contains("\npass  api               Stripe answers; our clock differs by "),
        "{said}"
    );
    assert_eq!(said.matches("→ ").count(), 2, "{said}");
}

#[rocket::async_test]
async fn key_and_api_fail_when_stripe_refuses_is_silent_or_lives_in_another_time() {
    let (shop, books) = in_order().await;
    let wrong = Books::keyed(&shop).and("STRIPE_SECRET_KEY", "sk_test_wrong");
    is(line(&wrong, "key").await, "fail", "Stripe refuses the key");
    is(line(&wrong, "api").await, "fail", "refuses");
    is(line(&wrong, "prices").await, "fail", "refuses");
    let nowhere = Books::keyed(&shop).and("STRIPE_API_BASE", "http://127.0.0.1:9");
    is(line(&nowhere, "api").await, "fail", "Stripe is unavailable");
    is(line(&nowhere, "portal").await, "fail", "Stripe is unavailable");
    let late = sandbox(KEY, Some(START)).await;
    let late = Books::keyed(&shop).and("STRIPE_API_BASE", &late.base_url());
    is(line(&late, "api").await, "fail", "our clock differs by ");
    let restricted = sandbox("rk_test_of_the_shop", None).await;
    let restricted = books
        .and("STRIPE_SECRET_KEY", "rk_test_of_the_shop")
        .and("STRIPE_API_BASE", &restricted.base_url());
    is(line(&restricted, "key").await, "pass", "a restricted test key");
}

#[rocket::async_test]
async fn the_webhook_lines_fail_for_what_keeps_events_away() {
    let (shop, books) = in_order().await;
    let secret = |value: &str| Books::keyed(&shop).and("STRIPE_WEBHOOK_SECRET", value);
    is(line(&secret(""), "webhook_secret").await, "fail", "none");
    is(line(&books, "webhook_secret").await, "pass", "1 secret");

    let own = "webhook_endpoints/we_1sandbox";
    is(line(&books, "webhook_events").await, "pass", "exactly the ");
    stripe(&shop, own, &[("enabled_events[0]", "invoice.paid")]).await;
    is(line(&books, "webhook_events").await, "fail", "missing: charge.dispute.closed");
    stripe(&shop, own, &[("enabled_events[0]", "*")]).await;
    is(line(&books, "webhook_events").await, "warn", "too much: *");
    stripe(&shop, own, &[("disabled", "true")]).await;
    is(line(&books, "webhook_endpoint").await, "fail", "we_1sandbox is disabled");
    let elsewhere = Books::keyed(&shop).and("COINSLOT_PUBLIC_URL", "https://panel.example");
    is(line(&elsewhere, "webhook_endpoint").await, "fail", "none at https://panel.example/api/");
    is(line(&elsewhere, "webhook_events").await, "fail", "there is no endpoint");
    stripe(&shop, own, &[("disabled", "false")]).await;
    let url = format!("{}/api/billing/webhook", shop.base);
    let old = [("url", url.as_str()), ("enabled_events[0]", "*"), ("api_version", "2020-08-27")];
    stripe(&shop, "webhook_endpoints", &old).await;
    is(line(&books, "webhook_endpoint").await, "warn", "2 endpoints at ");
    let request = client().delete(format!("{}/v1/{own}", shop.sandbox.base_url()));
    answer_of(request.bearer_auth(KEY)).await.is(200);
    is(line(&books, "webhook_endpoint").await, "warn", "API version 2020-08-27, not 20");

    is(line(&books, "webhook_silence").await, "pass", "deliveries arrive");
    execute(&shop, "UPDATE webhook_silence SET suspected_at = 1000").await;
    is(line(&books, "webhook_silence").await, "fail", "since 1970-01-01T00:16:40Z");
    execute(&shop, "DELETE FROM webhook_silence").await;
    is(line(&books, "webhook_silence").await, "warn", "no delivery has arrived yet");
}

#[rocket::async_test]
async fn the_selling_lines_fail_for_what_nobody_could_buy() {
    let (shop, books) = in_order().await;
    is(line(&books, "prices").await, "pass", "all 7 are for sale");
    is(line(&books, "price_currency").await, "pass", "EUR");
    let allowed = Books::keyed(&shop).and("STRIPE_ALLOWED_PRICE_IDS", "price_other");
    is(line(&allowed, "prices").await, "fail", "is not in billing.stripe.allowed_prices");
    let dollars = [
        ("currency", "usd"),
        ("product_data[name]", "Starter"),
        ("unit_amount", "5500"),
        ("recurring[interval]", "year"),
        ("lookup_key", "starter_in_dollars"),
    ];
    stripe(&shop, "prices", &dollars).await;
    let mixed = Books::keyed(&shop).and("STRIPE_PRICE_STARTER_YEARLY", "starter_in_dollars");
    is(line(&mixed, "price_currency").await, "fail", "starter costs EUR and USD");
    let found = shop.sandbox.ids("price");
    shop.sandbox.archive_price(&found[0]);
    is(line(&books, "prices").await, "fail", "is archived at Stripe");

    let portals = |configuration: Value| {
        let list =
            json!({ "object": "list", "data": [configuration], "has_more": false, "url": "/v1" });
        answer_with(&shop, "/v1/billing_portal/configurations", 1, list);
    };
    let good = shop.sandbox.object("bpc_1sandbox").expect("the sandbox's own");
    let with = |pointer: &str, value: Value| {
        let mut changed = good.clone();
        *changed.pointer_mut(pointer).expect("a field") = value;
        changed
    };
    is(line(&books, "portal").await, "pass", "bpc_1sandbox, active");
    for (configuration, status, seen) in [
        (with("/is_default", json!(false)), "fail", "no default configuration"),
        (with("/active", json!(false)), "fail", "is not active"),
        (
            with("/features/payment_method_update/enabled", json!(false)),
            "fail",
            "does not allow updating payment methods",
        ),
        (with("/features/subscription_update/enabled", json!(true)), "warn", "but lists none"),
        (
            with(
                "/features/subscription_update",
                json!({"enabled": true, "products": [{"product": "prod_1", "prices": []}]}),
            ),
            "pass",
            "1 products to switch to",
        ),
    ] {
        portals(configuration);
        is(line(&books, "portal").await, status, seen);
    }
    let other = Books::keyed(&shop).and("STRIPE_PORTAL_CONFIGURATION_ID", "bpc_other");
    is(line(&other, "portal").await, "fail", "no configuration bpc_other");

    is(line(&books, "tax").await, "pass", "on and set up");
    is(line(&Books::keyed(&shop), "tax").await, "pass", "automatic tax is off");
    let pending = json!({
        "object": "tax.settings",
        "status": "pending",
        "status_details": {"pending": {"missing_fields": ["head_office", "defaults.tax_code"]}},
    });
    answer_with(&shop, "/v1/tax/settings", 1, pending);
    is(line(&books, "tax").await, "fail", "lacks head_office, defaults.tax_code");

    let domains = |enabled: bool, wallet: Value| {
        let domain = json!({ "id": "pmd_1", "enabled": enabled, "apple_pay": wallet });
        let list = json!({ "object": "list", "data": [domain], "has_more": false, "url": "/v1" });
        answer_with(&shop, "/v1/payment_method_domains", 1, list);
    };
    is(line(&books, "payment_methods").await, "pass", "127.0.0.1 is registered");
    domains(false, json!({ "status": "active" }));
    is(line(&books, "payment_methods").await, "fail", "disabled");
    let reason = json!({ "status": "inactive", "status_details": { "error_message": "no file" } });
    domains(true, reason);
    is(line(&books, "payment_methods").await, "fail", "not for Apple Pay (no file)");
    let elsewhere = books.and("COINSLOT_PUBLIC_URL", "https://panel.example");
    is(line(&elsewhere, "payment_methods").await, "warn", "panel.example is not registered");
}

#[rocket::async_test]
async fn the_lines_of_our_own_side_fail_for_address_database_and_backup() {
    let (shop, books) = in_order().await;
    let at = |url: &str| Books::keyed(&shop).and("COINSLOT_PUBLIC_URL", url);
    is(line(&at("https://panel.example"), "public_url").await, "pass", "https://panel.example");
    is(line(&at("http://panel.example"), "public_url").await, "warn", "http://panel.example");
    let real = at("http://panel.example").and("STRIPE_API_BASE", "https://127.0.0.1:9");
    is(line(&real, "public_url").await, "fail", "http://panel.example");
    let real = at("https://panel.lan").and("STRIPE_API_BASE", "https://127.0.0.1:9");
    is(line(&real, "public_url").await, "fail", "https://panel.lan");

    is(line(&books, "backup").await, "pass", "the last is 0 hours old");
    execute(&shop, "UPDATE cursors SET value = '2026-01-01T00:00:00Z' WHERE name = 'backup'").await;
    is(line(&books, "backup").await, "fail", " hours old");
    execute(&shop, "DELETE FROM cursors WHERE name = 'backup'").await;
    is(line(&books, "backup").await, "warn", "never ran");

    is(line(&books, "panel").await, "pass", "the built-in one");
    is(line(&books, "database").await, "pass", "whole, WAL");
    let damage = "PRAGMA writable_schema = ON;
                  DELETE FROM sqlite_schema WHERE name = 'audit_by_account';";
    execute(&shop, damage).await;
    is(line(&books, "database").await, "fail", "damaged: ");
}

#[rocket::async_test]
async fn the_sandbox_beside_is_no_failure_but_no_real_money_either() {
    let sandbox = sandbox("sk_test_coinslot_sandbox", None).await;
    let port = sandbox.base_url().rsplit(':').next().expect("a port").to_owned();
    let folder = Arc::new(tempfile::tempdir().expect("a folder"));
    let run = |arguments: &[&str]| {
        let mut command = crate::process::command(folder.path());
        command.env("COINSLOT_SANDBOX_PORT", &port).args(arguments);
        Said::from(command.output().expect("it runs"))
    };
    sandbox.set_webhook("http://127.0.0.1:8000/api/billing/webhook", SECRET);
    let output = tokio::task::block_in_place(|| run(&["webhooks", "setup"])).exits(0);
    assert!(output.out.contains("we_1sandbox now sends"), "{}", output.out);
    let said = tokio::task::block_in_place(|| run(&["doctor", "--json"])).exits(0);
    let report = said.json();
    let key = &report["checks"][0];
    assert_eq!((&key["id"], &key["status"]), (&json!("key"), &json!("warn")), "{report}");
}

#[rocket::async_test]
async fn the_line_of_the_panel_fails_when_its_driver_cannot_work_with_it() {
    use crate::fake_panel::{BOTH, FakePanel, Faults, Kind};
    let (shop, books) = in_order().await;
    for kind in BOTH {
        let panel = FakePanel::open(kind).await;
        panel.user("ada@example.com");
        let file = shop.folder.path().join("Rocket.toml");
        std::fs::write(&file, panel.configuration("")).expect("a file");
        let name = if kind == Kind::Pelican { "Pelican" } else { "Pterodactyl" };
        is(line(&books, "panel").await, "pass", &format!("{name}, templates: 1"));
        let fault = |status, body| Faults { instead: Some((status, body)), ..Faults::default() };
        for (faults, seen) in [
            (Faults { deny_include: true, ..Faults::default() }, "are not shown"),
            (
                fault(403, "This action is unauthorized."),
                "servers: the panel refuses the key (403)",
            ),
            (fault(302, ""), "a redirect"),
            (fault(200, "<html>"), "without JSON"),
            (fault(500, "broken"), "it answered 500 Internal Server Error"),
        ] {
            panel.break_with(faults);
            is(line(&books, "panel").await, "fail", seen);
        }
        panel.break_with(Faults { room_mib: Some(2_047), ..Faults::default() });
        is(line(&books, "panel").await, "warn", "no node has room for a server of paper");
        panel.mend();
        let wrong = panel.configuration("").replace("VERSION", "OTHER");
        std::fs::write(&file, wrong).expect("a file");
        is(line(&books, "panel").await, "fail", "template paper: ");
        let calls = panel.state().calls.clone();
        assert!(calls.iter().all(|call| call.method == "GET"), "{calls:?}");
    }
}
