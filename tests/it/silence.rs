//! Silence: Stripe has news that no delivery announced, and the operator is told.

use coinslot::sandbox::DeliveryMode;
use serde_json::json;

use crate::log::Log;
use crate::shop::{HOUR, Shop, Visitor};
use crate::signing::header;

const MINUTE: i64 = 60;
const TITLE: &str = "Stripe&#39;s messages do not arrive";

async fn silent(shop: &Shop, admin: &Visitor) -> bool {
    let banner = admin.get("/admin/accounts").await.is(200).text.contains(TITLE);
    let seconds = shop.metric("coinslot_webhook_silence_seconds").await.expect("it is there");
    assert_eq!(banner, seconds > 0.0, "the banner and {seconds} s");
    banner
}

/// Ada's purchase, which the webhook never tells of.
async fn buys_unheard(shop: &Shop) {
    let api = shop.api("admin").await;
    shop.sandbox.set_delivery_mode(DeliveryMode::Dropped);
    api.account("ada").await;
    api.buys(shop, "ada", "starter", "month").await;
    shop.sandbox.set_delivery_mode(DeliveryMode::Normal);
}

#[rocket::async_test]
async fn a_change_that_only_the_reconciler_found_is_silence_until_a_delivery_comes() {
    let shop = Shop::open().await;
    let admin = shop.admin().await;
    buys_unheard(&shop).await;
    assert!(!silent(&shop, &admin).await, "nobody has looked");
    shop.billing.reconcile().await;
    assert!(!silent(&shop, &admin).await, "a delivery may be on its way");
    shop.advance(10 * MINUTE - 1).await;
    assert!(!silent(&shop, &admin).await);
    shop.advance(1).await;
    assert!(silent(&shop, &admin).await);
    let page = admin.get("/admin/accounts").await.is(200);
    page.has("15 Jan 2026, 12:00 UTC").has("None has ever arrived").has("/api/billing/webhook");
    assert_eq!(shop.metric("coinslot_webhook_silence_seconds").await, Some(600.0));
    shop.billing.reconcile().await;
    shop.advance(HOUR).await;
    assert_eq!(shop.metric("coinslot_webhook_silence_seconds").await, Some(4_200.0), "since then");

    let subscription = shop.sandbox.ids("subscription").pop().expect("one");
    shop.sandbox.cancel_at_period_end(&subscription);
    shop.settle().await;
    assert!(!silent(&shop, &admin).await);
    shop.sandbox.set_delivery_mode(DeliveryMode::Dropped);
    shop.sandbox.resume(&subscription);
    shop.billing.reconcile().await;
    shop.advance(10 * MINUTE).await;
    assert!(silent(&shop, &admin).await, "again");
    admin.get("/admin/accounts").await.has("They arrived before");
}

#[rocket::async_test]
async fn a_redirect_that_overtakes_its_webhook_is_no_silence() {
    let shop = Shop::open().await;
    let admin = shop.admin().await;
    let ada = shop.visitor("ada").await;
    ada.buys("starter").await.has("Starter");
    shop.advance(5 * MINUTE).await;
    shop.settle().await;
    shop.advance(HOUR).await;
    assert!(!silent(&shop, &admin).await);

    shop.billing.reconcile().await;
    shop.advance(HOUR).await;
    assert!(!silent(&shop, &admin).await, "what was announced is no silence");
}

#[rocket::async_test]
async fn a_redirect_whose_webhook_never_comes_is_silence() {
    let shop = Shop::open().await;
    let admin = shop.admin().await;
    let ada = shop.visitor("ada").await;
    ada.buys("starter").await.has("Starter");
    shop.advance(10 * MINUTE).await;
    assert!(silent(&shop, &admin).await);
    shop.settle().await;
    assert!(!silent(&shop, &admin).await, "it was only late");
}

#[rocket::async_test]
async fn checkouts_own_look_notices_a_lost_webhook() {
    let shop = Shop::open().await;
    let admin = shop.admin().await;
    buys_unheard(&shop).await;
    let api = shop.api("panel").await;
    let body = json!({ "plan": "growth", "interval": "month" });
    api.post("/accounts/ada/checkout", body).await.is(409).code("subscription_exists");
    shop.advance(10 * MINUTE).await;
    assert!(silent(&shop, &admin).await);
}

#[rocket::async_test]
async fn events_that_stripe_could_not_deliver_are_silence() {
    let shop = Shop::open().await;
    let admin = shop.admin().await;
    let api = shop.api("admin").await;
    api.account("ada").await;
    api.buys(&shop, "ada", "starter", "month").await;
    shop.billing.take_undelivered().await;
    shop.advance(HOUR).await;
    assert!(!silent(&shop, &admin).await, "they had just happened");

    let subscription = shop.sandbox.ids("subscription").pop().expect("one");
    shop.sandbox.cancel_at_period_end(&subscription);
    shop.advance(10 * MINUTE).await;
    shop.billing.take_undelivered().await;
    shop.work().await;
    shop.advance(10 * MINUTE).await;
    assert!(silent(&shop, &admin).await);
    shop.settle().await;
    assert!(!silent(&shop, &admin).await, "a delivery of what is known already ends it too");
}

#[rocket::async_test]
async fn an_event_that_was_received_and_failed_is_no_silence() {
    let shop = Shop::open().await;
    let admin = shop.admin().await;
    let api = shop.api("admin").await;
    api.account("ada").await;
    api.buys(&shop, "ada", "starter", "month").await;
    shop.sandbox.deliver().await;
    shop.billing.reconcile().await;
    assert_eq!(api.quota("ada").await["limit"], 3);
    shop.advance(HOUR).await;
    assert!(!silent(&shop, &admin).await);
}

#[rocket::async_test]
async fn a_change_of_our_own_catalogue_is_no_silence() {
    let shop = Shop::open().await;
    let api = shop.api("admin").await;
    api.account("ada").await;
    api.buys(&shop, "ada", "starter", "month").await;
    shop.settle().await;
    let larger = "[[default.billing.plans]]
        id = \"starter\"
        name = \"Starter\"
        servers = 4
        prices = { month = \"starter_monthly\" }";
    let twin = shop.twin(larger).await;
    twin.billing.refresh_catalogue().await;
    twin.billing.reconcile().await;
    assert_eq!(twin.api("panel").await.quota("ada").await["limit"], 4);
    shop.advance(HOUR).await;
    assert!(!silent(&twin, &twin.admin().await).await);
}

#[rocket::async_test]
async fn refused_signatures_are_named_as_the_likely_cause_and_end_nothing() {
    let shop = Shop::open().await;
    let admin = shop.admin().await;
    buys_unheard(&shop).await;
    shop.billing.reconcile().await;
    shop.advance(10 * MINUTE).await;
    let body = shop.sandbox.events()[0].to_string().into_bytes();
    let stale = header("whsec_another", shop.clock.now().0, &body);
    shop.deliver_raw(&stale, body.clone()).await.is(400);
    admin.get("/admin/accounts").await.has(TITLE).has("signature is wrong");
    shop.advance(25 * HOUR).await;
    admin.get("/admin/accounts").await.has(TITLE).has_not("signature is wrong");
}

#[rocket::async_test]
async fn a_silence_is_found_and_ended_by_either_of_two_processes() {
    let shop = Shop::open().await;
    let twin = shop.twin("").await;
    let admin = shop.admin().await;
    buys_unheard(&shop).await;
    shop.billing.reconcile().await;
    shop.advance(10 * MINUTE).await;
    assert!(twin.metric("coinslot_webhook_silence_seconds").await > Some(0.0));
    let mut event = shop.sandbox.events()[0].clone();
    event["type"] = json!("invoice.paid");
    twin.deliver(&event).await.is(200);
    assert!(!silent(&shop, &admin).await);
}

// One thread, so that what is logged on it is everything.
#[tokio::test]
async fn a_silence_is_told_once_in_the_log_whichever_process_sees_it() {
    let log = Log::of_this_thread();
    let told = || log.text().matches("Stripe has news that no delivery announced").count();
    let shop = Shop::open().await;
    let twin = shop.twin("").await;
    let watch = async || {
        for _ in 0..2 {
            shop.billing.watch_silence().await;
            twin.billing.watch_silence().await;
        }
    };
    buys_unheard(&shop).await;
    shop.billing.reconcile().await;
    shop.advance(10 * MINUTE - 1).await;
    watch().await;
    assert_eq!(told(), 0, "{}", log.text());
    shop.advance(1).await;
    watch().await;
    assert_eq!(told(), 1, "{}", log.text());
    shop.advance(HOUR).await;
    watch().await;
    assert_eq!(told(), 1, "{}", log.text());

    let subscription = shop.sandbox.ids("subscription").pop().expect("one");
    shop.sandbox.cancel_at_period_end(&subscription);
    shop.settle().await;
    assert_eq!(log.text().matches("the silence is over").count(), 1, "{}", log.text());
    shop.sandbox.set_delivery_mode(DeliveryMode::Dropped);
    shop.sandbox.resume(&subscription);
    shop.billing.reconcile().await;
    shop.advance(10 * MINUTE).await;
    watch().await;
    assert_eq!(told(), 2, "a silence of its own: {}", log.text());
}
