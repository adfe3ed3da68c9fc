//! Changes that wait for the end of what is paid for: made by Stripe, whether we run or not.

use coinslot::sandbox::{Fault, FaultKind};
use serde_json::{Value, json};

use crate::shop::{Answer, Api, DAY, KEY, PASSWORD, Shop, answer_of, client};

async fn paying(shop: &Shop, api: &Api, account: &str, plan: &str, interval: &str) {
    api.account(account).await;
    api.buys(shop, account, plan, interval).await;
    shop.live_through(10 * DAY).await;
}

async fn previewed(api: &Api, account: &str, plan: &str, interval: &str) -> Value {
    let body = json!({ "plan": plan, "interval": interval });
    api.post(&format!("/accounts/{account}/plan-change/preview"), body).await.is(200).json()
}

async fn confirmed(api: &Api, account: &str, preview: &Value) -> Answer {
    let body = json!({ "preview": preview["preview"] });
    api.post(&format!("/accounts/{account}/plan-change"), body).await
}

/// Puts off a change and gives the subscription after it.
async fn put_off(api: &Api, account: &str, plan: &str, interval: &str) -> Value {
    let shown = previewed(api, account, plan, interval).await;
    assert_eq!(shown["effective"], "period_end", "{shown}");
    confirmed(api, account, &shown).await.is(200).json()
}

fn schedules(shop: &Shop, status: &str) -> usize {
    let ids = shop.sandbox.ids("subscription_schedule");
    let found = ids.iter().filter_map(|id| shop.sandbox.object(id));
    found.filter(|schedule| schedule["status"] == status).count()
}

#[rocket::async_test]
async fn a_downgrade_comes_at_renewal_though_the_process_is_down() {
    let mut shop = Shop::open().await;
    let api = shop.api("panel").await;
    paying(&shop, &api, "ada", "growth", "month").await;
    let count = |name: &'static str| format!("coinslot_downgrade_{name}_total");
    let scheduled = shop.metric(&count("scheduled")).await.expect("it is there");
    let applied = shop.metric(&count("applied")).await.expect("it is there");

    let shown = previewed(&api, "ada", "starter", "month").await;
    assert_eq!(
        (&shown["kind"], &shown["amount_due"], &shown["next_amount"]),
        (&json!("downgrade"), &json!(0), &json!(500))
    );
    let waiting = confirmed(&api, "ada", &shown).await.is(200).json();
    assert_eq!((&waiting["plan"], &waiting["pending_plan"]), (&json!("growth"), &json!("starter")));
    assert_eq!(waiting["pending_at"], waiting["current_period_end"]);
    assert_eq!(
        (&waiting["pending_at"], &waiting["cancels_at"]),
        (&shown["effective_at"], &Value::Null)
    );
    assert_eq!(api.quota("ada").await["limit"], 10);
    assert!(shop.metric(&count("scheduled")).await > Some(scheduled));

    shop.advance(25 * DAY).await;
    shop.restart().await;
    let api = shop.api("panel").await;
    shop.settle().await;
    let after = api.subscription("ada").await;
    assert_eq!((&after["plan"], &after["state"]), (&json!("starter"), &json!("active")));
    assert_eq!((&after["pending_plan"], &after["pending_at"]), (&Value::Null, &Value::Null));
    assert_eq!(api.quota("ada").await["limit"], 3);
    let renewal = shop.sandbox.ids("invoice").pop().and_then(|id| shop.sandbox.object(&id));
    assert_eq!(renewal.expect("an invoice")["amount_paid"], 500);
    shop.live_through(DAY).await;
    assert!(shop.metric(&count("applied")).await > Some(applied));

    shop.live_through(60 * DAY).await;
    assert_eq!(api.subscription("ada").await["plan"], "starter");
    assert_eq!(schedules(&shop, "active"), 0, "it lets go when its work is done");
}

#[rocket::async_test]
async fn a_year_becomes_a_month_when_it_is_over() {
    let shop = Shop::open().await;
    let api = shop.api("panel").await;
    paying(&shop, &api, "ada", "starter", "year").await;
    let waiting = put_off(&api, "ada", "starter", "month").await;
    assert_eq!(
        (&waiting["interval"], &waiting["pending_plan"]),
        (&json!("year"), &json!("starter"))
    );
    shop.live_through(360 * DAY).await;
    let after = api.subscription("ada").await;
    assert_eq!((&after["interval"], &after["state"]), (&json!("month"), &json!("active")));
}

#[rocket::async_test]
async fn undoing_twice_is_the_same_as_once() {
    let shop = Shop::open().await;
    let api = shop.api("panel").await;
    paying(&shop, &api, "ada", "growth", "month").await;
    put_off(&api, "ada", "starter", "month").await;
    for _ in 0..2 {
        let after = api.delete("/accounts/ada/plan-change").await.is(200).json();
        assert_eq!((&after["plan"], &after["pending_plan"]), (&json!("growth"), &Value::Null));
    }
    shop.live_through(30 * DAY).await;
    let after = api.subscription("ada").await;
    assert_eq!((&after["plan"], &after["state"]), (&json!("growth"), &json!("active")));
    assert_eq!((schedules(&shop, "released"), schedules(&shop, "active")), (1, 0));
}

#[rocket::async_test]
async fn another_change_takes_the_place_of_the_scheduled_one() {
    let shop = Shop::open().await;
    let api = shop.api("panel").await;
    paying(&shop, &api, "ada", "growth", "month").await;
    put_off(&api, "ada", "starter", "month").await;
    let again = put_off(&api, "ada", "starter", "year").await;
    assert_eq!(again["pending_plan"], "starter");
    assert_eq!(schedules(&shop, "active"), 1);

    let shown = previewed(&api, "ada", "network", "month").await;
    let after = confirmed(&api, "ada", &shown).await.is(200).json();
    assert_eq!((&after["plan"], &after["pending_plan"]), (&json!("network"), &Value::Null));
    assert_eq!(schedules(&shop, "active"), 0);
    shop.live_through(40 * DAY).await;
    assert_eq!(api.subscription("ada").await["plan"], "network");
}

#[rocket::async_test]
async fn cancelling_lets_go_of_the_scheduled_change_first() {
    let shop = Shop::open().await;
    let api = shop.api("panel").await;
    paying(&shop, &api, "ada", "growth", "month").await;
    put_off(&api, "ada", "starter", "month").await;
    let portal = json!({ "flow": "subscription_cancel" });
    api.post("/accounts/ada/portal", portal).await.is(409).code("change_scheduled");
    let after = api.post("/accounts/ada/cancel", json!({})).await.is(200).json();
    assert_eq!(after["cancels_at"], after["current_period_end"]);
    assert_eq!(after["pending_plan"], Value::Null);
    shop.live_through(30 * DAY).await;
    assert_eq!(api.quota("ada").await["reason"], "ended");
}

/// What somebody else does with the Stripe account's key.
async fn elsewhere(shop: &Shop, path: &str, form: &[(&str, &str)]) -> Value {
    let request =
        client().post(format!("{}/v1{path}", shop.sandbox.base_url())).bearer_auth(KEY).form(&form);
    answer_of(request).await.is(200).json()
}

#[rocket::async_test]
async fn a_schedule_that_is_not_ours_is_shown_and_never_touched() {
    let shop = Shop::open().await;
    let api = shop.api("panel").await;
    paying(&shop, &api, "ada", "growth", "month").await;
    let shown = previewed(&api, "ada", "starter", "month").await;
    let subscription = shop.sandbox.ids("subscription").pop().expect("one");
    let form = [("from_subscription", subscription.as_str())];
    let made = elsewhere(&shop, "/subscription_schedules", &form).await;
    let schedule = made["id"].as_str().expect("an id").to_owned();
    let phase = &made["phases"][0];
    let (start, end) = (phase["start_date"].to_string(), phase["end_date"].to_string());
    let phases = [
        ("end_behavior", "release"),
        ("phases[0][start_date]", &start),
        ("phases[0][end_date]", &end),
        ("phases[0][items][0][price]", "price_growth_monthly"),
        ("phases[1][items][0][price]", "price_network_monthly"),
        ("phases[1][duration][interval]", "month"),
    ];
    elsewhere(&shop, &format!("/subscription_schedules/{schedule}"), &phases).await;

    let body = json!({ "plan": "starter", "interval": "month" });
    let calls = [
        api.post("/accounts/ada/plan-change/preview", body).await,
        confirmed(&api, "ada", &shown).await,
        api.delete("/accounts/ada/plan-change").await,
        api.post("/accounts/ada/cancel", json!({})).await,
    ];
    for answer in calls {
        answer.is(409).code("managed_elsewhere");
    }
    let seen = api.subscription("ada").await;
    assert_eq!((&seen["plan"], &seen["pending_plan"]), (&json!("growth"), &json!("network")));
    let untouched = shop.sandbox.object(&schedule).expect("it exists");
    assert_eq!((&untouched["status"], &untouched["metadata"]), (&json!("active"), &json!({})));
}

#[rocket::async_test]
async fn a_crash_between_the_two_calls_of_a_schedule_heals() {
    // The second call never arrives, or the answer of the first is lost with it.
    let create = "/v1/subscription_schedules";
    let update = "/v1/subscription_schedules/";
    for (path_prefix, kind) in [
        (update, FaultKind::DropBefore),
        (create, FaultKind::DropAfter),
        (update, FaultKind::DropAfter),
    ] {
        for anew in [false, true] {
            let shop = Shop::open().await;
            let api = shop.api("panel").await;
            paying(&shop, &api, "ada", "growth", "month").await;
            let shown = previewed(&api, "ada", "starter", "month").await;
            shop.sandbox.fail_next(Fault {
                method: Some("POST".to_owned()),
                path_prefix: path_prefix.to_owned(),
                times: 100,
                kind: kind.clone(),
            });
            confirmed(&api, "ada", &shown).await.is(503).code("stripe_unavailable");
            shop.sandbox.clear_faults();
            shop.settle().await;
            let again = if anew { previewed(&api, "ada", "starter", "month").await } else { shown };
            let story = format!("{path_prefix} {kind:?}, anew {anew}");
            let after = confirmed(&api, "ada", &again).await.is(200).json();
            assert_eq!(after["pending_plan"], "starter", "{story}");
            assert_eq!(shop.sandbox.ids("subscription_schedule").len(), 1, "{story}");
            shop.live_through(25 * DAY).await;
            assert_eq!(api.subscription("ada").await["plan"], "starter", "{story}");
        }
    }
}

#[rocket::async_test]
async fn after_a_crash_between_the_calls_undo_and_cancel_work_too() {
    let shop = Shop::open().await;
    let api = shop.api("panel").await;
    for (account, cancel) in [("ada", false), ("kim", true)] {
        paying(&shop, &api, account, "growth", "month").await;
        let shown = previewed(&api, account, "starter", "month").await;
        shop.sandbox.fail_next(Fault {
            method: Some("POST".to_owned()),
            path_prefix: "/v1/subscription_schedules".to_owned(),
            times: 100,
            kind: FaultKind::DropAfter,
        });
        confirmed(&api, account, &shown).await.is(503);
        shop.sandbox.clear_faults();
        if cancel {
            let path = format!("/accounts/{account}/cancel");
            let after = api.post(&path, json!({})).await.is(200).json();
            assert_ne!(after["cancels_at"], Value::Null);
        } else {
            api.delete(&format!("/accounts/{account}/plan-change")).await.is(200);
        }
        assert_eq!(schedules(&shop, "active"), 0, "{account}");
    }
}

#[rocket::async_test]
async fn a_downgrade_below_what_is_used_names_the_servers_and_wants_a_yes() {
    let shop = Shop::open().await;
    let ada = shop.visitor("ada").await;
    ada.buys("growth").await;
    for name in ["one", "two", "three", "four", "five"] {
        ada.creates_server(name).await.is(303);
    }
    let page = ada.get("/billing/change?plan=starter&interval=month").await.is(200);
    let page = page.has("no room for 2 servers").has("Switch to Starter on 15 Feb 2026");
    let token = page.text.split("name=\"preview\" value=\"").nth(1).expect("a token");
    let token = token.split('"').next().expect("a token").to_owned();
    let again = ada.post("/billing/change", &[("preview", token.as_str())]).await.is(422);
    let again = again.has("no room for all servers").has("no room for 2 servers");
    let token = again.text.split("name=\"preview\" value=\"").nth(1).expect("a token");
    let token = token.split('"').next().expect("a token").to_owned();
    let form = [("preview", token.as_str()), ("over_limit", "true")];
    assert_eq!(ada.post("/billing/change", &form).await.is(303).location(), "/billing");
    ada.get("/billing").await.is(200).has("Starter from 15 Feb 2026").has("€5.00 on ");
    let plans = ada.get("/billing/plans").await.is(200).has("Yours from 15 Feb 2026");
    plans.has("Keep my plan as it is");
    shop.live_through(32 * DAY).await;
    let form = [("email", "ada@example.com"), ("password", PASSWORD)];
    ada.post("/login", &form).await.is(303);
    ada.get("/billing").await.is(200).has("2 servers are over your limit");
    let servers = ada.get("/servers").await.is(200);
    for name in ["one", "two", "three", "four", "five"] {
        assert!(servers.text.contains(name), "billing destroys nothing: {name}");
    }
}
