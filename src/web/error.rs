//! Every failure's status and words, as page and as problem+json.

use std::io::Cursor;

use askama::Template;
use rocket::http::{Accept, ContentType, Header, Status};
use rocket::request::Request;
use rocket::response::{self, Responder, Response};
use serde_json::{Map, Value, json};

use crate::domain::delivery::Refused;
use crate::domain::entitlement::RefusalCode;
use crate::domain::ids::InvalidId;
use crate::flows::checkout::NotBegun;
use crate::flows::exempt::NotGranted;
use crate::flows::gate::Standing;
use crate::flows::inbox::NotReplayed;
use crate::flows::portal::NotOpened;
use crate::flows::returned::NotReturned;
use crate::flows::{Billing, Failed};
use crate::store::StoreFailed;
use crate::stripe::StripeFailed;

/// A failure as its reader sees it: an RFC 9457 problem, or the page with the same words.
#[derive(Debug, Clone)]
pub(crate) struct Problem {
    pub(crate) status: Status,
    /// The code of the API, such as `quota_exceeded`.
    pub(crate) code: &'static str,
    pub(crate) title: &'static str,
    /// What happened, with its values, and the way out.
    pub(crate) detail: String,
    /// What the code adds to the JSON form.
    pub(crate) more: Map<String, Value>,
    pub(crate) retry_after_seconds: Option<u64>,
}

impl Problem {
    pub(crate) fn new(
        status: Status,
        code: &'static str,
        title: &'static str,
        detail: impl Into<String>,
    ) -> Self {
        Self {
            status,
            code,
            title,
            detail: detail.into(),
            more: Map::new(),
            retry_after_seconds: None,
        }
    }

    fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.more.insert(key.to_owned(), value.into());
        self
    }

    fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after_seconds = Some(seconds);
        self
    }

    /// A form or a body that cannot be taken, one text for each field.
    pub(crate) fn invalid(errors: Vec<(String, String)>) -> Self {
        let detail =
            errors.iter().map(|(field, text)| format!("{field}: {text}")).collect::<Vec<_>>();
        let list: Vec<Value> =
            errors.iter().map(|(field, text)| json!({ "field": field, "detail": text })).collect();
        Self::new(
            Status::UnprocessableEntity,
            "invalid_request",
            "Something is not as it must be",
            detail.join("; "),
        )
        .with("errors", list)
    }

    pub(crate) fn unauthorized() -> Self {
        Self::new(
            Status::Unauthorized,
            "unauthorized",
            "A valid token is needed",
            "send `Authorization: Bearer cst_…` with a token made by `coinslot token create`",
        )
    }

    pub(crate) fn forbidden() -> Self {
        Self::new(
            Status::Forbidden,
            "forbidden",
            "This is not for you",
            "what you asked for needs more rights than you have here",
        )
    }

    pub(crate) fn cross_origin() -> Self {
        Self::new(
            Status::Forbidden,
            "forbidden",
            "This request came from another site",
            "open the page itself and try again from there",
        )
    }

    pub(crate) fn not_found() -> Self {
        Self::new(
            Status::NotFound,
            "not_found",
            "There is nothing here",
            "the address leads to no page of this panel",
        )
    }

    pub(crate) fn account_not_found() -> Self {
        Self::new(
            Status::NotFound,
            "account_not_found",
            "There is no such account",
            "make it with `PUT /api/v1/accounts/{account}` first",
        )
    }

    pub(crate) fn server_not_found() -> Self {
        Self::new(
            Status::NotFound,
            "server_not_found",
            "There is no such server",
            "it may have been deleted meanwhile",
        )
    }

    pub(crate) fn session_not_found() -> Self {
        Self::new(
            Status::NotFound,
            "session_not_found",
            "There is no such checkout",
            "this account has no checkout of that id; nothing was changed",
        )
    }

    pub(crate) fn rate_limited(seconds: u64) -> Self {
        Self::new(
            Status::TooManyRequests,
            "rate_limited",
            "Too many requests",
            format!("try again in {seconds} s"),
        )
        .retry_after(seconds)
    }

    pub(crate) fn internal() -> Self {
        Self::new(
            Status::InternalServerError,
            "internal",
            "Something went wrong on our side",
            "nothing was changed; please try again, and tell the operator if it stays",
        )
    }

    pub(crate) fn no_webhook_secret() -> Self {
        Self::new(
            Status::ServiceUnavailable,
            "no_webhook_secret",
            "No webhook secret is configured",
            "set STRIPE_WEBHOOK_SECRET and start again",
        )
        .retry_after(60)
    }

    pub(crate) fn not_stored() -> Self {
        Self::new(
            Status::ServiceUnavailable,
            "not_stored",
            "The event could not be stored",
            "please deliver it again",
        )
        .retry_after(5)
    }

    pub(crate) fn not_ready() -> Self {
        Self::new(
            Status::ServiceUnavailable,
            "not_ready",
            "Not ready",
            "the database takes no write within 2 s",
        )
        .retry_after(5)
    }

    pub(crate) fn unreadable_body() -> Self {
        Self::new(
            Status::BadRequest,
            "unreadable_body",
            "The body could not be read",
            "it ended before it was complete",
        )
    }

    pub(crate) fn too_large(mib: u64) -> Self {
        Self::new(
            Status::PayloadTooLarge,
            "too_large",
            "The body is too large",
            format!("at most {mib} MiB are taken"),
        )
    }

    pub(crate) fn bad_delivery(why: Refused) -> Self {
        Self::new(
            Status::BadRequest,
            "bad_delivery",
            "This is no delivery of Stripe's",
            why.to_string(),
        )
    }

    /// The refusal of one more server, with the way out.
    pub(crate) fn refused(code: RefusalCode, standing: &Standing, billing: &Billing) -> Self {
        let invoice = standing.subscription().and_then(|s| s.payment.invoice_url.clone());
        let upgrade = billing.settings.upgrade_url_for(&standing.account.id);
        let (title, detail, action_url) = match code {
            RefusalCode::SubscriptionRequired => (
                "A subscription is needed for another server",
                format!(
                    "{} of {} free servers are used; a plan gives more",
                    standing.used, standing.decision.limit
                ),
                upgrade,
            ),
            RefusalCode::QuotaExceeded => (
                "All servers of the plan are used",
                format!(
                    "{} of {} servers are used; a larger plan gives more",
                    standing.used, standing.decision.limit
                ),
                upgrade,
            ),
            RefusalCode::PaymentPastDue => (
                "A payment is overdue",
                "existing servers run on; new ones can be created when the open invoice is paid"
                    .to_owned(),
                invoice.unwrap_or_else(|| standing.desk(billing)),
            ),
            RefusalCode::AccountFrozen => (
                "A payment is disputed",
                "new servers can be created when the dispute is settled".to_owned(),
                standing.desk(billing),
            ),
        };
        let decision = &standing.decision;
        Self::new(Status::PaymentRequired, code.as_str(), title, detail)
            .with("limit", json!(decision.limit.as_option()))
            .with("used", standing.used)
            .with("plan", json!(decision.plan))
            .with("reason", json!(decision.reason))
            .with("until", json!(decision.until))
            .with("action_url", action_url)
    }

    fn title_and_detail(&self) -> Value {
        let mut body = self.more.clone();
        body.insert("type".to_owned(), format!("about:blank#{}", self.code).into());
        body.insert("title".to_owned(), self.title.into());
        body.insert("status".to_owned(), self.status.code.into());
        body.insert("detail".to_owned(), self.detail.clone().into());
        body.insert("code".to_owned(), self.code.into());
        Value::Object(body)
    }
}

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
            "The database is not available",
            "nothing was changed; please try again in a moment",
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
            "The payment provider does not answer",
            "nothing was charged; please try again in a moment",
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

impl From<NotBegun> for Problem {
    fn from(error: NotBegun) -> Self {
        let detail = error.to_string();
        match error {
            NotBegun::UnknownPlan(_) => Self::invalid(vec![("plan".to_owned(), detail)]),
            NotBegun::Unavailable { .. } => Self::new(
                Status::Conflict,
                "plan_unavailable",
                "This plan is not for sale now",
                detail,
            ),
            NotBegun::PriceNotAllowed(_) => Self::new(
                Status::UnprocessableEntity,
                "price_not_allowed",
                "This price is not for sale",
                detail,
            ),
            NotBegun::SubscriptionExists { state, action_url } => Self::new(
                Status::Conflict,
                "subscription_exists",
                "There is a subscription already",
                "a second one would be paid twice; manage the one that runs",
            )
            .with("state", json!(state))
            .with("action_url", action_url),
            NotBegun::AlreadyOwned(_) | NotBegun::AlreadyPaying(_) => {
                Self::new(Status::Conflict, "already_owned", "This is yours already", detail)
            }
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
            NotOpened::NoCustomer => {
                Self::new(Status::Conflict, "no_customer", "There is nothing to manage yet", detail)
            }
            NotOpened::NoSubscription => {
                Self::new(Status::Conflict, "no_subscription", "There is no subscription", detail)
            }
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
            NotReturned::NotFound => Self::session_not_found(),
            NotReturned::Failed(error) => error.into(),
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
            NotReplayed::Busy => {
                Self::new(Status::Conflict, "event_busy", "The event is being processed", detail)
            }
            NotReplayed::Failed(error) => error.into(),
        }
    }
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage<'p> {
    frame: super::pages::frame::Frame,
    title: &'p str,
    detail: &'p str,
    code: &'p str,
}

impl<'r> Responder<'r, 'static> for Problem {
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'static> {
        let mut response = Response::build();
        response.status(self.status);
        if let Some(seconds) = self.retry_after_seconds {
            response.header(Header::new("Retry-After", seconds.to_string()));
        }
        if self.status == Status::Unauthorized {
            response.header(Header::new("WWW-Authenticate", "Bearer"));
        }
        if wants_json(request) {
            let body = self.title_and_detail().to_string();
            response.header(ContentType::new("application", "problem+json"));
            return response.sized_body(body.len(), Cursor::new(body)).ok();
        }
        let page = ErrorPage {
            frame: super::pages::frame::Frame::bare(request),
            title: self.title,
            detail: &self.detail,
            code: self.code,
        };
        let body = page.render().unwrap_or_else(|_| self.detail.clone());
        response.header(ContentType::HTML);
        response.sized_body(body.len(), Cursor::new(body)).ok()
    }
}

/// The API and the webhook always speak JSON; a page does when it is asked to.
pub(crate) fn wants_json(request: &Request<'_>) -> bool {
    let accepts = |accept: &Accept| {
        let preferred = accept.preferred().media_type();
        preferred.sub() == "json" || preferred.sub() == "problem+json"
    };
    request.uri().path().starts_with("/api/") || request.accept().is_some_and(accepts)
}
