//! What became of a checkout: on its way, free of charge, forgotten in a tab, or not to be asked.

use std::time::{Duration, Instant};

use coinslot::sandbox::AfterRetries;
use serde_json::{Value, json};

use crate::members::joins;
use crate::more::{answer_with, begin, customer, session, slow_down, text};
use crate::shop::{Answer, Api, DAY, KEY, Shop, answer_of, client};

const PAYS: &str = "4242424242424242";

async fn returned(api: &Api, account: &str, session: &str) -> Answer {
    api.get(&format!("/accounts/{account}/subscription?session_id={session}")).await
}

/// Where the page says to look again.
fn refresh(page: &Answer) -> Option<String> {
    let (_, rest) = page.text.split_once("http-equiv=\"refresh\"")?;
    let address = rest.split_once("url=")?.1.split('"').next()?;
    Some(address.replace("&#38;", "&").replace("&amp;", "&"))
}

#[rocket::async_test]
async fn a_payment_on_its_way_gives_nothing_yet_and_is_not_to_be_paid_again() {
    let shop = Shop::open().await;
    let ada = shop.visitor("ada").await;
    let account = shop.account_of("ada").await;
    let api = shop.api("panel").await;
    let checkout = ada.begins("lifetime", "once").await;
    let session = shop.sandbox.ids("checkout.session").pop().expect("one");
    let path = format!("/v1/checkout/sessions/{session}");
    let mut on_its_way = shop.sandbox.object(&session).expect("it was begun");
    on_its_way["status"] = json!("complete");
    on_its_way["payment_status"] = json!("unpaid");
    answer_with(&shop, &path, u32::MAX, on_its_way);

    let mut address = format!("/billing?session_id={session}");
    let mut looks = 0;
    loop {
        let page = ada.get(&address).await.is(200).has("do not pay again").has_not("has arrived");
        let Some(next) = refresh(&page) else { break };
        (address, looks) = (next, looks + 1);
        assert!(looks < 50, "it looks again for ever");
    }
    assert!(looks > 1, "it looks again by itself");
    let answer = returned(&api, &account, &session).await.is(200).json();
    assert_eq!((&answer["checkout"], &answer["access"]), (&json!("processing"), &json!("none")));
    assert_eq!(api.quota(&account).await["limit"], 1);
    let again = [("plan", "lifetime"), ("interval", "once")];
    ada.post("/billing/checkout", &again).await.is(409).has("do not pay again");

    shop.sandbox.clear_faults();
    ada.pays(&checkout, PAYS).await.is(303);
    let answer = returned(&api, &account, &session).await.is(200).json();
    assert_eq!((&answer["checkout"], &answer["state"]), (&json!("complete"), &json!("lifetime")));
    assert_eq!(api.quota(&account).await["limit"], 5);
    let page = ada.get(&address).await.is(200).has("has arrived");
    assert_eq!(refresh(&page), None);
}

#[rocket::async_test]
async fn a_total_of_zero_is_paid() {
    let shop = Shop::open().await;
    let api = shop.api("panel").await;
    for (account, plan, interval, price, limit) in [
        ("ada", "lifetime", "once", "price_lifetime_once", 5),
        ("bob", "starter", "month", "price_starter_monthly", 3),
    ] {
        api.account(account).await;
        let session = api.buys(&shop, account, plan, interval).await;
        let mut free = shop.sandbox.object(&session).expect("it was paid");
        free["payment_status"] = json!("no_payment_required");
        free["amount_total"] = json!(0);
        free["payment_intent"] = Value::Null;
        let line = json!({
            "id": "li_1", "object": "item", "price": shop.sandbox.object(price), "quantity": 1
        });
        free["line_items"] = json!({
            "object": "list", "data": [line], "has_more": false, "url": "/v1/line_items"
        });
        answer_with(&shop, &format!("/v1/checkout/sessions/{session}"), u32::MAX, free);
        let answer = returned(&api, account, &session).await.is(200).json();
        assert_eq!(answer["checkout"], "complete", "{account}");
        assert_eq!(api.quota(account).await["limit"], limit, "{account}");
    }
}

#[rocket::async_test]
async fn while_unpaid_the_way_out_is_the_open_invoice() {
    let shop = Shop::open().await;
    let api = shop.api("panel").await;
    shop.sandbox.after_retries(AfterRetries::Unpaid);
    let customer = customer(&api, "ada").await;
    shop.sandbox
        .create_subscription(&customer, "price_starter_monthly", "4000000000000341")
        .expect("one");
    shop.advance(50 * DAY).await;
    let refused = begin(&api, "ada", "growth").await.is(409).code("subscription_exists").json();
    assert_eq!(refused["state"], "unpaid");
    let way_out = text(&refused["action_url"]);
    assert!(way_out.starts_with(&shop.sandbox.base_url()), "{way_out}");
    answer_of(client().get(way_out)).await.is(200);
    assert_eq!(shop.sandbox.ids("subscription").len(), 1);
}

#[rocket::async_test]
async fn while_paused_after_a_trial_the_way_out_is_a_payment_method() {
    let shop = Shop::open().await;
    let api = shop.api("panel").await;
    let customer = customer(&api, "ada").await;
    let trial = [
        ("mode", "subscription"),
        ("customer", &customer),
        ("line_items[0][price]", "price_starter_monthly"),
        ("line_items[0][quantity]", "1"),
        ("success_url", "http://127.0.0.1:9/done"),
        ("payment_method_collection", "if_required"),
        ("subscription_data[trial_period_days]", "7"),
        ("subscription_data[trial_settings][end_behavior][missing_payment_method]", "pause"),
    ];
    let made = client()
        .post(format!("{}/v1/checkout/sessions", shop.sandbox.base_url()))
        .bearer_auth(KEY)
        .form(&trial);
    let made = answer_of(made).await.is(200).json();
    shop.sandbox.pay_checkout(&text(&made["id"]), "").await.expect("no card is needed");
    shop.live_through(DAY).await;
    assert_eq!(api.subscription("ada").await["state"], "trialing");
    shop.live_through(7 * DAY).await;
    let quota = api.quota("ada").await;
    assert_eq!(
        (&quota["limit"], &quota["reason"]),
        (&json!(1), &json!("paused_no_payment_method"))
    );
    let refused = begin(&api, "ada", "growth").await.is(409).code("subscription_exists").json();
    assert_eq!(refused["state"], "paused");
    assert!(text(&refused["action_url"]).starts_with("http"));
    let flow = json!({ "flow": "payment_method_update" });
    api.post("/accounts/ada/portal", flow).await.is(201);
    assert_eq!(shop.sandbox.ids("subscription").len(), 1);
}

#[rocket::async_test]
async fn a_session_paid_in_a_forgotten_tab_forbids_the_next_wish() {
    let shop = Shop::open().await;
    let api = shop.api("panel").await;
    api.account("ada").await;
    let first = session(&api, "ada", "starter").await;
    shop.sandbox.pay_checkout(&first, PAYS).await.expect("it pays");
    begin(&api, "ada", "growth").await.is(409).code("subscription_exists");
    let quota = api.quota("ada").await;
    assert_eq!((&quota["plan"], &quota["limit"]), (&json!("starter"), &json!(3)));
    assert_eq!(shop.sandbox.ids("checkout.session").len(), 1);
}

/// The tab is paid after the look at Stripe and before its session is closed.
#[rocket::async_test]
async fn a_session_paid_while_the_next_is_begun_forbids_it_too() {
    let shop = Shop::open().await;
    let api = shop.api("panel").await;
    let customer = customer(&api, "ada").await;
    let first = session(&api, "ada", "starter").await;
    shop.sandbox.pay_checkout(&first, PAYS).await.expect("it pays");
    let none_yet = json!({
        "object": "list", "data": [], "has_more": false, "url": "/v1/subscriptions"
    });
    answer_with(&shop, &format!("/v1/subscriptions?customer={customer}"), 1, none_yet);
    begin(&api, "ada", "growth").await.is(409).code("subscription_exists");
    assert_eq!(api.quota("ada").await["plan"], "starter");
    assert_eq!(shop.sandbox.ids("checkout.session").len(), 1);
}

#[rocket::async_test]
async fn a_session_that_nobody_has_is_not_found() {
    let shop = Shop::open().await;
    let ada = shop.visitor("ada").await;
    ada.get("/billing?session_id=cs_test_nobody").await.is(404);
    let account = shop.account_of("ada").await;
    let api = shop.api("panel").await;
    returned(&api, &account, "cs_test_nobody").await.is(404).code("session_not_found");
}

#[rocket::async_test]
async fn a_stripe_that_is_down_holds_no_page_longer_than_3_seconds() {
    /// Three for Stripe, the rest for a busy machine.
    const PATIENCE: Duration = Duration::from_millis(3_800);
    let shop = Shop::open().await;
    let ada = shop.visitor("ada").await;
    let account = shop.account_of("ada").await;
    let api = shop.api("panel").await;
    ada.buys("starter").await;
    shop.settle().await;
    let session = shop.sandbox.ids("checkout.session").pop().expect("one");
    let other = session_unheard_of(&shop, &api, &account).await;
    slow_down(&shop, 10);

    let path = format!("/billing?session_id={session}");
    let unknown = format!("/billing?session_id={other}");
    let begun = Instant::now();
    let (known, answer, unknown) = futures::future::join3(
        ada.get(&path),
        returned(&api, &account, &session),
        ada.get(&unknown),
    )
    .await;
    assert!(begun.elapsed() < PATIENCE, "{:?}", begun.elapsed());
    known.is(200).has("Starter").has_not("not finished");
    assert_eq!(answer.is(200).json()["state"], "active");
    unknown.is(200).has("Starter").has_not("has arrived");
}

/// A session at Stripe of which we never heard.
async fn session_unheard_of(shop: &Shop, api: &Api, account: &str) -> String {
    let customer =
        text(&api.get(&format!("/accounts/{account}")).await.json()["stripe_customer_id"]);
    let form = [
        ("mode", "payment"),
        ("customer", &customer),
        ("client_reference_id", account),
        ("line_items[0][price]", "price_lifetime_once"),
        ("line_items[0][quantity]", "1"),
        ("success_url", "http://127.0.0.1:9/done"),
    ];
    let made = client()
        .post(format!("{}/v1/checkout/sessions", shop.sandbox.base_url()))
        .bearer_auth(KEY)
        .form(&form);
    text(&answer_of(made).await.is(200).json()["id"])
}

#[rocket::async_test]
async fn who_switched_accounts_before_coming_back_is_told_what_became_of_the_checkout() {
    let shop = Shop::open().await;
    let (ada, bob) = (shop.visitor("ada").await, shop.visitor("bob").await);
    let checkout = ada.begins("starter", "month").await;
    let back = ada.pays(&checkout, PAYS).await.is(303).location();
    joins(&bob, &ada).await.is(303);
    let page = ada.get(&back).await.is(200).has("your payment has arrived");
    let page = page.has("This was for the account ada").has("0 of 1 server<");
    page.has("<a class=\"button\" href=\"/account\">Act for ada</a>");
    let (api, payer) = (shop.api("panel").await, shop.account_of("ada").await);
    assert_eq!(api.quota(&payer).await["limit"], 3, "no delivery was needed");

    for elsewhere in [bob, shop.visitor("eve").await] {
        elsewhere.get(&back).await.is(404).has("There is no such checkout").has_not("account ada");
    }
    ada.post("/account/switch", &[("to", payer)]).await.is(303);
    ada.get(&back).await.is(200).has("has arrived").has_not("This was for the account");
}
