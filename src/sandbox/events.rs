//! Events, and the account.

use serde_json::{Value, json};

use super::{
    error::ApiError,
    form::Params,
    ledger::{Fields, Ledger},
    list,
};

pub(super) fn list(ledger: &Ledger, params: &Params) -> Result<Value, ApiError> {
    params.only(&[
        "type",
        "types",
        "created",
        "delivery_success",
        "limit",
        "starting_after",
        "ending_before",
    ])?;
    let (kind, kinds) = (params.text("type"), params.texts("types"));
    let delivered = params.boolean("delivery_success")?;
    if kind.is_some() && !kinds.is_empty() {
        return Err(ApiError::invalid(
            "You may only specify one of these parameters: type, types.",
        )
        .param("type"));
    }
    let events = ledger
        .all("event")
        .filter(|event| kind.is_none_or(|kind| matches(kind, event.text("type"))))
        .filter(|event| kinds.is_empty() || kinds.contains(&event.text("type")))
        .filter(|event| delivered.is_none_or(|yes| (event.number("pending_webhooks") == 0) == yes));
    list::page(events, params, "/v1/events")
}

pub(super) fn account() -> Value {
    json!({
        "id": "acct_1sandbox",
        "object": "account",
        "business_profile": null,
        "business_type": null,
        "capabilities": {"card_payments": "active", "transfers": "active"},
        "charges_enabled": true,
        "country": "US",
        "default_currency": "usd",
        "details_submitted": true,
        "email": "sandbox@example.com",
        "payouts_enabled": true,
        "settings": null,
        "type": "standard",
    })
}

fn matches(pattern: &str, kind: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(prefix) => kind.starts_with(prefix),
        None => kind == pattern,
    }
}
