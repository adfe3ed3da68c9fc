//! Commands that work on the database.

use serde_json::{Value, json};

use super::{Shop, keys};
use crate::domain::delivery::{Delivery, Envelope, Owner};
use crate::domain::timestamp::Timestamp;
use crate::store;
use crate::store::intake::Filing;

#[tokio::test]
async fn the_api_describes_itself_without_a_database() {
    let shop = Shop::open();
    let described = shop.json(&["openapi"]).await;
    assert_eq!(described["openapi"], "3.1.0");
    assert!(described["paths"]["/accounts/{account}/quota"]["get"].is_object());
    assert!(!shop.database().exists());
}

#[tokio::test]
async fn a_token_is_made_listed_and_revoked() {
    let shop = Shop::open();
    assert_eq!(shop.types(&["token", "list"]).await, Ok("There are no tokens.\n".to_owned()));

    let made = shop.json(&["token", "create", "--name", "ci", "--scope", "panel", "--json"]).await;
    let secret = made["token"].as_str().expect("a secret");
    assert!(secret.starts_with("cst_"));
    assert_eq!((&made["name"], &made["scope"]), (&json!("ci"), &json!("panel")));
    let said = shop.types(&["token", "create", "--name", "ops", "--scope", "admin"]).await;
    let said = said.expect("success");
    assert!(said.lines().nth(1).is_some_and(|line| line.starts_with("cst_")), "{said}");

    let listed = shop.json(&["token", "list", "--json"]).await;
    assert!(!listed.to_string().contains(secret));
    let tokens = listed["data"].as_array().expect("a list");
    assert_eq!(tokens.len(), 2);
    assert_eq!(keys(&tokens[0]), ["created_at", "id", "last_used_at", "name", "scope"]);
    let human = shop.types(&["token", "list"]).await.expect("success");
    assert_eq!(human.lines().count(), 3);

    let id = made["id"].as_str().expect("an id");
    let said = shop.types(&["token", "revoke", id]).await;
    assert_eq!(said, Ok(format!("Token {id} is revoked.\n")));
    let failure = shop.types(&["token", "revoke", id]).await;
    assert_eq!(failure, Err(format!("coinslot: there is no token {id:?} that works\n")));
    let left = shop.json(&["token", "list", "--json"]).await;
    assert_eq!(left["data"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn an_account_shows_its_facts_and_why_it_may_do_what() {
    let shop = Shop::open();
    shop.account("acc_1", "Ada\u{1b}[2J").await;
    let said = shop.types(&["account", "acc_1"]).await.expect("success");
    for line in [
        "Account       acc_1",
        "E-mail        ada@example.com",
        "Name          Ada\u{fffd}[2J",
        "Customer      -",
        "Exemption     -",
        "Limit         1 server; one more may be created",
        "Because       nothing was bought: the free servers count",
        "Servers       0",
    ] {
        assert!(said.lines().any(|said| said == line), "{line} in {said}");
    }
    let shown = shop.json(&["account", "acc_1", "--json"]).await;
    assert_eq!((&shown["id"], &shown["reason"]), (&json!("acc_1"), &json!("free")));
    assert_eq!(shown["quota"]["limit"], json!(1));
    for arguments in [&["account", "acc_2"][..], &["account", "acc_2", "--json"]] {
        let failure = shop.types(arguments).await;
        assert_eq!(failure, Err("coinslot: there is no such account\n".to_owned()));
    }
}

#[tokio::test]
async fn an_exemption_is_granted_shown_taken_back_and_audited() {
    let shop = Shop::open();
    shop.account("acc_1", "Ada").await;
    let until = "2126-01-01T00:00:00Z";
    let said = shop.types(&["exempt", "acc_1", "--reason", "sponsor", "--until", until]).await;
    assert_eq!(said, Ok(format!("acc_1 is exempt until {until}.\n")));
    let said = shop.types(&["account", "acc_1"]).await.expect("success");
    for line in [
        "Exemption     until 2126-01-01T00:00:00Z: sponsor",
        "Limit         any number of servers; one more may be created",
        "Because       an admin exempted the account, until 2126-01-01T00:00:00Z",
    ] {
        assert!(said.lines().any(|said| said == line), "{line} in {said}");
    }
    let said = shop.types(&["exempt", "acc_1", "--revoke"]).await;
    assert_eq!(said, Ok("acc_1 is not exempt.\n".to_owned()));
    let shown = shop.json(&["account", "acc_1", "--json"]).await;
    assert_eq!(shown["reason"], json!("free"));

    let store = shop.store().await;
    let mut conn = store.read().await.expect("a reader");
    let acts = store::audit::page(&mut conn, None, None, 10).await.expect("the audit log");
    let acts: Vec<_> = acts.iter().map(|(_, act)| (&*act.actor, &*act.action)).collect();
    assert_eq!(acts, [("cli", "exemption.revoked"), ("cli", "exemption.granted")]);
}

#[tokio::test]
async fn an_exemption_that_makes_no_sense_is_refused_in_one_line() {
    let shop = Shop::open();
    shop.account("acc_1", "Ada").await;
    let table: &[(&[&str], &str)] = &[
        (&["exempt", "acc_2", "--reason", "x"], "there is no such account"),
        (&["exempt", "acc_2", "--revoke"], "there is no such account"),
        (&["exempt", "acc_1", "--reason", " "], "an exemption needs a reason"),
        (
            &["exempt", "acc_1", "--reason", "x", "--until", "2001-01-01T00:00:00Z"],
            "the end 2001-01-01T00:00:00Z is in the past",
        ),
    ];
    for (arguments, reason) in table {
        let failure = shop.types(arguments).await.expect_err("no sense");
        assert!(failure.starts_with(&format!("coinslot: {reason}")), "{failure}");
        assert_eq!(failure.lines().count(), 1);
    }
}

#[tokio::test]
async fn events_are_listed_newest_first_and_replayed() {
    let shop = Shop::open();
    let said = shop.types(&["events", "list"]).await;
    assert_eq!(said, Ok("There are no such events.\n".to_owned()));
    for id in ["evt_1", "evt_2", "evt_3"] {
        file(&shop, id).await;
    }
    let ids = |list: &Value| -> Vec<String> {
        let data = list["data"].as_array().expect("a list");
        data.iter().map(|event| event["id"].as_str().unwrap_or_default().to_owned()).collect()
    };
    let all = shop.json(&["events", "list", "--json"]).await;
    assert_eq!(ids(&all), ["evt_3", "evt_2", "evt_1"]);
    let expected = json!({
        "id": "evt_3", "type": "invoice.paid", "status": "received", "livemode": false,
        "created_at": "2026-09-21T14:13:20Z", "received_at": "2026-09-21T14:13:21Z", "attempts": 0,
        "next_attempt_at": "2026-09-21T14:13:21Z", "last_error": null, "account_id": null,
        "ignored_reason": null,
    });
    assert_eq!(all["data"][0], expected);
    let two = shop.json(&["events", "list", "--limit", "2", "--json"]).await;
    assert_eq!(ids(&two), ["evt_3", "evt_2"]);
    let dead = shop.json(&["events", "list", "--status", "dead", "--json"]).await;
    assert_eq!(dead, json!({"data": []}));
    let human = shop.types(&["events", "list"]).await.expect("success");
    assert_eq!(human.lines().count(), 4);

    let said = shop.types(&["events", "replay", "evt_1"]).await;
    let expected = "Event evt_1 (invoice.paid) is due again; the server processes it.\n";
    assert_eq!(said, Ok(expected.to_owned()));
    let failure = shop.types(&["events", "replay", "evt_9"]).await;
    assert_eq!(failure, Err("coinslot: there is no event of this id\n".to_owned()));
}

#[tokio::test]
async fn dead_events_are_replayed_together_and_audited() {
    let shop = Shop::open();
    let replay = ["events", "replay", "--status", "dead", "--type", "invoice.paid"];
    let none = "0 events are due again; the server processes them.\n";
    assert_eq!(shop.types(&replay).await, Ok(none.to_owned()));
    for id in ["evt_1", "evt_2"] {
        file(&shop, id).await;
    }
    let store = shop.store().await;
    let mut tx = store.write().await.expect("a transaction");
    let now = Timestamp(1_790_000_001);
    while let Some(leased) = store::leases::lease(&mut tx, now, now).await.expect("a lease") {
        store::leases::fail(&mut tx, &leased, "poison", None).await.expect("a failure");
    }
    store::commit(tx).await.expect("a commit");
    let other = ["events", "replay", "--status", "dead", "--type", "price.created"];
    assert_eq!(shop.types(&other).await, Ok(none.to_owned()));
    let said = shop.types(&replay).await;
    assert_eq!(said, Ok("2 events are due again; the server processes them.\n".to_owned()));
    let received = shop.json(&["events", "list", "--status", "received", "--json"]).await;
    assert_eq!(received["data"].as_array().map(Vec::len), Some(2));

    let mut conn = store.read().await.expect("a reader");
    let acts = store::audit::page(&mut conn, None, None, 1).await.expect("the audit log");
    let (_, act) = acts.first().expect("an act");
    assert_eq!((&*act.actor, &*act.action), ("cli", "events.replayed"));
    assert_eq!(act.detail, "before: dead, type: invoice.paid; after: received; events: 2");
}

#[tokio::test]
async fn a_password_from_stdin_follows_the_rule() {
    let shop = Shop::open();
    let arguments = ["admin", "create", "--email", "ada@example.com", "--password-stdin"];
    let (long, longest) = (format!("{}\n", "ä".repeat(129)), format!("{}\r\n", "ä".repeat(128)));
    let table = [
        ("", false),
        ("short\n", false),
        ("eleven char", false),
        ("twelve chars\nnext line\n", true),
        (&*longest, true),
        (&*long, false),
    ];
    for (input, good) in table {
        let (said, failure) = shop.types_in(&arguments, input).await;
        assert_eq!(failure.is_none(), good, "{input:?}");
        assert_eq!(said, if good { "ada@example.com is an admin.\n" } else { "" });
    }
    let said = shop.types(&arguments[..4]).await.expect("success");
    assert_eq!(said.lines().last().map(str::len), Some(20), "{said}");
}

#[tokio::test]
async fn with_stripe_down_plans_come_from_the_books_and_sync_fails() {
    let shop = Shop::open();
    let plans = shop.json(&["plans", "--json"]).await;
    let data = plans["data"].as_array().expect("a list");
    let ids: Vec<_> = data.iter().map(|plan| &plan["id"]).collect();
    assert_eq!(ids, ["starter", "growth", "network", "lifetime"]);
    let starter = json!({
        "id": "starter", "name": "Starter", "servers": 3, "prices": [], "hidden": [],
    });
    assert_eq!(data[0], starter);
    let failure = shop.types(&["sync"]).await.expect_err("no Stripe");
    assert!(failure.starts_with("coinslot: Stripe is unavailable"), "{failure}");
}

async fn file(shop: &Shop, id: &str) {
    let store = shop.store().await;
    let mut tx = store.write().await.expect("a transaction");
    let envelope = Envelope {
        id: id.to_owned(),
        kind: "invoice.paid".to_owned(),
        created_at: Timestamp(1_790_000_000),
        livemode: false,
        connect_account: None,
        api_version: None,
        owner: Owner::default(),
    };
    let delivery = Delivery { envelope, payload: b"{}".to_vec() };
    let now = Timestamp(1_790_000_001);
    let filing = Filing { delivery, ignored: None, received_at: now };
    store::intake::file_all(&mut tx, &[filing]).await.expect("filed");
    store::commit(tx).await.expect("a commit");
    store.close().await;
}
