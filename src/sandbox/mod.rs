//! A small Stripe on loopback: the API, hosted pages, a clock that can be moved, signed events.
//!
//! No money moves and nothing leaves this machine. The objects have Stripe's complete shape and
//! the refusals are Stripe's own, so that a client needs no other knob than the base address.

mod api;
mod arrange;
mod arrange_money;
mod bank;
mod calendar;
mod cards;
mod catalogue;
mod charges;
mod checkout;
mod checkout_create;
mod checkout_totals;
mod clock;
mod coupons;
mod customers;
mod delivery;
mod discounts;
mod disputes;
mod endpoints;
mod error;
mod events;
mod faults;
mod form;
mod idempotency;
mod invoice_calls;
mod invoice_shape;
mod invoices;
mod ledger;
mod list;
mod money;
mod operator;
mod options;
mod pages;
mod payment_methods;
mod payments;
mod pending_updates;
mod portal;
mod previews;
mod proration;
mod refunds;
mod schedules;
mod server;
mod shares;
mod state;
mod subscription_calls;
mod subscription_change;
mod subscription_items;
mod subscription_shape;
mod subscription_update;
mod subscriptions;
mod taxes;

use std::sync::{Arc, Mutex};

use serde_json::Value;
use tokio::{sync::watch, task::JoinHandle};

pub use arrange::NotArranged;
pub use delivery::{DeliveryMode, DeliveryReport, PendingEvent};
pub use disputes::{Stage as DisputeStage, Verdict as DisputeVerdict};
pub use faults::{AnswerGate, Fault, FaultKind};
pub use options::{AfterRetries, CancelShape, CataloguePrice, Delivery, Interval, Options};
pub use state::RecordedRequest;

use ledger::Fields;
use server::Running;
use state::{Inner, Webhook, lock};

/// Why a sandbox did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Events would leave this machine.
    #[error("the sandbox sends events only to http://127.0.0.1 or http://localhost, not to {0}")]
    ForeignWebhook(String),
    /// The state file is there but cannot be used.
    #[error("the sandbox's state cannot be read: {0}")]
    State(std::io::Error),
    /// The client that delivers events could not be made.
    #[error("the sandbox cannot deliver events: {0}")]
    Client(String),
    /// The server did not come up.
    #[error("the sandbox's server did not start: {0}")]
    Server(String),
}

/// A handle on a running sandbox; clones share it.
#[derive(Clone)]
pub struct Sandbox {
    inner: Arc<Inner>,
    base_url: String,
    server: rocket::Shutdown,
    tasks: Arc<Mutex<Vec<JoinHandle<()>>>>,
}

impl Sandbox {
    /// Starts a sandbox on 127.0.0.1.
    ///
    /// # Errors
    ///
    /// When the port is taken, the state file is unreadable, or the webhook address is not local.
    pub async fn start(options: Options) -> Result<Sandbox, StartError> {
        if let Some(url) = options.webhook_url.as_deref().filter(|url| !delivery::is_local(url)) {
            return Err(StartError::ForeignWebhook(url.to_owned()));
        }
        let (port, mode) = (options.port, options.delivery);
        let inner = Arc::new(Inner::new(options, client()?).map_err(StartError::State)?);
        let Running { port, shutdown, task } =
            server::start(Arc::clone(&inner), port).await.map_err(StartError::Server)?;
        let base_url = format!("http://127.0.0.1:{port}");
        inner.change(|ledger| ledger.move_to(base_url.clone()));
        let mut tasks = vec![task];
        if mode == Delivery::Automatic {
            tasks.push(tokio::spawn(delivery::run(Arc::clone(&inner))));
        }
        Ok(Sandbox { inner, base_url, server: shutdown, tasks: Arc::new(Mutex::new(tasks)) })
    }

    /// Stops the server and all delivery.
    pub async fn stop(self) {
        self.server.notify();
        let tasks: Vec<JoinHandle<()>> = lock(&self.tasks).drain(..).collect();
        let mut tasks = tasks.into_iter();
        let server = tasks.next();
        tasks.for_each(|task| task.abort());
        if let Some(server) = server {
            // The task ends with the server; how it ended matters to nobody any more.
            let _ = server.await;
        }
    }

    /// The address of the API and the pages, `http://127.0.0.1:PORT`.
    pub fn base_url(&self) -> String {
        self.base_url.clone()
    }

    /// Sends events to another address on this machine, signed with another secret.
    pub fn set_webhook(&self, url: impl Into<String>, secret: impl Into<String>) {
        self.inner.set_webhook(Webhook { url: Some(url.into()), secret: secret.into() });
    }

    /// The sandbox's time, in seconds since 1970.
    pub fn now(&self) -> i64 {
        self.inner.look(|ledger| ledger.now)
    }

    /// Moves the clock forward, playing every renewal, retry, end of trial and expiry on the way.
    ///
    /// It moves by ten years at most, and never back.
    pub async fn advance_to(&self, unix: i64) {
        self.inner.advance_to(unix);
    }

    /// As `advance_to`, by a number of seconds.
    pub async fn advance_by(&self, seconds: i64) {
        self.inner.advance_to(self.now().saturating_add(seconds));
    }

    /// How many seconds the sandbox's clock is ahead of the one it started with.
    pub fn clock_offsets(&self) -> watch::Receiver<i64> {
        self.inner.offsets.subscribe()
    }

    /// Sends every pending event once, in order; what is not answered 2xx stays pending.
    pub async fn deliver(&self) -> Vec<DeliveryReport> {
        delivery::deliver(&self.inner, false).await
    }

    /// The events that still have to be delivered, in order.
    pub fn pending_events(&self) -> Vec<Value> {
        self.inner.look(|ledger| {
            let pending = ledger.outbox.pending.iter();
            pending.map(|pending| ledger.read(&pending.event).clone()).collect()
        })
    }

    /// Every event there is, oldest first.
    pub fn events(&self) -> Vec<Value> {
        self.inner.look(|ledger| ledger.all("event").cloned().collect())
    }

    /// Drops, repeats or reorders what is to be delivered.
    pub fn reorder_pending(&self, how: impl FnOnce(&mut Vec<PendingEvent>)) {
        self.inner.change(|ledger| how(&mut ledger.outbox.pending));
    }

    /// What the network does to the events that arise from now on.
    pub fn set_delivery_mode(&self, mode: DeliveryMode) {
        self.inner.change(|ledger| ledger.outbox.mode = mode);
    }

    /// The `Stripe-Signature` and the body of a delivery of this event now.
    pub fn signed(&self, event: &Value) -> (String, Vec<u8>) {
        let body = delivery::body(event);
        (delivery::signature(&self.inner.webhook().secret, self.now(), &body), body)
    }

    /// Any object, as the API would show it.
    pub fn object(&self, id: &str) -> Option<Value> {
        self.inner.look(|ledger| ledger.get(id).cloned())
    }

    /// The ids of every object of a kind, such as `subscription`, oldest first.
    pub fn ids(&self, kind: &str) -> Vec<String> {
        self.inner
            .look(|ledger| ledger.all(kind).map(|object| object.text("id").to_owned()).collect())
    }

    /// The calls made to the API since the last `clear_requests`, at most ten thousand.
    pub fn requests(&self) -> Vec<RecordedRequest> {
        lock(&self.inner.requests).iter().cloned().collect()
    }

    /// Forgets the recorded calls.
    pub fn clear_requests(&self) {
        lock(&self.inner.requests).clear();
    }

    /// Lets the next matching calls fail.
    pub fn fail_next(&self, fault: Fault) {
        if fault.times > 0 {
            lock(&self.inner.faults).push(fault);
        }
    }

    /// Forgets the failures that were ordered.
    pub fn clear_faults(&self) {
        lock(&self.inner.faults).clear();
    }

    /// Empties the sandbox; the catalogue stays, the clock starts again.
    pub fn reset(&self) {
        self.inner.reset();
    }
}

fn client() -> Result<reqwest::Client, StartError> {
    // Plain http is all that is ever spoken, yet the client insists on a TLS provider. A process
    // that has installed one already keeps it.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(std::time::Duration::from_secs(30))
        .build()
        .map_err(|error| StartError::Client(error.to_string()))
}
