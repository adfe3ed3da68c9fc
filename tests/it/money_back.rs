//! Plans bought once: paid late, paid back, disputed; and what that does to a subscription.

use coinslot::sandbox::{DisputeStage, DisputeVerdict};
use serde_json::{Value, json};

use crate::more::answer_with;
use crate::shop::{Api, DAY, Shop};

const PAYS: &str = "4242424242424242";
const BANK_PAYS: &str = "DE89370400440532013000";
const BANK_FAILS: &str = "DE62370400440532013001";

/// Buys the lifetime plan with `card` and gives the session.
async fn buys(shop: &Shop, api: &Api, account: &str, card: &str) -> String {
    let body = json!({ "plan": "lifetime", "interval": "once" });
    let begun = api.post(&format!("/accounts/{account}/checkout"), body).await.is(201).json();
    let session = begun["session_id"].as_str().expect("a session").to_owned();
    shop.sandbox.pay_checkout(&session, card).await.expect("it pays");
    shop.settle().await;
    session
}

async fn asks_again(api: &Api, account: &str) -> crate::shop::Answer {
    let body = json!({ "plan": "lifetime", "interval": "once" });
    api.post(&format!("/accounts/{account}/checkout"), body).await
}

#[track_caller]
fn stands(quota: &Value, limit: u32, reason: &str, can_create: bool) {
    let found = (&quota["limit"], &quota["reason"], &quota["can_create"]);
    assert_eq!(found, (&json!(limit), &json!(reason), &json!(can_create)), "{quota}");
}

#[rocket::async_test]
async fn a_bank_debit_counts_when_it_arrives_and_is_not_asked_for_twice() {
    let shop = Shop::open().await;
    let api = shop.api("panel").await;
    let account = api.account("ada").await;
    let session = buys(&shop, &api, &account, BANK_PAYS).await;
    stands(&api.quota(&account).await, 1, "free", true);
    let path = format!("/accounts/{account}/subscription?session_id={session}");
    assert_eq!(api.get(&path).await.is(200).json()["checkout"], "processing");
    asks_again(&api, &account).await.is(409).code("already_owned").has("do not pay again");

    shop.live_through(5 * DAY).await;
    stands(&api.quota(&account).await, 5, "lifetime", true);
    assert_eq!(api.get(&path).await.is(200).json()["checkout"], "complete");
    asks_again(&api, &account).await.is(409).code("already_owned");
}

#[rocket::async_test]
async fn a_bank_debit_that_never_arrives_buys_nothing_and_may_be_tried_again() {
    let shop = Shop::open().await;
    let ada = shop.visitor("ada").await;
    let checkout = ada.begins("lifetime", "once").await;
    let back = ada.pays(&checkout, BANK_FAILS).await.is(303).location();
    ada.get(&back).await.is(200).has("still being processed").has("Please do not pay again");
    ada.get("/billing").await.is(200).has("still being processed");
    ada.get("/billing/plans").await.has("still being processed").has_not("Buy Lifetime");

    shop.live_through(5 * DAY).await;
    ada.get(&back).await.is(200).has("Your payment did not arrive");
    ada.get("/billing").await.has("Your payment did not arrive").has_not("being processed");
    let api = shop.api("panel").await;
    let account = shop.account_of("ada").await;
    stands(&api.quota(&account).await, 1, "free", true);

    let checkout = ada.begins("lifetime", "once").await;
    ada.get("/billing").await.has_not("did not arrive");
    ada.pays(&checkout, PAYS).await.is(303);
    shop.settle().await;
    stands(&api.quota(&account).await, 5, "lifetime", true);
}

#[rocket::async_test]
async fn a_card_that_is_declined_first_buys_with_the_second() {
    let shop = Shop::open().await;
    let ada = shop.visitor("ada").await;
    let checkout = ada.begins("lifetime", "once").await;
    ada.pays(&checkout, "4000 0000 0000 0002").await.is(402);
    shop.settle().await;
    ada.get("/billing").await.is(200).has_not("did not arrive").has_not("being processed");
    let back = ada.pays(&checkout, PAYS).await.is(303).location();
    ada.get(&back).await.is(200).has("is yours for good");
}

#[rocket::async_test]
async fn a_full_refund_takes_the_plan_back_and_a_partial_one_does_not() {
    let shop = Shop::open().await;
    let api = shop.api("panel").await;
    let account = api.account("ada").await;
    let session = buys(&shop, &api, &account, PAYS).await;
    shop.sandbox.refund(&session, Some(100)).expect("a refund");
    shop.settle().await;
    stands(&api.quota(&account).await, 5, "lifetime", true);
    shop.sandbox.refund(&session, None).expect("the rest");
    shop.settle().await;
    stands(&api.quota(&account).await, 1, "free", true);

    // It may be bought again, and the old refund does not take that back.
    buys(&shop, &api, &account, PAYS).await;
    stands(&api.quota(&account).await, 5, "lifetime", true);
    shop.billing.reconcile().await;
    stands(&api.quota(&account).await, 5, "lifetime", true);
}

#[rocket::async_test]
async fn a_refund_that_fails_gives_the_plan_back() {
    let shop = Shop::open().await;
    let api = shop.api("panel").await;
    let account = api.account("ada").await;
    let session = buys(&shop, &api, &account, PAYS).await;
    let refund = shop.sandbox.refund(&session, None).expect("a refund");
    shop.settle().await;
    stands(&api.quota(&account).await, 1, "free", true);
    shop.sandbox.fail_refund(&refund).expect("it fails");
    shop.settle().await;
    stands(&api.quota(&account).await, 5, "lifetime", true);
}

#[rocket::async_test]
async fn a_dispute_freezes_until_it_is_won_and_takes_the_plan_when_it_is_lost() {
    for (verdict, limit, reason) in
        [(DisputeVerdict::Won, 5, "lifetime"), (DisputeVerdict::Lost, 1, "free")]
    {
        let shop = Shop::open().await;
        let api = shop.api("panel").await;
        let account = api.account("ada").await;
        let session = buys(&shop, &api, &account, PAYS).await;
        api.put("/accounts/ada/servers/one", json!({})).await.is(201);
        let dispute = shop.sandbox.open_dispute(&session, DisputeStage::Dispute).expect("one");
        shop.settle().await;
        stands(&api.quota(&account).await, 5, "disputed", false);
        api.put("/accounts/ada/servers/two", json!({})).await.is(402).code("account_frozen");

        shop.sandbox.close_dispute(&dispute, verdict).expect("it is open");
        shop.settle().await;
        stands(&api.quota(&account).await, limit, reason, limit > 1);
    }
}

#[rocket::async_test]
async fn an_inquiry_only_tells_the_operator_until_it_becomes_a_dispute() {
    let shop = Shop::open().await;
    let (api, admin) = (shop.api("panel").await, shop.admin().await);
    let account = api.account("ada").await;
    let session = buys(&shop, &api, &account, PAYS).await;
    let inquiry = shop.sandbox.open_dispute(&session, DisputeStage::Inquiry).expect("one");
    shop.settle().await;
    stands(&api.quota(&account).await, 5, "lifetime", true);
    let page = format!("/admin/accounts/{account}");
    admin.get(&page).await.is(200).has("A bank asks about a payment");
    shop.sandbox.escalate_inquiry(&inquiry).expect("it is an inquiry");
    shop.settle().await;
    stands(&api.quota(&account).await, 5, "disputed", true);
    admin.get(&page).await.is(200).has("A payment is disputed").has_not("A bank asks");
}

#[rocket::async_test]
async fn a_dispute_that_only_its_event_told_of_is_looked_at_until_it_is_closed() {
    let shop = Shop::open().await;
    let api = shop.api("panel").await;
    let account = api.account("ada").await;
    let session = buys(&shop, &api, &account, PAYS).await;
    let dispute = shop.sandbox.open_dispute(&session, DisputeStage::Dispute).expect("one");
    let charge = shop.sandbox.ids("charge").pop().expect("a charge");
    let mut charge = shop.sandbox.object(&charge).expect("it is there");
    charge["disputed"] = json!(false);
    let list = json!({ "object": "list", "data": [charge], "has_more": false });
    answer_with(&shop, "/v1/charges", u32::MAX, list);
    shop.settle().await;
    assert_eq!(api.quota(&account).await["reason"], "disputed");
    shop.sandbox.close_dispute(&dispute, DisputeVerdict::Won).expect("it is open");
    shop.sandbox.reorder_pending(Vec::clear);
    shop.billing.reconcile().await;
    assert_eq!(api.quota(&account).await["reason"], "lifetime");
}

#[rocket::async_test]
async fn what_happens_to_a_subscriptions_money_changes_no_access_but_a_dispute_freezes() {
    let shop = Shop::open().await;
    let (api, admin) = (shop.api("panel").await, shop.admin().await);
    let account = api.account("ada").await;
    let session = api.buys(&shop, &account, "starter", "month").await;
    shop.settle().await;
    shop.sandbox.refund(&session, None).expect("a refund");
    shop.settle().await;
    stands(&api.quota(&account).await, 3, "subscription", true);
    let page = format!("/admin/accounts/{account}");
    admin.get(&page).await.is(200).has("Money went back");

    shop.live_through(31 * DAY).await;
    let renewal = shop.sandbox.ids("invoice").pop().expect("a renewal");
    api.put("/accounts/ada/servers/one", json!({})).await.is(201);
    let dispute = shop.sandbox.open_dispute(&renewal, DisputeStage::Dispute).expect("one");
    shop.settle().await;
    stands(&api.quota(&account).await, 3, "disputed", false);
    shop.sandbox.close_dispute(&dispute, DisputeVerdict::Won).expect("it is open");
    shop.settle().await;
    stands(&api.quota(&account).await, 3, "subscription", true);
}

#[rocket::async_test]
async fn refunds_and_disputes_whose_events_were_lost_are_found_by_the_reconciler() {
    let shop = Shop::open().await;
    let api = shop.api("panel").await;
    for name in ["refunded", "disputed"] {
        api.account(name).await;
    }
    let refunded = buys(&shop, &api, "refunded", PAYS).await;
    let disputed = buys(&shop, &api, "disputed", PAYS).await;
    shop.sandbox.refund(&refunded, None).expect("a refund");
    shop.sandbox.open_dispute(&disputed, DisputeStage::Dispute).expect("one");
    shop.sandbox.reorder_pending(Vec::clear);
    shop.billing.reconcile().await;
    stands(&api.quota("refunded").await, 1, "free", true);
    assert_eq!(api.quota("disputed").await["reason"], "disputed");
}

#[rocket::async_test]
async fn a_refund_after_the_customer_was_deleted_still_finds_its_plan() {
    let shop = Shop::open().await;
    let api = shop.api("panel").await;
    let account = api.account("ada").await;
    let session = buys(&shop, &api, &account, PAYS).await;
    let customer = api.get("/accounts/ada").await.json()["stripe_customer_id"].clone();
    shop.sandbox.delete_customer(customer.as_str().expect("one")).expect("it was there");
    shop.settle().await;
    stands(&api.quota(&account).await, 5, "lifetime", true);
    assert_eq!(api.get("/accounts/ada").await.json()["stripe_customer_id"], Value::Null);
    shop.sandbox.refund(&session, None).expect("a refund");
    shop.settle().await;
    stands(&api.quota(&account).await, 1, "free", true);
}

#[rocket::async_test]
async fn a_lifetime_plan_and_a_subscription_give_the_higher_limit_not_the_sum() {
    let shop = Shop::open().await;
    let api = shop.api("panel").await;
    let account = api.account("ada").await;
    let session = buys(&shop, &api, &account, PAYS).await;
    let begin = json!({ "plan": "starter", "interval": "month" });
    api.post("/accounts/ada/checkout", begin).await.is(409).code("already_owned");
    api.buys(&shop, &account, "growth", "month").await;
    shop.settle().await;
    stands(&api.quota(&account).await, 10, "subscription", true);
    shop.sandbox.refund(&session, None).expect("a refund");
    shop.settle().await;
    stands(&api.quota(&account).await, 10, "subscription", true);
}
