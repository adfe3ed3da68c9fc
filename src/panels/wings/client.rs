//! One call to the panel's application API.

use std::time::Duration;

use reqwest::Method;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER};
use secrecy::ExposeSecret as _;
use serde_json::Value;

use super::PanelFailed;
use crate::settings::PanelSettings;

/// Keeps its connections and follows no redirect: the key is for one address.
pub(super) struct Client {
    http: reqwest::Client,
    base: String,
    patience: Patience,
}

impl Client {
    pub(super) fn open(
        settings: &PanelSettings,
        tls: rustls::ClientConfig,
        patience: Patience,
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
            .connect_timeout(patience.connect)
            .no_proxy()
            .build()
            .map_err(|error| format!("no connection to the panel can be made: {error}"))?;
        Ok(Self { http, base: format!("{}/api/application", settings.url), patience })
    }

    /// Reads what stands at `path`.
    pub(super) async fn get(&self, path: &str) -> Result<Value, PanelFailed> {
        self.send(Method::GET, path, None).await
    }

    /// Has the panel make a server.
    pub(super) async fn create(&self, path: &str, body: &Value) -> Result<Value, PanelFailed> {
        self.call(Method::POST, path, Some(body), self.patience.create).await
    }

    /// Sends `body` and gives what came back as JSON, null for nothing.
    pub(super) async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Value, PanelFailed> {
        self.call(method, path, body, self.patience.other).await
    }

    async fn call(
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
        let answer = request.send().await.map_err(unanswered)?;
        let status = answer.status();
        let retry_after = answer.headers().get(RETRY_AFTER);
        let retry_after = retry_after.and_then(|value| value.to_str().ok()?.parse().ok());
        let body = answer.bytes().await.map_err(unanswered)?;
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

/// How long the panel may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Patience {
    connect: Duration,
    /// Wings is called inside the request, so a server takes its time.
    create: Duration,
    other: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            create: Duration::from_secs(30),
            other: Duration::from_secs(10),
        }
    }
}

/// A request is sent when a connection stands; one that was sent may have been heard.
fn unanswered(error: reqwest::Error) -> PanelFailed {
    match (error.is_connect(), error.is_timeout()) {
        (true, true) => PanelFailed::Unreached("no connection in time".to_owned()),
        (true, false) => PanelFailed::Unreached(innermost(error)),
        (false, true) => PanelFailed::Silent("no answer in time".to_owned()),
        (false, false) => PanelFailed::Silent(innermost(error)),
    }
}

/// The cause that does not repeat the address.
fn innermost(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut cause: &dyn std::error::Error = &error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use secrecy::SecretString;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;
    use crate::settings::{Dialect, Users};

    const SOON: Duration = Duration::from_millis(150);
    const NEVER: Duration = Duration::from_hours(1);

    /// A client of a panel that takes the request, says `words` and then nothing more.
    async fn stalled_after(words: &'static str, patience: Patience) -> Client {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        tokio::spawn(async move {
            let mut held = Vec::new();
            while let Ok((mut stream, _)) = listener.accept().await {
                let _ = stream.read(&mut [0; 4_096]).await;
                let _ = stream.write_all(words.as_bytes()).await;
                held.push(stream);
            }
        });
        client_of(url, patience)
    }

    fn client_of(url: String, patience: Patience) -> Client {
        let settings = PanelSettings {
            dialect: Dialect::Pelican,
            url,
            key: SecretString::from("papp_of_a_test"),
            instance: "cs".to_owned(),
            users: Users::Email,
            templates: Vec::new(),
        };
        let provider = rustls::crypto::ring::default_provider();
        let tls = rustls::ClientConfig::builder_with_provider(provider.into())
            .with_safe_default_protocol_versions()
            .expect("the protocols of the provider")
            .with_root_certificates(rustls::RootCertStore::empty())
            .with_no_client_auth();
        Client::open(&settings, tls, patience).expect("a client")
    }

    #[rocket::async_test]
    async fn a_panel_that_stalls_is_left_after_the_patience_of_the_call_and_nobody_knows_more() {
        let hasty = Patience { connect: NEVER, create: NEVER, other: SOON };
        let generous = Patience { connect: NEVER, create: SOON, other: NEVER };
        let half = "HTTP/1.1 201 Created\r\nContent-Length: 100\r\n\r\n{\"object\":";
        for words in ["", "HTTP/1.1 201 Created\r\n", half] {
            for (patience, creates) in [(hasty, false), (generous, true)] {
                let client = stalled_after(words, patience).await;
                let called = async {
                    let body = Value::Null;
                    if creates {
                        client.create("/servers", &body).await
                    } else {
                        client.get("/servers").await
                    }
                };
                let ended = tokio::time::timeout(Duration::from_secs(20), called).await;
                let failed = ended.expect("it is left").expect_err("it did not answer");
                assert_eq!(failed, PanelFailed::Silent("no answer in time".to_owned()), "{words}");
                assert!(failed.is_unknown());
            }
        }
    }

    #[rocket::async_test]
    async fn what_was_never_sent_was_certainly_not_done() {
        let closed = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let free = closed.local_addr().expect("an address");
        drop(closed);
        let mute = stalled_after("", Patience::default()).await.base;
        let breaks_off = breaking_off().await;
        let (soon, long) = (Patience { connect: SOON, ..Patience::default() }, Patience::default());
        let table = [
            ("a closed port", format!("http://{free}"), long, true),
            ("no TLS before the patience ends", mute.replace("http:", "https:"), soon, true),
            ("something else than TLS", breaks_off.replace("http:", "https:"), long, true),
            ("a connection that breaks", breaks_off, long, false),
            (
                "an answer that stays away",
                mute,
                Patience { other: SOON, create: SOON, ..long },
                false,
            ),
        ];
        for (what, url, patience, is_certain) in table {
            let client = client_of(url, patience);
            for creates in [false, true] {
                let failed = if creates {
                    client.create("/servers", &Value::Null).await
                } else {
                    client.send(Method::POST, "/servers/1/suspend", None).await
                };
                let failed = failed.expect_err(what);
                assert_eq!(
                    matches!(failed, PanelFailed::Unreached(_)),
                    is_certain,
                    "{what}: {failed}"
                );
                assert_eq!(
                    (failed.is_unknown(), failed.away_for()),
                    (!is_certain, Some(Duration::ZERO)),
                    "{what}"
                );
            }
        }
    }

    /// The address of a panel that takes the request and hangs up.
    async fn breaking_off() -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let _ = stream.read(&mut [0; 4_096]).await;
            }
        });
        url
    }

    #[test]
    fn a_server_may_take_as_long_as_wings_does_and_anything_else_ten_seconds() {
        let Patience { connect, create, other } = Patience::default();
        assert_eq!([connect, create, other].map(|it| it.as_secs()), [5, 30, 10]);
    }
}
