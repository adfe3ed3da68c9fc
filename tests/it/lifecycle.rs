//! The numbers of a subscription's life: each at zero from the start, and each effect counted once.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::metrics::Watched;
use crate::process::wait_for;
use crate::shop::{DAY, HOUR, SECRET};

const NAMES: [&str; 9] = [
    "checkout_started_total",
    "checkout_completed_total",
    "invoice_paid_total",
    "invoice_failed_total",
    "invoice_action_required_total",
    "dunning_entered_total",
    "dunning_recovered_total",
    "sca_entered_total",
    "sca_completed_total",
];

impl Watched {
    /// Delivers what arose, each event twice, with what it says under a second id; works it off.
    async fn delivers(&self, told: &mut usize) {
        let events = self.sandbox.events();
        for event in &events[*told..] {
            let mut again = event.clone();
            again["id"] = json!(format!("{}again", event["id"].as_str().expect("an id")));
            for copy in [event, event, &again] {
                assert_eq!(self.deliver(copy, SECRET).await, 200);
            }
        }
        *told = events.len();
        wait_for(|| async {
            let pending = self.metrics().await["webhook_inbox_pending"];
            (pending < 0.5).then_some(())
        })
        .await;
    }

    async fn counts(&self) -> BTreeMap<&'static str, f64> {
        let metrics = self.metrics().await;
        NAMES.into_iter().map(|name| (name, metrics[name])).filter(|(_, n)| *n > 0.0).collect()
    }

    async fn begins(&self, account: &str) -> String {
        self.api.account(account).await;
        let body = json!({ "plan": "starter", "interval": "month" });
        let path = format!("/accounts/{account}/checkout");
        let begun = self.api.post(&path, body).await.is(201).json();
        begun["session_id"].as_str().expect("a session").to_owned()
    }

    async fn changed(&self, from: &str, to: &str, times: f64) {
        let name = format!("subscription_changed_total{{from=\"{from}\",to=\"{to}\"}}");
        self.shows(&name, times).await;
    }
}

#[rocket::async_test]
async fn a_subscriptions_life_is_counted_step_by_step_and_each_step_once() {
    let watched = Watched::open().await;
    wait_for(|| async {
        let plans = watched.api.get("/plans").await.is(200).json();
        let ready = plans["data"][0]["prices"].as_array().is_some_and(|prices| !prices.is_empty());
        ready.then_some(())
    })
    .await;
    assert_eq!(watched.counts().await, BTreeMap::new());
    watched.shows("dunning_recovery_seconds_count", 0.0).await;
    watched.changed("active", "past_due", 0.0).await;

    let mut told = watched.sandbox.events().len();
    let session = watched.begins("ada").await;
    watched.sandbox.pay_checkout(&session, "4000000000000341").await.expect("it pays");
    watched.delivers(&mut told).await;
    let mut expected = BTreeMap::from([
        ("checkout_started_total", 1.0),
        ("checkout_completed_total", 1.0),
        ("invoice_paid_total", 1.0),
    ]);
    assert_eq!(watched.counts().await, expected);
    watched.changed("none", "active", 1.0).await;

    watched.sandbox.advance_by(31 * DAY + HOUR).await;
    watched.delivers(&mut told).await;
    expected.extend([("invoice_failed_total", 1.0), ("dunning_entered_total", 1.0)]);
    assert_eq!(watched.counts().await, expected);
    watched.changed("active", "past_due", 1.0).await;

    // The first retry fails too: another failure, the same bad days.
    watched.sandbox.advance_by(3 * DAY).await;
    watched.delivers(&mut told).await;
    expected.insert("invoice_failed_total", 2.0);
    assert_eq!(watched.counts().await, expected);

    let customer = watched.sandbox.ids("customer").pop().expect("a customer");
    watched.sandbox.set_default_card(&customer, "4242424242424242").expect("a customer");
    let invoice = watched.sandbox.ids("invoice").pop().expect("an invoice");
    watched.sandbox.pay_invoice(&invoice).expect("it is open");
    watched.delivers(&mut told).await;
    expected.extend([("invoice_paid_total", 2.0), ("dunning_recovered_total", 1.0)]);
    assert_eq!(watched.counts().await, expected);
    watched.shows("dunning_recovery_seconds_count", 1.0).await;
    watched.changed("past_due", "active", 1.0).await;

    watched.begins("eve").await;
    let customer = watched.sandbox.ids("customer").pop().expect("a customer");
    watched
        .sandbox
        .create_subscription(&customer, "price_starter_monthly", "4000002500003155")
        .expect("a subscription");
    watched.delivers(&mut told).await;
    let waits = watched.sandbox.ids("invoice").pop().expect("an invoice");
    assert!(is_open(&watched.sandbox.object(&waits).expect("it is there")));
    expected.extend([
        ("checkout_started_total", 2.0),
        ("invoice_failed_total", 3.0),
        ("invoice_action_required_total", 1.0),
        ("sca_entered_total", 1.0),
    ]);
    assert_eq!(watched.counts().await, expected);
    watched.sandbox.confirm_3ds(&waits, true).await.expect("it waits");
    watched.delivers(&mut told).await;
    expected.extend([("invoice_paid_total", 3.0), ("sca_completed_total", 1.0)]);
    assert_eq!(watched.counts().await, expected);
}

fn is_open(invoice: &Value) -> bool {
    invoice["status"] == "open"
}
