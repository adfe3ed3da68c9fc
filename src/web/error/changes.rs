//! Why a subscription was not changed, cancelled or resumed, as problems.

use rocket::http::Status;
use serde_json::json;

use super::{Problem, causes};
use crate::domain::change::Refusal;
use crate::flows::Failed;
use crate::flows::change::NotChanged;
use crate::flows::gate::Standing;
use crate::stripe::StripeFailed;
use crate::web::api::views;
use crate::web::pages::change_words;
use crate::web::text::{Sentence, t};

impl From<NotChanged> for Problem {
    fn from(error: NotChanged) -> Self {
        let wrong = |field: &str, text| Self::invalid(vec![(field.to_owned(), text)]);
        match error {
            NotChanged::UnknownPlan(plan) => causes::no_plan(plan.as_str()),
            NotChanged::Once => wrong("interval", t!("problem-once")),
            NotChanged::Unavailable { plan, interval } => {
                unavailable(causes::not_for_sale(&plan, interval))
            }
            NotChanged::NoRoom => no_room(),
            NotChanged::Refused { refusal, standing, action_url } => {
                refused(&refusal, &standing, action_url)
            }
            NotChanged::UnknownPreview(token) => {
                wrong("preview", t!("problem-no-preview", token = token))
            }
            NotChanged::Stale(fresh) => Self::new(
                Status::Conflict,
                "preview_stale",
                t!("problem-stale"),
                t!("problem-stale-detail"),
            )
            .with("preview", json!(views::Preview::of(&fresh))),
            NotChanged::ConsentNeeded(_) => wrong("over_limit", t!("problem-consent")),
            NotChanged::OutcomeUnknown(error) => unknown(error),
            NotChanged::Failed(Failed::Stripe(
                StripeFailed::Refused { .. } | StripeFailed::Missing { .. },
            )) => unavailable(t!("problem-not-accepted")),
            NotChanged::NotSeenYet => not_seen_yet(),
            NotChanged::Failed(error) => error.into(),
        }
    }
}

/// Nothing is sold to who wants a server while none can be made.
pub(super) fn no_room() -> Problem {
    let title = t!("problem-no-room");
    Problem::new(Status::Conflict, "plan_unavailable", title, t!("problem-no-room-detail"))
}

fn unavailable(detail: Sentence) -> Problem {
    let title = t!("problem-no-change");
    Problem::new(Status::Conflict, "plan_unavailable", title, detail)
}

fn refused(refusal: &Refusal, standing: &Standing, action_url: String) -> Problem {
    let detail = change_words::refusal(refusal);
    match refusal {
        Refusal::NoSubscription => {
            Problem::new(Status::Conflict, "no_subscription", t!("problem-no-subscription"), detail)
        }
        Refusal::ManagedElsewhere => Problem::new(
            Status::Conflict,
            "managed_elsewhere",
            t!("problem-managed-elsewhere"),
            detail,
        ),
        Refusal::PaymentFirst => {
            let decision = &standing.decision;
            Problem::new(
                Status::PaymentRequired,
                "payment_past_due",
                t!("problem-payment-first"),
                detail,
            )
            .with("limit", json!(decision.limit.as_option()))
            .with("used", standing.used)
            .with("plan", json!(decision.plan))
            .with("reason", json!(decision.reason))
            .with("until", json!(decision.until))
        }
        Refusal::Ending(_)
        | Refusal::Currency { .. }
        | Refusal::CollectionPaused
        | Refusal::NoPaymentMethod
        | Refusal::Unclear => unavailable(detail),
    }
    .with("action_url", action_url)
}

/// Unlike other calls that Stripe did not answer, this one may have moved money.
fn unknown(error: StripeFailed) -> Problem {
    Problem { detail: t!("problem-outcome-unknown"), ..error.into() }
}

/// The change is made, so nothing is claimed of how the subscription stands since.
fn not_seen_yet() -> Problem {
    let detail = "the subscription could not be read after the change".to_owned();
    Problem {
        title: t!("problem-not-seen"),
        detail: t!("problem-not-seen-detail"),
        ..StripeFailed::Unavailable { retry_after_seconds: None, detail }.into()
    }
}
