//! What an operator sets up once: domains for wallets, and taxes.

use serde_json::{Value, json};

use super::{
    error::ApiError,
    form::Params,
    ledger::{Fields, Hidden, Ledger, fresh},
    list,
};

const DOMAIN: &str = "payment_method_domain";
const WALLETS: [&str; 6] = ["amazon_pay", "apple_pay", "google_pay", "klarna", "link", "paypal"];

pub(super) fn list_domains(ledger: &Ledger, params: &Params) -> Result<Value, ApiError> {
    params.only(&["domain_name", "enabled", "limit", "starting_after", "ending_before"])?;
    let (name, enabled) = (params.text("domain_name"), params.boolean("enabled")?);
    let domains = ledger
        .all(DOMAIN)
        .filter(|domain| name.is_none_or(|name| domain.text("domain_name") == name))
        .filter(|domain| enabled.is_none_or(|enabled| domain.truth("enabled") == enabled));
    list::page(domains, params, "/v1/payment_method_domains")
}

/// Registers a domain; a second time it is the same.
pub(super) fn create_domain(ledger: &mut Ledger, params: &Params) -> Result<Value, ApiError> {
    params.only(&["domain_name", "enabled"])?;
    let name = params.required("domain_name")?;
    let enabled = params.boolean("enabled")?.unwrap_or(true);
    let known = ledger.all(DOMAIN).find(|domain| domain.text("domain_name") == name).cloned();
    if let Some(known) = known {
        return Ok(known);
    }
    let mut domain = json!({
        "id": fresh("pmd_1"),
        "object": DOMAIN,
        "created": ledger.now,
        "domain_name": name,
        "enabled": enabled,
        "livemode": false,
    });
    for wallet in WALLETS {
        domain[wallet] = json!({"status": "active"});
    }
    let id = ledger.insert(domain, Hidden::default());
    Ok(ledger.read(&id).clone())
}

/// Taxes are set up: the sandbox works none out.
pub(super) fn tax_settings() -> Value {
    json!({
        "object": "tax.settings",
        "defaults": {"provider": "stripe", "tax_behavior": "exclusive", "tax_code": null},
        "head_office": {
            "address": {
                "city": "Berlin",
                "country": "DE",
                "line1": "Unter den Linden 1",
                "line2": null,
                "postal_code": "10117",
                "state": null,
            },
        },
        "livemode": false,
        "status": "active",
        "status_details": {"active": {}, "pending": null},
    })
}
