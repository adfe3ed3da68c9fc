//! Payloads of Stripe's as an admin may see them.

use serde_json::Value;

/// In a payload, whose words are English for everybody.
const MASKED: &str = "(not shown)";

/// The payload with line breaks, without secrets and without anything about a card or bank account;
/// `None` when it is no JSON.
pub(super) fn pretty(payload: &[u8]) -> Option<String> {
    let mut value = serde_json::from_slice::<Value>(payload).ok()?;
    mask(&mut value, Shown::Yes);
    serde_json::to_string_pretty(&value).ok()
}

/// Whether what is inside may be seen.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shown {
    Yes,
    No,
}

fn mask(value: &mut Value, shown: Shown) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let inside = if is_private(name) { Shown::No } else { shown };
                mask(member, inside);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| mask(item, shown)),
        Value::String(text) if shown == Shown::No || is_secret(text) => MASKED.clone_into(text),
        Value::Number(_) if shown == Shown::No => *value = Value::from(MASKED),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn is_private(name: &str) -> bool {
    const PRIVATE: [&str; 14] = [
        "account_number",
        "bank_account",
        "card",
        "card_present",
        "cvc",
        "fingerprint",
        "iban",
        "last4",
        "number",
        "payment_method_details",
        "routing_number",
        "sepa_debit",
        "us_bank_account",
        "wallet",
    ];
    PRIVATE.contains(&name) || name.contains("secret") || name.contains("password")
}

fn is_secret(text: &str) -> bool {
    const BEGINNINGS: [&str; 5] = ["sk_", "rk_", "whsec_", "ek_", "cst_"];
    BEGINNINGS.iter().any(|beginning| text.starts_with(beginning)) || text.contains("_secret_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_and_cards_are_not_shown() {
        let payload = serde_json::json!({
            "id": "evt_1",
            "data": { "object": {
                "amount": 500,
                "client_secret": "pi_1_secret_abc",
                "url": "https://pay.test/pi_1_secret_abc",
                "key": "sk_test_abc",
                "card": { "brand": "visa", "exp_year": 2030, "checks": ["4242"] },
                "payment_method_details": { "type": "card", "card": { "last4": "4242" } },
                "livemode": false,
            } },
        });
        let shown = pretty(payload.to_string().as_bytes()).expect("it is JSON");
        for hidden in ["secret_abc", "sk_test", "visa", "2030", "4242"] {
            assert!(!shown.contains(hidden), "{hidden} in {shown}");
        }
        for visible in ["evt_1", "500", "livemode"] {
            assert!(shown.contains(visible), "{visible} not in {shown}");
        }
        assert_eq!(pretty(b"\xff"), None);
    }
}
