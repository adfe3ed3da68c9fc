//! What is announced before it happens: renewals and ends of trials.

use coinslot::sandbox::{EventShape, NewSubscription, WithoutCard};

use super::*;

impl Bench {
    fn announced(&self, kind: &str) -> Vec<Value> {
        let events = self.sandbox.events();
        events.into_iter().filter(|event| text(event, "type") == kind).collect()
    }

    async fn trial(&self, days: i64, card: Option<&str>, without_card: WithoutCard) -> String {
        let customer = self.customer().await;
        let wanted = NewSubscription {
            trial_days: Some(days),
            card,
            without_card,
            ..NewSubscription::to("price_starter_monthly")
        };
        self.sandbox.subscribe(&customer, &wanted).unwrap()
    }
}

#[tokio::test]
async fn a_renewal_is_announced_a_week_before_with_the_invoice_it_brings() {
    let bench = Bench::new().await;
    let (_, subscription) = bench.subscriber(PAYS).await;
    bench.sandbox.advance_by(24 * DAY - 1).await;
    assert!(bench.announced("invoice.upcoming").is_empty());
    bench.sandbox.advance_by(1).await;
    let upcoming = bench.announced("invoice.upcoming");
    let invoice = &upcoming[0]["data"]["object"];
    assert!(text(invoice, "id").starts_with("upcoming_in_"));
    assert_eq!(invoice["parent"]["subscription_details"]["subscription"], subscription);
    assert_eq!(invoice["period_end"], START + 31 * DAY);
    bench.sandbox.advance_by(7 * DAY).await;
    let renewal = bench.sandbox.ids("invoice").pop().unwrap();
    assert_eq!(bench.sandbox.object(&renewal).unwrap()["total"], invoice["total"]);
    assert_eq!(bench.announced("invoice.upcoming").len(), 1, "told once a period");
    bench.sandbox.advance_by(28 * DAY).await;
    assert_eq!(bench.announced("invoice.upcoming").len(), 2);

    bench.sandbox.event_shape(EventShape::Old);
    let (_, body) = bench.sandbox.signed(&upcoming[0]);
    let old: Value = serde_json::from_slice(&body).unwrap();
    let invoice = &old["data"]["object"];
    assert_eq!((invoice.get("id"), text(invoice, "subscription")), (None, subscription.as_str()));
}

#[tokio::test]
async fn no_renewal_is_announced_that_will_not_come() {
    let ending = Bench::new().await;
    let (_, subscription) = ending.subscriber(PAYS).await;
    ending.sandbox.cancel_at_period_end(&subscription);
    let paused = Bench::new().await;
    let (_, subscription) = paused.subscriber(PAYS).await;
    paused.sandbox.pause_collection(&subscription, Some("void"));
    for bench in [ending, paused] {
        bench.sandbox.advance_by(31 * DAY).await;
        assert!(bench.announced("invoice.upcoming").is_empty());
    }
}

#[tokio::test]
async fn a_trial_ends_as_was_chosen_for_a_missing_card_and_is_billed_with_one() {
    let pauses = "customer.subscription.paused";
    let ends = "customer.subscription.deleted";
    let fails = "invoice.payment_failed";
    let pays = "invoice.paid";
    for (card, without_card, status, kind) in [
        (None, WithoutCard::Pause, "paused", pauses),
        (None, WithoutCard::Cancel, "canceled", ends),
        (None, WithoutCard::CreateInvoice, "past_due", fails),
        (Some(PAYS), WithoutCard::Pause, "active", pays),
        (Some(PAYS), WithoutCard::Cancel, "active", pays),
        (Some(PAYS), WithoutCard::CreateInvoice, "active", pays),
    ] {
        let case = format!("{card:?}, {without_card:?}");
        let bench = Bench::new().await;
        let subscription = bench.trial(14, card, without_card).await;
        bench.sandbox.advance_by(11 * DAY - 1).await;
        assert!(bench.announced("customer.subscription.trial_will_end").is_empty(), "{case}");
        bench.sandbox.advance_by(1).await;
        assert_eq!(bench.announced("customer.subscription.trial_will_end").len(), 1, "{case}");
        bench.sandbox.advance_by(3 * DAY - 1).await;
        assert_eq!(bench.status(&subscription), "trialing", "{case}");
        let before = bench.sandbox.events().len();
        bench.sandbox.advance_by(1).await;
        assert_eq!(bench.status(&subscription), status, "{case}");
        let kinds = bench.event_types(before);
        assert!(kinds.iter().any(|told| told == kind), "{case}: {kinds:?}");
    }
}

#[tokio::test]
async fn a_short_trial_and_one_that_is_ended_by_hand_are_announced_at_once() {
    let bench = Bench::new().await;
    bench.trial(2, Some(PAYS), WithoutCard::Pause).await;
    assert_eq!(bench.announced("customer.subscription.trial_will_end").len(), 1);

    let subscription = bench.trial(14, Some(PAYS), WithoutCard::Pause).await;
    assert_eq!(bench.announced("customer.subscription.trial_will_end").len(), 1);
    let path = format!("/v1/subscriptions/{subscription}");
    assert_eq!(bench.post(&path, &[("trial_end", "now")]).await.0, 200);
    assert_eq!(bench.announced("customer.subscription.trial_will_end").len(), 2);
    assert_eq!(bench.status(&subscription), "active");
}
