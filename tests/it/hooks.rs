//! What a panel next door is told: signed, in order, until it takes it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use hmac::{Hmac, KeyInit as _, Mac as _};
use rocket::figment::Figment;
use rocket::http::Status;
use rocket::request::{FromRequest, Outcome};
use rocket::response::Redirect;
use rocket::response::status::Custom;
use rocket::{Request, State, post, routes};
use serde_json::{Value, json};

use crate::shop::{DAY, HOUR, START, Shop, free_port};

/// A message as it came in.
#[derive(Debug, Clone)]
struct Got {
    id: String,
    at: String,
    signatures: String,
    body: String,
}

impl Got {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("JSON")
    }

    fn is_signed_with(&self, key: &[u8]) -> bool {
        let mut mac = Hmac::<sha2::Sha256>::new_from_slice(key).expect("a key");
        mac.update(format!("{}.{}.{}", self.id, self.at, self.body).as_bytes());
        let tag = base64::Engine::encode(
            &base64::engine::general_purpose::STANDARD,
            mac.finalize().into_bytes(),
        );
        self.signatures.split(' ').any(|signature| signature == format!("v1,{tag}"))
    }
}

/// The panel next door: what it got, and how it answers next; 200 when nothing is said.
#[derive(Default)]
struct Desk {
    got: Mutex<Vec<Got>>,
    answers: Mutex<VecDeque<u16>>,
    /// Where a 307 leads.
    elsewhere: Mutex<String>,
}

struct Signed {
    id: String,
    at: String,
    signatures: String,
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Signed {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, ()> {
        let header = |name| request.headers().get_one(name).unwrap_or_default().to_owned();
        Outcome::Success(Self {
            id: header("webhook-id"),
            at: header("webhook-timestamp"),
            signatures: header("webhook-signature"),
        })
    }
}

#[post("/hook", data = "<body>")]
fn take(
    signed: Signed,
    body: String,
    desk: &State<Arc<Desk>>,
) -> Result<Redirect, Custom<&'static str>> {
    let Signed { id, at, signatures } = signed;
    desk.got.lock().unwrap().push(Got { id, at, signatures, body });
    let status = desk.answers.lock().unwrap().pop_front().unwrap_or(200);
    if status == 307 {
        return Ok(Redirect::temporary(desk.elsewhere.lock().unwrap().clone()));
    }
    Err(Custom(Status::new(status), ""))
}

struct Next {
    desk: Arc<Desk>,
    port: u16,
    server: rocket::Shutdown,
}

impl Drop for Next {
    fn drop(&mut self) {
        self.server.clone().notify();
    }
}

impl Next {
    async fn door() -> Self {
        let (desk, port) = (Arc::new(Desk::default()), free_port());
        let figment = Figment::from(rocket::Config::default())
            .merge(("port", port))
            .merge(("log_level", "off"))
            .merge(("shutdown.ctrlc", false));
        let rocket = rocket::custom(figment).manage(Arc::clone(&desk)).mount("/", routes![take]);
        let rocket = rocket.ignite().await.expect("it ignites");
        let server = rocket.shutdown();
        tokio::spawn(rocket.launch());
        while tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            tokio::task::yield_now().await;
        }
        Self { desk, port, server }
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}/hook", self.port)
    }

    fn hook(&self, more: &str) -> String {
        format!(
            "[[default.billing.hooks]]\nurl = \"{}\"\nsecret = [\"{}\", \"{}\"]\nallow_private = true\n{more}",
            self.url(),
            secret(1),
            secret(2)
        )
    }

    fn will_answer(&self, statuses: &[u16]) {
        self.desk.answers.lock().unwrap().extend(statuses);
    }

    /// What came since the last look.
    fn got(&self) -> Vec<Got> {
        std::mem::take(&mut *self.desk.got.lock().unwrap())
    }
}

fn secret(byte: u8) -> String {
    let engine = &base64::engine::general_purpose::STANDARD;
    format!("whsec_{}", base64::Engine::encode(engine, [byte; 32]))
}

fn kinds(got: &[Got]) -> Vec<String> {
    got.iter().map(|got| got.json()["type"].as_str().expect("a type").to_owned()).collect()
}

async fn exempts(shop: &Shop, account: &str) {
    let api = shop.api("admin").await;
    let path = format!("/accounts/{account}/exemption");
    api.put(&path, json!({ "reason": "a friend" })).await.is(200);
}

async fn ends(shop: &Shop, account: &str) {
    shop.api("admin").await.delete(&format!("/accounts/{account}/exemption")).await.is(200);
}

#[rocket::async_test]
async fn a_change_of_access_is_told_once_and_signed_by_every_secret() {
    let next = Next::door().await;
    let shop = Shop::with(&next.hook("")).await;
    let api = shop.api("panel").await;
    let account = api.account("ada").await;
    api.buys(&shop, &account, "starter", "month").await;
    shop.settle().await;
    shop.billing.send_hooks().await;
    let got = next.got();
    assert_eq!(kinds(&got), ["account.access_changed"]);
    let (message, body) = (&got[0], got[0].json());
    assert!(message.is_signed_with(&[1; 32]) && message.is_signed_with(&[2; 32]));
    assert!(!message.is_signed_with(&[3; 32]));
    assert_eq!((&body["id"], &body["account_id"]), (&json!(message.id), &json!("ada")));
    assert_eq!(message.at, START.to_string());
    assert_eq!(body["created_at"], "2026-01-15T12:00:00Z");
    assert_eq!(body["data"]["before"]["limit"], 1);
    let now = &body["data"]["now"];
    assert_eq!((&now["limit"], &now["reason"]), (&json!(3), &json!("subscription")));

    api.get("/accounts/ada/subscription").await.is(200);
    shop.api("admin").await.post("/accounts/ada/sync", json!({})).await.is(200);
    shop.billing.send_hooks().await;
    assert!(next.got().is_empty(), "nothing changed");
}

#[rocket::async_test]
async fn who_is_over_the_limit_is_told_of_and_only_the_events_asked_for_are_sent() {
    let next = Next::door().await;
    let shop = Shop::with(&next.hook("events = [\"account.over_quota\"]")).await;
    let api = shop.api("panel").await;
    api.account("ada").await;
    exempts(&shop, "ada").await;
    let servers = json!({ "servers": [{ "id": "s1" }, { "id": "s2" }] });
    api.put("/accounts/ada/servers", servers).await.is(200);
    ends(&shop, "ada").await;
    shop.billing.send_hooks().await;
    let got = next.got();
    assert_eq!(kinds(&got), ["account.over_quota"]);
    let data = &got[0].json()["data"];
    assert_eq!((&data["limit"], &data["over_by"]), (&json!(1), &json!(1)));
}

#[rocket::async_test]
async fn messages_of_an_account_keep_their_order_and_hold_up_nobody_else() {
    let next = Next::door().await;
    let shop = Shop::with(&next.hook("")).await;
    let api = shop.api("panel").await;
    api.account("ada").await;
    api.account("bob").await;
    exempts(&shop, "ada").await;
    ends(&shop, "ada").await;
    exempts(&shop, "bob").await;
    next.will_answer(&[500]);
    shop.billing.send_hooks().await;
    let got = next.got();
    let accounts: Vec<Value> = got.iter().map(|got| got.json()["account_id"].clone()).collect();
    assert_eq!(accounts, [json!("ada"), json!("bob")], "the second of Ada's waits");
    let first = got[0].id.clone();
    shop.advance(4).await;
    shop.billing.send_hooks().await;
    assert!(next.got().is_empty(), "it is not time yet");
    shop.advance(1).await;
    shop.billing.send_hooks().await;
    let got = next.got();
    assert_eq!(got.len(), 2);
    assert_eq!(got[0].id, first, "the same message under the same id");
    assert!(got[0].is_signed_with(&[1; 32]), "signed for the time of this attempt");
    let reasons: Vec<Value> =
        got.iter().map(|got| got.json()["data"]["now"]["reason"].clone()).collect();
    assert_eq!(reasons, [json!("exempt"), json!("free")]);
}

#[rocket::async_test]
async fn what_nobody_takes_for_three_days_is_dead_and_can_be_sent_again() {
    let next = Next::door().await;
    let shop = Shop::with(&next.hook("")).await;
    shop.api("panel").await.account("ada").await;
    exempts(&shop, "ada").await;
    next.will_answer(&[500; 100]);
    let mut tries = 0;
    for _ in 0..80 {
        shop.billing.send_hooks().await;
        tries += next.got().len();
        shop.advance(HOUR).await;
    }
    assert!((10..40).contains(&tries), "{tries} attempts in three days");
    next.desk.answers.lock().unwrap().clear();
    shop.advance(DAY).await;
    shop.billing.send_hooks().await;
    assert!(next.got().is_empty(), "it is given up");

    let admin = shop.admin().await;
    admin.get("/admin/accounts").await.is(200).has("1 change was not told");
    let page = admin.get("/admin/hooks").await.is(200).has("account.access_changed");
    let page = page.has("it answered 500").has("127.0.0.1").has_not("/hook\"");
    let (_, rest) = page.text.split_once("action=\"/admin/hooks/").expect("a button");
    let number = rest.split('/').next().expect("a number");
    let replay = format!("/admin/hooks/{number}/replay");
    admin.post::<&str>(&replay, &[]).await.is(303);
    shop.billing.send_hooks().await;
    assert_eq!(next.got().len(), 1);
    admin.post::<&str>(&replay, &[]).await.is(404);
    admin.get("/admin/hooks").await.is(200).has("every message arrived");
    admin.get("/admin/audit").await.is(200).has("hook.replayed");
}

#[rocket::async_test]
async fn a_redirect_is_a_failure_and_is_not_followed() {
    let (next, other) = (Next::door().await, Next::door().await);
    let shop = Shop::with(&next.hook("")).await;
    shop.api("panel").await.account("ada").await;
    exempts(&shop, "ada").await;
    next.will_answer(&[307]);
    *next.desk.elsewhere.lock().unwrap() = other.url();
    shop.billing.send_hooks().await;
    assert_eq!((next.got().len(), other.got().len()), (1, 0));
    shop.advance(5).await;
    shop.billing.send_hooks().await;
    assert_eq!(next.got().len(), 1, "it is tried again");
}

#[rocket::async_test]
async fn what_waits_survives_a_restart() {
    let next = Next::door().await;
    let mut shop = Shop::with(&next.hook("")).await;
    shop.api("panel").await.account("ada").await;
    exempts(&shop, "ada").await;
    shop.restart().await;
    shop.billing.send_hooks().await;
    assert_eq!(kinds(&next.got()), ["account.access_changed"]);
}
