//! Changes of what a subscription is for: previewed, billed by the second, paid or pending.

use super::*;

const HALF: i64 = 31 * DAY / 2;

/// The one item of a subscription.
fn item(bench: &Bench, subscription: &str) -> Value {
    bench.sandbox.object(subscription).unwrap()["items"]["data"][0].clone()
}

async fn change(bench: &Bench, subscription: &str, more: &[(&str, &str)]) -> (u16, Value) {
    let item = item(bench, subscription);
    let mut form = vec![("items[0][id]", text(&item, "id"))];
    form.extend_from_slice(more);
    bench.post(&format!("/v1/subscriptions/{subscription}"), &form).await
}

/// The preview of the same change.
async fn preview(bench: &Bench, subscription: &str, more: &[(&str, &str)]) -> (u16, Value) {
    let item = item(bench, subscription);
    let mut form = vec![
        ("subscription".to_owned(), subscription.to_owned()),
        ("subscription_details[items][0][id]".to_owned(), text(&item, "id").to_owned()),
    ];
    for (name, value) in more {
        let (first, rest) = name.split_once('[').unwrap_or((name, ""));
        let rest = if rest.is_empty() { String::new() } else { format!("[{rest}") };
        form.push((format!("subscription_details[{first}]{rest}"), (*value).to_owned()));
    }
    let form: Vec<(&str, &str)> = form.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    bench.post("/v1/invoices/create_preview", &form).await
}

fn lines(invoice: &Value) -> Vec<(String, i64)> {
    let lines = invoice["lines"]["data"].as_array().unwrap().iter();
    lines
        .map(|line| (text(line, "description").to_owned(), line["amount"].as_i64().unwrap()))
        .collect()
}

fn latest(bench: &Bench, subscription: &str) -> Value {
    let object = bench.sandbox.object(subscription).unwrap();
    bench.sandbox.object(text(&object, "latest_invoice")).unwrap()
}

#[tokio::test]
async fn a_preview_equals_the_invoice_to_the_minor_unit_in_every_currency() {
    for (currency, small, large) in
        [("usd", 500, 1_499), ("jpy", 777, 2_001), ("kwd", 1_500, 4_995)]
    {
        for quantity in ["1", "3"] {
            let bench = Bench::new().await;
            let small = price(&bench, currency, small).await;
            let large = price(&bench, currency, large).await;
            let customer = bench.customer().await;
            let subscription = bench.sandbox.create_subscription(&customer, &small, PAYS).unwrap();
            bench.sandbox.advance_by(10 * DAY + 12_345).await;
            let date = bench.sandbox.now().to_string();
            let asked = [
                ("items[0][price]", large.as_str()),
                ("items[0][quantity]", quantity),
                ("proration_behavior", "always_invoice"),
                ("proration_date", date.as_str()),
            ];
            let (status, preview) = preview(&bench, &subscription, &asked).await;
            assert_eq!(status, 200, "{preview}");
            bench.sandbox.advance_by(600).await;
            let (status, object) = change(&bench, &subscription, &asked).await;
            assert_eq!(status, 200, "{object}");
            let invoice = latest(&bench, &subscription);
            assert_eq!(lines(&preview), lines(&invoice), "{currency} × {quantity}");
            for amount in ["amount_due", "subtotal", "total", "currency"] {
                assert_eq!(preview[amount], invoice[amount], "{amount}, {currency} × {quantity}");
            }
            assert_eq!(text(&invoice, "status"), "paid");
            assert_eq!(text(&invoice, "billing_reason"), "subscription_update");
            let proration = &invoice["lines"]["data"][0]["parent"]["subscription_item_details"];
            assert_eq!(proration["proration"], true);
        }
    }
}

async fn price(bench: &Bench, currency: &str, amount: i64) -> String {
    let amount = amount.to_string();
    let form = [
        ("currency", currency),
        ("product_data[name]", "Thing"),
        ("unit_amount", amount.as_str()),
        ("recurring[interval]", "month"),
    ];
    let (status, price) = bench.post("/v1/prices", &form).await;
    assert_eq!(status, 200, "{price}");
    text(&price, "id").to_owned()
}

#[tokio::test]
async fn prorations_wait_for_the_renewal_are_billed_at_once_or_are_forgone() {
    let prorated = [("Unused time on Starter after 16 Jan 2026", -250)];
    let charged = ("Remaining time on 2 × Growth after 16 Jan 2026", 1_500);
    let renewal = ("2 × Growth", 3_000);
    let table = [
        ("create_prorations", 1, vec![prorated[0], charged, renewal]),
        ("always_invoice", 2, vec![renewal]),
        ("none", 1, vec![renewal]),
    ];
    for (behavior, invoices, expected) in table {
        let bench = Bench::new().await;
        let (_, subscription) = bench.subscriber(PAYS).await;
        bench.sandbox.advance_by(HALF).await;
        let asked = [
            ("items[0][price]", "price_growth_monthly"),
            ("items[0][quantity]", "2"),
            ("proration_behavior", behavior),
        ];
        let (status, object) = change(&bench, &subscription, &asked).await;
        assert_eq!(status, 200, "{object}");
        assert_eq!(bench.sandbox.ids("invoice").len(), invoices, "{behavior}");
        let form = [("subscription", subscription.as_str())];
        let (_, upcoming) = bench.post("/v1/invoices/create_preview", &form).await;
        bench.sandbox.advance_by(HALF).await;
        let renewed = latest(&bench, &subscription);
        let expected: Vec<(String, i64)> =
            expected.into_iter().map(|(words, amount)| (words.to_owned(), amount)).collect();
        assert_eq!(lines(&renewed), expected, "{behavior}");
        assert_eq!(lines(&upcoming), expected, "{behavior}, previewed");
    }
}

#[tokio::test]
async fn another_interval_begins_a_period_and_credit_stays_on_the_balance() {
    let bench = Bench::new().await;
    let (customer, subscription) = bench.subscriber(PAYS).await;
    bench.sandbox.advance_by(HALF).await;
    let now = bench.sandbox.now();
    let yearly = [("items[0][price]", "price_starter_yearly")];
    let (_, previewed) = preview(&bench, &subscription, &yearly).await;
    let (_, object) = change(&bench, &subscription, &yearly).await;
    assert_eq!(object["billing_cycle_anchor"], now);
    assert_eq!(item(&bench, &subscription)["current_period_end"], now + 365 * DAY);
    assert_eq!(latest(&bench, &subscription)["amount_paid"], 5_000 - 250);
    assert_eq!(previewed["amount_due"], 5_000 - 250);

    let monthly = [("items[0][price]", "price_starter_monthly")];
    change(&bench, &subscription, &monthly).await;
    let invoice = latest(&bench, &subscription);
    assert_eq!((&invoice["total"], &invoice["amount_due"]), (&(-4_500).into(), &0.into()));
    assert_eq!(text(&invoice, "status"), "paid");
    assert_eq!(bench.sandbox.object(&customer).unwrap()["balance"], -4_500);
    bench.sandbox.advance_by(31 * DAY).await;
    let renewed = latest(&bench, &subscription);
    assert_eq!((&renewed["total"], &renewed["amount_due"]), (&500.into(), &0.into()));
    assert_eq!(bench.sandbox.object(&customer).unwrap()["balance"], -4_000);
}

#[tokio::test]
async fn a_change_that_is_not_paid_waits_and_is_applied_or_expires() {
    for (card, pays) in
        [(ALWAYS_3DS, true), (FAILS_LATER, true), (ALWAYS_3DS, false), (FAILS_LATER, false)]
    {
        let bench = Bench::new().await;
        let (_, subscription) = bench.subscriber(card).await;
        bench.sandbox.advance_by(HALF).await;
        let asked = [
            ("items[0][price]", "price_growth_monthly"),
            ("proration_behavior", "always_invoice"),
            ("payment_behavior", "pending_if_incomplete"),
        ];
        let (status, object) = change(&bench, &subscription, &asked).await;
        assert_eq!(status, 200, "{object}");
        let price = |bench: &Bench| text(&item(bench, &subscription)["price"], "id").to_owned();
        assert_eq!(price(&bench), "price_starter_monthly");
        assert_eq!(text(&object, "status"), "active");
        let expires = bench.sandbox.now() + 23 * 3_600;
        assert_eq!(object["pending_update"]["expires_at"], expires);
        let invoice = latest(&bench, &subscription);
        assert_eq!(text(&invoice, "status"), "open");
        assert!(invoice["next_payment_attempt"].is_null());
        let id = text(&invoice, "id");
        let before = bench.sandbox.events().len();
        let told = if pays {
            if card == ALWAYS_3DS {
                bench.sandbox.confirm_3ds(id, true).await.unwrap();
            } else {
                let page = path_of(text(&invoice, "hosted_invoice_url"));
                assert_eq!(bench.submit(&page, &[("cardNumber", PAYS)]).await.0, 303);
            }
            assert_eq!(price(&bench), "price_growth_monthly");
            assert_eq!(bench.status(id), "paid");
            "customer.subscription.pending_update_applied"
        } else {
            bench.sandbox.advance_to(expires - 1).await;
            assert_eq!(bench.status(id), "open");
            bench.sandbox.advance_to(expires).await;
            assert_eq!(price(&bench), "price_starter_monthly");
            assert_eq!(bench.status(id), "void");
            "customer.subscription.pending_update_expired"
        };
        let kinds = bench.event_types(before);
        assert!(kinds.iter().any(|kind| kind == told), "{told} in {kinds:?}");
        assert!(kinds.iter().any(|kind| kind == "customer.subscription.updated"), "{kinds:?}");
        let object = bench.sandbox.object(&subscription).unwrap();
        assert!(object["pending_update"].is_null());
        assert_eq!(text(&object, "status"), "active");
    }
}

#[tokio::test]
async fn the_other_payment_behaviors_hold_or_refuse() {
    let table = [
        ("allow_incomplete", 200, "past_due", "price_growth_monthly"),
        ("default_incomplete", 200, "past_due", "price_growth_monthly"),
        ("error_if_incomplete", 402, "active", "price_starter_monthly"),
    ];
    for (behavior, status, state, price) in table {
        let bench = Bench::new().await;
        let (_, subscription) = bench.subscriber(FAILS_LATER).await;
        bench.sandbox.advance_by(HALF).await;
        let asked = [
            ("items[0][price]", "price_growth_monthly"),
            ("proration_behavior", "always_invoice"),
            ("payment_behavior", behavior),
        ];
        assert_eq!(change(&bench, &subscription, &asked).await.0, status, "{behavior}");
        assert_eq!(bench.status(&subscription), state, "{behavior}");
        assert_eq!(text(&item(&bench, &subscription)["price"], "id"), price, "{behavior}");
    }
}

#[tokio::test]
async fn what_stripe_refuses_is_refused_and_named() {
    let bench = Bench::new().await;
    let (customer, subscription) = bench.subscriber(PAYS).await;
    let yen = price(&bench, "jpy", 500).await;
    let pending = ("payment_behavior", "pending_if_incomplete");
    let table: [(&[(&str, &str)], &str); 8] = [
        (&[("items[0][price]", &yen)], "items[0][price]"),
        (&[("items[0][price]", "price_lifetime")], "items[0][price]"),
        (&[("items[0][price]", "price_none")], "items[0][price]"),
        (&[("items[0][bogus]", "1")], "items[0][bogus]"),
        (&[("items[0][deleted]", "true")], "items"),
        (&[("metadata[plan]", "growth"), pending], "metadata"),
        (&[("proration_date", "1")], "proration_date"),
        (&[("bogus", "1")], "bogus"),
    ];
    for (asked, param) in table {
        let (status, answer) = change(&bench, &subscription, asked).await;
        assert_eq!((status, text(&answer["error"], "param")), (400, param), "{asked:?}: {answer}");
    }
    let form = [("subscription", subscription.as_str()), ("customer", customer.as_str())];
    bench.sandbox.cancel_at_period_end(&subscription);
    let (status, answer) = bench.post("/v1/invoices/create_preview", &form).await;
    assert_eq!((status, text(&answer["error"], "code")), (404, "invoice_upcoming_none"));
    bench.sandbox.cancel_now(&subscription);
    let asked = [("items[0][price]", "price_growth_monthly")];
    assert_eq!(change(&bench, &subscription, &asked).await.0, 400);
}
