//! The reconciler, which needs no webhook.

use std::time::Duration;

use coinslot::sandbox::{DeliveryMode, Fault, FaultKind};
use serde_json::{Value, json};

use crate::shop::{Api, DAY, Shop};

const LIST: &str = "/v1/subscriptions";

/// Accounts `account-0` and on, each with a customer and a running Starter that nobody announced.
async fn accounts_unheard_of(shop: &Shop, api: &Api, count: usize) -> Vec<String> {
    shop.sandbox.set_delivery_mode(DeliveryMode::Dropped);
    let accounts: Vec<String> = (0..count).map(|number| format!("account-{number}")).collect();
    for account in &accounts {
        api.account(account).await;
        api.buys(shop, account, "starter", "month").await;
    }
    shop.sandbox.clear_requests();
    accounts
}

/// Customers whose subscriptions were asked for, in that order.
fn looked_at(shop: &Shop) -> Vec<String> {
    let lists = shop.sandbox.requests().into_iter().filter(|request| request.path == LIST);
    lists.map(|request| request.form["customer"].as_str().unwrap_or_default().to_owned()).collect()
}

async fn customer_of(api: &Api, account: &str) -> String {
    let found = api.get(&format!("/accounts/{account}")).await.is(200).json();
    found["stripe_customer_id"].as_str().expect("a customer").to_owned()
}

#[rocket::async_test]
async fn every_account_with_a_customer_is_mended_and_a_second_pass_finds_nothing() {
    let shop = Shop::open().await;
    let (api, admin) = (shop.api("admin").await, shop.admin().await);
    let accounts = accounts_unheard_of(&shop, &api, 3).await;
    api.account("without-customer").await;
    admin.get("/servers").await.is(200);
    let drift = "coinslot_reconcile_drift_total{kind=\"missing\"}";
    let counted = async || shop.metric(drift).await.unwrap_or_default();
    let before = counted().await;

    shop.billing.reconcile().await;
    assert_eq!(looked_at(&shop).len(), 3);
    for account in &accounts {
        assert_eq!(api.quota(account).await["limit"], 3, "{account}");
    }
    // Metrics belong to the process, which other tests share.
    assert!(counted().await >= before + 3.0);

    let whole = async || api.get("/accounts").await.is(200).json();
    let mended = whole().await;
    for account in &accounts {
        api.post(&format!("/accounts/{account}/sync"), json!({})).await.is(200);
    }
    let audit = admin.get("/admin/audit").await.is(200).text;
    assert_eq!(audit.matches("nothing differed").count(), 3);
    shop.billing.reconcile().await;
    assert_eq!(whole().await, mended);
}

#[rocket::async_test]
async fn one_accounts_trouble_does_not_stop_the_others() {
    let shop = Shop::open().await;
    let api = shop.api("admin").await;
    let accounts = accounts_unheard_of(&shop, &api, 3).await;
    shop.sandbox.fail_next(Fault {
        method: None,
        path_prefix: format!("{LIST}?customer={}", customer_of(&api, &accounts[1]).await),
        times: 1_000,
        kind: FaultKind::Status(400, None),
    });
    shop.billing.reconcile().await;
    let mut limits = Vec::new();
    for account in &accounts {
        limits.push(api.quota(account).await["limit"].clone());
    }
    assert_eq!(limits, [json!(3), json!(1), json!(3)]);
}

#[rocket::async_test]
async fn an_interrupted_pass_goes_on_where_it_was() {
    let shop = Shop::open().await;
    let api = shop.api("admin").await;
    let accounts = accounts_unheard_of(&shop, &api, 4).await;
    let mut customers = Vec::new();
    for account in &accounts {
        customers.push(customer_of(&api, account).await);
    }
    shop.sandbox.fail_next(Fault {
        method: None,
        path_prefix: format!("{LIST}?customer={}", customers[2]),
        times: 1,
        kind: FaultKind::Delay(Duration::from_mins(1)),
    });
    tokio::select! {
        () = shop.billing.reconcile() => panic!("it was to be interrupted"),
        () = third_is_asked_for(&shop, &customers[2]) => {}
    }
    assert_eq!(looked_at(&shop), customers[..3]);

    shop.sandbox.clear_requests();
    let reopened = shop.twin("").await;
    reopened.billing.reconcile().await;
    assert_eq!(looked_at(&shop), customers[2..], "the first two were done");
    shop.sandbox.clear_requests();
    reopened.billing.reconcile().await;
    assert_eq!(looked_at(&shop), customers, "the next pass begins at the beginning");
}

async fn third_is_asked_for(shop: &Shop, customer: &str) {
    while !looked_at(shop).iter().any(|seen| seen == customer) {
        tokio::task::yield_now().await;
    }
}

#[rocket::async_test]
async fn undelivered_events_of_30_days_come_through_the_same_inbox() {
    let shop = Shop::open().await;
    let api = shop.api("admin").await;
    api.account("early").await;
    api.buys(&shop, "early", "starter", "month").await;
    shop.advance(31 * DAY).await;
    api.account("ada").await;
    api.buys(&shop, "ada", "starter", "month").await;
    let customer = customer_of(&api, "ada").await;
    let metadata: Vec<String> = (0..250).map(|number| number.to_string()).collect();
    let subscription = shop.sandbox.ids("subscription").pop().expect("a subscription");
    for number in &metadata {
        shop.sandbox.set_subscription_metadata(&subscription, &[("number", number)]);
    }
    shop.sandbox.clear_requests();
    shop.billing.take_undelivered().await;
    let events = |request: &&coinslot::sandbox::RecordedRequest| request.path == "/v1/events";
    assert!(shop.sandbox.requests().iter().filter(events).count() >= 3, "several pages");

    let stored = every_event(&api).await;
    let since = shop.clock.now().0 - 30 * DAY;
    let (recent, older): (Vec<Value>, Vec<Value>) = shop
        .sandbox
        .events()
        .into_iter()
        .partition(|event| event["created"].as_i64().is_some_and(|created| created >= since));
    let is_stored = |event: &Value| stored.iter().any(|stored| stored["id"] == event["id"]);
    let updates: Vec<&Value> =
        recent.iter().filter(|event| event["type"] == "customer.subscription.updated").collect();
    assert!(updates.len() >= 250 && updates.into_iter().all(is_stored));
    assert!(!older.is_empty() && !older.iter().any(is_stored));

    shop.work().await;
    assert_eq!(api.quota("ada").await["limit"], 3);
    let left = every_event(&api).await;
    assert!(left.iter().all(|event| event["status"] == "done"), "{left:#?}");
    shop.billing.take_undelivered().await;
    assert_eq!(every_event(&api).await.len(), stored.len(), "none is taken twice");
    assert!(looked_at(&shop).contains(&customer));
}

async fn every_event(api: &Api) -> Vec<Value> {
    let (mut events, mut after) = (Vec::new(), String::new());
    loop {
        let page = api.get(&format!("/events?limit=100{after}")).await.is(200).json();
        events.extend(page["data"].as_array().expect("a list").iter().cloned());
        let Some(next) = page["next"].as_str() else { return events };
        after = format!("&after={next}");
    }
}

#[rocket::async_test]
async fn a_plan_bought_for_good_is_found_without_any_webhook() {
    let shop = Shop::open().await;
    let api = shop.api("admin").await;
    shop.sandbox.set_delivery_mode(DeliveryMode::Dropped);
    api.account("ada").await;
    api.buys(&shop, "ada", "lifetime", "once").await;
    let drift = "coinslot_reconcile_drift_total{kind=\"purchase\"}";
    let before = shop.metric(drift).await.unwrap_or_default();
    shop.billing.reconcile().await;
    assert_eq!(api.quota("ada").await["basis"], "lifetime");
    assert!(shop.metric(drift).await.unwrap_or_default() >= before + 1.0);
}
