//! A whole shop for a test: the sandbox, the panel over real HTTP, and one frozen clock for both.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};

use coinslot::sandbox::{CataloguePrice, Delivery, Interval, Options, Sandbox};
use coinslot::standalone::{self, Standalone};
use coinslot::{BackgroundWork, Billing, Clock, SandboxAddress, Timestamp, TokenScope, stage};
use rocket::figment::Figment;
use rocket::figment::providers::{Format as _, Toml};
use serde_json::Value;
use tempfile::TempDir;

pub use crate::client::{Answer, Api, Visitor, answer_of, client, install_tls};

/// Thursday, 15 January 2026, 12:00 UTC.
pub const START: i64 = 1_768_478_400;
pub const HOUR: i64 = 3_600;
pub const DAY: i64 = 86_400;

/// What a shop allows unless its configuration says otherwise.
const UNLIMITED: &str = "[default.billing.limits]
register = \"off\"
sign_in = \"off\"
checkout = \"off\"
api = \"off\"
";

pub const KEY: &str = "sk_test_of_the_shop";
pub const SECRET: &str = "whsec_of_the_shop";
pub const PASSWORD: &str = "correct horse battery";

/// The catalogue of the scenarios: starter 3, growth 10, network unlimited, lifetime 5.
pub struct Shop {
    pub sandbox: Sandbox,
    pub billing: Arc<Billing>,
    pub clock: Clock,
    pub base: String,
    pub folder: Arc<TempDir>,
    /// Method and address of every route there is.
    pub routes: Vec<(String, String)>,
    server: rocket::Shutdown,
    configuration: String,
}

impl Shop {
    pub async fn open() -> Self {
        Self::with("").await
    }

    /// Opens with more configuration, as lines of the `[default]` section.
    pub async fn with(configuration: &str) -> Self {
        Self::over(sandbox().await, configuration).await
    }

    /// Opens on a sandbox that is there already.
    pub async fn over(sandbox: Sandbox, configuration: &str) -> Self {
        let folder = Arc::new(tempfile::tempdir().expect("a folder"));
        let clock = Clock::frozen(Timestamp(START));
        let configuration = format!("[default]\n{configuration}");
        let Panel { server, billing, base, routes } =
            panel(&configuration, &sandbox, &folder, &clock).await;
        sandbox.set_webhook(format!("{base}/api/billing/webhook"), SECRET);
        let shop = Self { sandbox, billing, clock, base, folder, routes, server, configuration };
        shop.billing.refresh_catalogue().await;
        shop.sandbox.clear_requests();
        shop
    }

    /// Ends the panel and starts it again on the same database, as after a change of its key.
    pub async fn restart(&mut self) {
        self.server.clone().notify();
        let Panel { server, billing, base, .. } =
            panel(&self.configuration, &self.sandbox, &self.folder, &self.clock).await;
        self.sandbox.set_webhook(format!("{base}/api/billing/webhook"), SECRET);
        (self.server, self.billing, self.base) = (server, billing, base);
    }

    /// Delivers what the sandbox has to say and works it off, until nothing is left.
    pub async fn settle(&self) {
        for _ in 0..20 {
            let reports = self.sandbox.deliver().await;
            self.billing.settle().await;
            if self.sandbox.pending_events().is_empty() || reports.is_empty() {
                return;
            }
        }
        panic!("events stay undelivered: {:?}", self.sandbox.deliver().await);
    }

    /// Works off the inbox without any delivery.
    pub async fn work(&self) {
        self.billing.settle().await;
    }

    /// Moves both clocks; events arise but are not delivered.
    pub async fn advance(&self, seconds: i64) {
        let then = self.clock.now().0 + seconds;
        self.sandbox.advance_to(then).await;
        self.clock.set(Timestamp(then));
    }

    /// Moves both clocks and settles.
    pub async fn live_through(&self, seconds: i64) {
        self.advance(seconds).await;
        self.settle().await;
    }

    /// A second panel over the same sandbox, set up with a key as for Stripe itself, and with
    /// `configuration` as lines of `[default.billing.stripe]`.
    pub async fn keyed(&self, configuration: &str) -> Self {
        let folder = Arc::new(tempfile::tempdir().expect("a folder"));
        let configuration = format!(
            "[default.billing.stripe]\nsecret_key = \"{KEY}\"\napi_base = \"{}\"\n{configuration}",
            self.sandbox.base_url()
        );
        let Panel { server, billing, base, routes } =
            panel(&configuration, &self.sandbox, &folder, &self.clock).await;
        billing.refresh_catalogue().await;
        Self {
            sandbox: self.sandbox.clone(),
            billing,
            clock: self.clock.clone(),
            base,
            folder,
            routes,
            server,
            configuration,
        }
    }

    /// A second process on the same database, sandbox and clock, with a configuration of its own.
    pub async fn twin(&self, configuration: &str) -> Self {
        let Panel { server, billing, base, routes } =
            panel(configuration, &self.sandbox, &self.folder, &self.clock).await;
        Self {
            sandbox: self.sandbox.clone(),
            billing,
            clock: self.clock.clone(),
            base,
            folder: Arc::clone(&self.folder),
            routes,
            server,
            configuration: configuration.to_owned(),
        }
    }

    /// Events of `status`, newest first, as the API lists them.
    pub async fn events(&self, status: &str) -> Vec<Value> {
        let api = self.api("admin").await;
        let list = api.get(&format!("/events?status={status}&limit=100")).await.is(200).json();
        list["data"].as_array().expect("a list").clone()
    }

    /// The value of a metric, labels included in `name`; `None` before it was first set.
    pub async fn metric(&self, name: &str) -> Option<f64> {
        let text = self.stranger().get("/metrics").await.is(200).text;
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '))?;
        Some(line.parse().expect("a number"))
    }

    /// Holds the write lock of the database from another connection until it is dropped.
    pub async fn lock_database(&self) -> sqlx::SqliteConnection {
        let mut conn = self.database().await;
        sqlx::query("BEGIN IMMEDIATE").execute(&mut conn).await.expect("the lock");
        conn
    }

    /// Another connection to the database, to arrange what nobody can do from outside.
    pub async fn database(&self) -> sqlx::SqliteConnection {
        use sqlx::Connection as _;
        let file = self.folder.path().join("coinslot.db");
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(file);
        sqlx::SqliteConnection::connect_with(&options).await.expect("a connection")
    }

    /// A visitor who has registered; their account is known.
    pub async fn visitor(&self, name: &str) -> Visitor {
        let visitor = self.stranger();
        let form = [
            ("email", format!("{name}@example.com")),
            ("password", PASSWORD.to_owned()),
            ("name", name.to_owned()),
        ];
        visitor.post("/register", &form).await.is(303);
        visitor.get("/servers").await.is(200);
        visitor
    }

    /// An admin who has signed in.
    pub async fn admin(&self) -> Visitor {
        standalone::make_admin(&self.billing, "admin@example.com", PASSWORD)
            .await
            .expect("an admin");
        let visitor = self.stranger();
        let form = [("email", "admin@example.com"), ("password", PASSWORD)];
        visitor.post("/login", &form).await.is(303);
        visitor
    }

    /// A browser that is not signed in.
    pub fn stranger(&self) -> Visitor {
        Visitor::new(&self.base)
    }

    /// The panel next door, with a token of `scope`.
    pub async fn api(&self, scope: &str) -> Api {
        let token = self.billing.create_token("test", scope_of(scope)).await.expect("a token");
        Api::new(&self.base, token)
    }

    /// The id of the account of a registered visitor, as admins see it.
    pub async fn account_of(&self, name: &str) -> String {
        let api = self.api("admin").await;
        let mut after = String::new();
        loop {
            let page = api.get(&format!("/accounts?limit=100{after}")).await.is(200).json();
            for account in page["data"].as_array().expect("a list") {
                if account["email"] == format!("{name}@example.com") {
                    return account["id"].as_str().expect("an id").to_owned();
                }
            }
            let Some(next) = page["next"].as_str() else { panic!("no account of {name}") };
            after = format!("&after={next}");
        }
    }

    /// Sends `event` as Stripe would.
    pub async fn deliver(&self, event: &Value) -> Answer {
        let (signature, body) = self.sandbox.signed(event);
        self.deliver_raw(&signature, body).await
    }

    pub async fn deliver_raw(&self, signature: &str, body: impl Into<Vec<u8>>) -> Answer {
        let request = client()
            .post(format!("{}/api/billing/webhook", self.base))
            .header("Stripe-Signature", signature)
            .header("Content-Type", "application/json; charset=utf-8")
            .body(body.into());
        answer_of(request).await
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        self.server.clone().notify();
    }
}

struct Panel {
    server: rocket::Shutdown,
    billing: Arc<Billing>,
    base: String,
    routes: Vec<(String, String)>,
}

async fn panel(configuration: &str, sandbox: &Sandbox, folder: &TempDir, clock: &Clock) -> Panel {
    let port = free_port();
    let base = format!("http://127.0.0.1:{port}");
    let database = folder.path().join("coinslot.db");
    let figment = Figment::from(rocket::Config::default())
        .merge(("port", port))
        .merge(("log_level", "off"))
        .merge(("shutdown.ctrlc", false))
        .merge(("ip_header", false))
        .merge(("databases.billing.url", database.display().to_string()))
        .merge(("billing.stripe.requests_per_second", 10_000))
        .merge(Toml::string(UNLIMITED).nested())
        .merge(Toml::string(configuration).nested());
    let stage = stage(Standalone::default())
        .clock(clock.clone())
        .background_work(BackgroundWork::ByHand)
        .sandbox(SandboxAddress {
            api_base: sandbox.base_url(),
            secret_key: KEY.to_owned(),
            webhook_secret: SECRET.to_owned(),
        });
    let rocket = standalone::attach(rocket::custom(figment).attach(stage))
        .ignite()
        .await
        .expect("the panel ignites");
    let billing = Arc::clone(rocket.state::<Arc<Billing>>().expect("the stage is attached"));
    let server = rocket.shutdown();
    let routes =
        rocket.routes().map(|route| (route.method.to_string(), route.uri.to_string())).collect();
    tokio::spawn(rocket.launch());
    for _ in 0..200 {
        if tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
            break;
        }
        tokio::task::yield_now().await;
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    Panel { server, billing, base, routes }
}

pub async fn sandbox() -> Sandbox {
    Sandbox::start(Options {
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
    .expect("a sandbox")
}

fn scope_of(word: &str) -> TokenScope {
    if word == "admin" { TokenScope::Admin } else { TokenScope::Panel }
}

/// A port nobody listens on, below those that the system gives out by itself.
pub fn free_port() -> u16 {
    static ASKED: AtomicU16 = AtomicU16::new(0);
    let start = u16::try_from(std::process::id() % 20_000).expect("a small number");
    loop {
        let port = 10_000 + (start + ASKED.fetch_add(1, Ordering::Relaxed)) % 20_000;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

pub fn catalogue() -> Vec<CataloguePrice> {
    let price = |key: &str, product: &str, unit_amount, interval| CataloguePrice {
        price_id: None,
        lookup_key: Some(key.to_owned()),
        product: product.to_owned(),
        currency: "eur".to_owned(),
        unit_amount,
        interval,
    };
    vec![
        price("starter_monthly", "Starter", 500, Some(Interval::Month)),
        price("starter_yearly", "Starter", 5_000, Some(Interval::Year)),
        price("growth_monthly", "Growth", 1_200, Some(Interval::Month)),
        price("growth_yearly", "Growth", 12_000, Some(Interval::Year)),
        price("network_monthly", "Network", 3_000, Some(Interval::Month)),
        price("network_yearly", "Network", 30_000, Some(Interval::Year)),
        price("lifetime_once", "Lifetime", 6_000, None),
    ]
}
