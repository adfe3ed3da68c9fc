//! Trials: what is told before their end, and what comes after, with a card and without.

use serde_json::json;

use crate::shop::{DAY, HOUR, KEY, PASSWORD, Shop, Visitor, answer_of, client};

const TRIAL: &str = "billing.trial_period = \"14d\"";

async fn passes(shop: &Shop, ada: &Visitor, seconds: i64) {
    shop.live_through(seconds).await;
    let form = [("email", "ada@example.com"), ("password", PASSWORD)];
    ada.post("/login", &form).await.is(303);
}

/// Begins a trial that asks for no card, as a link of the operator's own may.
async fn tries_without_a_card(shop: &Shop, ada: &Visitor) {
    ada.begins("starter", "month").await;
    let customer = shop.sandbox.ids("customer").pop().expect("a customer");
    let form = [
        ("mode", "subscription"),
        ("customer", customer.as_str()),
        ("line_items[0][price]", "price_starter_monthly"),
        ("line_items[0][quantity]", "1"),
        ("success_url", "http://127.0.0.1:9/done"),
        ("payment_method_collection", "if_required"),
        ("subscription_data[trial_period_days]", "14"),
        ("subscription_data[trial_settings][end_behavior][missing_payment_method]", "pause"),
    ];
    let url = format!("{}/v1/checkout/sessions", shop.sandbox.base_url());
    let made = answer_of(client().post(url).bearer_auth(KEY).form(&form)).await.is(200).json();
    let session = made["id"].as_str().expect("an id");
    shop.sandbox.pay_checkout(session, "").await.expect("nothing is to be paid");
    shop.settle().await;
}

#[rocket::async_test]
async fn a_trial_with_a_card_is_reminded_of_and_goes_on_without_a_gap() {
    let shop = Shop::with(TRIAL).await;
    let ada = shop.visitor("ada").await;
    ada.get("/billing/plans").await.has("Free for 14 days, then €5.00 per month.");
    ada.buys("starter").await.has("You are trying Starter until").has("29 Jan 2026");
    ada.get("/billing").await.has_not("Your trial ends soon").has("First payment");

    shop.live_through(11 * DAY).await;
    ada.get("/servers")
        .await
        .has("Your trial ends soon")
        .has("29 Jan 2026, 12:00 UTC")
        .has("€5.00 per month")
        .has_not("Add a card");

    let api = shop.api("panel").await;
    let account = shop.account_of("ada").await;
    shop.live_through(3 * DAY - 1).await;
    assert_eq!(api.quota(&account).await["reason"], "trial");
    shop.advance(1).await;
    // Stripe has not told yet: the plan goes on all the same.
    assert_eq!(api.quota(&account).await["limit"], 3);
    shop.settle().await;
    let quota = api.quota(&account).await;
    assert_eq!((&quota["reason"], &quota["limit"]), (&json!("subscription"), &json!(3)));
    ada.get("/billing").await.has("Starter is active").has_not("trial");
}

#[rocket::async_test]
async fn a_trial_without_a_card_asks_for_one_then_pauses_and_starts_again_by_hand() {
    let shop = Shop::with(TRIAL).await;
    let ada = shop.visitor("ada").await;
    tries_without_a_card(&shop, &ada).await;
    ada.get("/billing")
        .await
        .has("Add a card to keep your plan")
        .has("29 Jan 2026, 12:00 UTC")
        .has("Add a payment method");
    ada.creates_server("one").await.is(303);
    ada.creates_server("two").await.is(303);

    passes(&shop, &ada, 14 * DAY + HOUR).await;
    let api = shop.api("panel").await;
    let account = shop.account_of("ada").await;
    let quota = api.quota(&account).await;
    let found = (&quota["limit"], &quota["used"], &quota["reason"]);
    assert_eq!(found, (&json!(1), &json!(2), &json!("paused_no_payment_method")));
    ada.get("/billing").await.has("the plan is paused").has("Add a payment method");
    let portal = ada.post::<&str>("/billing/start", &[]).await.is(303).location();
    assert!(portal.starts_with(&shop.sandbox.base_url()), "{portal}");

    let customer = shop.sandbox.ids("customer").pop().expect("a customer");
    shop.sandbox.set_default_card(&customer, "4242424242424242").expect("a customer");
    shop.settle().await;
    ada.get("/billing").await.has("Start the plan for €5.00");
    assert_eq!(shop.sandbox.ids("charge").len(), 0, "nobody has agreed to pay yet");
    ada.post::<&str>("/billing/start", &[]).await.is(303);
    ada.get("/billing").await.has("Your plan runs again").has("Starter is active");
    ada.post::<&str>("/billing/start", &[]).await.is(303);
    assert_eq!(shop.sandbox.ids("charge").len(), 1);
    assert_eq!(api.quota(&account).await["limit"], 3);
}

#[rocket::async_test]
async fn an_account_has_one_trial_for_ever_even_when_its_customer_is_gone() {
    let shop = Shop::with(TRIAL).await;
    let api = shop.api("panel").await;
    let account = api.account("ada").await;
    api.buys(&shop, &account, "starter", "month").await;
    shop.settle().await;
    assert_eq!(api.subscription(&account).await["state"], "trialing");
    let path = format!("/accounts/{account}");
    let customer = api.get(&path).await.json()["stripe_customer_id"].clone();
    shop.sandbox.delete_customer(customer.as_str().expect("one")).expect("it was there");
    shop.settle().await;
    assert_eq!(api.quota(&account).await["reason"], "ended");
    api.buys(&shop, &account, "growth", "year").await;
    shop.settle().await;
    let subscription = api.subscription(&account).await;
    assert_eq!(
        (&subscription["state"], &subscription["trial_end"]),
        (&json!("active"), &json!(null))
    );
}
