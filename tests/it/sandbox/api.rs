//! The API's own manners: keys, idempotency, lists, faults, restart.

use std::time::Duration;

use coinslot::sandbox::{AnswerGate, Fault, FaultKind, StartError};

use super::*;

#[tokio::test]
async fn a_wrong_key_an_unknown_id_and_an_unknown_path_are_refused() {
    let bench = Bench::new().await;
    let answer = bench.http.get(bench.url("/v1/account")).send().await.unwrap();
    assert_eq!(answer.status(), 401);
    let wrong = bench.http.get(bench.url("/v1/account")).bearer_auth("sk_test_wrong1234");
    let (status, answer) = read(wrong.send().await.unwrap()).await;
    assert_eq!(status, 401);
    assert!(!text(&answer["error"], "message").contains("sk_test_wrong"));
    assert_eq!(bench.get("/v1/account").await.0, 200);
    let (status, answer) = bench.get("/v1/customers/cus_none").await;
    assert_eq!((status, text(&answer["error"], "code")), (404, "resource_missing"));
    assert_eq!(bench.get("/v1/unheard_of").await.0, 404);
    let (status, answer) = bench.post("/v1/customers", &[("bogus", "1")]).await;
    assert_eq!((status, text(&answer["error"], "code")), (400, "parameter_unknown"));
}

#[tokio::test]
async fn a_key_makes_a_request_happen_once() {
    let bench = Bench::new().await;
    let send = |email: &'static str| {
        let request = bench.call(bench.http.post(bench.url("/v1/customers")));
        request.header("Idempotency-Key", "k1").form(&[("email", email)]).send()
    };
    let first = send("a@example.com").await.unwrap();
    assert!(first.headers().get("Idempotent-Replayed").is_none());
    assert!(first.headers().contains_key("Request-Id"));
    let second = send("a@example.com").await.unwrap();
    assert_eq!(second.headers()["Idempotent-Replayed"], "true");
    assert_eq!(read(first).await, read(second).await);
    let (status, answer) = read(send("b@example.com").await.unwrap()).await;
    assert_eq!((status, text(&answer["error"], "type")), (400, "idempotency_error"));
    assert_eq!(bench.sandbox.ids("customer").len(), 1);
    let event = &bench.sandbox.events()[0];
    assert_eq!(event["request"]["idempotency_key"], "k1");
}

#[tokio::test]
async fn lists_page_and_filter() {
    let bench = Bench::new().await;
    for email in ["a@example.com", "b@example.com", "a@example.com"] {
        bench.post("/v1/customers", &[("email", email)]).await;
    }
    let (_, all) = bench.get("/v1/customers?limit=2").await;
    assert_eq!((all["data"].as_array().unwrap().len(), &all["has_more"]), (2, &true.into()));
    let last = text(&all["data"][1], "id");
    let (_, rest) = bench.get(&format!("/v1/customers?limit=2&starting_after={last}")).await;
    assert_eq!((rest["data"].as_array().unwrap().len(), &rest["has_more"]), (1, &false.into()));
    let (_, mine) = bench.get("/v1/customers?email=a@example.com").await;
    assert_eq!(mine["data"].as_array().unwrap().len(), 2);
    assert_eq!(bench.get("/v1/customers?limit=101").await.0, 400);
    let path = "/v1/prices?lookup_keys[]=growth_monthly&expand[]=data.product";
    let (_, prices) = bench.get(path).await;
    assert_eq!(prices["data"].as_array().unwrap().len(), 1);
    assert_eq!(text(&prices["data"][0]["product"], "name"), "Growth");
    assert_eq!(bench.get("/v1/prices?expand[]=data.bogus").await.0, 400);
}

#[tokio::test]
async fn subscriptions_are_listed_as_stripe_lists_them() {
    let bench = Bench::new().await;
    let (customer, subscription) = bench.subscriber(PAYS).await;
    assert_eq!(bench.delete(&format!("/v1/subscriptions/{subscription}")).await.0, 200);
    assert_eq!(bench.delete(&format!("/v1/subscriptions/{subscription}")).await.0, 404);
    for (query, count) in [("", 0), ("&status=all", 1), ("&status=ended", 1), ("&status=active", 0)]
    {
        let (_, list) = bench.get(&format!("/v1/subscriptions?customer={customer}{query}")).await;
        assert_eq!(list["data"].as_array().unwrap().len(), count, "{query}");
    }
    assert_eq!(bench.get("/v1/subscriptions?customer=cus_none").await.0, 400);
}

#[tokio::test]
async fn a_deleted_customer_answers_with_its_id_alone() {
    let bench = Bench::new().await;
    let (customer, subscription) = bench.subscriber(PAYS).await;
    bench.delete(&format!("/v1/customers/{customer}")).await;
    let (status, answer) = bench.get(&format!("/v1/customers/{customer}")).await;
    assert_eq!((status, answer["deleted"].as_bool()), (200, Some(true)));
    assert_eq!(bench.status(&subscription), "canceled");
    let form = [("customer", customer.as_str())];
    assert_eq!(bench.post("/v1/billing_portal/sessions", &form).await.0, 400);
}

#[tokio::test]
async fn ordered_faults_happen() {
    let bench = Bench::new().await;
    let fault = |kind| Fault {
        method: Some("POST".to_owned()),
        path_prefix: "/v1/customers".to_owned(),
        times: 1,
        kind,
    };
    let send = || bench.call(bench.http.post(bench.url("/v1/customers"))).form(&[("name", "A")]);
    bench.sandbox.fail_next(fault(FaultKind::DropBefore));
    assert!(send().send().await.is_err());
    assert!(bench.sandbox.ids("customer").is_empty());
    bench.sandbox.fail_next(fault(FaultKind::DropAfter));
    assert!(send().send().await.is_err());
    assert_eq!(bench.sandbox.ids("customer").len(), 1);
    bench.sandbox.fail_next(fault(FaultKind::Status(429, None)));
    let (status, answer) = read(send().send().await.unwrap()).await;
    assert_eq!((status, text(&answer["error"], "code")), (429, "rate_limit"));
    bench.sandbox.fail_next(fault(FaultKind::Delay(Duration::from_millis(50))));
    assert_eq!(send().send().await.unwrap().status(), 200);
    let statuses: Vec<_> = bench.sandbox.requests().iter().map(|call| call.status).collect();
    assert_eq!(statuses, [0, 0, 429, 200]);
    bench.sandbox.clear_requests();
    assert!(bench.sandbox.requests().is_empty());

    bench.sandbox.fail_next(fault(FaultKind::Status(500, None)));
    for replayed in [false, true] {
        let answer = send().header("Idempotency-Key", "k").send().await.unwrap();
        assert_eq!(answer.status(), 500);
        assert_eq!(answer.headers().contains_key("Idempotent-Replayed"), replayed);
    }
}

#[tokio::test]
async fn an_answer_can_be_overtaken_by_the_truth() {
    let bench = Bench::new().await;
    let (_, subscription) = bench.subscriber(PAYS).await;
    let path = format!("/v1/subscriptions/{subscription}");
    let fault = |kind| Fault {
        method: Some("GET".to_owned()),
        path_prefix: "/v1/subscriptions".to_owned(),
        times: 1,
        kind,
    };
    let gate = AnswerGate::closed();
    bench.sandbox.fail_next(fault(FaultKind::HoldAnswer(gate.clone())));
    let meanwhile = async {
        gate.holds_one().await;
        bench.sandbox.cancel_now(&subscription);
        gate.let_one_through();
    };
    let ((status, overtaken), ()) = tokio::join!(bench.get(&path), meanwhile);
    assert_eq!((status, text(&overtaken, "status")), (200, "active"));
    assert_eq!(text(&bench.get(&path).await.1, "status"), "canceled");

    bench.sandbox.fail_next(fault(FaultKind::DelayAnswer(Duration::from_millis(20))));
    let begun = std::time::Instant::now();
    assert_eq!(bench.get(&path).await.0, 200);
    assert!(begun.elapsed() >= Duration::from_millis(20));
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused() {
    let bench = Bench::new().await;
    let request = bench.call(bench.http.post(bench.url("/v1/customers")));
    let answer = request.body(format!("name={}", "a".repeat(1 << 20))).send().await.unwrap();
    assert_eq!(answer.status(), 413);
}

#[tokio::test]
async fn the_state_survives_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let mut options = options();
    options.state_file = Some(folder.path().join("sandbox.json"));
    let first = Bench::with(options.clone()).await;
    let (customer, subscription) = first.subscriber(PAYS).await;
    let open = first.session(&customer, "price_growth_monthly", &[]).await;
    first.sandbox.advance_by(DAY / 2).await;
    let (now, events) = (first.sandbox.now(), first.sandbox.events().len());
    first.sandbox.stop().await;

    let second = Bench::with(options).await;
    assert_eq!((second.sandbox.now(), second.sandbox.events().len()), (now, events));
    assert_eq!(second.status(&subscription), "active");
    assert_eq!(second.sandbox.pending_events().len(), events);
    let session = second.sandbox.object(text(&open, "id")).unwrap();
    assert!(text(&session, "url").starts_with(&second.sandbox.base_url()));
    second.sandbox.pay_checkout(text(&open, "id"), PAYS).await.unwrap();
    second.sandbox.advance_by(31 * DAY).await;
    assert_eq!(second.status(&subscription), "active");
}

#[tokio::test]
async fn a_taken_port_is_told() {
    let bench = Bench::new().await;
    let mut options = options();
    options.port = bench.sandbox.base_url().rsplit(':').next().unwrap().parse().unwrap();
    assert!(matches!(Sandbox::start(options).await, Err(StartError::Server(_))));
}
