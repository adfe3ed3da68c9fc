//! One call: attempts, their pauses, and what is told of them.

use serde::de::DeserializeOwned;
use stripe_client_core::{RequestBuilder, StripeMethod};
use tokio::time::Instant;

use super::Stripe;
use super::failure::{StripeFailed, judge};
use super::pace::Patience;
use super::wire::{Listed, Page};
use crate::domain::timestamp::Timestamp;
use crate::timing;

/// A request of the SDK's builders, with a name for metrics and logs.
pub(super) struct Call<'c> {
    op: &'static str,
    request: RequestBuilder,
    key: Option<&'c str>,
    /// It only asks, though it is a POST.
    asks: bool,
}

impl<'c> Call<'c> {
    pub(super) fn new(op: &'static str, request: RequestBuilder) -> Self {
        Self { op, request, key: None, asks: false }
    }

    /// Makes a POST repeatable: Stripe does once what comes under one key.
    ///
    /// The SDK writes a map's entries in any order; the same request is to be the same text.
    pub(super) fn keyed(mut self, key: &'c str) -> Self {
        if let Some(body) = &mut self.request.body {
            let mut parameters: Vec<&str> = body.split('&').collect();
            parameters.sort_unstable();
            *body = parameters.join("&");
        }
        Self { key: Some(key), ..self }
    }

    /// Makes a POST repeatable that leaves nothing behind.
    pub(super) fn without_effect(self) -> Self {
        Self { asks: true, ..self }
    }

    fn is_repeatable(&self) -> bool {
        match self.request.method {
            StripeMethod::Get | StripeMethod::Delete => true,
            StripeMethod::Post => self.asks || self.key.is_some(),
        }
    }
}

impl Stripe {
    /// Makes `call` until it succeeds, fails for good, or `patience` ends.
    pub(super) async fn call<T: DeserializeOwned>(
        &self,
        call: Call<'_>,
        patience: Patience,
    ) -> Result<T, StripeFailed> {
        let _watch = timing::watch(timing::Part::Stripe);
        let started = Instant::now();
        let mut trail = Trail::default();
        let result = self.answered(&call, patience, &mut trail).await.and_then(|body| read(&body));
        let outcome = result.as_ref().map_or_else(StripeFailed::outcome, |_| "ok");
        let taken = started.elapsed();
        metrics::histogram!(
            "coinslot_stripe_request_seconds", "op" => call.op, "outcome" => outcome
        )
        .record(taken.as_secs_f64());
        tracing::debug!(
            op = call.op,
            outcome,
            status = trail.status,
            request_id = trail.request_id,
            milliseconds = u64::try_from(taken.as_millis()).unwrap_or(u64::MAX),
            attempts = trail.attempts,
            "called Stripe",
        );
        result
    }

    /// Like [`Stripe::call`], with `None` for an object that does not exist.
    pub(super) async fn find<T: DeserializeOwned>(
        &self,
        call: Call<'_>,
        patience: Patience,
    ) -> Result<Option<T>, StripeFailed> {
        unless_missing(self.call(call, patience).await)
    }

    /// Every page of a list; `page` writes the request for what follows an id.
    pub(super) async fn every<T: DeserializeOwned + Listed>(
        &self,
        op: &'static str,
        patience: Patience,
        page: impl Fn(Option<&str>) -> RequestBuilder,
    ) -> Result<Vec<T>, StripeFailed> {
        let patience = self.started(patience);
        let mut rows: Vec<T> = Vec::new();
        loop {
            let last = rows.last().map(|row| row.id().to_owned());
            let call = Call::new(op, page(last.as_deref()));
            let next: Page<T> = self.call(call, patience).await?;
            let more = next.has_more;
            rows.extend(next.data);
            if !more {
                return Ok(rows);
            }
            if rows.last().map(Listed::id) == last.as_deref() {
                return Err(StripeFailed::unreadable("a list does not advance"));
            }
        }
    }

    /// The date of the answer to `call`, whose body does not matter.
    pub(super) async fn date_of(
        &self,
        call: Call<'_>,
        patience: Patience,
    ) -> Result<Option<Timestamp>, StripeFailed> {
        let mut trail = Trail::default();
        self.answered(&call, patience, &mut trail).await?;
        Ok(trail.date)
    }

    async fn answered(
        &self,
        call: &Call<'_>,
        patience: Patience,
        trail: &mut Trail,
    ) -> Result<Vec<u8>, StripeFailed> {
        let pass = self.circuit.admit()?;
        let budget = self.pace.budget(patience);
        loop {
            self.throttle.admit(patience).await;
            let attempt =
                self.transport.attempt(&call.request, call.key, budget.attempt_ends()).await;
            trail.attempts += 1;
            let judged = attempt.and_then(|answer| {
                match answer.status {
                    401 | 403 => self.circuit.refused(),
                    ..=499 => self.circuit.accepted(pass),
                    _ => {}
                }
                trail.status = Some(answer.status);
                trail.date = answer.date;
                trail.request_id.clone_from(&answer.request_id);
                judge(&answer).map(|()| answer.body)
            });
            let setback = match judged {
                Ok(body) => return Ok(body),
                Err(setback) => setback,
            };
            let pause = (setback.worth_repeating && call.is_repeatable())
                .then(|| budget.pause(trail.attempts, setback.retry_after))
                .flatten();
            match pause {
                Some(pause) => tokio::time::sleep(pause).await,
                None => return Err(*setback.failed),
            }
        }
    }
}

pub(super) fn unless_missing<T>(
    result: Result<T, StripeFailed>,
) -> Result<Option<T>, StripeFailed> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(StripeFailed::Missing { .. }) => Ok(None),
        Err(failed) => Err(failed),
    }
}

#[derive(Default)]
struct Trail {
    attempts: u32,
    status: Option<u16>,
    date: Option<Timestamp>,
    request_id: Option<String>,
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, StripeFailed> {
    serde_json::from_slice(body).map_err(|error| StripeFailed::unreadable(&error.to_string()))
}
