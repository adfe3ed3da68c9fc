//! One attempt to have an ordered server made.

use std::time::Duration;

use super::reason::Reason;
use super::{lists, users};
use crate::domain::ids::{AccountId, ServerId};
use crate::flows::{Billing, gate};
use crate::panels::wings::{self, Driver, PanelFailed, RemoteServer};
use crate::store::provisions::{Provision, Step};
use crate::store::{self, StoreFailed};

/// Longer than all calls of an attempt together: eighteen of 10 s at most, and one of 30 s.
const LEASE: Duration = Duration::from_mins(4);
const FIRST_RETRY: Duration = Duration::from_secs(5);
const LAST_RETRY: Duration = Duration::from_mins(2);
/// Then the panel has had six minutes.
const MOST_ATTEMPTS: u32 = 8;

/// What came of looking for an attempt to make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Attempt {
    NoneDue,
    Answered,
    /// The panel gave no answer, or wants to be left alone.
    Unanswered,
}

/// Makes the attempt that is due, at this server or at any.
pub(super) async fn make(
    billing: &Billing,
    which: Option<(&AccountId, &ServerId)>,
) -> Result<Attempt, StoreFailed> {
    let Some(driver) = &billing.driver else { return Ok(Attempt::NoneDue) };
    let now = billing.now();
    let mut tx = billing.store.write().await?;
    let taken = store::provisions::take(&mut tx, which, now, now + LEASE).await?;
    store::commit(tx).await?;
    let Some(provision) = taken else { return Ok(Attempt::NoneDue) };
    let ended = match drive(billing, driver, &provision).await? {
        Ok(server) => Ended::Made(server.id),
        Err(stop) => stop,
    };
    let answered = !matches!(ended, Ended::PutOff(_) | Ended::Again { away: true, .. });
    conclude(billing, &provision, ended).await?;
    Ok(if answered { Attempt::Answered } else { Attempt::Unanswered })
}

/// How an attempt ended.
pub(super) enum Ended {
    Made(i64),
    /// Nothing is there, and nothing will be.
    Failed(String),
    /// `asked` when something may be there.
    Again {
        asked: bool,
        /// Nothing was heard of the panel.
        away: bool,
        error: String,
    },
    /// The panel takes no calls for so long; nothing was done.
    PutOff(Duration),
    /// Somebody else has taken the order up meanwhile.
    Overtaken,
}

impl Ended {
    /// What follows when a call failed before anything could have been made.
    pub(super) fn before(error: &PanelFailed) -> Self {
        match error {
            PanelFailed::Busy(wait) => Self::PutOff(*wait),
            PanelFailed::Broken(_) | PanelFailed::Unreached(_) | PanelFailed::Silent(_) => {
                Self::again(false, error)
            }
            PanelFailed::Refused(reason) | PanelFailed::Full(reason) => {
                Self::Failed(reason.clone())
            }
            PanelFailed::Missing | PanelFailed::Unauthorized { .. } | PanelFailed::NoPanel(_) => {
                tracing::error!(%error, "the panel cannot be worked with; see coinslot doctor");
                Self::Failed(Reason::NotSetUp.with(""))
            }
        }
    }

    /// What follows when nobody knows whether it was made.
    fn unheard(error: &PanelFailed) -> Self {
        match error {
            PanelFailed::Busy(wait) => Self::PutOff(*wait),
            error => Self::again(true, error),
        }
    }

    fn again(asked: bool, error: &PanelFailed) -> Self {
        Self::Again { asked, away: error.away_for().is_some(), error: error.to_string() }
    }
}

type Driven<T> = Result<Result<T, Ended>, StoreFailed>;

/// Looks whether it is there, and else has it made.
async fn drive(billing: &Billing, driver: &Driver, provision: &Provision) -> Driven<RemoteServer> {
    let Provision { account, name, .. } = provision;
    let external = provision.external.as_deref().unwrap_or_default();
    match driver.find(external).await {
        Ok(Some(server)) => return Ok(Ok(server)),
        Ok(None) => {}
        // Whether an earlier attempt made it is not known now.
        Err(error) if error.is_unknown() || provision.attempts > 1 => {
            return Ok(Err(Ended::unheard(&error)));
        }
        Err(error) => return Ok(Err(Ended::before(&error))),
    }
    if provision.attempts > MOST_ATTEMPTS {
        let error = provision.error.clone();
        return Ok(Err(Ended::Failed(error.unwrap_or_else(|| Reason::TooLong.with("")))));
    }
    let id = provision.template.as_deref().unwrap_or_default();
    let Some(template) = billing.settings.panel.as_ref().and_then(|panel| panel.template(id))
    else {
        return Ok(Err(Ended::Failed(Reason::TemplateGone.with(id))));
    };
    let user = match users::find(billing, driver, account).await? {
        Ok(user) => user,
        Err(ended) => return Ok(Err(ended)),
    };
    let environment = match driver.environment(template).await {
        Ok(environment) => environment,
        Err(error) => return Ok(Err(Ended::before(&error))),
    };
    if !note(billing, provision, Step::Asking).await? {
        return Ok(Err(Ended::Overtaken));
    }
    let order = wings::Order { external, name, user, template };
    match driver.create(&order, &environment).await {
        Ok(server) => Ok(Ok(server)),
        Err(error) if error.is_unknown() => Ok(match driver.find(external).await {
            Ok(Some(server)) => Ok(server),
            Ok(None) | Err(_) => Err(Ended::unheard(&error)),
        }),
        // Somebody was faster with the same order, so the next look finds it.
        Err(PanelFailed::Refused(reason)) if reason.contains("external_id") => {
            Ok(Err(Ended::again(true, &PanelFailed::Refused(reason))))
        }
        Err(PanelFailed::Refused(reason)) if reason.starts_with("user:") => {
            lists::look_soon(billing, account).await?;
            Ok(Err(match users::find_anew(billing, driver, account, Some(user)).await? {
                Ok(_) => Ended::again(false, &PanelFailed::Refused(reason)),
                Err(ended) => ended,
            }))
        }
        Err(error) => Ok(Err(Ended::before(&error))),
    }
}

async fn conclude(
    billing: &Billing,
    provision: &Provision,
    ended: Ended,
) -> Result<(), StoreFailed> {
    let Provision { account, server, attempts, .. } = provision;
    let now = billing.now();
    let mut tx = billing.store.write().await?;
    match ended {
        Ended::Made(remote) => {
            if store::provisions::advance(&mut tx, provision, Step::Made { remote }).await? {
                store::servers::confirm(&mut tx, account, server, Some(&provision.name), now)
                    .await?;
                if provision.ours {
                    store::suspensions::doubt(&mut tx, account, server, now).await?;
                }
            }
        }
        Ended::Failed(error) => {
            tracing::warn!(%account, %server, error, "a server was not made; its slot is free again");
            if store::provisions::advance(&mut tx, provision, Step::Failed { error: &error })
                .await?
            {
                store::servers::release_reservation(&mut tx, account, server).await?;
            }
        }
        Ended::PutOff(wait) => {
            let error = PanelFailed::Busy(wait).to_string();
            tracing::info!(%account, %server, error, "an order waits");
            let step = Step::PutOff { at: now + wait, error: &error };
            store::provisions::advance(&mut tx, provision, step).await?;
        }
        Ended::Again { asked, error, .. } => {
            let wait = retry_after(*attempts);
            tracing::warn!(
                %account, %server, error, again_in_seconds = wait.as_secs(),
                "the panel did not make a server yet; it is looked up and tried again"
            );
            let step = Step::Again { asked, at: now + wait, error: &error };
            store::provisions::advance(&mut tx, provision, step).await?;
        }
        Ended::Overtaken => {}
    }
    gate::commit(billing, account, tx).await
}

async fn note(
    billing: &Billing,
    provision: &Provision,
    step: Step<'_>,
) -> Result<bool, StoreFailed> {
    let mut tx = billing.store.write().await?;
    let noted = store::provisions::advance(&mut tx, provision, step).await?;
    store::commit(tx).await?;
    Ok(noted)
}

/// Twice as long each time.
fn retry_after(attempts: u32) -> Duration {
    FIRST_RETRY.saturating_mul(1 << attempts.saturating_sub(1).min(10)).min(LAST_RETRY)
}
