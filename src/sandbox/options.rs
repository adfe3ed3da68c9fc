//! How a sandbox is set up.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// What a sandbox starts with.
#[derive(Clone)]
pub struct Options {
    /// The port on 127.0.0.1; 0 takes any that is free.
    pub port: u16,
    /// The one API key that is accepted.
    pub secret_key: String,
    /// Where events go: an http address on this machine.
    pub webhook_url: Option<String>,
    /// The secret that signs events.
    pub webhook_secret: String,
    /// The file that keeps the state between starts.
    pub state_file: Option<PathBuf>,
    /// The prices there are from the beginning, and after each reset.
    pub catalogue: Vec<CataloguePrice>,
    /// A clock that stands still at this second until it is moved; otherwise it runs with the system's.
    pub start_at: Option<i64>,
    /// Whether events leave by themselves.
    pub delivery: Delivery,
}

/// Whether events leave by themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// In the background as soon as they exist, retried after 1 s, 5 s, 30 s and so on.
    Automatic,
    /// Only when `Sandbox::deliver` is called.
    Held,
}

/// One price of the catalogue.
#[derive(Debug, Clone)]
pub struct CataloguePrice {
    /// The price's id; derived from the lookup key or the product where it is missing.
    pub price_id: Option<String>,
    /// The price's lookup key.
    pub lookup_key: Option<String>,
    /// The product's name; prices with the same name share the product.
    pub product: String,
    /// The three-letter currency, in lower case.
    pub currency: String,
    /// The amount in the currency's smallest unit.
    pub unit_amount: i64,
    /// How often it is paid; once where it is missing.
    pub interval: Option<Interval>,
}

/// How often a price is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interval {
    /// Every month.
    Month,
    /// Every year.
    Year,
}

impl Interval {
    pub(super) fn word(self) -> &'static str {
        match self {
            Interval::Month => "month",
            Interval::Year => "year",
        }
    }
}

/// What a subscription becomes when the last retry of a payment failed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum AfterRetries {
    /// It is canceled.
    #[default]
    Cancel,
    /// It stays, unpaid.
    Unpaid,
    /// It stays past due.
    PastDue,
}

/// How the portal shows a cancellation at the period's end.
///
/// The API's own `cancel_at_period_end` parameter always sets the flag and the date:
/// <https://docs.stripe.com/billing/subscriptions/billing-mode/compare>.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum CancelShape {
    /// `cancel_at_period_end` is true and `cancel_at` is the period's end: classic billing.
    Old,
    /// `cancel_at` alone, the flag false: flexible billing, the default since 2025-09-30.clover.
    #[default]
    New,
}

/// The API version of the webhook endpoint, which shapes what events carry.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventShape {
    /// Before 2025-03-31.basil: periods on the subscription, the subscription on the invoice.
    Old,
    /// That of the sandbox's own version.
    #[default]
    New,
}

/// How a new subscription is billed:
/// <https://docs.stripe.com/billing/subscriptions/billing-mode>.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BillingMode {
    /// As before 2025-06-30.basil.
    Classic,
    /// As by default since 2025-09-30.clover.
    #[default]
    Flexible,
}

/// What becomes of a trial that ends without a payment method.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum WithoutCard {
    /// It is billed all the same, and the invoice stays open.
    #[default]
    CreateInvoice,
    /// The subscription ends.
    Cancel,
    /// The subscription waits for a payment method.
    Pause,
}

impl WithoutCard {
    pub(super) fn word(self) -> &'static str {
        match self {
            WithoutCard::CreateInvoice => "create_invoice",
            WithoutCard::Cancel => "cancel",
            WithoutCard::Pause => "pause",
        }
    }
}

/// Whether customers may choose another price in the portal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PortalPrices {
    /// They may not, as long as nobody sets it up.
    Hidden,
    /// Every recurring price of the catalogue is offered, and a change is billed at once.
    Offered,
}
