//! Cancelling and resuming, from our pages and over the API, in both of Stripe's shapes.

use coinslot::sandbox::CancelShape;
use serde_json::{Value, json};

use crate::shop::{Api, DAY, Shop};

async fn paying(shop: &Shop, api: &Api, account: &str) -> String {
    api.account(account).await;
    api.buys(shop, account, "starter", "month").await;
    shop.live_through(10 * DAY).await;
    shop.sandbox.ids("subscription").pop().expect("one")
}

#[rocket::async_test]
async fn cancelling_and_resuming_can_be_repeated() {
    let shop = Shop::open().await;
    let api = shop.api("panel").await;
    api.account("free").await;
    for deed in ["cancel", "resume"] {
        api.post(&format!("/accounts/free/{deed}"), json!({}))
            .await
            .is(409)
            .code("no_subscription");
        api.post(&format!("/accounts/nobody/{deed}"), json!({})).await.is(404);
    }
    paying(&shop, &api, "ada").await;
    for _ in 0..2 {
        let after = api.post("/accounts/ada/cancel", json!({})).await.is(200).json();
        assert_eq!(after["cancels_at"], after["current_period_end"]);
        assert_eq!((&after["state"], &after["access"]), (&json!("active"), &json!("active")));
    }
    assert_eq!(api.quota("ada").await["limit"], 3);
    for _ in 0..2 {
        let after = api.post("/accounts/ada/resume", json!({})).await.is(200).json();
        assert_eq!(after["cancels_at"], Value::Null);
    }
    shop.live_through(30 * DAY).await;
    assert_eq!(api.subscription("ada").await["state"], "active");
    api.post("/accounts/ada/cancel", json!({})).await.is(200);
    shop.live_through(30 * DAY).await;
    assert_eq!(api.quota("ada").await["reason"], "ended");
    api.post("/accounts/ada/resume", json!({})).await.is(409).code("no_subscription");
}

#[rocket::async_test]
async fn what_the_portal_cancelled_in_either_shape_is_resumed_here() {
    let shop = Shop::open().await;
    let api = shop.api("panel").await;
    for (account, shape) in [("ada", CancelShape::Old), ("kim", CancelShape::New)] {
        let subscription = paying(&shop, &api, account).await;
        shop.sandbox.cancel_shape(shape);
        shop.sandbox.cancel_at_period_end(&subscription);
        shop.settle().await;
        shop.sandbox.clear_requests();
        let cancelled = api.subscription(account).await;
        assert_eq!(cancelled["cancels_at"], cancelled["current_period_end"], "{shape:?}");
        let path = format!("/accounts/{account}/resume");
        let after = api.post(&path, json!({})).await.is(200).json();
        assert_eq!(after["cancels_at"], Value::Null, "{shape:?}");
        let asked = shop.sandbox.requests().into_iter().find(|request| request.method == "POST");
        let asked = asked.expect("one call").form;
        let expected = match shape {
            CancelShape::Old => json!({ "cancel_at_period_end": "false" }),
            CancelShape::New => json!({ "cancel_at": "" }),
        };
        assert_eq!(asked, expected);
        let at_stripe = shop.sandbox.object(&subscription).expect("it exists");
        assert_eq!(
            (&at_stripe["cancel_at"], &at_stripe["cancel_at_period_end"]),
            (&Value::Null, &json!(false)),
            "{shape:?}"
        );
    }
}

#[rocket::async_test]
async fn the_page_says_what_cancelling_means_and_leads_back() {
    let shop = Shop::open().await;
    let ada = shop.visitor("ada").await;
    ada.get("/billing/cancel").await.is(200).has("no plan that could be cancelled");
    ada.buys("starter").await.has("Cancel the plan");
    ada.creates_server("one").await.is(303);
    ada.creates_server("two").await.is(303);
    let page = ada.get("/billing/cancel").await.is(200);
    page.has("paid until")
        .has("15 Feb 2026")
        .has("you keep 1 free server")
        .has("You have 1 server more than that")
        .has("No server and no data is deleted")
        .has("End Starter on 15 Feb 2026");
    let none: [(&str, &str); 0] = [];
    assert_eq!(ada.post("/billing/cancel", &none).await.is(303).location(), "/billing");
    let told = ada.get("/billing").await.is(200).has("Your plan is cancelled.");
    told.has("Your plan ends on 15 Feb 2026").has("Keep my plan");
    ada.get("/billing/plans").await.is(200).has("take the cancellation back first");
    ada.post("/billing/resume", &none).await.is(303);
    ada.get("/billing").await.is(200).has("Your plan goes on").has("Next payment");
    ada.post("/billing/change/undo", &none).await.is(303);
}

#[rocket::async_test]
async fn an_upgrade_on_the_pages_names_what_it_charges() {
    let shop = Shop::open().await;
    let ada = shop.visitor("ada").await;
    ada.get("/billing/change?plan=growth&interval=month").await.is(409).has("no subscription");
    ada.buys("starter").await;
    let plans = ada.get("/billing/plans").await.is(200).has("Upgrade to Growth");
    plans.has("/billing/change?plan=growth&amp;interval=month");
    ada.get("/billing/plans?interval=year").await.is(200).has("Pay by the year");
    let page = ada.get("/billing/change?plan=growth&interval=month").await.is(200);
    let page = page.has("Total today").has("Pay €7.00 and switch to Growth").has("12:15 UTC");
    let token = page.text.split("name=\"preview\" value=\"").nth(1).expect("a token");
    let token = token.split('"').next().expect("a token");
    shop.advance(15 * 60).await;
    let fresh = ada.post("/billing/change", &[("preview", token)]).await.is(409);
    let fresh = fresh.has("This preview no longer holds").has("and switch to Growth");
    let token = fresh.text.split("name=\"preview\" value=\"").nth(1).expect("a token");
    let token = token.split('"').next().expect("a token");
    assert_eq!(
        ada.post("/billing/change", &[("preview", token)]).await.is(303).location(),
        "/billing"
    );
    ada.get("/billing").await.is(200).has("Done: you have Growth now.");
    ada.get("/billing/change?plan=growth&interval=month").await.is(200).has("nothing changes");
    ada.get("/billing/change?plan=nonsense&interval=month").await.is(422);
    ada.get("/billing/change").await.is(422);
    ada.post("/billing/change", &[("preview", "forged")]).await.is(422);
}

#[rocket::async_test]
async fn what_has_not_begun_ends_by_itself() {
    let shop = Shop::open().await;
    let (api, ada) = (shop.api("panel").await, shop.visitor("ada").await);
    ada.begins("starter", "month").await;
    let customer = shop.sandbox.ids("customer").pop().expect("a customer");
    shop.sandbox
        .create_subscription(&customer, "price_starter_monthly", "4000002500003155")
        .expect("a subscription");
    shop.settle().await;
    let account = shop.account_of("ada").await;
    let path = format!("/accounts/{account}/cancel");
    let refused = api.post(&path, json!({})).await.is(402).code("payment_past_due").json();
    assert!(refused["action_url"].as_str().is_some_and(|url| url.contains("invoice")), "{refused}");
    ada.get("/billing").await.has_not("Cancel the plan");
}

#[rocket::async_test]
async fn looking_at_prices_uses_up_no_right_to_cancel() {
    let shop = Shop::with("billing.limits.checkout = \"3/1h\"").await;
    let api = shop.api("panel").await;
    paying(&shop, &api, "ada").await;
    let wish = json!({ "plan": "growth", "interval": "month" });
    let preview = async || api.post("/accounts/ada/plan-change/preview", wish.clone()).await;
    preview().await.is(200);
    preview().await.is(200);
    preview().await.is(429).code("rate_limited");
    for deed in ["cancel", "resume"] {
        api.post(&format!("/accounts/ada/{deed}"), json!({})).await.is(200);
    }
    api.delete("/accounts/ada/plan-change").await.is(200);
}
