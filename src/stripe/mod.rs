//! The only place that talks to Stripe.
//!
//! The SDK's builders write each request, `transport` sends it, and small tolerant structs read the
//! answer: a field we do not use, or a word of the future, never makes an answer unreadable.
//! What comes out are domain types.

mod changes;
mod charges;
mod checkout;
mod circuit;
mod customers;
mod endpoints;
mod events;
mod failure;
mod invoice_pages;
mod invoices;
mod operator;
mod pace;
mod phases;
mod portal;
mod previews;
mod prices;
mod schedules;
mod send;
mod subscriptions;
mod throttle;
mod transport;
mod wire;

#[cfg(test)]
mod fake;
#[cfg(test)]
mod tests_checker;
#[cfg(test)]
mod tests_recorded;
#[cfg(test)]
mod tests_retry;
#[cfg(test)]
mod tests_schedules;
#[cfg(test)]
mod tests_seen;
#[cfg(test)]
mod tests_shapes;

use std::num::NonZeroU32;

use secrecy::{ExposeSecret, SecretString};

pub(crate) use changes::{CancelShape, ItemChange};
pub(crate) use charges::ChargesOf;
pub(crate) use checkout::{Expiry, NewCheckoutSession, Purchase};
pub(crate) use customers::NewCustomer;
pub(crate) use endpoints::{Endpoint, VERSION};
pub(crate) use failure::{OUTCOMES, StripeFailed};
pub(crate) use invoice_pages::{InvoicePage, Place};
pub(crate) use operator::{PlanSwitch, PortalConfiguration, TaxSettings, WalletDomain};
pub(crate) use pace::Patience;
pub(crate) use portal::{NewPortalSession, PortalFlow};
pub(crate) use previews::{InvoicePreview, LineKind, PreviewLine};
pub(crate) use schedules::PutOff;

use crate::domain::ids::Mode;
use circuit::Circuit;
use pace::Pace;
use throttle::Throttle;
use transport::Transport;
pub(crate) use transport::tls;

/// What is asked of Stripe, as the metrics call it.
pub(crate) const OPS: [&str; 34] = [
    "charge_list",
    "checkout_session_create",
    "checkout_session_expire",
    "checkout_session_get",
    "checkout_session_list",
    "customer_create",
    "customer_get",
    "customer_list",
    "dispute_get",
    "dispute_list",
    "event_list",
    "invoice_get",
    "invoice_list",
    "invoice_preview",
    "payment_intent_get",
    "payment_method_domain_list",
    "portal_configuration_list",
    "portal_session_create",
    "price_get",
    "price_list",
    "refund_list",
    "schedule_create",
    "schedule_get",
    "schedule_release",
    "schedule_update",
    "subscription_get",
    "subscription_item_list",
    "subscription_list",
    "subscription_resume",
    "subscription_update",
    "tax_settings_get",
    "webhook_endpoint_create",
    "webhook_endpoint_list",
    "webhook_endpoint_update",
];

/// Stripe's API under one secret key.
pub(crate) struct Stripe {
    transport: Transport,
    mode: Mode,
    pace: Pace,
    circuit: Circuit,
    throttle: Throttle,
}

/// What it takes to reach Stripe.
pub(crate) struct StripeConfig {
    pub(crate) secret_key: SecretString,
    /// Where `/v1` is; it may have a path of its own.
    pub(crate) api_base: String,
    /// Of the whole process: one client is to be made of it.
    pub(crate) requests_per_second: NonZeroU32,
}

/// Why no client can be made of a [`StripeConfig`].
#[derive(Debug, thiserror::Error)]
pub(crate) enum StripeMisconfigured {
    #[error("the API base must be an http or https address")]
    ApiBase,
    #[error("the secret key has characters that no header can carry")]
    SecretKey,
    #[error("the HTTP client cannot be set up")]
    Client(#[source] reqwest::Error),
    #[error("TLS cannot be set up")]
    Tls(#[source] rustls::Error),
}

impl Stripe {
    /// Prepares the client; nothing is sent yet.
    pub(crate) fn new(config: StripeConfig) -> Result<Self, StripeMisconfigured> {
        Self::paced(config, Pace::STRIPE)
    }

    fn paced(config: StripeConfig, pace: Pace) -> Result<Self, StripeMisconfigured> {
        Ok(Self {
            mode: mode(config.secret_key.expose_secret()),
            transport: Transport::new(&config)?,
            circuit: Circuit::new(pace.circuit),
            throttle: Throttle::new(config.requests_per_second),
            pace,
        })
    }

    /// The world that the secret key opens.
    pub(crate) fn mode(&self) -> Mode {
        self.mode
    }

    /// Whether Stripe refused the key and no call has succeeded since.
    pub(crate) fn circuit_open(&self) -> bool {
        self.circuit.is_open()
    }

    /// `patience` as a fixed end, for several calls that share it.
    pub(crate) fn started(&self, patience: Patience) -> Patience {
        self.pace.started(patience)
    }
}

fn mode(secret_key: &str) -> Mode {
    Mode::of(["sk_live_", "rk_live_"].iter().any(|prefix| secret_key.starts_with(prefix)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_live_key_opens_the_live_world() {
        let table = [
            ("sk_live_1", Mode::Live),
            ("rk_live_1", Mode::Live),
            ("sk_test_1", Mode::Test),
            ("rk_test_1", Mode::Test),
            ("anything", Mode::Test),
        ];
        for (key, expected) in table {
            assert_eq!(mode(key), expected, "{key}");
        }
    }

    #[test]
    fn a_client_needs_an_address_and_a_key_that_a_header_can_carry() {
        let made = |key: &str, base: &str| {
            let (secret_key, api_base) = (key.into(), base.to_owned());
            let requests_per_second = NonZeroU32::MIN;
            Stripe::new(StripeConfig { secret_key, api_base, requests_per_second }).err()
        };
        assert!(made("sk_test_1234", "https://api.stripe.com").is_none());
        assert!(made("sk_test_1234", "http://127.0.0.1:9/fake/").is_none());
        assert!(matches!(
            made("sk_test_1234", "api.stripe.com"),
            Some(StripeMisconfigured::ApiBase)
        ));
        assert!(matches!(made("sk_test_1234", "file:///"), Some(StripeMisconfigured::ApiBase)));
        assert!(matches!(
            made("sk_test\n1234", "https://api.stripe.com"),
            Some(StripeMisconfigured::SecretKey)
        ));
    }
}
