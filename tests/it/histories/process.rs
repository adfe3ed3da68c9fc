//! The process of a history, which is opened and dies many times, and the panel in it.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Poll;

use coinslot::sandbox::{CataloguePrice, Delivery, Interval, Options, Sandbox};
use coinslot::{AccountId, BackgroundWork, Billing, Clock, Panel, SandboxAddress, Visitor, stage};
use rocket::figment::Figment;
use rocket::http::{ContentType, Header, Method};
use rocket::local::asynchronous::Client;
use serde_json::Value;
use tempfile::TempDir;

use super::truth;
use crate::shop::{self, START};

const KEY: &str = "sk_test_of_the_histories";
const SECRET: &str = "whsec_of_the_histories";

/// A sandbox for one history after another.
pub async fn sandbox() -> Sandbox {
    let mut catalogue = shop::catalogue();
    catalogue.push(CataloguePrice {
        price_id: None,
        lookup_key: Some(truth::NOT_A_PLAN.to_owned()),
        product: "Backups".to_owned(),
        currency: "eur".to_owned(),
        unit_amount: 200,
        interval: Some(Interval::Month),
    });
    Sandbox::start(Options {
        port: 0,
        secret_key: KEY.to_owned(),
        webhook_url: None,
        webhook_secret: SECRET.to_owned(),
        state_file: None,
        catalogue,
        start_at: Some(START),
        delivery: Delivery::Held,
    })
    .await
    .expect("a sandbox")
}

/// A panel that runs.
pub struct Process {
    pub client: Client,
    pub billing: Arc<Billing>,
}

impl Process {
    /// Calls our API.
    pub async fn call(
        &self,
        token: &str,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Value {
        let request = self
            .client
            .req(method, format!("/api/v1{path}"))
            .remote(([127, 0, 0, 1], 4_000).into())
            .header(Header::new("Authorization", format!("Bearer {token}")));
        let answer = match body {
            Some(body) => request.header(ContentType::JSON).body(body.to_string()).dispatch().await,
            None => request.dispatch().await,
        };
        let text = answer.into_string().await.unwrap_or_default();
        serde_json::from_str(&text).unwrap_or_default()
    }
}

/// A panel that notes who was told what and when.
#[derive(Clone, Default)]
pub struct Told {
    pub calls: Arc<Mutex<Vec<(String, u64)>>>,
    /// Counts the states of the truth; the odd ones are those in which it moved under our hands.
    pub moment: Arc<AtomicU64>,
}

#[rocket::async_trait]
impl Panel for Told {
    async fn visitor(&self, _: &rocket::Request<'_>) -> Option<Visitor> {
        None
    }

    async fn access_changed(&self, account: &AccountId) {
        let moment = self.moment.load(Ordering::SeqCst);
        self.calls.lock().unwrap().push((account.to_string(), moment));
    }
}

/// Opens the file in `folder`, as another process did before.
pub async fn open(
    sandbox: &Sandbox,
    folder: &TempDir,
    clock: &Clock,
    panel: &Told,
    with_trial: bool,
) -> Process {
    shop::install_tls();
    let mut figment = Figment::from(rocket::Config::default())
        .merge(("log_level", "off"))
        .merge(("databases.billing.url", folder.path().join("coinslot.db").display().to_string()))
        .merge(("billing.inbox_max_attempts", 60))
        .merge(("billing.limits.checkout", "off"))
        .merge(("billing.limits.webhook", "off"))
        .merge(("billing.limits.api", "off"));
    if with_trial {
        figment = figment.merge(("billing.trial_period", "10d"));
    }
    let stage = stage(panel.clone())
        .clock(clock.clone())
        .background_work(BackgroundWork::ByHand)
        .sandbox(SandboxAddress {
            api_base: sandbox.base_url(),
            secret_key: KEY.to_owned(),
            webhook_secret: SECRET.to_owned(),
        });
    let client = Client::untracked(rocket::custom(figment).attach(stage)).await.expect("a panel");
    let billing = Arc::clone(client.rocket().state::<Arc<Billing>>().expect("the stage"));
    Process { client, billing }
}

/// In memory where there is such a place: what dies here is the process, never the power.
pub fn folder() -> TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a folder")
}

/// Lets `work` take so many turns; `None` when it is not done by then.
pub async fn turns_of<T>(turns: usize, mut work: Pin<&mut impl Future<Output = T>>) -> Option<T> {
    let mut taken = 0;
    poll_fn(|context| {
        if taken == turns {
            return Poll::Ready(None);
        }
        taken += 1;
        work.as_mut().poll(context).map(Some)
    })
    .await
}
