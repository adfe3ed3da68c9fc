//! What the wire does to a call: failures, pauses, keys and the circuit.

use std::time::{Duration, Instant};

use super::fake::{Fake, QUICK, Reply, client, ok, says};
use super::pace::Pace;
use super::{Expiry, NewCustomer, NewPortalSession, Patience, PortalFlow, Stripe, StripeFailed};
use crate::domain::fetched::FetchedCustomer;
use crate::domain::ids::{AccountId, CustomerId, SessionId};

const ADA: &str = r#"{"id":"cus_ada","email":"ada@example.com"}"#;
const IN_FLIGHT: &str = r#"{"error":{"type":"invalid_request_error","code":"lock_timeout"}}"#;
const MISSING: &str = r#"{"error":{"code":"resource_missing","param":"customer"}}"#;
const NOT_OPEN: &str = r#"{"error":{"type":"invalid_request_error","message":"not open"}}"#;

fn ada() -> CustomerId {
    CustomerId::new("cus_ada").unwrap()
}

async fn look(stripe: &Stripe) -> Result<Option<FetchedCustomer>, StripeFailed> {
    stripe.customer(&ada(), Patience::Worker).await
}

async fn create(stripe: &Stripe) -> Result<CustomerId, StripeFailed> {
    let account = AccountId::new("acc_1").unwrap();
    let new = NewCustomer { account: &account, email: "ada@example.com", name: None };
    stripe.create_customer(&new, "customer:acc_1", Patience::Worker).await
}

fn outcome<T>(result: Result<T, StripeFailed>) -> &'static str {
    result.map_or_else(|failed| failed.outcome(), |_| "ok")
}

#[tokio::test]
async fn a_call_carries_key_version_and_form_over_one_kept_connection() {
    let fake = Fake::playing([ok(ADA)]);
    let stripe = fake.stripe();
    look(&stripe).await.unwrap();
    create(&stripe).await.unwrap();
    let [get, post] = fake.heard().try_into().unwrap();
    assert_eq!(get.line, "GET /fake/v1/customers/cus_ada");
    assert_eq!(get.header("authorization"), Some("Bearer sk_test_coinslot1"));
    assert_eq!(get.header("stripe-version"), Some(stripe_shared::version::VERSION.as_str()));
    assert!(get.header("user-agent").unwrap().starts_with("Coinslot/"));
    assert_eq!(get.header("idempotency-key"), None);
    assert_eq!(post.line, "POST /fake/v1/customers");
    assert_eq!(post.header("idempotency-key"), Some("customer:acc_1"));
    assert_eq!(post.header("content-type"), Some("application/x-www-form-urlencoded"));
    assert!(post.has(("email", "ada@example.com")) && post.has(("metadata[account_id]", "acc_1")));
    assert_eq!(fake.connections(), 1);
}

#[tokio::test]
async fn attempts_repeat_the_same_words_under_the_same_key() {
    let fake =
        Fake::playing([says(500, &[], ""), Reply::HangUp, says(409, &[], IN_FLIGHT), ok(ADA)]);
    assert_eq!(create(&fake.stripe()).await, Ok(ada()));
    let heard = fake.heard();
    assert_eq!(heard.len(), 4);
    for attempt in &heard {
        assert_eq!(attempt.header("idempotency-key"), Some("customer:acc_1"));
        assert_eq!(attempt.body, heard[0].body);
    }
}

#[tokio::test]
async fn what_lasts_is_an_answer_and_what_passes_is_tried_four_times() {
    let declined = r#"{"error":{"type":"card_error","code":"card_declined"}}"#;
    let table = [
        (says(400, &[], "{}"), "refused", 1),
        (says(402, &[], declined), "refused", 1),
        (says(402, &[("stripe-should-retry", "true")], declined), "refused", 4),
        (says(404, &[], "nowhere"), "refused", 1),
        (says(429, &[], "{}"), "unavailable", 4),
        (says(503, &[], "{}"), "unavailable", 4),
        (says(503, &[("stripe-should-retry", "false")], "{}"), "unavailable", 1),
        (says(500, &[("idempotent-replayed", "true")], "{}"), "stored_failure", 1),
        (says(302, &[("location", "/elsewhere")], ""), "unreadable", 1),
        (ok("<html>"), "unreadable", 1),
        (ok(&"x".repeat(9 << 20)), "unreadable", 1),
        (Reply::HangUp, "unavailable", 4),
    ];
    for (reply, expected, attempts) in table {
        let fake = Fake::playing([reply]);
        let said =
            outcome(create(&fake.stripe_at(Pace { attempt: 20 * QUICK.attempt, ..QUICK })).await);
        assert_eq!((said, fake.heard().len()), (expected, attempts));
    }
}

#[tokio::test]
async fn a_post_without_a_key_is_sent_once() {
    let fake = Fake::playing([says(503, &[], "")]);
    let customer = ada();
    let new = NewPortalSession {
        customer: &customer,
        return_url: "https://panel.example/billing".to_owned(),
        flow: PortalFlow::Whole,
        configuration: None,
    };
    let result = fake.stripe().create_portal_session(&new, Patience::Worker).await;
    assert_eq!((outcome(result), fake.heard().len()), ("unavailable", 1));
}

#[tokio::test]
async fn a_wait_that_stripe_asks_for_is_kept_up_to_the_longest_pause() {
    let fake = Fake::playing([says(429, &[("retry-after", "9")], ""), ok(ADA)]);
    let started = Instant::now();
    look(&fake.stripe()).await.unwrap();
    assert!(started.elapsed() >= QUICK.longest_pause);
}

#[tokio::test]
async fn a_page_is_told_when_to_come_back_instead_of_waiting() {
    let fake = Fake::playing([says(503, &[("retry-after", "9")], "")]);
    let stripe = fake.stripe_at(Pace { longest_pause: Duration::from_secs(30), ..QUICK });
    let failed = stripe.customer(&ada(), Patience::Page).await.unwrap_err();
    assert!(matches!(failed, StripeFailed::Unavailable { retry_after_seconds: Some(9), .. }));
    assert_eq!(fake.heard().len(), 1);
}

#[tokio::test]
async fn no_attempt_of_a_page_outlives_its_deadline() {
    let fake = Fake::playing([Reply::Silence]);
    let stripe = fake.stripe_at(Pace { attempt: Duration::from_secs(20), ..QUICK });
    let started = Instant::now();
    assert_eq!(outcome(stripe.customer(&ada(), Patience::Page).await), "unavailable");
    assert!(started.elapsed() >= QUICK.page && started.elapsed() < 6 * QUICK.page);
    assert_eq!(fake.heard().len(), 1);
}

#[tokio::test]
async fn pages_of_a_list_share_one_deadline() {
    let endless = r#"{"data":[],"has_more":false}"#;
    let first = r#"{"data":[{"id":"price_1","currency":"usd"}],"has_more":true}"#;
    let fake = Fake::playing([ok(first), Reply::Silence, ok(endless)]);
    let stripe = fake.stripe_at(Pace { attempt: Duration::from_secs(20), ..QUICK });
    let started = Instant::now();
    let result = stripe.prices_by_lookup_keys(&["starter".to_owned()], Patience::Page).await;
    assert_eq!(outcome(result), "unavailable");
    assert!(started.elapsed() < 6 * QUICK.page);
    assert!(fake.heard()[1].has(("starting_after", "price_1")));
}

#[tokio::test]
async fn silence_and_a_closed_port_are_unavailable() {
    let fake = Fake::playing([Reply::Silence]);
    assert_eq!(outcome(look(&fake.stripe()).await), "unavailable");
    assert_eq!(fake.heard().len(), 4);

    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    assert_eq!(outcome(look(&client(&format!("http://{closed}"), QUICK)).await), "unavailable");
}

#[tokio::test]
async fn a_refused_key_opens_the_circuit_until_a_probe_succeeds() {
    let refused = says(401, &[], r#"{"error":{"message":"Invalid API Key"}}"#);
    let fake = Fake::playing([
        refused.clone(),
        refused,
        says(500, &[("stripe-should-retry", "false")], ""),
        ok(ADA),
    ]);
    let stripe = fake.stripe();
    assert!(!stripe.circuit_open());
    for heard in [1, 1] {
        assert_eq!(look(&stripe).await, Err(StripeFailed::Unauthorized));
        assert_eq!(fake.heard().len(), heard);
        assert!(stripe.circuit_open());
    }

    for (probe, still_open, heard) in
        [("unauthorized", true, 2), ("unavailable", true, 3), ("ok", false, 4)]
    {
        tokio::time::sleep(QUICK.circuit + Duration::from_millis(10)).await;
        assert_eq!(outcome(look(&stripe).await), probe);
        assert_eq!((stripe.circuit_open(), fake.heard().len()), (still_open, heard));
    }
    assert_eq!(outcome(look(&stripe).await), "ok");
}

#[tokio::test]
async fn a_missing_customer_is_not_a_wrong_address() {
    let deleted = r#"{"id":"cus_ada","object":"customer","deleted":true}"#;
    for reply in [says(404, &[], MISSING), ok(deleted)] {
        assert_eq!(look(&Fake::playing([reply]).stripe()).await, Ok(None));
    }
    let stripe = Fake::playing([says(400, &[], MISSING)]).stripe();
    assert_eq!(stripe.subscriptions_of(&ada(), Patience::Worker).await, Ok(None));
    let lost = Fake::playing([says(404, &[], "no such page")]).stripe();
    assert_eq!(outcome(lost.subscriptions_of(&ada(), Patience::Worker).await), "refused");
}

#[tokio::test]
async fn a_list_is_read_to_its_end_and_must_advance() {
    let page = |id: u8, more: bool| {
        ok(&format!(r#"{{"data":[{{"id":"price_{id}","currency":"usd"}}],"has_more":{more}}}"#))
    };
    let keys: Vec<String> = (0..11).map(|n| format!("key_{n}")).collect();
    let fake = Fake::playing([page(1, true), page(2, false), page(3, false)]);
    let prices = fake.stripe().prices_by_lookup_keys(&keys, Patience::Worker).await.unwrap();
    assert_eq!(prices.len(), 3);
    let heard = fake.heard();
    assert!(
        heard[0].has(("lookup_keys[9]", "key_9")) && !heard[0].has(("lookup_keys[10]", "key_10"))
    );
    assert!(heard[1].has(("starting_after", "price_1")));
    assert!(heard[2].has(("lookup_keys[0]", "key_10")));

    let stuck = Fake::playing([page(1, true)]);
    let result = stuck.stripe().prices_by_lookup_keys(&keys, Patience::Worker).await;
    assert_eq!(outcome(result), "unreadable");
}

#[tokio::test]
async fn a_session_that_cannot_expire_is_looked_up() {
    let session = |status: &str| {
        ok(&format!(r#"{{"id":"cs_test_1","status":"{status}","created":1,"expires_at":2}}"#))
    };
    let table = [
        (vec![session("expired")], Ok(Expiry::Expired)),
        (vec![says(404, &[], MISSING)], Ok(Expiry::NotOpen)),
        (vec![says(400, &[], NOT_OPEN), session("complete")], Ok(Expiry::NotOpen)),
        (vec![says(400, &[], NOT_OPEN), session("open")], Err("refused")),
        (vec![says(503, &[], "")], Err("unavailable")),
    ];
    let id = SessionId::new("cs_test_1").unwrap();
    for (script, expected) in table {
        let stripe = Fake::playing(script).stripe();
        let result = stripe.expire_checkout_session(&id, Patience::Worker).await;
        assert_eq!(result.map_err(|failed| failed.outcome()), expected);
    }
}
