//! The gate under pressure: exactly the limit, no lost slot, no stranger.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::shop::{DAY, START, Shop};
use coinslot::Timestamp;

#[rocket::async_test]
async fn sixty_four_creates_at_once_take_exactly_what_is_left_twenty_times_over() {
    let shop = Shop::open().await;
    let api = shop.api("panel").await;
    let account = api.account("ada").await;
    api.buys(&shop, &account, "starter", "month").await;
    shop.settle().await;
    for round in 0..20 {
        api.put(&format!("/accounts/{account}/servers"), json!({ "servers": [] })).await.is(200);
        let creates = (0..64).map(|number| {
            let path = format!("/accounts/{account}/servers/r{round}-{number}");
            let api = &api;
            async move { api.put(&path, json!({})).await.status }
        });
        let statuses = futures::future::join_all(creates).await;
        assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 3, "round {round}");
        assert_eq!(statuses.iter().filter(|status| **status == 402).count(), 61, "round {round}");
        let quota = api.quota(&account).await;
        assert_eq!((&quota["used"], &quota["can_create"]), (&json!(3), &json!(false)));
    }
}

#[rocket::async_test]
async fn sixty_four_visitors_tabs_take_the_one_free_slot() {
    let shop = Shop::open().await;
    let ada = shop.visitor("ada").await;
    let tabs = (0..64).map(|number| {
        let ada = ada.clone();
        async move { ada.creates_server(&format!("server {number}")).await.status }
    });
    let statuses = futures::future::join_all(tabs).await;
    assert_eq!(statuses.iter().filter(|status| **status == 303).count(), 1);
    assert_eq!(statuses.iter().filter(|status| **status == 402).count(), 63);
}

#[rocket::async_test]
async fn every_call_of_the_panel_next_door_can_be_repeated() {
    let shop = Shop::open().await;
    let api = shop.api("panel").await;
    let account = api.account("ada").await;
    let path = format!("/accounts/{account}/servers/one");
    api.put(&path, json!({ "name": "One" })).await.is(201);
    let again = api.put(&path, json!({ "name": "One" })).await.is(200).json();
    assert_eq!(again["server"]["id"], "one");
    assert_eq!(again["quota"]["used"], 1);
    api.put("/accounts/ada/servers/two", json!({})).await.is(402).code("subscription_required");
    api.delete(&path).await.is(204);
    api.delete(&path).await.is(204);
    api.put("/accounts/ada/servers/two", json!({})).await.is(201);
}

#[rocket::async_test]
async fn the_panels_own_list_is_believed_even_above_the_limit_and_nothing_is_taken_away() {
    let shop = Shop::open().await;
    let api = shop.api("panel").await;
    let account = api.account("ada").await;
    let list: Vec<Value> = (0..5).map(|number| json!({ "id": format!("s{number}") })).collect();
    let quota = api
        .put(&format!("/accounts/{account}/servers"), json!({ "servers": list }))
        .await
        .is(200)
        .json();
    assert_eq!(
        (&quota["used"], &quota["over_by"], &quota["remaining"]),
        (&json!(5), &json!(4), &json!(0))
    );
    api.put("/accounts/ada/servers/s5", json!({})).await.is(402);
    api.put("/accounts/ada/servers/s4", json!({})).await.is(200);
    let servers = api.get("/accounts/ada/servers").await.is(200).json();
    let states: Vec<&Value> =
        servers["data"].as_array().expect("a list").iter().map(|server| &server["state"]).collect();
    assert_eq!(states, [&json!("active"); 5]);
}

#[rocket::async_test]
async fn an_exemption_holds_until_its_end_and_no_longer() {
    let shop = Shop::open().await;
    let api = shop.api("admin").await;
    let account = api.account("ada").await;
    let path = format!("/accounts/{account}/exemption");
    api.put(&path, json!({ "reason": "" })).await.is(422).code("invalid_request");
    api.put(&path, json!({ "reason": "sponsor", "until": "2020-01-01T00:00:00Z" })).await.is(422);
    let until = Timestamp(START + DAY).to_string();
    let exempt =
        api.put(&path, json!({ "reason": "sponsor", "until": until })).await.is(200).json();
    assert_eq!((&exempt["billing_exempt"], &exempt["state"]), (&json!(true), &json!("exempt")));
    assert_eq!(exempt["quota"]["limit"], Value::Null);
    for number in 0..30 {
        api.put(&format!("/accounts/{account}/servers/s{number}"), json!({})).await.is(201);
    }
    shop.clock.set(Timestamp(START + DAY - 1));
    assert_eq!(api.quota(&account).await["can_create"], true);
    shop.clock.set(Timestamp(START + DAY));
    let after = api.get(&format!("/accounts/{account}")).await.is(200).json();
    assert_eq!(
        (&after["billing_exempt"], &after["exempt_reason"]),
        (&json!(false), &json!("sponsor"))
    );
    assert_eq!(after["exempt_until"], json!(until));
    assert_eq!((&after["quota"]["limit"], &after["quota"]["over_by"]), (&json!(1), &json!(29)));

    api.put(&path, json!({ "reason": "for good" })).await.is(200);
    assert_eq!(api.quota(&account).await["basis"], "exempt");
    api.delete(&path).await.is(200);
    api.delete(&path).await.is(200);
    assert_eq!(api.quota(&account).await["basis"], "free");
}

#[rocket::async_test]
async fn the_gate_does_not_wait_for_stripe() {
    let shop = Shop::open().await;
    let api = shop.api("panel").await;
    let account = api.account("ada").await;
    shop.sandbox.clear_requests();
    api.put(&format!("/accounts/{account}/servers/one"), json!({})).await.is(201);
    api.put(&format!("/accounts/{account}/servers/two"), json!({})).await.is(402);
    api.quota(&account).await;
    assert!(shop.sandbox.requests().is_empty());
}

#[rocket::async_test]
async fn another_accounts_ids_lead_nowhere() {
    let shop = Shop::open().await;
    let (ada, eve) = (shop.visitor("ada").await, shop.visitor("eve").await);
    ada.creates_server("one").await.is(303);
    let page = ada.get("/servers").await.is(200).text;
    let id = page.split("/servers/").nth(1).and_then(|rest| rest.split('/').next()).expect("an id");
    eve.post::<&str>(&format!("/servers/{id}/delete"), &[]).await.is(404);
    ada.get("/servers").await.is(200).has("one");
    ada.post::<&str>(&format!("/servers/{id}/delete"), &[]).await.is(303);
    ada.get("/servers").await.is(200).has_not(id);
}

#[rocket::async_test]
async fn a_server_of_the_panel_next_door_keeps_its_slot_whatever_is_deleted_here() {
    let shop = Shop::open().await;
    let ada = shop.visitor("ada").await;
    let account = shop.account_of("ada").await;
    let api = shop.api("panel").await;
    api.put(&format!("/accounts/{account}/servers/next-door"), json!({})).await.is(201);
    ada.post::<&str>("/servers/next-door/delete", &[]).await.is(404);
    assert_eq!(api.quota(&account).await["used"], 1);
    ada.creates_server("one more").await.is(402);
}

#[rocket::async_test]
async fn deletions_that_wait_for_the_writer_keep_nobody_from_reading() {
    let shop = Shop::open().await;
    let api = shop.api("panel").await;
    api.account("ada").await;
    let lock = shop.lock_database().await;
    let mut deletions = tokio::task::JoinSet::new();
    for number in 0..16 {
        let api = api.clone();
        deletions
            .spawn(async move { api.delete(&format!("/accounts/ada/servers/{number}")).await });
    }
    for _ in 0..50 {
        let read = tokio::time::timeout(Duration::from_secs(2), api.quota("ada"));
        assert!(read.await.is_ok(), "the readers wait for the writer");
    }
    drop(lock);
    while let Some(deleted) = deletions.join_next().await {
        deleted.expect("nobody panics here").is(204);
    }
}

#[rocket::async_test]
async fn claims_that_are_committed_together_are_answered_each_for_itself() {
    let shop = Shop::open().await;
    let api = shop.api("panel").await;
    for account in ["ada", "bob"] {
        api.account(account).await;
    }
    let claims = (0..60).map(|number| {
        let server = if number % 3 == 1 { "same".to_owned() } else { format!("s{number}") };
        let path = format!("/accounts/{}/servers/{server}", ["ada", "bob", "nobody"][number % 3]);
        let api = &api;
        async move { api.put(&path, json!({})).await.status }
    });
    let statuses = futures::future::join_all(claims).await;
    for (account, table) in [[(201, 1), (402, 19)], [(201, 1), (200, 19)], [(404, 20), (500, 0)]]
        .into_iter()
        .enumerate()
    {
        let own: Vec<u16> = statuses.iter().skip(account).step_by(3).copied().collect();
        for (status, times) in table {
            let found = own.iter().filter(|own| **own == status).count();
            assert_eq!(found, times, "{status} of {own:?}");
        }
    }
}

#[rocket::async_test]
async fn claims_that_wait_for_a_locked_database_are_all_told_at_once_to_come_again() {
    let shop = Shop::open().await;
    let api = shop.api("panel").await;
    api.account("ada").await;
    let lock = shop.lock_database().await;
    let begun = Instant::now();
    let claims = (0..150).map(|number| {
        let api = &api;
        async move {
            let answer = api.put(&format!("/accounts/ada/servers/{number}"), json!({})).await;
            answer.is(503).code("unavailable")
        }
    });
    futures::future::join_all(claims).await;
    assert!(begun.elapsed() < Duration::from_secs(9), "one waits for the other");
    drop(lock);
    api.put("/accounts/ada/servers/1", json!({})).await.is(201);
}
