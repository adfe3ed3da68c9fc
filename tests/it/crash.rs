//! Processes that die, disks that are full, and yesterday's database: nothing is lost or doubled.

use std::fs;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::more::{Books, begin, connect, customer, events, session, slow_down};
use crate::shop::{Api, Shop};

const PAYS: &str = "4242424242424242";

async fn kept(api: &Api, account: &str) -> usize {
    let list = api.get(&format!("/accounts/{account}/subscriptions")).await.is(200).json();
    list["data"].as_array().expect("a list").len()
}

#[rocket::async_test]
async fn an_event_whose_process_was_killed_is_processed_when_its_lease_is_over() {
    let shop = Shop::open().await;
    let api = shop.api("panel").await;
    let account = api.account("ada").await;
    api.buys(&shop, &account, "starter", "month").await;
    shop.sandbox.reorder_pending(|pending| pending.retain(|event| event.kind == "invoice.paid"));
    shop.sandbox.deliver().await;
    slow_down(&shop, 30);
    let billing = Arc::clone(&shop.billing);
    let process = tokio::spawn(async move { billing.settle().await });
    while events(&shop, "processing").await.is_empty() {}
    process.abort();
    assert!(process.await.expect_err("it was killed").is_cancelled());

    shop.sandbox.clear_faults();
    shop.sandbox.clear_requests();
    shop.work().await;
    shop.advance(59).await;
    shop.work().await;
    assert_eq!(events(&shop, "processing").await.len(), 1);
    assert_eq!(api.quota(&account).await["limit"], 1);
    assert!(shop.sandbox.requests().is_empty(), "nobody else works on it");

    shop.advance(2).await;
    shop.work().await;
    let done = events(&shop, "done").await;
    assert_eq!((done.len(), &done[0]["attempts"]), (1, &json!(2)));
    assert_eq!(api.quota(&account).await["limit"], 3);
    assert_eq!(kept(&api, &account).await, 1);
    shop.work().await;
    let lists = shop.sandbox.requests().into_iter().filter(|it| it.path == "/v1/subscriptions");
    assert_eq!(lists.count(), 1, "one effect");
}

#[rocket::async_test]
async fn a_delivery_that_the_disk_does_not_take_is_to_be_sent_again() {
    let shop = Shop::open().await;
    let api = shop.api("panel").await;
    let account = api.account("ada").await;
    api.buys(&shop, &account, "starter", "month").await;
    let mut disk = connect(shop.folder.path()).await;
    sqlx::query(
        "CREATE TRIGGER disk_full BEFORE INSERT ON inbox_events
         BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END",
    )
    .execute(&mut disk)
    .await
    .expect("a trigger");
    let mut pending = shop.sandbox.pending_events();
    pending.retain(|event| {
        event["type"] == "invoice.paid" || event["type"] == "checkout.session.completed"
    });
    assert_eq!(pending.len(), 2);
    let refused = futures::future::join_all(pending.iter().map(|event| shop.deliver(event))).await;
    for answer in refused {
        assert!(answer.is(503).header("retry-after").parse::<u32>().is_ok());
    }
    for status in ["received", "processing", "done", "failed", "ignored"] {
        assert!(events(&shop, status).await.is_empty(), "{status}");
    }
    shop.work().await;
    assert_eq!(api.quota(&account).await["limit"], 1);

    sqlx::query("DROP TRIGGER disk_full").execute(&mut disk).await.expect("it goes");
    shop.settle().await;
    assert_eq!(api.quota(&account).await["limit"], 3);
    assert_eq!(kept(&api, &account).await, 1);
}

#[rocket::async_test]
async fn yesterdays_database_catches_up_with_stripe() {
    let shop = Shop::open().await;
    let api = shop.api("panel").await;
    for account in ["cancels", "begins", "stays", "idle"] {
        customer(&api, account).await;
    }
    for account in ["cancels", "stays"] {
        let session = session(&api, account, "starter").await;
        shop.sandbox.pay_checkout(&session, PAYS).await.expect("it pays");
    }
    shop.settle().await;
    let yesterday = copy_of(&shop).await;

    let canceled = api.subscription("cancels").await;
    shop.sandbox.cancel_now(canceled["stripe_subscription_id"].as_str().expect("one"));
    let session = session(&api, "begins", "growth").await;
    shop.sandbox.pay_checkout(&session, PAYS).await.expect("it pays");
    shop.settle().await;

    let restored = Books::in_folder(&shop, yesterday.path());
    let found = restored.json(&["sync", "--json"]).await;
    assert_eq!(
        found["accounts"],
        json!([
            { "id": "begins", "drift": ["missing"] },
            { "id": "cancels", "drift": ["status", "cancellation"] },
            { "id": "idle", "drift": [] },
            { "id": "stays", "drift": [] },
        ])
    );
    let found = restored.json(&["sync", "--json"]).await;
    let accounts = found["accounts"].as_array().expect("a list");
    assert!(accounts.iter().all(|account| account["drift"] == json!([])), "{found}");

    let restored = Books::on_the_sandbox_clock(&shop, yesterday.path());
    for account in ["cancels", "begins", "stays", "idle"] {
        let mut there = restored.json(&["account", account, "--json"]).await;
        let mut here = api.get(&format!("/accounts/{account}")).await.is(200).json();
        for view in [&mut there, &mut here] {
            if view["subscription"].is_object() {
                view["subscription"]["synced_at"] = Value::Null;
            }
        }
        assert_eq!(there, here, "{account}");
    }
}

/// The copy is from before the first checkout: it knows neither the customer nor what was paid.
#[rocket::async_test]
async fn a_database_from_before_the_purchase_sells_nothing_twice() {
    let shop = Shop::open().await;
    let api = shop.api("panel").await;
    let account = api.account("ada").await;
    api.buys(&shop, &account, "starter", "month").await;
    shop.settle().await;
    let mut disk = connect(shop.folder.path()).await;
    sqlx::query(
        "DELETE FROM subscriptions; DELETE FROM checkouts; DELETE FROM intents;
         DELETE FROM customers; DELETE FROM inbox_events;",
    )
    .execute(&mut disk)
    .await
    .expect("yesterday");
    assert_eq!(api.quota(&account).await["limit"], 1);

    begin(&api, &account, "starter").await.is(409).code("subscription_exists");
    assert_eq!(api.quota(&account).await["limit"], 3);
    assert_eq!(shop.sandbox.ids("checkout.session").len(), 1);
    assert_eq!(shop.sandbox.ids("customer").len(), 1);
}

/// A copy of the database file at rest.
async fn copy_of(shop: &Shop) -> tempfile::TempDir {
    let mut disk = connect(shop.folder.path()).await;
    sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut disk).await.expect("it is at rest");
    let copy = tempfile::tempdir().expect("a folder");
    let name = "coinslot.db";
    fs::copy(shop.folder.path().join(name), copy.path().join(name)).expect("a copy");
    copy
}
