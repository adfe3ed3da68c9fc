//! A panel next door that takes hooks, on loopback.

use std::collections::VecDeque;
use std::process::Command;
use std::sync::{Arc, Mutex, OnceLock};

use hmac::{Hmac, KeyInit as _, Mac as _};
use rocket::figment::Figment;
use rocket::http::Status;
use rocket::request::{FromRequest, Outcome};
use rocket::response::Redirect;
use rocket::response::status::Custom;
use rocket::{Request, State, post, routes};
use serde_json::Value;

use crate::described::Description;
use crate::shop::free_port;

/// A message as it came in.
#[derive(Debug, Clone)]
pub struct Got {
    pub id: String,
    pub at: String,
    signatures: String,
    body: String,
}

impl Got {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("JSON")
    }

    /// Panics when the description says nothing of such a message.
    fn is_described(&self) {
        let (description, message) = (described(), self.json());
        let kind = message["type"].as_str().expect("a type");
        let post = &description.document["webhooks"][kind]["post"];
        for header in post["parameters"].as_array().expect("it is described") {
            let sent = match header["name"].as_str() {
                Some("webhook-id") => &self.id,
                Some("webhook-timestamp") => &self.at,
                Some("webhook-signature") => &self.signatures,
                other => panic!("{other:?} is never sent"),
            };
            let fault = description.schema_fault(&header["schema"], &sent.as_str().into());
            assert_eq!(fault, None, "{kind} {header}");
        }
        let schema = &post["requestBody"]["content"]["application/json"]["schema"];
        assert_eq!(description.schema_fault(schema, &message), None, "{}", self.body);
    }

    pub fn is_signed_with(&self, key: &[u8]) -> bool {
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
pub struct Desk {
    got: Mutex<Vec<Got>>,
    pub answers: Mutex<VecDeque<u16>>,
    /// Where a 307 leads.
    pub elsewhere: Mutex<String>,
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

pub struct Next {
    pub desk: Arc<Desk>,
    port: u16,
    server: rocket::Shutdown,
}

impl Drop for Next {
    fn drop(&mut self) {
        self.server.clone().notify();
    }
}

impl Next {
    pub async fn door() -> Self {
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

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/hook", self.port)
    }

    pub fn hook(&self, more: &str) -> String {
        format!(
            "[[default.billing.hooks]]\nurl = \"{}\"\nsecret = [\"{}\", \"{}\"]\nallow_private = true\n{more}",
            self.url(),
            secret(1),
            secret(2)
        )
    }

    pub fn will_answer(&self, statuses: &[u16]) {
        self.desk.answers.lock().unwrap().extend(statuses);
    }

    /// What came since the last look; each message is held against the API's description.
    pub fn got(&self) -> Vec<Got> {
        let got = std::mem::take(&mut *self.desk.got.lock().unwrap());
        got.iter().for_each(Got::is_described);
        got
    }
}

/// What the program says of what it tells.
pub fn described() -> &'static Description {
    static DESCRIPTION: OnceLock<Description> = OnceLock::new();
    DESCRIPTION.get_or_init(|| {
        let printed = Command::new(env!("CARGO_BIN_EXE_coinslot")).arg("openapi").output();
        let printed = printed.expect("the command runs").stdout;
        Description::new(std::str::from_utf8(&printed).expect("text"))
    })
}

fn secret(byte: u8) -> String {
    let engine = &base64::engine::general_purpose::STANDARD;
    format!("whsec_{}", base64::Engine::encode(engine, [byte; 32]))
}
