//! Who may do what, over the whole route table: a route that is missing here fails the test.

use std::collections::BTreeSet;

use serde_json::json;

use crate::shop::{Shop, Visitor};

/// Who gets in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum For {
    /// Anybody at all.
    Everyone,
    /// Anybody, but not a browser that was sent here by another site.
    EveryoneHere,
    /// Who is signed in.
    Users,
    /// Who is signed in and owns the account they act for.
    Owners,
    /// Who is signed in as an admin.
    Admins,
    /// Any token.
    Panels,
    /// A token of scope `admin`.
    AdminTokens,
    /// Stripe, by its signature.
    Stripe,
    /// This machine, or the token for it.
    Watchers,
}

const TABLE: &[(&str, &str, For)] = &[
    ("GET", "/", For::Everyone),
    ("GET", "/healthz", For::Everyone),
    ("GET", "/readyz", For::Everyone),
    ("GET", "/metrics", For::Watchers),
    ("GET", "/billing/static/<name>", For::Everyone),
    ("GET", "/register?<next>", For::Everyone),
    ("POST", "/register", For::EveryoneHere),
    ("GET", "/login?<next>", For::Everyone),
    ("POST", "/login", For::EveryoneHere),
    ("POST", "/logout", For::Users),
    ("GET", "/servers?<page>", For::Users),
    ("POST", "/servers", For::Users),
    ("POST", "/servers/<id>/delete", For::Users),
    ("GET", "/account", For::Users),
    ("POST", "/account/name", For::Users),
    ("POST", "/account/email", For::Users),
    ("POST", "/account/password", For::Users),
    ("POST", "/account/sessions/<id>/end", For::Users),
    ("POST", "/account/sessions/end-others", For::Users),
    ("POST", "/account/switch", For::Users),
    ("POST", "/account/leave", For::Users),
    ("POST", "/account/members/<user>/role", For::Owners),
    ("POST", "/account/members/<user>/remove", For::Owners),
    ("POST", "/account/invites", For::Owners),
    ("POST", "/account/invites/<id>/revoke", For::Owners),
    ("GET", "/join?<token>", For::Everyone),
    ("POST", "/join", For::Users),
    ("GET", "/billing", For::Users),
    ("GET", "/billing/invoices?<older_than>&<newer_than>", For::Owners),
    ("GET", "/billing/servers", For::Owners),
    ("POST", "/billing/servers", For::Owners),
    ("GET", "/billing/plans?<interval>", For::Users),
    ("POST", "/billing/checkout", For::Owners),
    ("POST", "/billing/portal", For::Owners),
    ("POST", "/billing/start", For::Owners),
    ("GET", "/billing/change?<plan>&<interval>", For::Owners),
    ("POST", "/billing/change", For::Owners),
    ("POST", "/billing/change/undo", For::Owners),
    ("GET", "/billing/cancel", For::Owners),
    ("POST", "/billing/cancel", For::Owners),
    ("POST", "/billing/resume", For::Owners),
    ("GET", "/admin", For::Admins),
    ("GET", "/admin/accounts?<q>&<state>&<alert>&<page>", For::Admins),
    ("GET", "/admin/accounts.csv?<q>&<state>&<alert>", For::Admins),
    ("GET", "/admin/plans", For::Admins),
    ("GET", "/admin/accounts/<id>", For::Admins),
    ("POST", "/admin/accounts/<id>/exemption", For::Admins),
    ("POST", "/admin/accounts/<id>/exemption/revoke", For::Admins),
    ("POST", "/admin/accounts/<id>/sync", For::Admins),
    ("GET", "/admin/events?<status>&<before>", For::Admins),
    ("GET", "/admin/events/<id>", For::Admins),
    ("POST", "/admin/events/<id>/replay", For::Admins),
    ("POST", "/admin/events/replay", For::Admins),
    ("GET", "/admin/audit?<before>", For::Admins),
    ("GET", "/admin/hooks", For::Admins),
    ("POST", "/admin/hooks/<seq>/replay", For::Admins),
    ("POST", "/api/billing/webhook", For::Stripe),
    ("PUT", "/api/v1/accounts/<account>", For::Panels),
    ("GET", "/api/v1/accounts/<account>", For::Panels),
    ("GET", "/api/v1/accounts?<query..>", For::Panels),
    ("GET", "/api/v1/accounts/<account>/quota", For::Panels),
    ("PUT", "/api/v1/accounts/<account>/servers/<server>", For::Panels),
    ("DELETE", "/api/v1/accounts/<account>/servers/<server>", For::Panels),
    ("PUT", "/api/v1/accounts/<account>/servers", For::Panels),
    ("GET", "/api/v1/accounts/<account>/servers", For::Panels),
    ("GET", "/api/v1/accounts/<account>/subscription", For::Panels),
    ("GET", "/api/v1/accounts/<account>/subscriptions", For::Panels),
    ("POST", "/api/v1/accounts/<account>/checkout", For::Panels),
    ("POST", "/api/v1/accounts/<account>/portal", For::Panels),
    ("POST", "/api/v1/accounts/<account>/plan-change/preview", For::Panels),
    ("POST", "/api/v1/accounts/<account>/plan-change", For::Panels),
    ("DELETE", "/api/v1/accounts/<account>/plan-change", For::Panels),
    ("POST", "/api/v1/accounts/<account>/cancel", For::Panels),
    ("POST", "/api/v1/accounts/<account>/resume", For::Panels),
    ("PUT", "/api/v1/accounts/<account>/exemption", For::AdminTokens),
    ("DELETE", "/api/v1/accounts/<account>/exemption", For::AdminTokens),
    ("POST", "/api/v1/accounts/<account>/sync", For::AdminTokens),
    ("GET", "/api/v1/plans", For::Panels),
    ("GET", "/api/v1/events", For::AdminTokens),
    ("POST", "/api/v1/events/<event>/replay", For::AdminTokens),
    ("GET", "/api/v1/openapi.json", For::Everyone),
    ("POST", "/api/v1/accounts/<account>/link", For::Panels),
    ("GET", "/billing/enter?<token>", For::Everyone),
    ("HEAD", "/billing/enter", For::Everyone),
    ("GET", "/styleguide", For::Everyone),
    ("POST", "/billing/language", For::EveryoneHere),
];

/// Every way to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Caller {
    SignedOut,
    User,
    /// Who acts for an account that somebody else owns.
    Member,
    Admin,
    PanelToken,
    AdminToken,
    /// An admin's browser, sent here by a page of another site.
    OtherSite,
    /// The same, from a browser that tells only the origin.
    OtherOrigin,
}

const CALLERS: [Caller; 8] = [
    Caller::SignedOut,
    Caller::User,
    Caller::Member,
    Caller::Admin,
    Caller::PanelToken,
    Caller::AdminToken,
    Caller::OtherSite,
    Caller::OtherOrigin,
];

/// What has to come of it; `None` when the caller gets in and the handler decides.
fn refusal(rule: For, caller: Caller, method: &str) -> Option<u16> {
    let foreign = matches!(caller, Caller::OtherSite | Caller::OtherOrigin) && method != "GET";
    match (rule, caller) {
        (For::Everyone | For::Watchers, _) => None,
        (For::EveryoneHere | For::Users | For::Owners | For::Admins, _) if foreign => Some(403),
        (For::EveryoneHere, _) => None,
        (
            For::Users | For::Owners | For::Admins,
            Caller::SignedOut | Caller::PanelToken | Caller::AdminToken,
        ) => Some(303),
        (For::Owners, Caller::Member) => Some(403),
        (For::Users | For::Owners, _) => None,
        (For::Admins, Caller::User | Caller::Member) => Some(403),
        (For::Admins, _) => None,
        (For::Panels, Caller::PanelToken | Caller::AdminToken) => None,
        (For::AdminTokens, Caller::AdminToken) => None,
        (For::AdminTokens, Caller::PanelToken) => Some(403),
        (For::Panels | For::AdminTokens, _) => Some(401),
        (For::Stripe, _) => Some(400),
    }
}

#[rocket::async_test]
async fn every_route_is_in_the_table_and_the_table_names_no_other() {
    let shop = Shop::open().await;
    let bare = |uri: &str| uri.split('?').next().unwrap_or_default().to_owned();
    let real: BTreeSet<(String, String)> =
        shop.routes.iter().map(|(method, uri)| (method.clone(), bare(uri))).collect();
    let table: BTreeSet<(String, String)> =
        TABLE.iter().map(|(method, uri, _)| ((*method).to_owned(), bare(uri))).collect();
    let missing: Vec<_> = real.difference(&table).collect();
    let invented: Vec<_> = table.difference(&real).collect();
    assert!(
        missing.is_empty() && invented.is_empty(),
        "missing {missing:?}, invented {invented:?}"
    );
}

#[rocket::async_test]
async fn nobody_gets_in_where_they_should_not() {
    let shop = Shop::open().await;
    let ada = shop.visitor("ada").await;
    let admin = shop.admin().await;
    let account = shop.account_of("ada").await;
    let bob = shop.visitor("bob").await;
    crate::members::joins(&ada, &bob).await.is(303);
    let panel_token = shop.api("panel").await.token;
    let admin_token = shop.api("admin").await.token;
    let mut wrong = Vec::new();
    // Leaving and signing out come last, for they change whom the others are tried as.
    let mut table = TABLE.to_vec();
    table.sort_by_key(|(_, uri, _)| (*uri == "/logout", *uri == "/account/leave"));
    for (method, uri, rule) in table {
        for caller in CALLERS {
            let visitor: &Visitor = match caller {
                Caller::User => &ada,
                Caller::Member => &bob,
                Caller::Admin | Caller::OtherSite | Caller::OtherOrigin => &admin,
                Caller::SignedOut | Caller::PanelToken | Caller::AdminToken => &shop.stranger(),
            };
            let bearer = match caller {
                Caller::PanelToken => format!("Bearer {panel_token}"),
                Caller::AdminToken => format!("Bearer {admin_token}"),
                _ => String::new(),
            };
            let headers: Vec<(&str, &str)> = match caller {
                Caller::PanelToken | Caller::AdminToken => vec![("Authorization", &bearer)],
                Caller::OtherSite => vec![("Sec-Fetch-Site", "cross-site")],
                Caller::OtherOrigin => vec![("Origin", "https://evil.example")],
                Caller::SignedOut | Caller::User | Caller::Member | Caller::Admin => vec![],
            };
            let path = uri
                .split('?')
                .next()
                .unwrap_or_default()
                .replace("<account>", &account)
                .replace("/admin/accounts/<id>", &format!("/admin/accounts/{account}"))
                .replace("<id>", "no-such-id")
                .replace("<server>", "one")
                .replace("<event>", "evt_none")
                .replace("<user>", "usr_none")
                .replace("<name>", "none.css");
            let answer = visitor.send(method, &path, &headers).await;
            let expected = refusal(rule, caller, method);
            let signing_in = answer.status == 303 && answer.location().starts_with("/login");
            let kept_out = match answer.status {
                401 | 403 => Some(answer.status),
                303 if signing_in && path != "/" && path != "/logout" => Some(303),
                400 if rule == For::Stripe => Some(400),
                _ => None,
            };
            if kept_out != expected && !(path == "/logout" && signing_in) {
                wrong.push(format!(
                    "{method} {path} as {caller:?}: {}, not {expected:?}",
                    answer.status
                ));
            }
            if answer.status >= 500 && answer.status != 503 {
                wrong.push(format!("{method} {path} as {caller:?}: {}", answer.status));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[rocket::async_test]
async fn a_refused_call_says_how_to_get_in() {
    let shop = Shop::open().await;
    let stranger = shop.stranger();
    let answer = stranger.get("/api/v1/plans").await.is(401).code("unauthorized");
    assert_eq!(answer.header("www-authenticate"), "Bearer");
    assert_eq!(answer.header("content-type"), "application/problem+json");
    let asked = stranger.get("/billing/plans?interval=year").await.is(303).location();
    assert_eq!(asked, "/login?next=%2Fbilling%2Fplans%3Finterval%3Dyear");
    let api = shop.api("panel").await;
    api.post("/accounts/ada/sync", json!({})).await.is(403).code("forbidden");
}

#[rocket::async_test]
async fn every_page_carries_its_security_headers() {
    let shop = Shop::open().await;
    let ada = shop.visitor("ada").await;
    for path in ["/login", "/servers", "/billing", "/billing/plans", "/nowhere", "/admin"] {
        let answer = ada.get(path).await;
        let policy = answer.header("content-security-policy");
        assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{path}");
        assert!(policy.contains("frame-ancestors 'none'"), "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        answer.header("referrer-policy");
    }
}
