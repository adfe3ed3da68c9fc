//! What every command works with: the configuration, where to read and write, how to fail.

use std::fmt;
use std::io::{BufRead, Write};
use std::sync::Arc;

use rocket::Request;
use rocket::figment::Figment;
use secrecy::SecretString;
use serde::Serialize;

use super::beside;
use crate::clock::Clock;
use crate::flows::Billing;
use crate::panel::{Panel, Visitor};
use crate::settings::{Problem, Settings, StripeSource};
use crate::stage::open_billing;
use crate::store::Store;

pub(super) struct Desk<'d> {
    pub(super) figment: Figment,
    pub(super) input: &'d mut dyn BufRead,
    pub(super) out: &'d mut dyn Write,
}

pub(super) type Outcome<T = ()> = Result<T, Failure>;

impl Desk<'_> {
    /// Opens the books, on the clock of the sandbox that is served beside, if there is one.
    pub(super) async fn billing(&self) -> Outcome<Billing> {
        let mut settings = self.settings()?;
        let clock = clock(&settings).await;
        if settings.stripe.source == StripeSource::Sandbox {
            settings.stripe.secret_key = Some(SecretString::from(beside::SECRET_KEY));
        }
        let store = Store::open(&settings.database)
            .await
            .map_err(|error| Failure::new(format!("{}: {error}", settings.database.display())))?;
        open_billing(store, Arc::new(NoPanel), clock, settings).map_err(Failure::new)
    }

    /// The configuration, for a command that must not touch the database as it is.
    pub(super) fn settings(&self) -> Outcome<Settings> {
        Settings::read(&self.figment).map_err(Failure::configuration)
    }

    pub(super) fn print_json(&mut self, value: &impl Serialize) -> Outcome {
        serde_json::to_writer_pretty(&mut *self.out, value)?;
        writeln!(self.out)?;
        Ok(())
    }
}

/// The system's time, or that of the sandbox which is served beside.
pub(super) async fn clock(settings: &Settings) -> Clock {
    let clock = Clock::system();
    if settings.stripe.source == StripeSource::Sandbox
        && let Some(now) = beside::time(&settings.stripe.api_base).await
    {
        clock.set(now);
    }
    clock
}

/// Why a command failed, a reason a line.
#[derive(Debug)]
pub(super) struct Failure(Vec<String>);

impl Failure {
    pub(super) fn new(reason: impl Into<String>) -> Self {
        Self::lines(vec![reason.into()])
    }

    pub(super) fn lines(reasons: Vec<String>) -> Self {
        Self(reasons)
    }

    /// The same, with what is to be said first.
    pub(super) fn after(mut self, reason: impl Into<String>) -> Self {
        self.0.insert(0, reason.into());
        self
    }

    pub(super) fn configuration(problems: Vec<Problem>) -> Self {
        Self::lines(problems.iter().map(ToString::to_string).collect())
    }
}

impl<E: std::error::Error> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::new(error.to_string())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|reason| writeln!(f, "coinslot: {reason}"))
    }
}

/// A command serves nobody: the panel that does hears of changes when it asks.
struct NoPanel;

#[rocket::async_trait]
impl Panel for NoPanel {
    async fn visitor(&self, _: &Request<'_>) -> Option<Visitor> {
        None
    }
}
