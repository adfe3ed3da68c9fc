//! What a schedule's phases and its default settings both can say.

use serde_json::{Value, json};

use super::{
    error::ApiError,
    form,
    ledger::{Fields, Ledger},
    schedule_shape::{automatic_tax, invoice_settings},
};

const SETTINGS: &[&str] = &[
    "automatic_tax",
    "billing_cycle_anchor",
    "collection_method",
    "default_payment_method",
    "description",
    "invoice_settings",
];
const UNPLAYED_SETTINGS: &[&str] =
    &["application_fee_percent", "billing_thresholds", "on_behalf_of", "transfer_data"];
const ANCHORS: &[&str] = &["automatic", "phase_start"];
const COLLECTIONS: &[&str] = &["charge_automatically", "send_invoice"];

/// Applies the `default_settings` parameter.
pub(super) fn read(
    ledger: &Ledger,
    sent: &Value,
    customer: &str,
    settings: &mut Value,
) -> Result<(), ApiError> {
    let param = "default_settings";
    check_names(sent, param, SETTINGS, UNPLAYED_SETTINGS)?;
    let changed = common(ledger, sent, customer, param)?;
    let changed = changed.as_object().into_iter().flatten();
    for (name, value) in changed.filter(|(name, _)| sent.get(name.as_str()).is_some()) {
        settings[name] = value.clone();
    }
    Ok(())
}

/// What both a phase and the default settings can say.
pub(super) fn common(
    ledger: &Ledger,
    wish: &Value,
    customer: &str,
    param: &str,
) -> Result<Value, ApiError> {
    let here = |name: &str| format!("{param}[{name}]");
    let method = form::text(wish, &["default_payment_method"]);
    if let Some(id) = method
        && ledger.find("payment_method", id).is_none_or(|kept| kept.text("customer") != customer)
    {
        return Err(ApiError::missing_param("PaymentMethod", id, &here("default_payment_method")));
    }
    let tax = wish.get("automatic_tax");
    let tax = tax.map(|tax| -> Result<Value, ApiError> {
        let param = here("automatic_tax");
        check_names(tax, &param, &["enabled", "liability"], &[])?;
        check_self(&tax["liability"], &format!("{param}[liability]"))?;
        let enabled = form::boolean(tax, &["enabled"], &format!("{param}[enabled]"))?;
        let enabled = enabled.ok_or_else(|| ApiError::required(&format!("{param}[enabled]")))?;
        Ok(automatic_tax(enabled))
    });
    let invoices = wish.get("invoice_settings");
    let invoices = invoices.map(|settings| -> Result<Value, ApiError> {
        let param = here("invoice_settings");
        let unplayed = ["account_tax_ids", "custom_fields", "description", "footer"];
        check_names(settings, &param, &["days_until_due", "issuer"], &unplayed)?;
        check_self(&settings["issuer"], &format!("{param}[issuer]"))?;
        let days = form::integer(settings, &["days_until_due"])?;
        Ok(invoice_settings(&json!(days)))
    });
    let (anchor, collection) = (here("billing_cycle_anchor"), here("collection_method"));
    Ok(json!({
        "automatic_tax": tax.transpose()?,
        "billing_cycle_anchor":
            form::one_of(wish, &["billing_cycle_anchor"], &anchor, ANCHORS)?,
        "collection_method":
            form::one_of(wish, &["collection_method"], &collection, COLLECTIONS)?,
        "default_payment_method": method,
        "description": form::text(wish, &["description"]),
        "invoice_settings": invoices.transpose()?,
    }))
}

/// The sandbox has one account only.
fn check_self(party: &Value, param: &str) -> Result<(), ApiError> {
    match form::text(party, &["type"]) {
        None | Some("self") => Ok(()),
        Some(_) => Err(ApiError::unplayed(&format!("{param}[type]"))),
    }
}

/// Refuses what Stripe does not have, and what the sandbox does not play unless it is empty.
pub(super) fn check_names(
    sent: &Value,
    param: &str,
    known: &[&str],
    unplayed: &[&str],
) -> Result<(), ApiError> {
    for (name, value) in sent.as_object().into_iter().flatten() {
        let param = format!("{param}[{name}]");
        let empty = value.as_str() == Some("") || value.as_array().is_some_and(Vec::is_empty);
        match name.as_str() {
            name if known.contains(&name) => {}
            name if unplayed.contains(&name) && empty => {}
            name if unplayed.contains(&name) => return Err(ApiError::unplayed(&param)),
            _ => return Err(ApiError::unknown_param(&param)),
        }
    }
    Ok(())
}
