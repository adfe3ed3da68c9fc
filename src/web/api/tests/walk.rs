//! What goes well: accounts, their servers, exemptions.

use metrics_exporter_prometheus::PrometheusBuilder;
use rocket::http::{Header, Method};
use serde_json::json;

use super::Api;
use crate::domain::ids::ServerId;
use crate::flows::gate::{self, Hold};
use crate::store;

#[tokio::test]
async fn an_account_is_made_once_and_changed_after() {
    let api = Api::open().await;
    let made = api.put("/accounts/a:1", json!({"email": "kim@example.com", "name": " Kim "})).await;
    let expected = json!({
        "id": "a:1", "email": "kim@example.com", "name": "Kim",
        "created_at": "2027-01-15T08:00:00Z",
        "billing_exempt": false, "exempt_reason": null, "exempt_until": null,
        "stripe_customer_id": null, "state": "none", "reason": "free",
        "quota": {
            "account_id": "a:1", "limit": 1, "used": 0, "remaining": 1, "over_by": 0,
            "can_create": true, "basis": "free", "plan": null, "reason": "free", "until": null
        },
        "subscription": null
    });
    assert_eq!((made.status, made.body), (201, expected.clone()));
    let again = api.put("/accounts/a:1", json!({"email": "kim@example.com", "name": null})).await;
    assert_eq!((again.status, again.body), (200, expected.clone()));
    let moved = api.put("/accounts/a:1", json!({"email": "lee@example.com"})).await;
    assert_eq!((moved.status, moved.body["email"].as_str()), (200, Some("lee@example.com")));
    let read = api.get("/accounts/a%3A1").await;
    assert_eq!((read.status, read.body["name"].as_str()), (200, Some("Kim")));
    assert_eq!(read.content_type.as_deref(), Some("application/json"));
    let quota = api.get("/accounts/a:1/quota").await;
    assert_eq!((quota.status, &quota.body), (200, &expected["quota"]));
}

#[tokio::test]
async fn the_second_server_is_refused_with_the_way_out() {
    let api = Api::open().await;
    api.account("a").await;
    let first = api.put("/accounts/a/servers/s1", json!({"name": "One"})).await;
    let server = json!({
        "id": "s1", "name": "One", "state": "active", "created_at": "2027-01-15T08:00:00Z"
    });
    assert_eq!((first.status, &first.body["server"]), (201, &server));
    let quota = json!({
        "account_id": "a", "limit": 1, "used": 1, "remaining": 0, "over_by": 0,
        "can_create": false, "basis": "free", "plan": null, "reason": "free", "until": null
    });
    assert_eq!(first.body["quota"], quota);
    let again = api.put("/accounts/a/servers/s1", json!({})).await;
    assert_eq!((again.status, &again.body["quota"]), (200, &quota));

    let refused = api.put("/accounts/a/servers/s2", json!({})).await;
    assert_eq!(refused.code(), (402, "subscription_required"));
    assert_eq!(refused.content_type.as_deref(), Some("application/problem+json"));
    let shown = |key: &str| refused.body[key].clone();
    assert_eq!(
        ["limit", "used", "plan", "reason", "until", "action_url"].map(shown),
        [
            json!(1),
            json!(1),
            json!(null),
            json!("free"),
            json!(null),
            json!("https://shop.example/a")
        ]
    );

    let listed = api.get("/accounts/a/servers").await;
    assert_eq!((listed.status, listed.body), (200, json!({ "data": [server] })));
    for _ in 0..2 {
        assert_eq!(api.delete("/accounts/a/servers/s1").await.status, 204);
    }
    assert_eq!(api.put("/accounts/a/servers/s2", json!({})).await.status, 201);
}

#[tokio::test]
async fn who_has_read_a_quota_is_told_again_only_when_it_changed() {
    let api = Api::open().await;
    api.account("a").await;
    let read = async |tag: Option<&str>| {
        let mut request = api.client.get("/api/v1/accounts/a/quota");
        request.add_header(Header::new("Authorization", format!("Bearer {}", api.panel)));
        if let Some(tag) = tag {
            request.add_header(Header::new("If-None-Match", tag.to_owned()));
        }
        let response = request.dispatch().await;
        let header = |name: &str| response.headers().get_one(name).unwrap_or("").to_owned();
        let (tag, caching) = (header("ETag"), header("Cache-Control"));
        (response.status().code, tag, caching, response.into_string().await.unwrap_or_default())
    };
    let (status, tag, caching, _) = read(None).await;
    assert_eq!((status, caching.as_str()), (200, "private, no-cache"));
    assert!(tag.starts_with('"') && tag.len() == 34, "{tag} is no strong tag");
    let again = read(Some(&tag)).await;
    assert_eq!(again, (304, tag.clone(), caching, String::new()));
    assert_eq!(read(Some("\"other\"")).await.0, 200);
    assert_eq!(api.put("/accounts/a/servers/s1", json!({})).await.status, 201);
    let changed = read(Some(&tag)).await;
    assert_eq!(changed.0, 200);
    assert_ne!(changed.1, tag);
}

#[tokio::test]
async fn each_decision_of_the_gate_counts_once() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let _guard = metrics::set_default_local_recorder(&recorder);
    let api = Api::open().await;
    api.account("a").await;
    for server in ["s1", "s1", "s2"] {
        api.put(&format!("/accounts/a/servers/{server}"), json!({})).await;
    }
    let shown = recorder.handle().render();
    for outcome in ["allowed", "refused"] {
        let line =
            format!(r#"coinslot_gate_decision_total{{outcome="{outcome}",reason="free"}} 1"#);
        assert!(shown.contains(&line), "{line} is not in\n{shown}");
    }
}

#[tokio::test]
async fn of_many_claims_at_once_one_gets_the_slot() {
    let api = Api::open().await;
    api.account("a").await;
    let claims = (0..50).map(|n| {
        let path = format!("/accounts/a/servers/s{n}");
        let api = &api;
        async move { api.put(&path, json!({})).await.status }
    });
    let mut answers = futures::future::join_all(claims).await;
    answers.sort_unstable();
    assert_eq!((answers[0], &answers[1..]), (201, &[402; 49][..]));
}

#[tokio::test]
async fn a_claim_by_the_api_makes_a_reservation_stand() {
    let api = Api::open().await;
    let account = api.account("a").await;
    let server = ServerId::new("s1").expect("an id");
    let claimed = gate::claim(api.billing(), &account, &server, None, Hold::Reserved).await;
    claimed.expect("a slot");
    assert_eq!(api.put("/accounts/a/servers/s1", json!({})).await.status, 200);
    let mut conn = api.billing().store.read().await.expect("a reader");
    let stored = store::servers::get(&mut conn, &account, &server, super::NOW).await;
    assert_eq!(stored.expect("a read").expect("a server").reserved_until, None);
}

#[tokio::test]
async fn the_panels_own_list_replaces_ours_and_may_be_over_the_limit() {
    let api = Api::open().await;
    api.account("a").await;
    api.put("/accounts/a/servers/old", json!({})).await;
    let list = json!({"servers": [{"id": "s1", "name": "One"}, {"id": "s2"}, {"id": "s3"}]});
    let quota = api.put("/accounts/a/servers", list).await;
    assert_eq!(quota.status, 200);
    let shown = |key: &str| quota.body[key].clone();
    assert_eq!(
        ["used", "remaining", "over_by", "can_create"].map(shown),
        [json!(3), json!(0), json!(2), json!(false)]
    );
    let listed = api.get("/accounts/a/servers").await.body;
    let ids: Vec<_> = listed["data"].as_array().expect("a list").iter().map(|s| &s["id"]).collect();
    assert_eq!(ids, ["s1", "s2", "s3"]);
    let emptied = api.put("/accounts/a/servers", json!({"servers": []})).await;
    assert_eq!((emptied.status, &emptied.body["used"]), (200, &json!(0)));
}

#[tokio::test]
async fn an_exemption_lifts_the_limit_until_it_is_over() {
    let api = Api::open().await;
    api.account("a").await;
    let path = "/accounts/a/exemption";
    let body = json!({"reason": "a friend", "until": "2027-01-16T08:00:00.5Z"}).to_string();
    let granted = api.send(&api.admin, Method::Put, path, &body).await;
    let exempt = |body: &serde_json::Value| {
        ["billing_exempt", "exempt_reason", "exempt_until", "state", "reason"]
            .map(|key| body[key].clone())
    };
    let (reason, until) = (json!("a friend"), json!("2027-01-16T08:00:00Z"));
    assert_eq!(granted.status, 200);
    assert_eq!(
        exempt(&granted.body),
        [json!(true), reason.clone(), until.clone(), json!("exempt"), json!("exempt")]
    );
    let quota = &granted.body["quota"];
    assert_eq!((&quota["limit"], &quota["remaining"]), (&json!(null), &json!(null)));
    assert_eq!((&quota["basis"], &quota["until"]), (&json!("exempt"), &until));
    let subscription = api.get("/accounts/a/subscription").await.body;
    assert_eq!(
        ["state", "access", "access_ends_at"].map(|key| subscription[key].clone()),
        [json!("exempt"), json!("active"), until.clone()]
    );

    api.billing().clock.set("2027-01-16T08:00:00Z".parse().expect("a time"));
    let expired = api.get("/accounts/a").await;
    assert_eq!(exempt(&expired.body), [json!(false), reason, until, json!("none"), json!("free")]);
    for _ in 0..2 {
        let revoked = api.send(&api.admin, Method::Delete, path, "").await;
        assert_eq!((revoked.status, &revoked.body["exempt_reason"]), (200, &json!(null)));
    }
}
