//! Promotion codes, automatic tax and currencies.

use super::*;

impl Bench {
    /// A promotion code for a coupon that is made with `reduction`.
    async fn promotion(&self, code: &str, reduction: &[(&str, &str)]) {
        let (status, coupon) = self.post("/v1/coupons", reduction).await;
        assert_eq!(status, 200, "{coupon}");
        let form = [
            ("promotion[type]", "coupon"),
            ("promotion[coupon]", text(&coupon, "id")),
            ("code", code),
        ];
        let (status, promotion) = self.post("/v1/promotion_codes", &form).await;
        assert_eq!(status, 200, "{promotion}");
    }

    /// The amounts paid for a subscription, oldest first.
    async fn amounts(&self, subscription: &str) -> Vec<i64> {
        let path = format!("/v1/invoices?subscription={subscription}&limit=100");
        let (_, list) = self.get(&path).await;
        let invoices = list["data"].as_array().unwrap().iter().rev();
        invoices.map(|invoice| invoice["amount_paid"].as_i64().unwrap()).collect()
    }
}

#[tokio::test]
async fn a_promotion_code_lowers_as_many_invoices_as_its_coupon_says() {
    type Reduction = &'static [(&'static str, &'static str)];
    let table: [(Reduction, [i64; 4]); 4] = [
        (&[("percent_off", "20"), ("duration", "forever")], [400; 4]),
        (&[("percent_off", "20"), ("duration", "once")], [400, 500, 500, 500]),
        (&[("amount_off", "120"), ("currency", "usd"), ("duration", "once")], [380, 500, 500, 500]),
        (
            &[("percent_off", "100"), ("duration", "repeating"), ("duration_in_months", "2")],
            [0, 0, 500, 500],
        ),
    ];
    for (reduction, amounts) in table {
        let bench = Bench::new().await;
        bench.promotion("SPRING", reduction).await;
        let customer = bench.customer().await;
        let codes = [("allow_promotion_codes", "true")];
        let session = bench.session(&customer, "price_starter_monthly", &codes).await;
        let page = path_of(text(&session, "url"));
        let total = format!("{page}/total");
        assert!(bench.page(&page).await.1.contains("promotionCode"));
        let (status, _, html) = bench.submit(&total, &[("promotionCode", "WINTER")]).await;
        assert_eq!(status, 402);
        assert!(html.contains("This code is invalid."));
        assert_eq!(bench.submit(&total, &[("promotionCode", "spring")]).await.0, 303);
        assert!(bench.page(&page).await.1.contains("Discount"));
        assert_eq!(bench.submit(&page, &[("cardNumber", PAYS)]).await.0, 303);
        let session = bench.sandbox.object(text(&session, "id")).unwrap();
        assert_eq!(session["amount_total"], amounts[0]);
        assert_eq!(session["total_details"]["amount_discount"], 500 - amounts[0]);
        let subscription = text(&session, "subscription");
        assert_eq!(bench.status(subscription), "active");
        bench.sandbox.advance_by(92 * DAY).await;
        assert_eq!(bench.amounts(subscription).await, amounts, "{reduction:?}");
        let redeemed = bench.get("/v1/promotion_codes?code=SPRING").await.1;
        assert_eq!(redeemed["data"][0]["times_redeemed"], 1);
    }
}

#[tokio::test]
async fn a_trial_does_not_use_up_a_coupon_that_applies_once() {
    let bench = Bench::new().await;
    bench.post("/v1/coupons", &[("id", "HALF"), ("percent_off", "50")]).await;
    let customer = bench.customer().await;
    let more = [("discounts[0][coupon]", "HALF"), ("subscription_data[trial_period_days]", "7")];
    let session = bench.session(&customer, "price_starter_monthly", &more).await;
    bench.sandbox.pay_checkout(text(&session, "id"), PAYS).await.unwrap();
    bench.sandbox.advance_by(40 * DAY).await;
    let session = bench.sandbox.object(text(&session, "id")).unwrap();
    assert_eq!(bench.amounts(text(&session, "subscription")).await, [0, 250, 500]);
}

#[tokio::test]
async fn codes_and_coupons_that_cannot_be_used_are_refused() {
    let bench = Bench::new().await;
    let table: [(&[(&str, &str)], &str); 4] = [
        (&[("percent_off", "101")], "percent_off"),
        (&[("percent_off", "10"), ("amount_off", "10")], "amount_off"),
        (&[("amount_off", "10")], "currency"),
        (&[("percent_off", "10"), ("duration", "repeating")], "duration_in_months"),
    ];
    for (form, param) in table {
        let (status, answer) = bench.post("/v1/coupons", form).await;
        assert_eq!((status, text(&answer["error"], "param")), (400, param), "{form:?}");
    }
    bench.promotion("ONCE", &[("percent_off", "10"), ("max_redemptions", "1")]).await;
    bench.promotion("EURO", &[("amount_off", "10"), ("currency", "eur")]).await;
    let customer = bench.customer().await;
    let codes = [("allow_promotion_codes", "true")];
    let first = bench.session(&customer, "price_starter_monthly", &codes).await;
    let use_code = |session: &Value, code: &'static str| {
        let path = format!("{}/total", path_of(text(session, "url")));
        let bench = &bench;
        async move { bench.submit(&path, &[("promotionCode", code)]).await }
    };
    assert!(use_code(&first, "EURO").await.2.contains("in this currency"));
    assert_eq!(use_code(&first, "ONCE").await.0, 303);
    bench.sandbox.pay_checkout(text(&first, "id"), PAYS).await.unwrap();
    let second = bench.session(&customer, "price_starter_monthly", &codes).await;
    assert!(use_code(&second, "ONCE").await.2.contains("has expired"));
    let plain = bench.session(&customer, "price_starter_monthly", &[]).await;
    assert!(use_code(&plain, "ONCE").await.2.contains("takes no promotion codes"));
}

#[tokio::test]
async fn automatic_tax_follows_the_country_that_is_chosen() {
    let bench = Bench::new().await;
    let customer = bench.customer().await;
    let refused = [
        ("mode", "subscription"),
        ("customer", customer.as_str()),
        ("line_items[0][price]", "price_starter_monthly"),
        ("line_items[0][quantity]", "1"),
        ("success_url", "http://127.0.0.1:9/done"),
        ("automatic_tax[enabled]", "true"),
    ];
    let (status, answer) = bench.post("/v1/checkout/sessions", &refused).await;
    let code = text(&answer["error"], "code");
    assert_eq!((status, code), (400, "customer_tax_location_invalid"));

    let more = [("automatic_tax[enabled]", "true"), ("customer_update[address]", "auto")];
    let session = bench.session(&customer, "price_starter_monthly", &more).await;
    assert_eq!(text(&session["automatic_tax"], "status"), "requires_location_inputs");
    let page = path_of(text(&session, "url"));
    let (status, _, html) = bench.submit(&page, &[("cardNumber", PAYS)]).await;
    assert_eq!(status, 402);
    assert!(html.contains("choose your country"), "{html}");
    for (country, total) in [("US", "$5.00"), ("FR", "$6.00"), ("DE", "$5.95")] {
        bench.submit(&format!("{page}/total"), &[("billingCountry", country)]).await;
        assert!(bench.page(&page).await.1.contains(total), "{country}");
    }
    let form = [("cardNumber", PAYS), ("billingCountry", "DE")];
    assert_eq!(bench.submit(&page, &form).await.0, 303);
    let session = bench.sandbox.object(text(&session, "id")).unwrap();
    assert_eq!(
        (&session["amount_total"], &session["total_details"]["amount_tax"]),
        (&595.into(), &95.into())
    );
    let invoice = bench.sandbox.object(text(&session, "invoice")).unwrap();
    assert_eq!(
        (&invoice["amount_paid"], &invoice["total_excluding_tax"]),
        (&595.into(), &500.into())
    );
    assert_eq!(invoice["total_taxes"][0]["amount"], 95);
    assert_eq!(text(&invoice["automatic_tax"], "status"), "complete");
    let customer = bench.sandbox.object(&customer).unwrap();
    assert_eq!(text(&customer["address"], "country"), "DE");
    bench.sandbox.advance_by(31 * DAY).await;
    assert_eq!(bench.amounts(text(&session, "subscription")).await, [595, 595]);
}

#[tokio::test]
async fn a_customer_keeps_to_one_currency_while_a_subscription_lives() {
    let bench = Bench::new().await;
    let (customer, subscription) = bench.subscriber(PAYS).await;
    for (currency, amount, words) in
        [("jpy", "500", "JPY 500 per"), ("kwd", "1500", "KWD 1.500 per")]
    {
        let form = [
            ("currency", currency),
            ("unit_amount", amount),
            ("product_data[name]", "Abroad"),
            ("recurring[interval]", "month"),
        ];
        let (_, price) = bench.post("/v1/prices", &form).await;
        let other = bench.customer().await;
        let session = bench.session(&other, text(&price, "id"), &[]).await;
        let page = bench.page(&path_of(text(&session, "url"))).await.1;
        assert!(page.contains(words), "{page}");
        let form = [
            ("mode", "subscription"),
            ("customer", customer.as_str()),
            ("line_items[0][price]", text(&price, "id")),
            ("line_items[0][quantity]", "1"),
            ("success_url", "http://127.0.0.1:9/done"),
        ];
        let (status, answer) = bench.post("/v1/checkout/sessions", &form).await;
        assert_eq!(status, 400);
        let message = text(&answer["error"], "message");
        assert!(message.starts_with("You cannot combine currencies"), "{message}");
        assert!(bench.sandbox.create_subscription(&customer, text(&price, "id"), PAYS).is_err());
    }
    bench.sandbox.cancel_now(&subscription);
    let (_, prices) = bench.get("/v1/prices?currency=jpy").await;
    bench.session(&customer, text(&prices["data"][0], "id"), &[]).await;
}
