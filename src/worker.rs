//! The background tasks: the inbox and the hourly look at the catalogue; they stop with Rocket.

use std::sync::Arc;
use std::time::Duration;

use rocket::Shutdown;
use tokio::task::JoinSet;

use crate::flows::{Billing, inbox};

/// Events worked on at a time; syncs of one account still follow one another.
const PARALLEL: usize = 4;
/// How often the inbox is looked at without being rung: other processes may have filed something.
const LOOK: Duration = Duration::from_secs(5);
const CATALOGUE: Duration = Duration::from_secs(3600);

/// Runs until Rocket shuts down; work that was begun is finished.
pub(crate) async fn run(billing: Arc<Billing>, shutdown: Shutdown) {
    tokio::join!(work_off_inbox(&billing, shutdown.clone()), watch_catalogue(&billing, shutdown));
}

async fn work_off_inbox(billing: &Arc<Billing>, mut shutdown: Shutdown) {
    let mut working = JoinSet::new();
    loop {
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
