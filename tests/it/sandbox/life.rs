//! What the clock brings: renewals, failures, retries, ends.

use coinslot::sandbox::AfterRetries;

use super::*;

#[tokio::test]
async fn a_subscription_renews_every_month_on_its_day() {
    let bench = Bench::new().await;
    let (_, subscription) = bench.subscriber(PAYS).await;
    bench.sandbox.advance_by(365 * DAY).await;
    assert_eq!(bench.sandbox.ids("invoice").len(), 13);
    assert_eq!(bench.status(&subscription), "active");
    let (_, list) = bench.get(&format!("/v1/invoices?subscription={subscription}&limit=5")).await;
    assert_eq!(list["has_more"], true);
    let newest = &list["data"][0];
    assert_eq!(text(newest, "billing_reason"), "subscription_cycle");
    assert_eq!(text(newest, "status"), "paid");
    let parent = &newest["parent"]["subscription_details"];
    assert_eq!(text(parent, "subscription"), subscription);
    assert!(newest["status_transitions"]["finalized_at"].is_i64());
}

#[tokio::test]
async fn a_card_that_fails_at_renewal_is_retried_three_times_and_then_the_end_comes() {
    for (choice, last) in [
        (AfterRetries::Cancel, "canceled"),
        (AfterRetries::Unpaid, "unpaid"),
        (AfterRetries::PastDue, "past_due"),
    ] {
        let bench = Bench::new().await;
        bench.sandbox.after_retries(choice);
        let (_, subscription) = bench.subscriber(FAILS_LATER).await;
        assert_eq!(bench.status(&subscription), "active");
        for (days, status, attempts) in
            [(31, "past_due", 1), (3, "past_due", 2), (5, "past_due", 3), (7, last, 4)]
        {
            bench.sandbox.advance_by(days * DAY).await;
            assert_eq!(bench.status(&subscription), status, "{attempts} attempts, {choice:?}");
            let object = bench.sandbox.object(&subscription).unwrap();
            let invoice = bench.sandbox.object(text(&object, "latest_invoice")).unwrap();
            assert_eq!(invoice["attempt_count"], attempts);
            assert_eq!(invoice["next_payment_attempt"].is_null(), attempts == 4);
        }
        let object = bench.sandbox.object(&subscription).unwrap();
        if choice == AfterRetries::Cancel {
            assert_eq!(text(&object["cancellation_details"], "reason"), "payment_failed");
        }
    }
}

#[tokio::test]
async fn paying_the_open_invoice_brings_a_subscription_back() {
    let bench = Bench::new().await;
    let (customer, subscription) = bench.subscriber(FAILS_LATER).await;
    bench.sandbox.advance_by(31 * DAY).await;
    let (_, open) = bench.get(&format!("/v1/invoices?customer={customer}&status=open")).await;
    let invoice = &open["data"][0];
    let page = path_of(text(invoice, "hosted_invoice_url"));
    assert!(bench.page(&page).await.1.contains("Pay $5.00"));
    let (status, ..) = bench.submit(&page, &[("cardNumber", DECLINED)]).await;
    assert_eq!(status, 402);
    assert_eq!(bench.status(&subscription), "past_due");
    let (status, ..) = bench.submit(&page, &[("cardNumber", PAYS)]).await;
    assert_eq!(status, 303);
    assert_eq!(bench.status(&subscription), "active");
    assert!(bench.page(&format!("{page}/pdf")).await.1.starts_with("%PDF"));
}

#[tokio::test]
async fn the_next_retry_takes_the_new_card() {
    let bench = Bench::new().await;
    let (customer, subscription) = bench.subscriber(FAILS_LATER).await;
    bench.sandbox.advance_by(31 * DAY).await;
    bench.sandbox.set_default_card(&customer, PAYS).unwrap();
    assert_eq!(bench.status(&subscription), "past_due");
    bench.sandbox.advance_by(3 * DAY).await;
    assert_eq!(bench.status(&subscription), "active");
}

#[tokio::test]
async fn a_renewal_that_needs_3ds_waits_for_it() {
    let bench = Bench::new().await;
    let (_, subscription) = bench.subscriber(ALWAYS_3DS).await;
    let before = bench.sandbox.events().len();
    bench.sandbox.advance_by(31 * DAY).await;
    assert_eq!(bench.status(&subscription), "past_due");
    let kinds = bench.event_types(before);
    assert!(kinds.contains(&"invoice.payment_action_required".to_owned()), "{kinds:?}");
    let object = bench.sandbox.object(&subscription).unwrap();
    let invoice = text(&object, "latest_invoice").to_owned();
    let path = format!("/v1/invoices/{invoice}?expand[]=payments.data.payment.payment_intent");
    let (_, answer) = bench.get(&path).await;
    let intent = &answer["payments"]["data"][0]["payment"]["payment_intent"];
    assert_eq!(text(intent, "status"), "requires_action");
    bench.sandbox.confirm_3ds(&invoice, true).await.unwrap();
    assert_eq!(bench.status(&subscription), "active");
}

#[tokio::test]
async fn a_first_payment_that_never_comes_expires_the_subscription() {
    let bench = Bench::new().await;
    let customer = bench.customer().await;
    let create = |card| bench.sandbox.create_subscription(&customer, "price_starter_monthly", card);
    let missed = create(NEEDS_3DS).unwrap();
    let done = create(NEEDS_3DS).unwrap();
    assert_eq!(bench.status(&missed), "incomplete");
    let invoice = bench.sandbox.object(&done).unwrap()["latest_invoice"].clone();
    bench.sandbox.confirm_3ds(invoice.as_str().unwrap(), true).await.unwrap();
    assert_eq!(bench.status(&done), "active");
    bench.sandbox.advance_by(23 * 3_600).await;
    assert_eq!(bench.status(&missed), "incomplete_expired");
    assert_eq!(bench.status(&done), "active");
}

#[tokio::test]
async fn paused_collection_bills_nothing() {
    for (behavior, status) in
        [("void", "void"), ("mark_uncollectible", "uncollectible"), ("keep_as_draft", "draft")]
    {
        let bench = Bench::new().await;
        let (_, subscription) = bench.subscriber(PAYS).await;
        bench.sandbox.pause_collection(&subscription, Some(behavior));
        bench.sandbox.advance_by(31 * DAY).await;
        let object = bench.sandbox.object(&subscription).unwrap();
        assert_eq!(text(&object, "status"), "active");
        assert_eq!(bench.status(text(&object, "latest_invoice")), status);
    }
}

#[tokio::test]
async fn a_running_clock_plays_what_falls_due_by_itself() {
    let mut options = options();
    options.start_at = None;
    let bench = Bench::with(options).await;
    let (_, subscription) = bench.subscriber(PAYS).await;
    let object = bench.sandbox.object(&subscription).unwrap();
    let end = object["items"]["data"][0]["current_period_end"].as_i64().unwrap();
    bench.sandbox.advance_to(end - 1).await;
    assert_eq!(bench.sandbox.ids("invoice").len(), 1);
    tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
    assert_eq!(bench.sandbox.ids("invoice").len(), 2);
    bench.sandbox.advance_by(i64::MAX).await;
    assert_eq!(bench.status(&subscription), "active");
}

#[tokio::test]
async fn the_clock_tells_its_offset() {
    let bench = Bench::new().await;
    let offsets = bench.sandbox.clock_offsets();
    bench.sandbox.advance_by(10).await;
    bench.sandbox.advance_to(START).await;
    assert_eq!((*offsets.borrow(), bench.sandbox.now()), (10, START + 10));
    let (_, clock) = bench.page("/sandbox/clock").await;
    assert_eq!(clock, format!("{{\"now\":{},\"offset\":10}}", START + 10));
}

#[tokio::test]
async fn attempts_by_hand_use_up_no_retry() {
    let bench = Bench::new().await;
    let (customer, subscription) = bench.subscriber(FAILS_LATER).await;
    bench.sandbox.advance_by(31 * DAY).await;
    let (_, open) = bench.get(&format!("/v1/invoices?customer={customer}&status=open")).await;
    let invoice = text(&open["data"][0], "id");
    let next = open["data"][0]["next_payment_attempt"].clone();
    for _ in 0..5 {
        assert!(bench.sandbox.pay_invoice(invoice).is_err());
    }
    let invoice = bench.sandbox.object(invoice).unwrap();
    assert_eq!((&invoice["attempt_count"], &invoice["next_payment_attempt"]), (&1.into(), &next));
    assert_eq!(bench.status(&subscription), "past_due");
}

#[tokio::test]
async fn a_subscription_shows_its_price_as_it_is_now() {
    let bench = Bench::new().await;
    let (_, subscription) = bench.subscriber(PAYS).await;
    bench.sandbox.archive_price("price_starter_monthly");
    bench.sandbox.move_lookup_key("starter_monthly", "price_growth_monthly");
    let object = bench.sandbox.object(&subscription).unwrap();
    let price = &object["items"]["data"][0]["price"];
    assert_eq!((&price["active"], &price["lookup_key"]), (&false.into(), &Value::Null));
    let items = vec![("price_growth_monthly".to_owned(), 2)];
    bench.sandbox.set_subscription_items(&subscription, items).unwrap();
    let object = bench.sandbox.object(&subscription).unwrap();
    assert_eq!(object["items"]["data"][0]["quantity"], 2);
    bench.sandbox.advance_by(31 * DAY).await;
    let object = bench.sandbox.object(&subscription).unwrap();
    let invoice = bench.sandbox.object(text(&object, "latest_invoice")).unwrap();
    assert_eq!(invoice["amount_paid"], 3_000);
}
