//! Every failure's status and words, as page and as problem+json.

mod causes;
mod changes;
mod doors;
mod members;

use std::io::Cursor;

use askama::Template;
use rocket::http::{Accept, ContentType, Header, Status};
use rocket::request::Request;
use rocket::response::{self, Responder, Response};
use serde_json::{Map, Value, json};

use super::limits::Policy;
use super::pages::frame::Frame;
use super::pages::parts::{Banner, Errors, Tone};
use super::pages::words;
use super::text::{Language, Sentence, t};
use crate::domain::delivery::Refused;
use crate::domain::entitlement::RefusalCode;
use crate::flows::Billing;
use crate::flows::gate::Standing;
use crate::web::guards;
use crate::web::pages::{filters, written};

/// A failure as its reader sees it: an RFC 9457 problem, or the page with the same words.
#[derive(Debug, Clone)]
pub(crate) struct Problem {
    pub(crate) status: Status,
    /// The code of the API, such as `quota_exceeded`.
    pub(crate) code: &'static str,
    pub(crate) title: Sentence,
    /// What happened, with its values, and the way out.
    pub(crate) detail: Sentence,
    /// The same for people, where the detail is for programs and names fields.
    pub(crate) plain: Option<Sentence>,
    /// What the code adds to the JSON form.
    pub(crate) more: Box<Map<String, Value>>,
    pub(crate) retry_after_seconds: Option<u64>,
    /// The methods that the address takes.
    pub(crate) allow: Option<String>,
    /// The budget that was spent.
    pub(crate) rate_limit: Option<Policy>,
}

impl Problem {
    pub(crate) fn new(
        status: Status,
        code: &'static str,
        title: impl Into<Sentence>,
        detail: impl Into<Sentence>,
    ) -> Self {
        Self {
            status,
            code,
            title: title.into(),
            detail: detail.into(),
            plain: None,
            more: Box::default(),
            retry_after_seconds: None,
            allow: None,
            rate_limit: None,
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

    /// The same above the page it was met on.
    pub(crate) fn banner(&self) -> Banner {
        Banner::new(Tone::Bad, self.title.clone(), self.in_full())
    }

    /// What happened, as a page says it.
    fn in_full(&self) -> Sentence {
        self.plain.clone().unwrap_or_else(|| self.detail.clone().in_full())
    }

    /// One of the texts the code adds.
    pub(crate) fn text(&self, key: &str) -> Option<&str> {
        self.more.get(key)?.as_str()
    }

    /// A form or a body that cannot be taken, one text for each field.
    pub(crate) fn invalid(errors: Vec<(String, impl Into<Sentence>)>) -> Self {
        let (mut detail, mut plain) = (Sentence::default(), Sentence::default());
        let mut list = Vec::new();
        for (field, text) in errors {
            let text = text.into();
            let said = text.said_in(Language::English);
            detail = if list.is_empty() { detail } else { detail.and("; ") };
            plain = plain.then(text.clone().in_full());
            detail = detail.and(format!("{field}:")).then(text);
            list.push(json!({ "field": field, "detail": said }));
        }
        let title = t!("problem-invalid");
        let problem = Self::new(Status::UnprocessableEntity, "invalid_request", title, detail);
        Self { plain: Some(plain), ..problem }.with("errors", list)
    }

    /// A form of ours that is shown again with these errors beside its fields.
    pub(crate) fn of_form(errors: &Errors) -> Self {
        let named = errors.iter().map(|(field, text)| ((*field).to_owned(), text.clone()));
        Self::invalid(named.collect())
    }

    pub(crate) fn unauthorized() -> Self {
        Self::new(
            Status::Unauthorized,
            "unauthorized",
            "A valid token is needed",
            "send `Authorization: Bearer cst_…` with a token made by `coinslot token create`",
        )
    }

    /// One text whether the e-mail is unknown or the password wrong.
    pub(crate) fn wrong_password() -> Self {
        Self::new(
            Status::UnprocessableEntity,
            "invalid_request",
            t!("problem-wrong-password"),
            t!("problem-wrong-password-detail"),
        )
    }

    pub(crate) fn forbidden() -> Self {
        Self::new(
            Status::Forbidden,
            "forbidden",
            t!("problem-forbidden"),
            t!("problem-forbidden-detail"),
        )
    }

    pub(crate) fn cross_origin() -> Self {
        Self::new(
            Status::Forbidden,
            "forbidden",
            t!("problem-cross-origin"),
            t!("problem-cross-origin-detail"),
        )
    }

    pub(crate) fn not_found() -> Self {
        Self::new(
            Status::NotFound,
            "not_found",
            t!("problem-not-found"),
            t!("problem-not-found-detail"),
        )
    }

    pub(crate) fn account_not_found() -> Self {
        Self::new(
            Status::NotFound,
            "account_not_found",
            t!("problem-no-account"),
            t!("problem-no-account-detail", call = "PUT /api/v1/accounts/{account}"),
        )
    }

    pub(crate) fn server_not_found() -> Self {
        Self::new(
            Status::NotFound,
            "server_not_found",
            t!("problem-no-server"),
            t!("problem-no-server-detail"),
        )
    }

    pub(crate) fn session_not_found() -> Self {
        Self::new(
            Status::NotFound,
            "session_not_found",
            t!("problem-no-checkout"),
            t!("problem-no-checkout-detail"),
        )
    }

    /// A budget is spent; one more request fits in `seconds`.
    pub(crate) fn rate_limited(seconds: u64, policy: Policy) -> Self {
        Self {
            rate_limit: Some(policy),
            ..Self::new(
                Status::TooManyRequests,
                "rate_limited",
                t!("problem-too-many"),
                t!("problem-too-many-detail", seconds = seconds.to_string()),
            )
            .retry_after(seconds)
        }
    }

    pub(crate) fn internal() -> Self {
        Self::new(
            Status::InternalServerError,
            "internal",
            t!("problem-internal"),
            t!("problem-internal-detail"),
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

    pub(crate) fn not_ready(why: &'static str) -> Self {
        Self::new(Status::ServiceUnavailable, "not_ready", "Not ready", why).retry_after(5)
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
            t!("problem-too-large"),
            t!("problem-too-large-detail", mib = mib.to_string()),
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
        // Where a subscription runs, another plan is no way out; what it waits for is.
        let way_up = match standing.running() {
            Some(_) if code == RefusalCode::SubscriptionRequired => {
                invoice.clone().unwrap_or_else(|| standing.desk(billing))
            }
            Some(_) | None => upgrade,
        };
        let (title, detail, action_url) = match code {
            RefusalCode::SubscriptionRequired => (
                t!("refused-subscription"),
                t!(
                    "refused-subscription-detail",
                    why = words::free_used_up(standing.used, standing.decision.limit)
                ),
                way_up,
            ),
            RefusalCode::QuotaExceeded => (
                t!("refused-quota"),
                t!(
                    "refused-quota-detail",
                    used = standing.used,
                    limit = standing.decision.limit.to_string()
                ),
                way_up,
            ),
            RefusalCode::PaymentPastDue => (
                t!("refused-past-due"),
                t!("refused-past-due-detail"),
                invoice.unwrap_or_else(|| standing.desk(billing)),
            ),
            RefusalCode::AccountFrozen => {
                (t!("refused-frozen"), t!("refused-frozen-detail"), standing.desk(billing))
            }
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
        let mut body = (*self.more).clone();
        body.insert("type".to_owned(), format!("about:blank#{}", self.code).into());
        body.insert("title".to_owned(), self.title.said_in(Language::English).into());
        body.insert("status".to_owned(), self.status.code.into());
        body.insert("detail".to_owned(), self.detail.said_in(Language::English).into());
        body.insert("code".to_owned(), self.code.into());
        Value::Object(body)
    }
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage<'p> {
    frame: Frame,
    title: Sentence,
    detail: Sentence,
    action_url: Option<&'p str>,
    code: &'p str,
    /// Stripe's, for whoever asks its support.
    request_id: Option<&'p str>,
}

impl<'r> Responder<'r, 'static> for Problem {
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'static> {
        let mut response = Response::build();
        response.status(self.status);
        if let Some(seconds) = self.retry_after_seconds {
            response.header(Header::new("Retry-After", seconds.to_string()));
        }
        if let Some(allow) = &self.allow {
            response.header(Header::new("Allow", allow.clone()));
        }
        // The fields of draft-ietf-httpapi-ratelimit-headers.
        if let Some(Policy { name, count, per_seconds }) = self.rate_limit {
            let policy = format!("\"{name}\";q={count};w={per_seconds}");
            response.header(Header::new("RateLimit-Policy", policy));
            let wait = self.retry_after_seconds.unwrap_or_default();
            response.header(Header::new("RateLimit", format!("\"{name}\";r=0;t={wait}")));
        }
        if self.status == Status::Unauthorized {
            response.header(Header::new("WWW-Authenticate", "Bearer"));
        }
        if wants_json(request) {
            let body = self.title_and_detail().to_string();
            response.header(ContentType::new("application", "problem+json"));
            return response.sized_body(body.len(), Cursor::new(body)).ok();
        }
        let mut frame = Frame::as_known(request);
        // What was wrong with the address is not said again.
        frame.here.truncate(frame.here.find('?').unwrap_or(frame.here.len()));
        let page = ErrorPage {
            frame,
            title: self.title.clone(),
            detail: self.in_full(),
            action_url: self.text("action_url"),
            code: self.code,
            request_id: self.text("request_id"),
        };
        let body = written(&page, request).unwrap_or_else(|_| self.detail.to_string());
        response.header(ContentType::HTML);
        response.sized_body(body.len(), Cursor::new(body)).ok()
    }
}

/// What is below `/api/` always speaks JSON; a page does when it is asked to.
pub(crate) fn wants_json(request: &Request<'_>) -> bool {
    let accepts = |accept: &Accept| {
        let preferred = accept.preferred().media_type();
        preferred.sub() == "json" || preferred.sub() == "problem+json"
    };
    guards::our_path(request).unwrap_or(request.uri().path().as_str()).starts_with("/api/")
        || request.accept().is_some_and(accepts)
}
