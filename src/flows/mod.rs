//! What somebody does: each flow takes [`Billing`] first.

pub(crate) mod accounts;
pub(crate) mod alarms;
pub(crate) mod catalogue;
pub(crate) mod census;
pub(crate) mod change;
pub(crate) mod checkout;
mod customer;
pub(crate) mod doctor;
pub(crate) mod exempt;
pub(crate) mod gate;
pub(crate) mod hooks;
pub(crate) mod inbox;
pub(crate) mod intake;
pub(crate) mod invoices;
pub(crate) mod links;
mod locks;
pub(crate) mod mail;
mod needless;
pub(crate) mod overview;
mod owner;
pub(crate) mod paused;
mod paybacks;
pub(crate) mod portal;
pub(crate) mod provision;
mod pulse;
pub(crate) mod purchases;
pub(crate) mod reconcile;
pub(crate) mod restored;
pub(crate) mod retention;
pub(crate) mod returned;
pub(crate) mod silence;
pub(crate) mod suspend;
pub(crate) mod sync;
mod tally;
pub(crate) mod tokens;
pub(crate) mod webhooks;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;

use crate::clock::Clock;
use crate::domain::ids::Mode;
use crate::domain::timestamp::Timestamp;
use crate::panel::Panel;
use crate::panels::hooks::Courier;
use crate::panels::wings::Driver;
use crate::settings::Settings;
use crate::store::tokens::Scope;
use crate::store::{Store, StoreFailed};
use crate::stripe::{Patience, Stripe, StripeFailed};

/// Everything a flow works with. Rocket manages one.
pub struct Billing {
    pub(crate) store: Store,
    pub(crate) stripe: Stripe,
    /// Who carries messages to panels next door.
    pub(crate) courier: Courier,
    /// Who makes servers in a panel next door, where one is configured.
    pub(crate) driver: Option<Driver>,
    pub(crate) panel: Arc<dyn Panel>,
    pub(crate) clock: Clock,
    pub(crate) settings: Settings,
    /// Rung when the inbox got something.
    pub(crate) nudge: Notify,
    /// Rung when the outbox of hooks got something.
    pub(crate) nudge_hooks: Notify,
    /// Rung when the outbox of mail got something.
    pub(crate) nudge_mail: Notify,
    /// Beaten by the background worker.
    pub(crate) pulse: pulse::Pulse,
    locks: locks::Locks,
    ear: silence::Ear,
    /// Rung when the panel may have to be told something.
    pub(crate) suspensions: suspend::Bell,
    /// What is ordered at a panel next door: its bell, its pace, its room.
    pub(crate) orders: provision::Work,
    intake: Arc<intake::Intake>,
    claims: gate::Claims,
}

/// The longest a page or a call of the API waits for Stripe, all requests together.
pub(crate) const PAGE_PATIENCE: Duration = Duration::from_secs(3);

impl Billing {
    pub(crate) fn new(
        store: Store,
        stripe: Stripe,
        courier: Courier,
        driver: Option<Driver>,
        panel: Arc<dyn Panel>,
        clock: Clock,
        settings: Settings,
    ) -> Self {
        Self {
            intake: Arc::new(intake::Intake::new(store.clone())),
            claims: gate::Claims::default(),
            store,
            stripe,
            courier,
            driver,
            panel,
            clock,
            settings,
            nudge: Notify::new(),
            nudge_hooks: Notify::new(),
            nudge_mail: Notify::new(),
            pulse: pulse::Pulse::default(),
            locks: locks::Locks::default(),
            ear: silence::Ear::default(),
            suspensions: suspend::Bell::default(),
            orders: provision::Work::default(),
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn mode(&self) -> Mode {
        self.stripe.mode()
    }

    /// Something was committed that a panel may have to be told.
    fn wake_messengers(&self) {
        self.suspensions.ring();
        self.nudge_hooks.notify_one();
        self.nudge_mail.notify_one();
    }

    /// Processes what waits in the inbox now, and suspends or brings back what is due; returns when
    /// nothing is due any more, or a panel is away to which it should be told.
    ///
    /// The background worker does the same by itself; tests and commands call it to wait.
    pub async fn settle(&self) {
        while inbox::settle_next(self).await {}
        self.work_off_orders().await;
        self.suspend_excess().await;
    }

    /// Has the panel next door make what is ordered and due.
    pub(crate) async fn work_off_orders(&self) {
        if let Err(error) = provision::work(self).await {
            tracing::error!(%error, "orders could not be worked off; the next look goes on");
        }
    }

    /// Suspends the servers that are over their account's quota for long enough, and brings back
    /// those whose account is in order; what a panel failed to do is told it again.
    pub(crate) async fn suspend_excess(&self) {
        if let Err(error) = suspend::work(self).await {
            tracing::error!(%error, "what is over quota could not be worked off; the next look goes on");
        }
    }

    /// Syncs every account with a customer, as the reconciler does in the background, and settles
    /// what waits then.
    pub async fn reconcile(&self) {
        if let Err(error) = reconcile::pass(self, reconcile::log_trouble).await {
            tracing::warn!(%error, "a reconcile pass was cut short; the next goes on from there");
        }
        if let Err(error) = provision::look_at_all(self).await {
            tracing::warn!(%error, "the lists of the panel wait for their time");
        }
        self.settle().await;
    }

    /// Takes in the events of the last 30 days that Stripe could not deliver.
    pub async fn take_undelivered(&self) {
        if let Err(error) = reconcile::take_undelivered(self).await {
            tracing::warn!(%error, "Stripe could not be asked for undelivered events");
        }
    }

    /// Tells the log, once, that Stripe's deliveries stay away; the background worker looks every
    /// minute.
    pub async fn watch_silence(&self) {
        if let Err(error) = silence::watch(self).await {
            tracing::warn!(%error, "whether Stripe's deliveries arrive could not be read");
        }
    }

    /// Removes events that were done or ignored and are older than 90 days.
    pub async fn tidy_up(&self) {
        if let Err(error) = retention::sweep(self).await {
            tracing::warn!(%error, "old events could not be removed; the next day tries again");
        }
    }

    /// Sends what the outbox of hooks holds and is due.
    ///
    /// The background worker does the same by itself; tests call it to wait.
    pub async fn send_hooks(&self) {
        loop {
            match hooks::send_next(self).await {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => {
                    tracing::error!(%error, "the outbox of hooks cannot be read; trying again");
                    break;
                }
            }
        }
    }

    /// Sends the mail that is due.
    ///
    /// The background worker does the same by itself; tests call it to wait.
    pub async fn send_mail(&self) {
        while self.send_a_letter().await {}
    }

    /// Makes one attempt to send mail; `false` when nothing is due, or the database fails.
    pub(crate) async fn send_a_letter(&self) -> bool {
        mail::send_next(self).await.unwrap_or_else(|error| {
            tracing::error!(%error, "the outbox of mail cannot be read; trying again");
            false
        })
    }

    /// Writes the operator a letter when something to see to began or is over; the background worker
    /// looks every minute.
    pub async fn watch_alarms(&self) {
        if let Err(error) = alarms::watch(self).await {
            tracing::warn!(%error, "what to tell the operator could not be read");
        }
        self.nudge_mail.notify_one();
    }

    /// Makes an API token; the secret it returns is shown to nobody again.
    ///
    /// # Errors
    ///
    /// [`StoreFailed`] when it cannot be stored.
    pub async fn create_token(&self, name: &str, scope: Scope) -> Result<String, StoreFailed> {
        Ok(tokens::create(self, name, scope).await?.1)
    }

    /// Reads the catalogue from Stripe again; the stored one serves on where that fails.
    pub async fn refresh_catalogue(&self) {
        if let Err(error) = catalogue::refresh(self, Patience::Worker).await {
            tracing::warn!(%error, "the catalogue could not be read from Stripe; the stored one serves");
        }
    }
}

/// A flow could not finish for reasons outside it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failed {
    #[error(transparent)]
    Store(#[from] StoreFailed),
    #[error(transparent)]
    Stripe(#[from] StripeFailed),
    #[error("there is no such account")]
    NoAccount,
}

/// Runs what talks to Stripe for a page, which never waits longer than [`PAGE_PATIENCE`].
pub(crate) async fn for_a_page<T, E: From<StripeFailed>>(
    work: impl Future<Output = Result<T, E>>,
) -> Result<T, E> {
    match tokio::time::timeout(PAGE_PATIENCE, work).await {
        Ok(outcome) => outcome,
        Err(_) => Err(StripeFailed::Unavailable {
            retry_after_seconds: None,
            detail: "Stripe did not answer within 3 s".to_owned(),
        }
        .into()),
    }
}

/// Random text of 160 bits, for ids, nonces and secrets.
pub(crate) fn random_text() -> String {
    let mut bytes = [0; 20];
    getrandom::fill(&mut bytes).expect("the system has random numbers");
    hex::encode(bytes)
}

/// Chance, for jitter.
pub(crate) fn random_byte() -> u8 {
    let mut byte = [0];
    getrandom::fill(&mut byte).expect("the system has random numbers");
    byte[0]
}
