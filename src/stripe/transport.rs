//! One attempt over HTTP.

use std::error::Error;
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use secrecy::ExposeSecret;
use stripe_client_core::{RequestBuilder, StripeMethod};
use tokio::time::Instant;
use url::{Host, Url};

use super::failure::Setback;
use super::{StripeConfig, StripeMisconfigured};
use crate::domain::timestamp::Timestamp;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
const BODY_LIMIT: usize = 8 << 20;

const STRIPE_VERSION: HeaderName = HeaderName::from_static("stripe-version");
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// Kept connections to one API base.
pub(super) struct Transport {
    http: reqwest::Client,
    /// Ends in `/v1`.
    base: String,
}

/// What Stripe answered, whatever it means.
#[derive(Debug, Default)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) request_id: Option<String>,
    pub(super) retry_after: Option<Duration>,
    /// `Stripe-Should-Retry`.
    pub(super) should_retry: Option<bool>,
    /// `Idempotent-Replayed`: this answer was given to an earlier request with the same key.
    pub(super) replayed: bool,
    /// `Date`: what the server's clock showed.
    pub(super) date: Option<Timestamp>,
    pub(super) body: Vec<u8>,
}

impl Transport {
    pub(super) fn new(config: &StripeConfig) -> Result<Self, StripeMisconfigured> {
        let base = Url::parse(&config.api_base)
            .ok()
            .filter(|base| matches!(base.scheme(), "http" | "https"))
            .ok_or(StripeMisconfigured::ApiBase)?;
        let mut client = reqwest::Client::builder()
            .tls_backend_preconfigured(tls()?)
            .user_agent(concat!("Coinslot/", env!("CARGO_PKG_VERSION")))
            .default_headers(headers(config)?)
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT_TIMEOUT);
        if is_loopback(&base) {
            client = client.no_proxy();
        }
        Ok(Self {
            http: client.build().map_err(StripeMisconfigured::Client)?,
            base: format!("{}/v1", config.api_base.trim_end_matches('/')),
        })
    }

    /// Sends `request` once and reads the whole answer, or gives up at `deadline`.
    pub(super) async fn attempt(
        &self,
        request: &RequestBuilder,
        key: Option<&str>,
        deadline: Instant,
    ) -> Result<Answer, Setback> {
        tokio::time::timeout_at(deadline, self.exchange(request, key))
            .await
            .unwrap_or_else(|_| Err(Setback::unavailable("no answer in time".to_owned())))
    }

    async fn exchange(
        &self,
        request: &RequestBuilder,
        key: Option<&str>,
    ) -> Result<Answer, Setback> {
        let mut url = format!("{}{}", self.base, request.path);
        if let Some(query) = request.query.as_deref().filter(|query| !query.is_empty()) {
            url.push('?');
            url.push_str(query);
        }
        let mut sent = match request.method {
            StripeMethod::Get => self.http.get(url),
            StripeMethod::Post => self.http.post(url),
            StripeMethod::Delete => self.http.delete(url),
        };
        if let Some(body) = &request.body {
            sent =
                sent.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(body.clone());
        }
        if let Some(key) = key {
            sent = sent.header(IDEMPOTENCY_KEY, key);
        }
        let mut response = sent.send().await.map_err(setback)?;
        let mut answer = heard(response.status().as_u16(), response.headers());
        while let Some(chunk) = response.chunk().await.map_err(setback)? {
            if answer.body.len() + chunk.len() > BODY_LIMIT {
                return Err(Setback::unreadable("the answer is longer than 8 MiB"));
            }
            answer.body.extend_from_slice(&chunk);
        }
        Ok(answer)
    }
}

/// Whom to trust: the roots of the web, by ring.
pub(crate) fn tls() -> Result<rustls::ClientConfig, StripeMisconfigured> {
    let roots = webpki_roots::TLS_SERVER_ROOTS.iter().cloned();
    let provider = rustls::crypto::ring::default_provider();
    let config = rustls::ClientConfig::builder_with_provider(provider.into())
        .with_safe_default_protocol_versions()
        .map_err(StripeMisconfigured::Tls)?
        .with_root_certificates(roots.collect::<rustls::RootCertStore>())
        .with_no_client_auth();
    Ok(config)
}

fn headers(config: &StripeConfig) -> Result<HeaderMap, StripeMisconfigured> {
    let bearer = format!("Bearer {}", config.secret_key.expose_secret());
    let mut bearer = HeaderValue::from_str(&bearer).map_err(|_| StripeMisconfigured::SecretKey)?;
    bearer.set_sensitive(true);
    let version = HeaderValue::from_str(stripe_shared::version::VERSION.as_str())
        .expect("a version is a date and a word");
    Ok(HeaderMap::from_iter([(AUTHORIZATION, bearer), (STRIPE_VERSION, version)]))
}

fn is_loopback(base: &Url) -> bool {
    match base.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

fn heard(status: u16, headers: &HeaderMap) -> Answer {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    Answer {
        status,
        request_id: text("request-id").map(str::to_owned),
        retry_after: text("retry-after").and_then(|s| s.parse().ok()).map(Duration::from_secs),
        should_retry: text("stripe-should-retry").and_then(|flag| flag.parse().ok()),
        replayed: text("idempotent-replayed") == Some("true"),
        date: text("date").and_then(Timestamp::from_http_date),
        body: Vec::new(),
    }
}

/// The innermost cause says what happened; the address is left out.
fn setback(error: reqwest::Error) -> Setback {
    let error = error.without_url();
    if error.is_builder() {
        return Setback::unreadable("the request cannot be written");
    }
    let mut cause: &dyn Error = &error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    Setback::unavailable(cause.to_string())
}
