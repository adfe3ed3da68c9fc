//! Changes of plan that Stripe refused, did not answer, or made somewhere else: nobody is locked out.

use std::time::{Duration, Instant};

use coinslot::sandbox::{AnswerGate, Fault, FaultKind};
use serde_json::{Value, json};

use crate::shop::{Answer, Api, DAY, Shop};

const DECLINED: &str = "4000000000000002";
const SCHEDULE_UPDATE: &str = "/v1/subscription_schedules/";

async fn paying(shop: &Shop, api: &Api, account: &str, plan: &str) {
    api.account(account).await;
    api.buys(shop, account, plan, "month").await;
    shop.live_through(10 * DAY).await;
}

async fn previewed(api: &Api, account: &str, plan: &str) -> Value {
    let body = json!({ "plan": plan, "interval": "month" });
    api.post(&format!("/accounts/{account}/plan-change/preview"), body).await.is(200).json()
}

async fn confirmed(api: &Api, account: &str, preview: &Value) -> Answer {
    let body = json!({ "preview": preview["preview"] });
    api.post(&format!("/accounts/{account}/plan-change"), body).await
}

fn meets(shop: &Shop, method: &str, path_prefix: &str, times: u32, kind: FaultKind) {
    let (method, path_prefix) = (Some(method.to_owned()), path_prefix.to_owned());
    shop.sandbox.fail_next(Fault { method, path_prefix, times, kind });
}

fn refusal() -> FaultKind {
    let error = json!({ "error": { "type": "invalid_request_error", "message": "no" } });
    FaultKind::Status(400, Some(error))
}

fn schedules(shop: &Shop, status: &str) -> usize {
    let ids = shop.sandbox.ids("subscription_schedule");
    let found = ids.iter().filter_map(|id| shop.sandbox.object(id));
    found.filter(|schedule| schedule["status"] == status).count()
}

fn subscription(shop: &Shop) -> Value {
    let id = shop.sandbox.ids("subscription").pop().expect("one");
    shop.sandbox.object(&id).expect("it exists")
}

#[rocket::async_test]
async fn a_schedule_whose_change_stripe_refused_is_let_go() {
    for refusal in [refusal(), FaultKind::Status(500, None)] {
        let shop = Shop::open().await;
        let api = shop.api("panel").await;
        paying(&shop, &api, "ada", "growth").await;
        let shown = previewed(&api, "ada", "starter").await;
        meets(&shop, "POST", SCHEDULE_UPDATE, 1, refusal.clone());
        let answer = confirmed(&api, "ada", &shown).await;
        assert!(answer.status >= 400, "{refusal:?}: {}", answer.text);
        assert_eq!(
            (schedules(&shop, "active"), schedules(&shop, "released")),
            (0, 1),
            "{refusal:?}"
        );
        shop.settle().await;
        let again = previewed(&api, "ada", "starter").await;
        let after = confirmed(&api, "ada", &again).await.is(200).json();
        assert_eq!(after["pending_plan"], "starter", "{refusal:?}");
    }
}

#[rocket::async_test]
async fn a_schedule_that_could_not_be_let_go_either_stays_ours() {
    let shop = Shop::open().await;
    let api = shop.api("panel").await;
    paying(&shop, &api, "ada", "growth").await;
    let shown = previewed(&api, "ada", "starter").await;
    // The update, and the release that follows it.
    meets(&shop, "POST", SCHEDULE_UPDATE, 2, refusal());
    let answer = confirmed(&api, "ada", &shown).await;
    assert!(answer.status >= 400, "{}", answer.text);
    shop.sandbox.clear_faults();
    shop.settle().await;
    assert_eq!(schedules(&shop, "active"), 1);
    let after = api.post("/accounts/ada/cancel", json!({})).await.is(200).json();
    assert_ne!(after["cancels_at"], Value::Null);
    assert_eq!(schedules(&shop, "active"), 0);
}

#[rocket::async_test]
async fn a_schedule_that_was_never_marked_is_ours_days_later_too() {
    let shop = Shop::open().await;
    let api = shop.api("panel").await;
    paying(&shop, &api, "ada", "growth").await;
    let shown = previewed(&api, "ada", "starter").await;
    meets(&shop, "POST", SCHEDULE_UPDATE, 100, FaultKind::DropBefore);
    confirmed(&api, "ada", &shown).await.is(503);
    shop.sandbox.clear_faults();
    shop.live_through(4 * DAY).await;
    for _ in 0..3 {
        previewed(&api, "ada", "starter").await;
    }
    let shown = previewed(&api, "ada", "starter").await;
    // A second change that fails between the calls builds on the same schedule.
    meets(&shop, "POST", SCHEDULE_UPDATE, 100, FaultKind::DropBefore);
    confirmed(&api, "ada", &shown).await.is(503);
    shop.sandbox.clear_faults();
    shop.live_through(4 * DAY).await;
    let shown = previewed(&api, "ada", "starter").await;
    let after = confirmed(&api, "ada", &shown).await.is(200).json();
    assert_eq!((&after["plan"], &after["pending_plan"]), (&json!("growth"), &json!("starter")));
    assert_eq!(shop.sandbox.ids("subscription_schedule").len(), 1);
}

#[rocket::async_test]
async fn an_unpaid_change_to_another_plan_is_not_taken_for_this_one() {
    let shop = Shop::open().await;
    let api = shop.api("panel").await;
    paying(&shop, &api, "ada", "starter").await;
    let growth = previewed(&api, "ada", "growth").await;
    let network = previewed(&api, "ada", "network").await;
    meets(&shop, "POST", "/v1/subscriptions/", 100, FaultKind::DropBefore);
    confirmed(&api, "ada", &growth).await.is(503);
    shop.sandbox.clear_faults();
    let account = api.get("/accounts/ada").await.is(200).json();
    let customer = account["stripe_customer_id"].as_str().expect("a customer").to_owned();
    shop.sandbox.set_default_card(&customer, DECLINED).expect("a card");
    confirmed(&api, "ada", &network).await.is(200);
    let waits_for = |shop: &Shop| {
        let items = subscription(shop)["pending_update"]["subscription_items"].clone();
        items[0]["price"]["id"].as_str().map(str::to_owned)
    };
    assert_eq!(waits_for(&shop).as_deref(), Some("price_network_monthly"));
    confirmed(&api, "ada", &growth).await.is(200);
    assert_eq!(waits_for(&shop).as_deref(), Some("price_growth_monthly"));
    // Asked once more, it waits already.
    shop.sandbox.clear_requests();
    confirmed(&api, "ada", &growth).await.is(200);
    let requests = shop.sandbox.requests();
    let posts = requests.iter().filter(|request| request.path.starts_with("/v1/subscriptions/"));
    assert_eq!(posts.filter(|request| request.method == "POST").count(), 0);
}

#[rocket::async_test]
async fn one_preview_confirmed_in_two_processes_is_made_once_and_both_are_told_so() {
    let shop = Shop::open().await;
    let api = shop.api("panel").await;
    let twin = shop.twin("").await;
    let other = twin.api("panel").await;
    for (account, from, to) in [("ada", "starter", "growth"), ("kim", "growth", "starter")] {
        paying(&shop, &api, account, from).await;
        let shown = previewed(&api, account, to).await;
        let gate = AnswerGate::closed();
        meets(&shop, "GET", "/v1/subscriptions", 1, FaultKind::HoldAnswer(gate.clone()));
        let late = confirmed(&other, account, &shown);
        let early = async {
            gate.holds_one().await;
            let answer = confirmed(&api, account, &shown).await;
            gate.let_one_through();
            answer
        };
        let (late, early) = futures::future::join(late, early).await;
        early.is(200);
        late.is(200);
    }
}

#[rocket::async_test]
async fn a_change_that_cannot_be_read_back_is_not_claimed() {
    let shop = Shop::open().await;
    let ada = shop.visitor("ada").await;
    ada.buys("starter").await;
    let account = shop.account_of("ada").await;
    let api = shop.api("panel").await;
    for (plan, by_page) in [("growth", true), ("network", false)] {
        let shown = previewed(&api, &account, plan).await;
        let gate = AnswerGate::closed();
        meets(&shop, "POST", "/v1/subscriptions/", 1, FaultKind::HoldAnswer(gate.clone()));
        let answer = async {
            let token = shown["preview"].as_str().expect("a token");
            if by_page {
                ada.post("/billing/change", &[("preview", token)]).await
            } else {
                confirmed(&api, &account, &shown).await
            }
        };
        let then = async {
            gate.holds_one().await;
            meets(&shop, "GET", "/v1/subscriptions", 100, refusal());
            gate.let_one_through();
        };
        let (answer, ()) = futures::future::join(answer, then).await;
        if by_page {
            answer.is(303);
            ada.get("/billing").await.is(200).has("in a moment").has_not("Done:");
        } else {
            answer.is(503).code("stripe_unavailable").has("in a moment");
        }
        shop.sandbox.clear_faults();
        assert_eq!(confirmed(&api, &account, &shown).await.is(200).json()["plan"], plan);
    }
}

#[rocket::async_test]
async fn a_change_is_made_to_its_end_though_the_page_waits_no_longer() {
    let shop = Shop::open().await;
    let api = shop.api("panel").await;
    paying(&shop, &api, "ada", "growth").await;
    let shown = previewed(&api, "ada", "starter").await;
    let late = FaultKind::Delay(Duration::from_millis(3_200));
    meets(&shop, "POST", "/v1/subscription_schedules", 1, late);
    let answer = confirmed(&api, "ada", &shown).await;
    answer.is(503).code("stripe_unavailable").has("under way").has("no other plan");
    let deadline = Instant::now() + Duration::from_secs(10);
    while api.subscription("ada").await["pending_plan"] != "starter" {
        assert!(Instant::now() < deadline, "it was dropped on the way");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    confirmed(&api, "ada", &shown).await.is(200);
}

#[rocket::async_test]
async fn a_change_that_waited_for_its_payment_counts_when_it_is_paid() {
    let shop = Shop::open().await;
    let api = shop.api("panel").await;
    paying(&shop, &api, "ada", "starter").await;
    let account = api.get("/accounts/ada").await.is(200).json();
    let customer = account["stripe_customer_id"].as_str().expect("a customer").to_owned();
    shop.sandbox.set_default_card(&customer, DECLINED).expect("a card");
    let shown = previewed(&api, "ada", "growth").await;
    confirmed(&api, "ada", &shown).await.is(200);
    assert_eq!(progress(&shop, &shown).await, "sent");
    shop.sandbox.set_default_card(&customer, "4242424242424242").expect("a card");
    let invoice = shop.sandbox.ids("invoice").pop().expect("one");
    shop.sandbox.pay_invoice(&invoice).expect("it is open");
    let before = shop.metric("coinslot_plan_change_total{kind=\"upgrade\"}").await;
    shop.settle().await;
    let after = shop.metric("coinslot_plan_change_total{kind=\"upgrade\"}").await;
    assert!(after > before, "{before:?} {after:?}");
    assert_eq!(progress(&shop, &shown).await, "made");
    confirmed(&api, "ada", &shown).await.is(200);
}

/// How far a change has come, which the metrics of a process with many shops cannot tell.
async fn progress(shop: &Shop, shown: &Value) -> String {
    let row = sqlx::query("SELECT progress FROM plan_changes WHERE token = ?")
        .bind(shown["preview"].as_str().expect("a token"))
        .fetch_one(&mut shop.database().await)
        .await
        .expect("a row");
    sqlx::Row::get(&row, 0)
}

#[rocket::async_test]
async fn the_portal_cancels_what_is_under_a_schedule_that_changes_nothing_more() {
    let shop = Shop::open().await;
    let api = shop.api("panel").await;
    let portal = json!({ "flow": "subscription_cancel" });
    // The change came, and its phase runs; or the schedule was left without its change.
    for (account, came) in [("ada", true), ("kim", false)] {
        paying(&shop, &api, account, "growth").await;
        let shown = previewed(&api, account, "starter").await;
        if came {
            confirmed(&api, account, &shown).await.is(200);
            let path = format!("/accounts/{account}/portal");
            api.post(&path, portal.clone()).await.is(409).code("change_scheduled");
            shop.live_through(25 * DAY).await;
        } else {
            meets(&shop, "POST", SCHEDULE_UPDATE, 100, FaultKind::DropBefore);
            confirmed(&api, account, &shown).await.is(503);
            shop.sandbox.clear_faults();
            shop.settle().await;
        }
        assert_eq!(schedules(&shop, "active"), 1, "{account}");
        api.post(&format!("/accounts/{account}/portal"), portal.clone()).await.is(201);
        assert_eq!(schedules(&shop, "active"), 0, "{account}");
    }
}

#[rocket::async_test]
async fn a_preview_tells_of_the_planned_change_that_it_takes_back() {
    let shop = Shop::open().await;
    let ada = shop.visitor("ada").await;
    ada.buys("growth").await;
    let account = shop.account_of("ada").await;
    let api = shop.api("panel").await;
    let words = "The switch to Starter that is planned for ";
    ada.get("/billing/change?plan=network&interval=month").await.is(200).has_not(words);
    let shown = previewed(&api, &account, "starter").await;
    confirmed(&api, &account, &shown).await.is(200);
    ada.get("/billing/change?plan=network&interval=month").await.is(200).has(words);
    ada.get("/billing/change?plan=starter&interval=month").await.is(200).has_not(words);
}
