//! Everything of ours below a path of its own, for a site that has a `/billing` or `/admin` already.

use std::collections::BTreeSet;

use serde_json::json;

use crate::shop::{Shop, Visitor};

const MOUNT: &str = "/shop/games";

async fn shop() -> Shop {
    Shop::with(&format!("[default.billing]\nmount = \"{MOUNT}\"\n")).await
}

#[rocket::async_test]
async fn every_link_of_every_page_leads_below_the_mount_point() {
    let shop = shop().await;
    let admin = shop.admin().await;
    let ada = shop.visitor("ada").await;
    ada.creates_server("Survival").await.is(303);
    ada.creates_server("Creative").await.is(402).has("/shop/games/billing/plans");
    let wish = [("plan", "starter"), ("interval", "month")];
    let checkout = ada.post("/shop/games/billing/checkout", &wish).await.is(303).location();
    let back = ada.pays(&checkout, "4242 4242 4242 4242").await.is(303).location();
    assert!(back.starts_with(&format!("{}{MOUNT}/billing?session_id=", shop.base)), "{back}");
    ada.get(&back).await.is(200).has("Starter");
    ada.creates_server("Creative").await.is(303);
    shop.settle().await;

    for (visitor, pages) in [(&ada, 8), (&admin, 20)] {
        let seen = walked(visitor).await;
        assert!(seen.len() >= pages, "{seen:#?}");
    }
    for path in ["/billing", "/billing/plans", "/admin", "/api/v1/plans", "/healthz", "/metrics"] {
        admin.get(path).await.is(404);
        assert_ne!(admin.get(&format!("{MOUNT}{path}")).await.status, 404, "{path}");
    }
}

#[rocket::async_test]
async fn the_panel_next_door_finds_the_api_and_its_users_the_pages_there() {
    let shop = shop().await;
    let api = shop.api("admin").await;
    let api = crate::shop::Api::new(&format!("{}{MOUNT}", shop.base), api.token);
    api.put("/accounts/kim", json!({ "email": "kim@example.com" })).await.is(201);
    api.put("/accounts/kim/servers/s1", json!({})).await.is(201);
    let denied = api.put("/accounts/kim/servers/s2", json!({})).await.is(402).json();
    assert_eq!(denied["action_url"], format!("{}{MOUNT}/billing/plans", shop.base), "{denied}");
    let described = api.get("/openapi.json").await.is(200).json();
    assert_eq!(described["servers"][0]["url"], format!("{MOUNT}/api/v1"));
    let link = api.post("/accounts/kim/link", json!({})).await.is(201).json();
    let kim = shop.stranger();
    let entered = kim.get(link["url"].as_str().expect("an address")).await.is(303);
    assert_eq!(entered.location(), format!("{MOUNT}/billing"));
    assert!(entered.header("set-cookie").contains("Path=/shop/games/billing;"));
    kim.get(&entered.location()).await.is(200);
}

/// Follows every link there is from the start page on; each must be answered.
async fn walked(visitor: &Visitor) -> BTreeSet<String> {
    // The start page leads on to the servers.
    let mut seen = BTreeSet::from(["/".to_owned()]);
    let mut ahead = vec!["/servers".to_owned()];
    while let Some(path) = ahead.pop() {
        if !seen.insert(path.clone()) {
            continue;
        }
        let page = visitor.get(&path).await.is(200);
        for address in addresses(&page.text) {
            let moved = address.starts_with(MOUNT);
            let of_ours = ["/billing", "/admin"].iter().any(|base| address.starts_with(base));
            assert!(!of_ours || moved, "{path} leads to {address}");
        }
        ahead.extend(addresses_after(&page.text, "href=\"").filter(|to| to.starts_with('/')));
    }
    seen
}

fn addresses(html: &str) -> impl Iterator<Item = String> {
    addresses_after(html, "href=\"").chain(addresses_after(html, "action=\""))
}

fn addresses_after<'h>(html: &'h str, before: &'h str) -> impl Iterator<Item = String> + 'h {
    html.split(before).skip(1).filter_map(|rest| {
        let (address, _) = rest.split_once('"')?;
        let plain = address.replace("&#38;", "&").replace("&amp;", "&");
        Some(plain.split('#').next()?.to_owned()).filter(|address| !address.is_empty())
    })
}
