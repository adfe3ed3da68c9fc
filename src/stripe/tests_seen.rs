//! What an operator sees of the calls: their names, one alert for a refused key, their number.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Instant;

use super::fake::{Fake, QUICK, ok, says};
use super::pace::Pace;
use super::{OPS, Patience, Stripe, StripeConfig};
use crate::domain::ids::CustomerId;
use crate::testing::Log;

const ADA: &str = r#"{"id":"cus_ada","email":"ada@example.com"}"#;

async fn look(stripe: &Stripe, patience: Patience) -> bool {
    let ada = CustomerId::new("cus_ada").unwrap();
    stripe.customer(&ada, patience).await.is_ok()
}

#[test]
fn every_call_has_a_name_that_the_metrics_know() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/stripe");
    let mut named: Vec<String> = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.file_name().unwrap().to_str().unwrap().starts_with("tests_") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        for opening in ["Call::new(", ".every("] {
            let calls = text.split(opening).skip(1).map(str::trim_start);
            let names = calls.filter_map(|rest| rest.strip_prefix('"')?.split('"').next());
            named.extend(names.map(str::to_owned));
        }
    }
    named.sort();
    named.dedup();
    assert_eq!(named, OPS);
}

#[tokio::test]
async fn a_refused_key_is_one_error_in_the_log_however_often_it_is_refused() {
    let log = Log::of_this_thread();
    let refused = says(401, &[], r#"{"error":{"message":"Invalid API Key"}}"#);
    let fake = Fake::playing([refused.clone(), refused.clone(), refused, ok(ADA)]);
    let stripe = fake.stripe();
    for _ in 0..3 {
        for _ in 0..5 {
            assert!(!look(&stripe, Patience::Worker).await);
        }
        tokio::time::sleep(2 * QUICK.circuit).await;
    }
    assert_eq!(fake.heard().len(), 3, "the first, and two probes");
    assert_eq!(log.text().matches("ERROR").count(), 1, "{}", log.text());
    assert!(look(&stripe, Patience::Worker).await);
    assert!(log.text().contains("accepts the secret key again"));
}

#[tokio::test]
async fn workers_share_one_budget_and_a_page_passes_them() {
    let fake = Fake::playing([ok(ADA)]);
    let config = StripeConfig {
        secret_key: "sk_test_coinslot1".into(),
        api_base: fake.api_base(),
        requests_per_second: NonZeroU32::new(10).unwrap(),
    };
    let stripe = Arc::new(Stripe::paced(config, Pace::STRIPE).unwrap());
    let started = Instant::now();
    let workers: Vec<_> = (0..7)
        .map(|_| {
            let stripe = Arc::clone(&stripe);
            tokio::spawn(async move { look(&stripe, Patience::Worker).await })
        })
        .collect();
    tokio::task::yield_now().await;
    assert!(look(&stripe, Patience::Page).await);
    assert!(!workers.iter().all(tokio::task::JoinHandle::is_finished), "the page went first");
    for worker in workers {
        assert!(worker.await.unwrap());
    }
    // Two go ahead; the other five and the page pay a tenth of a second each.
    assert!(started.elapsed().as_millis() >= 500, "{:?}", started.elapsed());
    assert_eq!(fake.heard().len(), 8);
}
