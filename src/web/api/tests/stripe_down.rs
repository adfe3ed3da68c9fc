//! Reads go on while Stripe is down; what needs it says so.

use rocket::http::Method;
use serde_json::json;

use super::lists::sell;
use super::views::sample;
use super::{Api, NOW};
use crate::domain::ids::{CustomerId, SessionId};
use crate::domain::plan::Interval;
use crate::domain::subscription::Status;
use crate::store;
use crate::store::checkouts::{Checkout, Kind, Progress};
use crate::store::panel::{Role, User};

#[tokio::test]
async fn checkout_is_503_and_reads_go_on() {
    let api = Api::open().await;
    api.account("a").await;
    sell(&api, "starter", Interval::Month, 900).await;
    let checkout = json!({"plan": "starter", "interval": "month"});
    let down = api.post("/accounts/a/checkout", checkout).await;
    assert_eq!(down.code(), (503, "stripe_unavailable"));
    assert!(down.retry_after.is_some());
    assert_eq!(api.put("/accounts/a/servers/s1", json!({})).await.status, 201);
    for path in ["", "/quota", "/servers", "/subscriptions", "/subscription?session_id=cs_1"] {
        assert_eq!(api.get(&format!("/accounts/a{path}")).await.status, 200, "{path}");
    }
}

#[tokio::test]
async fn a_subscription_is_told_as_stored() {
    let api = Api::open().await;
    let account = api.account("a").await;
    let mode = api.billing().mode();
    let customer = CustomerId::new("cus_1").expect("an id");
    let mut tx = api.billing().store.write().await.expect("the writer");
    store::accounts::link_customer(&mut tx, &account, mode, &customer, NOW).await.expect("a write");
    store::subscriptions::put(&mut tx, mode, &sample(&account)).await.expect("a write");
    store::commit(tx).await.expect("a commit");

    let told = api.get("/accounts/a/subscription").await;
    assert_eq!((told.status, &told.body["plan"]), (200, &json!("starter")));
    assert_eq!(told.body["access"], json!("active"));
    let rows = api.get("/accounts/a/subscriptions").await.body;
    assert_eq!(rows["data"][0], told.body);
    let listed = api.get("/accounts").await.body;
    assert_eq!(listed["data"][0]["subscription"], told.body);
    assert_eq!(listed["data"][0]["stripe_customer_id"], json!("cus_1"));

    let synced = api.send(&api.admin, Method::Post, "/accounts/a/sync", "").await;
    assert_eq!(synced.code(), (503, "stripe_unavailable"));
    let portal = api.post("/accounts/a/portal", json!({})).await;
    assert_eq!(portal.code(), (503, "stripe_unavailable"));
}

#[tokio::test]
async fn somebody_elses_session_is_none_at_all() {
    let api = Api::open().await;
    let owner = api.account("a").await;
    api.account("b").await;
    let session = SessionId::new("cs_1").expect("an id");
    let checkout = Checkout { session, kind: Kind::Subscription, progress: Progress::Open };
    let mode = api.billing().mode();
    let mut tx = api.billing().store.write().await.expect("the writer");
    store::checkouts::put(&mut tx, &owner, mode, &checkout, NOW).await.expect("a write");
    store::commit(tx).await.expect("a commit");

    let strange = api.get("/accounts/b/subscription?session_id=cs_1").await;
    assert_eq!(strange.code(), (404, "session_not_found"));
    let own = api.get("/accounts/a/subscription?session_id=cs_1").await;
    assert_eq!((own.status, &own.body["checkout"]), (200, &json!("processing")));
}

#[tokio::test]
async fn who_can_sign_in_here_acts_here_and_others_where_the_operator_said() {
    let api = Api::open().await;
    let account = api.account("a").await;
    let mut paused = sample(&account);
    paused.status = Status::Paused;
    let user = User {
        id: "usr_1".to_owned(),
        email: "kim@example.com".to_owned(),
        name: "Kim".to_owned(),
        password_hash: "x".to_owned(),
        role: Role::User,
        account,
        created_at: NOW,
    };
    let mut tx = api.billing().store.write().await.expect("the writer");
    store::subscriptions::put(&mut tx, api.billing().mode(), &paused).await.expect("a write");
    store::commit(tx).await.expect("a commit");
    let told = api.get("/accounts/a/subscription").await.body;
    assert_eq!(told["action_url"], json!("https://shop.example/a"));

    let mut tx = api.billing().store.write().await.expect("the writer");
    assert!(store::panel::put_user(&mut tx, &user).await.expect("a write"));
    store::commit(tx).await.expect("a commit");
    let told = api.get("/accounts/a/subscription").await.body;
    assert_eq!(told["action_url"], json!("https://panel.example/billing"));
}
