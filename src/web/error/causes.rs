//! What flows, store and gateway can fail with, as problems.

use rocket::http::Status;
use serde_json::json;

use super::Problem;
use crate::domain::ids::{InvalidId, PlanId};
use crate::domain::plan::Interval;
use crate::flows::Failed;
use crate::flows::checkout::NotBegun;
use crate::flows::exempt::NotGranted;
use crate::flows::inbox::NotReplayed;
use crate::flows::links::NotEntered;
use crate::flows::portal::NotOpened;
use crate::flows::provision::NotOrdered;
use crate::flows::returned::NotReturned;
use crate::store::StoreFailed;
use crate::stripe::StripeFailed;
use crate::web::pages::{unmade, words};
use crate::web::text::{Sentence, t};

impl From<InvalidId> for Problem {
    fn from(error: InvalidId) -> Self {
        let InvalidId { kind, rule, shown } = error;
        let text = t!("problem-id", id = shown, kind = kind, rule = rule);
        Self::invalid(vec![("id".to_owned(), text)])
    }
}

impl From<StoreFailed> for Problem {
    fn from(error: StoreFailed) -> Self {
        tracing::error!(%error, "the database failed");
        Self::new(
            Status::ServiceUnavailable,
            "unavailable",
            t!("problem-database"),
            t!("problem-database-detail"),
        )
        .retry_after(5)
    }
}

impl From<StripeFailed> for Problem {
    fn from(error: StripeFailed) -> Self {
        tracing::warn!(%error, "Stripe could not be asked");
        let wait = match &error {
            StripeFailed::Unavailable { retry_after_seconds, .. } => {
                retry_after_seconds.unwrap_or(5)
            }
            StripeFailed::Unauthorized => 60,
            StripeFailed::Missing { .. }
            | StripeFailed::Refused { .. }
            | StripeFailed::StoredFailure
            | StripeFailed::Unreadable { .. } => 5,
        };
        let problem = Self::new(
            Status::ServiceUnavailable,
            "stripe_unavailable",
            t!("problem-stripe"),
            t!("problem-stripe-detail"),
        )
        .retry_after(wait);
        match error {
            StripeFailed::Refused { request_id: Some(id), .. } => problem.with("request_id", id),
            _ => problem,
        }
    }
}

impl From<Failed> for Problem {
    fn from(error: Failed) -> Self {
        match error {
            Failed::Store(error) => error.into(),
            Failed::Stripe(error) => error.into(),
            Failed::NoAccount => Self::account_not_found(),
        }
    }
}

impl From<NotOrdered> for Problem {
    fn from(error: NotOrdered) -> Self {
        let wrong = |text| Self::invalid(vec![("template".to_owned(), text)]);
        match error {
            NotOrdered::NoPanel => wrong(t!("problem-no-panel")),
            NotOrdered::NoTemplate { template, there_is } => {
                wrong(t!("problem-no-template", template = template, names = there_is))
            }
            NotOrdered::NotMade(error) => Self::new(
                Status::Conflict,
                "server_not_made",
                t!("problem-not-made"),
                t!("problem-not-made-detail", error = unmade::why(&error)),
            ),
            NotOrdered::Plain(server) => Self::new(
                Status::Conflict,
                "server_exists",
                t!("problem-server-exists"),
                t!("problem-server-exists-detail", server = server.as_str()),
            ),
            NotOrdered::Failed(error) => error.into(),
        }
    }
}

impl From<NotBegun> for Problem {
    fn from(error: NotBegun) -> Self {
        let detail = error.to_string();
        match error {
            NotBegun::UnknownPlan(plan) => no_plan(&plan),
            NotBegun::Unavailable { plan, interval } => Self::new(
                Status::Conflict,
                "plan_unavailable",
                t!("problem-not-for-sale"),
                not_for_sale(&plan, interval),
            ),
            NotBegun::NoRoom => super::changes::no_room(),
            NotBegun::PriceNotAllowed(price) => Self::new(
                Status::UnprocessableEntity,
                "price_not_allowed",
                t!("problem-price"),
                t!("problem-price-detail", price = price.as_str()),
            ),
            NotBegun::SubscriptionExists { state, action_url } => Self::new(
                Status::Conflict,
                "subscription_exists",
                t!("problem-subscribed"),
                t!("problem-subscribed-detail"),
            )
            .with("state", json!(state))
            .with("action_url", action_url),
            NotBegun::AlreadyOwned(plan) => {
                let detail = t!("problem-owned-detail", plan = plan.as_str());
                Self::new(Status::Conflict, "already_owned", t!("problem-owned"), detail)
            }
            NotBegun::AlreadyPaying(plan) => {
                let detail = t!("problem-paying-detail", plan = plan.as_str());
                Self::new(Status::Conflict, "already_owned", t!("problem-owned"), detail)
            }
            NotBegun::OtherCurrency { plan, sold_in, pays_in } => Self::new(
                Status::Conflict,
                "plan_unavailable",
                t!("problem-currency"),
                t!(
                    "problem-currency-detail",
                    plan = plan.as_str(),
                    sold_in = sold_in,
                    pays_in = pays_in,
                ),
            ),
            NotBegun::ReturnUrl(_) => Self::return_url(&detail),
            NotBegun::Failed(error) => error.into(),
        }
    }
}

impl From<NotOpened> for Problem {
    fn from(error: NotOpened) -> Self {
        let detail = error.to_string();
        match error {
            NotOpened::NoCustomer => Self::new(
                Status::Conflict,
                "no_customer",
                t!("problem-no-customer"),
                t!("problem-no-customer-detail"),
            ),
            NotOpened::NoSubscription => Self::new(
                Status::Conflict,
                "no_subscription",
                t!("problem-no-subscription"),
                t!("problem-no-subscription-detail"),
            ),
            NotOpened::ChangeScheduled => Self::new(
                Status::Conflict,
                "change_scheduled",
                t!("problem-change-scheduled"),
                t!("problem-change-scheduled-detail"),
            ),
            NotOpened::ReturnUrl(_) => Self::return_url(&detail),
            NotOpened::Failed(error) => error.into(),
        }
    }
}

impl From<NotReturned> for Problem {
    fn from(error: NotReturned) -> Self {
        match error {
            NotReturned::NotFound | NotReturned::OfAnother(_) => Self::session_not_found(),
            NotReturned::Failed(error) => error.into(),
        }
    }
}

impl From<NotEntered> for Problem {
    fn from(error: NotEntered) -> Self {
        match error {
            NotEntered::Unknown => Self::link_not_found(),
            NotEntered::Over => Self::link_over(),
            NotEntered::Failed(error) => error.into(),
        }
    }
}

impl From<NotGranted> for Problem {
    fn from(error: NotGranted) -> Self {
        let detail = error.to_string();
        match error {
            NotGranted::Reason => Self::invalid(vec![("reason".to_owned(), detail)]),
            NotGranted::Past(_) => Self::invalid(vec![("until".to_owned(), detail)]),
            NotGranted::Failed(error) => error.into(),
        }
    }
}

impl From<NotReplayed> for Problem {
    fn from(error: NotReplayed) -> Self {
        match error {
            NotReplayed::NotFound => Self::new(
                Status::NotFound,
                "event_not_found",
                t!("problem-no-event"),
                t!("problem-no-event-detail"),
            ),
            NotReplayed::NotStuck => {
                Self::invalid(vec![("status".to_owned(), t!("problem-not-stuck"))])
            }
            NotReplayed::Failed(error) => error.into(),
        }
    }
}

impl Problem {
    /// Only a program names where to return to.
    fn return_url(detail: &str) -> Self {
        Self::new(
            Status::UnprocessableEntity,
            "return_url_not_allowed",
            "This return address is not allowed",
            format!("{detail}; add its origin to billing.return_origins"),
        )
    }
}

pub(super) fn no_plan(plan: &str) -> Problem {
    Problem::invalid(vec![("plan".to_owned(), t!("problem-no-plan", plan = plan))])
}

pub(super) fn not_for_sale(plan: &PlanId, interval: Interval) -> Sentence {
    t!("problem-not-for-sale-detail", plan = plan.as_str(), every = words::every(interval))
}
