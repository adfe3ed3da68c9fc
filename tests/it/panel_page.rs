//! `/servers` where a driver has the servers made, and what the panel's own list changes.

use serde_json::{Value, json};

use crate::fake_panel::{BOTH, FakePanel, Faults, Kind, orders};
use crate::shop::{Answer, DAY, HOUR, Shop, Visitor};

async fn asks_for(visitor: &Visitor, name: &str) -> Answer {
    visitor.post("/servers", &[("name", name), ("template", "Paper")]).await
}

#[rocket::async_test]
async fn a_visitor_chooses_a_kind_and_sees_what_becomes_of_it() {
    for kind in BOTH {
        let panel = FakePanel::open(kind).await;
        let (shop, ada) = panel.with_ada_signed_in().await;
        ada.get("/servers").await.is(200).has("Paper").has_not("name=\"game\"");
        ada.post("/servers", &[("name", "X"), ("template", "Else")])
            .await
            .is(422)
            .has("Choose one");
        panel.break_with(Faults { no_allocation: true, ..Faults::default() });
        asks_for(&ada, "First").await.is(409).has("No allocations satisfying").has("0 of 1 server");
        panel.break_with(Faults { wings_down: true, ..Faults::default() });
        asks_for(&ada, "Second").await.is(303);
        let page = ada.get("/servers").await.is(200).has("Being created").has("1 of 1 server");
        let page = page.has("Second is being created").has_not("is created");
        page.has("Not made: No allocations satisfying");
        panel.mend();
        shop.advance(HOUR).await;
        shop.work().await;
        ada.get("/servers").await.is(200).has("At the game panel since").has_not("Being created");
        asks_for(&ada, "Third").await.is(402).has("/billing/plans");
        assert_eq!(panel.names(), ["Second"], "{kind:?}");
        shop.advance(DAY).await;
        ada.get("/servers").await.is(200).has_not("Not made");
    }
}

#[rocket::async_test]
async fn who_deleted_a_server_at_the_panel_creates_the_next_at_once() {
    for kind in BOTH {
        let panel = FakePanel::open(kind).await;
        let (_shop, ada) = panel.with_ada_signed_in().await;
        asks_for(&ada, "First").await.is(303);
        asks_for(&ada, "Second").await.is(402);
        panel.state().servers.clear();
        asks_for(&ada, "Third").await.is(303);
        assert_eq!(panel.names(), ["Third"], "{kind:?}");
    }
}

#[rocket::async_test]
async fn fifty_forms_at_once_at_the_limit_make_exactly_the_limit() {
    for kind in BOTH {
        let panel = FakePanel::open(kind).await;
        let (shop, ada) = panel.with_ada_signed_in().await;
        ada.buys("starter").await;
        let all = (0..50).map(|number| {
            let ada = ada.clone();
            async move { asks_for(&ada, &format!("s{number}")).await.status }
        });
        let mut statuses = futures::future::join_all(all).await;
        statuses.sort_unstable();
        assert_eq!((&statuses[..3], &statuses[3..]), (&[303; 3][..], &[402; 47][..]), "{kind:?}");
        shop.work().await;
        assert_eq!(panel.names().len(), 3, "{kind:?}");
        ada.get("/servers").await.is(200).has("3 of 3 servers");
    }
}

#[rocket::async_test]
async fn only_the_last_of_what_was_not_made_is_shown_at_once() {
    let panel = FakePanel::open(Kind::Pelican).await;
    let (shop, ada) = panel.with_ada_signed_in().await;
    panel.break_with(Faults { no_allocation: true, ..Faults::default() });
    for number in 0..6 {
        asks_for(&ada, &format!("Nr{number}")).await.is(409);
        shop.advance(60).await;
    }
    let page = ada.get("/servers").await.is(200);
    let (first, rest) = page.text.split_once("<summary>3 more were not made</summary>").unwrap();
    for (part, shown) in [(first, ["Nr5", "Nr4", "Nr3"]), (rest, ["Nr2", "Nr1", "Nr0"])] {
        let places: Vec<_> = shown.iter().map(|name| part.find(name).expect(name)).collect();
        assert!(places.is_sorted(), "newest first: {shown:?}");
    }
}

#[rocket::async_test]
async fn one_form_orders_one_server() {
    let panel = FakePanel::open(Kind::Pelican).await;
    let (_shop, ada) = panel.with_ada_signed_in().await;
    let form = [("name", "One"), ("template", "Paper"), ("nonce", "abc")];
    for _ in 0..2 {
        ada.post("/servers", &form).await.is(303);
    }
    assert_eq!(panel.names(), ["One"]);
}

#[rocket::async_test]
async fn orders_are_counted_since_each_asks_the_panel_several_times() {
    let panel = FakePanel::open(Kind::Pelican).await;
    let limits = "[default.billing.limits]\ncheckout = \"2/1h\"\n";
    let shop = Shop::with(&format!("{}{limits}", panel.configuration(""))).await;
    let ada = shop.visitor("ada").await;
    for _ in 0..2 {
        asks_for(&ada, "One").await.is(409);
    }
    let calls = panel.state().calls.len();
    asks_for(&ada, "One").await.is(429).header("retry-after");
    assert_eq!(panel.state().calls.len(), calls, "the panel is not asked");
}

/// The shop, the API, and Ada with one server at the panel.
async fn with_one(panel: &FakePanel) -> (Shop, crate::shop::Api) {
    let (shop, api) = panel.with_ada().await;
    orders(&api, "ada", "one").await.is(201);
    shop.work().await;
    (shop, api)
}

async fn ids(api: &crate::shop::Api) -> Vec<Value> {
    let list = api.get("/accounts/ada/servers").await.is(200).json();
    list["data"].as_array().unwrap().iter().map(|server| server["id"].clone()).collect()
}

#[rocket::async_test]
async fn what_is_deleted_at_the_panel_frees_its_slot_and_what_is_new_there_counts() {
    for kind in BOTH {
        let panel = FakePanel::open(kind).await;
        let (shop, api) = with_one(&panel).await;
        let mut other = panel.state().servers[0].clone();
        other["id"] = json!(7);
        other["uuid"] = json!("0000-7");
        other["external_id"] = Value::Null;
        panel.state().servers.push(other);
        shop.live_through(HOUR).await;
        assert_eq!(ids(&api).await, ["one", "panel-0000-7"], "{kind:?}");
        assert_eq!(api.quota("ada").await["over_by"], 1, "it is never refused");

        panel.state().servers.clear();
        shop.live_through(HOUR).await;
        assert!(ids(&api).await.is_empty(), "{kind:?}");
        orders(&api, "ada", "two").await.is(201);
        panel.state().servers.clear();
        orders(&api, "ada", "three").await.is(201);
        assert_eq!(ids(&api).await, ["three"], "{kind:?}: who is refused is looked at first");
        for server in ["one", "two", "three"] {
            api.delete(&format!("/accounts/ada/servers/{server}")).await.is(204);
        }
        shop.live_through(HOUR).await;
        assert_eq!(panel.names().len(), 1, "{kind:?}");
        let deletes = panel.state().calls.iter().any(|call| call.method == "DELETE");
        assert!(!deletes, "{kind:?}: nothing is ever deleted from here");
    }
}

#[rocket::async_test]
async fn servers_that_are_not_shown_are_not_gone() {
    for kind in BOTH {
        for faults in [
            Faults { deny_include: true, ..Faults::default() },
            Faults { instead: Some((200, "<html>")), ..Faults::default() },
            Faults { instead: Some((500, "broken")), ..Faults::default() },
            Faults { instead: Some((403, "no right")), ..Faults::default() },
            Faults { busy: 9, ..Faults::default() },
        ] {
            let panel = FakePanel::open(kind).await;
            let (shop, api) = with_one(&panel).await;
            panel.break_with(faults.clone());
            shop.live_through(HOUR).await;
            assert_eq!(ids(&api).await, ["one"], "{kind:?} {faults:?}");
        }
    }
}

#[rocket::async_test]
async fn a_slot_given_back_while_the_server_is_there_is_found_again() {
    for kind in BOTH {
        let panel = FakePanel::open(kind).await;
        let (shop, api) = with_one(&panel).await;
        api.delete("/accounts/ada/servers/one").await.is(204);
        shop.live_through(HOUR).await;
        assert_eq!(api.quota("ada").await["used"], 1, "{kind:?}: it is there");
        api.put("/accounts/ada/servers", json!({ "servers": [] })).await.is(200);
        shop.live_through(HOUR).await;
        assert_eq!(api.quota("ada").await["used"], 1, "{kind:?}");
    }
}

#[rocket::async_test]
async fn a_host_that_dies_while_it_deletes_a_server_leaves_no_server_that_does_not_count() {
    for kind in BOTH {
        let panel = FakePanel::open(kind).await;
        let (shop, api) = with_one(&panel).await;
        let account = coinslot::AccountId::new("ada").unwrap();
        let server = coinslot::ServerId::new("one").unwrap();
        coinslot::ServerSlot::leave(&shop.billing, &account, &server).await.unwrap();
        shop.live_through(HOUR).await;
        assert_eq!(api.quota("ada").await["used"], 1, "{kind:?}: it is there");
        orders(&api, "ada", "two").await.is(402);
    }
}

#[rocket::async_test]
async fn an_order_that_is_taken_back_keeps_its_slot_until_nothing_is_there() {
    for kind in BOTH {
        let panel = FakePanel::open(kind).await;
        let (shop, api) = panel.with_ada().await;
        panel.break_with(Faults { instead: Some((500, "broken")), ..Faults::default() });
        orders(&api, "ada", "one").await.is(201);
        api.delete("/accounts/ada/servers/one").await.is(204);
        assert_eq!(api.quota("ada").await["used"], 1, "nobody knows whether it is there");
        panel.mend();
        shop.advance(HOUR).await;
        shop.work().await;
        assert_eq!((panel.names().len(), api.quota("ada").await["used"].clone()), (0, json!(0)));
    }
}

/// What each page of the list names, from the first by "next" to the last.
async fn pages(visitor: &Visitor) -> Vec<Vec<String>> {
    let (mut pages, mut next) = (Vec::new(), Some("/servers".to_owned()));
    while let Some(path) = next {
        let text = visitor.get(&path).await.is(200).has("65 of 1 server").text;
        let rows = text.split("<th scope=\"row\">").skip(1);
        pages.push(rows.map(|row| row.split('<').next().unwrap().trim().to_owned()).collect());
        next = text.split_once("rel=\"next\" href=\"").map(|(_, rest)| {
            let (path, _) = rest.split_once('"').unwrap();
            path[path.find("/servers").unwrap()..].to_owned()
        });
        assert!(pages.len() < 9, "it ends");
    }
    pages
}

#[rocket::async_test]
async fn each_of_many_servers_is_on_one_page_beside_those_of_the_built_in_panel() {
    let panel = FakePanel::open(Kind::Pelican).await;
    let (shop, ada) = panel.with_ada_signed_in().await;
    asks_for(&ada, "made").await.is(303);
    let first = panel.state().servers[0].clone();
    for number in 1..60 {
        let mut more = first.clone();
        more["id"] = json!(1_000 + number);
        more["uuid"] = json!(format!("0000-{number}"));
        more["external_id"] = Value::Null;
        more["name"] = json!(format!("made {number}"));
        panel.state().servers.push(more);
    }
    // From before a driver was configured.
    let account = shop.account_of("ada").await;
    let mut conn = shop.database().await;
    for number in 0..5 {
        for statement in [
            "INSERT INTO servers (account_id, id, created_at) VALUES (?1, ?2, 0)",
            "INSERT INTO panel_servers (account_id, id, name, game, created_at)
             VALUES (?1, ?2, 'own ' || ?2, 'Minecraft', 0)",
        ] {
            let row = sqlx::query(statement).bind(&account).bind(format!("srv_{number}"));
            row.execute(&mut conn).await.unwrap();
        }
    }
    shop.live_through(HOUR).await;

    let seen = pages(&ada).await;
    assert_eq!(seen.iter().map(Vec::len).collect::<Vec<_>>(), [30, 25, 10]);
    let all: std::collections::BTreeSet<&String> = seen.iter().flatten().collect();
    assert_eq!(all.len(), 65, "none is named twice");
    for (wanted, page) in [(0, 1), (3, 3), (4, 3), (u32::MAX, 3)] {
        let text = ada.get(&format!("/servers?page={wanted}")).await.is(200).text;
        assert!(text.contains(&format!("Page {page} of 3")), "{wanted}");
    }
}
