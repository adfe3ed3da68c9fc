//! The background tasks: inbox, reconciler, and the hourly looks at Stripe; they stop with Rocket.

use std::sync::Arc;
use std::time::Duration;

use rocket::Shutdown;
use tokio::task::JoinSet;

use crate::flows::{Billing, inbox, random_byte, reconcile};
use crate::metrics;

/// Events worked on at a time; syncs of one account still follow one another.
const PARALLEL: usize = 4;
/// How often the inbox is looked at without being rung: other processes may have filed something.
const LOOK: Duration = Duration::from_secs(5);
const UNDELIVERED: Duration = Duration::from_hours(1);
const CATALOGUE: Duration = Duration::from_hours(1);
/// How often what is over quota is looked at without being rung: a notice may have run out.
const SUSPENSIONS: Duration = Duration::from_secs(30);
const SILENCE: Duration = Duration::from_mins(1);
const RETENTION: Duration = Duration::from_hours(24);

/// Runs until Rocket shuts down; work that was begun is finished.
pub(crate) async fn run(billing: Arc<Billing>, shutdown: Shutdown) {
    tokio::join!(
        work_off_inbox(&billing, shutdown.clone()),
        watch_catalogue(&billing, shutdown.clone()),
        take_undelivered(&billing, shutdown.clone()),
        watch_silence(&billing, shutdown.clone()),
        forget_old_events(&billing, shutdown.clone()),
        suspend_excess(&billing, shutdown.clone()),
        send_hooks(&billing, shutdown.clone()),
        work_off_orders(&billing, shutdown.clone()),
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
        metrics::upkeep();
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
            Some(ended) = working.join_next() => {
                if let Err(error) = ended {
                    tracing::error!(%error, "a worker broke off; its event is taken up again");
                }
            }
            () = billing.nudge.notified() => {}
            () = tokio::time::sleep(LOOK) => {}
        }
    }
    while working.join_next().await.is_some() {}
}

async fn watch_catalogue(billing: &Arc<Billing>, mut shutdown: Shutdown) {
    loop {
        tokio::select! {
            () = &mut shutdown => break,
            () = billing.refresh_catalogue() => {}
        }
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
            () = billing.take_undelivered() => {}
        }
        tokio::select! {
            () = &mut shutdown => break,
            () = tokio::time::sleep(UNDELIVERED) => {}
        }
    }
}

async fn watch_silence(billing: &Arc<Billing>, mut shutdown: Shutdown) {
    loop {
        billing.watch_silence().await;
        tokio::select! {
            () = &mut shutdown => break,
            () = tokio::time::sleep(SILENCE) => {}
        }
    }
}

async fn forget_old_events(billing: &Arc<Billing>, mut shutdown: Shutdown) {
    loop {
        billing.tidy_up().await;
        tokio::select! {
            () = &mut shutdown => break,
            () = tokio::time::sleep(RETENTION) => {}
        }
    }
}

async fn suspend_excess(billing: &Arc<Billing>, mut shutdown: Shutdown) {
    loop {
        billing.suspend_excess().await;
        tokio::select! {
            () = &mut shutdown => break,
            () = billing.suspensions.rung() => {}
            () = tokio::time::sleep(SUSPENSIONS) => {}
        }
    }
}

async fn send_hooks(billing: &Arc<Billing>, mut shutdown: Shutdown) {
    loop {
        tokio::select! {
            () = &mut shutdown => break,
            () = billing.send_hooks() => {}
        }
        tokio::select! {
            () = &mut shutdown => break,
            () = billing.nudge_hooks.notified() => {}
            () = tokio::time::sleep(LOOK) => {}
        }
    }
}

async fn work_off_orders(billing: &Arc<Billing>, mut shutdown: Shutdown) {
    if billing.driver.is_none() {
        return;
    }
    loop {
        billing.work_off_orders().await;
        tokio::select! {
            () = &mut shutdown => break,
            () = billing.orders.rung() => {}
            () = tokio::time::sleep(LOOK) => {}
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
            () = tokio::time::sleep(jittered(interval, random_byte())) => {}
        }
        tokio::select! {
            () = &mut shutdown => break,
            passed = reconcile::pass(billing, reconcile::log_trouble) => {
                if let Err(error) = passed {
                    tracing::warn!(%error, "a reconcile pass was cut short; the next goes on from there");
                }
            }
        }
    }
}

/// Up to a tenth longer, so that many panels do not ask Stripe in step.
fn jittered(interval: Duration, chance: u8) -> Duration {
    interval + interval / 10 * u32::from(chance) / 255
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jitter_adds_up_to_a_tenth_and_takes_nothing_away() {
        let minutes = Duration::from_mins;
        for (interval, chance, jittered_to) in [
            (minutes(10), 0, minutes(10)),
            (minutes(10), u8::MAX, minutes(11)),
            (minutes(10), 51, minutes(10) + Duration::from_secs(12)),
        ] {
            assert_eq!(jittered(interval, chance), jittered_to, "{interval:?} {chance}");
        }
    }
}
