//! Invoices that are sent instead of charged.

use coinslot::sandbox::{AfterRetries, NewSubscription};

use super::*;

fn sent(price: &str) -> NewSubscription<'_> {
    NewSubscription { days_until_due: Some(14), quantity: 2, ..NewSubscription::to(price) }
}

fn latest(bench: &Bench, subscription: &str) -> Value {
    let object = bench.sandbox.object(subscription).unwrap();
    bench.sandbox.object(text(&object, "latest_invoice")).unwrap()
}

#[tokio::test]
async fn a_sent_invoice_is_open_until_it_is_paid_on_its_page() {
    let bench = Bench::new().await;
    let customer = bench.customer().await;
    let before = bench.sandbox.events().len();
    let subscription = bench.sandbox.subscribe(&customer, &sent("price_starter_monthly")).unwrap();
    assert_eq!(
        bench.event_types(before),
        [
            "customer.subscription.created",
            "invoice.created",
            "invoice.updated",
            "invoice.finalized",
            "invoice.sent"
        ]
    );
    let object = bench.sandbox.object(&subscription).unwrap();
    assert_eq!((text(&object, "status"), &object["days_until_due"]), ("active", &14.into()));
    let invoice = latest(&bench, &subscription);
    assert_eq!(text(&invoice, "collection_method"), "send_invoice");
    assert_eq!(
        (&invoice["due_date"], &invoice["total"]),
        (&(START + 14 * DAY).into(), &1_000.into())
    );
    assert!(invoice["next_payment_attempt"].is_null());

    let page = path_of(text(&invoice, "hosted_invoice_url"));
    let html = bench.page(&page).await.1;
    assert!(html.contains("Pay $10.00") && html.contains("Due by 15 January 2026"), "{html}");
    assert_eq!(bench.submit(&page, &[("cardNumber", DECLINED)]).await.0, 402);
    let declined = latest(&bench, &subscription);
    assert_eq!(text(&declined, "status"), "open");
    assert!(declined["next_payment_attempt"].is_null(), "nobody retries a sent invoice");
    assert_eq!(bench.status(&subscription), "active");
    assert_eq!(bench.submit(&page, &[("cardNumber", PAYS)]).await.0, 303);
    assert_eq!(bench.status(text(&invoice, "id")), "paid");

    bench.sandbox.advance_by(31 * DAY).await;
    let renewal = latest(&bench, &subscription);
    assert_eq!(text(&renewal, "status"), "open");
    assert_eq!(renewal["due_date"], START + 45 * DAY);
    bench.sandbox.advance_by(14 * DAY - 1).await;
    assert_eq!(bench.status(&subscription), "active");
    bench.sandbox.advance_by(1).await;
    assert_eq!(bench.status(&subscription), "past_due");
    let page = path_of(text(&renewal, "hosted_invoice_url"));
    assert_eq!(bench.submit(&page, &[("cardNumber", PAYS)]).await.0, 303);
    assert_eq!(bench.status(&subscription), "active");
}

#[tokio::test]
async fn what_nobody_pays_after_its_due_date_ends_as_was_chosen() {
    for (choice, last) in [
        (AfterRetries::Cancel, "canceled"),
        (AfterRetries::Unpaid, "unpaid"),
        (AfterRetries::PastDue, "past_due"),
    ] {
        let bench = Bench::new().await;
        bench.sandbox.after_retries(choice);
        let customer = bench.customer().await;
        let subscription =
            bench.sandbox.subscribe(&customer, &sent("price_starter_yearly")).unwrap();
        for (seconds, status) in
            [(14 * DAY - 1, "active"), (1, "past_due"), (30 * DAY - 1, "past_due"), (1, last)]
        {
            bench.sandbox.advance_by(seconds).await;
            assert_eq!(bench.status(&subscription), status, "{choice:?}");
        }
    }
}

#[tokio::test]
async fn a_change_of_what_is_paid_by_invoice_holds_at_once() {
    let bench = Bench::new().await;
    let customer = bench.customer().await;
    let subscription = bench.sandbox.subscribe(&customer, &sent("price_starter_monthly")).unwrap();
    let object = bench.sandbox.object(&subscription).unwrap();
    let path = format!("/v1/subscriptions/{subscription}");
    let mut form = vec![
        ("items[0][id]", text(&object["items"]["data"][0], "id")),
        ("items[0][price]", "price_growth_monthly"),
        ("proration_behavior", "always_invoice"),
        ("payment_behavior", "pending_if_incomplete"),
    ];
    let (status, answer) = bench.post(&path, &form).await;
    assert_eq!((status, text(&answer["error"], "param")), (400, "payment_behavior"));
    form.pop();
    bench.sandbox.advance_by(DAY).await;
    let (status, changed) = bench.post(&path, &form).await;
    assert_eq!(status, 200, "{changed}");
    assert_eq!(changed["items"]["data"][0]["price"]["id"], "price_growth_monthly");
    assert_eq!((text(&changed, "status"), &changed["pending_update"]), ("active", &Value::Null));
    let invoice = latest(&bench, &subscription);
    assert_eq!(text(&invoice, "status"), "open");
    assert_eq!(invoice["due_date"], START + 15 * DAY);
}

#[tokio::test]
async fn without_a_card_nothing_is_begun_that_charges_one() {
    let bench = Bench::new().await;
    let customer = bench.customer().await;
    let wanted = NewSubscription::to("price_starter_monthly");
    let refused = bench.sandbox.subscribe(&customer, &wanted).unwrap_err();
    assert!(refused.to_string().contains("no card to charge"), "{refused}");
    assert!(bench.sandbox.ids("subscription").is_empty());
    bench.sandbox.set_default_card(&customer, PAYS).unwrap();
    let wanted = NewSubscription { quantity: 3, ..wanted };
    let subscription = bench.sandbox.subscribe(&customer, &wanted).unwrap();
    assert_eq!(bench.status(&subscription), "active");
    assert_eq!(latest(&bench, &subscription)["amount_paid"], 1_500);
}
