//! Nobody pays for a server that the panel says it cannot make, and a panel that says nothing stops
//! no sale.

use serde_json::json;

use crate::fake_panel::{BOTH, FakePanel, Faults, Kind};
use crate::shop::{Answer, Api, Shop};

async fn buys(api: &Api, account: &str) -> Answer {
    let body = json!({ "plan": "starter", "interval": "month" });
    api.post(&format!("/accounts/{account}/checkout"), body).await
}

/// How often the panel was asked for room.
fn asked(panel: &FakePanel) -> usize {
    panel.count("GET", "/nodes/deployable")
}

#[rocket::async_test]
async fn a_full_panel_is_said_beside_the_button_and_refuses_to_be_paid_for() {
    for kind in BOTH {
        let panel = FakePanel::open(kind).await;
        let shop = Shop::with(&panel.configuration("")).await;
        let ada = shop.visitor("ada").await;
        let api = shop.api("panel").await;
        api.account("bob").await;
        panel.break_with(Faults { room_mib: Some(2_047), ..Faults::default() });
        let page = ada.get("/billing/plans").await.is(200).has("no room for another server");
        page.has_not("action=\"/billing/checkout\"");
        let form = [("plan", "starter"), ("interval", "month")];
        let refused = ada.post("/billing/checkout", &form).await.is(409);
        refused.has("The game panel has no room");
        buys(&api, "bob").await.is(409).code("plan_unavailable").has("no room");
        assert_eq!(asked(&panel), 1, "{kind:?}: an answer is good for a minute");

        panel.break_with(Faults { room_mib: Some(2_048), ..Faults::default() });
        buys(&api, "bob").await.is(409);
        shop.advance(61).await;
        buys(&api, "bob").await.is(201);
        ada.get("/billing/plans").await.is(200).has("action=\"/billing/checkout\"");
        ada.begins("starter", "month").await;
        assert_eq!(asked(&panel), 2, "{kind:?}");
    }
}

#[rocket::async_test]
async fn a_panel_that_does_not_say_stops_no_sale() {
    for kind in BOTH {
        for faults in [
            Faults { silent: true, ..Faults::default() },
            Faults { instead: Some((500, "broken")), ..Faults::default() },
            Faults { instead: Some((403, "no right")), ..Faults::default() },
            Faults { instead: Some((200, "<html>")), ..Faults::default() },
            Faults { busy: u32::MAX, ..Faults::default() },
            Faults { no_such_question: true, ..Faults::default() },
        ] {
            let panel = FakePanel::open(kind).await;
            let (_shop, api) = panel.with_ada().await;
            panel.break_with(faults.clone());
            let sold = buys(&api, "ada").await;
            assert_eq!(sold.status, 201, "{kind:?} {faults:?}: {}", sold.text);
        }
    }
}

#[rocket::async_test]
async fn one_template_that_can_be_made_is_reason_enough_to_pay() {
    let panel = FakePanel::open(Kind::Pelican).await;
    let small = "[default.billing.panel.templates.small]\nname = \"Small\"\negg = 5\n\
                 limits = { memory = 512, disk = 1024, cpu = 50 }\n\
                 environment = { VERSION = \"1.21\" }\n\
                 deploy = { port_range = [\"25565-25665\"] }\n";
    let shop = Shop::with(&format!("{}{small}", panel.configuration(""))).await;
    let api = shop.api("panel").await;
    api.account("ada").await;
    panel.break_with(Faults { room_mib: Some(600), ..Faults::default() });
    buys(&api, "ada").await.is(201);
    panel.break_with(Faults { room_mib: Some(500), ..Faults::default() });
    shop.advance(61).await;
    buys(&api, "ada").await.is(409).has("no room");
}

#[rocket::async_test]
async fn a_variable_that_the_egg_needs_is_missed_before_anybody_pays() {
    for kind in BOTH {
        let panel = FakePanel::open(kind).await;
        let wrong = panel.configuration("").replace("VERSION", "OTHER");
        let shop = Shop::with(&wrong).await;
        let api = shop.api("panel").await;
        api.account("ada").await;
        buys(&api, "ada").await.is(409).code("plan_unavailable");
    }
}

#[rocket::async_test]
async fn who_pays_for_servers_that_are_there_is_not_asked_to_wait_for_room() {
    let panel = FakePanel::open(Kind::Pterodactyl).await;
    let (_shop, api) = panel.with_ada().await;
    panel.break_with(Faults { room_mib: Some(0), ..Faults::default() });
    buys(&api, "ada").await.is(409);
    let list = json!({ "servers": [{ "id": "one" }, { "id": "two" }] });
    api.put("/accounts/ada/servers", list).await.is(200);
    buys(&api, "ada").await.is(201);
}

#[rocket::async_test]
async fn a_bigger_plan_is_not_sold_either_where_there_is_room_for_no_server() {
    let panel = FakePanel::open(Kind::Pterodactyl).await;
    let shop = Shop::with(&panel.configuration("")).await;
    let ada = shop.visitor("ada").await;
    ada.buys("starter").await;
    let api = shop.api("panel").await;
    let account = shop.account_of("ada").await;
    let previews = async |interval: &str, plan: &str| {
        let body = json!({ "plan": plan, "interval": interval });
        api.post(&format!("/accounts/{account}/plan-change/preview"), body).await
    };
    panel.break_with(Faults { room_mib: Some(0), ..Faults::default() });
    shop.advance(61).await;
    previews("month", "growth").await.is(409).code("plan_unavailable").has("no room");
    previews("year", "starter").await.is(200);
    let page = ada.get("/billing/plans").await.is(200).has("no room for another server");
    page.has_not("plan=growth");
    ada.get("/billing/change?plan=growth&interval=month").await.is(409).has("no room");
    panel.mend();
    shop.advance(61).await;
    previews("month", "growth").await.is(200);
    ada.get("/billing/plans").await.is(200).has("plan=growth");
}

#[rocket::async_test]
async fn who_has_a_subscription_is_told_of_that_first() {
    let panel = FakePanel::open(Kind::Pelican).await;
    let (shop, api) = panel.with_ada().await;
    api.buys(&shop, "ada", "starter", "month").await;
    shop.settle().await;
    panel.break_with(Faults { room_mib: Some(0), ..Faults::default() });
    shop.advance(61).await;
    buys(&api, "ada").await.is(409).code("subscription_exists");
    let unknown = json!({ "plan": "nothing", "interval": "month" });
    api.post("/accounts/ada/checkout", unknown).await.is(422);
}
