//! The built-in panel as people and browsers meet it; Stripe is never reached.

mod admin;
mod billing;
mod desk;
mod servers;
mod sign_in;
mod standings;
mod statements;
mod states;

use std::sync::Arc;

use rocket::figment::Figment;
use rocket::http::{ContentType, Header, Status};
use rocket::local::asynchronous::{Client, LocalRequest};
use tempfile::TempDir;

use super::{Standalone, attach, make_admin};
use crate::{AccountId, Billing, SandboxAddress, Stage, stage};

const PASSWORD: &str = "correct horse battery";

/// A panel on a fresh database, with a Stripe where nobody answers.
struct House {
    client: Client,
    _folder: TempDir,
}

/// What came back, as a person or a test looks at it.
struct Seen {
    status: Status,
    location: Option<String>,
    session: Option<String>,
    html: String,
}

impl House {
    async fn open() -> Self {
        Self::open_with(&[]).await
    }

    async fn open_with(settings: &[(&str, &str)]) -> Self {
        let stripe = [
            ("billing.stripe.secret_key", "sk_test_1"),
            ("billing.stripe.api_base", "http://127.0.0.1:1"),
        ];
        Self::build(&[&stripe, settings].concat(), stage(Standalone::default())).await
    }

    /// The same without a key: the embedded sandbox stands in for Stripe.
    async fn open_in_sandbox() -> Self {
        let address = SandboxAddress {
            api_base: "http://127.0.0.1:1".to_owned(),
            secret_key: "sk_test_1".to_owned(),
            webhook_secret: "whsec_1".to_owned(),
        };
        Self::build(&[], stage(Standalone::default()).sandbox(address)).await
    }

    async fn build(settings: &[(&str, &str)], stage: Stage) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut figment = Figment::from(rocket::Config::debug_default())
            .merge(("log_level", "off"))
            .merge(("databases.billing.url", folder.path().join("coinslot.db")));
        for (key, value) in settings {
            figment = figment.merge((*key, *value));
        }
        let rocket = attach(rocket::custom(figment).attach(stage));
        let client = Client::untracked(rocket).await.expect("a panel that starts");
        Self { client, _folder: folder }
    }

    fn billing(&self) -> &Arc<Billing> {
        self.client.rocket().state().expect("the stage manages it")
    }

    /// Somebody who is registered and signed in.
    async fn visitor(&self, name: &str) -> Guest<'_> {
        let form = format!("email={name}@example.com&name={name}&password={PASSWORD}");
        let seen = self.guest().post("/register", &form).await;
        assert_eq!(seen.location.as_deref(), Some("/servers"), "{}", seen.html);
        let guest = Guest { house: self, session: seen.session };
        guest.get("/servers").await.is(Status::Ok);
        guest
    }

    async fn admin(&self) -> Guest<'_> {
        let billing = self.billing();
        make_admin(billing, "root@example.com", PASSWORD).await.expect("an admin");
        self.sign_in("root@example.com").await
    }

    async fn sign_in(&self, email: &str) -> Guest<'_> {
        let form = format!("email={email}&password={PASSWORD}");
        let seen = self.guest().post("/login", &form).await;
        assert_eq!(seen.status, Status::SeeOther, "{}", seen.html);
        Guest { house: self, session: seen.session }
    }

    fn guest(&self) -> Guest<'_> {
        Guest { house: self, session: None }
    }

    async fn account(&self, email: &str) -> AccountId {
        let mut conn = self.billing().store.read().await.expect("a connection");
        let user = crate::store::panel::user_by_email(&mut conn, email).await.expect("a reading");
        user.expect("a user").account
    }
}

/// Somebody at the door, with the cookie they have.
#[derive(Clone)]
struct Guest<'h> {
    house: &'h House,
    session: Option<String>,
}

impl Guest<'_> {
    async fn get(&self, path: &str) -> Seen {
        self.send(self.house.client.get(path)).await
    }

    /// The page for somebody whose browser prefers `language`.
    async fn get_in(&self, language: &'static str, path: &str) -> Seen {
        let request = self.house.client.get(path);
        self.send(request.header(Header::new("Accept-Language", language))).await
    }

    async fn post(&self, path: &str, form: &str) -> Seen {
        self.post_from("same-origin", path, form).await
    }

    /// A form sent by a page of `site`, as `Sec-Fetch-Site` says it.
    async fn post_from(&self, site: &'static str, path: &str, form: &str) -> Seen {
        let body = form.replace(' ', "+");
        let request = self.house.client.post(path).header(ContentType::Form).body(body);
        self.send(request.header(Header::new("Sec-Fetch-Site", site))).await
    }

    async fn send(&self, mut request: LocalRequest<'_>) -> Seen {
        if let Some(session) = &self.session {
            request = request.cookie(("coinslot_session", session.clone()));
        }
        let response = request.dispatch().await;
        let session = response.cookies().get("coinslot_session").map(|it| it.value().to_owned());
        Seen {
            status: response.status(),
            location: response.headers().get_one("Location").map(str::to_owned),
            session,
            html: response.into_string().await.unwrap_or_default(),
        }
    }
}

impl Seen {
    #[track_caller]
    fn is(self, status: Status) -> Self {
        assert_eq!(self.status, status, "{}", self.html);
        self
    }

    #[track_caller]
    fn says(self, text: &str) -> Self {
        assert!(self.html.contains(text), "{text} is not in {}", self.html);
        self
    }

    #[track_caller]
    fn hides(self, text: &str) -> Self {
        assert!(!self.html.contains(text), "{text} is in {}", self.html);
        self
    }

    #[track_caller]
    fn leads_to(self, path: &str) -> Self {
        assert_eq!(self.status, Status::SeeOther, "{}", self.html);
        assert_eq!(self.location.as_deref(), Some(path));
        self
    }
}
