//! Lists: accounts in pages, events in pages, plans.

use std::collections::BTreeSet;

use rocket::http::Method;
use serde_json::{Value, json};

use super::{Api, NOW};
use crate::domain::delivery::{Delivery, Envelope};
use crate::domain::ids::{AccountId, PlanId, PriceId};
use crate::domain::plan::{Interval, Offer};
use crate::flows::accounts;
use crate::store;
use crate::store::inbox::Ignored;
use crate::store::intake::Filing;

/// Reads every page behind `path` and gives the ids of all, page by page.
async fn pages(api: &Api, token: &str, path: &str) -> Vec<Vec<String>> {
    let mut pages = Vec::new();
    let mut next = String::new();
    loop {
        let page = api.send(token, Method::Get, &format!("{path}{next}"), "").await;
        assert_eq!(page.status, 200, "{}", page.body);
        let ids = page.body["data"].as_array().expect("a list").iter();
        pages.push(ids.map(|entry| entry["id"].as_str().expect("an id").to_owned()).collect());
        match &page.body["next"] {
            Value::Null => return pages,
            cursor => next = format!("&after={}", cursor.as_str().expect("a cursor")),
        }
    }
}

fn sizes(pages: &[Vec<String>]) -> Vec<usize> {
    pages.iter().map(Vec::len).collect()
}

#[tokio::test]
async fn forty_five_accounts_come_in_pages_each_once() {
    let api = Api::open().await;
    assert_eq!(api.get("/accounts").await.body, json!({"data": [], "next": null}));
    for n in 0..45 {
        let account = AccountId::new(format!("acc_{n}")).expect("an id");
        accounts::put(api.billing(), &account, "kim@example.com", None).await.expect("a write");
    }
    let table: [(&str, &[usize]); 4] = [
        ("?", &[20, 20, 5]),
        ("?limit=45", &[45]),
        ("?limit=15", &[15, 15, 15]),
        ("?limit=100", &[45]),
    ];
    for (query, expected) in table {
        let pages = pages(&api, &api.panel, &format!("/accounts{query}")).await;
        assert_eq!(sizes(&pages), expected, "{query}");
        assert_eq!(pages.concat().into_iter().collect::<BTreeSet<_>>().len(), 45);
    }
    for (query, field) in [
        ("?limit=0", "limit"),
        ("?limit=101", "limit"),
        ("?limit=ten", "limit"),
        ("?limit=", "limit"),
        ("?after=a%20b", "after"),
        ("?after=", "after"),
        ("?limit=1&limit=1", "limit"),
        ("?after=a&after=b", "after"),
    ] {
        let refused = api.get(&format!("/accounts{query}")).await;
        assert_eq!((refused.code(), refused.field()), ((422, "invalid_request"), field), "{query}");
    }
}

async fn file(api: &Api, id: &str, ignored: Option<Ignored>) {
    let payload = format!(
        r#"{{"id":"{id}","type":"invoice.paid","created":1799999000,"data":{{"object":{{}}}}}}"#
    );
    let envelope = Envelope::read(payload.as_bytes()).expect("an event");
    let delivery = Delivery { envelope, payload: payload.into_bytes() };
    let mut tx = api.billing().store.write().await.expect("the writer");
    let filing = Filing { delivery, ignored, received_at: NOW };
    store::intake::file_all(&mut tx, &[filing]).await.expect("a write");
    store::commit(tx).await.expect("a commit");
}

#[tokio::test]
async fn events_come_newest_first_and_can_be_replayed() {
    let api = Api::open().await;
    for n in 1..=5 {
        file(&api, &format!("evt_{n}"), Some(Ignored::Foreign)).await;
    }
    let read = pages(&api, &api.admin, "/events?limit=2").await;
    assert_eq!(sizes(&read), [2, 2, 1]);
    assert_eq!(read.concat(), ["evt_5", "evt_4", "evt_3", "evt_2", "evt_1"]);
    let read = pages(&api, &api.admin, "/events?status=ignored").await;
    assert_eq!(sizes(&read), [5]);
    assert_eq!(sizes(&pages(&api, &api.admin, "/events?status=dead").await), [0]);

    let event = |status: &str, ignored: Value, next: Value| {
        json!({
            "id": "evt_3", "type": "invoice.paid", "status": status, "livemode": false,
            "created_at": "2027-01-15T07:43:20Z", "received_at": "2027-01-15T08:00:00Z",
            "attempts": 0, "next_attempt_at": next, "last_error": null, "account_id": null,
            "ignored_reason": ignored
        })
    };
    let listed = api.send(&api.admin, Method::Get, "/events", "").await.body;
    assert_eq!(listed["data"][2], event("ignored", json!("foreign"), json!(null)));
    let replayed = api.send(&api.admin, Method::Post, "/events/evt_3/replay", "").await;
    let due = event("received", json!(null), json!("2027-01-15T08:00:00Z"));
    assert_eq!((replayed.status, replayed.body), (202, due));

    for (query, field) in [
        ("?status=gone", "status"),
        ("?after=x", "after"),
        ("?after=0", "after"),
        ("?status=done&status=done", "status"),
    ] {
        let refused = api.send(&api.admin, Method::Get, &format!("/events{query}"), "").await;
        assert_eq!((refused.code(), refused.field()), ((422, "invalid_request"), field), "{query}");
    }
}

#[tokio::test]
async fn plans_show_what_can_be_bought_of_them() {
    let api = Api::open().await;
    sell(&api, "starter", Interval::Year, 9_000).await;
    sell(&api, "starter", Interval::Month, 900).await;
    let plans = api.get("/plans").await;
    assert_eq!(plans.status, 200);
    let price = |interval: &str, amount: i64| {
        json!({
            "interval": interval, "price_id": format!("price_starter_{interval}"),
            "lookup_key": format!("starter_{interval}"), "currency": "eur", "amount": amount
        })
    };
    let starter = json!({
        "id": "starter", "name": "Starter", "servers": 3,
        "prices": [price("month", 900), price("year", 9_000)]
    });
    assert_eq!(plans.body["data"][0], starter);
    assert_eq!(plans.body["data"][2]["servers"], json!(null));
    assert_eq!(plans.body["data"][3]["prices"], json!([]));
}

/// Puts a price of a plan on sale, as if Stripe had confirmed it.
pub(super) async fn sell(api: &Api, plan: &str, interval: Interval, amount_minor: i64) {
    let offer = Offer {
        plan: PlanId::new(plan).expect("an id"),
        interval,
        price: PriceId::new(format!("price_{plan}_{interval}")).expect("an id"),
        lookup_key: Some(format!("{plan}_{interval}")),
        amount_minor,
        currency: "eur".to_owned(),
    };
    let billing = api.billing();
    let mut tx = billing.store.write().await.expect("the writer");
    store::catalogue::put(&mut tx, billing.mode(), &offer, NOW).await.expect("a write");
    store::commit(tx).await.expect("a commit");
}
