//! Subscription Schedules: how they end, and what the pages show of them.

use super::{
    schedules::{MONTH, PATH, get, prices, put_off},
    *,
};

#[tokio::test]
async fn under_a_schedule_nobody_ends_the_subscription_but_the_schedule() {
    let bench = Bench::new().await;
    let (_, subscription) = bench.subscriber(PAYS).await;
    let schedule = put_off(&bench, &subscription, "price_growth_monthly", &[]).await;
    let at = (START + 50 * DAY).to_string();
    for end in [("cancel_at_period_end", "true"), ("cancel_at", at.as_str()), ("cancel_at", "")] {
        let (status, answer) =
            bench.post(&format!("/v1/subscriptions/{subscription}"), &[end]).await;
        assert_eq!(status, 400, "{end:?}");
        let words =
            format!("The subscription is managed by the subscription schedule `{schedule}`");
        assert!(text(&answer["error"], "message").starts_with(&words), "{answer}");
    }
    let path = format!("{PATH}/{schedule}");
    assert_eq!(bench.post(&path, &[("end_behavior", "cancel")]).await.0, 200);
    let end = START + 59 * DAY;
    assert_eq!(get(&bench, &subscription)["cancel_at"], end);
    let skip = bench.sandbox.events().len();
    bench.sandbox.advance_to(end).await;
    assert_eq!(bench.status(&subscription), "canceled");
    let object = get(&bench, &schedule);
    assert_eq!((text(&object, "status"), &object["completed_at"]), ("completed", &end.into()));
    assert_eq!(bench.sandbox.ids("invoice").len(), 2, "nothing is billed at the end");
    let events = bench.event_types(skip);
    let place = |kind: &str| events.iter().position(|told| told == kind);
    assert!(place("subscription_schedule.expiring") < place("customer.subscription.deleted"));
    assert!(place("customer.subscription.deleted") < place("subscription_schedule.completed"));
    assert_eq!(place("subscription_schedule.canceled"), None);
}

#[tokio::test]
async fn a_released_subscription_goes_on_and_keeps_its_end_if_asked() {
    for (asked, kept) in [(None, false), (Some("false"), false), (Some("true"), true)] {
        let bench = Bench::new().await;
        let (_, subscription) = bench.subscriber(PAYS).await;
        let cancel = [("end_behavior", "cancel")];
        let schedule = put_off(&bench, &subscription, "price_growth_monthly", &cancel).await;
        let form: Vec<_> = asked.map(|asked| ("preserve_cancel_date", asked)).into_iter().collect();
        let (status, answer) = bench.post(&format!("{PATH}/{schedule}/release"), &form).await;
        assert_eq!((status, text(&answer, "status")), (200, "released"), "{answer}");
        let object = get(&bench, &subscription);
        assert_eq!(object["cancel_at"].is_i64(), kept, "{asked:?}");
        assert!(object["schedule"].is_null());
        bench.sandbox.advance_by(MONTH).await;
        assert_eq!(prices(&bench, &subscription), ["price_starter_monthly"]);
        for action in ["/release", "/cancel", ""] {
            let (status, answer) = bench.post(&format!("{PATH}/{schedule}{action}"), &[]).await;
            assert_eq!(status, 400, "{action}");
            let words = text(&answer["error"], "message");
            assert!(words.contains("currently in the `released` status"), "{words}");
        }
    }
}

#[tokio::test]
async fn a_schedule_ends_with_its_subscription() {
    let deleted = ["customer.subscription.deleted", "subscription_schedule.canceled"];
    let aborted = ["customer.subscription.deleted", "subscription_schedule.aborted"];
    for (how, card, told) in
        [("cancel", PAYS, deleted), ("delete", PAYS, deleted), ("unpaid", FAILS_LATER, aborted)]
    {
        let bench = Bench::new().await;
        let (_, subscription) = bench.subscriber(card).await;
        let schedule = put_off(&bench, &subscription, "price_growth_monthly", &[]).await;
        let skip = bench.sandbox.events().len();
        let (status, _) = match how {
            "cancel" => bench.post(&format!("{PATH}/{schedule}/cancel"), &[]).await,
            "delete" => bench.delete(&format!("/v1/subscriptions/{subscription}")).await,
            _ => {
                bench.sandbox.advance_by(MONTH + 20 * DAY).await;
                (200, Value::Null)
            }
        };
        assert_eq!(status, 200, "{how}");
        assert_eq!(bench.status(&subscription), "canceled", "{how}");
        let object = get(&bench, &schedule);
        assert_eq!(text(&object, "status"), "canceled", "{how}");
        assert_eq!(object["canceled_at"], get(&bench, &subscription)["ended_at"], "{how}");
        let events = bench.event_types(skip);
        let ends = events.iter().filter(|kind| told.contains(&kind.as_str()));
        assert_eq!(ends.collect::<Vec<_>>(), told, "{how}: {events:?}");
        let invoices = bench.sandbox.ids("invoice").len();
        bench.sandbox.advance_by(100 * DAY).await;
        assert_eq!(bench.sandbox.ids("invoice").len(), invoices, "{how}");
    }
}

#[tokio::test]
async fn the_pages_show_schedules_and_the_dashboard_makes_and_ends_them() {
    let bench = Bench::new().await;
    let (customer, subscription) = bench.subscriber(PAYS).await;
    let form = [("customer", customer.as_str()), ("return_url", "http://127.0.0.1:9/")];
    let (_, session) = bench.post("/v1/billing_portal/sessions", &form).await;
    let portal = path_of(text(&session, "url"));
    assert!(!bench.page(&portal).await.1.contains("Under a schedule"));
    let attach = format!("/sandbox/schedules/{subscription}/attach");
    assert_eq!(bench.submit(&attach, &[]).await.0, 303);
    let schedule = text(&get(&bench, &subscription), "schedule").to_owned();
    assert_eq!(get(&bench, &schedule)["metadata"], serde_json::json!({}));
    let words = "price_starter_yearly from 1 February 2026, 00:00 UTC";
    let page = bench.page("/").await.1;
    assert!(page.contains(&schedule) && page.contains(words), "{page}");
    let page = bench.page(&portal).await.1;
    assert!(page.contains(&format!("Under a schedule: {words}")), "{page}");
    let (status, ..) =
        bench.submit(&format!("{portal}/subscriptions/{subscription}/cancel"), &[]).await;
    assert_eq!(status, 409);
    assert_eq!(bench.submit(&attach, &[]).await.0, 400, "it is under one already");

    bench.sandbox.advance_by(MONTH).await;
    assert_eq!(prices(&bench, &subscription), ["price_starter_yearly"]);
    assert!(bench.page("/").await.1.contains("release at 1 February 2027, 00:00 UTC"));
    let release = format!("/sandbox/schedules/{schedule}/release");
    assert_eq!(bench.submit(&release, &[]).await.0, 303);
    assert_eq!(bench.status(&schedule), "released");
    assert_eq!(bench.submit(&release, &[]).await.0, 404);
    let again = bench.sandbox.attach_schedule(&subscription, "price_growth_monthly").unwrap();
    assert_eq!(bench.submit(&format!("/sandbox/schedules/{again}/cancel"), &[]).await.0, 303);
    assert_eq!(bench.status(&subscription), "canceled");
    bench.sandbox.attach_schedule(&subscription, "price_growth_monthly").unwrap_err();
    bench.sandbox.attach_schedule("sub_none", "price_growth_monthly").unwrap_err();
}
