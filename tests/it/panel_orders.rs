//! Servers that a driver has Pterodactyl or Pelican make: one slot, one server, whatever goes wrong.

use serde_json::{Value, json};

use crate::fake_panel::{BOTH, FakePanel, Faults, Kind};
use crate::shop::{Answer, Api, HOUR, Shop};

async fn orders(api: &Api, server: &str) -> Answer {
    let body = json!({ "name": "Survival", "template": "paper" });
    api.put(&format!("/accounts/ada/servers/{server}"), body).await
}

async fn used(api: &Api) -> Value {
    api.quota("ada").await["used"].clone()
}

#[rocket::async_test]
async fn an_order_is_one_server_of_the_accounts_user_however_often_it_is_sent() {
    for kind in BOTH {
        let panel = FakePanel::open(kind).await;
        let user = panel.user("bada@example.com");
        let (_shop, api) = panel.with_ada().await;
        let made = orders(&api, "s.1").await.is(201).json();
        assert_eq!(made["provision"]["state"], "made", "{made}");
        let again = orders(&api, "s.1").await.is(200).json();
        assert_eq!(again["provision"], made["provision"]);
        assert_eq!(panel.names(), ["Survival"], "{kind:?}");
        let server = panel.state().servers[0].clone();
        assert_ne!(server["user"], user, "the filter finds parts of addresses, too");
        let external = server["external_id"].as_str().unwrap();
        assert!(external.starts_with("cs-"), "{external}");
        let environment = &server["container"]["environment"];
        assert_eq!(*environment, json!({ "VERSION": "1.21", "JAR": "server.jar" }));
        assert!(server["allocation"].is_i64(), "{kind:?}: it has a port");
        orders(&api, "s.2").await.is(402);
        let bare = api.put("/accounts/ada/servers/s.1", json!({})).await.is(200).json();
        assert!(bare.get("provision").is_none(), "without a template the answer is as ever");
    }
}

#[rocket::async_test]
async fn what_the_panel_refuses_gives_the_slot_back_and_says_why() {
    for kind in BOTH {
        let panel = FakePanel::open(kind).await;
        let (shop, api) = panel.with_ada().await;
        let table = [
            (Faults { no_allocation: true, ..Faults::default() }, "No allocations satisfying"),
            (Faults { instead: Some((403, "no right")), ..Faults::default() }, "not set up"),
            (Faults { instead: Some((302, "")), ..Faults::default() }, "not set up"),
            (Faults { instead: Some((200, "<html>")), ..Faults::default() }, "not set up"),
        ];
        for (faults, words) in table {
            panel.break_with(faults);
            orders(&api, "one").await.is(409).code("server_not_made").has(words);
            assert_eq!(used(&api).await, 0, "{kind:?} {words}");
        }
        panel.mend();
        shop.work().await;
        assert!(panel.names().is_empty(), "{kind:?}: nobody waits for it any more");
        orders(&api, "one").await.is(201);
    }
}

#[rocket::async_test]
async fn one_id_is_one_server_whether_it_was_claimed_or_ordered_first() {
    for kind in BOTH {
        let panel = FakePanel::open(kind).await;
        let (shop, api) = panel.with_ada().await;
        let plain = async |server: &str| {
            api.put(&format!("/accounts/ada/servers/{server}"), json!({})).await
        };
        // Claimed first: the panel is not asked for a second one.
        plain("claimed").await.is(201);
        let refused = orders(&api, "claimed").await.is(409).code("server_exists");
        refused.has("server `claimed` has a slot already").has("another id");
        assert_eq!((used(&api).await, panel.names().len()), (json!(1), 0), "{kind:?}");
        api.delete("/accounts/ada/servers/claimed").await.is(204);

        // Ordered first, and refused in the end: a claim or a list meanwhile keeps no slot.
        for by_list in [false, true] {
            panel.break_with(Faults { wings_down: true, ..Faults::default() });
            orders(&api, "ordered").await.is(201);
            if by_list {
                let list = json!({ "servers": [{ "id": "ordered" }] });
                api.put("/accounts/ada/servers", list).await.is(200);
            } else {
                let told = plain("ordered").await.is(200).json();
                assert_eq!(told["provision"]["state"], "creating", "{kind:?}: {told}");
            }
            assert_eq!(used(&api).await, 1, "{kind:?}");
            panel.break_with(Faults { no_allocation: true, ..Faults::default() });
            shop.advance(HOUR).await;
            shop.work().await;
            assert_eq!(used(&api).await, 0, "{kind:?}, by list: {by_list}");
        }

        // An order that came to nothing leaves its id to whoever is next.
        plain("ordered").await.is(201);
        orders(&api, "ordered").await.is(409).code("server_exists");
        assert_eq!(used(&api).await, 1, "{kind:?}");
        api.delete("/accounts/ada/servers/ordered").await.is(204);
        panel.mend();
        orders(&api, "ordered").await.is(201);
        plain("ordered").await.is(200);
        orders(&api, "ordered").await.is(200);
        assert_eq!((used(&api).await, panel.names().len()), (json!(1), 1), "{kind:?}");
    }
}

#[rocket::async_test]
async fn a_list_without_the_server_under_way_does_not_free_its_slot() {
    for kind in BOTH {
        let panel = FakePanel::open(kind).await;
        let (shop, api) = panel.with_ada().await;
        panel.break_with(Faults { wings_down: true, ..Faults::default() });
        orders(&api, "one").await;
        api.put("/accounts/ada/servers", json!({ "servers": [] })).await.is(200);
        assert_eq!(used(&api).await, 1, "{kind:?}: nobody knows yet that it is not made");
        orders(&api, "two").await.is(402);
        panel.mend();
        shop.advance(HOUR).await;
        shop.work().await;
        assert_eq!((panel.names().len(), used(&api).await), (1, json!(1)), "{kind:?}");
    }
}

#[rocket::async_test]
async fn an_answer_that_got_lost_is_looked_up_before_anything_is_made_again() {
    for kind in BOTH {
        let panel = FakePanel::open(kind).await;
        let (_shop, api) = panel.with_ada().await;
        panel.break_with(Faults { lost_after_commit: true, ..Faults::default() });
        let made = orders(&api, "one").await.is(201).json();
        assert_eq!(made["provision"]["state"], "made", "{kind:?}");
        assert_eq!((panel.count("POST", "/servers"), panel.names().len()), (1, 1), "{kind:?}");
    }
}

#[rocket::async_test]
async fn a_panel_that_is_away_makes_it_later_and_the_slot_is_kept_meanwhile() {
    for kind in BOTH {
        for faults in [
            Faults { lost_before_commit: true, ..Faults::default() },
            Faults { wings_down: true, ..Faults::default() },
            Faults { instead: Some((500, "broken")), ..Faults::default() },
            Faults { busy: 1, ..Faults::default() },
        ] {
            let panel = FakePanel::open(kind).await;
            let (shop, api) = panel.with_ada().await;
            panel.break_with(faults.clone());
            let made = orders(&api, "one").await.is(201).json();
            assert_eq!(made["provision"]["state"], "creating", "{kind:?} {faults:?}");
            assert_eq!(used(&api).await, 1);
            orders(&api, "two").await.is(402);
            panel.mend();
            shop.advance(30).await;
            shop.work().await;
            assert_eq!(panel.names(), ["Survival"], "{kind:?} {faults:?}");
            let again = orders(&api, "one").await.is(200).json();
            assert_eq!(again["provision"]["state"], "made", "{kind:?} {faults:?}");
        }
    }
}

#[rocket::async_test]
async fn a_panel_that_refuses_connections_makes_it_once_when_it_is_back() {
    for kind in BOTH {
        for last in ["/external/", "/users", "/eggs/"] {
            let panel = FakePanel::open(kind).await;
            let (shop, api) = panel.with_ada().await;
            panel.break_with(Faults { gone_after: Some(last), ..Faults::default() });
            let made = orders(&api, "one").await.is(201).json();
            assert_eq!(made["provision"]["state"], "creating", "{kind:?} {last}");
            assert_eq!((used(&api).await, panel.count("POST", "/servers")), (json!(1), 0));
            panel.reopen().await;
            shop.advance(30).await;
            shop.work().await;
            assert_eq!((panel.names().len(), used(&api).await), (1, json!(1)), "{kind:?} {last}");
        }
    }
}

#[rocket::async_test]
async fn a_panel_that_stays_away_gives_the_slot_back_once_it_says_that_nothing_is_there() {
    let panel = FakePanel::open(Kind::Pterodactyl).await;
    let (shop, api) = panel.with_ada().await;
    panel.break_with(Faults { instead: Some((500, "broken")), ..Faults::default() });
    orders(&api, "one").await.is(201);
    for _ in 0..60 {
        shop.advance(120).await;
        shop.work().await;
    }
    assert_eq!(used(&api).await, 1, "nobody said that it is not there");
    panel.break_with(Faults { wings_down: true, ..Faults::default() });
    shop.advance(120).await;
    shop.work().await;
    assert_eq!(used(&api).await, 0);
    panel.mend();
    orders(&api, "one").await.is(201);
    assert_eq!(panel.names().len(), 1);
}

#[rocket::async_test]
async fn a_process_that_dies_half_way_is_healed_by_the_next() {
    for kind in BOTH {
        // It died before the panel was asked, and after the panel had made it.
        for lost_after_commit in [false, true] {
            let panel = FakePanel::open(kind).await;
            let (mut shop, api) = panel.with_ada().await;
            panel.break_with(Faults {
                lost_after_commit,
                lost_before_commit: !lost_after_commit,
                ..Faults::default()
            });
            orders(&api, "one").await.is(201);
            let mut conn = shop.database().await;
            // As the rows were while the call was on its way.
            for statement in [
                "UPDATE provisions SET state = 'asked', remote_id = NULL, error = NULL,
                    next_attempt_at = 1768478400 + 180",
                "UPDATE servers SET reserved_until = 9223372036854775807",
            ] {
                sqlx::query(statement).execute(&mut conn).await.unwrap();
            }
            panel.mend();
            shop.restart().await;
            let api = shop.api("panel").await;
            shop.advance(100 * 86_400).await;
            assert_eq!(used(&api).await, 1, "a reservation in doubt does not run out");
            shop.work().await;
            assert_eq!((panel.names().len(), used(&api).await), (1, json!(1)), "{kind:?}");
            let again = orders(&api, "one").await.is(200).json();
            assert_eq!(again["provision"]["state"], "made");
        }
    }
}

#[rocket::async_test]
async fn fifty_at_once_at_the_limit_make_exactly_the_limit() {
    for kind in BOTH {
        let panel = FakePanel::open(kind).await;
        let (shop, api) = panel.with_ada().await;
        api.buys(&shop, "ada", "starter", "month").await;
        shop.settle().await;
        let all = (0..50).map(|number| {
            let api = api.clone();
            async move { orders(&api, &format!("s{number}")).await.status }
        });
        let mut statuses = futures::future::join_all(all).await;
        statuses.sort_unstable();
        assert_eq!(statuses[..3], [201; 3], "{kind:?}");
        assert_eq!(statuses[3..], [402; 47], "{kind:?}");
        shop.work().await;
        assert_eq!((panel.names().len(), used(&api).await), (3, json!(3)), "{kind:?}");
    }
}

#[rocket::async_test]
async fn a_template_that_is_not_there_is_named_with_those_that_are() {
    let panel = FakePanel::open(Kind::Pelican).await;
    let (_shop, api) = panel.with_ada().await;
    let body = json!({ "template": "papre" });
    let refused = api.put("/accounts/ada/servers/one", body.clone()).await.is(422);
    refused.has("`papre` is no template; there is paper");
    let without = Shop::open().await;
    let api = without.api("panel").await;
    api.account("ada").await;
    api.put("/accounts/ada/servers/one", body).await.is(422).has("no panel is configured");
}
