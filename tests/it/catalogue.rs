//! Prices that move, vanish, multiply or are somebody else's; and currencies that count otherwise.

use coinslot::sandbox::{CataloguePrice, Delivery, Interval, Options, Sandbox};
use serde_json::{Value, json};

use crate::more::{begin, customer};
use crate::shop::{
    Api, DAY, HOUR, KEY, PASSWORD, SECRET, START, Shop, answer_of, catalogue, client,
};

const PAYS: &str = "4242424242424242";

/// Makes a price at Stripe that no plan names.
async fn price(shop: &Shop, currency: &str, amount: &str) -> String {
    let call = async |path: &str, form: &[(&str, &str)]| -> String {
        let url = format!("{}/v1/{path}", shop.sandbox.base_url());
        let made = answer_of(client().post(url).bearer_auth(KEY).form(form)).await.is(200).json();
        made["id"].as_str().expect("an id").to_owned()
    };
    let product = call("products", &[("name", "Backups")]).await;
    let form = [
        ("product", product.as_str()),
        ("currency", currency),
        ("unit_amount", amount),
        ("recurring[interval]", "month"),
    ];
    call("prices", &form).await
}

/// A subscription of the account to Starter, told to the panel; and its id.
async fn subscribed(shop: &Shop, api: &Api, account: &str) -> String {
    api.account(account).await;
    api.buys(shop, account, "starter", "month").await;
    shop.settle().await;
    let subscription = api.subscription(account).await["stripe_subscription_id"].clone();
    subscription.as_str().expect("one").to_owned()
}

#[track_caller]
fn gives(quota: &Value, plan: &str, limit: u32) {
    assert_eq!((&quota["plan"], &quota["limit"]), (&json!(plan), &json!(limit)), "{quota}");
}

#[rocket::async_test]
async fn an_archived_price_keeps_its_plan_and_is_sold_no_more() {
    let shop = Shop::open().await;
    let api = shop.api("panel").await;
    subscribed(&shop, &api, "ada").await;
    shop.sandbox.archive_price("price_starter_monthly");
    shop.settle().await;
    gives(&api.quota("ada").await, "starter", 3);
    api.account("eve").await;
    begin(&api, "eve", "starter").await.is(409).code("plan_unavailable");
    shop.live_through(31 * DAY + HOUR).await;
    gives(&api.quota("ada").await, "starter", 3);
    assert_eq!(api.quota("ada").await["reason"], "subscription");
}

#[rocket::async_test]
async fn a_new_price_under_the_old_key_is_for_new_customers_and_changes_no_running_plan() {
    let shop = Shop::open().await;
    let (api, ada) = (shop.api("panel").await, shop.visitor("ada").await);
    ada.buys("starter").await;
    shop.settle().await;
    let dearer = price(&shop, "eur", "700").await;
    shop.sandbox.move_lookup_key("starter_monthly", &dearer);
    shop.settle().await;
    let account = shop.account_of("ada").await;
    gives(&api.quota(&account).await, "starter", 3);
    ada.get("/billing").await.has("€5.00 per month").has_not("€7.00");

    let eve = shop.visitor("eve").await;
    eve.get("/billing/plans").await.has("€7.00</strong> per month");
    eve.buys("starter").await.has("€7.00 per month");
    gives(&api.quota(&shop.account_of("eve").await).await, "starter", 3);
}

#[rocket::async_test]
async fn the_plan_is_that_of_the_item_that_is_one_times_its_quantity() {
    let shop = Shop::open().await;
    let api = shop.api("panel").await;
    let subscription = subscribed(&shop, &api, "ada").await;
    let backups = price(&shop, "eur", "100").await;
    let (starter, growth) = ("price_starter_monthly", "price_growth_monthly");
    let table = [
        (vec![(backups.as_str(), 1), (starter, 1)], "starter", 3),
        (vec![(starter, 1), (backups.as_str(), 9)], "starter", 3),
        (vec![(starter, 2)], "starter", 6),
        (vec![(starter, 1), (growth, 1)], "growth", 10),
        (vec![(starter, 4), (growth, 1)], "starter", 12),
    ];
    for (items, plan, limit) in table {
        let items = items.into_iter().map(|(price, quantity)| (price.to_owned(), quantity));
        shop.sandbox.set_subscription_items(&subscription, items.collect()).expect("prices");
        // Whatever the metadata says.
        shop.sandbox.set_subscription_metadata(&subscription, &[("plan", "network")]);
        shop.settle().await;
        gives(&api.quota("ada").await, plan, limit);
    }
}

#[rocket::async_test]
async fn somebody_elses_product_gives_nothing_and_blocks_nothing() {
    let shop = Shop::open().await;
    let api = shop.api("panel").await;
    let customer = customer(&api, "ada").await;
    let backups = price(&shop, "eur", "100").await;
    shop.sandbox.create_subscription(&customer, &backups, PAYS).expect("a subscription");
    shop.settle().await;
    let quota = api.quota("ada").await;
    assert_eq!((&quota["limit"], &quota["reason"]), (&json!(1), &json!("free")));
    api.buys(&shop, "ada", "starter", "month").await;
    shop.settle().await;
    gives(&api.quota("ada").await, "starter", 3);
}

#[rocket::async_test]
async fn a_subscription_in_another_currency_is_named_before_stripe_refuses() {
    let shop = Shop::open().await;
    let (api, ada) = (shop.api("panel").await, shop.visitor("ada").await);
    ada.begins("starter", "month").await;
    let account = shop.account_of("ada").await;
    let customer = shop.sandbox.ids("customer").pop().expect("a customer");
    let dollars = price(&shop, "usd", "100").await;
    let other =
        shop.sandbox.create_subscription(&customer, &dollars, PAYS).expect("a subscription");
    shop.settle().await;
    shop.sandbox.clear_requests();
    let refused = begin(&api, &account, "starter").await.is(409).code("plan_unavailable");
    refused.has("sold in EUR").has("USD");
    let opened = shop
        .sandbox
        .requests()
        .iter()
        .any(|request| request.method == "POST" && request.path == "/v1/checkout/sessions");
    assert!(!opened, "Stripe is not asked for what it refuses");
    ada.get("/billing/plans")
        .await
        .has("You pay another subscription in USD")
        .has_not("Choose Starter")
        .has("Buy Lifetime");
    shop.sandbox.cancel_now(&other);
    shop.settle().await;
    begin(&api, &account, "starter").await.is(201);
}

#[rocket::async_test]
async fn tax_address_and_promotion_codes_go_into_the_checkout_as_configured() {
    let configuration =
        "billing.stripe.automatic_tax = true\nbilling.stripe.promotion_codes = true";
    for (configuration, wanted) in [(configuration, true), ("", false)] {
        let shop = Shop::with(configuration).await;
        let api = shop.api("panel").await;
        api.account("ada").await;
        for (plan, interval) in [("starter", "month"), ("lifetime", "once")] {
            shop.sandbox.clear_requests();
            let body = json!({ "plan": plan, "interval": interval });
            api.post("/accounts/ada/checkout", body).await.is(201);
            let requests = shop.sandbox.requests();
            let made = requests
                .iter()
                .find(|it| it.method == "POST" && it.path == "/v1/checkout/sessions")
                .expect("a session");
            let said = |path: &str| made.form.pointer(path).and_then(Value::as_str);
            let word = |word| wanted.then_some(word);
            assert_eq!(said("/automatic_tax/enabled"), word("true"), "{plan}");
            assert_eq!(said("/customer_update/address"), word("auto"), "{plan}");
            assert_eq!(said("/allow_promotion_codes"), word("true"), "{plan}");
        }
    }
}

/// A shop that sells in `currency`, for amounts in its smallest unit.
async fn in_currency(currency: &str, month: i64, once: i64) -> Shop {
    let prices = catalogue().into_iter().map(|price| CataloguePrice {
        currency: currency.to_owned(),
        unit_amount: match price.interval {
            Some(Interval::Month) => month,
            Some(Interval::Year) => 10 * month,
            None => once,
        },
        ..price
    });
    let sandbox = Sandbox::start(Options {
        port: 0,
        secret_key: KEY.to_owned(),
        webhook_url: None,
        webhook_secret: SECRET.to_owned(),
        state_file: None,
        catalogue: prices.collect(),
        start_at: Some(START),
        delivery: Delivery::Held,
    });
    Shop::over(sandbox.await.expect("a sandbox"), "billing.trial_period = \"7d\"").await
}

#[rocket::async_test]
async fn every_page_counts_yen_without_and_dinars_with_three_decimals() {
    for (currency, month, monthly, once) in
        [("jpy", 500, "¥500", "¥12,000"), ("kwd", 1_500, "1.500 KWD", "12.000 KWD")]
    {
        let shop = in_currency(currency, month, 12_000).await;
        let ada = shop.visitor("ada").await;
        ada.get("/billing/plans")
            .await
            .has(&format!("{monthly}</strong> per month"))
            .has(&format!("Free for 7 days, then {monthly} per month."))
            .has(&format!("{once}</strong> once"));
        let checkout = ada.begins("starter", "month").await;
        ada.pays(&checkout, "4000 0000 0000 0341").await.is(303);
        shop.settle().await;
        ada.get("/billing").await.has(&format!("{monthly} on <time"));
        shop.live_through(4 * DAY).await;
        ada.get("/billing").await.has("Your trial ends soon").has(&format!("{monthly} per month"));
        shop.live_through(4 * DAY).await;
        ada.get("/billing")
            .await
            .has(&format!("{monthly} could not be charged"))
            .has(&format!("{monthly} since"));
        let zero = if currency == "jpy" { "¥0" } else { "0.000 KWD" };
        ada.get("/billing/invoices").await.has(monthly).has(zero);
        let form = [("email", "ada@example.com"), ("password", PASSWORD)];
        ada.post("/login", &form).await.is(303);
        let customer = shop.sandbox.ids("customer").pop().expect("a customer");
        shop.sandbox.set_default_card(&customer, PAYS).expect("a customer");
        let invoice = shop.sandbox.ids("invoice").pop().expect("an invoice");
        shop.sandbox.pay_invoice(&invoice).expect("it is open");
        shop.settle().await;
        ada.get("/billing").await.has("Starter is active").has(&format!("{monthly} per month"));
    }
}
