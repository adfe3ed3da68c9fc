//! What goes wrong without Stripe: tokens, ids, bodies, unknown accounts.

use rocket::http::Method;
use serde_json::json;

use super::Api;
use super::lists::sell;
use crate::domain::plan::Interval;

const PANEL_CALLS: [(Method, &str); 13] = [
    (Method::Put, "/accounts/a"),
    (Method::Get, "/accounts/a"),
    (Method::Get, "/accounts"),
    (Method::Get, "/accounts/a/quota"),
    (Method::Put, "/accounts/a/servers/s"),
    (Method::Delete, "/accounts/a/servers/s"),
    (Method::Put, "/accounts/a/servers"),
    (Method::Get, "/accounts/a/servers"),
    (Method::Get, "/accounts/a/subscription"),
    (Method::Get, "/accounts/a/subscriptions"),
    (Method::Post, "/accounts/a/checkout"),
    (Method::Post, "/accounts/a/link"),
    (Method::Get, "/plans"),
];
const ADMIN_CALLS: [(Method, &str); 5] = [
    (Method::Put, "/accounts/a/exemption"),
    (Method::Delete, "/accounts/a/exemption"),
    (Method::Post, "/accounts/a/sync"),
    (Method::Get, "/events"),
    (Method::Post, "/events/evt_1/replay"),
];

#[tokio::test]
async fn a_token_is_judged_before_body_and_ids() {
    let api = Api::open().await;
    for (method, path) in PANEL_CALLS.into_iter().chain(ADMIN_CALLS) {
        for token in ["", "cst_wrong", "sk_test_1234567890"] {
            let refused = api.send(token, method, path, "not json").await;
            assert_eq!(refused.code(), (401, "unauthorized"), "{method} {path}");
            assert_eq!(refused.www_authenticate.as_deref(), Some("Bearer"));
        }
    }
    let bad_id = api.send("", Method::Get, "/accounts/a%20b", "").await;
    assert_eq!(bad_id.code(), (401, "unauthorized"));
    for (method, path) in ADMIN_CALLS {
        let refused = api.send(&api.panel, method, path, "not json").await;
        assert_eq!(refused.code(), (403, "forbidden"), "{method} {path}");
    }
    assert_eq!(api.send(&api.admin, Method::Get, "/plans", "").await.status, 200);
}

#[tokio::test]
async fn a_call_over_the_tokens_budget_waits() {
    let api = Api::configured(&[("billing.limits.api", "2/1h")]).await;
    for _ in 0..2 {
        assert_eq!(api.get("/plans").await.status, 200);
    }
    let refused = api.get("/plans").await;
    assert_eq!(refused.code(), (429, "rate_limited"));
    assert!(refused.retry_after.is_some());
    assert_eq!(api.send(&api.admin, Method::Get, "/plans", "").await.status, 200);
}

#[tokio::test]
async fn an_unknown_account_is_404_on_every_route() {
    let api = Api::open().await;
    let body = |path: &str| match path.rsplit('/').next() {
        Some("servers") => json!({"servers": []}),
        Some("checkout") => json!({"plan": "starter", "interval": "month"}),
        Some("exemption") => json!({"reason": "a friend"}),
        _ => json!({}),
    };
    let portal = (Method::Post, "/accounts/a/portal");
    let session = (Method::Get, "/accounts/a/subscription?session_id=cs_1");
    let calls = PANEL_CALLS.into_iter().chain(ADMIN_CALLS).chain([portal, session]);
    for (method, path) in calls.filter(|(_, path)| path.starts_with("/accounts/a/")) {
        let refused = api.send(&api.admin, method, path, &body(path).to_string()).await;
        assert_eq!(refused.code(), (404, "account_not_found"), "{method} {path}");
    }
    assert_eq!(api.get("/accounts/a").await.code(), (404, "account_not_found"));
    let event = api.send(&api.admin, Method::Post, "/events/evt_1/replay", "").await;
    assert_eq!(event.code(), (404, "event_not_found"));
    assert_eq!(api.get("/nowhere").await.code(), (404, "not_found"));
}

#[tokio::test]
async fn a_method_that_an_address_does_not_take_is_405_and_names_those_it_takes() {
    let api = Api::open().await;
    let table = [
        (Method::Delete, "/plans", "GET, HEAD"),
        (Method::Patch, "/accounts/a", "GET, HEAD, PUT"),
        (Method::Options, "/accounts/a/servers", "GET, HEAD, PUT"),
        (Method::Trace, "/accounts/a/servers/s?x=1", "DELETE, PUT"),
        (Method::Get, "/accounts/a/checkout", "POST"),
    ];
    for (method, path, allowed) in table {
        let refused = api.send(&api.panel, method, path, "").await;
        assert_eq!(refused.code(), (405, "method_not_allowed"), "{method} {path}");
        assert_eq!(refused.allow.as_deref(), Some(allowed), "{method} {path}");
    }
    for path in ["/nowhere", "/accounts/a/b/c/d", "/"] {
        assert_eq!(api.get(path).await.code(), (404, "not_found"), "{path}");
    }
}

#[tokio::test]
async fn an_id_of_the_wrong_form_is_422() {
    let api = Api::open().await;
    let long = "a".repeat(129);
    for id in ["a%20b", "a%2Fb", "%C3%A4", &long] {
        for path in [format!("/accounts/{id}"), format!("/accounts/{id}/subscription")] {
            let refused = api.get(&path).await;
            assert_eq!((refused.code(), refused.field()), ((422, "invalid_request"), "id"));
        }
        let refused = api.delete(&format!("/accounts/a/servers/{id}")).await;
        assert_eq!(refused.code(), (422, "invalid_request"), "{id}");
    }
}

#[tokio::test]
async fn a_body_of_the_wrong_form_is_422_and_names_the_field() {
    let api = Api::open().await;
    api.account("a").await;
    let email = |text: &str| json!({ "email": text }).to_string();
    let name = |text: &str| json!({"email": "kim@example.com", "name": text}).to_string();
    let table = [
        ("/accounts/a", String::new(), "email"),
        ("/accounts/a", "{\"email\"".to_owned(), "body"),
        ("/accounts/a", "[]".to_owned(), "body"),
        ("/accounts/a", "\u{fffd}".to_owned(), "body"),
        ("/accounts/a", "{}".to_owned(), "email"),
        ("/accounts/a", "{\"email\":1}".to_owned(), "body"),
        ("/accounts/a", "{\"email\":\"a@b\",\"vip\":true}".to_owned(), "vip"),
        ("/accounts/a", "{\"email\":\"a@b\",\"email\":\"c@d\"}".to_owned(), "email"),
        ("/accounts/a", email("kim"), "email"),
        ("/accounts/a", email("@x.example"), "email"),
        ("/accounts/a", email("k@m@example.com"), "email"),
        ("/accounts/a", email("kim @example.com"), "email"),
        ("/accounts/a", email("kim@example.com\n"), "email"),
        ("/accounts/a", email(&format!("{}@b", "a".repeat(253))), "email"),
        ("/accounts/a", name(" "), "name"),
        ("/accounts/a", name("a\u{7}b"), "name"),
        ("/accounts/a", name(&"a".repeat(201)), "name"),
        ("/accounts/a/servers/s", "{\"name\":\"\"}".to_owned(), "name"),
        ("/accounts/a/servers", "{}".to_owned(), "servers"),
        ("/accounts/a/servers", "{\"servers\":[{\"id\":\"a b\"}]}".to_owned(), "servers[0].id"),
        (
            "/accounts/a/servers",
            "{\"servers\":[{\"id\":\"s\"},{\"id\":\"s\"}]}".to_owned(),
            "servers[1].id",
        ),
        ("/accounts/a/servers", many_servers(10_001), "servers"),
    ];
    for (path, body, field) in table {
        let refused = api.send(&api.panel, Method::Put, path, &body).await;
        let shown: String = body.chars().take(80).collect();
        assert_eq!((refused.code(), refused.field()), ((422, "invalid_request"), field), "{shown}");
    }
    assert_eq!(api.send(&api.panel, Method::Put, "/accounts/a", &email("a@b")).await.status, 200);
    let full =
        api.send(&api.panel, Method::Put, "/accounts/a/servers", &many_servers(10_000)).await;
    assert_eq!((full.status, &full.body["used"]), (200, &json!(10_000)));
    let exemption = "/accounts/a/exemption";
    for (body, field) in [
        (json!({"reason": " "}), "reason"),
        (json!({"reason": "a friend", "until": "soon"}), "until"),
        (json!({"reason": "a friend", "until": "2027-01-15T08:00:00Z"}), "until"),
    ] {
        let refused = api.send(&api.admin, Method::Put, exemption, &body.to_string()).await;
        assert_eq!((refused.code(), refused.field()), ((422, "invalid_request"), field));
    }
}

fn many_servers(count: u32) -> String {
    let servers: Vec<_> = (0..count).map(|n| json!({ "id": format!("s{n}") })).collect();
    json!({ "servers": servers }).to_string()
}

#[tokio::test]
async fn a_body_over_one_mebibyte_is_too_large() {
    let api = Api::open().await;
    let body = format!("{{\"email\":\"a@b\"}}{}", " ".repeat(1024 * 1024));
    let refused = api.send(&api.panel, Method::Put, "/accounts/a", &body).await;
    assert_eq!(refused.code(), (413, "too_large"));
}

#[tokio::test]
async fn a_checkout_that_cannot_be_is_refused_before_stripe_is_asked() {
    let api = Api::open().await;
    api.account("a").await;
    sell(&api, "starter", Interval::Month, 900).await;
    let both = json!({"plan": "starter", "interval": "month", "price_id": "price_1"});
    let elsewhere =
        json!({"plan": "starter", "interval": "month", "success_url": "https://evil.example/"});
    let table = [
        (json!({}), (422, "invalid_request"), "plan"),
        (both, (422, "invalid_request"), "plan"),
        (json!({"plan": "starter"}), (422, "invalid_request"), "interval"),
        (json!({"interval": "month"}), (422, "invalid_request"), "plan"),
        (json!({"plan": "starter", "interval": "week"}), (422, "invalid_request"), "interval"),
        (json!({"plan": "gold", "interval": "month"}), (422, "invalid_request"), "plan"),
        (json!({"plan": "a b", "interval": "month"}), (422, "invalid_request"), "plan"),
        (json!({"price_id": "a/b"}), (422, "invalid_request"), "price_id"),
        (json!({"price_id": "price_other"}), (422, "price_not_allowed"), ""),
        (json!({"plan": "starter", "interval": "year"}), (409, "plan_unavailable"), ""),
        (elsewhere, (422, "return_url_not_allowed"), ""),
    ];
    for (body, code, field) in table {
        let refused = api.post("/accounts/a/checkout", body.clone()).await;
        assert_eq!((refused.code(), refused.field()), (code, field), "{body}");
    }
    let table = [
        (json!({"flow": "party"}), (422, "invalid_request")),
        (json!({"return_url": "javascript:alert(1)"}), (422, "return_url_not_allowed")),
        (json!({}), (409, "no_customer")),
    ];
    for (body, code) in table {
        assert_eq!(api.post("/accounts/a/portal", body.clone()).await.code(), code, "{body}");
    }
    for session in ["garbage", "", "cs_1/../x"] {
        let path = format!("/accounts/a/subscription?session_id={session}");
        assert_eq!(api.get(&path).await.code(), (404, "session_not_found"), "{session}");
    }
}

#[tokio::test]
async fn an_account_begins_so_many_checkouts_and_no_more() {
    let api = Api::configured(&[("billing.limits.checkout", "1/1h")]).await;
    api.account("a").await;
    api.account("b").await;
    let body = json!({"price_id": "price_other"});
    assert_eq!(api.post("/accounts/a/checkout", body.clone()).await.status, 422);
    let refused = api.post("/accounts/a/checkout", body.clone()).await;
    assert_eq!(refused.code(), (429, "rate_limited"));
    assert!(refused.retry_after.is_some());
    assert_eq!(api.post("/accounts/b/checkout", body).await.status, 422);
}
