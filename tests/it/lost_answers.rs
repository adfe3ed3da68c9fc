//! Calls whose answer never came, or came as a failure: one key for each intent, one object, one payable session.

use std::time::{Duration, Instant};

use coinslot::sandbox::{Fault, FaultKind, RecordedRequest};
use serde_json::{Value, json};

use crate::shop::{Answer, Api, Shop, client};

const CUSTOMER: &str = "/v1/customers";
const CREATION: &str = "/v1/checkout/sessions?mode=";
const EXPIRY: &str = "/v1/checkout/sessions/";

/// More than one call attempts: the visitor's click fails.
const WHOLE_CLICK: u32 = 1_000;

async fn begin(api: &Api, account: &str, plan: &str) -> Answer {
    let body = json!({ "plan": plan, "interval": "month" });
    api.post(&format!("/accounts/{account}/checkout"), body).await
}

fn posts_meet(shop: &Shop, path: &str, times: u32, kind: FaultKind) {
    let method = Some("POST".to_owned());
    shop.sandbox.fail_next(Fault { method, path_prefix: path.to_owned(), times, kind });
}

/// The keys of the POSTs below `path`, in order.
fn keys(shop: &Shop, path: &str) -> Vec<String> {
    let (path, _) = path.split_once('?').unwrap_or((path, ""));
    let exactly = !path.ends_with('/');
    let meant = |request: &RecordedRequest| {
        request.method == "POST"
            && if exactly { request.path == path } else { request.path.starts_with(path) }
    };
    let requests = shop.sandbox.requests().into_iter().filter(meant);
    requests.map(|request| request.idempotency_key.expect("a key")).collect()
}

fn distinct(mut keys: Vec<String>) -> usize {
    keys.sort();
    keys.dedup();
    keys.len()
}

/// The sessions in which somebody could pay.
fn payable(shop: &Shop) -> Vec<Value> {
    let sessions = shop.sandbox.ids("checkout.session").into_iter();
    let sessions = sessions.filter_map(|id| shop.sandbox.object(&id));
    sessions.filter(|session| session["status"] == "open").collect()
}

fn in_flight() -> FaultKind {
    let error = json!({ "error": { "type": "invalid_request_error", "code": "lock_timeout" } });
    FaultKind::Status(409, Some(error))
}

#[rocket::async_test]
async fn one_failed_attempt_of_a_creation_is_repeated_under_its_key_within_the_click() {
    let setbacks = [
        FaultKind::DropBefore,
        FaultKind::DropAfter,
        FaultKind::Status(503, None),
        FaultKind::Status(429, None),
        in_flight(),
    ];
    let shop = Shop::open().await;
    let api = shop.api("panel").await;
    for (number, setback) in setbacks.into_iter().enumerate() {
        for path in [CUSTOMER, CREATION] {
            let name = format!("a{number}{}", path.len());
            let account = api.account(&name).await;
            let customers = shop.sandbox.ids("customer").len();
            let sessions = payable(&shop).len();
            shop.sandbox.clear_requests();
            posts_meet(&shop, path, 1, setback.clone());
            begin(&api, &account, "starter").await.is(201);
            let keys = keys(&shop, path);
            assert_eq!((keys.len(), distinct(keys)), (2, 1), "{path} {setback:?}");
            assert_eq!(shop.sandbox.ids("customer").len(), customers + 1, "{path} {setback:?}");
            assert_eq!(payable(&shop).len(), sessions + 1, "{path} {setback:?}");
        }
    }
}

#[rocket::async_test]
async fn a_creation_that_failed_for_a_whole_click_goes_on_under_its_key_at_the_next() {
    let shop = Shop::open().await;
    let api = shop.api("panel").await;
    for (number, setback) in [FaultKind::DropBefore, FaultKind::DropAfter].into_iter().enumerate() {
        for path in [CUSTOMER, CREATION] {
            let account = api.account(&format!("a{number}{}", path.len())).await;
            let customers = shop.sandbox.ids("customer").len();
            let sessions = payable(&shop).len();
            shop.sandbox.clear_requests();
            posts_meet(&shop, path, WHOLE_CLICK, setback.clone());
            begin(&api, &account, "starter").await.is(503).code("stripe_unavailable");
            shop.sandbox.clear_faults();
            begin(&api, &account, "starter").await.is(201);
            let keys = keys(&shop, path);
            assert!(keys.len() > 2, "{keys:?}");
            assert_eq!(distinct(keys), 1, "{path} {setback:?}");
            assert_eq!(shop.sandbox.ids("customer").len(), customers + 1, "{path} {setback:?}");
            assert_eq!(payable(&shop).len(), sessions + 1, "{path} {setback:?}");
        }
    }
}

#[rocket::async_test]
async fn a_session_that_was_made_after_the_page_gave_up_is_the_one_of_the_next_click() {
    let shop = Shop::open().await;
    let api = shop.api("panel").await;
    let account = api.account("ada").await;
    posts_meet(&shop, CREATION, 1, FaultKind::Delay(Duration::from_millis(3_500)));
    begin(&api, &account, "starter").await.is(503).code("stripe_unavailable");
    assert!(payable(&shop).is_empty());
    let deadline = Instant::now() + Duration::from_secs(10);
    while payable(&shop).is_empty() {
        assert!(Instant::now() < deadline, "Stripe never made it");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let again = begin(&api, &account, "starter").await.is(201).json();
    let open = payable(&shop);
    assert_eq!((open.len(), &open[0]["id"]), (1, &again["session_id"]));
    assert_eq!(distinct(keys(&shop, CREATION)), 1);
}

#[rocket::async_test]
async fn an_opened_session_whose_answer_was_lost_is_closed_before_another_wish_is_opened() {
    let shop = Shop::open().await;
    let api = shop.api("panel").await;
    let account = api.account("ada").await;
    posts_meet(&shop, CREATION, WHOLE_CLICK, FaultKind::DropAfter);
    begin(&api, &account, "starter").await.is(503);
    assert_eq!(payable(&shop).len(), 1, "it is open at Stripe, and nobody here knows");
    shop.sandbox.clear_faults();
    let body =
        json!({ "plan": "starter", "interval": "month", "cancel_url": format!("{}/x", shop.base) });
    let other = api.post(&format!("/accounts/{account}/checkout"), body).await.is(201).json();
    let open = payable(&shop);
    assert_eq!((open.len(), &open[0]["id"]), (1, &other["session_id"]));
}

#[rocket::async_test]
async fn a_session_that_is_closed_over_a_broken_line_leaves_one_to_pay_in() {
    let setbacks = [
        (FaultKind::DropBefore, 1),
        (FaultKind::DropAfter, 1),
        (in_flight(), 1),
        (FaultKind::Status(500, None), 1),
        (FaultKind::DropBefore, WHOLE_CLICK),
        (FaultKind::DropAfter, WHOLE_CLICK),
    ];
    let shop = Shop::open().await;
    let api = shop.api("panel").await;
    for (number, (setback, times)) in setbacks.into_iter().enumerate() {
        let account = api.account(&format!("a{number}")).await;
        begin(&api, &account, "starter").await.is(201);
        let before = payable(&shop).len();
        shop.sandbox.clear_requests();
        posts_meet(&shop, EXPIRY, times, setback.clone());
        let mut answer = begin(&api, &account, "growth").await;
        assert_eq!(distinct(keys(&shop, EXPIRY)), 1, "{setback:?}");
        if answer.status == 503 {
            assert!(payable(&shop).len() <= before, "nothing is opened beside what may be open");
            shop.sandbox.clear_faults();
            answer = begin(&api, &account, "growth").await;
        }
        let session = answer.is(201).json()["session_id"].clone();
        let open = payable(&shop);
        assert_eq!(open.len(), before, "{setback:?}");
        assert!(open.iter().any(|open| open["id"] == session));
    }
}

#[rocket::async_test]
async fn a_stored_failure_of_a_session_is_looked_up_and_the_next_click_has_a_new_key() {
    let shop = Shop::open().await;
    let api = shop.api("panel").await;
    let account = api.account("ada").await;
    posts_meet(&shop, CREATION, 1, FaultKind::Status(500, None));
    begin(&api, &account, "starter").await.is(503).code("stripe_unavailable");
    let lists = |request: &RecordedRequest| {
        request.method == "GET" && request.path == "/v1/checkout/sessions"
    };
    assert_eq!(shop.sandbox.requests().iter().filter(|r| lists(r)).count(), 1, "it looked");
    let asked = keys(&shop, CREATION);
    assert_eq!((asked.len(), distinct(asked)), (2, 1), "the second answer came from the store");
    begin(&api, &account, "starter").await.is(201);
    assert_eq!(distinct(keys(&shop, CREATION)), 2);
    assert_eq!(payable(&shop).len(), 1);
}

#[rocket::async_test]
async fn a_stored_failure_of_a_customer_gives_a_new_key_where_nothing_was_made() {
    let shop = Shop::open().await;
    let api = shop.api("panel").await;
    let account = api.account("ada").await;
    posts_meet(&shop, CUSTOMER, 1, FaultKind::Status(500, None));
    begin(&api, &account, "starter").await.is(503).code("stripe_unavailable");
    begin(&api, &account, "starter").await.is(201);
    let asked = keys(&shop, CUSTOMER);
    assert_eq!((asked.len(), distinct(asked)), (3, 2));
    assert_eq!(shop.sandbox.ids("customer").len(), 1);
}

#[rocket::async_test]
async fn a_stored_failure_of_a_customer_that_was_made_all_the_same_is_seen_through() {
    let shop = Shop::open().await;
    let api = shop.api("panel").await;
    let account = api.account("ada").await;
    for mark in ["someone-else", account.as_str()] {
        let form = [("email", "ada@example.com"), ("metadata[account_id]", mark)];
        let made = client()
            .post(format!("{}/v1/customers", shop.sandbox.base_url()))
            .bearer_auth(crate::shop::KEY)
            .form(&form);
        crate::shop::answer_of(made).await.is(200);
    }
    posts_meet(&shop, CUSTOMER, 1, FaultKind::Status(500, None));
    begin(&api, &account, "starter").await.is(201);
    assert_eq!(shop.sandbox.ids("customer").len(), 2, "no third one");
    let linked =
        api.get(&format!("/accounts/{account}")).await.json()["stripe_customer_id"].clone();
    let customer = shop.sandbox.object(linked.as_str().expect("an id")).expect("it exists");
    assert_eq!(customer["metadata"]["account_id"], json!(account));
}
