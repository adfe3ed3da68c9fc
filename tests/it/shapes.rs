//! One life told in both of Stripe's shapes comes to the same end.

use coinslot::sandbox::{BillingMode, EventShape};
use serde_json::{Value, json};

use crate::shop::{DAY, HOUR, Shop};

const PAYS: &str = "4242 4242 4242 4242";
const DECLINED: &str = "4000 0000 0000 0002";
const NEITHER: &[(&str, &str)] = &[];

/// What is told of the account, without what differs from one shop to the next.
async fn told(shop: &Shop, account: &str) -> Value {
    let api = shop.api("panel").await;
    let mut subscription = api.subscription(account).await;
    let mut quota = api.quota(account).await;
    subscription["stripe_subscription_id"].take();
    subscription["synced_at"].take();
    quota["account_id"].take();
    for told in [&mut subscription, &mut quota] {
        told["action_url"] = json!(!told["action_url"].is_null());
    }
    json!({ "subscription": subscription, "quota": quota })
}

/// Buys, renews, fails, recovers and cancels in the portal; what was told after each step.
async fn life(events: EventShape, billing: BillingMode) -> Vec<Value> {
    let shop = Shop::open().await;
    shop.sandbox.event_shape(events);
    shop.sandbox.billing_mode(billing);
    let ada = shop.visitor("ada").await;
    let account = shop.account_of("ada").await;
    let mut steps = Vec::new();

    // They never come back from the checkout: the events alone have to tell.
    let checkout = ada.begins("starter", "month").await;
    ada.pays(&checkout, PAYS).await.is(303);
    let portal = ada.post("/billing/portal", NEITHER).await.is(303).location();
    shop.settle().await;
    steps.push(told(&shop, &account).await);

    shop.live_through(31 * DAY + HOUR).await;
    steps.push(told(&shop, &account).await);

    let customer = shop.sandbox.ids("customer").pop().expect("a customer");
    shop.sandbox.set_default_card(&customer, DECLINED).expect("a card");
    shop.live_through(28 * DAY).await;
    steps.push(told(&shop, &account).await);

    shop.sandbox.set_default_card(&customer, PAYS).expect("a card");
    let invoice = shop.sandbox.ids("invoice").pop().expect("an invoice");
    shop.sandbox.pay_invoice(&invoice).expect("it is open");
    shop.settle().await;
    steps.push(told(&shop, &account).await);

    let subscription = shop.sandbox.ids("subscription").pop().expect("one");
    let cancel = format!("{portal}/subscriptions/{subscription}/cancel");
    ada.post(&cancel, NEITHER).await.is(303);
    shop.settle().await;
    steps.push(told(&shop, &account).await);
    check_shape(&shop, events);

    shop.live_through(31 * DAY).await;
    steps.push(told(&shop, &account).await);
    steps
}

/// The cancellation and the last payment were sent in the shape that was asked for.
fn check_shape(shop: &Shop, shape: EventShape) {
    let all = shop.sandbox.events();
    let sent = |kind: &str| -> Value {
        let event = all.iter().rfind(|event| event["type"] == kind).expect("it arose");
        let (_, body) = shop.sandbox.signed(event);
        serde_json::from_slice::<Value>(&body).expect("JSON")["data"].take()
    };
    let subscription = &sent("customer.subscription.updated")["object"];
    let invoice = &sent("invoice.paid")["object"];
    let old = shape == EventShape::Old;
    assert_eq!(subscription["current_period_end"].is_i64(), old, "{subscription}");
    assert_eq!(subscription["cancel_at_period_end"], old);
    assert_eq!(subscription["items"]["data"][0]["current_period_end"].is_i64(), !old);
    assert_eq!(invoice["subscription"].is_string(), old, "{invoice}");
    assert_eq!(invoice["parent"].is_object(), !old);
}

#[rocket::async_test]
async fn a_life_told_in_the_old_shape_ends_as_one_told_in_the_new() {
    let old = life(EventShape::Old, BillingMode::Classic).await;
    let new = life(EventShape::New, BillingMode::Flexible).await;
    let expected = [
        ("active", "subscription", 3, false),
        ("active", "subscription", 3, false),
        ("past_due", "grace", 3, false),
        ("active", "subscription", 3, false),
        ("active", "subscription", 3, true),
        ("canceled", "ended", 1, false),
    ];
    assert_eq!(old.len(), expected.len());
    for (step, (status, reason, limit, ends)) in expected.into_iter().enumerate() {
        assert_eq!(old[step], new[step], "step {step}");
        let (subscription, quota) = (&new[step]["subscription"], &new[step]["quota"]);
        let found = (&subscription["status"], &quota["reason"], &quota["limit"]);
        assert_eq!(found, (&json!(status), &json!(reason), &json!(limit)), "step {step}");
        assert_eq!(subscription["cancels_at"].is_string(), ends, "step {step}: {subscription}");
    }
}
