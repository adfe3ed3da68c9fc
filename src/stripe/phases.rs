//! A phase of a schedule, read as Stripe shows it and written as Stripe takes it.
//!
//! What is not named here gets lost when a phase is written again: that a phase keeps discounts,
//! taxes and payment method depends on this list.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};

use super::wire::{Named, Reference, or_default};

#[derive(Debug, Clone, Deserialize, Serialize)]
pub(super) struct Phase {
    #[serde(skip_serializing_if = "Option::is_none")]
    application_fee_percent: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    automatic_tax: Option<AutomaticTax>,
    #[serde(skip_serializing_if = "Option::is_none")]
    billing_cycle_anchor: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    billing_thresholds: Option<Thresholds>,
    #[serde(skip_serializing_if = "Option::is_none")]
    collection_method: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    currency: Option<String>,
    #[serde(default, deserialize_with = "id", skip_serializing_if = "Option::is_none")]
    default_payment_method: Option<String>,
    #[serde(default, deserialize_with = "ids", skip_serializing_if = "Vec::is_empty")]
    default_tax_rates: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(default, deserialize_with = "discounts", skip_serializing_if = "Vec::is_empty")]
    discounts: Vec<Discount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    duration: Option<Duration>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_date: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    invoice_settings: Option<InvoiceSettings>,
    items: Vec<Item>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    metadata: Option<BTreeMap<String, String>>,
    #[serde(default, deserialize_with = "id", skip_serializing_if = "Option::is_none")]
    on_behalf_of: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    proration_behavior: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) start_date: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    transfer_data: Option<TransferData>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trial_end: Option<i64>,
}

#[derive(Debug, Clone, Deserialize, Serialize)]
struct Item {
    #[serde(skip_serializing_if = "Option::is_none")]
    billing_thresholds: Option<UsageThreshold>,
    #[serde(default, deserialize_with = "discounts", skip_serializing_if = "Vec::is_empty")]
    discounts: Vec<Discount>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    metadata: Option<BTreeMap<String, String>>,
    #[serde(default, deserialize_with = "id", skip_serializing_if = "Option::is_none")]
    price: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    quantity: Option<u64>,
    #[serde(default, deserialize_with = "ids", skip_serializing_if = "Vec::is_empty")]
    tax_rates: Vec<String>,
}

#[derive(Debug, Clone, Deserialize, Serialize)]
struct AutomaticTax {
    enabled: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    liability: Option<Party>,
}

/// Who is liable for tax, or issues invoices.
#[derive(Debug, Clone, Deserialize, Serialize)]
struct Party {
    #[serde(default, deserialize_with = "id", skip_serializing_if = "Option::is_none")]
    account: Option<String>,
    r#type: String,
}

#[derive(Debug, Clone, Deserialize, Serialize)]
struct Thresholds {
    #[serde(skip_serializing_if = "Option::is_none")]
    amount_gte: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reset_billing_cycle_anchor: Option<bool>,
}

#[derive(Debug, Clone, Deserialize, Serialize)]
struct UsageThreshold {
    usage_gte: i64,
}

/// Said by exactly one of its three names.
#[derive(Debug, Clone, Deserialize, Serialize)]
struct Discount {
    #[serde(default, deserialize_with = "id", skip_serializing_if = "Option::is_none")]
    coupon: Option<String>,
    #[serde(default, deserialize_with = "id", skip_serializing_if = "Option::is_none")]
    discount: Option<String>,
    #[serde(default, deserialize_with = "id", skip_serializing_if = "Option::is_none")]
    promotion_code: Option<String>,
}

#[derive(Debug, Clone, Deserialize, Serialize)]
pub(super) struct Duration {
    pub(super) interval: String,
    pub(super) interval_count: u32,
}

#[derive(Debug, Clone, Deserialize, Serialize)]
struct InvoiceSettings {
    #[serde(default, deserialize_with = "ids", skip_serializing_if = "Vec::is_empty")]
    account_tax_ids: Vec<String>,
    #[serde(default, deserialize_with = "or_default", skip_serializing_if = "Vec::is_empty")]
    custom_fields: Vec<CustomField>,
    #[serde(skip_serializing_if = "Option::is_none")]
    days_until_due: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    footer: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    issuer: Option<Party>,
}

#[derive(Debug, Clone, Deserialize, Serialize)]
struct CustomField {
    name: String,
    value: String,
}

#[derive(Debug, Clone, Deserialize, Serialize)]
struct TransferData {
    #[serde(skip_serializing_if = "Option::is_none")]
    amount_percent: Option<f64>,
    #[serde(default, deserialize_with = "id", skip_serializing_if = "Option::is_none")]
    destination: Option<String>,
}

impl Phase {
    pub(super) fn prices(&self) -> impl Iterator<Item = &str> {
        self.items.iter().filter_map(|item| item.price.as_deref())
    }

    pub(super) fn until(self, end_date: i64) -> Self {
        Self { end_date: Some(end_date), duration: None, ..self }
    }

    /// The phase after this one, with the price `to` in the place of `from`.
    ///
    /// There is no trial left in it, for a trial's period ends with the trial.
    pub(super) fn followed_by(mut self, from: &str, to: &str, duration: Duration) -> Self {
        for item in self.items.iter_mut().filter(|item| item.price.as_deref() == Some(from)) {
            item.price = Some(to.to_owned());
        }
        Self {
            billing_cycle_anchor: None,
            duration: Some(duration),
            end_date: None,
            proration_behavior: Some("none".to_owned()),
            start_date: None,
            trial_end: None,
            ..self
        }
    }
}

/// The id of another object, whether it was expanded or not.
fn id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let found = Option::<Reference<Named>>::deserialize(deserializer)?;
    Ok(found.map(|found| found.id().to_owned()))
}

fn ids<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let found: Vec<Reference<Named>> = or_default(deserializer)?;
    Ok(found.iter().map(|found| found.id().to_owned()).collect())
}

/// Stripe shows all three names of a discount; the one that stands for the others comes first.
fn discounts<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Discount>, D::Error> {
    let mut found: Vec<Discount> = or_default(deserializer)?;
    for one in &mut found {
        if one.discount.is_some() {
            (one.promotion_code, one.coupon) = (None, None);
        } else if one.promotion_code.is_some() {
            one.coupon = None;
        }
    }
    Ok(found)
}
