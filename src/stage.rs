//! The one place that wires everything into a Rocket.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rocket::fairing::{Fairing, Info, Kind, Result as FairingResult};
use rocket::{Build, Orbit, Rocket};
use secrecy::SecretString;
use tokio::task::JoinHandle;

use crate::clock::Clock;
use crate::flows::Billing;
use crate::metrics::{self, CallLabels};
use crate::panel::Panel;
use crate::panels::hooks::Courier;
use crate::panels::wings::Driver;
use crate::settings::{Settings, StripeSource};
use crate::store::Store;
use crate::stripe::{self, Stripe, StripeConfig};
use crate::{web, worker};

/// Gates `panel`: attach what this returns to your Rocket.
///
/// It brings the database, the billing pages, the API, the webhook and the background worker, and
/// lets the guard [`ServerSlot`](crate::ServerSlot) work.
pub fn stage(panel: impl Panel) -> Stage {
    Stage {
        panel: Arc::new(panel),
        clock: Clock::system(),
        sandbox: None,
        worker: BackgroundWork::Automatic,
        working: Mutex::default(),
    }
}

/// The fairing that [`stage`] makes.
pub struct Stage {
    panel: Arc<dyn Panel>,
    clock: Clock,
    sandbox: Option<SandboxAddress>,
    worker: BackgroundWork,
    /// The background tasks, while Rocket is up.
    working: Mutex<Option<JoinHandle<()>>>,
}

/// How long a shutdown waits for what the background tasks have begun; what takes longer is taken
/// up at the next start.
const WINDING_UP: Duration = Duration::from_secs(10);

/// Who works off the inbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BackgroundWork {
    /// A task that runs until Rocket stops.
    Automatic,
    /// Nobody, until [`Billing::settle`] is called: for tests.
    ByHand,
}

/// Where a sandbox Stripe listens and how its webhooks are signed.
#[derive(Debug, Clone)]
pub struct SandboxAddress {
    /// Such as `http://127.0.0.1:8001`.
    pub api_base: String,
    /// The key it takes.
    pub secret_key: String,
    /// The secret it signs with.
    pub webhook_secret: String,
}

impl Stage {
    /// Tells the time by `clock`.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Says where the sandbox is, for a configuration without a Stripe key.
    #[must_use]
    pub fn sandbox(mut self, address: SandboxAddress) -> Self {
        self.sandbox = Some(address);
        self
    }

    /// Says who works off the inbox.
    #[must_use]
    pub fn background_work(mut self, worker: BackgroundWork) -> Self {
        self.worker = worker;
        self
    }

    async fn billing(&self, rocket: &Rocket<Build>) -> Result<Billing, String> {
        let mut settings = Settings::read(rocket.figment()).map_err(|problems| {
            let lines: Vec<String> =
                problems.iter().map(|problem| format!("\n  {problem}")).collect();
            format!("the configuration is wrong:{}", lines.concat())
        })?;
        if let (StripeSource::Sandbox, Some(sandbox)) = (settings.stripe.source, &self.sandbox) {
            settings.stripe.api_base.clone_from(&sandbox.api_base);
            settings.stripe.secret_key = Some(SecretString::from(sandbox.secret_key.clone()));
            settings.stripe.webhook_secrets =
                vec![SecretString::from(sandbox.webhook_secret.clone())];
        }
        let store = Store::open(&settings.database)
            .await
            .map_err(|error| format!("{}: {error}", settings.database.display()))?;
        warn_of_old_sqlite(&store).await;
        open_billing(store, Arc::clone(&self.panel), self.clock.clone(), settings)
    }
}

/// Puts the parts together, for the fairing as for a command.
pub(crate) fn open_billing(
    store: Store,
    panel: Arc<dyn Panel>,
    clock: Clock,
    settings: Settings,
) -> Result<Billing, String> {
    let stripe = open_stripe(&settings)?;
    let tls = stripe::tls().map_err(|error| format!("hooks cannot be sent: {error}"))?;
    let driver =
        settings.panel.clone().map(|panel| Driver::open(panel, tls.clone())).transpose()?;
    Ok(Billing::new(store, stripe, Courier::new(tls), driver, panel, clock, settings))
}

/// The connection to Stripe alone.
pub(crate) fn open_stripe(settings: &Settings) -> Result<Stripe, String> {
    let no_key = || SecretString::from("sk_test_without_a_sandbox");
    Stripe::new(StripeConfig {
        secret_key: settings.stripe.secret_key.clone().unwrap_or_else(no_key),
        api_base: settings.stripe.api_base.clone(),
        requests_per_second: settings.stripe.requests_per_second,
    })
    .map_err(|error| format!("the Stripe client cannot be made: {error}"))
}

#[rocket::async_trait]
impl Fairing for Stage {
    fn info(&self) -> Info {
        Info { name: "Coinslot", kind: Kind::Ignite | Kind::Liftoff | Kind::Shutdown }
    }

    async fn on_ignite(&self, rocket: Rocket<Build>) -> FairingResult {
        metrics::install(&CallLabels { ops: &stripe::OPS, outcomes: &stripe::OUTCOMES });
        match self.billing(&rocket).await {
            Ok(billing) => {
                if billing.settings.stripe.webhook_secrets.is_empty() {
                    tracing::error!(
                        "no webhook secret is configured: every delivery of Stripe's is answered 503. \
                         Set STRIPE_WEBHOOK_SECRET or billing.stripe.webhook_secrets"
                    );
                }
                Ok(web::mount(rocket, billing))
            }
            Err(problem) => {
                tracing::error!("Coinslot does not start: {problem}");
                Err(rocket)
            }
        }
    }

    async fn on_liftoff(&self, rocket: &Rocket<Orbit>) {
        let Some(billing) = rocket.state::<Arc<Billing>>() else {
            return;
        };
        billing.panel.lifted_off(rocket);
        if self.worker == BackgroundWork::Automatic {
            billing.pulse.beat();
            let working = tokio::spawn(worker::run(Arc::clone(billing), rocket.shutdown()));
            *self.working.lock().unwrap_or_else(PoisonError::into_inner) = Some(working);
        }
    }

    async fn on_shutdown(&self, _: &Rocket<Orbit>) {
        let working = self.working.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(working) = working
            && tokio::time::timeout(WINDING_UP, working).await.is_err()
        {
            tracing::warn!("work in the background was cut short; the next start takes it up");
        }
    }
}

/// `SQLite` before 3.51.3 could corrupt a database when its write-ahead log was reset.
async fn warn_of_old_sqlite(store: &Store) {
    const FIXED: (u32, u32, u32) = (3, 51, 3);
    let Ok(version) = store.sqlite_version().await else {
        return;
    };
    let mut parts = version.split('.').map(|part| part.parse().unwrap_or(0));
    let mut next = || parts.next().unwrap_or(0);
    if (next(), next(), next()) < FIXED {
        tracing::warn!(%version, "this build links an SQLite older than 3.51.3, which has known faults");
    }
}
