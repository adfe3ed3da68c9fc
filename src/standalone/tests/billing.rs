use rocket::http::Status;

use super::House;
use crate::domain::ids::{CustomerId, Mode, PriceId, SubscriptionId};
use crate::domain::plan::Offer;
use crate::domain::steering::Steering;
use crate::domain::subscription::{Grant, PaymentNeed, Status as Paid, Subscription};
use crate::store::accounts::Put;
use crate::{Interval, Limit, PlanId, Timestamp, store};

#[rocket::async_test]
async fn the_billing_page_says_how_the_account_stands() {
    let house = House::open().await;
    let ada = house.visitor("ada").await;
    let page = ada.get("/billing").await.is(Status::Ok);
    page.says("Your account has 1 free server.").says("0 of 1 server").says("See the plans");

    subscribe(&house, "ada@example.com").await;
    let page = ada.get("/billing").await.is(Status::Ok).says("Starter is active.");
    page.says("€5.00 per month").says("€5.00 on <time datetime=").says("Cancel the plan");
    ada.get("/servers").await.says("0 of 3 servers");
}

#[rocket::async_test]
async fn a_checkout_that_is_not_theirs_is_a_neutral_404() {
    let house = House::open().await;
    let ada = house.visitor("ada").await;
    for session in ["garbage", "cs_..%2F..", ""] {
        let page = ada.get(&format!("/billing?session_id={session}")).await.is(Status::NotFound);
        page.says("There is no such checkout").hides("garbage");
    }
}

#[rocket::async_test]
async fn a_stripe_that_is_down_leaves_what_we_know_on_the_page() {
    let house = House::open().await;
    let ada = house.visitor("ada").await;
    let page = ada.get("/billing?session_id=cs_test_1").await.is(Status::Ok);
    page.says("does not answer right now").says("do not pay again").says("1 free server");
}

#[rocket::async_test]
async fn a_payment_on_its_way_is_looked_for_again_but_not_for_ever() {
    let house = House::open().await;
    let ada = house.visitor("ada").await;
    watch(&house, "ada@example.com", "cs_test_1").await;
    let page = ada.get("/billing?session_id=cs_test_1").await.says("do not pay again");
    page.says("content=\"5; url=/billing?session_id=cs_test_1&#38;look=1\"");
    let page = ada.get("/billing?session_id=cs_test_1&look=9").await;
    page.says("look=10");
    let page = ada.get("/billing?session_id=cs_test_1&look=10").await.says("do not pay again");
    page.hides("http-equiv");
    house.visitor("eve").await.get("/billing?session_id=cs_test_1").await.is(Status::NotFound);
}

#[rocket::async_test]
async fn plans_show_the_price_of_the_chosen_interval_and_one_action_each() {
    let house = House::open_with(&[("billing.trial_period", "7d")]).await;
    let ada = house.visitor("ada").await;
    ada.get("/billing/plans").await.is(Status::Ok).says("No plans are for sale");
    stock(&house).await;

    let monthly = ada.get("/billing/plans").await.says("€5.00</strong> per month");
    monthly
        .says("Free for 7 days, then €5.00 per month.")
        .says("2 months free")
        .says("Choose Starter")
        .says("Buy Lifetime")
        .says("€60.00</strong> once")
        .hides("Network");
    let yearly = ada.get("/billing/plans?interval=year").await;
    yearly.says("€50.00</strong> per year").says("name=\"interval\" value=\"year\"");

    subscribe(&house, "ada@example.com").await;
    let page = ada.get("/billing/plans").await.says("Your plan").hides("Choose");
    page.says("Manage your plan first").hides("Free for 7 days");
    ada.get("/billing/plans?interval=sometimes").await.is(Status::Ok);
}

#[rocket::async_test]
async fn a_payment_on_its_way_cannot_be_made_twice() {
    let house = House::open().await;
    let ada = house.visitor("ada").await;
    stock(&house).await;
    watch(&house, "ada@example.com", "cs_test_1").await;
    ada.get("/billing/plans").await.says("please do not pay again").hides("Buy Lifetime");
}

#[rocket::async_test]
async fn a_checkout_that_cannot_begin_is_told_on_the_page_of_plans() {
    let house = House::open().await;
    let ada = house.visitor("ada").await;
    stock(&house).await;
    for (form, status, text) in [
        (
            "plan=gold&interval=month",
            Status::UnprocessableEntity,
            "<p>There is no plan `gold`.</p>",
        ),
        (
            "plan=starter&interval=week",
            Status::UnprocessableEntity,
            "<p>Choose month, year or once.</p>",
        ),
        ("", Status::UnprocessableEntity, "<p>Choose one of the plans below.</p>"),
        ("plan=network&interval=month", Status::Conflict, "This plan is not for sale now"),
    ] {
        let page = ada.post("/billing/checkout", form).await.is(status);
        page.says(text).says("Choose Starter");
    }
    let form = "plan=starter&interval=month";
    let page = ada.post("/billing/checkout", form).await.is(Status::ServiceUnavailable);
    page.says("The payment provider does not answer").says("Choose Starter");
}

#[rocket::async_test]
async fn too_many_checkouts_are_told_on_the_page_of_plans() {
    let house = House::open_with(&[("billing.limits.checkout", "1/1h")]).await;
    let ada = house.visitor("ada").await;
    stock(&house).await;
    let form = "plan=starter&interval=month";
    ada.post("/billing/checkout", form).await.is(Status::ServiceUnavailable);
    let page = ada.post("/billing/checkout", form).await.is(Status::TooManyRequests);
    page.says("Too many requests").says("Choose Starter");
}

#[rocket::async_test]
async fn the_portal_is_for_those_who_have_paid_before() {
    let house = House::open().await;
    let ada = house.visitor("ada").await;
    let page = ada.post("/billing/portal", "").await.is(Status::Conflict);
    page.says("There is nothing to manage yet").says("Your account has 1 free server.");
    ada.post("/billing/portal", "flow=everything").await.is(Status::UnprocessableEntity);
    subscribe(&house, "ada@example.com").await;
    let form = "flow=payment_method_update";
    ada.post("/billing/portal", form).await.is(Status::ServiceUnavailable);
}

#[rocket::async_test]
async fn the_sandbox_shows_itself_on_every_page_and_only_while_it_is_used() {
    let house = House::open_in_sandbox().await;
    let ada = house.visitor("ada").await;
    for page in ["/servers", "/billing", "/billing/plans", "/no-such-page"] {
        let page = ada.get(page).await.says("Sandbox: no real money moves");
        page.says("href=\"http://127.0.0.1:1\"");
    }
    house.guest().get("/login").await.says("Sandbox: no real money moves");
    House::open().await.guest().get("/login").await.hides("Sandbox");
}

async fn stock(house: &House) {
    let offers = [
        ("starter", Interval::Month, 500),
        ("starter", Interval::Year, 5000),
        ("growth", Interval::Month, 1200),
        ("growth", Interval::Year, 12_000),
        ("lifetime", Interval::Once, 6000),
    ];
    let billing = house.billing();
    let mut tx = billing.store.write().await.expect("a transaction");
    for (plan, interval, amount_minor) in offers {
        let offer = Offer {
            plan: PlanId::new(plan).expect("a plan id"),
            interval,
            price: PriceId::new(format!("price_{plan}_{interval}")).expect("a price id"),
            lookup_key: None,
            amount_minor,
            currency: "eur".to_owned(),
        };
        store::catalogue::put(&mut tx, Mode::Test, &offer, Timestamp(0)).await.expect("an offer");
    }
    store::commit(tx).await.expect("a commit");
}

pub(super) async fn subscribe(house: &House, email: &str) {
    let account = house.account(email).await;
    let billing = house.billing();
    let now = billing.now();
    let customer = CustomerId::new("cus_1").expect("an id");
    let subscription = Subscription {
        id: SubscriptionId::new("sub_1").expect("an id"),
        account: account.clone(),
        customer: customer.clone(),
        status: Paid::Active,
        known_status: Some(Paid::Active),
        grant: Grant::Plan {
            id: PlanId::new("starter").expect("a plan id"),
            limit: Limit::Servers(3),
        },
        price: Some(PriceId::new("price_starter_month").expect("a price id")),
        interval: Some(Interval::Month),
        quantity: 1,
        currency: Some("eur".to_owned()),
        unit_amount_minor: Some(500),
        created_at: now,
        period_end: Some(Timestamp(now.0 + 86_400)),
        trial_end: None,
        cancels_at: None,
        ended_at: None,
        lost_to_payment: false,
        past_due_since: None,
        pause: None,
        payment: PaymentNeed::default(),
        synced_at: now,
        steering: Steering::default(),
    };
    let mut tx = billing.store.write().await.expect("a transaction");
    let put = store::accounts::put(&mut tx, &account, email, None, now).await.expect("a put");
    assert_eq!(put, Put::Updated);
    store::accounts::link_customer(&mut tx, &account, Mode::Test, &customer, now)
        .await
        .expect("a link");
    store::subscriptions::put(&mut tx, Mode::Test, &subscription).await.expect("a subscription");
    store::commit(tx).await.expect("a commit");
}

async fn watch(house: &House, email: &str, session: &str) {
    use crate::store::checkouts::{Checkout, Kind, Progress};
    let account = house.account(email).await;
    let billing = house.billing();
    let checkout = Checkout {
        session: crate::domain::ids::SessionId::new(session).expect("an id"),
        kind: Kind::Payment,
        progress: Progress::Processing,
    };
    let mut tx = billing.store.write().await.expect("a transaction");
    store::checkouts::put(&mut tx, &account, Mode::Test, &checkout, billing.now())
        .await
        .expect("a checkout");
    store::commit(tx).await.expect("a commit");
}
