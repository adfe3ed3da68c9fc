//! A change of plan: shown with its money first, then made as it was shown, or not at all.

mod cancellation;
mod confirm;
mod made;
mod preview;
mod schedules;

pub(crate) use cancellation::{cancel, resume, undo};
pub(crate) use confirm::{Consent, confirm};
pub(super) use made::find_made;
pub(crate) use preview::{Preview, preview};
pub(super) use schedules::{claim_unmarked, count_applied, release_ours};

use super::gate::{self, Standing};
use super::{Billing, Failed, sync};
use crate::domain::change::Refusal;
use crate::domain::ids::{AccountId, PlanId};
use crate::domain::plan::Interval;
use crate::domain::subscription::Subscription;
use crate::store::StoreFailed;
use crate::stripe::{Patience, StripeFailed};

/// What somebody would rather pay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wish {
    pub(crate) plan: PlanId,
    pub(crate) interval: Interval,
}

/// Why a subscription was not changed, cancelled or resumed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotChanged {
    #[error("there is no plan `{0}`")]
    UnknownPlan(PlanId),
    #[error(
        "a plan is changed to one paid by month or year; what is paid once is bought at checkout"
    )]
    Once,
    #[error("{plan} per {interval} is not for sale now")]
    Unavailable { plan: PlanId, interval: Interval },
    /// The panel next door could not make the servers that are wanted.
    #[error("no server can be made at the game panel now")]
    NoRoom,
    #[error("{refusal}")]
    Refused { refusal: Refusal, standing: Box<Standing>, action_url: String },
    #[error("`{0}` is no preview of this account; ask for one first")]
    UnknownPreview(String),
    /// What was shown no longer holds; this does.
    #[error("this preview no longer holds; look at the new one")]
    Stale(Box<Preview>),
    /// The plan has no room for all the servers, and nobody said that they know.
    #[error("the new plan has no room for all servers; confirm that some will be over the limit")]
    ConsentNeeded(Box<Preview>),
    /// Stripe was asked and did not answer: asking again with the same preview does no harm.
    #[error("it is not known yet whether the change was made")]
    OutcomeUnknown(#[source] StripeFailed),
    /// Stripe made the change; what the subscription is like since could not be read yet.
    #[error("the change is made at Stripe and is not to be seen here yet")]
    NotSeenYet,
    #[error(transparent)]
    Failed(#[from] Failed),
}

impl From<StoreFailed> for NotChanged {
    fn from(error: StoreFailed) -> Self {
        Self::Failed(error.into())
    }
}

impl From<StripeFailed> for NotChanged {
    fn from(error: StripeFailed) -> Self {
        Self::Failed(error.into())
    }
}

async fn standing(billing: &Billing, account: &AccountId) -> Result<Standing, Failed> {
    let mut conn = billing.store.read().await?;
    gate::standing(&mut conn, billing, account).await?.ok_or(Failed::NoAccount)
}

/// The subscription that may be changed; one under a schedule of somebody else's may not.
fn changeable(billing: &Billing, standing: Standing) -> Result<Subscription, NotChanged> {
    match standing.running().cloned() {
        Some(running) if running.is_steered_elsewhere() => {
            Err(refused(billing, standing, Refusal::ManagedElsewhere))
        }
        Some(running) => Ok(running),
        None => Err(refused(billing, standing, Refusal::NoSubscription)),
    }
}

fn refused(billing: &Billing, standing: Standing, refusal: Refusal) -> NotChanged {
    let invoice = standing.running().and_then(|running| running.payment.invoice_url.clone());
    let action_url = match refusal {
        Refusal::PaymentFirst => invoice,
        Refusal::NoSubscription
        | Refusal::ManagedElsewhere
        | Refusal::Ending(_)
        | Refusal::Currency { .. }
        | Refusal::CollectionPaused
        | Refusal::NoPaymentMethod
        | Refusal::Unclear => None,
    };
    let action_url = action_url.unwrap_or_else(|| standing.desk(billing));
    NotChanged::Refused { refusal, standing: Box::new(standing), action_url }
}

/// Takes in what was just done; where Stripe does not answer, the webhook brings it.
async fn look_again(billing: &Billing, account: &AccountId) {
    if let Err(error) = sync::account(billing, account, Patience::Page).await {
        tracing::warn!(%account, %error, "a change was made and is not visible yet");
    }
}
