//! Changing the plan now: what is shown is what is charged, once, or nothing happens.

use coinslot::sandbox::{CataloguePrice, Delivery, Fault, FaultKind, Interval, Options, Sandbox};
use serde_json::{Value, json};

use crate::shop::{Answer, Api, DAY, HOUR, KEY, SECRET, START, Shop};

const DECLINED: &str = "4000000000000002";
const PAYS: &str = "4242424242424242";
const AUTHENTICATES: &str = "4000002760003184";
const MINUTE: i64 = 60;

/// An account that pays for `plan` since ten days.
async fn paying(shop: &Shop, api: &Api, account: &str, plan: &str, interval: &str) {
    api.account(account).await;
    api.buys(shop, account, plan, interval).await;
    shop.live_through(10 * DAY).await;
}

async fn asked(api: &Api, account: &str, plan: &str, interval: &str) -> Answer {
    let body = json!({ "plan": plan, "interval": interval });
    api.post(&format!("/accounts/{account}/plan-change/preview"), body).await
}

async fn previewed(api: &Api, account: &str, plan: &str, interval: &str) -> Value {
    asked(api, account, plan, interval).await.is(200).json()
}

async fn confirmed(api: &Api, account: &str, preview: &Value) -> Answer {
    let body = json!({ "preview": preview["preview"] });
    api.post(&format!("/accounts/{account}/plan-change"), body).await
}

async fn customer(api: &Api, account: &str) -> String {
    let account = api.get(&format!("/accounts/{account}")).await.is(200).json();
    account["stripe_customer_id"].as_str().expect("a customer").to_owned()
}

fn newest(shop: &Shop, kind: &str) -> Value {
    let id = shop.sandbox.ids(kind).pop().expect("there is one");
    shop.sandbox.object(&id).expect("it exists")
}

fn invoices(shop: &Shop) -> usize {
    shop.sandbox.ids("invoice").len()
}

#[rocket::async_test]
async fn an_upgrade_costs_what_was_shown_and_counts_at_once() {
    let shop = Shop::open().await;
    let api = shop.api("panel").await;
    paying(&shop, &api, "ada", "starter", "month").await;
    let before = shop.metric("coinslot_plan_change_total{kind=\"upgrade\"}").await;

    let shown = previewed(&api, "ada", "growth", "month").await;
    assert_eq!((&shown["kind"], &shown["effective"]), (&json!("upgrade"), &json!("now")));
    assert_eq!((&shown["currency"], &shown["next_amount"]), (&json!("eur"), &json!(1_200)));
    let due = shown["amount_due"].as_i64().expect("an amount");
    let lines = shown["lines"].as_array().expect("lines");
    let sum: i64 = lines.iter().filter_map(|line| line["amount"].as_i64()).sum();
    assert_eq!(sum, due, "{shown}");
    assert!((400..500).contains(&due), "two thirds of seven: {shown}");
    assert_eq!(api.quota("ada").await["limit"], 3, "a preview changes nothing");

    let changed = confirmed(&api, "ada", &shown).await.is(200).json();
    assert_eq!((&changed["plan"], &changed["state"]), (&json!("growth"), &json!("active")));
    assert_eq!(api.quota("ada").await["limit"], 10);
    let invoice = newest(&shop, "invoice");
    assert_eq!((&invoice["amount_paid"], &invoice["status"]), (&json!(due), &json!("paid")));
    shop.settle().await;
    assert_eq!(api.quota("ada").await["limit"], 10);
    let after = shop.metric("coinslot_plan_change_total{kind=\"upgrade\"}").await;
    assert!(after > before, "{before:?} {after:?}");
}

#[rocket::async_test]
async fn what_is_shown_equals_what_is_charged_in_every_currency() {
    for (currency, factor) in [("usd", 1), ("jpy", 1), ("kwd", 10)] {
        for (from, to) in [
            (("starter", "month"), ("growth", "month")),
            (("starter", "month"), ("starter", "year")),
            (("starter", "month"), ("network", "year")),
            (("starter", "year"), ("growth", "month")),
        ] {
            let shop = Shop::over(abroad(currency, factor).await, "").await;
            let api = shop.api("panel").await;
            paying(&shop, &api, "ada", from.0, from.1).await;
            shop.advance(3 * HOUR + 17).await;
            let shown = previewed(&api, "ada", to.0, to.1).await;
            shop.advance(10 * MINUTE).await;
            confirmed(&api, "ada", &shown).await.is(200);
            let invoice = newest(&shop, "invoice");
            let story = format!("{currency} {from:?} to {to:?}: {shown}");
            assert_eq!(invoice["amount_due"], shown["amount_due"], "{story}");
            assert_eq!(invoice["currency"], json!(currency), "{story}");
            let charged: Vec<&Value> = invoice["lines"]["data"]
                .as_array()
                .expect("lines")
                .iter()
                .map(|l| &l["amount"])
                .collect();
            let lines = shown["lines"].as_array().expect("lines").iter();
            assert_eq!(charged, lines.map(|line| &line["amount"]).collect::<Vec<_>>(), "{story}");
            assert_eq!(api.subscription("ada").await["plan"], to.0, "{story}");
        }
    }
}

/// A sandbox whose prices are in another currency.
async fn abroad(currency: &str, factor: i64) -> Sandbox {
    let price = |key: &str, product: &str, unit_amount: i64, interval| CataloguePrice {
        price_id: None,
        lookup_key: Some(key.to_owned()),
        product: product.to_owned(),
        currency: currency.to_owned(),
        unit_amount: unit_amount * factor,
        interval: Some(interval),
    };
    let catalogue = vec![
        price("starter_monthly", "Starter", 499, Interval::Month),
        price("starter_yearly", "Starter", 4_990, Interval::Year),
        price("growth_monthly", "Growth", 1_201, Interval::Month),
        price("network_yearly", "Network", 30_003, Interval::Year),
    ];
    let options = Options {
        port: 0,
        secret_key: KEY.to_owned(),
        webhook_url: None,
        webhook_secret: SECRET.to_owned(),
        state_file: None,
        catalogue,
        start_at: Some(START),
        delivery: Delivery::Held,
    };
    Sandbox::start(options).await.expect("a sandbox")
}

#[rocket::async_test]
async fn a_declined_upgrade_leaves_the_old_plan_with_a_link_to_pay() {
    let shop = Shop::open().await;
    let api = shop.api("panel").await;
    paying(&shop, &api, "ada", "starter", "month").await;
    shop.sandbox.set_default_card(&customer(&api, "ada").await, DECLINED).expect("a card");

    let failures = shop.metric("coinslot_plan_change_error_total").await;
    let shown = previewed(&api, "ada", "growth", "month").await;
    let changed = confirmed(&api, "ada", &shown).await.is(200).json();
    assert_eq!((&changed["plan"], &changed["state"]), (&json!("starter"), &json!("active")));
    assert_eq!(changed["payment_state"], "requires_action");
    let errors = shop.metric("coinslot_plan_change_error_total").await;
    assert!(errors > failures, "{failures:?} {errors:?}");
    let link = changed["action_url"].as_str().expect("a link").to_owned();
    let invoice = newest(&shop, "invoice");
    assert_eq!(invoice["hosted_invoice_url"], json!(link));
    assert_eq!(api.quota("ada").await["limit"], 3, "nothing that was not paid");

    shop.sandbox.set_default_card(&customer(&api, "ada").await, PAYS).expect("a card");
    shop.sandbox.pay_invoice(invoice["id"].as_str().expect("an id")).expect("it is open");
    shop.settle().await;
    let paid = api.subscription("ada").await;
    assert_eq!((&paid["plan"], &paid["payment_state"]), (&json!("growth"), &json!("ok")));
    assert_eq!(api.quota("ada").await["limit"], 10);
}

#[rocket::async_test]
async fn an_upgrade_waits_for_3d_secure_and_expires_without() {
    for passes in [true, false] {
        let shop = Shop::open().await;
        let api = shop.api("panel").await;
        paying(&shop, &api, "ada", "starter", "month").await;
        let customer = customer(&api, "ada").await;
        shop.sandbox.set_default_card(&customer, AUTHENTICATES).expect("a card");
        let shown = previewed(&api, "ada", "growth", "month").await;
        let waiting = confirmed(&api, "ada", &shown).await.is(200).json();
        assert_eq!(
            (&waiting["plan"], &waiting["payment_state"]),
            (&json!("starter"), &json!("requires_action"))
        );
        if passes {
            let invoice = newest(&shop, "invoice")["id"].as_str().expect("an id").to_owned();
            shop.sandbox.confirm_3ds(&invoice, true).await.expect("it waits");
            shop.settle().await;
        } else {
            shop.live_through(24 * HOUR).await;
        }
        let after = api.subscription("ada").await;
        let plan = if passes { "growth" } else { "starter" };
        assert_eq!((&after["plan"], &after["payment_state"]), (&json!(plan), &json!("ok")));
        assert_eq!(after["action_url"], Value::Null);
    }
}

#[rocket::async_test]
async fn a_preview_that_no_longer_holds_is_answered_with_a_fresh_one() {
    let shop = Shop::open().await;
    let api = shop.api("panel").await;
    paying(&shop, &api, "ada", "starter", "month").await;
    let paid = invoices(&shop);

    let shown = previewed(&api, "ada", "growth", "month").await;
    shop.advance(15 * MINUTE).await;
    let stale = confirmed(&api, "ada", &shown).await.is(409).code("preview_stale").json();
    assert_ne!(stale["preview"]["preview"], shown["preview"]);
    assert_eq!(invoices(&shop), paid, "nothing happened");
    shop.advance(15 * MINUTE - 1).await;
    confirmed(&api, "ada", &stale["preview"]).await.is(200);
    assert_eq!(api.subscription("ada").await["plan"], "growth");

    let shown = previewed(&api, "ada", "network", "month").await;
    let subscription = shop.sandbox.ids("subscription").pop().expect("one");
    shop.sandbox
        .set_subscription_items(&subscription, vec![("price_network_monthly".to_owned(), 1)])
        .expect("a subscription");
    let paid = invoices(&shop);
    let stale = confirmed(&api, "ada", &shown).await.is(409).code("preview_stale").json();
    assert_eq!(stale["preview"]["kind"], "none");
    assert_eq!(invoices(&shop), paid);
}

#[rocket::async_test]
async fn what_one_has_already_is_no_change_and_no_call() {
    let shop = Shop::open().await;
    let api = shop.api("panel").await;
    paying(&shop, &api, "ada", "starter", "month").await;
    let shown = previewed(&api, "ada", "starter", "month").await;
    assert_eq!((&shown["kind"], &shown["amount_due"]), (&json!("none"), &json!(0)));
    shop.sandbox.clear_requests();
    let same = confirmed(&api, "ada", &shown).await.is(200).json();
    assert_eq!(same["plan"], "starter");
    assert!(shop.sandbox.requests().is_empty(), "{:?}", shop.sandbox.requests());
}

#[rocket::async_test]
async fn a_token_is_good_for_its_account_only() {
    let shop = Shop::open().await;
    let api = shop.api("panel").await;
    for account in ["ada", "eve"] {
        paying(&shop, &api, account, "starter", "month").await;
    }
    let adas = previewed(&api, "ada", "growth", "month").await;
    confirmed(&api, "eve", &adas).await.is(422).code("invalid_request");
    for garbage in ["", "x", "\u{0}", "../../etc"] {
        let forged = json!({ "preview": garbage });
        confirmed(&api, "ada", &forged).await.is(422).code("invalid_request");
    }
    assert_eq!(api.subscription("eve").await["plan"], "starter");
    confirmed(&api, "nobody", &adas).await.is(404).code("account_not_found");
}

#[rocket::async_test]
async fn what_stands_in_the_way_of_a_change_is_named() {
    let shop = Shop::open().await;
    let api = shop.api("panel").await;
    api.account("free").await;
    asked(&api, "free", "growth", "month").await.is(409).code("no_subscription");
    asked(&api, "nobody", "growth", "month").await.is(404).code("account_not_found");
    paying(&shop, &api, "ada", "starter", "month").await;
    let table = [
        ("platinum", "month", 422, "invalid_request"),
        ("growth", "week", 422, "invalid_request"),
        ("lifetime", "once", 422, "invalid_request"),
        ("lifetime", "month", 409, "plan_unavailable"),
    ];
    for (plan, interval, status, code) in table {
        asked(&api, "ada", plan, interval).await.is(status).code(code);
    }
    api.post("/accounts/ada/cancel", json!({})).await.is(200);
    asked(&api, "ada", "growth", "month").await.is(409).code("plan_unavailable").has("ends on");
    api.post("/accounts/ada/resume", json!({})).await.is(200);

    shop.sandbox.set_default_card(&customer(&api, "ada").await, DECLINED).expect("a card");
    shop.live_through(25 * DAY).await;
    let refused =
        asked(&api, "ada", "growth", "month").await.is(402).code("payment_past_due").json();
    assert_eq!((&refused["reason"], &refused["limit"]), (&json!("grace"), &json!(3)));
    assert!(refused["action_url"].as_str().is_some_and(|url| url.contains("invoice")), "{refused}");
}

#[rocket::async_test]
async fn a_change_posted_twice_is_made_once() {
    let shop = Shop::open().await;
    let api = shop.api("panel").await;
    paying(&shop, &api, "ada", "starter", "month").await;
    let shown = previewed(&api, "ada", "growth", "month").await;
    let paid = invoices(&shop);
    let both =
        futures::future::join(confirmed(&api, "ada", &shown), confirmed(&api, "ada", &shown));
    let (first, second) = both.await;
    first.is(200);
    second.is(200);
    confirmed(&api, "ada", &shown).await.is(200);
    assert_eq!(invoices(&shop), paid + 1);
    let key = |request: &coinslot::sandbox::RecordedRequest| {
        request.method == "POST" && request.path.starts_with("/v1/subscriptions/")
    };
    assert_eq!(shop.sandbox.requests().iter().filter(|request| key(request)).count(), 1);
}

#[rocket::async_test]
async fn a_change_whose_answer_was_lost_is_found_made() {
    let shop = Shop::open().await;
    let api = shop.api("panel").await;
    paying(&shop, &api, "ada", "starter", "month").await;
    let shown = previewed(&api, "ada", "growth", "month").await;
    let paid = invoices(&shop);
    let subscription = shop.sandbox.ids("subscription").pop().expect("one");
    shop.sandbox.fail_next(Fault {
        method: Some("POST".to_owned()),
        path_prefix: format!("/v1/subscriptions/{subscription}"),
        times: 100,
        kind: FaultKind::DropAfter,
    });
    confirmed(&api, "ada", &shown).await.is(503).code("stripe_unavailable").has("not known yet");
    shop.sandbox.clear_faults();
    assert_eq!(confirmed(&api, "ada", &shown).await.is(200).json()["plan"], "growth");
    assert_eq!(invoices(&shop), paid + 1);
}

#[rocket::async_test]
async fn the_price_counts_where_the_metadata_disagrees() {
    let shop = Shop::open().await;
    let api = shop.api("panel").await;
    paying(&shop, &api, "ada", "starter", "month").await;
    let subscription = shop.sandbox.ids("subscription").pop().expect("one");
    shop.sandbox
        .set_subscription_items(&subscription, vec![("price_growth_monthly".to_owned(), 1)])
        .expect("a subscription");
    shop.sandbox
        .set_subscription_metadata(&subscription, &[("account_id", "ada"), ("plan", "starter")]);
    shop.settle().await;
    assert_eq!(api.subscription("ada").await["plan"], "growth");
    let shown = previewed(&api, "ada", "network", "month").await;
    assert_eq!(shown["kind"], "upgrade");
    confirmed(&api, "ada", &shown).await.is(200);
    assert_eq!(api.quota("ada").await["limit"], Value::Null);
}

#[rocket::async_test]
async fn a_trial_goes_on_under_another_plan_at_no_charge() {
    let shop = Shop::with("billing.trial_period = \"14d\"").await;
    let api = shop.api("panel").await;
    paying(&shop, &api, "ada", "starter", "month").await;
    let before = api.subscription("ada").await;
    let shown = previewed(&api, "ada", "growth", "month").await;
    assert_eq!((&shown["amount_due"], &shown["next_amount"]), (&json!(0), &json!(1_200)));
    let after = confirmed(&api, "ada", &shown).await.is(200).json();
    assert_eq!((&after["plan"], &after["state"]), (&json!("growth"), &json!("trialing")));
    assert_eq!(after["trial_end"], before["trial_end"]);
    assert_eq!(api.quota("ada").await["limit"], 10);
    shop.live_through(5 * DAY).await;
    let after = api.subscription("ada").await;
    assert_eq!((&after["plan"], &after["state"]), (&json!("growth"), &json!("active")));
    assert_eq!(newest(&shop, "invoice")["amount_paid"], 1_200);
}

#[rocket::async_test]
async fn a_quantity_is_kept_and_counts() {
    let shop = Shop::open().await;
    let api = shop.api("panel").await;
    paying(&shop, &api, "ada", "starter", "month").await;
    let subscription = shop.sandbox.ids("subscription").pop().expect("one");
    shop.sandbox
        .set_subscription_items(&subscription, vec![("price_starter_monthly".to_owned(), 4)])
        .expect("a subscription");
    shop.settle().await;
    assert_eq!(api.quota("ada").await["limit"], 12);
    let shown = previewed(&api, "ada", "growth", "month").await;
    assert_eq!((&shown["kind"], &shown["next_amount"]), (&json!("upgrade"), &json!(4 * 1_200)));
    let after = confirmed(&api, "ada", &shown).await.is(200).json();
    assert_eq!(after["quantity"], 4);
    assert_eq!(api.quota("ada").await["limit"], 40);
    assert_eq!(newest(&shop, "invoice")["amount_paid"], shown["amount_due"]);
}
