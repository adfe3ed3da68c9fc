//! Serving: the built-in panel, with a sandbox beside it where no Stripe is configured.

use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::sync::Arc;

use rocket::error::ErrorKind;
use rocket::fairing::AdHoc;
use rocket::figment::Figment;
use rocket::{Ignite, Orbit, Rocket};
use tokio::task::JoinHandle;

use super::beside::sandbox_beside;
use super::check;
use super::desk::{Failure, Outcome};
use crate::clock::Clock;
use crate::domain::timestamp::Timestamp;
use crate::flows::Billing;
use crate::sandbox::Sandbox;
use crate::stage::{SandboxAddress, stage};
use crate::standalone::{self, Standalone};

/// Serves until a signal ends it.
pub(super) async fn run(figment: &Figment) -> Outcome {
    let settings = check::configuration(figment).map_err(Failure::configuration)?;
    if let Some(problem) = check::database(&settings.database).await {
        return Err(Failure::configuration(vec![problem]));
    }
    let clock = Clock::system();
    let Some((sandbox, address)) = sandbox_beside(figment).await.map_err(Failure::new)? else {
        return panel(figment, clock, None).await;
    };
    let following = follow(clock.clone(), sandbox.clone());
    let outcome = panel(figment, clock, Some(address)).await;
    following.abort();
    sandbox.stop().await;
    outcome
}

async fn panel(figment: &Figment, clock: Clock, sandbox: Option<SandboxAddress>) -> Outcome {
    let mut stage = stage(Standalone::default()).clock(clock);
    if let Some(address) = sandbox.clone() {
        stage = stage.sandbox(address);
    }
    let rocket = rocket::custom(figment).attach(stage).attach(announcement(sandbox));
    let rocket = standalone::attach(rocket).ignite().await.map_err(|error| failure(&error))?;
    let billing = rocket.state::<Arc<Billing>>().cloned();
    let outcome = launch(rocket).await;
    if let Some(billing) = billing {
        billing.store.close().await;
    }
    outcome
}

async fn launch(rocket: Rocket<Ignite>) -> Outcome {
    let at = SocketAddr::new(rocket.config().address, rocket.config().port);
    match rocket.launch().await {
        Ok(_) => Ok(()),
        Err(error) => Err(match error.kind() {
            ErrorKind::Bind(cause) if cause.kind() == io::ErrorKind::AddrInUse => {
                let port = at.port();
                Failure::new(format!("port = {port}: taken at {}, set another", at.ip()))
            }
            ErrorKind::Bind(cause) => Failure::new(format!("cannot listen on {at}: {cause}")),
            _ => failure(&error),
        }),
    }
}

/// Says in one line what kept Rocket from serving; an error nobody looks at would panic.
fn failure(error: &rocket::Error) -> Failure {
    Failure::new(match error.kind() {
        ErrorKind::FailedFairings(_) => "the start failed, see the log above".to_owned(),
        ErrorKind::Config(error) => error.to_string(),
        kind => kind.to_string(),
    })
}

/// Lets `clock` show what the sandbox's shows, also after that was moved.
fn follow(clock: Clock, sandbox: Sandbox) -> JoinHandle<()> {
    let mut offsets = sandbox.clock_offsets();
    clock.set(Timestamp(sandbox.now()));
    tokio::spawn(async move {
        while offsets.changed().await.is_ok() {
            clock.set(Timestamp(sandbox.now()));
        }
    })
}

fn announcement(sandbox: Option<SandboxAddress>) -> AdHoc {
    AdHoc::on_liftoff("Announcement", |rocket| {
        Box::pin(async move { announce(rocket, sandbox.as_ref()) })
    })
}

fn announce(rocket: &Rocket<Orbit>, sandbox: Option<&SandboxAddress>) {
    let at = SocketAddr::new(rocket.config().address, rocket.config().port);
    let beside = sandbox.map_or_else(String::new, |sandbox| {
        format!("\nSandbox Stripe at {}: no real money moves", sandbox.api_base)
    });
    // Nobody reading stdout is no reason to stop serving.
    let _ = writeln!(io::stdout(), "Coinslot listens on http://{at}{beside}");
}
