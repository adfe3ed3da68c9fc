//! What a subscription's good and bad days mean for the account, to the second.

use coinslot::Timestamp;
use coinslot::sandbox::CancelShape;
use serde_json::{Value, json};

use crate::shop::{Api, DAY, HOUR, Shop};

const FAILS_AT_RENEWAL: &str = "4000000000000341";

/// An account with a customer at Stripe and nothing paid.
async fn customer(api: &Api, account: &str) -> String {
    api.account(account).await;
    let body = json!({ "plan": "starter", "interval": "month" });
    api.post(&format!("/accounts/{account}/checkout"), body).await.is(201);
    let answer = api.get(&format!("/accounts/{account}")).await.is(200).json();
    answer["stripe_customer_id"].as_str().expect("a customer").to_owned()
}

/// An account on Starter whose card will fail, moved to the failure of its first renewal.
async fn failed(shop: &Shop, api: &Api, account: &str) {
    let customer = customer(api, account).await;
    shop.sandbox
        .create_subscription(&customer, "price_starter_monthly", FAILS_AT_RENEWAL)
        .expect("a subscription");
    shop.settle().await;
    assert_eq!(api.quota(account).await["limit"], 3);
    shop.live_through(31 * DAY + HOUR).await;
}

fn until(quota: &Value) -> i64 {
    let text = quota["until"].as_str().expect("a date");
    text.parse::<Timestamp>().expect("RFC 3339").0
}

#[rocket::async_test]
async fn three_d_secure_is_needed_then_done() {
    let shop = Shop::open().await;
    let api = shop.api("panel").await;
    let customer = customer(&api, "ada").await;
    shop.sandbox
        .create_subscription(&customer, "price_starter_monthly", "4000002500003155")
        .expect("a subscription");
    shop.settle().await;
    let waiting = api.subscription("ada").await;
    assert_eq!(waiting["state"], "incomplete");
    assert_eq!(waiting["payment_state"], "requires_action");
    assert!(waiting["action_url"].as_str().is_some_and(|url| url.contains("invoice")), "{waiting}");
    assert_eq!(api.quota("ada").await["reason"], "payment_incomplete");
    assert_eq!(api.quota("ada").await["limit"], 1);

    let invoice = shop.sandbox.ids("invoice").pop().expect("an invoice");
    shop.sandbox.confirm_3ds(&invoice, true).await.expect("it waits");
    shop.settle().await;
    let done = api.subscription("ada").await;
    assert_eq!((&done["state"], &done["payment_state"]), (&json!("active"), &json!("ok")));
    assert_eq!(done["action_url"], Value::Null);
    assert_eq!(api.quota("ada").await["limit"], 3);
}

#[rocket::async_test]
async fn an_unfinished_first_payment_runs_out_and_may_be_tried_again() {
    let shop = Shop::open().await;
    let api = shop.api("panel").await;
    let customer = customer(&api, "ada").await;
    shop.sandbox
        .create_subscription(&customer, "price_starter_monthly", "4000002500003155")
        .expect("a subscription");
    shop.live_through(24 * HOUR).await;
    let over = api.subscription("ada").await;
    assert_eq!(
        (&over["status"], &over["state"]),
        (&json!("incomplete_expired"), &json!("canceled"))
    );
    assert_eq!(api.quota("ada").await["reason"], "ended");
    api.buys(&shop, "ada", "starter", "month").await;
    shop.settle().await;
    assert_eq!(api.quota("ada").await["limit"], 3);
}

#[rocket::async_test]
async fn later_failures_do_not_start_the_grace_clock_again() {
    let shop = Shop::with("billing.grace_period = \"10d\"").await;
    let api = shop.api("panel").await;
    failed(&shop, &api, "ada").await;
    let first = api.quota("ada").await;
    assert_eq!((&first["reason"], &first["limit"]), (&json!("grace"), &json!(3)));
    let end = until(&first);
    for _ in 0..2 {
        shop.live_through(4 * DAY).await;
        let later = api.quota("ada").await;
        assert_eq!((until(&later), &later["reason"]), (end, &json!("grace")));
    }
    let subscription = api.subscription("ada").await;
    assert_eq!(
        (&subscription["state"], &subscription["payment_state"]),
        (&json!("past_due"), &json!("past_due"))
    );
    assert!(subscription["action_url"].as_str().is_some());
}

#[rocket::async_test]
async fn grace_ends_to_the_second_without_any_worker() {
    let shop = Shop::open().await;
    let api = shop.api("panel").await;
    failed(&shop, &api, "ada").await;
    let end = until(&api.quota("ada").await);
    shop.clock.set(Timestamp(end - 1));
    let before = api.quota("ada").await;
    assert_eq!((&before["reason"], &before["limit"]), (&json!("grace"), &json!(3)));
    shop.clock.set(Timestamp(end));
    let after = api.quota("ada").await;
    assert_eq!((&after["reason"], &after["limit"]), (&json!("grace_expired"), &json!(1)));
    assert_eq!(after["until"], Value::Null);
}

#[rocket::async_test]
async fn in_grace_the_free_server_may_be_created_and_nothing_more() {
    let shop = Shop::open().await;
    let api = shop.api("panel").await;
    failed(&shop, &api, "ada").await;
    api.put("/accounts/ada/servers/one", json!({})).await.is(201);
    let refused = api
        .put("/accounts/ada/servers/two", json!({}))
        .await
        .is(402)
        .code("payment_past_due")
        .json();
    assert_eq!(
        (&refused["limit"], &refused["used"], &refused["plan"]),
        (&json!(3), &json!(1), &json!("starter"))
    );
    assert_eq!(refused["reason"], "grace");
    assert!(refused["until"].as_str().is_some() && refused["action_url"].as_str().is_some());
}

#[rocket::async_test]
async fn paying_the_open_invoice_ends_the_bad_days_everywhere_at_once() {
    let shop = Shop::open().await;
    let api = shop.api("panel").await;
    failed(&shop, &api, "ada").await;
    let stale = shop.sandbox.events().into_iter().filter(|e| e["type"] == "invoice.payment_failed");
    let stale: Vec<Value> = stale.collect();
    let customer = api.get("/accounts/ada").await.json()["stripe_customer_id"]
        .as_str()
        .expect("one")
        .to_owned();
    shop.sandbox.set_default_card(&customer, "4242424242424242").expect("a customer");
    let invoice = shop.sandbox.ids("invoice").pop().expect("an invoice");
    shop.sandbox.pay_invoice(&invoice).expect("it is open");
    shop.settle().await;
    let quota = api.quota("ada").await;
    assert_eq!((&quota["reason"], &quota["limit"]), (&json!("subscription"), &json!(3)));
    assert_eq!(api.subscription("ada").await["payment_state"], "ok");
    api.put("/accounts/ada/servers/one", json!({})).await.is(201);
    api.put("/accounts/ada/servers/two", json!({})).await.is(201);

    // Two days later the failure is told once more: nothing comes of it.
    shop.advance(2 * DAY).await;
    for event in stale {
        let mut again = event;
        again["id"] = json!(format!("{}_late", again["id"].as_str().expect("an id")));
        shop.deliver(&again).await.is(200);
    }
    shop.work().await;
    assert_eq!(api.quota("ada").await["reason"], "subscription");
}

#[rocket::async_test]
async fn a_subscription_lost_to_its_card_keeps_its_grace_and_may_be_bought_anew() {
    let shop = Shop::with("billing.grace_period = \"60d\"").await;
    let api = shop.api("panel").await;
    failed(&shop, &api, "ada").await;
    let end = until(&api.quota("ada").await);
    shop.live_through(20 * DAY).await;
    let over = api.subscription("ada").await;
    assert_eq!((&over["status"], &over["state"]), (&json!("canceled"), &json!("canceled")));
    let quota = api.quota("ada").await;
    assert_eq!((until(&quota), &quota["reason"]), (end, &json!("grace")));
    api.buys(&shop, "ada", "growth", "month").await;
    shop.settle().await;
    assert_eq!(api.quota("ada").await["limit"], 10);
}

#[rocket::async_test]
async fn a_scheduled_end_is_read_in_both_shapes_and_may_be_taken_back() {
    for shape in [CancelShape::Old, CancelShape::New] {
        let shop = Shop::open().await;
        shop.sandbox.cancel_shape(shape);
        let api = shop.api("panel").await;
        api.account("ada").await;
        api.buys(&shop, "ada", "starter", "month").await;
        shop.settle().await;
        let running = api.subscription("ada").await;
        let id = running["stripe_subscription_id"].as_str().expect("one").to_owned();
        let end = running["current_period_end"].clone();
        shop.sandbox.cancel_at_period_end(&id);
        shop.settle().await;
        let ending = api.subscription("ada").await;
        let found = (&ending["cancels_at"], &ending["access_ends_at"], &ending["access"]);
        assert_eq!(found, (&end, &end, &json!("active")), "{shape:?}");
        assert_eq!(api.quota("ada").await["can_create"], true);
        shop.sandbox.resume(&id);
        shop.settle().await;
        assert_eq!(api.subscription("ada").await["cancels_at"], Value::Null, "{shape:?}");

        shop.sandbox.cancel_at_period_end(&id);
        shop.settle().await;
        shop.live_through(31 * DAY - 1).await;
        assert_eq!(api.quota("ada").await["limit"], 3, "{shape:?}");
        // To the second, before Stripe says anything.
        shop.advance(1).await;
        let quota = api.quota("ada").await;
        assert_eq!((&quota["limit"], &quota["reason"]), (&json!(1), &json!("ended")), "{shape:?}");
        shop.settle().await;
        assert_eq!(api.quota("ada").await["reason"], "ended");
    }
}

#[rocket::async_test]
async fn a_pause_of_collection_keeps_what_was_paid_and_a_draft_changes_nothing() {
    for (behavior, after) in [
        ("void", ("collection_paused", 1)),
        ("mark_uncollectible", ("collection_paused", 1)),
        ("keep_as_draft", ("subscription", 3)),
    ] {
        let shop = Shop::open().await;
        let api = shop.api("panel").await;
        api.account("ada").await;
        api.buys(&shop, "ada", "starter", "month").await;
        shop.settle().await;
        let id = api.subscription("ada").await["stripe_subscription_id"].clone();
        shop.sandbox.pause_collection(id.as_str().expect("one"), Some(behavior));
        shop.settle().await;
        assert_eq!(api.quota("ada").await["limit"], 3, "{behavior}");
        shop.live_through(31 * DAY + HOUR).await;
        let quota = api.quota("ada").await;
        let found = (&quota["reason"], &quota["limit"]);
        assert_eq!(found, (&json!(after.0), &json!(after.1)), "{behavior}");
    }
}
