//! A plan that was switched in Stripe's portal, behind our back.

use coinslot::sandbox::PortalPrices;
use serde_json::json;

use crate::shop::{DAY, Shop};

const NEITHER: &[(&str, &str)] = &[];

#[rocket::async_test]
async fn a_plan_switched_in_the_portal_is_told_by_its_price_not_by_its_metadata() {
    let shop = Shop::open().await;
    shop.sandbox.portal_prices(PortalPrices::Offered);
    let ada = shop.visitor("ada").await;
    ada.buys("starter").await;
    shop.settle().await;
    let subscription = shop.sandbox.ids("subscription").pop().expect("one");
    let api = shop.api("panel").await;
    let account = shop.account_of("ada").await;
    let object = || shop.sandbox.object(&subscription).expect("it exists");
    let metadata = object()["metadata"].clone();
    assert_eq!(metadata["plan"], "starter");

    shop.live_through(DAY).await;
    let portal = ada.post("/billing/portal", NEITHER).await.is(303).location();
    ada.get(&portal)
        .await
        .has("Switch to Growth, €12.00 per month")
        .has_not("Switch to Starter, €5.00 per month");
    let told = shop.sandbox.events().len();
    let switch = format!("{portal}/prices/{subscription}");
    ada.post(&switch, &[("price", "price_growth_monthly")]).await.is(303);
    assert_eq!(object()["metadata"], metadata);
    let events = shop.sandbox.events().split_off(told);
    let updated = events.iter().find(|event| event["type"] == "customer.subscription.updated");
    let data = &updated.expect("the change is told")["data"];
    let price = |at: &serde_json::Value| at["items"]["data"][0]["price"]["id"].clone();
    assert_eq!(price(&data["previous_attributes"]), "price_starter_monthly");
    assert_eq!(price(&data["object"]), "price_growth_monthly");
    assert!(events.iter().any(|event| event["type"] == "invoice.paid"));
    assert!(events.iter().all(|event| event["request"]["id"].is_null()), "nobody called the API");

    shop.settle().await;
    let told = api.subscription(&account).await;
    assert_eq!((&told["plan"], &told["state"]), (&json!("growth"), &json!("active")));
    assert_eq!(api.quota(&account).await["limit"], 10);
    ada.get("/billing").await.has("Growth is active");

    ada.post(&switch, &[("price", "price_starter_yearly")]).await.is(303);
    shop.settle().await;
    let told = api.subscription(&account).await;
    assert_eq!((&told["plan"], &told["interval"]), (&json!("starter"), &json!("year")));
    assert_eq!(api.quota(&account).await["limit"], 3);
}
