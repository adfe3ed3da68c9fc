//! Servers above the limit: nobody is surprised, nothing is lost, and what we suspended comes back.

use coinslot::Timestamp;
use serde_json::{Value, json};

use crate::shop::{Api, DAY, HOUR, START, Shop, Visitor};

pub const SUSPENDS: &str =
    "billing.over_quota = \"suspend_excess\"\nbilling.suspend_after = \"3d\"";
pub const NOTICE: i64 = 3 * DAY;

/// An account on Starter with the servers `one`, `two` and `three`, in that order.
async fn three_servers(shop: &Shop, api: &Api) {
    api.account("ada").await;
    api.buys(shop, "ada", "starter", "month").await;
    shop.settle().await;
    for server in ["one", "two", "three"] {
        shop.advance(1).await;
        api.put(&format!("/accounts/ada/servers/{server}"), json!({})).await.is(201);
    }
}

/// The account's subscription ends by request, now.
async fn ends(shop: &Shop) {
    let subscription = shop.sandbox.ids("subscription").pop().expect("one");
    shop.sandbox.cancel_now(&subscription);
    shop.settle().await;
}

/// Lets time pass without a word from Stripe, and the worker look.
pub async fn wait(shop: &Shop, seconds: i64) {
    shop.advance(seconds).await;
    shop.work().await;
}

/// The ids of the account's suspended servers, in order of their age.
async fn suspended(api: &Api, account: &str) -> Vec<String> {
    let list = api.get(&format!("/accounts/{account}/servers")).await.is(200).json();
    let servers = list["data"].as_array().expect("a list").iter();
    servers
        .filter(|server| server["state"] == "suspended")
        .map(|server| text(&server["id"]))
        .collect()
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

#[rocket::async_test]
async fn when_the_plan_ends_the_newest_servers_are_suspended_after_the_notice_and_come_back() {
    let shop = Shop::with(SUSPENDS).await;
    let api = shop.api("panel").await;
    three_servers(&shop, &api).await;
    ends(&shop).await;
    let quota = api.quota("ada").await;
    assert_eq!(
        (&quota["limit"], &quota["used"], &quota["over_by"], &quota["can_create"]),
        (&json!(1), &json!(3), &json!(2), &json!(false))
    );
    api.put("/accounts/ada/servers/four", json!({})).await.is(402).code("subscription_required");
    wait(&shop, NOTICE - 1).await;
    assert!(suspended(&api, "ada").await.is_empty());
    wait(&shop, 1).await;
    assert_eq!(suspended(&api, "ada").await, ["two", "three"]);
    wait(&shop, 400 * DAY).await;
    assert_eq!(suspended(&api, "ada").await, ["two", "three"], "the free server never");
    assert_eq!(api.quota("ada").await["used"], 3, "what is suspended is kept");

    api.buys(&shop, "ada", "starter", "month").await;
    shop.settle().await;
    assert!(suspended(&api, "ada").await.is_empty());
    wait(&shop, DAY).await;
    assert!(suspended(&api, "ada").await.is_empty());
}

#[rocket::async_test]
async fn a_smaller_plan_suspends_what_is_above_it_and_only_that() {
    let shop = Shop::with(SUSPENDS).await;
    let api = shop.api("panel").await;
    api.account("ada").await;
    api.buys(&shop, "ada", "growth", "month").await;
    shop.settle().await;
    for server in ["s1", "s2", "s3", "s4", "s5"] {
        shop.advance(1).await;
        api.put(&format!("/accounts/ada/servers/{server}"), json!({})).await.is(201);
    }
    ends(&shop).await;
    api.buys(&shop, "ada", "starter", "month").await;
    shop.settle().await;
    wait(&shop, NOTICE).await;
    assert_eq!(suspended(&api, "ada").await, ["s4", "s5"]);

    // Starter ends too: those that ran on have their own notice, the others stay where they are.
    ends(&shop).await;
    wait(&shop, NOTICE - 1).await;
    assert_eq!(suspended(&api, "ada").await, ["s4", "s5"]);
    wait(&shop, 1).await;
    assert_eq!(suspended(&api, "ada").await, ["s2", "s3", "s4", "s5"]);
}

#[rocket::async_test]
async fn after_the_grace_the_notice_runs_to_the_second_and_paying_ends_it() {
    let shop = Shop::with(SUSPENDS).await;
    let api = shop.api("panel").await;
    api.account("ada").await;
    let body = json!({ "plan": "starter", "interval": "month" });
    api.post("/accounts/ada/checkout", body).await.is(201);
    let account = api.get("/accounts/ada").await.is(200).json();
    let customer = text(&account["stripe_customer_id"]);
    let card = "4000000000000341";
    shop.sandbox.create_subscription(&customer, "price_starter_monthly", card).expect("it begins");
    shop.settle().await;
    for server in ["one", "two", "three"] {
        shop.advance(1).await;
        api.put(&format!("/accounts/ada/servers/{server}"), json!({})).await.is(201);
    }
    shop.live_through(31 * DAY + HOUR).await;
    let quota = api.quota("ada").await;
    assert_eq!(quota["reason"], "grace");
    let end: Timestamp = text(&quota["until"]).parse().expect("RFC 3339");
    // Nobody looks at the very second: the notice counts from the grace's end all the same.
    wait(&shop, end.0 + DAY - shop.clock.now().0).await;
    assert_eq!(api.quota("ada").await["over_by"], 2);
    for (second, down) in [(NOTICE - 1, 0), (NOTICE, 2)] {
        wait(&shop, end.0 + second - shop.clock.now().0).await;
        assert_eq!(suspended(&api, "ada").await.len(), down, "{second} s");
    }

    shop.sandbox.set_default_card(&customer, "4242424242424242").expect("a customer");
    let invoice = shop.sandbox.ids("invoice").pop().expect("an invoice");
    shop.sandbox.pay_invoice(&invoice).expect("it is open");
    shop.settle().await;
    assert!(suspended(&api, "ada").await.is_empty());
}

#[rocket::async_test]
async fn freeze_suspends_nothing_and_a_change_to_suspending_gives_its_full_notice() {
    let shop = Shop::open().await;
    let api = shop.api("panel").await;
    three_servers(&shop, &api).await;
    ends(&shop).await;
    wait(&shop, 100 * DAY).await;
    assert!(suspended(&api, "ada").await.is_empty());

    let twin = shop.twin(&format!("[default]\n{SUSPENDS}")).await;
    twin.work().await;
    assert!(suspended(&api, "ada").await.is_empty());
    wait(&twin, NOTICE - 1).await;
    assert!(suspended(&api, "ada").await.is_empty());
    wait(&twin, 1).await;
    assert_eq!(suspended(&api, "ada").await, ["two", "three"]);

    let frozen = shop.twin("[default]").await;
    frozen.work().await;
    assert!(suspended(&api, "ada").await.is_empty(), "what we suspended comes back");
}

#[rocket::async_test]
async fn a_restart_neither_shortens_the_notice_nor_begins_it_again() {
    let mut shop = Shop::with(SUSPENDS).await;
    let api = shop.api("panel").await;
    three_servers(&shop, &api).await;
    ends(&shop).await;
    wait(&shop, 2 * DAY).await;
    shop.restart().await;
    let api = shop.api("panel").await;
    wait(&shop, DAY - 1).await;
    assert!(suspended(&api, "ada").await.is_empty());
    wait(&shop, 1).await;
    assert_eq!(suspended(&api, "ada").await, ["two", "three"]);
}

#[rocket::async_test]
async fn an_exemption_brings_servers_back_and_its_end_gives_notice_again() {
    let shop = Shop::with(SUSPENDS).await;
    let api = shop.api("admin").await;
    three_servers(&shop, &api).await;
    ends(&shop).await;
    wait(&shop, NOTICE).await;
    assert_eq!(suspended(&api, "ada").await, ["two", "three"]);
    let exemption = "/accounts/ada/exemption";
    let until = Timestamp(shop.clock.now().0 + 30 * DAY);
    let body = json!({ "reason": "a friend", "until": until.to_string() });
    api.put(exemption, body).await.is(200);
    assert!(suspended(&api, "ada").await.is_empty(), "at once");
    wait(&shop, 30 * DAY + NOTICE - 1).await;
    assert!(suspended(&api, "ada").await.is_empty());
    wait(&shop, 1).await;
    assert_eq!(suspended(&api, "ada").await, ["two", "three"], "it ran out");

    api.put(exemption, json!({ "reason": "for good" })).await.is(200);
    assert!(suspended(&api, "ada").await.is_empty());
    wait(&shop, 99 * DAY).await;
    assert!(suspended(&api, "ada").await.is_empty(), "an exempt account is never suspended");
    api.delete(exemption).await.is(200);
    wait(&shop, NOTICE - 1).await;
    assert!(suspended(&api, "ada").await.is_empty());
    wait(&shop, 1).await;
    assert_eq!(suspended(&api, "ada").await, ["two", "three"]);
}

#[rocket::async_test]
async fn deleting_servers_until_the_account_fits_brings_the_rest_back() {
    let shop = Shop::with(SUSPENDS).await;
    let api = shop.api("panel").await;
    three_servers(&shop, &api).await;
    ends(&shop).await;
    wait(&shop, NOTICE).await;
    api.delete("/accounts/ada/servers/three").await.is(204);
    shop.work().await;
    assert_eq!(suspended(&api, "ada").await, ["two"]);
    api.delete("/accounts/ada/servers/one").await.is(204);
    shop.work().await;
    assert!(suspended(&api, "ada").await.is_empty());
}

#[rocket::async_test]
async fn what_the_panels_own_list_has_too_much_gets_its_notice() {
    let shop = Shop::with(SUSPENDS).await;
    let api = shop.api("panel").await;
    api.account("ada").await;
    let list = json!({ "servers": [{ "id": "a" }, { "id": "b" }] });
    api.put("/accounts/ada/servers", list).await.is(200);
    wait(&shop, NOTICE - 1).await;
    assert!(suspended(&api, "ada").await.is_empty());
    wait(&shop, 1).await;
    assert_eq!(suspended(&api, "ada").await, ["b"]);
    let list = json!({ "servers": [{ "id": "b" }] });
    api.put("/accounts/ada/servers", list).await.is(200);
    assert!(suspended(&api, "ada").await.is_empty(), "at once");
}

#[rocket::async_test]
async fn a_server_that_is_being_created_is_left_alone_until_it_stands() {
    let shop = Shop::with(SUSPENDS).await;
    let api = shop.api("panel").await;
    three_servers(&shop, &api).await;
    ends(&shop).await;
    let reserved_until = START + NOTICE + HOUR;
    let mut conn = shop.database().await;
    sqlx::query("UPDATE servers SET reserved_until = ? WHERE id = 'three'")
        .bind(reserved_until)
        .execute(&mut conn)
        .await
        .expect("it is arranged");
    wait(&shop, NOTICE).await;
    assert_eq!(suspended(&api, "ada").await, ["two"]);
    api.put("/accounts/ada/servers/three", json!({})).await.is(200);
    shop.work().await;
    assert_eq!(suspended(&api, "ada").await, ["two", "three"]);
}

/// A visitor on Starter with the servers `Alpha`, `Beta` and `Gamma`, whose plan has just ended.
pub async fn over_the_limit(shop: &Shop) -> (Visitor, [String; 3]) {
    let ada = shop.visitor("ada").await;
    ada.buys("starter").await;
    for name in ["Alpha", "Beta", "Gamma"] {
        shop.advance(1).await;
        ada.creates_server(name).await.is(303);
    }
    shop.settle().await;
    ends(shop).await;
    let account = shop.account_of("ada").await;
    let api = shop.api("panel").await;
    let list = api.get(&format!("/accounts/{account}/servers")).await.is(200).json();
    let ids = [0, 1, 2].map(|index: usize| text(&list["data"][index]["id"]));
    (ada, ids)
}

#[rocket::async_test]
async fn the_pages_tell_the_date_beforehand_and_the_way_out_afterwards() {
    let shop = Shop::with(SUSPENDS).await;
    let (ada, _) = over_the_limit(&shop).await;
    let admin = shop.admin().await;
    let account = shop.account_of("ada").await;
    let day = "18 Jan 2026, 12:00 UTC";
    for path in ["/servers", "/billing", "/billing/servers"] {
        let page = ada.get(path).await.is(200).has("2 servers are over your limit").has(day);
        page.has("Nothing is deleted");
    }
    ada.get("/servers").await.has("/billing/servers").has_not("Suspended since");
    let page = admin.get(&format!("/admin/accounts/{account}")).await.is(200);
    page.has("Over the limit: 2 servers too many since").has("runs; is suspended on").has(day);
    wait(&shop, NOTICE).await;
    for path in ["/servers", "/billing", "/billing/servers"] {
        ada.get(path).await.is(200).has("2 servers are suspended").has("runs again");
    }
    let page = ada.get("/servers").await.text;
    assert_eq!(page.matches("Suspended since").count(), 2, "{page}");
    assert!(page.contains("How it runs again"), "{page}");
    let page = admin.get(&format!("/admin/accounts/{account}")).await.is(200);
    page.has("suspended since").has(day);
    ada.buys("growth").await;
    shop.settle().await;
    ada.get("/servers").await.has_not("uspended");
    ada.get("/billing/servers").await.is(200).has("nothing to choose");
}

#[rocket::async_test]
async fn a_customer_chooses_what_runs_on() {
    let shop = Shop::with(SUSPENDS).await;
    let (ada, [alpha, beta, gamma]) = over_the_limit(&shop).await;
    let api = shop.api("panel").await;
    let account = shop.account_of("ada").await;
    ada.get("/billing/servers").await.is(200).has("Choose 1 server to run on");
    for wrong in [vec![], vec![&alpha, &gamma]] {
        let form: Vec<(&str, &String)> = wrong.iter().map(|id| ("keep", *id)).collect();
        ada.post("/billing/servers", &form).await.is(422).has("Choose exactly 1");
    }
    ada.post("/billing/servers", &[("keep", "srv_none")]).await.is(422).has("srv_none");
    let eve = shop.visitor("eve").await;
    eve.post("/billing/servers", &[("keep", &alpha)]).await.is(422).has("Nothing is over");
    ada.post("/billing/servers", &[("keep", &gamma)]).await.is(303);
    wait(&shop, NOTICE).await;
    assert_eq!(suspended(&api, &account).await, [alpha.clone(), beta.clone()]);
    ada.post("/billing/servers", &[("keep", &beta)]).await.is(303);
    assert_eq!(suspended(&api, &account).await, [alpha, gamma], "they change places");
}

#[rocket::async_test]
async fn in_grace_the_page_names_the_day_on_which_servers_would_be_suspended() {
    let shop = Shop::with(SUSPENDS).await;
    let (ada, _) = over_the_limit(&shop).await;
    ada.buys("starter").await;
    shop.settle().await;
    let subscription = shop.sandbox.ids("subscription").pop().expect("one");
    shop.sandbox.cancel_at_period_end(&subscription);
    shop.settle().await;
    let page = ada.get("/billing").await.is(200).has("2 servers will be over your limit");
    page.has("15 Feb 2026, 12:00 UTC").has("18 Feb 2026, 12:00 UTC");
}
