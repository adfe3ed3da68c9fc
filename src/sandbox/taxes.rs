//! Automatic tax: what each country takes, and how objects show it.

use serde_json::{Value, json};

use super::{
    ledger::Fields,
    shares::{Behavior, Share},
};

/// Percent by country; every other country takes none.
pub(super) const RATES: [(&str, &str, i64); 12] = [
    ("AT", "Austria", 20),
    ("BE", "Belgium", 21),
    ("DE", "Germany", 19),
    ("ES", "Spain", 21),
    ("FR", "France", 20),
    ("GB", "United Kingdom", 20),
    ("IE", "Ireland", 23),
    ("IT", "Italy", 22),
    ("JP", "Japan", 10),
    ("NL", "Netherlands", 21),
    ("PL", "Poland", 23),
    ("US", "United States", 0),
];

/// The percentage that is due at an address; none without one.
pub(super) fn percent(address: &Value) -> i64 {
    let country = address.text("country");
    RATES.iter().find(|(code, ..)| *code == country).map_or(0, |(.., percent)| *percent)
}

/// Whether tax can be worked out at this address.
pub(super) fn is_known(address: &Value) -> bool {
    !address.text("country").is_empty()
}

/// The `automatic_tax` of sessions and invoices.
pub(super) fn automatic(enabled: bool, address: &Value) -> Value {
    let status = if is_known(address) { "complete" } else { "requires_location_inputs" };
    json!({
        "enabled": enabled,
        "liability": enabled.then(|| json!({"type": "self"})),
        "provider": enabled.then_some("stripe"),
        "status": enabled.then_some(status),
    })
}

/// The `taxes` of an invoice line.
pub(super) fn of_line(share: Share, behavior: Behavior, address: &Value) -> Value {
    let taxable = match behavior {
        Behavior::Exclusive => share.total - share.tax,
        Behavior::Inclusive => share.total,
    };
    let country = address.text("country").to_lowercase();
    let reason = if percent(address) == 0 { "not_collecting" } else { "standard_rated" };
    json!([{
        "amount": share.tax,
        "tax_behavior": behavior.word(),
        "tax_rate_details": {"tax_rate": format!("txr_1sandbox{country}")},
        "taxability_reason": reason,
        "taxable_amount": taxable,
        "type": "tax_rate_details",
    }])
}
