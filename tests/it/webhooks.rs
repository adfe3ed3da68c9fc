//! The endpoint at Stripe, set up and pruned by the command line.

use serde_json::{Value, json};

use crate::more::{Books, text};
use crate::shop::{Api, KEY, Shop, answer_of, client};

async fn stripe(shop: &Shop, method: &str, path: &str, form: &[(&str, &str)]) -> Value {
    let url = format!("{}/v1/webhook_endpoints{path}", shop.sandbox.base_url());
    let request = client().request(method.parse().expect("a method"), url).bearer_auth(KEY);
    let request = if form.is_empty() { request } else { request.form(form) };
    answer_of(request).await.is(200).json()
}

/// A panel that Stripe knows nothing of yet, and its command line.
async fn unknown_to_stripe(shop: &Shop) -> (Shop, Books) {
    let panel = shop.keyed("").await;
    let books = Books::keyed(&panel);
    (panel, books)
}

#[rocket::async_test]
async fn setup_makes_the_endpoint_once_and_its_secret_opens_the_events() {
    let shop = Shop::open().await;
    let (mut panel, books) = unknown_to_stripe(&shop).await;
    let made = books.json(&["webhooks", "setup", "--json"]).await;
    assert_eq!(made["done"], "created");
    assert_eq!(made["url"], json!(format!("{}/api/billing/webhook", panel.base)));
    assert_eq!(made["api_version"], "2026-09-30.endive");
    let secret = text(&made["secret"]);
    assert!(secret.starts_with("whsec_"), "{made}");
    let events = made["events"].as_array().expect("a list");
    assert!(events.contains(&json!("invoice.paid")) && !events.contains(&json!("*")), "{made}");

    let again = books.json(&["webhooks", "setup", "--json"]).await;
    assert_eq!((&again["id"], &again["done"]), (&made["id"], &json!("unchanged")));
    assert_eq!(again["secret"], Value::Null);
    let listed = stripe(&shop, "GET", "", &[]).await;
    assert_eq!(listed["data"].as_array().map(Vec::len), Some(2), "the sandbox's own and ours");
    assert!(!listed.to_string().contains(&secret), "no list shows the secret");

    let folder = std::sync::Arc::clone(&panel.folder);
    drop(panel);
    panel = shop.keyed(&format!("webhook_secrets = [\"{secret}\"]")).await;
    let url = format!("{}/api/billing/webhook", panel.base);
    stripe(&shop, "POST", &format!("/{}", text(&made["id"])), &[("url", &url)]).await;
    let api: Api = panel.api("admin").await;
    api.account("ada").await;
    api.buys(&panel, "ada", "starter", "month").await;
    shop.settle().await;
    panel.work().await;
    assert_eq!(api.quota("ada").await["limit"], 3);
    assert_ne!(panel.events("done").await.len(), 0, "signed with the secret that was printed");
    drop(folder);
}

#[rocket::async_test]
async fn setup_mends_the_endpoint_with_our_address_and_tells_what_it_cannot() {
    let shop = Shop::open().await;
    let (panel, books) = unknown_to_stripe(&shop).await;
    let url = format!("{}/api/billing/webhook", panel.base);
    let form = [("url", url.as_str()), ("enabled_events[0]", "*"), ("api_version", "2020-08-27")];
    let old = stripe(&shop, "POST", "", &form).await;
    let id = text(&old["id"]);
    stripe(&shop, "POST", &format!("/{id}"), &[("disabled", "true")]).await;

    let said = books.run(&["webhooks", "setup"]).await.exits(0).out;
    let mended = stripe(&shop, "GET", &format!("/{id}"), &[]).await;
    assert_eq!(mended["status"], "enabled");
    let types = mended["enabled_events"].as_array().expect("a list");
    assert!(types.len() > 1 && !types.contains(&json!("*")), "{mended}");
    let count = types.len();
    assert!(said.contains(&format!("{id} now sends {count} types of events to {url}")), "{said}");
    assert!(said.contains("Its API version is 2020-08-27 and cannot be changed"), "{said}");

    stripe(&shop, "POST", &format!("/{id}"), &[("disabled", "true")]).await;
    assert_eq!(books.json(&["webhooks", "setup", "--json"]).await["done"], "updated");
    assert_eq!(stripe(&shop, "GET", &format!("/{id}"), &[]).await["status"], "enabled");

    let twin = stripe(&shop, "POST", "", &[("url", &url), ("enabled_events[0]", "*")]).await;
    let said = books.run(&["webhooks", "setup"]).await.exits(0).out;
    assert!(said.contains("as it should"), "{said}");
    let twin = text(&twin["id"]);
    assert!(said.contains(&format!("{twin} has the same address: delete it")), "{said}");
}

#[rocket::async_test]
async fn prune_tells_first_and_takes_away_only_when_told_to() {
    let shop = Shop::open().await;
    let (panel, books) = unknown_to_stripe(&shop).await;
    let refused = books.run(&["webhooks", "prune"]).await.exits(1);
    assert!(refused.err.contains("make it with coinslot webhooks setup"), "{}", refused.err);

    let url = format!("{}/api/billing/webhook", panel.base);
    let form = [
        ("url", url.as_str()),
        ("enabled_events[0]", "payout.paid"),
        ("enabled_events[1]", "invoice.paid"),
    ];
    let id = text(&stripe(&shop, "POST", "", &form).await["id"]);
    let sent =
        async || stripe(&shop, "GET", &format!("/{id}"), &[]).await["enabled_events"].clone();

    let told = books.json(&["webhooks", "prune", "--json"]).await;
    assert_eq!((&told["extra"], &told["applied"]), (&json!(["payout.paid"]), &json!(false)));
    let missing = told["missing"].as_array().expect("a list");
    assert!(missing.contains(&json!("invoice.payment_failed")), "{told}");
    assert!(!missing.contains(&json!("invoice.paid")), "{told}");
    assert_eq!(sent().await, json!(["payout.paid", "invoice.paid"]), "only told");
    let said = books.run(&["webhooks", "prune"]).await.exits(0).out;
    assert!(said.starts_with("extra    payout.paid\nmissing  charge.dispute.closed\n"), "{said}");
    assert!(said.contains("remove what is extra with --apply"), "{said}");

    let applied = books.json(&["webhooks", "prune", "--apply", "--json"]).await;
    assert_eq!((&applied["extra"], &applied["applied"]), (&json!(["payout.paid"]), &json!(true)));
    assert_eq!(sent().await, json!(["invoice.paid"]));
    let again = books.json(&["webhooks", "prune", "--apply", "--json"]).await;
    assert_eq!((&again["extra"], &again["applied"]), (&json!([]), &json!(false)));
}

#[rocket::async_test]
async fn an_address_of_this_machine_is_not_given_to_stripe() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = crate::process::command(folder.path());
    command.env("STRIPE_SECRET_KEY", "sk_test_nowhere").args(["webhooks", "setup"]);
    let output = command.output().expect("it runs");
    assert_eq!(output.status.code(), Some(1));
    let reason = String::from_utf8_lossy(&output.stderr);
    assert!(reason.contains("billing.public_url = \"http://127.0.0.1:8000\""), "{reason}");
    assert!(reason.contains("stripe listen --forward-to"), "{reason}");
}

#[rocket::async_test]
async fn the_sandbox_refuses_endpoints_as_stripe_does_and_sends_by_type() {
    let shop = Shop::open().await;
    let call = |method: &str, path: &str, form: Vec<(&'static str, &'static str)>| {
        let url = format!("{}/v1/webhook_endpoints{path}", shop.sandbox.base_url());
        let request = client().request(method.parse().expect("a method"), url).bearer_auth(KEY);
        answer_of(request.form(&form))
    };
    let any = ("enabled_events[0]", "*");
    let url = ("url", "http://127.0.0.1:9/hook");
    let table = [
        (vec![any], 400, "url"),
        (vec![url], 400, "enabled_events"),
        (vec![any, ("url", "panel.example/hook")], 400, "url"),
        (vec![url, ("enabled_events[0]", "nonsense")], 400, "enabled_events[0]"),
        (vec![url, any, ("api_version", "newest")], 400, "api_version"),
        (vec![url, any, ("secret", "whsec_mine")], 400, "secret"),
    ];
    for (form, status, param) in table {
        let refused = call("POST", "", form.clone()).await.is(status).json();
        assert_eq!(refused["error"]["param"], param, "{form:?}");
    }
    let made = call("POST", "", vec![url, ("enabled_events[0]", "product.created")]).await.is(200);
    let id = text(&made.json()["id"]);
    call("POST", "/we_1sandbox", vec![("enabled_events[0]", "invoice.paid")]).await.is(200);
    let api = shop.api("admin").await;
    api.account("ada").await;
    api.buys(&shop, "ada", "starter", "month").await;
    shop.settle().await;
    let events = shop.events("done").await;
    assert!(!events.is_empty() && events.iter().all(|event| event["type"] == "invoice.paid"));

    call("DELETE", &format!("/{id}"), vec![]).await.is(200);
    call("GET", &format!("/{id}"), vec![]).await.is(404);
    for _ in 0..15 {
        call("POST", "", vec![url, any]).await.is(200);
    }
    let refused = call("POST", "", vec![url, any]).await.is(400).json();
    assert!(text(&refused["error"]["message"]).contains("maximum of 16"), "{refused}");
}
