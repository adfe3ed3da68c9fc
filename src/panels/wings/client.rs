//! One call to the panel's application API.

use std::time::Duration;

use reqwest::Method;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER};
use secrecy::ExposeSecret as _;
use serde_json::Value;

use super::PanelFailed;
use crate::settings::PanelSettings;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Keeps its connections and follows no redirect: the key is for one address.
pub(super) struct Client {
    http: reqwest::Client,
    base: String,
}

impl Client {
    pub(super) fn open(
        settings: &PanelSettings,
        tls: rustls::ClientConfig,
    ) -> Result<Self, String> {
        let bearer = format!("Bearer {}", settings.key.expose_secret());
        let mut bearer = HeaderValue::from_str(&bearer)
            .map_err(|_| "billing.panel.key does not fit into a header".to_owned())?;
        bearer.set_sensitive(true);
        // Without `Accept` the panel answers some errors with a redirect to its sign-in page.
        let json = HeaderValue::from_static("application/json");
        let headers = HeaderMap::from_iter([(AUTHORIZATION, bearer), (ACCEPT, json)]);
        let http = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .user_agent(concat!("Coinslot/", env!("CARGO_PKG_VERSION")))
            .default_headers(headers)
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT_TIMEOUT)
            .no_proxy()
            .build()
            .map_err(|error| format!("no connection to the panel can be made: {error}"))?;
        Ok(Self { http, base: format!("{}/api/application", settings.url) })
    }

    /// Sends `body` and gives what came back as JSON, null for nothing.
    pub(super) async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        wait: Duration,
    ) -> Result<Value, PanelFailed> {
        let address = format!("{}{path}", self.base);
        let mut request = self.http.request(method, address).timeout(wait);
        if let Some(body) = body {
            request = request.header(CONTENT_TYPE, "application/json").body(body.to_string());
        }
        let answer = request.send().await.map_err(silent)?;
        let status = answer.status();
        let retry_after = answer.headers().get(RETRY_AFTER);
        let retry_after = retry_after.and_then(|value| value.to_str().ok()?.parse().ok());
        let body = answer.bytes().await.map_err(silent)?;
        if !status.is_success() {
            return Err(PanelFailed::of(status, retry_after, &body));
        }
        if body.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_slice(&body).map_err(|_| {
            let seen = format!("{status} came without JSON, so not from a panel");
            // Whatever made a server's answer unreadable may stand between us and the server.
            if status.as_u16() == 201 {
                PanelFailed::Broken(seen)
            } else {
                PanelFailed::NoPanel(seen)
            }
        })
    }
}

/// The innermost cause, which does not repeat the address.
fn silent(error: reqwest::Error) -> PanelFailed {
    if error.is_timeout() {
        return PanelFailed::Silent("no answer in time".to_owned());
    }
    let mut cause: &dyn std::error::Error = &error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    PanelFailed::Silent(cause.to_string())
}
