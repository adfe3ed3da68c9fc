//! What every answer carries, and the one line each request leaves in the log.

use std::time::Instant;

use rocket::fairing::{Fairing, Info, Kind};
use rocket::http::Header;
use rocket::{Data, Request, Response};

use super::guards::billing;
use super::timed;

/// Security headers on every answer of ours.
pub(crate) struct Headers {
    pub(crate) on: Reach,
}

/// Whose answers are ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Those of billing's own pages and calls; a host's site stays as it is.
    Billing,
    /// All: the built-in panel has the whole site.
    Site,
}

impl Reach {
    fn covers(self, request: &Request<'_>) -> bool {
        let (path, settings) = (request.uri().path(), &billing(request).settings);
        self == Self::Site
            || settings.mount.ours(path.as_str()).is_some()
            || path == settings.webhook_path.as_str()
    }
}

/// No script at all, styles of our own only, forms to ourselves, no frame.
///
/// A form's answer may lead to Stripe's pages; browsers hold `form-action` against such redirects,
/// so the policy leaves that directive to the same-origin check.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; \
                      base-uri 'none'; frame-ancestors 'none'";

#[rocket::async_trait]
impl Fairing for Headers {
    fn info(&self) -> Info {
        Info { name: "Coinslot headers", kind: Kind::Response }
    }

    async fn on_response<'r>(&self, request: &'r Request<'_>, response: &mut Response<'r>) {
        if !self.on.covers(request) {
            return;
        }
        for (name, value) in [
            ("Content-Security-Policy", POLICY),
            ("X-Content-Type-Options", "nosniff"),
            ("X-Frame-Options", "DENY"),
            ("Referrer-Policy", "same-origin"),
        ] {
            response.set_header(Header::new(name, value));
        }
        if !response.headers().contains("Cache-Control") {
            response.set_header(Header::new("Cache-Control", "no-store"));
        }
        let is_page = |name: &str| name.starts_with("text/html");
        if response.headers().get_one("Content-Type").is_some_and(is_page) {
            response.adjoin_header(Header::new("Vary", "Accept-Language, Cookie"));
            response.set_header(timed::header(request, *request.local_cache(Instant::now)));
        }
    }
}

/// One line for each request.
pub(crate) struct RequestLog;

#[rocket::async_trait]
impl Fairing for RequestLog {
    fn info(&self) -> Info {
        Info { name: "Coinslot request log", kind: Kind::Request | Kind::Response }
    }

    async fn on_request(&self, request: &mut Request<'_>, _: &mut Data<'_>) {
        request.local_cache(Instant::now);
    }

    async fn on_response<'r>(&self, request: &'r Request<'_>, response: &mut Response<'r>) {
        let began = request.local_cache(Instant::now);
        let route = request.route().and_then(|route| route.name.as_deref()).unwrap_or("-");
        tracing::info!(
            method = %request.method(),
            // The query may hold an address or a session, so only the path is written down.
            path = %request.uri().path(),
            route,
            status = response.status().code,
            milliseconds = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
            "request"
        );
    }
}
