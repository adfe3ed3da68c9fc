//! Ids of somebody else's: on every page and call that takes one, not found and without effect.

use serde_json::{Value, json};

use crate::more::{connect, events, text};
use crate::shop::{Api, Shop, Visitor};

/// Ada, who has something, and Eve, who knows its ids.
struct Two {
    shop: Shop,
    ada: Visitor,
    eve: Visitor,
    /// Their account ids.
    adas: String,
    eves: String,
    panel: Api,
}

impl Two {
    /// Ada has Starter, one server and a checkout of her own; Eve has nothing.
    async fn meet() -> Self {
        let shop = Shop::open().await;
        let (ada, eve) = (shop.visitor("ada").await, shop.visitor("eve").await);
        ada.creates_server("hers").await.is(303);
        ada.buys("starter").await;
        shop.settle().await;
        let (adas, eves) = (shop.account_of("ada").await, shop.account_of("eve").await);
        let panel = shop.api("panel").await;
        Self { shop, ada, eve, adas, eves, panel }
    }

    /// Everything the API tells of an account.
    async fn known_of(&self, account: &str) -> [Value; 4] {
        let get = async |path: &str| {
            self.panel.get(&format!("/accounts/{account}{path}")).await.is(200).json()
        };
        [get("").await, get("/servers").await, get("/subscriptions").await, get("/quota").await]
    }

    fn session(&self) -> String {
        self.shop.sandbox.ids("checkout.session").pop().expect("Ada's checkout")
    }
}

#[rocket::async_test]
async fn a_server_of_hers_is_not_mine_to_delete_on_the_page() {
    let two = Two::meet().await;
    let servers = two.panel.get(&format!("/accounts/{}/servers", two.adas)).await.json();
    let hers = text(&servers["data"][0]["id"]);
    let before = two.known_of(&two.adas).await;
    let path = format!("/servers/{hers}/delete");
    let refused = two.eve.post::<&str>(&path, &[]).await.is(404);
    let unknown = two.eve.post::<&str>("/servers/srv_of_nobody/delete", &[]).await.is(404);
    assert_eq!(refused.text, unknown.text, "it does not even show that the server exists");
    assert_eq!(two.known_of(&two.adas).await, before);
    two.ada.get("/servers").await.is(200).has(&hers);
    two.eve.get("/servers").await.is(200).has_not(&hers);
}

#[rocket::async_test]
async fn a_server_id_counts_in_its_own_account_alone() {
    let two = Two::meet().await;
    let servers = two.panel.get(&format!("/accounts/{}/servers", two.adas)).await.json();
    let hers = text(&servers["data"][0]["id"]);
    let before = two.known_of(&two.adas).await;
    let path = format!("/accounts/{}/servers/{hers}", two.eves);
    two.panel.delete(&path).await.is(204);
    two.panel.put(&path, json!({ "name": "mine now" })).await.is(201);
    let list = json!({ "servers": [{ "id": hers, "name": "mine still" }] });
    two.panel.put(&format!("/accounts/{}/servers", two.eves), list).await.is(200);
    two.panel.delete(&path).await.is(204);
    two.panel
        .put(&format!("/accounts/{}/servers", two.eves), json!({ "servers": [] }))
        .await
        .is(200);
    assert_eq!(two.known_of(&two.adas).await, before);
}

#[rocket::async_test]
async fn a_checkout_of_hers_is_not_mine_to_come_back_from() {
    let two = Two::meet().await;
    let session = two.session();
    let before = (two.known_of(&two.adas).await, two.known_of(&two.eves).await);
    two.shop.sandbox.clear_requests();
    let page = two.eve.get(&format!("/billing?session_id={session}")).await.is(404);
    page.has_not("Starter").has_not("ada@example.com");
    let path = format!("/accounts/{}/subscription?session_id={session}", two.eves);
    two.panel.get(&path).await.is(404).code("session_not_found");
    assert!(two.shop.sandbox.requests().is_empty(), "whose it is was known");
    assert_eq!((two.known_of(&two.adas).await, two.known_of(&two.eves).await), before);

    // A checkout that only Stripe remembers is judged by what Stripe says of it.
    let mut disk = connect(two.shop.folder.path()).await;
    sqlx::query("DELETE FROM checkouts").execute(&mut disk).await.expect("it is forgotten");
    two.eve.get(&format!("/billing?session_id={session}")).await.is(404);
    two.panel.get(&path).await.is(404).code("session_not_found");
    assert_eq!((two.known_of(&two.adas).await, two.known_of(&two.eves).await), before);
    two.ada.get(&format!("/billing?session_id={session}")).await.is(200).has("Starter");
}

#[rocket::async_test]
async fn her_subscription_stays_hers_whatever_its_metadata_says() {
    let two = Two::meet().await;
    let before = two.known_of(&two.eves).await;
    let subscription = two.shop.sandbox.ids("subscription").pop().expect("Ada's");
    let claimed = [("account_id", two.eves.as_str()), ("plan", "network")];
    two.shop.sandbox.set_subscription_metadata(&subscription, &claimed);
    two.shop.settle().await;
    assert_eq!(two.known_of(&two.eves).await, before);
    assert_eq!(two.panel.quota(&two.eves).await["limit"], 1);
    assert_eq!(two.panel.quota(&two.adas).await["limit"], 3);
}

#[rocket::async_test]
async fn the_admins_pages_show_her_to_admins_only() {
    let two = Two::meet().await;
    let event = text(&events(&two.shop, "done").await[0]["id"]);
    let admin = two.shop.admin().await;
    let before = (two.known_of(&two.adas).await, events(&two.shop, "done").await);
    for path in [format!("/admin/accounts/{}", two.adas), format!("/admin/events/{event}")] {
        two.eve.get(&path).await.is(403).has_not("ada@example.com");
        admin.get(&path).await.is(200);
    }
    for path in [
        format!("/admin/accounts/{}/exemption", two.eves),
        format!("/admin/accounts/{}/exemption", two.adas),
        format!("/admin/accounts/{}/exemption/revoke", two.adas),
        format!("/admin/accounts/{}/sync", two.adas),
        format!("/admin/events/{event}/replay"),
    ] {
        two.eve.post(&path, &[("reason", "because I can")]).await.is(403);
    }
    assert_eq!((two.known_of(&two.adas).await, events(&two.shop, "done").await), before);
    assert_eq!(two.panel.quota(&two.eves).await["basis"], "free");
    for path in ["/admin/accounts/acc_nobody", "/admin/events/evt_nobody"] {
        admin.get(path).await.is(404);
    }
    for path in ["/admin/accounts/acc_nobody/sync", "/admin/events/evt_nobody/replay"] {
        admin.post::<&str>(path, &[]).await.is(404);
    }
}

#[rocket::async_test]
async fn an_event_of_hers_is_replayed_by_admins_only() {
    let two = Two::meet().await;
    let event = text(&events(&two.shop, "done").await[0]["id"]);
    let path = format!("/events/{event}/replay");
    two.panel.post(&path, json!({})).await.is(403).code("forbidden");
    two.panel.get("/events").await.is(403).code("forbidden");
    assert!(events(&two.shop, "received").await.is_empty());
    let admin = two.shop.api("admin").await;
    admin.post("/events/evt_nobody/replay", json!({})).await.is(404).code("event_not_found");
    let replayed = admin.post(&path, json!({})).await.is(202).json();
    assert_eq!(replayed["account_id"], json!(two.adas));
}

#[rocket::async_test]
async fn an_account_that_nobody_has_is_not_found_on_every_call() {
    let two = Two::meet().await;
    let admin = two.shop.api("admin").await;
    let at = |path: &str| format!("/accounts/acc_nobody{path}");
    two.shop.sandbox.clear_requests();
    for path in ["", "/quota", "/servers", "/subscription", "/subscriptions"] {
        admin.get(&at(path)).await.is(404).code("account_not_found");
    }
    let session = format!("/subscription?session_id={}", two.session());
    admin.get(&at(&session)).await.is(404).code("account_not_found");
    for (path, body) in [
        ("/servers/one", json!({})),
        ("/servers", json!({ "servers": [] })),
        ("/exemption", json!({ "reason": "sponsor" })),
    ] {
        admin.put(&at(path), body).await.is(404).code("account_not_found");
    }
    for (path, body) in [
        ("/checkout", json!({ "plan": "starter", "interval": "month" })),
        ("/portal", json!({})),
        ("/sync", json!({})),
    ] {
        admin.post(&at(path), body).await.is(404).code("account_not_found");
    }
    for path in ["/exemption", "/servers/one"] {
        admin.delete(&at(path)).await.is(404).code("account_not_found");
    }
    assert!(two.shop.sandbox.requests().is_empty());
}

#[rocket::async_test]
async fn the_doors_to_stripe_open_on_ones_own_customer() {
    let two = Two::meet().await;
    two.eve.post::<&str>("/billing/portal", &[]).await.is(409);
    assert!(two.shop.sandbox.ids("billing_portal.session").is_empty());
    two.eve.begins("starter", "month").await;
    let mine = two.shop.sandbox.object(&two.session()).expect("Eve's checkout");
    let customer = two.known_of(&two.eves).await[0]["stripe_customer_id"].clone();
    assert_eq!(mine["customer"], customer);
    assert_eq!(mine["client_reference_id"], json!(two.eves));
    assert_ne!(customer, two.known_of(&two.adas).await[0]["stripe_customer_id"]);
}
