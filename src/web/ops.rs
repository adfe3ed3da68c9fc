//! For the operator's machines: is it up, is it ready, how is it doing.

use std::sync::Arc;
use std::time::Duration;

use rocket::http::ContentType;
use rocket::outcome::Outcome;
use rocket::request::{FromRequest, Outcome as RequestOutcome, Request};
use rocket::{Route, State, get, routes};
use rocket_db_pools::Connection;
use secrecy::ExposeSecret as _;
use subtle::ConstantTimeEq as _;

use super::error::Problem;
use super::guards::{billing, fail};
use crate::domain::timestamp::Timestamp;
use crate::flows::{Billing, silence};
use crate::metrics::Observed;
use crate::store::{self, Db, StoreFailed};

pub(crate) fn routes() -> Vec<Route> {
    routes![healthz, readyz, metrics]
}

/// The process answers.
#[get("/healthz")]
fn healthz() -> &'static str {
    "ok\n"
}

const READY_WITHIN: Duration = Duration::from_secs(2);

/// The database takes writes, and the worker goes round; migrations ran before the first request.
#[get("/readyz")]
async fn readyz(billing: &State<Arc<Billing>>) -> Result<&'static str, Problem> {
    if !billing.pulse.is_alive() {
        return Err(Problem::not_ready("the background worker has stopped; start again"));
    }
    match tokio::time::timeout(READY_WITHIN, write(billing)).await {
        Ok(Ok(())) => Ok("ready\n"),
        Ok(Err(error)) => Err(error.into()),
        Err(_) => Err(Problem::not_ready("the database takes no write within 2 s")),
    }
}

/// A full disk shows only in a write that is committed.
async fn write(billing: &Billing) -> Result<(), StoreFailed> {
    let mut tx = billing.store.write().await?;
    store::cursors::put(&mut tx, "ready", &billing.now().to_string()).await?;
    store::commit(tx).await
}

/// Somebody who may read the metrics: with the token, or from this machine where none is set.
struct MayWatch;

#[rocket::async_trait]
impl<'r> FromRequest<'r> for MayWatch {
    type Error = Problem;

    async fn from_request(request: &'r Request<'_>) -> RequestOutcome<Self, Problem> {
        let sent = request.headers().get_one("Authorization").unwrap_or_default();
        match &billing(request).settings.metrics_token {
            Some(token) => {
                let wanted = format!("Bearer {}", token.expose_secret());
                if bool::from(wanted.as_bytes().ct_eq(sent.as_bytes())) {
                    Outcome::Success(Self)
                } else {
                    let detail = "send `Authorization: Bearer …` with billing.metrics_token";
                    let detail = detail.to_owned();
                    fail(request, Problem { detail: detail.into(), ..Problem::unauthorized() })
                }
            }
            None if is_local(request) => Outcome::Success(Self),
            None => fail(request, Problem::forbidden()),
        }
    }
}

/// A proxy on this machine has a loopback address too; what it forwards comes from elsewhere.
fn is_local(request: &Request<'_>) -> bool {
    const FORWARDED: [&str; 3] = ["Forwarded", "X-Forwarded-For", "X-Real-IP"];
    let forwarded = FORWARDED.iter().any(|name| request.headers().contains(*name));
    !forwarded && request.client_ip().is_some_and(|address| address.is_loopback())
}

#[get("/metrics")]
async fn metrics(
    _watcher: MayWatch,
    mut db: Connection<Db>,
    billing: &State<Arc<Billing>>,
) -> Result<(ContentType, String), Problem> {
    let (pending, oldest) = store::inbox::pending(&mut db).await?;
    let silence = silence::standing(&mut db, billing).await?;
    let seconds_since = |then: Timestamp| {
        let seconds = billing.now().0.saturating_sub(then.0);
        u32::try_from(seconds).unwrap_or(0)
    };
    let observed = Observed {
        pending,
        lag_seconds: oldest.map_or(0, seconds_since),
        silence_seconds: silence.map_or(0, |silence| seconds_since(silence.since)),
    };
    let text =
        ContentType::new("text", "plain").with_params([("version", "0.0.4"), ("charset", "utf-8")]);
    Ok((text, crate::metrics::render(observed)))
}
