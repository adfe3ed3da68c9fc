//! The portal page, and the dashboard.

use coinslot::sandbox::{BillingMode, CancelShape, PortalPrices};

use super::*;

async fn open_portal(bench: &Bench, customer: &str, more: &[(&str, &str)]) -> String {
    let mut form = vec![("customer", customer), ("return_url", "http://127.0.0.1:9/billing")];
    form.extend_from_slice(more);
    let (status, session) = bench.post("/v1/billing_portal/sessions", &form).await;
    assert_eq!(status, 200, "{session}");
    path_of(text(&session, "url"))
}

#[tokio::test]
async fn the_portal_cancels_in_both_shapes_and_resumes() {
    for (shape, flag) in [(CancelShape::New, false), (CancelShape::Old, true)] {
        let bench = Bench::new().await;
        bench.sandbox.cancel_shape(shape);
        let (customer, subscription) = bench.subscriber(PAYS).await;
        let page = open_portal(&bench, &customer, &[]).await;
        let (_, html) = bench.page(&page).await;
        assert!(html.contains("Starter") && html.contains("4242"), "{html}");
        let action = |verb| format!("{page}/subscriptions/{subscription}/{verb}");

        assert_eq!(bench.submit(&action("cancel"), &[]).await.0, 303);
        let object = bench.sandbox.object(&subscription).unwrap();
        assert_eq!(object["cancel_at_period_end"], flag);
        assert_eq!(object["cancel_at"], START + 31 * DAY);
        assert_eq!(text(&object, "status"), "active");

        bench.submit(&action("resume"), &[]).await;
        assert!(bench.sandbox.object(&subscription).unwrap()["cancel_at"].is_null());

        bench.submit(&action("cancel"), &[]).await;
        bench.sandbox.advance_by(31 * DAY - 1).await;
        assert_eq!(bench.status(&subscription), "active");
        bench.sandbox.advance_by(1).await;
        assert_eq!(bench.status(&subscription), "canceled");
        assert_eq!(bench.sandbox.ids("invoice").len(), 1, "an ended subscription was billed");
    }
}

#[tokio::test]
async fn the_api_flag_is_taken_back_by_the_flag_and_a_date_by_clearing_it() {
    let bench = Bench::new().await;
    let (_, subscription) = bench.subscriber(PAYS).await;
    let path = format!("/v1/subscriptions/{subscription}");
    let (_, object) = bench.post(&path, &[("cancel_at_period_end", "true")]).await;
    assert_eq!(object["cancel_at_period_end"], true);
    let (_, object) = bench.post(&path, &[("cancel_at_period_end", "false")]).await;
    assert!(object["cancel_at"].is_null());
    bench.sandbox.cancel_at_period_end(&subscription);
    let (_, object) = bench.post(&path, &[("cancel_at_period_end", "false")]).await;
    assert!(object["cancel_at"].is_i64());
    let (_, object) = bench.post(&path, &[("cancel_at", "")]).await;
    assert!(object["cancel_at"].is_null());
    let both = [("cancel_at", ""), ("cancel_at_period_end", "false")];
    assert_eq!(bench.post(&path, &both).await.0, 400);
}

#[tokio::test]
async fn flows_show_what_they_are_for() {
    let bench = Bench::new().await;
    let (customer, subscription) = bench.subscriber(FAILS_LATER).await;
    let update = [
        ("flow_data[type]", "payment_method_update"),
        ("flow_data[after_completion][type]", "redirect"),
        ("flow_data[after_completion][redirect][return_url]", "http://127.0.0.1:9/back"),
    ];
    let page = open_portal(&bench, &customer, &update).await;
    let card = format!("{page}/card");
    assert_eq!(bench.submit(&card, &[("cardNumber", DECLINED)]).await.0, 402);
    let (status, location, _) = bench.submit(&card, &[("cardNumber", PAYS)]).await;
    assert_eq!((status, location.as_str()), (303, "http://127.0.0.1:9/back"));
    bench.sandbox.advance_by(31 * DAY).await;
    assert_eq!(bench.status(&subscription), "active");

    let form = [
        ("customer", customer.as_str()),
        ("return_url", "http://127.0.0.1:9/"),
        ("flow_data[type]", "subscription_cancel"),
    ];
    let (status, answer) = bench.post("/v1/billing_portal/sessions", &form).await;
    let param = "flow_data[subscription_cancel][subscription]";
    assert_eq!((status, text(&answer["error"], "param")), (400, param));
    let cancel = [("flow_data[type]", "subscription_cancel"), (param, subscription.as_str())];
    let page = open_portal(&bench, &customer, &cancel).await;
    assert!(!bench.page(&page).await.1.contains("New card number"));
    bench.submit(&format!("{page}/subscriptions/{subscription}/cancel-now"), &[]).await;
    assert_eq!(bench.status(&subscription), "canceled");
}

#[tokio::test]
async fn a_portal_acts_only_for_its_customer() {
    let bench = Bench::new().await;
    let (customer, _) = bench.subscriber(PAYS).await;
    let (_, other) = bench.subscriber(PAYS).await;
    let page = open_portal(&bench, &customer, &[]).await;
    let (status, ..) = bench.submit(&format!("{page}/subscriptions/{other}/cancel-now"), &[]).await;
    assert_eq!((status, bench.status(&other).as_str()), (404, "active"));
}

#[tokio::test]
async fn the_dashboard_moves_the_clock_and_refuses_other_sites() {
    let bench = Bench::new().await;
    let (_, subscription) = bench.subscriber(PAYS).await;
    let (status, html) = bench.page("/").await;
    assert_eq!(status, 200);
    assert!(html.contains(&subscription) && html.contains("No money moves"));
    assert_eq!(bench.submit("/sandbox/clock", &[("to", "next")]).await.0, 303);
    assert_eq!(bench.sandbox.now(), START + 31 * DAY);
    assert_eq!(bench.sandbox.ids("invoice").len(), 2);

    for (header, value) in [
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Site", "same-site"),
        ("Origin", "http://127.0.0.1:1"),
    ] {
        let request = bench.http.post(bench.url("/sandbox/reset")).header(header, value);
        assert_eq!(request.send().await.unwrap().status(), 403, "{header}: {value}");
    }
    assert!(bench.sandbox.object(&subscription).is_some());
    assert_eq!(bench.submit("/sandbox/reset", &[]).await.0, 303);
    assert!(bench.sandbox.object(&subscription).is_none());
    assert!(bench.sandbox.object("price_starter_monthly").is_some());
    assert_eq!(bench.sandbox.now(), START);
}

#[tokio::test]
async fn the_mode_of_billing_decides_how_a_scheduled_end_looks() {
    for (mode, name, flagged) in
        [(BillingMode::Flexible, "flexible", false), (BillingMode::Classic, "classic", true)]
    {
        let bench = Bench::new().await;
        bench.sandbox.billing_mode(mode);
        let (customer, subscription) = bench.subscriber(PAYS).await;
        let object = || bench.sandbox.object(&subscription).unwrap();
        assert_eq!(text(&object()["billing_mode"], "type"), name);
        let page = open_portal(&bench, &customer, &[]).await;
        bench.submit(&format!("{page}/subscriptions/{subscription}/cancel"), &[]).await;
        assert_eq!(object()["cancel_at_period_end"], flagged, "{mode:?}");
        assert_eq!(object()["cancel_at"], START + 31 * DAY);
        let path = format!("/v1/subscriptions/{subscription}");
        assert_eq!(bench.post(&path, &[("cancel_at", "")]).await.0, 200);
        assert!(object()["cancel_at"].is_null());
        assert_eq!(object()["cancel_at_period_end"], false);

        let (_, ends) = bench.post(&path, &[("cancel_at", "min_period_end")]).await;
        assert_eq!(ends["cancel_at_period_end"], false);
        assert_eq!(ends["cancel_at"], START + 31 * DAY);
        let before = bench.sandbox.events().len();
        assert_eq!(bench.post(&path, &[("cancel_at", "")]).await.0, 200);
        assert_eq!(bench.event_types(before), ["customer.subscription.updated"]);
        assert!(object()["cancel_at"].is_null());
    }
}

#[tokio::test]
async fn the_portal_switches_to_what_its_configuration_offers_and_to_nothing_else() {
    let bench = Bench::new().await;
    let (customer, subscription) = bench.subscriber(FAILS_LATER).await;
    let page = open_portal(&bench, &customer, &[]).await;
    let switch = format!("{page}/prices/{subscription}");
    let to = |price: &'static str| {
        let (bench, switch) = (&bench, &switch);
        async move { bench.submit(switch, &[("price", price)]).await }
    };
    let price =
        || bench.sandbox.object(&subscription).unwrap()["items"]["data"][0]["price"]["id"].clone();
    assert!(!bench.page(&page).await.1.contains("Switch to"));
    assert_eq!(to("price_growth_monthly").await.0, 402);

    let (_, configurations) = bench.get("/v1/billing_portal/configurations").await;
    let id = text(&configurations["data"][0], "id");
    let path = format!("/v1/billing_portal/configurations/{id}");
    let object = bench.sandbox.object("price_growth_monthly").unwrap();
    let at = "features[subscription_update]";
    let product = format!("{at}[products][0][product]");
    let prices = format!("{at}[products][0][prices][0]");
    let enabled = format!("{at}[enabled]");
    let updates = format!("{at}[default_allowed_updates][0]");
    let behavior = format!("{at}[proration_behavior]");
    let mut form = vec![
        (product.as_str(), text(&object, "product")),
        (&prices, "price_growth_monthly"),
        (&enabled, "true"),
        (&updates, "price"),
        (&behavior, "always_invoice"),
    ];
    let (status, configuration) = bench.post(&path, &form).await;
    assert_eq!(status, 200, "{configuration}");
    let features = &configuration["features"]["subscription_update"];
    assert_eq!(features["products"][0]["prices"], serde_json::json!(["price_growth_monthly"]));
    form[1].1 = "price_starter_monthly";
    let (status, answer) = bench.post(&path, &form).await;
    assert_eq!((status, text(&answer["error"], "code")), (400, "resource_missing"));

    assert!(bench.page(&page).await.1.contains("Switch to Growth, $15.00 per month"));
    assert_eq!(to("price_starter_yearly").await.0, 402);
    let (status, _, html) = to("price_growth_monthly").await;
    assert_eq!(status, 402);
    assert!(html.contains("declined"), "{html}");
    assert_eq!(price(), "price_starter_monthly", "a declined switch changes nothing");
    bench.sandbox.set_default_card(&customer, PAYS).unwrap();
    assert_eq!(to("price_growth_monthly").await.0, 303);
    assert_eq!(price(), "price_growth_monthly");
    let (other, _) = bench.subscriber(PAYS).await;
    let foreign = open_portal(&bench, &other, &[]).await;
    let (status, ..) =
        bench.submit(&format!("{foreign}/prices/{subscription}"), &[("price", "x")]).await;
    assert_eq!(status, 404);

    bench.sandbox.portal_prices(PortalPrices::Hidden);
    assert!(!bench.page(&page).await.1.contains("Switch to"));
}

#[tokio::test]
async fn a_checkout_may_choose_the_mode_of_billing_itself() {
    let bench = Bench::new().await;
    let customer = bench.customer().await;
    let more = [("subscription_data[billing_mode][type]", "classic")];
    let session = bench.session(&customer, "price_starter_monthly", &more).await;
    bench.sandbox.pay_checkout(text(&session, "id"), PAYS).await.unwrap();
    let session = bench.sandbox.object(text(&session, "id")).unwrap();
    let subscription = bench.sandbox.object(text(&session, "subscription")).unwrap();
    assert_eq!(text(&subscription["billing_mode"], "type"), "classic");
}
