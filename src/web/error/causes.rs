//! What flows, store and gateway can fail with, as problems.

use rocket::http::Status;
use serde_json::json;

use super::Problem;
use crate::domain::ids::InvalidId;
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
use crate::web::text::t;

impl From<InvalidId> for Problem {
    fn from(error: InvalidId) -> Self {
        Self::invalid(vec![("id".to_owned(), error.to_string())])
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
        let detail = error.to_string();
        match error {
            NotOrdered::NoPanel | NotOrdered::NoTemplate { .. } => {
                Self::invalid(vec![("template".to_owned(), detail)])
            }
            NotOrdered::NotMade(_) => Self::new(
                Status::Conflict,
                "server_not_made",
                "The game panel did not make the server",
                detail,
            ),
            NotOrdered::Plain(_) => Self::new(
                Status::Conflict,
                "server_exists",
                "There is a server with this id already",
                detail,
            ),
            NotOrdered::Failed(error) => error.into(),
        }
    }
}

impl From<NotBegun> for Problem {
    fn from(error: NotBegun) -> Self {
        let detail = error.to_string();
        match error {
            NotBegun::UnknownPlan(_) => Self::invalid(vec![("plan".to_owned(), detail)]),
            NotBegun::Unavailable { .. } => {
                Self::new(Status::Conflict, "plan_unavailable", t!("problem-not-for-sale"), detail)
            }
            NotBegun::NoRoom => super::changes::no_room(),
            NotBegun::PriceNotAllowed(_) => Self::new(
                Status::UnprocessableEntity,
                "price_not_allowed",
                "This price is not for sale",
                detail,
            ),
            NotBegun::SubscriptionExists { state, action_url } => Self::new(
                Status::Conflict,
                "subscription_exists",
                t!("problem-subscribed"),
                t!("problem-subscribed-detail"),
            )
            .with("state", json!(state))
            .with("action_url", action_url),
            NotBegun::AlreadyOwned(_) | NotBegun::AlreadyPaying(_) => {
                Self::new(Status::Conflict, "already_owned", t!("problem-owned"), detail)
            }
            NotBegun::OtherCurrency { .. } => Self::new(
                Status::Conflict,
                "plan_unavailable",
                "This plan is sold in another currency",
                format!("{detail}; end what runs in it first, or ask the operator"),
            ),
            NotBegun::ReturnUrl(_) => Self::new(
                Status::UnprocessableEntity,
                "return_url_not_allowed",
                "This return address is not allowed",
                format!("{detail}; add its origin to billing.return_origins"),
            ),
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
            NotOpened::NoSubscription => {
                Self::new(Status::Conflict, "no_subscription", "There is no subscription", detail)
            }
            NotOpened::ChangeScheduled => Self::new(
                Status::Conflict,
                "change_scheduled",
                "A change of plan is scheduled",
                detail,
            ),
            NotOpened::ReturnUrl(_) => Self::new(
                Status::UnprocessableEntity,
                "return_url_not_allowed",
                "This return address is not allowed",
                format!("{detail}; add its origin to billing.return_origins"),
            ),
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
        let detail = error.to_string();
        match error {
            NotReplayed::NotFound => {
                Self::new(Status::NotFound, "event_not_found", "There is no such event", detail)
            }
            NotReplayed::NotStuck => Self::invalid(vec![("status".to_owned(), detail)]),
            NotReplayed::Failed(error) => error.into(),
        }
    }
}
