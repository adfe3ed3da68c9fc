//! A stranger's Rocket panel: its own route, its own sign-in, and the slot as its only tie.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use coinslot::sandbox::{Delivery, Options, Sandbox};
use coinslot::{
    AccountId, BackgroundWork, Billing, Clock, NotDone, Panel, Rank, RefusalCode, SandboxAddress,
    ServerId, ServerSlot, SlotDenied, Suspension, Timestamp, TokenScope, Visitor, stage,
};
use rocket::error::ErrorKind;
use rocket::figment::Figment;
use rocket::form::Form;
use rocket::http::Status;
use rocket::{FromForm, FromFormField, Orbit, Request, Rocket, post, routes};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::late::Late;
use crate::more::text;
use crate::shop::{Answer, KEY, SECRET, START, answer_of, catalogue, client, free_port};
use crate::told::Told;

const MINUTE: i64 = 60;

/// What the host panel knows and was told.
#[derive(Clone, Default)]
pub struct TestPanel {
    servers: Arc<Mutex<Vec<ServerId>>>,
    changes: Arc<AtomicUsize>,
    lifted_off: Arc<AtomicUsize>,
    pub late: Late,
    pub told: Told,
}

#[rocket::async_trait]
impl Panel for TestPanel {
    fn lifted_off(&self, _: &Rocket<Orbit>) {
        self.lifted_off.fetch_add(1, Ordering::SeqCst);
    }

    async fn visitor(&self, request: &Request<'_>) -> Option<Visitor> {
        let user = request.headers().get_one("X-User")?;
        Some(Visitor {
            user: user.to_owned(),
            account: AccountId::new(user).ok()?,
            email: format!("{user}@example.com"),
            name: user.to_owned(),
            rank: Rank::User,
        })
    }

    async fn servers(&self, _: &AccountId) -> Option<Vec<ServerId>> {
        let servers = self.servers.lock().expect("nobody panicked").clone();
        self.late.wait().await;
        Some(servers)
    }

    async fn suspend(
        &self,
        _: &AccountId,
        server: &ServerId,
        why: &Suspension,
    ) -> Result<(), NotDone> {
        self.told.suspend(server, why).await
    }

    async fn unsuspend(&self, _: &AccountId, server: &ServerId) -> Result<(), NotDone> {
        self.told.unsuspend(server).await
    }

    async fn access_changed(&self, _: &AccountId) {
        self.changes.fetch_add(1, Ordering::SeqCst);
    }
}

/// How creating a server ends.
#[derive(FromFormField)]
enum End {
    Works,
    Fails,
    /// Nobody ever says.
    Silence,
}

#[derive(FromForm)]
struct Wanted {
    id: String,
    end: End,
}

#[post("/create", data = "<wanted>")]
async fn create(slot: ServerSlot<'_>, wanted: Form<Wanted>) -> Result<Status, SlotDenied> {
    let server = ServerId::new(wanted.id.as_str()).expect("the tests write good ids");
    let claimed = slot.claim(&server, None).await?;
    match wanted.end {
        End::Works => claimed.confirm().await.map(|()| Status::Created),
        End::Fails => claimed.release().await.map(|()| Status::BadGateway),
        End::Silence => {
            drop(claimed);
            Ok(Status::GatewayTimeout)
        }
    }
}

#[post("/create-in-own-words")]
fn create_in_own_words(slot: Result<ServerSlot<'_>, SlotDenied>) -> (Status, String) {
    match slot {
        Ok(slot) => (Status::Accepted, format!("go on, {}", slot.visitor().name)),
        Err(denied) => {
            let out = denied.action_url().unwrap_or("nowhere");
            (denied.status(), format!("sorry: {:?}, see {out}", denied.code()))
        }
    }
}

/// The host panel over real HTTP, with a sandbox and one frozen clock for both.
pub struct Host {
    pub sandbox: Sandbox,
    pub panel: TestPanel,
    clock: Clock,
    folder: Option<TempDir>,
    base: String,
    pub billing: Arc<Billing>,
    server: rocket::Shutdown,
    token: String,
    client: reqwest::Client,
}

impl Host {
    pub async fn open() -> Self {
        let sandbox = Sandbox::start(Options {
            port: 0,
            secret_key: KEY.to_owned(),
            webhook_url: None,
            webhook_secret: SECRET.to_owned(),
            state_file: None,
            catalogue: catalogue(),
            start_at: Some(START),
            delivery: Delivery::Held,
        })
        .await
        .expect("a sandbox");
        let folder = tempfile::tempdir().expect("a folder");
        Self::over(sandbox, folder, TestPanel::default(), Clock::frozen(Timestamp(START))).await
    }

    async fn over(sandbox: Sandbox, folder: TempDir, panel: TestPanel, clock: Clock) -> Self {
        let port = free_port();
        let stage = stage(panel.clone())
            .clock(clock.clone())
            .background_work(BackgroundWork::ByHand)
            .sandbox(SandboxAddress {
                api_base: sandbox.base_url(),
                secret_key: KEY.to_owned(),
                webhook_secret: SECRET.to_owned(),
            });
        let rocket = rocket::custom(figment(port, folder.path()))
            .attach(stage)
            .mount("/", routes![create, create_in_own_words])
            .ignite()
            .await
            .expect("the panel ignites");
        let billing = Arc::clone(rocket.state::<Arc<Billing>>().expect("the stage is attached"));
        let server = rocket.shutdown();
        tokio::spawn(rocket.launch());
        while tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            tokio::task::yield_now().await;
        }
        let base = format!("http://127.0.0.1:{port}");
        sandbox.set_webhook(format!("{base}/api/billing/webhook"), SECRET);
        billing.refresh_catalogue().await;
        let token = billing.create_token("test", TokenScope::Admin).await.expect("a token");
        let (folder, client) = (Some(folder), client());
        Self { sandbox, panel, clock, folder, base, billing, server, token, client }
    }

    /// The process ends, and another one serves the same database.
    pub async fn restarted(mut self) -> Self {
        let folder = self.folder.take().expect("it is taken once");
        let (sandbox, panel, clock) =
            (self.sandbox.clone(), self.panel.clone(), self.clock.clone());
        drop(self);
        Self::over(sandbox, folder, panel, clock).await
    }

    async fn post(&self, path: &str, headers: &[(&str, &str)], form: &[(&str, &str)]) -> Answer {
        let request = self.client.post(format!("{}{path}", self.base)).form(form);
        let request = headers.iter().fold(request, |request, (k, v)| request.header(*k, *v));
        answer_of(request).await
    }

    pub async fn create(&self, id: &str, end: &str) -> Answer {
        self.post("/create", &[("X-User", "ada")], &[("id", id), ("end", end)]).await
    }

    pub async fn api(&self, method: &str, path: &str, body: Option<Value>) -> Answer {
        let url = format!("{}/api/v1{path}", self.base);
        let method = method.parse().expect("a method");
        let request = self.client.request(method, url).bearer_auth(&self.token);
        answer_of(match body {
            Some(body) => request.json(&body),
            None => request,
        })
        .await
    }

    async fn used(&self) -> Value {
        self.api("GET", "/accounts/ada/quota", None).await.is(200).json()["used"].clone()
    }

    /// Ada comes by for the first time, which makes her account known, and buys `plan`.
    pub async fn sells(&self, plan: &str) {
        self.post("/create-in-own-words", &[("X-User", "ada")], &[]).await.is(202);
        let body = json!({ "plan": plan, "interval": "month" });
        let begun = self.api("POST", "/accounts/ada/checkout", Some(body)).await.is(201).json();
        let session = text(&begun["session_id"]);
        self.sandbox.pay_checkout(&session, "4242424242424242").await.expect("it pays");
        self.settle().await;
    }

    pub async fn settle(&self) {
        while !self.sandbox.pending_events().is_empty() {
            self.sandbox.deliver().await;
            self.billing.settle().await;
        }
    }

    pub fn pass(&self, seconds: i64) {
        self.clock.set(Timestamp(self.clock.now().0 + seconds));
    }

    fn changes(&self) -> usize {
        self.panel.changes.load(Ordering::SeqCst)
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.server.clone().notify();
    }
}

fn figment(port: u16, folder: &Path) -> Figment {
    Figment::from(rocket::Config::default())
        .merge(("port", port))
        .merge(("log_level", "off"))
        .merge(("shutdown.ctrlc", false))
        .merge(("ip_header", false))
        .merge(("billing.over_quota", "suspend_excess"))
        .merge(("databases.billing.url", folder.join("coinslot.db").display().to_string()))
}

#[rocket::async_test]
async fn a_slot_is_free_again_at_once_when_creating_failed() {
    let host = Host::open().await;
    host.create("one", "fails").await.is(502);
    assert_eq!(host.used().await, 0);
    host.create("two", "works").await.is(201);
    host.create("three", "works").await.is(402);
    assert_eq!(host.used().await, 1);
}

#[rocket::async_test]
async fn a_reservation_without_a_word_counts_for_15_minutes_even_over_a_restart() {
    let host = Host::open().await;
    host.create("one", "silence").await.is(504);
    let host = host.restarted().await;
    host.create("two", "works").await.is(402);
    host.pass(15 * MINUTE - 1);
    host.create("two", "works").await.is(402);
    assert_eq!(host.used().await, 1);
    host.pass(1);
    assert_eq!(host.used().await, 0);
    host.create("two", "works").await.is(201);
    host.create("three", "works").await.is(402);
}

#[rocket::async_test]
async fn a_reservation_whose_server_the_panel_has_after_all_counts_on() {
    let host = Host::open().await;
    host.create("one", "silence").await.is(504);
    host.panel.servers.lock().expect("nobody panicked").push(ServerId::new("one").expect("an id"));
    host.pass(15 * MINUTE);
    host.create("two", "works").await.is(402);
    host.pass(60 * MINUTE);
    host.create("two", "works").await.is(402);
    assert_eq!(host.used().await, 1);
}

#[rocket::async_test]
async fn the_same_server_asked_for_again_takes_no_second_slot() {
    let host = Host::open().await;
    host.sells("starter").await;
    for _ in 0..3 {
        host.create("one", "silence").await.is(504);
    }
    host.create("one", "works").await.is(201);
    assert_eq!(host.used().await, 1);
    host.pass(15 * MINUTE);
    assert_eq!(host.used().await, 1);
}

#[rocket::async_test]
async fn a_server_that_stands_keeps_its_slot_when_creating_it_again_fails() {
    let host = Host::open().await;
    host.sells("starter").await;
    host.create("one", "works").await.is(201);
    host.create("one", "fails").await.is(502);
    assert_eq!(host.used().await, 1);
}

#[rocket::async_test]
async fn a_form_that_does_not_parse_and_a_foreign_page_take_no_slot() {
    let host = Host::open().await;
    let ada = [("X-User", "ada")];
    host.post("/create", &ada, &[("id", "one"), ("end", "explodes")]).await.is(422);
    host.post("/create", &ada, &[]).await.is(422);
    let foreign = [("X-User", "ada"), ("Sec-Fetch-Site", "cross-site")];
    host.post("/create", &foreign, &[("id", "one"), ("end", "works")]).await.is(403);
    assert_eq!(host.used().await, 0);
    host.create("one", "works").await.is(201);
}

#[rocket::async_test]
async fn fifty_creations_at_once_take_exactly_the_limit() {
    let host = Host::open().await;
    host.sells("starter").await;
    let ids: Vec<String> = (0..50).map(|number| format!("s{number}")).collect();
    let creations = ids.iter().map(|id| host.create(id, "works"));
    let statuses: Vec<u16> =
        futures::future::join_all(creations).await.iter().map(|answer| answer.status).collect();
    let count = |status| statuses.iter().filter(|found| **found == status).count();
    assert_eq!((count(201), count(402)), (3, 47), "{statuses:?}");
    assert_eq!(host.used().await, 3);
}

#[rocket::async_test]
async fn a_panel_may_refuse_in_its_own_words() {
    let host = Host::open().await;
    let ada = [("X-User", "ada")];
    host.post("/create-in-own-words", &ada, &[]).await.is(202).has("go on, ada");
    assert_eq!(host.used().await, 0, "a guard alone counts nothing");
    host.create("one", "works").await.is(201);
    let refused = host.post("/create-in-own-words", &ada, &[]).await.is(402);
    let code = Some(RefusalCode::SubscriptionRequired);
    refused.has(&format!("sorry: {code:?}, see http"));
    host.post("/create-in-own-words", &[], &[]).await.is(401).has("sorry: None");
}

#[rocket::async_test]
async fn who_is_signed_out_is_sent_to_sign_in_or_told_so() {
    let host = Host::open().await;
    let form = [("id", "one"), ("end", "works")];
    let sent = host.post("/create", &[], &form).await.is(303).location();
    assert!(sent.starts_with("/login"), "{sent}");
    let json = [("Accept", "application/json")];
    host.post("/create", &json, &form).await.is(401).code("unauthorized");
}

#[rocket::async_test]
async fn a_panel_that_forgets_the_stage_does_not_launch() {
    let folder = tempfile::tempdir().expect("a folder");
    for routes in [routes![create], routes![create_in_own_words]] {
        let rocket = rocket::custom(figment(free_port(), folder.path())).mount("/", routes);
        let error = rocket.ignite().await.expect_err("nothing can answer these routes");
        assert!(matches!(error.kind(), ErrorKind::SentinelAborts(_)), "{error}");
    }
}

#[rocket::async_test]
async fn the_panel_hears_of_a_changed_decision_and_of_nothing_else() {
    let host = Host::open().await;
    host.sells("starter").await;
    assert_eq!(host.changes(), 1);
    for event in host.sandbox.events() {
        let mut again = event;
        again["id"] = json!(format!("{}_again", text(&again["id"])));
        let (signature, body) = host.sandbox.signed(&again);
        let url = format!("{}/api/billing/webhook", host.base);
        let request = host.client.post(url).header("Stripe-Signature", signature).body(body);
        answer_of(request).await.is(200);
    }
    host.billing.settle().await;
    host.api("POST", "/accounts/ada/sync", None).await.is(200);
    assert_eq!(host.changes(), 1, "the decision is the same");

    let subscription = host.sandbox.ids("subscription").pop().expect("one");
    host.sandbox.cancel_now(&subscription);
    host.settle().await;
    assert_eq!(host.changes(), 2);
}

#[rocket::async_test]
async fn the_panel_hears_once_that_rocket_is_up() {
    let host = Host::open().await;
    host.create("one", "works").await.is(201);
    assert_eq!(host.panel.lifted_off.load(Ordering::SeqCst), 1);
}
