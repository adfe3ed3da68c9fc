//! The API as a caller sees it, over a real database, with a Stripe that is down.

mod circuit;
#[path = "../../../../tests/it/described.rs"]
mod described;
mod link;
mod lists;
mod refusals;
mod stripe_down;
mod views;
mod walk;

use std::net::TcpListener;
use std::sync::{Arc, LazyLock};

use rocket::Request;
use rocket::figment::Figment;
use rocket::http::{Header, Method};
use rocket::local::asynchronous::Client;
use serde_json::Value;

use described::Description;

use crate::clock::Clock;
use crate::domain::ids::AccountId;
use crate::domain::timestamp::Timestamp;
use crate::flows::{Billing, tokens};
use crate::panel::{Panel, Visitor};
use crate::settings::Mount;
use crate::stage::stage;
use crate::store::tokens::Scope;

/// 2027-01-15T08:00:00Z.
const NOW: Timestamp = Timestamp(1_800_000_000);

static DESCRIPTION: LazyLock<Description> =
    LazyLock::new(|| Description::new(&super::openapi::text(&Mount::default())));

struct NobodysPanel;

#[rocket::async_trait]
impl Panel for NobodysPanel {
    async fn visitor(&self, _: &Request<'_>) -> Option<Visitor> {
        None
    }
}

struct Api {
    client: Client,
    panel: String,
    admin: String,
    _folder: tempfile::TempDir,
}

struct Reply {
    status: u16,
    body: Value,
    retry_after: Option<String>,
    www_authenticate: Option<String>,
    content_type: Option<String>,
    allow: Option<String>,
}

impl Reply {
    /// Status and problem code.
    fn code(&self) -> (u16, &str) {
        (self.status, self.body["code"].as_str().unwrap_or(""))
    }

    /// The first field that a 422 names.
    fn field(&self) -> &str {
        self.body["errors"][0]["field"].as_str().unwrap_or("")
    }
}

impl Api {
    async fn open() -> Self {
        Self::configured(&[]).await
    }

    async fn configured(keys: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let database = folder.path().join("coinslot.db");
        let mut figment = Figment::from(rocket::Config::debug_default())
            .merge(("log_level", "off"))
            .merge(("databases.billing.url", database.to_str().expect("plain letters")))
            .merge(("billing.public_url", "https://panel.example"))
            .merge(("billing.upgrade_url", "https://shop.example/{account}"))
            .merge(("billing.limits.api", "off"))
            .merge(("billing.stripe.secret_key", "sk_test_1234567890"))
            .merge(("billing.stripe.api_base", closed_port()));
        for (key, value) in keys {
            figment = figment.merge((*key, *value));
        }
        let gate = stage(NobodysPanel).clock(Clock::frozen(NOW));
        let client = Client::untracked(rocket::custom(figment).attach(gate)).await;
        let client = client.expect("it starts");
        let billing = client.rocket().state::<Arc<Billing>>().expect("it is staged");
        let (_, panel) = tokens::create(billing, "panel", Scope::Panel).await.expect("a token");
        let (_, admin) = tokens::create(billing, "admin", Scope::Admin).await.expect("a token");
        Self { client, panel, admin, _folder: folder }
    }

    fn billing(&self) -> &Arc<Billing> {
        self.client.rocket().state::<Arc<Billing>>().expect("it is staged")
    }

    async fn send(&self, token: &str, method: Method, path: &str, body: &str) -> Reply {
        let mut request = self.client.req(method, format!("/api/v1{path}")).body(body);
        if !token.is_empty() {
            request.add_header(Header::new("Authorization", format!("Bearer {token}")));
        }
        let response = request.dispatch().await;
        let header = |name: &str| response.headers().get_one(name).map(str::to_owned);
        let (retry_after, www_authenticate, content_type, allow) = (
            header("Retry-After"),
            header("WWW-Authenticate"),
            header("Content-Type"),
            header("Allow"),
        );
        let status = response.status().code;
        let text = response.into_string().await.unwrap_or_default();
        DESCRIPTION.allows(method.as_str(), path, status, content_type.as_deref(), &text);
        let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
        Reply { status, body, retry_after, www_authenticate, content_type, allow }
    }

    async fn get(&self, path: &str) -> Reply {
        self.send(&self.panel, Method::Get, path, "").await
    }

    async fn put(&self, path: &str, body: Value) -> Reply {
        self.send(&self.panel, Method::Put, path, &body.to_string()).await
    }

    async fn post(&self, path: &str, body: Value) -> Reply {
        self.send(&self.panel, Method::Post, path, &body.to_string()).await
    }

    async fn delete(&self, path: &str) -> Reply {
        self.send(&self.panel, Method::Delete, path, "").await
    }

    async fn account(&self, id: &str) -> AccountId {
        let body = serde_json::json!({ "email": "kim@example.com" });
        assert_eq!(self.put(&format!("/accounts/{id}"), body).await.status, 201);
        AccountId::new(id).expect("an id")
    }
}

/// An address on which nobody listens.
fn closed_port() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    format!("http://{}", listener.local_addr().expect("an address"))
}
