//! Changes that are not made: because they could not be charged, or because Stripe will not have them.

use coinslot::sandbox::{Fault, FaultKind};
use serde_json::json;

use crate::change::{asked, confirmed, invoices, paying, previewed};
use crate::shop::Shop;

#[rocket::async_test]
async fn what_could_not_be_charged_is_not_sold() {
    let shop = Shop::open().await;
    let api = shop.api("panel").await;
    paying(&shop, &api, "ada", "growth", "month").await;
    let subscription = shop.sandbox.ids("subscription").pop().expect("one");
    let paid = invoices(&shop);
    for behavior in ["void", "keep_as_draft", "mark_uncollectible"] {
        shop.sandbox.pause_collection(&subscription, Some(behavior));
        shop.settle().await;
        let refused = asked(&api, "ada", "network", "month").await.is(409).code("plan_unavailable");
        refused.has("paused");
        // What costs nothing now may be arranged all the same.
        previewed(&api, "ada", "starter", "month").await;
    }
    shop.sandbox.pause_collection(&subscription, None);
    shop.settle().await;
    previewed(&api, "ada", "network", "month").await;
    assert_eq!(invoices(&shop), paid);
}

#[rocket::async_test]
async fn what_stripe_will_not_do_is_no_outage() {
    let shop = Shop::open().await;
    let api = shop.api("panel").await;
    paying(&shop, &api, "ada", "starter", "month").await;
    let shown = previewed(&api, "ada", "growth", "month").await;
    let error = json!({ "error": { "type": "invalid_request_error", "message": "no" } });
    shop.sandbox.fail_next(Fault {
        method: Some("POST".to_owned()),
        path_prefix: "/v1/subscriptions/".to_owned(),
        times: 1,
        kind: FaultKind::Status(400, Some(error)),
    });
    confirmed(&api, "ada", &shown).await.is(409).code("plan_unavailable");
    assert_eq!(api.subscription("ada").await["plan"], "starter");
    let shown = previewed(&api, "ada", "growth", "month").await;
    confirmed(&api, "ada", &shown).await.is(200);
    assert_eq!(api.subscription("ada").await["plan"], "growth");
}
