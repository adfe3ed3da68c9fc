//! Who an account is at the panel.

use serde_json::json;

use crate::fake_panel::{BOTH, FakePanel, Faults, Kind, exempts, orders};
use crate::shop::{Answer, Api, HOUR, Shop};

/// A first server for an account whose address has capitals.
async fn first_for(shop: &Shop, account: &str) -> Answer {
    let api = shop.api("panel").await;
    let body = json!({ "email": format!("{account}@Example.com") });
    api.put(&format!("/accounts/{account}"), body).await;
    orders(&api, account, "one").await
}

#[rocket::async_test]
async fn a_user_is_found_by_external_id_then_by_exact_address_over_all_pages_then_made() {
    for kind in BOTH {
        let panel = FakePanel::open(kind).await;
        let by_id = panel.state().add_user("somebody@example.com", Some("cs-ada"));
        for number in 0..120 {
            panel.user(&format!("x{number}-bob@example.com"));
        }
        let by_email = panel.user("bob@example.com");
        let shop = Shop::with(&panel.configuration("users = \"create\"")).await;
        for account in ["ada", "bob", "cyd"] {
            first_for(&shop, account).await.is(201);
        }
        let owners: Vec<_> =
            panel.state().servers.iter().map(|server| server["user"].clone()).collect();
        assert_eq!(owners[..2], [json!(by_id), json!(by_email)], "{kind:?}");
        let state = panel.state();
        let made = state.users.iter().find(|user| user["id"] == owners[2]).expect("a new user");
        assert_eq!(made["external_id"], "cs-cyd", "{kind:?}");
    }
}

#[rocket::async_test]
async fn who_is_not_found_is_told_how_to_be_and_keeps_the_slot() {
    let panel = FakePanel::open(Kind::Pterodactyl).await;
    let shop = Shop::with(&panel.configuration("")).await;
    first_for(&shop, "ada").await.is(409).has("register at the game panel").has("cs-ada");
    assert_eq!(shop.api("panel").await.quota("ada").await["used"], 0);
    panel.user("ada@example.com");
    first_for(&shop, "ada").await.is(201);

    panel.user("bob@example.com");
    let strict = Shop::with(&panel.configuration("users = \"external_id\"")).await;
    first_for(&strict, "bob").await.is(409).has("cs-bob");
}

#[rocket::async_test]
async fn an_administrator_or_anothers_user_is_not_taken_by_address() {
    let panel = FakePanel::open(Kind::Pelican).await;
    panel.user("ada@example.com");
    panel.state().users[0]["root_admin"] = json!(true);
    let shop = Shop::with(&panel.configuration("")).await;
    first_for(&shop, "ada").await.is(409).has("administrator");
    panel.state().users[0]["external_id"] = json!("cs-ada");
    first_for(&shop, "ada").await.is(201);
    panel.state().users[0]["root_admin"] = json!(false);
    panel.state().users[0]["email"] = json!("bob@example.com");
    first_for(&shop, "bob").await.is(409).has("external id of another account").has("cs-bob");
    assert_eq!(panel.state().servers.len(), 1);
}

#[rocket::async_test]
async fn an_account_whose_id_differs_in_capitals_only_is_somebody_else() {
    for kind in BOTH {
        let panel = FakePanel::open(kind).await;
        panel.state().add_user("somebody@example.com", Some("cs-ada"));
        let shop = Shop::with(&panel.configuration("")).await;
        first_for(&shop, "Ada").await.is(409).has("register at the game panel").has("cs-Ada");
        first_for(&shop, "ada").await.is(201);
        assert_eq!(panel.names().len(), 1, "{kind:?}");
    }
}

#[rocket::async_test]
async fn an_account_that_fits_into_no_address_has_an_external_id_all_the_same() {
    let panel = FakePanel::open(Kind::Pterodactyl).await;
    let shop = Shop::with(&panel.configuration("users = \"create\"")).await;
    first_for(&shop, "shop:ada.b").await.is(201);
    first_for(&shop, "Ada_").await.is(201);
    let external = panel.state().users[0]["external_id"].as_str().unwrap().to_owned();
    assert!(external.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'), "{external}");
}

#[rocket::async_test]
async fn a_user_who_was_deleted_at_the_panel_is_looked_for_anew() {
    let panel = FakePanel::open(Kind::Pelican).await;
    panel.user("ada@example.com");
    let shop = Shop::with(&panel.configuration("")).await;
    first_for(&shop, "ada").await.is(201);
    panel.state().servers.clear();
    panel.state().users.clear();
    shop.billing.reconcile().await;
    panel.user("ada@example.com");
    first_for(&shop, "ada").await.is(201);
    assert_eq!(panel.state().servers.len(), 1);
}

#[rocket::async_test]
async fn servers_of_a_user_who_was_deleted_count_for_as_long_as_the_panel_has_them() {
    for kind in BOTH {
        let panel = FakePanel::open(kind).await;
        panel.user("ada@example.com");
        let shop = Shop::with(&panel.configuration("")).await;
        let api = shop.api("panel").await;
        first_for(&shop, "ada").await.is(201);
        panel.state().users.clear();
        shop.live_through(HOUR).await;
        assert_eq!(api.quota("ada").await["used"], 1, "{kind:?}: the server is there");
        panel.break_with(Faults { unreadable_server: true, ..Faults::default() });
        panel.state().servers.clear();
        shop.live_through(HOUR).await;
        assert_eq!(api.quota("ada").await["used"], 1, "{kind:?}: nobody said that it is gone");
        panel.mend();
        shop.live_through(HOUR).await;
        assert_eq!(api.quota("ada").await["used"], 0, "{kind:?}");
    }
}

#[rocket::async_test]
async fn an_order_for_a_user_who_was_deleted_frees_the_slots_that_went_with_them() {
    for kind in BOTH {
        let panel = FakePanel::open(kind).await;
        panel.user("ada@example.com");
        let shop = Shop::with(&panel.configuration("")).await;
        let admin = shop.api("admin").await;
        first_for(&shop, "ada").await.is(201);
        exempts(&admin, "ada").await;
        panel.state().servers.clear();
        panel.state().users.clear();
        let refused = orders(&admin, "ada", "two").await.is(409);
        refused.has("register at the game panel");
        shop.work().await;
        assert_eq!(admin.quota("ada").await["used"], 0, "{kind:?}: no user, so no server either");
    }
}

/// Ada, exempt, has a server at `panel`, where her user is deleted.
async fn without_her_user(panel: &FakePanel, users: &str) -> (Shop, Api) {
    panel.state().add_user("ada@example.com", Some("cs-ada"));
    let shop = Shop::with(&panel.configuration(&format!("users = \"{users}\""))).await;
    let admin = shop.api("admin").await;
    first_for(&shop, "ada").await.is(201);
    exempts(&admin, "ada").await;
    panel.state().users.clear();
    (shop, admin)
}

#[rocket::async_test]
async fn whatever_the_panel_would_not_say_of_a_lost_users_servers_is_asked_again() {
    let unreadable = Faults { unreadable_server: true, ..Faults::default() };
    let silent = Faults { silent: true, ..Faults::default() };
    let busy = Faults { busy: 9, ..Faults::default() };
    for kind in BOTH {
        for (users, is_back) in [("email", false), ("email", true), ("create", true)] {
            for later in [&Faults::default(), &silent, &busy, &unreadable] {
                let panel = FakePanel::open(kind).await;
                let (shop, admin) = without_her_user(&panel, users).await;
                let what = format!("{kind:?} {users} {is_back} {later:?}");
                panel.state().servers.clear();
                panel.break_with(unreadable.clone());
                if is_back && users == "email" {
                    panel.user("ada@example.com");
                }
                let ordered = orders(&admin, "ada", "two").await;
                ordered.is(if is_back { 201 } else { 409 });
                panel.break_with(later.clone());
                shop.live_through(10).await;
                panel.mend();
                for _ in 0..4 {
                    shop.live_through(HOUR).await;
                }
                let made = usize::from(is_back);
                assert_eq!(admin.quota("ada").await["used"], made, "{what}");
                assert_eq!(panel.names(), &["two"][..made], "{what}");
            }
        }
    }
}

#[rocket::async_test]
async fn a_server_that_outlives_its_user_counts_beside_those_of_the_next() {
    for kind in BOTH {
        let panel = FakePanel::open(kind).await;
        let (shop, admin) = without_her_user(&panel, "create").await;
        orders(&admin, "ada", "two").await.is(201);
        for _ in 0..4 {
            shop.live_through(HOUR).await;
        }
        let user = panel.state().users[0].clone();
        assert_eq!(user["external_id"], "cs-ada", "{kind:?}");
        assert_eq!(panel.state().servers[1]["user"], user["id"], "{kind:?}");
        assert_eq!(admin.quota("ada").await["used"], 2, "{kind:?}: both are there");

        // An operator gives it to somebody else.
        let heir = panel.user("heir@example.com");
        panel.state().servers[0]["user"] = json!(heir);
        shop.live_through(HOUR).await;
        assert_eq!(admin.quota("ada").await["used"], 1, "{kind:?}");
    }
}

#[rocket::async_test]
async fn a_user_whom_somebody_else_made_meanwhile_is_the_accounts() {
    for kind in BOTH {
        let panel = FakePanel::open(kind).await;
        panel.break_with(Faults { rival: true, ..Faults::default() });
        let shop = Shop::with(&panel.configuration("users = \"create\"")).await;
        first_for(&shop, "ada").await.is(201);
        let state = panel.state();
        assert_eq!(state.users.len(), 1, "{kind:?}");
        assert_eq!(state.servers[0]["user"], state.users[0]["id"], "{kind:?}");
    }
}

#[rocket::async_test]
async fn every_name_that_is_taken_here_is_taken_there() {
    for kind in BOTH {
        let panel = FakePanel::open(kind).await;
        let shop = Shop::with(&panel.configuration("users = \"create\"")).await;
        let api = shop.api("panel").await;
        let (long, longer) = ("ü".repeat(200), format!("A {}", "b".repeat(198)));
        for (account, name) in [("ada", "X"), ("bob", "A  B"), ("cyd", &long), ("dan", &longer)] {
            let body = json!({ "email": format!("{account}@example.com"), "name": name });
            api.put(&format!("/accounts/{account}"), body).await.is(201);
            let body = json!({ "name": name, "template": "paper" });
            api.put(&format!("/accounts/{account}/servers/one"), body).await.is(201);
        }
    }
}

#[rocket::async_test]
async fn a_user_with_the_external_id_of_another_account_is_not_taken_by_address() {
    let panel = FakePanel::open(Kind::Pterodactyl).await;
    panel.state().add_user("ada@example.com", Some("cs-bob"));
    panel.state().add_user("cyd@example.com", Some("7"));
    let shop = Shop::with(&panel.configuration("")).await;
    first_for(&shop, "ada").await.is(409).has("another account").has("cs-ada");
    first_for(&shop, "cyd").await.is(201);
    first_for(&shop, "bob").await.is(201);
}

#[rocket::async_test]
async fn an_address_that_looks_like_every_other_does_not_have_all_users_read() {
    for kind in BOTH {
        let panel = FakePanel::open(kind).await;
        for number in 0..400 {
            panel.user(&format!("x{number}@example.com"));
        }
        let shop = Shop::with(&panel.configuration("users = \"create\"")).await;
        let api = shop.api("panel").await;
        let body = json!({ "email": "%@example.com" });
        api.put("/accounts/all", body).await.is(201);
        let refused = orders(&api, "all", "one").await;
        refused.is(409).has("too many users");
        assert_eq!(panel.count("GET", "/users"), 5, "{kind:?}");
        assert_eq!(panel.count("POST", "/users"), 0, "{kind:?}: there may be one");
    }
}
