//! Every object that the sandbox shows or sends has the form that Stripe describes.

use std::collections::BTreeSet;

use coinslot::sandbox::{BillingMode, DisputeVerdict, NewSubscription, PortalPrices, WithoutCard};

use super::{validator::Description, *};

const KINDS: [&str; 21] = [
    "billing_portal.configuration",
    "billing_portal.session",
    "charge",
    "checkout.session",
    "coupon",
    "customer",
    "discount",
    "dispute",
    "event",
    "invoice",
    "invoice_payment",
    "payment_intent",
    "payment_method",
    "price",
    "product",
    "promotion_code",
    "refund",
    "setup_intent",
    "subscription",
    "subscription_schedule",
    "account",
];

#[tokio::test]
async fn every_object_satisfies_stripes_description() {
    let Some(description) = Description::load() else {
        println!("skipped: COINSLOT_STRIPE_DESCRIPTION names no folder");
        return;
    };
    let bench = Bench::new().await;
    play_everything(&bench).await;
    let mut faults = BTreeSet::new();
    let mut seen = BTreeSet::new();
    let (_, account) = bench.get("/v1/account").await;
    let (_, endpoints) = bench.get("/v1/webhook_endpoints").await;
    let form = [("url", "http://127.0.0.1:9/other"), ("enabled_events[0]", "invoice.paid")];
    let (_, endpoint) = bench.post("/v1/webhook_endpoints", &form).await;
    let (_, domain) =
        bench.post("/v1/payment_method_domains", &[("domain_name", "panel.example")]).await;
    let (_, tax) = bench.get("/v1/tax/settings").await;
    let mut objects = vec![account, endpoints["data"][0].clone(), endpoint, domain, tax];
    for kind in KINDS {
        objects.extend(bench.sandbox.ids(kind).iter().filter_map(|id| bench.sandbox.object(id)));
    }
    for id in bench.sandbox.ids("checkout.session") {
        let (_, lines) = bench.get(&format!("/v1/checkout/sessions/{id}/line_items")).await;
        objects.extend(lines["data"].as_array().unwrap().iter().cloned());
        let path = format!("/v1/checkout/sessions/{id}?expand[]=line_items&expand[]=subscription");
        objects.push(bench.get(&path).await.1);
    }
    for id in bench.sandbox.ids("invoice") {
        let path = format!("/v1/invoices/{id}?expand[]=payments.data.payment.payment_intent");
        objects.push(bench.get(&path).await.1);
    }
    for id in bench.sandbox.ids("subscription") {
        let (status, preview) =
            bench.post("/v1/invoices/create_preview", &[("subscription", id.as_str())]).await;
        objects.extend((status == 200).then_some(preview));
    }
    for event in bench.sandbox.events() {
        objects.push(event["data"]["object"].clone());
    }
    for object in &objects {
        seen.insert(text(object, "object").to_owned());
        faults.extend(description.faults(object));
    }
    for state in ["active", "canceled", "completed", "not_started", "released"] {
        let ids = bench.sandbox.ids("subscription_schedule");
        assert!(ids.iter().any(|id| bench.status(id) == state), "no {state} schedule was made");
    }
    for kind in KINDS {
        assert!(seen.contains(kind), "no {kind} was made");
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

async fn play_everything(bench: &Bench) {
    bench.sandbox.set_webhook("http://127.0.0.1:9/hook", "whsec_sandbox");
    for card in [PAYS, FAILS_LATER, NEEDS_3DS, ALWAYS_3DS] {
        let (customer, subscription) = bench.subscriber(card).await;
        let form = [("customer", customer.as_str()), ("return_url", "http://127.0.0.1:9/")];
        bench.post("/v1/billing_portal/sessions", &form).await;
        let form = [
            form[0],
            form[1],
            ("flow_data[type]", "subscription_cancel"),
            ("flow_data[subscription_cancel][subscription]", &subscription),
        ];
        bench.post("/v1/billing_portal/sessions", &form).await;
    }
    let customer = bench.customer().await;
    let declined = bench.session(&customer, "price_starter_monthly", &[]).await;
    bench.sandbox.pay_checkout(text(&declined, "id"), DECLINED).await.unwrap_err();
    let waiting = bench.session(&customer, "price_starter_monthly", &[]).await;
    bench.sandbox.pay_checkout(text(&waiting, "id"), NEEDS_3DS).await.unwrap();
    let lifetime = bench.session(&customer, "price_lifetime", &[("metadata[a]", "b")]).await;
    bench.sandbox.pay_checkout(text(&lifetime, "id"), PAYS).await.unwrap();
    let trial = [
        ("subscription_data[trial_period_days]", "7"),
        ("automatic_tax[enabled]", "true"),
        ("customer_update[address]", "auto"),
        ("allow_promotion_codes", "true"),
    ];
    let trial = bench.session(&customer, "price_growth_monthly", &trial).await;
    bench.sandbox.pay_checkout(text(&trial, "id"), PAYS).await.unwrap();
    play_money(bench, &customer).await;
    for (card, payment_behavior) in
        [(PAYS, "allow_incomplete"), (FAILS_LATER, "pending_if_incomplete")]
    {
        let (_, changed) = bench.subscriber(card).await;
        let item = bench.sandbox.object(&changed).unwrap()["items"]["data"][0].clone();
        let form = [
            ("items[0][id]", text(&item, "id")),
            ("items[0][price]", "price_growth_monthly"),
            ("proration_behavior", "always_invoice"),
            ("payment_behavior", payment_behavior),
        ];
        assert_eq!(bench.post(&format!("/v1/subscriptions/{changed}"), &form).await.0, 200);
    }
    let (_, ending) = bench.subscriber(PAYS).await;
    bench.sandbox.cancel_at_period_end(&ending);
    play_schedules(bench).await;
    let (_, paused) = bench.subscriber(PAYS).await;
    bench.sandbox.pause_collection(&paused, Some("void"));
    bench.sandbox.create_subscription(&customer, "price_starter_monthly", NEEDS_3DS).unwrap();
    play_terms(bench).await;
    bench.sandbox.advance_by(60 * DAY).await;
    let (gone, _) = bench.subscriber(PAYS).await;
    bench.sandbox.delete_customer(&gone).unwrap();
    let (_, steered) = bench.subscriber(PAYS).await;
    bench.sandbox.attach_schedule(&steered, "price_growth_monthly").unwrap();
    let price = [
        ("currency", "jpy"),
        ("product_data[name]", "Addon"),
        ("unit_amount", "500"),
        ("recurring[interval]", "month"),
    ];
    assert_eq!(bench.post("/v1/prices", &price).await.0, 200);
}

/// Every way in which a subscription may be billed, and a switch in the portal.
async fn play_terms(bench: &Bench) {
    bench.sandbox.portal_prices(PortalPrices::Offered);
    bench.sandbox.billing_mode(BillingMode::Classic);
    let to = NewSubscription::to;
    for wanted in [
        NewSubscription { days_until_due: Some(5), quantity: 2, ..to("price_starter_monthly") },
        NewSubscription { trial_days: Some(9), card: Some(PAYS), ..to("price_starter_yearly") },
        NewSubscription {
            trial_days: Some(9),
            without_card: WithoutCard::Pause,
            ..to("price_growth_monthly")
        },
    ] {
        let customer = bench.customer().await;
        bench.sandbox.subscribe(&customer, &wanted).unwrap();
    }
    let (customer, subscription) = bench.subscriber(PAYS).await;
    let form = [("customer", customer.as_str()), ("return_url", "http://127.0.0.1:9/")];
    let (_, session) = bench.post("/v1/billing_portal/sessions", &form).await;
    let switch = format!("{}/prices/{subscription}", path_of(text(&session, "url")));
    assert_eq!(bench.submit(&switch, &[("price", "price_growth_monthly")]).await.0, 303);
}

/// A schedule in each state, and one of each end.
async fn play_schedules(bench: &Bench) {
    let path = "/v1/subscription_schedules";
    for action in ["", "release", "cancel", "complete"] {
        let (_, subscription) = bench.subscriber(PAYS).await;
        let schedule =
            bench.sandbox.attach_schedule(&subscription, "price_growth_monthly").unwrap();
        let (action, form) = match action {
            "complete" => ("", vec![("end_behavior", "cancel")]),
            action => (action, Vec::new()),
        };
        assert_eq!(bench.post(&format!("{path}/{schedule}/{action}"), &form).await.0, 200);
    }
    let (customer, _) = bench.subscriber(PAYS).await;
    bench.sandbox.set_default_card(&customer, PAYS).unwrap();
    let start = (bench.sandbox.now() + 365 * DAY).to_string();
    for start in ["now", start.as_str()] {
        let form = [
            ("customer", customer.as_str()),
            ("start_date", start),
            ("phases[0][items][0][price]", "price_starter_monthly"),
            ("phases[0][automatic_tax][enabled]", "true"),
            ("phases[0][collection_method]", "send_invoice"),
            ("phases[0][invoice_settings][days_until_due]", "14"),
            ("phases[0][trial]", "true"),
        ];
        assert_eq!(bench.post(path, &form).await.0, 200);
    }
}

/// Every card and account that pays late, gives back or is disputed.
async fn play_money(bench: &Bench, customer: &str) {
    for card in
        ["000123456789", "000222222227", "4000000000007726", "4000000000005126", "4000000000000259"]
    {
        let session = bench.session(customer, "price_lifetime", &[]).await;
        let id = text(&session, "id");
        bench.sandbox.pay_checkout(id, card).await.unwrap();
        // Refused while it is processing or disputed; both are fine here.
        let _ = bench.sandbox.refund(id, Some(100));
    }
    let disputes = bench.sandbox.ids("dispute");
    bench.sandbox.close_dispute(&disputes[0], DisputeVerdict::Won).unwrap();
    let session = bench.session(customer, "price_starter_monthly", &[]).await;
    bench.sandbox.pay_checkout(text(&session, "id"), "000222222227").await.unwrap();
    let coupon = [("id", "TEN"), ("percent_off", "10"), ("duration", "forever")];
    bench.post("/v1/coupons", &coupon).await;
    let code = [("promotion[type]", "coupon"), ("promotion[coupon]", "TEN"), ("code", "TEN")];
    bench.post("/v1/promotion_codes", &code).await;
    let more = [
        ("automatic_tax[enabled]", "true"),
        ("customer_update[address]", "auto"),
        ("allow_promotion_codes", "true"),
    ];
    let session = bench.session(customer, "price_starter_monthly", &more).await;
    let page = path_of(text(&session, "url"));
    let form = [("promotionCode", "TEN"), ("billingCountry", "DE")];
    assert_eq!(bench.submit(&format!("{page}/total"), &form).await.0, 303);
    assert_eq!(bench.submit(&page, &[("cardNumber", PAYS)]).await.0, 303);
    bench.sandbox.set_default_card(customer, "DE89370400440532013000").unwrap();
}
