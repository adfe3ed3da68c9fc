//! Subscriptions that are paid by invoice: no card, a due date, and a change that holds at once.

use coinslot::sandbox::NewSubscription;
use serde_json::json;

use crate::shop::{DAY, Shop};

#[rocket::async_test]
async fn a_plan_paid_by_invoice_runs_is_changed_at_once_and_falls_behind_after_its_due_date() {
    let shop = Shop::open().await;
    let api = shop.api("panel").await;
    api.account("ada").await;
    let body = json!({ "plan": "starter", "interval": "month" });
    api.post("/accounts/ada/checkout", body).await.is(201);
    let customer = shop.sandbox.ids("customer").pop().expect("a customer");
    let wanted =
        NewSubscription { days_until_due: Some(5), ..NewSubscription::to("price_starter_monthly") };
    let id = shop.sandbox.subscribe(&customer, &wanted).expect("a subscription");
    shop.settle().await;
    let quota = api.quota("ada").await;
    assert_eq!((&quota["reason"], &quota["limit"]), (&json!("subscription"), &json!(3)));

    let first = shop.sandbox.ids("invoice").pop().expect("an invoice");
    pays(&shop, &first).await;

    shop.live_through(5 * DAY).await;
    let body = json!({ "plan": "growth", "interval": "month" });
    let preview = api.post("/accounts/ada/plan-change/preview", body).await.is(200).json();
    assert_eq!(preview["effective"], "now");
    let body = json!({ "preview": preview["preview"] });
    let changed = api.post("/accounts/ada/plan-change", body).await.is(200).json();
    assert_eq!(changed["plan"], "growth");
    shop.settle().await;
    assert_eq!(api.quota("ada").await["limit"], 10);
    let object = shop.sandbox.object(&id).expect("it exists");
    let latest = object["latest_invoice"].as_str().expect("an invoice").to_owned();
    let invoice = shop.sandbox.object(&latest).expect("it exists");
    assert_eq!((&invoice["status"], &invoice["total"]), (&json!("open"), &preview["amount_due"]));

    shop.live_through(5 * DAY - 1).await;
    assert_eq!(api.subscription("ada").await["status"], "active");
    shop.live_through(1).await;
    assert_eq!(api.subscription("ada").await["status"], "past_due");
    let quota = api.quota("ada").await;
    assert_eq!((&quota["reason"], &quota["limit"]), (&json!("grace"), &json!(10)));
    pays(&shop, &latest).await;
    let quota = api.quota("ada").await;
    assert_eq!((&quota["reason"], &quota["limit"]), (&json!("subscription"), &json!(10)));
}

/// The invoice is paid on its own page.
async fn pays(shop: &Shop, invoice: &str) {
    let object = shop.sandbox.object(invoice).expect("it exists");
    let page = object["hosted_invoice_url"].as_str().expect("a page").to_owned();
    shop.stranger().pays(&page, "4242 4242 4242 4242").await.is(303);
    shop.settle().await;
}
