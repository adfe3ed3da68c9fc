//! Servers above the limit, where a driver runs them at Pterodactyl or Pelican.

use serde_json::{Value, json};

use crate::fake_panel::{BOTH, FakePanel, Faults, Kind, exempts, orders};
use crate::shop::{Api, DAY, Shop};

const SUSPENDS: &str = "billing.over_quota = \"suspend_excess\"\nbilling.suspend_after = \"3d\"\n";

/// A shop in front of `panel` where Ada, exempt, has one server of it beside one of her own.
async fn with_a_server(panel: &FakePanel) -> (Shop, Api) {
    panel.user("ada@example.com");
    let shop = Shop::with(&format!("{SUSPENDS}{}", panel.configuration(""))).await;
    let api = shop.api("admin").await;
    api.account("ada").await;
    exempts(&api, "ada").await;
    api.put("/accounts/ada/servers/free", json!({})).await.is(201);
    shop.advance(1).await;
    orders(&api, "ada", "more").await.is(201);
    panel.installed();
    (shop, api)
}

/// Ada's exemption ends, and the notice runs out.
async fn loses(shop: &Shop, api: &Api) {
    api.delete("/accounts/ada/exemption").await.is(200);
    shop.work().await;
    shop.advance(3 * DAY).await;
    shop.work().await;
}

async fn regains(shop: &Shop, api: &Api) {
    exempts(api, "ada").await;
    shop.work().await;
}

/// The server is found suspended that we did not see suspended; then Ada may keep it again.
async fn is_suspended_there(panel: &FakePanel, shop: &Shop, api: &Api) {
    panel.state().servers[0]["suspended"] = json!(true);
    shop.advance(600).await;
    shop.work().await;
    regains(shop, api).await;
    shop.live_through(3_600).await;
}

#[rocket::async_test]
async fn what_is_over_the_limit_stops_at_the_daemon_and_comes_back() {
    for kind in BOTH {
        let panel = FakePanel::open(kind).await;
        let (shop, api) = with_a_server(&panel).await;
        loses(&shop, &api).await;
        assert_eq!(panel.suspended(), (true, true), "{kind:?}");
        shop.advance(DAY).await;
        shop.work().await;
        assert_eq!(panel.count("POST", "/suspend"), 1, "{kind:?}: it is told once");
        regains(&shop, &api).await;
        assert_eq!(panel.suspended(), (false, false), "{kind:?}");
        assert_eq!(panel.count("PATCH", "/build"), 0, "{kind:?}: nothing was in doubt");
    }
}

#[rocket::async_test]
async fn a_daemon_that_was_away_stops_the_server_when_it_is_back() {
    for kind in BOTH {
        let panel = FakePanel::open(kind).await;
        let (shop, api) = with_a_server(&panel).await;
        panel.break_with(Faults { wings_down: true, ..Faults::default() });
        loses(&shop, &api).await;
        // Pterodactyl takes its word back; Pelican says that the server is suspended while it runs.
        assert_eq!(panel.suspended(), (kind == Kind::Pelican, false), "{kind:?}");
        panel.mend();
        shop.advance(60).await;
        shop.work().await;
        assert_eq!(panel.suspended(), (true, true), "{kind:?}");

        panel.break_with(Faults { wings_down: true, ..Faults::default() });
        regains(&shop, &api).await;
        panel.mend();
        shop.advance(60).await;
        shop.work().await;
        assert_eq!(panel.suspended(), (false, false), "{kind:?}");
    }
}

#[rocket::async_test]
async fn the_repair_changes_no_number_of_the_server() {
    let panel = FakePanel::open(Kind::Pelican).await;
    let (shop, api) = with_a_server(&panel).await;
    // What an operator set by hand: any number of databases, and pinned cores.
    panel.state().servers[0]["feature_limits"]["databases"] = Value::Null;
    panel.state().servers[0]["limits"]["threads"] = json!("0-1");
    let numbers = |panel: &FakePanel| {
        let server = &panel.state().servers[0];
        (server["limits"].clone(), server["feature_limits"].clone())
    };
    let before = numbers(&panel);
    panel.break_with(Faults { wings_down: true, ..Faults::default() });
    loses(&shop, &api).await;
    panel.mend();
    shop.advance(60).await;
    shop.work().await;
    assert_eq!((panel.count("PATCH", "/build"), panel.suspended()), (1, (true, true)));
    assert_eq!(numbers(&panel), before);
}

#[rocket::async_test]
async fn a_server_that_is_being_installed_or_restored_is_suspended_when_that_is_over() {
    for kind in BOTH {
        for status in ["installing", "install_failed", "restoring_backup"] {
            let panel = FakePanel::open(kind).await;
            let (shop, api) = with_a_server(&panel).await;
            panel.state().servers[0]["status"] = json!(status);
            loses(&shop, &api).await;
            assert_eq!(panel.state().servers[0]["status"], status, "{kind:?}");
            assert_eq!(panel.count("POST", "/suspend"), 0, "{kind:?} {status}");
            panel.installed();
            shop.advance(600).await;
            shop.work().await;
            assert_eq!(panel.suspended(), (true, true), "{kind:?} {status}");
        }
    }
}

#[rocket::async_test]
async fn what_an_operator_suspended_stays_so() {
    for kind in BOTH {
        // Either of the two fields may say it.
        for field in ["status", "suspended"] {
            let panel = FakePanel::open(kind).await;
            let (shop, api) = with_a_server(&panel).await;
            let value = if field == "status" { json!("suspended") } else { json!(true) };
            panel.state().servers[0][field] = value.clone();
            loses(&shop, &api).await;
            regains(&shop, &api).await;
            assert_eq!(panel.state().servers[0][field], value, "{kind:?} {field}");
            let told = panel.count("POST", "/suspend") + panel.count("POST", "/unsuspend");
            assert_eq!(told, 0, "{kind:?} {field}");
        }
    }
}

#[rocket::async_test]
async fn a_busy_panel_is_asked_again_later_and_a_server_that_is_gone_is_no_failure() {
    let panel = FakePanel::open(Kind::Pterodactyl).await;
    let (shop, api) = with_a_server(&panel).await;
    panel.break_with(Faults { busy: 3, ..Faults::default() });
    loses(&shop, &api).await;
    assert_eq!(panel.suspended(), (false, false));
    shop.advance(60).await;
    shop.work().await;
    assert_eq!(panel.suspended(), (true, true));
    panel.state().servers.clear();
    regains(&shop, &api).await;
    let list = api.get("/accounts/ada/servers").await.is(200).json();
    assert_eq!(list["data"][1]["state"], "active");
}

#[rocket::async_test]
async fn a_server_that_was_let_go_of_while_suspended_runs_again_when_the_account_is_in_order() {
    let free = json!({ "id": "free" });
    for kind in BOTH {
        for way in ["deleted", "listed", "deleted and ordered"] {
            let panel = FakePanel::open(kind).await;
            let (shop, api) = with_a_server(&panel).await;
            loses(&shop, &api).await;
            if way == "listed" {
                api.put("/accounts/ada/servers", json!({ "servers": [free] })).await.is(200);
            } else {
                api.delete("/accounts/ada/servers/more").await.is(204);
            }
            regains(&shop, &api).await;
            assert_eq!(panel.suspended(), (true, true), "{kind:?} {way}: it is said to be gone");
            if way == "deleted and ordered" {
                orders(&api, "ada", "more").await.is(201);
            }
            shop.live_through(3_600).await;
            assert_eq!(panel.suspended(), (false, false), "{kind:?} {way}");
            assert_eq!((panel.names().len(), &api.quota("ada").await["used"]), (1, &json!(2)));
        }
    }
}

#[rocket::async_test]
async fn what_we_could_not_suspend_and_an_operator_then_did_stays_so() {
    let refuses = Faults { refuses_suspension: true, ..Faults::default() };
    let down = Faults { wings_down: true, ..Faults::default() };
    // Where Pelican's daemon is away, the panel says suspended by our word.
    let table =
        [(Kind::Pterodactyl, &refuses), (Kind::Pelican, &refuses), (Kind::Pterodactyl, &down)];
    for (kind, faults) in table {
        let panel = FakePanel::open(kind).await;
        let (shop, api) = with_a_server(&panel).await;
        panel.break_with(faults.clone());
        loses(&shop, &api).await;
        assert_eq!(panel.suspended(), (false, false), "{kind:?} {faults:?}");
        panel.mend();
        is_suspended_there(&panel, &shop, &api).await;
        assert!(panel.suspended().0, "{kind:?} {faults:?}");
        assert_eq!(panel.count("POST", "/unsuspend"), 0, "{kind:?} {faults:?}");
    }
}

#[rocket::async_test]
async fn what_was_never_sent_to_a_panel_that_went_away_is_nobodys_but_the_operators() {
    for kind in BOTH {
        let panel = FakePanel::open(kind).await;
        let (shop, api) = with_a_server(&panel).await;
        panel.break_with(Faults { gone_after: Some("/servers/"), ..Faults::default() });
        loses(&shop, &api).await;
        assert_eq!((panel.count("POST", "/suspend"), panel.suspended()), (0, (false, false)));
        panel.reopen().await;
        is_suspended_there(&panel, &shop, &api).await;
        assert!(panel.suspended().0, "{kind:?}");
        assert_eq!(panel.count("POST", "/unsuspend"), 0, "{kind:?}");
    }
}

#[rocket::async_test]
async fn a_suspension_that_the_panel_finishes_late_is_ours_whatever_was_tried_since() {
    let refuses = Faults { refuses_suspension: true, ..Faults::default() };
    let gone = Faults { gone_after: Some("/servers/"), ..Faults::default() };
    for kind in BOTH {
        for tried_since in [&refuses, &gone] {
            let panel = FakePanel::open(kind).await;
            let (shop, api) = with_a_server(&panel).await;
            panel.break_with(Faults { unanswered_suspension: true, ..Faults::default() });
            loses(&shop, &api).await;
            panel.break_with(tried_since.clone());
            shop.advance(60).await;
            shop.work().await;
            panel.mend();
            panel.reopen().await;
            is_suspended_there(&panel, &shop, &api).await;
            assert!(!panel.suspended().0, "{kind:?} {tried_since:?}: nobody lifted it");
        }
    }
}

#[rocket::async_test]
async fn a_return_that_was_never_sent_is_sent_when_the_panel_is_back() {
    for kind in BOTH {
        let panel = FakePanel::open(kind).await;
        let (shop, api) = with_a_server(&panel).await;
        loses(&shop, &api).await;
        panel.break_with(Faults { gone_after: Some("/servers/"), ..Faults::default() });
        regains(&shop, &api).await;
        assert_eq!(panel.suspended(), (true, true), "{kind:?}");
        panel.reopen().await;
        shop.advance(60).await;
        shop.work().await;
        assert_eq!(panel.suspended(), (false, false), "{kind:?}");
        assert_eq!(panel.count("PATCH", "/build"), 0, "{kind:?}: nothing was in doubt");
    }
}

#[rocket::async_test]
async fn a_suspension_of_ours_that_an_operator_lifted_and_made_anew_is_theirs() {
    for kind in BOTH {
        let panel = FakePanel::open(kind).await;
        let (shop, api) = with_a_server(&panel).await;
        loses(&shop, &api).await;
        let set = |suspended: bool| {
            let server = &mut panel.state().servers[0];
            server["suspended"] = json!(suspended);
            server["status"] = if suspended { json!("suspended") } else { Value::Null };
        };
        set(false);
        shop.live_through(3_600).await;
        assert_eq!(panel.count("POST", "/suspend"), 1, "{kind:?}: their word stands");
        set(true);
        regains(&shop, &api).await;
        shop.live_through(3_600).await;
        assert!(panel.suspended().0, "{kind:?}");
        assert_eq!(panel.count("POST", "/unsuspend"), 0, "{kind:?}");
    }
}

#[rocket::async_test]
async fn a_panel_that_is_away_for_one_server_is_not_asked_for_the_next() {
    let silent = Faults { silent: true, ..Faults::default() };
    let busy = Faults { busy: u32::MAX, ..Faults::default() };
    for faults in [silent, busy] {
        let panel = FakePanel::open(Kind::Pterodactyl).await;
        let (shop, api) = with_a_server(&panel).await;
        for server in ["third", "fourth"] {
            orders(&api, "ada", server).await.is(201);
        }
        panel.installed();
        panel.break_with(faults.clone());
        panel.state().calls.clear();
        loses(&shop, &api).await;
        // The second and the third have their turn before the first is asked for again.
        for asked in [1, 2, 3, 3] {
            let calls: Vec<String> = panel.state().calls.iter().map(|it| it.path.clone()).collect();
            let servers: Vec<_> = calls.iter().filter(|it| it.starts_with("/servers/")).collect();
            assert_eq!(servers.len(), asked, "{faults:?}: {calls:?}");
            shop.work().await;
        }
        panel.mend();
        shop.advance(60).await;
        shop.work().await;
        assert_eq!(panel.count("POST", "/suspend"), 3, "{faults:?}");
    }
}

#[rocket::async_test]
async fn a_busy_panel_is_left_alone_for_as_long_as_it_says() {
    let panel = FakePanel::open(Kind::Pelican).await;
    let (shop, api) = with_a_server(&panel).await;
    // Its list is asked for twice, then the server.
    panel.break_with(Faults { busy: 3, ..Faults::default() });
    loses(&shop, &api).await;
    for (seconds, told) in [(29, 0), (1, 1)] {
        shop.advance(seconds).await;
        shop.work().await;
        assert_eq!(panel.count("POST", "/suspend"), told);
    }
}

#[rocket::async_test]
async fn a_panel_that_takes_long_over_failing_is_told_once_and_then_later() {
    let panel = FakePanel::open(Kind::Pelican).await;
    let (shop, api) = with_a_server(&panel).await;
    orders(&api, "ada", "third").await.is(201);
    panel.installed();
    panel.break_with(Faults { refuses_suspension: true, ..Faults::default() });
    // While one is told, the other is due again.
    panel.state().slow = Some((shop.clock.clone(), 60));
    for told in [2, 4] {
        let works = async { if told == 2 { loses(&shop, &api).await } else { shop.work().await } };
        let done = tokio::time::timeout(std::time::Duration::from_mins(1), works).await;
        assert!(done.is_ok(), "the worker comes to other work, too");
        assert_eq!(panel.count("POST", "/suspend"), told);
        shop.advance(60).await;
    }
}

#[rocket::async_test]
async fn an_id_that_is_claimed_anew_is_not_freed_by_the_server_that_had_it_before() {
    for kind in BOTH {
        let panel = FakePanel::open(kind).await;
        let (shop, api) = with_a_server(&panel).await;
        loses(&shop, &api).await;
        api.delete("/accounts/ada/servers/more").await.is(204);
        regains(&shop, &api).await;
        panel.state().servers.clear();
        shop.advance(1).await;
        api.put("/accounts/ada/servers/more", json!({})).await.is(201);
        shop.live_through(3_600).await;
        assert_eq!(api.quota("ada").await["used"], 2, "{kind:?}");
    }
}
