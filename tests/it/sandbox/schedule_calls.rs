//! Subscription Schedules: how they are made and listed, and what is refused.

use super::{
    schedules::{Form, MONTH, PATH, attached, continued, get, latest, price, spans},
    *,
};

#[tokio::test]
async fn a_subscription_is_put_under_a_schedule_as_it_is() {
    let bench = Bench::new().await;
    let (customer, subscription) = bench.subscriber(PAYS).await;
    bench.sandbox.advance_by(10 * DAY).await;
    let before = get(&bench, &subscription);
    let schedule = attached(&bench, &subscription).await;
    assert_eq!(spans(&schedule), [(START, START + MONTH)]);
    assert_eq!(schedule["current_phase"]["end_date"], START + MONTH);
    assert_eq!((text(&schedule, "status"), text(&schedule, "end_behavior")), ("active", "release"));
    assert_eq!(text(&schedule, "customer"), customer);
    let phase = &schedule["phases"][0];
    for field in ["automatic_tax", "collection_method", "default_payment_method", "metadata"] {
        assert_eq!(phase[field], before[field], "{field}");
    }
    assert_eq!(text(&get(&bench, &subscription), "schedule"), text(&schedule, "id"));
    let (_, found) = bench.get(&format!("{PATH}/{}", text(&schedule, "id"))).await;
    assert_eq!(found, schedule);
}

#[tokio::test]
async fn what_cannot_be_made_is_refused_and_named() {
    let bench = Bench::new().await;
    let (customer, taken) = bench.subscriber(PAYS).await;
    attached(&bench, &taken).await;
    let (_, free) = bench.subscriber(PAYS).await;
    let (_, over) = bench.subscriber(PAYS).await;
    bench.sandbox.cancel_now(&over);
    let poor = bench.customer().await;
    let past = (START - 1).to_string();
    let starter = ("phases[0][items][0][price]", "price_starter_monthly");
    let now = ("start_date", "now");
    let (rich, poor) = (("customer", customer.as_str()), ("customer", poor.as_str()));
    let free = ("from_subscription", free.as_str());
    let attached = "already attached to a schedule";
    let table: [(&Form<'_>, &str, &str); 16] = [
        (&[("from_subscription", "sub_none")], "from_subscription", "No such subscription"),
        (&[("from_subscription", &taken)], "from_subscription", attached),
        (&[("from_subscription", &over)], "from_subscription", "`canceled` status"),
        (&[free, ("metadata[a]", "b")], "metadata", "You cannot set `metadata`"),
        (&[free, ("end_behavior", "cancel")], "end_behavior", "You cannot set `end_behavior`"),
        (&[free, starter], "phases", "You cannot set `phases`"),
        (&[("bogus", "1")], "bogus", "unknown parameter"),
        (&[("billing_mode[type]", "classic")], "billing_mode", "does not play"),
        (&[now, starter], "customer", "Missing required param"),
        (&[rich, starter], "start_date", "Missing required param"),
        (&[rich, now], "phases", "Missing required param"),
        (&[rich, starter, ("start_date", &past)], "start_date", "in the past"),
        (&[rich, now, starter, ("end_behavior", "renew")], "end_behavior", "does not play"),
        (
            &[rich, now, starter, ("phases[0][start_date]", "now")],
            "phases[0][start_date]",
            "unknown",
        ),
        (&[rich, now, starter, ("default_settings[x]", "1")], "default_settings[x]", "unknown"),
        (&[poor, now, starter], "", "no attached payment source"),
    ];
    for (form, param, words) in table {
        let (status, answer) = bench.post(PATH, form).await;
        assert_eq!((status, text(&answer["error"], "param")), (400, param), "{form:?}: {answer}");
        assert!(text(&answer["error"], "message").contains(words), "{form:?}: {answer}");
    }
    assert_eq!(bench.sandbox.ids("subscription_schedule").len(), 1);
}

#[tokio::test]
async fn phases_that_stripe_would_refuse_are_refused_and_named() {
    let bench = Bench::new().await;
    let (_, subscription) = bench.subscriber(PAYS).await;
    let (_, other) = bench.subscriber(PAYS).await;
    let foreign = get(&bench, &other)["default_payment_method"].as_str().unwrap().to_owned();
    let yen = price(&bench, "jpy", "500", "month").await;
    bench.sandbox.advance_by(DAY).await;
    let schedule = attached(&bench, &subscription).await;
    let path = format!("{PATH}/{}", text(&schedule, "id"));
    let (start, end) = (START.to_string(), (START + MONTH).to_string());
    let (later, sooner) = ((START + 1).to_string(), (START + DAY - 1).to_string());
    let base = [("phases[0][items][0][price]", "price_starter_monthly")];
    let begins = ("phases[0][start_date]", start.as_str());
    let ends = ("phases[0][end_date]", end.as_str());
    let next = ("phases[1][items][0][price]", "price_growth_monthly");
    let both = "You may only specify one";
    let table: [(&Form<'_>, &str, &str); 24] = [
        (&[], "phases", "missing at least one phase with a `start_date`"),
        (&[("phases[0][start_date]", &later)], "phases[0][start_date]", "can not modify the start"),
        (&[begins, ("phases[0][end_date]", &sooner)], "phases[0][end_date]", "to a future date"),
        (&[begins, ("phases[0][end_date]", &start)], "phases[0][end_date]", "must be after"),
        (&[begins, ends, ("phases[0][duration][interval]", "month")], "phases[0][duration]", both),
        (&[begins, ("phases[0][duration][interval]", "hour")], "phases[0][duration][interval]", ""),
        (&[begins, ("phases[0][duration][count]", "1")], "phases[0][duration][count]", "unknown"),
        (
            &[begins, ends, next, ("phases[1][start_date]", &later)],
            "phases[1][start_date]",
            "must be",
        ),
        (
            &[begins, ends, ("phases[1][duration][interval]", "month")],
            "phases[1][items]",
            "Missing",
        ),
        (&[begins, ("phases[1][items][0][price]", &yen)], "phases[1][items][0][price]", "`jpy`"),
        (
            &[begins, ("phases[1][items][0][price]", "price_x")],
            "phases[1][items][0][price]",
            "No such",
        ),
        (&[begins, ("phases[0][items][0][id]", "si_1")], "phases[0][items][0][id]", "unknown"),
        (&[begins, ("phases[0][items][0][quantity]", "x")], "quantity", "Invalid integer"),
        (
            &[begins, ("phases[0][items][1][price]", "price_starter_monthly")],
            "phases[0][items][1][price]",
            "multiple",
        ),
        (
            &[begins, ("phases[0][items][1][price]", "price_starter_yearly")],
            "phases[0][items][1][price]",
            "mismatch",
        ),
        (&[begins, ("phases[0][iterations]", "2")], "phases[0][iterations]", "unknown"),
        (
            &[begins, ("phases[0][trial_end]", "99999999999")],
            "phases[0][trial_end]",
            "must not be after",
        ),
        (
            &[begins, ("phases[0][trial]", "true"), ("phases[0][trial_end]", &end)],
            "phases[0][trial_end]",
            both,
        ),
        (
            &[begins, ("phases[0][default_payment_method]", &foreign)],
            "phases[0][default_payment_method]",
            "No such",
        ),
        (
            &[begins, ("phases[0][collection_method]", "send_invoice")],
            "phases[0][invoice_settings][days_until_due]",
            "Missing",
        ),
        (
            &[begins, ("phases[0][discounts][0][coupon]", "NONE")],
            "phases[0][discounts][0][coupon]",
            "No such",
        ),
        (&[begins, ("phases[0][discounts][0][x]", "1")], "phases[0][discounts][0][x]", "unknown"),
        (
            &[begins, ("phases[0][default_tax_rates][0]", "txr_1")],
            "phases[0][default_tax_rates]",
            "does not play",
        ),
        (
            &[begins, ("phases[0][proration_behavior]", "some")],
            "phases[0][proration_behavior]",
            "must be one of",
        ),
    ];
    for (more, param, words) in table {
        let form = [&base, more].concat();
        let (status, answer) = bench.post(&path, &form).await;
        assert_eq!((status, text(&answer["error"], "param")), (400, param), "{more:?}: {answer}");
        assert!(text(&answer["error"], "message").contains(words), "{more:?}: {answer}");
    }
    let many: Vec<(String, &str)> = (1..11)
        .map(|at| (format!("phases[{at}][items][0][price]"), "price_growth_monthly"))
        .collect();
    let many: Vec<(&str, &str)> =
        many.iter().map(|(name, value)| (name.as_str(), *value)).collect();
    let (status, answer) = continued(&bench, &schedule, &many).await;
    assert_eq!((status, text(&answer["error"], "param")), (400, "phases"), "{answer}");
    assert_eq!(get(&bench, text(&schedule, "id")), schedule, "nothing was changed");
}

#[tokio::test]
async fn a_schedule_can_make_its_own_subscription() {
    for later in [0, 5 * DAY] {
        let bench = Bench::new().await;
        let customer = bench.customer().await;
        bench.sandbox.set_default_card(&customer, PAYS).unwrap();
        let start = if later == 0 { "now".to_owned() } else { (START + later).to_string() };
        let form = [
            ("customer", customer.as_str()),
            ("start_date", start.as_str()),
            ("end_behavior", "cancel"),
            ("phases[0][items][0][price]", "price_starter_monthly"),
            ("phases[0][items][0][quantity]", "2"),
            ("phases[1][items][0][price]", "price_growth_monthly"),
            ("metadata[by]", "hand"),
        ];
        let (status, schedule) = bench.post(PATH, &form).await;
        assert_eq!(status, 200, "{schedule}");
        let id = text(&schedule, "id");
        let (_, scheduled) = bench.get(&format!("{PATH}?scheduled=true&customer={customer}")).await;
        let waits = scheduled["data"].as_array().unwrap().len();
        assert_eq!(
            (text(&schedule, "status") == "not_started", waits == 1),
            (later > 0, later > 0)
        );
        bench.sandbox.advance_to(START + later).await;
        let object = get(&bench, id);
        assert_eq!(text(&object, "status"), "active");
        let subscription = text(&object, "subscription");
        assert_eq!(bench.status(subscription), "active");
        assert_eq!(latest(&bench, subscription)["amount_paid"], 1_000);
        bench.sandbox.advance_by(40 * DAY).await;
        assert_eq!(latest(&bench, subscription)["amount_paid"], 1_500);
        bench.sandbox.advance_by(40 * DAY).await;
        assert_eq!(
            (bench.status(subscription), bench.status(id)),
            ("canceled".into(), "completed".into())
        );
    }
}

#[tokio::test]
async fn schedules_are_listed_by_customer_and_by_how_they_ended() {
    let bench = Bench::new().await;
    let mut ids = Vec::new();
    for action in ["release", "cancel", ""] {
        let (customer, subscription) = bench.subscriber(PAYS).await;
        let schedule = attached(&bench, &subscription).await;
        let id = text(&schedule, "id").to_owned();
        bench.sandbox.advance_by(60).await;
        bench.post(&format!("{PATH}/{id}/{action}"), &[]).await;
        ids.push((customer, id));
    }
    let [(_, released), (_, canceled), (customer, active)] = ids.try_into().unwrap();
    let long_ago = format!("released_at[lt]={START}");
    let table = [
        (format!("customer={customer}"), vec![&active]),
        ("scheduled=true".to_owned(), vec![]),
        (format!("released_at[gte]={START}"), vec![&released]),
        (long_ago, vec![]),
        (format!("canceled_at={}", START + 120), vec![&canceled]),
        ("limit=2".to_owned(), vec![&active, &canceled]),
    ];
    for (query, expected) in table {
        let (status, list) = bench.get(&format!("{PATH}?{query}")).await;
        assert_eq!(status, 200, "{query}: {list}");
        let found: Vec<&str> =
            list["data"].as_array().unwrap().iter().map(|found| text(found, "id")).collect();
        assert_eq!(found, expected, "{query}");
    }
    assert_eq!(bench.get(&format!("{PATH}?customer=cus_none")).await.0, 400);
    assert_eq!(bench.get(&format!("{PATH}?bogus=1")).await.0, 400);
}
