//! What keeps `serve` from serving.

use std::net::TcpListener;

use super::super::beside::sandbox_beside;
use super::Shop;

#[tokio::test]
async fn a_taken_port_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = taken.local_addr().expect("an address").port();
    let shop = Shop::with(&format!("[default]\nport = {port}\nlog_level = \"off\""));
    let failure = shop.types(&["serve"]).await;
    let expected = format!("coinslot: port = {port}: taken at 127.0.0.1, set another\n");
    assert_eq!(failure, Err(expected));
}

#[tokio::test]
async fn a_database_that_cannot_be_made_is_named() {
    let shop = Shop::with("[default.databases.billing]\nurl = \"/nowhere/to/be/found.db\"");
    let failure = shop.types(&["serve"]).await.expect_err("no database");
    let start = "coinslot: databases.billing.url = \"/nowhere/to/be/found.db\": ";
    assert!(failure.starts_with(start), "{failure}");
    assert_eq!(failure.lines().count(), 1);
}

#[tokio::test]
async fn with_a_key_there_is_no_sandbox() {
    let shop = Shop::open();
    assert!(matches!(sandbox_beside(&shop.figment).await, Ok(None)));
}

#[tokio::test]
async fn a_sandbox_needs_a_panel_with_a_port() {
    let figment = rocket::figment::Figment::from(rocket::Config {
        port: 0,
        ..rocket::Config::debug_default()
    });
    let reason = sandbox_beside(&figment).await.err();
    assert!(reason.is_some_and(|reason| reason.starts_with("port = 0: ")));
}
