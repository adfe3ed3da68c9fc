//! One attempt to tell a panel next door, over HTTP.

use std::error::Error;
use std::net::SocketAddr;
use std::time::Duration;

use crate::domain::hook;
use crate::domain::timestamp::Timestamp;
use crate::settings::Hook;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const TIMEOUT: Duration = Duration::from_secs(15);

/// Sends messages; it follows no redirect, for the signature was made for one address.
pub(crate) struct Courier {
    tls: rustls::ClientConfig,
}

impl Courier {
    /// `tls` says whom to trust.
    pub(crate) fn new(tls: rustls::ClientConfig) -> Self {
        Self { tls }
    }

    /// Sends `body` as message `id`.
    ///
    /// # Errors
    ///
    /// Why it did not arrive: anything but a 2xx answer.
    pub(crate) async fn send(
        &self,
        hook: &Hook,
        id: &str,
        at: Timestamp,
        body: &str,
    ) -> Result<(), String> {
        let host = hook.url.host_str().unwrap_or_default().to_owned();
        let addresses = resolve(hook).await?;
        // The addresses that were looked at are the ones that are dialled, whatever a second look
        // at the name would give.
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(self.tls.clone())
            .user_agent(concat!("Coinslot/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(TIMEOUT)
            .no_proxy()
            .resolve_to_addrs(&host, &addresses)
            .build()
            .map_err(|error| format!("no connection can be made: {error}"))?;
        let sent = client
            .post(hook.url.clone())
            .header("content-type", "application/json")
            .header("webhook-id", id)
            .header("webhook-timestamp", at.0.to_string())
            .header("webhook-signature", hook::signatures(&hook.keys(), id, at, body))
            .body(body.to_owned())
            .send()
            .await
            .map_err(|error| innermost(&error))?;
        let status = sent.status();
        if status.is_success() {
            return Ok(());
        }
        Err(format!("it answered {status}"))
    }
}

/// Where the hook's host is now, unless that is somewhere it must not be.
async fn resolve(hook: &Hook) -> Result<Vec<SocketAddr>, String> {
    let (host, port) = (hook.url.host_str(), hook.url.port_or_known_default());
    let (Some(host), Some(port)) = (host, port) else {
        return Err("the address has no host".to_owned());
    };
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let found = tokio::time::timeout(CONNECT_TIMEOUT, tokio::net::lookup_host((bare, port))).await;
    let found = found.map_err(|_| format!("the name {host} was not found in time"))?;
    let found = found.map_err(|error| format!("the name {host} was not found: {error}"))?;
    let addresses: Vec<SocketAddr> =
        found.filter(|at| hook.allow_private || hook::is_public(at.ip())).collect();
    if addresses.is_empty() {
        return Err(format!("{host} has no public address, and allow_private is not set"));
    }
    Ok(addresses)
}

/// The cause that tells most; the outer ones repeat the address.
fn innermost(error: &reqwest::Error) -> String {
    let mut cause: &dyn Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}
