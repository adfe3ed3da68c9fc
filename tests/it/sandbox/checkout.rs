//! Buying: the page, its cards, trials, expiry.

use super::*;

#[tokio::test]
async fn a_paid_checkout_begins_a_subscription() {
    let bench = Bench::new().await;
    let customer = bench.customer().await;
    let more = [
        ("client_reference_id", "acc_1"),
        ("metadata[account_id]", "acc_1"),
        ("subscription_data[metadata][plan]", "starter"),
    ];
    let session = bench.session(&customer, "price_starter_monthly", &more).await;
    assert_eq!(text(&session, "status"), "open");
    assert_eq!(text(&session, "payment_status"), "unpaid");
    assert!(session.get("line_items").is_none());
    let page = path_of(text(&session, "url"));

    let (status, html) = bench.page(&page).await;
    assert_eq!(status, 200);
    for part in ["No money moves", "Starter", "$5.00 per month", "Subscribe", "cardNumber"] {
        assert!(html.contains(part), "{part} is missing in {html}");
    }
    assert!(!html.contains("name=\"email\""));

    let before = bench.sandbox.events().len();
    let (status, location, _) = bench.submit(&page, &[("cardNumber", PAYS)]).await;
    let id = text(&session, "id");
    assert_eq!((status, location), (303, format!("http://127.0.0.1:9/done?session_id={id}")));

    let path = format!("/v1/checkout/sessions/{id}?expand[]=subscription&expand[]=line_items");
    let (_, session) = bench.get(&path).await;
    assert_eq!(text(&session, "status"), "complete");
    assert_eq!(text(&session, "payment_status"), "paid");
    assert_eq!(session["line_items"]["data"][0]["price"]["lookup_key"], "starter_monthly");
    let subscription = &session["subscription"];
    assert_eq!(text(subscription, "status"), "active");
    assert_eq!(subscription["metadata"]["plan"], "starter");
    let item = &subscription["items"]["data"][0];
    assert_eq!(item["current_period_start"], START);
    assert_eq!(item["current_period_end"], START + 31 * DAY);
    assert!(subscription.get("current_period_end").is_none());

    let kinds = bench.event_types(before);
    for kind in [
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "payment_method.attached",
        "customer.subscription.created",
        "invoice.created",
        "invoice.finalized",
        "invoice.paid",
        "invoice.payment_succeeded",
        "invoice_payment.paid",
        "customer.subscription.updated",
        "checkout.session.completed",
    ] {
        assert!(kinds.iter().any(|seen| seen == kind), "{kind} is missing in {kinds:?}");
    }

    let seen = bench.sandbox.events().len();
    let (status, ..) = bench.submit(&page, &[("cardNumber", PAYS)]).await;
    assert_eq!(status, 303);
    assert_eq!(bench.sandbox.events().len(), seen, "paid twice");
    assert!(bench.page(&page).await.1.contains("Already complete"));
}

#[tokio::test]
async fn a_declined_card_leaves_the_session_open() {
    let bench = Bench::new().await;
    let customer = bench.customer().await;
    let session = bench.session(&customer, "price_starter_monthly", &[]).await;
    let page = path_of(text(&session, "url"));
    let (status, _, html) = bench.submit(&page, &[("cardNumber", DECLINED)]).await;
    assert_eq!(status, 402);
    assert!(html.contains("Your card was declined."));
    assert!(!html.contains("value=\"4000"));
    assert_eq!(bench.status(text(&session, "id")), "open");
    assert!(bench.sandbox.ids("subscription").is_empty());

    let (status, _, html) = bench.submit(&page, &[("cardNumber", "4111 1111 1111 1111")]).await;
    assert_eq!(status, 402);
    assert!(html.contains("not a test card"));

    let (status, ..) = bench.submit(&page, &[("cardNumber", PAYS)]).await;
    assert_eq!(status, 303);
    assert_eq!(bench.sandbox.ids("payment_intent").len(), 1);
}

#[tokio::test]
async fn three_d_secure_is_asked_failed_and_passed() {
    let bench = Bench::new().await;
    let customer = bench.customer().await;
    let session = bench.session(&customer, "price_starter_monthly", &[]).await;
    let page = path_of(text(&session, "url"));
    let check = format!("{page}/authentication");

    let (status, location, _) = bench.submit(&page, &[("cardNumber", NEEDS_3DS)]).await;
    assert_eq!((status, location), (303, page.clone()));
    assert!(bench.page(&page).await.1.contains("3-D Secure"));
    let (status, _, html) = bench.submit(&check, &[("outcome", "fail")]).await;
    assert_eq!(status, 402);
    assert!(html.contains("check failed"));
    assert_eq!(bench.status(text(&session, "id")), "open");

    bench.submit(&page, &[("cardNumber", NEEDS_3DS)]).await;
    let (status, location, _) = bench.submit(&check, &[("outcome", "complete")]).await;
    assert_eq!(status, 303);
    assert!(location.contains("session_id=cs_test_"));
    let session = bench.sandbox.object(text(&session, "id")).unwrap();
    assert_eq!(bench.status(text(&session, "subscription")), "active");
}

#[tokio::test]
async fn a_trial_asks_for_a_card_and_takes_no_money() {
    let bench = Bench::new().await;
    let customer = bench.customer().await;
    let more = [("subscription_data[trial_period_days]", "14")];
    let session = bench.session(&customer, "price_starter_monthly", &more).await;
    let page = path_of(text(&session, "url"));
    let (_, html) = bench.page(&page).await;
    assert!(html.contains("Start trial") && html.contains("Free until"), "{html}");
    let (status, _, _) = bench.submit(&page, &[("cardNumber", "")]).await;
    assert_eq!(status, 402);
    bench.submit(&page, &[("cardNumber", PAYS)]).await;
    let session = bench.sandbox.object(text(&session, "id")).unwrap();
    assert_eq!(text(&session, "payment_status"), "no_payment_required");
    assert_eq!(session["amount_total"], 0);
    let subscription = text(&session, "subscription");
    assert_eq!(bench.status(subscription), "trialing");

    bench.sandbox.advance_by(11 * DAY).await;
    assert!(bench.event_types(0).contains(&"customer.subscription.trial_will_end".to_owned()));
    bench.sandbox.advance_by(3 * DAY).await;
    assert_eq!(bench.status(subscription), "active");
    let object = bench.sandbox.object(subscription).unwrap();
    let invoice = bench.sandbox.object(text(&object, "latest_invoice")).unwrap();
    assert_eq!((text(&invoice, "status"), &invoice["amount_paid"]), ("paid", &Value::from(500)));
}

#[tokio::test]
async fn a_trial_without_a_card_ends_as_chosen() {
    for (choice, status) in
        [("cancel", "canceled"), ("pause", "paused"), ("create_invoice", "past_due")]
    {
        let bench = Bench::new().await;
        let customer = bench.customer().await;
        let more = [
            ("subscription_data[trial_period_days]", "7"),
            ("payment_method_collection", "if_required"),
            ("subscription_data[trial_settings][end_behavior][missing_payment_method]", choice),
        ];
        let session = bench.session(&customer, "price_starter_monthly", &more).await;
        let page = path_of(text(&session, "url"));
        let (code, ..) = bench.submit(&page, &[("cardNumber", "")]).await;
        assert_eq!(code, 303);
        let session = bench.sandbox.object(text(&session, "id")).unwrap();
        bench.sandbox.advance_by(7 * DAY).await;
        let subscription = text(&session, "subscription");
        assert_eq!(bench.status(subscription), status, "{choice}");
        if choice == "pause" {
            bench.sandbox.set_default_card(&customer, PAYS).unwrap();
            bench.sandbox.unpause(subscription).unwrap();
            assert_eq!(bench.status(subscription), "active");
        }
    }
}

#[tokio::test]
async fn a_lifetime_purchase_is_one_payment() {
    let bench = Bench::new().await;
    let form = [
        ("mode", "payment"),
        ("line_items[0][price]", "price_lifetime"),
        ("line_items[0][quantity]", "1"),
        ("success_url", "http://127.0.0.1:9/done"),
    ];
    let (_, session) = bench.post("/v1/checkout/sessions", &form).await;
    let page = path_of(text(&session, "url"));
    let (_, html) = bench.page(&page).await;
    assert!(html.contains("Pay $99.00") && html.contains("name=\"email\""));
    let (status, ..) = bench.submit(&page, &[("cardNumber", PAYS)]).await;
    assert_eq!(status, 402, "an e-mail address is needed");
    let form = [("cardNumber", PAYS), ("email", "b@example.com")];
    let (status, ..) = bench.submit(&page, &form).await;
    assert_eq!(status, 303);
    let path = format!("/v1/checkout/sessions/{}?expand[]=payment_intent", text(&session, "id"));
    let (_, session) = bench.get(&path).await;
    assert_eq!(text(&session["payment_intent"], "status"), "succeeded");
    assert_eq!(session["customer_details"]["email"], "b@example.com");
    assert!(session["subscription"].is_null());
}

#[tokio::test]
async fn sessions_expire_by_the_clock_and_by_request() {
    let bench = Bench::new().await;
    let customer = bench.customer().await;
    let first = bench.session(&customer, "price_starter_monthly", &[]).await;
    let second = bench.session(&customer, "price_starter_monthly", &[]).await;
    let path = format!("/v1/checkout/sessions/{}/expire", text(&first, "id"));
    let (status, answer) = bench.post(&path, &[]).await;
    assert_eq!((status, text(&answer, "status")), (200, "expired"));
    assert_eq!(bench.post(&path, &[]).await.0, 400);
    bench.sandbox.advance_by(DAY - 1).await;
    assert_eq!(bench.status(text(&second, "id")), "open");
    bench.sandbox.advance_by(1).await;
    assert_eq!(bench.status(text(&second, "id")), "expired");
    let page = path_of(text(&second, "url"));
    assert_eq!(bench.page(&page).await.0, 410);
    let refused = bench.sandbox.pay_checkout(text(&second, "id"), PAYS).await;
    assert_eq!(refused.unwrap_err().to_string(), "this checkout session has expired");
    let expired = bench.event_types(0);
    assert_eq!(expired.iter().filter(|kind| *kind == "checkout.session.expired").count(), 2);
}

#[tokio::test]
async fn what_stripe_would_refuse_is_refused() {
    let bench = Bench::new().await;
    let customer = bench.customer().await;
    let good = [
        ("mode", "subscription"),
        ("customer", customer.as_str()),
        ("line_items[0][price]", "price_starter_monthly"),
        ("line_items[0][quantity]", "1"),
        ("success_url", "http://127.0.0.1:9/done"),
    ];
    let table = [
        ("mode", Some("payment"), "mode"),
        ("mode", None, "mode"),
        (
            "subscription_data[billing_mode][type]",
            Some("hybrid"),
            "subscription_data[billing_mode][type]",
        ),
        (
            "subscription_data[trial_settings][end_behavior][missing_payment_method]",
            Some("forgive"),
            "subscription_data[trial_settings][end_behavior][missing_payment_method]",
        ),
        ("customer", Some("cus_none"), "customer"),
        ("line_items[0][price]", Some("price_none"), "line_items[0][price]"),
        ("line_items[0][price]", Some("price_lifetime"), "line_items"),
        ("line_items[0][quantity]", None, "line_items[0][quantity]"),
        ("success_url", Some("javascript:alert(1)"), "success_url"),
        ("success_url", None, "success_url"),
        ("customer_email", Some("a@example.com"), "customer"),
        ("bogus", Some("1"), "bogus"),
        ("subscription_data[bogus]", Some("1"), "subscription_data[bogus]"),
        ("payment_intent_data[description]", Some("x"), "payment_intent_data"),
        ("expires_at", Some("1"), "expires_at"),
    ];
    for (name, value, param) in table {
        let mut form: Vec<_> = good.iter().filter(|(known, _)| *known != name).copied().collect();
        form.extend(value.map(|value| (name, value)));
        let (status, answer) = bench.post("/v1/checkout/sessions", &form).await;
        assert_eq!((status, text(&answer["error"], "param")), (400, param), "{name}: {answer}");
    }
    bench.sandbox.archive_price("price_starter_monthly");
    let (status, answer) = bench.post("/v1/checkout/sessions", &good).await;
    assert_eq!(status, 400);
    assert!(text(&answer["error"], "message").contains("inactive"));
}
