//! Events out of order, twice, and across failures: the truth at Stripe wins every time.

use coinslot::sandbox::{Fault, FaultKind};
use serde_json::{Value, json};

use crate::shop::{DAY, HOUR, START, Shop};

async fn events(shop: &Shop, status: &str) -> Vec<Value> {
    let api = shop.api("admin").await;
    let list = api.get(&format!("/events?status={status}&limit=100")).await.is(200).json();
    list["data"].as_array().expect("a list").clone()
}

#[rocket::async_test]
async fn updated_before_created_ends_in_the_truth() {
    let shop = Shop::open().await;
    let api = shop.api("panel").await;
    let account = api.account("ada").await;
    api.buys(&shop, &account, "starter", "month").await;
    shop.sandbox.reorder_pending(|pending| pending.reverse());
    shop.settle().await;
    assert_eq!(api.quota(&account).await["limit"], 3);
    assert_eq!(api.subscription(&account).await["state"], "active");
}

#[rocket::async_test]
async fn a_duplicate_is_one_row_and_one_effect_one_after_another_or_twenty_at_once() {
    let shop = Shop::open().await;
    let api = shop.api("panel").await;
    let account = api.account("ada").await;
    api.buys(&shop, &account, "starter", "month").await;
    let pending = shop.sandbox.pending_events();
    let event = pending.iter().find(|e| e["type"] == "invoice.paid").expect("an event").clone();
    shop.deliver(&event).await.is(200);
    shop.deliver(&event).await.is(200);
    let twenty = (0..20).map(|_| shop.deliver(&event));
    for answer in futures::future::join_all(twenty).await {
        answer.is(200);
    }
    let received = events(&shop, "received").await;
    assert_eq!(received.len(), 1, "{received:#?}");
    shop.work().await;
    shop.deliver(&event).await.is(200);
    assert!(events(&shop, "received").await.is_empty());
    assert_eq!(events(&shop, "done").await.len(), 1);
}

#[rocket::async_test]
async fn an_event_whose_processing_failed_is_processed_when_it_comes_again() {
    let shop = Shop::open().await;
    let api = shop.api("panel").await;
    let account = api.account("ada").await;
    api.buys(&shop, &account, "starter", "month").await;
    shop.sandbox.fail_next(Fault {
        method: None,
        path_prefix: "/v1/".to_owned(),
        times: 1_000,
        kind: FaultKind::Status(
            400,
            Some(json!({ "error": { "type": "api_error", "message": "planted" } })),
        ),
    });
    shop.sandbox.deliver().await;
    shop.work().await;
    assert!(events(&shop, "done").await.is_empty());
    let failed = events(&shop, "failed").await;
    assert!(!failed.is_empty());
    assert!(failed[0]["last_error"].as_str().is_some_and(|text| text.contains("planted")));
    assert!(!failed[0]["next_attempt_at"].is_null());
    assert_eq!(api.quota(&account).await["limit"], 1, "nothing was believed unseen");

    shop.sandbox.clear_faults();
    let event =
        shop.sandbox.events().into_iter().find(|e| e["type"] == "invoice.paid").expect("one");
    shop.deliver(&event).await.is(200);
    shop.advance(HOUR).await;
    shop.work().await;
    assert_eq!(api.quota(&account).await["limit"], 3);
    assert!(events(&shop, "failed").await.is_empty());
}

#[rocket::async_test]
async fn a_poisoned_event_goes_dead_the_others_flow_and_a_replay_mends_it() {
    let shop = Shop::with("billing.inbox_max_attempts = 3").await;
    let api = shop.api("admin").await;
    let (poisoned, sound) = (api.account("poisoned").await, api.account("sound").await);
    api.buys(&shop, &poisoned, "starter", "month").await;
    api.buys(&shop, &sound, "growth", "month").await;
    let customer = api.get(&format!("/accounts/{poisoned}")).await.json()["stripe_customer_id"]
        .as_str()
        .expect("a customer")
        .to_owned();
    shop.sandbox.reorder_pending(|pending| pending.retain(|event| event.kind == "invoice.paid"));
    shop.sandbox.fail_next(Fault {
        method: Some("GET".to_owned()),
        path_prefix: format!("/v1/subscriptions?customer={customer}"),
        times: 1_000,
        kind: FaultKind::Status(400, None),
    });
    shop.sandbox.deliver().await;
    for _ in 0..4 {
        shop.work().await;
        shop.advance(DAY).await;
    }
    shop.sandbox.reorder_pending(Vec::clear);
    assert_eq!(api.quota(&sound).await["limit"], 10);
    let dead = events(&shop, "dead").await;
    assert_eq!(dead.len(), 1, "{dead:#?}");
    assert_eq!(dead[0]["attempts"], 3);

    shop.sandbox.clear_faults();
    let id = dead[0]["id"].as_str().expect("an id");
    let replayed = api.post(&format!("/events/{id}/replay"), json!({})).await.is(202).json();
    assert_eq!(replayed["status"], "received");
    shop.work().await;
    assert_eq!(api.quota(&poisoned).await["limit"], 3);
    assert!(events(&shop, "dead").await.is_empty());
}

#[rocket::async_test]
async fn the_end_of_an_old_subscription_never_hurts_the_new_one() {
    let shop = Shop::open().await;
    let api = shop.api("panel").await;
    let account = api.account("ada").await;
    api.buys(&shop, &account, "starter", "month").await;
    shop.settle().await;
    let old = api.subscription(&account).await["stripe_subscription_id"]
        .as_str()
        .expect("one")
        .to_owned();
    shop.sandbox.cancel_now(&old);
    let late = shop.sandbox.pending_events();
    shop.sandbox.reorder_pending(Vec::clear);
    api.buys(&shop, &account, "growth", "month").await;
    shop.settle().await;
    for event in &late {
        shop.deliver(event).await.is(200);
    }
    shop.work().await;
    assert_eq!(api.quota(&account).await["limit"], 10);
}

#[rocket::async_test]
async fn a_stale_update_after_a_cancellation_gives_nothing_back() {
    let shop = Shop::open().await;
    let api = shop.api("panel").await;
    let account = api.account("ada").await;
    api.buys(&shop, &account, "starter", "month").await;
    let stale = shop.sandbox.pending_events();
    shop.settle().await;
    let subscription = api.subscription(&account).await["stripe_subscription_id"]
        .as_str()
        .expect("one")
        .to_owned();
    shop.sandbox.cancel_now(&subscription);
    shop.settle().await;
    for (number, event) in stale.iter().enumerate() {
        let mut again = event.clone();
        again["id"] = json!(format!("evt_again_{number}"));
        shop.deliver(&again).await.is(200);
    }
    shop.work().await;
    let quota = api.quota(&account).await;
    assert_eq!((&quota["limit"], &quota["reason"]), (&json!(1), &json!("ended")));
}

#[rocket::async_test]
async fn an_invoice_event_before_any_subscription_event_is_enough() {
    let shop = Shop::open().await;
    let api = shop.api("panel").await;
    let account = api.account("ada").await;
    api.buys(&shop, &account, "starter", "month").await;
    shop.sandbox.reorder_pending(|pending| pending.retain(|event| event.kind == "invoice.paid"));
    shop.settle().await;
    assert_eq!(api.quota(&account).await["limit"], 3);
}

#[rocket::async_test]
async fn one_change_under_many_event_ids_is_fetched_once() {
    let shop = Shop::open().await;
    let api = shop.api("panel").await;
    let account = api.account("ada").await;
    api.buys(&shop, &account, "starter", "month").await;
    let pending = shop.sandbox.pending_events();
    let event = pending.iter().find(|e| e["type"] == "invoice.paid").expect("an event");
    for number in 0..100 {
        let mut copy = event.clone();
        copy["id"] = json!(format!("evt_copy_{number}"));
        shop.deliver(&copy).await.is(200);
    }
    shop.sandbox.clear_requests();
    shop.work().await;
    let lists =
        shop.sandbox.requests().into_iter().filter(|r| r.path == "/v1/subscriptions").count();
    assert_eq!(lists, 1);
    assert_eq!(events(&shop, "done").await.len(), 100);
}

#[rocket::async_test]
async fn a_dead_event_that_stripe_delivers_once_more_is_taken_up_again() {
    let shop = Shop::with("billing.inbox_max_attempts = 1").await;
    let api = shop.api("panel").await;
    let account = api.account("ada").await;
    api.buys(&shop, &account, "starter", "month").await;
    shop.sandbox.reorder_pending(|pending| pending.retain(|event| event.kind == "invoice.paid"));
    shop.sandbox.fail_next(Fault {
        method: None,
        path_prefix: "/v1/subscriptions".to_owned(),
        times: 1_000,
        kind: FaultKind::Status(400, None),
    });
    let event = shop.sandbox.pending_events().remove(0);
    shop.deliver(&event).await.is(200);
    shop.work().await;
    assert_eq!(events(&shop, "dead").await.len(), 1);
    shop.sandbox.clear_faults();
    shop.deliver(&event).await.is(200);
    shop.work().await;
    assert_eq!(api.quota(&account).await["limit"], 3);
    assert!(events(&shop, "dead").await.is_empty());
}

#[rocket::async_test]
async fn an_event_finds_its_account_by_whatever_it_names() {
    let shop = Shop::with(
        "billing.stripe.webhook_events = [\"invoice_payment.paid\", \"charge.refunded\"]",
    )
    .await;
    let api = shop.api("panel").await;
    let account = api.account("ada").await;
    api.buys(&shop, &account, "starter", "month").await;
    shop.sandbox.reorder_pending(Vec::clear);
    let id = |kind: &str| shop.sandbox.ids(kind).pop().expect("one");
    let (customer, invoice, subscription) = (id("customer"), id("invoice"), id("subscription"));
    let parent = json!({ "subscription_details": { "subscription": subscription } });
    let table = [
        ("an invoice", json!({ "object": "invoice_payment", "id": "inpay_1", "invoice": invoice })),
        ("an expanded customer", json!({ "id": "x_1", "customer": { "id": customer } })),
        ("a subscription", json!({ "id": "x_1", "subscription": subscription })),
        ("a subscription, newer shape", json!({ "id": "x_1", "parent": parent })),
        ("our own mark", json!({ "id": "x_1", "metadata": { "account_id": "ada" } })),
        ("our reference", json!({ "id": "x_1", "client_reference_id": "ada" })),
    ];
    for (number, (name, object)) in table.into_iter().enumerate() {
        let event = json!({
            "id": format!("evt_by_{number}"), "object": "event", "type": "invoice_payment.paid",
            "created": START, "livemode": false, "data": { "object": object }
        });
        shop.deliver(&event).await.is(200);
        shop.work().await;
        let done = events(&shop, "done").await;
        assert_eq!(done[0]["id"], event["id"], "{name}");
        assert_eq!(done[0]["account_id"], "ada", "{name}");
    }
    let foreign = json!({ "object": "invoice_payment", "id": "inpay_2", "invoice": "in_unknown" });
    let event = json!({
        "id": "evt_foreign", "type": "invoice_payment.paid", "data": { "object": foreign }
    });
    shop.deliver(&event).await.is(200);
    shop.work().await;
    assert_eq!(events(&shop, "ignored").await[0]["ignored_reason"], "foreign");
}
