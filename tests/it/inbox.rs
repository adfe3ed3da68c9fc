//! The inbox: two processes on one file, replay of many, and what is kept how long.

use coinslot::Timestamp;
use coinslot::sandbox::{Fault, FaultKind};

use crate::shop::{DAY, START, Shop};

/// Has every call to Stripe refused in a way that time does not mend.
fn poison(shop: &Shop) {
    shop.sandbox.fail_next(Fault {
        method: None,
        path_prefix: "/v1/".to_owned(),
        times: 1_000,
        kind: FaultKind::Status(400, None),
    });
}

#[rocket::async_test]
async fn two_processes_on_one_file_do_each_event_once() {
    let shop = Shop::open().await;
    let twin = shop.twin("").await;
    let api = shop.api("admin").await;
    let accounts: Vec<String> = (0..6).map(|number| format!("account-{number}")).collect();
    for account in &accounts {
        api.account(account).await;
        api.buys(&shop, account, "starter", "month").await;
    }
    shop.sandbox.deliver().await;
    let filed = shop.events("received").await.len();
    assert!(filed >= 6, "{filed} events");
    let workers = [&shop, &twin, &shop, &twin].map(|process| Box::pin(process.work()));
    futures::future::join_all(workers).await;
    shop.work().await;

    let done = shop.events("done").await;
    assert_eq!(done.len(), filed);
    for event in done {
        let attempts = event["attempts"].as_u64().expect("a number");
        assert!(attempts <= 1 && event["last_error"].is_null(), "{event}");
    }
    for account in &accounts {
        assert_eq!(twin.api("panel").await.quota(account).await["limit"], 3, "{account}");
    }
}

#[rocket::async_test]
async fn dead_events_are_replayed_together_or_by_type() {
    let shop = Shop::with("billing.inbox_max_attempts = 1").await;
    let admin = shop.admin().await;
    let api = shop.api("admin").await;
    api.account("ada").await;
    api.buys(&shop, "ada", "starter", "month").await;
    admin.get("/admin/events?status=dead").await.is(200).has_not("Replay");
    poison(&shop);
    shop.sandbox.deliver().await;
    shop.work().await;
    let dead = shop.events("dead").await;
    let paid = dead.iter().filter(|event| event["type"] == "invoice.paid").count();
    assert!(dead.len() > 1 && paid == 1, "{dead:#?}");

    let page = admin.get("/admin/events?status=dead").await.is(200);
    page.has(&format!("Replay all {} dead events", dead.len())).has("Replay 1 × invoice.paid");
    admin.get("/admin/events").await.is(200).has_not("Replay all");
    shop.sandbox.clear_faults();
    let path = "/admin/events/replay";
    let by_type = [("status", "dead"), ("type", "invoice.paid")];
    let on = admin.post(path, &by_type).await.is(303).location();
    admin.get(&on).await.is(200).has("1 event is due again");
    assert_eq!(shop.events("dead").await.len(), dead.len() - 1);
    shop.work().await;
    assert_eq!(api.quota("ada").await["limit"], 3);

    admin.post(path, &[("status", "dead"), ("type", "")]).await.is(303);
    shop.work().await;
    assert!(shop.events("dead").await.is_empty());
    assert_eq!(shop.events("done").await.len(), dead.len());
    admin.get("/admin/audit").await.has("events.replayed").has("type: invoice.paid");
    for status in ["done", "nonsense", ""] {
        admin.post(path, &[("status", status)]).await.is(422);
    }
}

#[rocket::async_test]
async fn what_is_done_or_ignored_goes_after_90_days_and_the_dead_stay() {
    let shop = Shop::with("billing.inbox_max_attempts = 1").await;
    let api = shop.api("admin").await;
    for account in ["ada", "eve"] {
        api.account(account).await;
        api.buys(&shop, account, "starter", "month").await;
    }
    let pending = shop.sandbox.pending_events();
    let mut foreign =
        pending.into_iter().find(|event| event["type"] == "invoice.paid").expect("an event");
    foreign["id"] = "evt_foreign".into();
    foreign["livemode"] = true.into();
    shop.deliver(&foreign).await.is(200);
    shop.sandbox.reorder_pending(|pending| pending.retain(|event| event.kind == "invoice.paid"));
    let customer = api.get("/accounts/eve").await.json()["stripe_customer_id"].clone();
    shop.sandbox.fail_next(Fault {
        method: None,
        path_prefix: format!("/v1/subscriptions?customer={}", customer.as_str().expect("an id")),
        times: 1_000,
        kind: FaultKind::Status(400, None),
    });
    shop.settle().await;
    let count = async |status: &str| shop.events(status).await.len();
    assert_eq!((count("done").await, count("ignored").await, count("dead").await), (1, 1, 1));

    shop.clock.set(Timestamp(START + 90 * DAY));
    shop.billing.tidy_up().await;
    assert_eq!((count("done").await, count("ignored").await, count("dead").await), (1, 1, 1));
    shop.clock.set(Timestamp(START + 90 * DAY + 1));
    shop.billing.tidy_up().await;
    assert_eq!((count("done").await, count("ignored").await, count("dead").await), (0, 0, 1));
    assert_eq!(api.get("/accounts/ada").await.json()["subscription"]["status"], "active");
}
