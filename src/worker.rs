//! The background tasks: inbox, reconciler, and the hourly looks at Stripe; they stop with Rocket.

use std::sync::Arc;
use std::time::Duration;

use rocket::Shutdown;
use tokio::task::JoinSet;

use crate::flows::reconcile::{self, Reconciled};
use crate::flows::{Billing, inbox, random_byte};

/// Events worked on at a time; syncs of one account still follow one another.
const PARALLEL: usize = 4;
/// How often the inbox is looked at without being rung: other processes may have filed something.
const LOOK: Duration = Duration::from_secs(5);
const UNDELIVERED: Duration = Duration::from_hours(1);
const CATALOGUE: Duration = Duration::from_hours(1);

/// Runs until Rocket shuts down; work that was begun is finished.
pub(crate) async fn run(billing: Arc<Billing>, shutdown: Shutdown) {
    tokio::join!(
        work_off_inbox(&billing, shutdown.clone()),
        watch_catalogue(&billing, shutdown.clone()),
        take_undelivered(&billing, shutdown.clone()),
        reconcile(&billing, shutdown),
    );
}

async fn work_off_inbox(billing: &Arc<Billing>, mut shutdown: Shutdown) {
    if let Err(error) = inbox::take_over(billing).await {
        tracing::error!(%error, "half-processed events wait until their leases are over");
    }
    let mut working = JoinSet::new();
    loop {
        billing.pulse.beat();
        while working.len() < PARALLEL {
            match inbox::lease(billing).await {
                Ok(Some(event)) => {
                    let billing = Arc::clone(billing);
                    working.spawn(async move { inbox::settle(&billing, &event).await });
                }
                Ok(None) => break,
                Err(error) => {
                    tracing::error!(%error, "the inbox cannot be read; trying again");
                    break;
                }
            }
        }
        tokio::select! {
            () = &mut shutdown => break,
            Some(_) = working.join_next() => {}
            () = billing.nudge.notified() => {}
            () = tokio::time::sleep(LOOK) => {}
        }
    }
    while working.join_next().await.is_some() {}
}

async fn watch_catalogue(billing: &Arc<Billing>, mut shutdown: Shutdown) {
    loop {
        billing.refresh_catalogue().await;
        tokio::select! {
            () = &mut shutdown => break,
            () = tokio::time::sleep(CATALOGUE) => {}
        }
    }
}

async fn take_undelivered(billing: &Arc<Billing>, mut shutdown: Shutdown) {
    loop {
        tokio::select! {
            () = &mut shutdown => break,
            taken = reconcile::take_undelivered(billing) => {
                if let Err(error) = taken {
                    tracing::warn!(%error, "Stripe could not be asked for undelivered events");
                }
            }
        }
        tokio::select! {
            () = &mut shutdown => break,
            () = tokio::time::sleep(UNDELIVERED) => {}
        }
    }
}

async fn reconcile(billing: &Arc<Billing>, mut shutdown: Shutdown) {
    let Some(interval) = billing.settings.reconcile_interval else {
        return;
    };
    loop {
        tokio::select! {
            () = &mut shutdown => break,
            () = tokio::time::sleep(jittered(interval)) => {}
        }
        tokio::select! {
            () = &mut shutdown => break,
            passed = reconcile::pass(billing, log_trouble) => {
                if let Err(error) = passed {
                    tracing::warn!(%error, "a reconcile pass was cut short; the next goes on from there");
                }
            }
        }
    }
}

fn log_trouble(reconciled: Reconciled) {
    if let Err(error) = reconciled.outcome {
        tracing::warn!(account = %reconciled.account, %error, "an account could not be reconciled");
    }
}

/// Up to a tenth longer, so that many panels do not ask Stripe in step.
fn jittered(interval: Duration) -> Duration {
    interval + interval / 10 * u32::from(random_byte()) / 255
}
