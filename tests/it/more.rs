//! Arrangements that several files of scenarios share.

use std::path::Path;
use std::process::Output;
use std::time::Duration;

use coinslot::sandbox::{Fault, FaultKind};
use serde_json::{Value, json};
use sqlx::Connection as _;

use crate::process;
use crate::shop::{Answer, Api, KEY, SECRET, Shop};

/// Asks for a checkout by the month.
pub async fn begin(api: &Api, account: &str, plan: &str) -> Answer {
    let body = json!({ "plan": plan, "interval": "month" });
    api.post(&format!("/accounts/{account}/checkout"), body).await
}

/// Begins a checkout by the month and gives its session.
pub async fn session(api: &Api, account: &str, plan: &str) -> String {
    text(&begin(api, account, plan).await.is(201).json()["session_id"])
}

/// Makes an account with a customer at Stripe and nothing paid; gives the customer.
pub async fn customer(api: &Api, account: &str) -> String {
    api.account(account).await;
    session(api, account, "starter").await;
    text(&api.get(&format!("/accounts/{account}")).await.is(200).json()["stripe_customer_id"])
}

/// The stored events of a status.
pub async fn events(shop: &Shop, status: &str) -> Vec<Value> {
    let api = shop.api("admin").await;
    let list = api.get(&format!("/events?status={status}&limit=100")).await.is(200).json();
    list["data"].as_array().expect("a list").clone()
}

/// Lets the next `times` reads below `path` be answered with `body`.
pub fn answer_with(shop: &Shop, path: &str, times: u32, body: Value) {
    shop.sandbox.fail_next(Fault {
        method: Some("GET".to_owned()),
        path_prefix: path.to_owned(),
        times,
        kind: FaultKind::Status(200, Some(body)),
    });
}

/// Lets Stripe take `seconds` for every call, until the faults are cleared.
pub fn slow_down(shop: &Shop, seconds: u64) {
    shop.sandbox.fail_next(Fault {
        method: None,
        path_prefix: "/v1/".to_owned(),
        times: u32::MAX,
        kind: FaultKind::Delay(Duration::from_secs(seconds)),
    });
}

/// A connection of our own to the database in `folder`.
pub async fn connect(folder: &Path) -> sqlx::SqliteConnection {
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(folder.join("coinslot.db"));
    sqlx::SqliteConnection::connect_with(&options).await.expect("a connection")
}

/// The command line on the books in a folder, with the shop's sandbox for Stripe.
pub struct Books {
    variables: Vec<(&'static str, String)>,
    folder: std::path::PathBuf,
}

impl Books {
    /// The shop's own books, by the system's clock: set up with a key as for Stripe itself.
    pub fn keyed(shop: &Shop) -> Self {
        Self::in_folder(shop, shop.folder.path())
    }

    /// As `keyed`, for the database in another folder.
    pub fn in_folder(shop: &Shop, folder: &Path) -> Self {
        Self::with(
            shop,
            folder,
            vec![
                ("STRIPE_SECRET_KEY", KEY.to_owned()),
                ("STRIPE_API_BASE", shop.sandbox.base_url()),
                ("STRIPE_WEBHOOK_SECRET", SECRET.to_owned()),
            ],
        )
    }

    /// The books in `folder` by the sandbox's clock; this way holds no key that it takes.
    pub fn on_the_sandbox_clock(shop: &Shop, folder: &Path) -> Self {
        let port = shop.sandbox.base_url().rsplit(':').next().expect("a port").to_owned();
        Self::with(shop, folder, vec![("COINSLOT_SANDBOX_PORT", port)])
    }

    fn with(shop: &Shop, folder: &Path, mut variables: Vec<(&'static str, String)>) -> Self {
        variables.push(("COINSLOT_PUBLIC_URL", shop.base.clone()));
        Self { variables, folder: folder.to_owned() }
    }

    /// With one more variable, or another value of one.
    pub fn and(mut self, name: &'static str, value: &str) -> Self {
        self.variables.push((name, value.to_owned()));
        self
    }

    /// Runs a command while this process goes on serving.
    pub async fn run(&self, arguments: &[&str]) -> Said {
        let mut command = process::command(&self.folder);
        command.envs(self.variables.iter().cloned()).args(arguments);
        let output = tokio::task::spawn_blocking(move || command.output())
            .await
            .expect("it is waited for")
            .expect("it runs");
        Said::from(output)
    }

    /// Runs a command that must be done, and reads what it printed as JSON.
    pub async fn json(&self, arguments: &[&str]) -> Value {
        self.run(arguments).await.exits(0).json()
    }
}

/// What a command said.
pub struct Said {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        Self { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }
}

impl Said {
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{}\n{}", self.out, self.err);
        self
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|_| panic!("no JSON: {}", self.out))
    }
}

/// The text that `value` must be.
#[track_caller]
pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}
