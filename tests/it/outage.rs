//! Stripe down, silent, slow, or refusing the key: pages tell what is stored, events wait, the gate decides alone.

use std::time::{Duration, Instant};

use coinslot::sandbox::{Fault, FaultKind};
use serde_json::{Value, json};

use crate::line::{Line, Weather};
use crate::shop::{Api, DAY, HOUR, Shop};

/// What a page may take when Stripe does not answer: three seconds, and a little for this machine.
const PAGE: Duration = Duration::from_millis(4_500);
/// The gate asks nobody.
const AT_ONCE: Duration = Duration::from_millis(1_500);

async fn events(shop: &Shop, status: &str) -> Vec<Value> {
    let api = shop.api("admin").await;
    let list = api.get(&format!("/events?status={status}&limit=100")).await.is(200).json();
    list["data"].as_array().expect("a list").clone()
}

async fn begin(api: &Api, account: &str, plan: &str) -> crate::shop::Answer {
    let body = json!({ "plan": plan, "interval": "month" });
    api.post(&format!("/accounts/{account}/checkout"), body).await
}

/// Every call meets `kind` from now on.
fn every_call(shop: &Shop, kind: FaultKind) {
    shop.sandbox.fail_next(Fault {
        method: None,
        path_prefix: "/v1/".to_owned(),
        times: u32::MAX,
        kind,
    });
}

/// The gate lets one in and refuses the second, and the quota is told.
async fn gate_works(api: &Api, account: &str) {
    let started = Instant::now();
    api.put(&format!("/accounts/{account}/servers/one"), json!({})).await.is(201);
    api.put(&format!("/accounts/{account}/servers/two"), json!({})).await.is(402);
    assert_eq!(api.quota(account).await["used"], 1);
    assert!(started.elapsed() < AT_ONCE, "{:?}", started.elapsed());
}

#[rocket::async_test]
async fn with_stripe_down_or_silent_the_gate_decides_and_a_checkout_says_when_to_come_back() {
    for weather in [Weather::Down, Weather::Silent] {
        let (line, shop) = Line::with_shop().await;
        let api = shop.api("panel").await;
        let account = api.account("ada").await;
        line.turn(weather).await;
        gate_works(&api, &account).await;
        let started = Instant::now();
        let refused = begin(&api, &account, "starter").await.is(503).code("stripe_unavailable");
        assert!(started.elapsed() < PAGE, "{weather:?}: {:?}", started.elapsed());
        assert!(refused.header("retry-after").parse::<u32>().is_ok_and(|wait| wait > 0));
        gate_works(&api, &api.account("eve").await).await;
        assert!(shop.sandbox.ids("checkout.session").is_empty());

        line.turn(Weather::Clear).await;
        begin(&api, &account, "starter").await.is(201);
    }
}

#[rocket::async_test]
async fn a_return_page_waits_three_seconds_for_a_silent_stripe_and_tells_what_is_stored() {
    let (line, shop) = Line::with_shop().await;
    let ada = shop.visitor("ada").await;
    ada.buys("starter").await.has("Starter");
    let checkout = ada.begins("lifetime", "once").await;
    let back = ada.pays(&checkout, "4242 4242 4242 4242").await.is(303).location();
    line.turn(Weather::Silent).await;
    let started = Instant::now();
    let page = ada.get(&back).await.is(200);
    assert!(started.elapsed() < PAGE, "{:?}", started.elapsed());
    page.has("Starter").has("Please do not pay again");
    let started = Instant::now();
    ada.get("/billing").await.is(200).has("Starter");
    ada.creates_server("one").await.is(303);
    ada.creates_server("two").await.is(303);
    assert!(started.elapsed() < AT_ONCE, "{:?}", started.elapsed());
}

#[rocket::async_test]
async fn a_slow_answer_is_cut_off_and_the_page_told_from_what_is_stored() {
    let shop = Shop::open().await;
    let ada = shop.visitor("ada").await;
    let checkout = ada.begins("starter", "month").await;
    let back = ada.pays(&checkout, "4242 4242 4242 4242").await.is(303).location();
    every_call(&shop, FaultKind::Delay(Duration::from_secs(30)));
    let started = Instant::now();
    ada.get(&back).await.is(200).has("Please do not pay again");
    assert!(started.elapsed() < PAGE, "{:?}", started.elapsed());
    shop.sandbox.clear_faults();
    ada.get(&back).await.is(200).has("your payment has arrived").has("Starter");
}

#[rocket::async_test]
async fn an_outage_of_hours_loses_nothing() {
    let (line, shop) = Line::with_shop().await;
    let api = shop.api("panel").await;
    let (ada, eve) = (api.account("ada").await, api.account("eve").await);
    api.buys(&shop, &ada, "starter", "month").await;
    api.buys(&shop, &eve, "growth", "month").await;
    line.turn(Weather::Down).await;
    shop.sandbox.reorder_pending(|pending| pending.retain(|event| event.kind == "invoice.paid"));
    shop.sandbox.deliver().await;
    let received = events(&shop, "received").await.len();
    assert_eq!(received, 2);
    for _ in 0..3 {
        shop.work().await;
        assert!(events(&shop, "done").await.is_empty());
        assert_eq!(api.quota(&ada).await["limit"], 1, "nothing is believed unseen");
        shop.advance(2 * HOUR).await;
    }
    let waiting = events(&shop, "failed").await;
    assert_eq!(waiting.len(), received, "each waits for its next attempt");
    assert!(waiting.iter().all(|event| event["last_error"].is_string()));

    line.turn(Weather::Clear).await;
    shop.advance(DAY).await;
    shop.work().await;
    assert_eq!(events(&shop, "done").await.len(), received);
    assert_eq!(
        (&api.quota(&ada).await["limit"], &api.quota(&eve).await["limit"]),
        (&json!(3), &json!(10))
    );
}

#[rocket::async_test]
async fn a_refused_key_opens_the_circuit_and_costs_no_event_an_attempt() {
    for status in [401, 403] {
        let mut shop = Shop::open().await;
        let api = shop.api("panel").await;
        let admin = shop.admin().await;
        let account = api.account("ada").await;
        api.buys(&shop, &account, "starter", "month").await;
        admin.get("/admin/accounts").await.is(200).has_not("No access to Stripe");
        every_call(&shop, FaultKind::Status(status, None));
        shop.sandbox.clear_requests();
        shop.sandbox.deliver().await;
        let received = events(&shop, "received").await.len();
        for _ in 0..15 {
            shop.work().await;
            shop.advance(HOUR).await;
        }
        assert_eq!(shop.sandbox.requests().len(), 1, "one refusal, and nothing is sent after it");
        admin.get("/admin/accounts").await.is(200).has("No access to Stripe");
        begin(&api, &account, "growth").await.is(503).code("stripe_unavailable");
        gate_works(&api, &api.account("eve").await).await;
        let waiting = events(&shop, "received").await;
        assert_eq!(waiting.len(), received);
        assert!(waiting.iter().all(|event| event["attempts"] == 0), "{waiting:#?}");
        assert!(events(&shop, "dead").await.is_empty());

        shop.sandbox.clear_faults();
        shop.restart().await;
        shop.advance(HOUR).await;
        shop.work().await;
        let api = shop.api("panel").await;
        assert_eq!(api.quota(&account).await["limit"], 3);
        assert_eq!(events(&shop, "done").await.len(), received);
        shop.admin().await.get("/admin/accounts").await.is(200).has_not("No access to Stripe");
    }
}

#[rocket::async_test]
async fn too_many_requests_are_repeated_when_stripe_says_and_cost_no_second_attempt() {
    let shop = Shop::open().await;
    let api = shop.api("panel").await;
    let account = api.account("ada").await;
    api.buys(&shop, &account, "starter", "month").await;
    shop.sandbox.reorder_pending(|pending| pending.retain(|event| event.kind == "invoice.paid"));
    shop.sandbox.deliver().await;
    shop.sandbox.fail_next(Fault {
        method: Some("GET".to_owned()),
        path_prefix: "/v1/subscriptions".to_owned(),
        times: 1,
        kind: FaultKind::Status(429, None),
    });
    let started = Instant::now();
    shop.work().await;
    assert!(started.elapsed() >= Duration::from_secs(1), "Retry-After: 1 is honoured");
    let done = events(&shop, "done").await;
    assert_eq!((done.len(), &done[0]["attempts"]), (1, &json!(1)));
    assert_eq!(api.quota(&account).await["limit"], 3);
}
