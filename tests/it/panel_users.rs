//! Who an account is at the panel.

use serde_json::json;

use crate::fake_panel::{BOTH, FakePanel, Kind};
use crate::shop::{Answer, Shop};

async fn orders(shop: &Shop, account: &str) -> Answer {
    let api = shop.api("panel").await;
    let body = json!({ "email": format!("{account}@Example.com") });
    api.put(&format!("/accounts/{account}"), body).await;
    api.put(&format!("/accounts/{account}/servers/one"), json!({ "template": "paper" })).await
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
            orders(&shop, account).await.is(201);
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
    orders(&shop, "ada").await.is(409).has("register at the game panel").has("cs-ada");
    assert_eq!(shop.api("panel").await.quota("ada").await["used"], 0);
    panel.user("ada@example.com");
    orders(&shop, "ada").await.is(201);

    panel.user("bob@example.com");
    let strict = Shop::with(&panel.configuration("users = \"external_id\"")).await;
    orders(&strict, "bob").await.is(409).has("cs-bob");
}

#[rocket::async_test]
async fn an_administrator_or_anothers_user_is_not_taken_by_address() {
    let panel = FakePanel::open(Kind::Pelican).await;
    let id = panel.user("ada@example.com");
    panel.state().users[0]["root_admin"] = json!(true);
    let shop = Shop::with(&panel.configuration("")).await;
    orders(&shop, "ada").await.is(409).has("administrator");
    panel.state().users[0]["external_id"] = json!("cs-ada");
    orders(&shop, "ada").await.is(201);
    panel.state().users[0]["root_admin"] = json!(false);
    panel.state().users[0]["email"] = json!("bob@example.com");
    let refused = orders(&shop, "bob").await.is(409);
    refused.has(&format!("user {id} of the panel belongs to another account"));
    assert_eq!(panel.state().servers.len(), 1);
}

#[rocket::async_test]
async fn an_account_that_fits_into_no_address_has_an_external_id_all_the_same() {
    let panel = FakePanel::open(Kind::Pterodactyl).await;
    let shop = Shop::with(&panel.configuration("users = \"create\"")).await;
    orders(&shop, "shop:ada.b").await.is(201);
    let external = panel.state().users[0]["external_id"].as_str().unwrap().to_owned();
    assert!(external.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'), "{external}");
}

#[rocket::async_test]
async fn a_user_who_was_deleted_at_the_panel_is_looked_for_anew() {
    let panel = FakePanel::open(Kind::Pelican).await;
    panel.user("ada@example.com");
    let shop = Shop::with(&panel.configuration("")).await;
    orders(&shop, "ada").await.is(201);
    panel.state().servers.clear();
    panel.state().users.clear();
    shop.billing.reconcile().await;
    panel.user("ada@example.com");
    let api = shop.api("panel").await;
    assert_eq!(api.quota("ada").await["used"], 1, "a user who is gone says nothing of servers");
    api.delete("/accounts/ada/servers/one").await.is(204);
    orders(&shop, "ada").await.is(201);
}
