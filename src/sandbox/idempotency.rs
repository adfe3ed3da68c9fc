//! Answers that are kept for a repeated Idempotency-Key.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{calendar::DAY, error::ApiError, ledger::Ledger};

/// The answer to the first request with a key.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Remembered {
    request: String,
    at: i64,
    pub(super) status: u16,
    pub(super) body: Value,
}

/// The stored answer for `key`, if the request is the same one.
pub(super) fn recall(
    ledger: &Ledger,
    key: &str,
    request: &str,
) -> Result<Option<Remembered>, ApiError> {
    match ledger.remembered.get(key).filter(|kept| ledger.now < kept.at + DAY) {
        Some(kept) if kept.request != request => Err(ApiError::key_reused(key)),
        kept => Ok(kept.cloned()),
    }
}

/// Keeps an answer, unless the request was refused before it began.
///
/// Stripe keeps a 500 too, but not what its edge answers:
/// <https://docs.stripe.com/api/idempotent_requests>.
pub(super) fn keep(ledger: &mut Ledger, key: &str, request: String, status: u16, body: &Value) {
    let now = ledger.now;
    ledger.remembered.retain(|_, kept| now < kept.at + DAY);
    if matches!(status, 200..=299 | 402 | 404 | 500) {
        let kept = Remembered { request, at: now, status, body: body.clone() };
        ledger.remembered.insert(key.to_owned(), kept);
    }
}
