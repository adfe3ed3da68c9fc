//! The example of a panel that embeds the gate does what it says.

use coinslot::{AccountId, Panel, Rank, Role, ServerId, ServerSlot, SlotDenied, Visitor};
use rocket::figment::Figment;
use rocket::http::{Accept, ContentType, Header, Status};
use rocket::local::asynchronous::Client;
use rocket::{Request, get, post, routes};
use serde_json::Value;

#[expect(dead_code, reason = "its `main` runs when it is no test")]
#[path = "../../examples/embedded_panel.rs"]
mod embedded_panel;

#[rocket::async_test]
async fn the_panel_of_the_example_creates_one_server_and_refuses_the_second() {
    let folder = tempfile::tempdir().expect("a folder");
    let figment = Figment::from(rocket::Config::debug_default())
        .merge(("log_level", "off"))
        .merge(("databases.billing.url", folder.path().join("coinslot.db").display().to_string()));
    let client = Client::tracked(embedded_panel::panel(&figment, None)).await.expect("it starts");
    let away = client.get("/").dispatch().await;
    assert_eq!(away.status(), Status::SeeOther);
    assert!(away.headers().get_one("Location").expect("a way").starts_with("/login"));

    let form = client.post("/login").header(ContentType::Form).body("user=ada");
    assert_eq!(form.dispatch().await.status(), Status::SeeOther);
    for (status, says) in
        [(Status::SeeOther, "1 of 1 servers"), (Status::PaymentRequired, "1 of 1 servers")]
    {
        assert_eq!(client.post("/servers").dispatch().await.status(), status);
        let home = client.get("/").dispatch().await.into_string().await.expect("a page");
        assert!(home.contains(says) && home.matches("<li>srv_").count() == 1, "{home}");
    }
    let billing = client.get("/billing").dispatch().await;
    assert_eq!(billing.status(), Status::Ok);
}

/// A panel whose users all share one account; ada owns it.
struct Club;

#[rocket::async_trait]
impl Panel for Club {
    async fn visitor(&self, request: &Request<'_>) -> Option<Visitor> {
        let user = request.headers().get_one("X-User")?.to_owned();
        let account = AccountId::new("club").ok()?;
        let email = "club@example.com".to_owned();
        Some(Visitor { account, email, name: user.clone(), user, rank: Rank::User })
    }

    async fn role(&self, _: &Request<'_>, visitor: &Visitor) -> Role {
        match visitor.user.as_str() {
            "ada" => Role::Owner,
            _ => Role::Member { ask: "ada".to_owned() },
        }
    }
}

#[post("/servers/<id>")]
async fn create(slot: ServerSlot<'_>, id: &str) -> Result<(), SlotDenied> {
    slot.claim(&ServerId::new(id).expect("a good id"), None).await?.confirm().await
}

#[get("/role")]
fn role(role: Role) -> &'static str {
    match role {
        Role::Owner => "owner",
        Role::Member { .. } => "member",
    }
}

#[rocket::async_test]
async fn a_panel_says_who_of_an_account_may_touch_billing() {
    let folder = tempfile::tempdir().expect("a folder");
    let figment = Figment::from(rocket::Config::debug_default())
        .merge(("log_level", "off"))
        .merge(("databases.billing.url", folder.path().join("coinslot.db").display().to_string()))
        .merge(("billing.stripe.secret_key", "sk_test_1"))
        .merge(("billing.stripe.api_base", "http://127.0.0.1:1"));
    let rocket = rocket::custom(figment).attach(coinslot::stage(Club));
    let client =
        Client::untracked(rocket.mount("/", routes![create, role])).await.expect("it starts");
    let as_user = |user: &'static str| Header::new("X-User", user);
    for (user, said) in [("ada", "owner"), ("bob", "member")] {
        let answer = client.get("/role").header(as_user(user)).dispatch().await;
        assert_eq!(answer.into_string().await.as_deref(), Some(said), "{user}");
    }
    assert_ne!(client.get("/role").dispatch().await.status(), Status::Ok, "nobody has a role");

    assert_eq!(
        client.post("/servers/1").header(as_user("bob")).dispatch().await.status(),
        Status::Ok
    );
    for (user, has_a_way, asks) in [("ada", true, false), ("bob", false, true)] {
        let asked = client.post("/servers/2").header(as_user(user)).header(Accept::JSON);
        let answer = asked.dispatch().await;
        assert_eq!(answer.status(), Status::PaymentRequired, "{user}");
        let problem: Value = answer.into_json().await.expect("a problem");
        assert_eq!(problem["action_url"].is_string(), has_a_way, "{problem}");
        assert_eq!(
            problem["detail"].as_str().expect("words").contains("ask ada"),
            asks,
            "{problem}"
        );
        let page = client.get("/billing").header(as_user(user)).dispatch().await;
        let page = page.into_string().await.expect("a page");
        assert_eq!(page.contains("See the plans"), has_a_way, "{page}");
        assert_eq!(page.contains("Ask ada"), asks, "{page}");
    }
    for (path, ours) in [("/billing/nowhere", true), ("/nowhere", false)] {
        let page = client.get(path).header(as_user("ada")).dispatch().await;
        assert_eq!(page.status(), Status::NotFound, "{path}");
        let page = page.into_string().await.expect("a page");
        assert_eq!(page.contains("href=\"/billing/plans\""), ours, "{path}: {page}");
        assert_eq!(page.contains("There is nothing here"), ours, "{path}: {page}");
    }
    let portal = client.post("/billing/portal").header(ContentType::Form).header(as_user("bob"));
    assert_eq!(portal.dispatch().await.status(), Status::Forbidden);
}
