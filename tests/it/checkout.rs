//! Checkout: never a second paid subscription, whatever comes first.

use coinslot::sandbox::{Fault, FaultKind};
use serde_json::json;

use crate::shop::{Api, DAY, HOUR, Shop};

const PAYS: &str = "4242 4242 4242 4242";

fn session_of(back: &str) -> &str {
    back.split("session_id=").nth(1).expect("a session in the address")
}

async fn begin(api: &Api, account: &str, plan: &str) -> crate::shop::Answer {
    let body = json!({ "plan": plan, "interval": "month" });
    api.post(&format!("/accounts/{account}/checkout"), body).await
}

#[rocket::async_test]
async fn coming_back_before_any_webhook_shows_what_was_bought() {
    let shop = Shop::open().await;
    let ada = shop.visitor("ada").await;
    ada.creates_server("one").await.is(303);
    ada.creates_server("two").await.is(402);
    ada.buys("starter").await.has("Starter");
    ada.creates_server("two").await.is(303);
    shop.settle().await;
    ada.get("/billing").await.is(200).has("Starter");
}

#[rocket::async_test]
async fn a_webhook_before_the_return_changes_nothing_about_it() {
    let shop = Shop::open().await;
    let ada = shop.visitor("ada").await;
    let checkout = ada.begins("starter", "month").await;
    let back = ada.pays(&checkout, PAYS).await.is(303).location();
    shop.settle().await;
    ada.get(&back).await.is(200).has("Starter");
}

#[rocket::async_test]
async fn redirect_and_webhook_at_the_same_instant_have_one_effect() {
    let shop = Shop::open().await;
    let ada = shop.visitor("ada").await;
    let checkout = ada.begins("starter", "month").await;
    let back = ada.pays(&checkout, PAYS).await.is(303).location();
    let (page, ()) = futures::future::join(ada.get(&back), shop.settle()).await;
    page.is(200).has("Starter");
    let account = shop.account_of("ada").await;
    let list =
        shop.api("panel").await.get(&format!("/accounts/{account}/subscriptions")).await.json();
    assert_eq!(list["data"].as_array().map(Vec::len), Some(1));
}

#[rocket::async_test]
async fn somebody_elses_session_is_not_found_and_has_no_effect() {
    let shop = Shop::open().await;
    let (ada, eve) = (shop.visitor("ada").await, shop.visitor("eve").await);
    let checkout = ada.begins("starter", "month").await;
    let back = ada.pays(&checkout, PAYS).await.is(303).location();
    eve.get(&back).await.is(404).has_not("Starter");
    eve.creates_server("one").await.is(303);
    eve.creates_server("two").await.is(402);

    let api = shop.api("panel").await;
    let account = shop.account_of("eve").await;
    let path = format!("/accounts/{account}/subscription?session_id={}", session_of(&back));
    api.get(&path).await.is(404).code("session_not_found");
}

#[rocket::async_test]
async fn a_garbage_session_is_not_found_without_a_call_to_stripe() {
    let shop = Shop::open().await;
    let ada = shop.visitor("ada").await;
    shop.sandbox.clear_requests();
    for garbage in ["x", "cs_", "cs_test_%2F..%2Fcustomers", "sub_123", "%00", "cs_test_a b"] {
        ada.get(&format!("/billing?session_id={garbage}")).await.is(404);
    }
    assert!(shop.sandbox.requests().is_empty());
}

#[rocket::async_test]
async fn open_expired_and_complete_sessions_are_told_apart() {
    let shop = Shop::open().await;
    let api = shop.api("panel").await;
    let account = api.account("ada").await;
    let begun = begin(&api, &account, "starter").await.is(201).json();
    let session = begun["session_id"].as_str().expect("a session");
    let path = format!("/accounts/{account}/subscription?session_id={session}");
    assert_eq!(api.get(&path).await.is(200).json()["checkout"], "open");
    shop.advance(25 * HOUR).await;
    assert_eq!(api.get(&path).await.is(200).json()["checkout"], "expired");

    let session = api.buys(&shop, &account, "starter", "month").await;
    let path = format!("/accounts/{account}/subscription?session_id={session}");
    let answer = api.get(&path).await.is(200).json();
    assert_eq!((&answer["checkout"], &answer["state"]), (&json!("complete"), &json!("active")));
}

#[rocket::async_test]
async fn a_trial_costs_nothing_today_and_is_given_once() {
    let shop = Shop::with("billing.trial_period = \"14d\"").await;
    let api = shop.api("panel").await;
    let account = api.account("ada").await;
    let session = api.buys(&shop, &account, "starter", "month").await;
    let path = format!("/accounts/{account}/subscription?session_id={session}");
    let answer = api.get(&path).await.is(200).json();
    assert_eq!((&answer["checkout"], &answer["state"]), (&json!("complete"), &json!("trialing")));
    assert_eq!(api.quota(&account).await["reason"], "trial");

    let subscription = answer["stripe_subscription_id"].as_str().expect("one").to_owned();
    shop.sandbox.cancel_now(&subscription);
    shop.settle().await;
    api.buys(&shop, &account, "starter", "month").await;
    shop.settle().await;
    assert_eq!(api.subscription(&account).await["state"], "active");
}

#[rocket::async_test]
async fn any_subscription_that_is_not_over_forbids_a_second() {
    let shop = Shop::open().await;
    let api = shop.api("panel").await;
    for (name, card, state) in [
        ("active", "4242424242424242", "active"),
        ("pastdue", "4000000000000341", "past_due"),
        ("incomplete", "4000002500003155", "incomplete"),
    ] {
        let account = api.account(name).await;
        // The first checkout makes the customer; nothing of it is paid.
        begin(&api, &account, "starter").await.is(201);
        let customer = api.get(&format!("/accounts/{account}")).await.json()["stripe_customer_id"]
            .as_str()
            .expect("a customer")
            .to_owned();
        shop.sandbox.create_subscription(&customer, "price_starter_monthly", card).expect("one");
        if state == "past_due" {
            shop.advance(32 * DAY).await;
        }
        let refused =
            begin(&api, &account, "growth").await.is(409).code("subscription_exists").json();
        assert_eq!(refused["state"], state, "{name}");
        assert!(
            refused["action_url"].as_str().is_some_and(|url| url.starts_with("http")),
            "{name}"
        );
    }
}

#[rocket::async_test]
async fn a_lost_webhook_is_mended_by_the_next_checkout_which_is_refused() {
    let shop = Shop::open().await;
    let api = shop.api("panel").await;
    let account = api.account("ada").await;
    api.buys(&shop, &account, "starter", "month").await;
    shop.sandbox.reorder_pending(Vec::clear);
    assert_eq!(api.quota(&account).await["limit"], 1);
    begin(&api, &account, "starter").await.is(409).code("subscription_exists");
    assert_eq!(api.quota(&account).await["limit"], 3);
}

#[rocket::async_test]
async fn a_double_click_opens_one_session_and_another_wish_closes_it() {
    let shop = Shop::open().await;
    let ada = shop.visitor("ada").await;
    let both =
        futures::future::join(ada.begins("starter", "month"), ada.begins("starter", "month"));
    let (first, second) = both.await;
    assert_eq!(first, second);
    let third = ada.begins("starter", "month").await;
    assert_eq!(first, third);
    let other = ada.begins("growth", "year").await;
    assert_ne!(first, other);
    let sessions = shop.sandbox.ids("checkout.session");
    let status = |id: &String| shop.sandbox.object(id).expect("a session")["status"].clone();
    assert_eq!(sessions.iter().map(status).collect::<Vec<_>>(), [json!("expired"), json!("open")]);
    assert_eq!(shop.sandbox.ids("customer").len(), 1);
}

#[rocket::async_test]
async fn a_checkout_whose_answer_was_lost_is_found_again_under_its_key() {
    let shop = Shop::open().await;
    let api = shop.api("panel").await;
    let account = api.account("ada").await;
    shop.sandbox.fail_next(Fault {
        method: Some("POST".to_owned()),
        path_prefix: "/v1/checkout/sessions".to_owned(),
        times: 100,
        kind: FaultKind::DropAfter,
    });
    begin(&api, &account, "starter").await.is(503).code("stripe_unavailable").header("retry-after");
    shop.sandbox.clear_faults();
    begin(&api, &account, "starter").await.is(201);
    assert_eq!(shop.sandbox.ids("checkout.session").len(), 1);
}

#[rocket::async_test]
async fn a_price_or_an_address_that_is_not_ours_is_refused() {
    let shop = Shop::open().await;
    let api = shop.api("panel").await;
    let account = api.account("ada").await;
    let path = format!("/accounts/{account}/checkout");
    let wish = |more: serde_json::Value| {
        let mut body = json!({ "plan": "starter", "interval": "month" });
        for (key, value) in more.as_object().expect("an object") {
            body[key] = value.clone();
        }
        body
    };
    let base = &shop.base;
    let table = [
        (json!({ "price_id": "price_of_somebody" }), 422, "price_not_allowed"),
        (wish(json!({ "success_url": "https://evil.example/" })), 422, "return_url_not_allowed"),
        (wish(json!({ "cancel_url": "//evil.example" })), 422, "return_url_not_allowed"),
        (wish(json!({ "success_url": "javascript:alert(1)" })), 422, "return_url_not_allowed"),
        (
            wish(json!({ "success_url": format!("{base}.evil.example/") })),
            422,
            "return_url_not_allowed",
        ),
        (
            wish(json!({ "success_url": format!("http://user@{}/", &base[7..]) })),
            422,
            "return_url_not_allowed",
        ),
        (json!({ "plan": "platinum", "interval": "month" }), 422, "invalid_request"),
        (json!({ "plan": "starter", "interval": "week" }), 422, "invalid_request"),
        (json!({ "plan": "starter" }), 422, "invalid_request"),
        (json!({ "plan": "starter", "interval": "once" }), 409, "plan_unavailable"),
    ];
    for (body, status, code) in table {
        api.post(&path, body).await.is(status).code(code);
    }
    assert!(shop.sandbox.ids("checkout.session").is_empty());
    let body =
        json!({ "price_id": "price_starter_yearly", "success_url": format!("{base}/done?x=1") });
    api.post(&path, body).await.is(201);
    let session = shop.sandbox.object(&shop.sandbox.ids("checkout.session")[0]).expect("one");
    assert_eq!(
        session["success_url"],
        format!("{base}/done?x=1&session_id={{CHECKOUT_SESSION_ID}}")
    );
    assert_eq!(session["client_reference_id"], "ada");
    assert_eq!(session["metadata"], json!({ "account_id": "ada", "plan": "starter" }));
}

#[rocket::async_test]
async fn a_plan_bought_once_stays_and_is_sold_once() {
    let shop = Shop::open().await;
    let api = shop.api("panel").await;
    let account = api.account("ada").await;
    api.buys(&shop, &account, "lifetime", "once").await;
    let events = shop.sandbox.pending_events();
    shop.settle().await;
    for event in &events {
        for copy in 0..3 {
            let mut again = event.clone();
            again["id"] = json!(format!("{}{copy}", event["id"].as_str().expect("an id")));
            shop.deliver(&again).await.is(200);
        }
    }
    shop.work().await;
    let quota = api.quota(&account).await;
    assert_eq!((&quota["limit"], &quota["basis"]), (&json!(5), &json!("lifetime")));
    let path = format!("/accounts/{account}/checkout");
    let once = json!({ "plan": "lifetime", "interval": "once" });
    api.post(&path, once).await.is(409).code("already_owned");
    // Starter's three would not raise the lifetime plan's five.
    begin(&api, &account, "starter").await.is(409).code("already_owned");
    begin(&api, &account, "growth").await.is(201);
}

#[rocket::async_test]
async fn a_customer_deleted_at_stripe_heals_and_gets_a_new_one() {
    let shop = Shop::open().await;
    let api = shop.api("panel").await;
    let account = api.account("ada").await;
    api.buys(&shop, &account, "starter", "month").await;
    shop.settle().await;
    let path = format!("/accounts/{account}");
    let old = api.get(&path).await.json()["stripe_customer_id"].as_str().expect("one").to_owned();
    shop.sandbox.delete_customer(&old).expect("it was there");
    begin(&api, &account, "starter").await.is(201);
    let new = api.get(&path).await.json();
    assert_ne!(new["stripe_customer_id"], json!(old));
    assert_eq!(new["quota"]["limit"], 1);
}
