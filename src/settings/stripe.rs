//! How to reach Stripe, or the sandbox in its place.

use std::num::NonZeroU32;

use secrecy::SecretString;

use super::reader::Reader;
use super::values;
use crate::domain::ids::PriceId;

/// The event types that change something here, in alphabetical order.
pub(crate) const HANDLED_EVENTS: &[&str] = &[
    "charge.dispute.closed",
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.refunded",
    "checkout.session.async_payment_failed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.completed",
    "checkout.session.expired",
    "customer.deleted",
    "customer.subscription.created",
    "customer.subscription.deleted",
    "customer.subscription.paused",
    "customer.subscription.pending_update_applied",
    "customer.subscription.pending_update_expired",
    "customer.subscription.resumed",
    "customer.subscription.trial_will_end",
    "customer.subscription.updated",
    "customer.updated",
    "invoice.finalized",
    "invoice.marked_uncollectible",
    "invoice.paid",
    "invoice.payment_action_required",
    "invoice.payment_failed",
    "invoice.voided",
    "price.created",
    "price.deleted",
    "price.updated",
    "product.created",
    "product.deleted",
    "product.updated",
    "refund.created",
    "refund.failed",
    "refund.updated",
    "subscription_schedule.aborted",
    "subscription_schedule.canceled",
    "subscription_schedule.completed",
    "subscription_schedule.released",
    "subscription_schedule.updated",
];

/// Everything about the connection to Stripe.
#[derive(Debug, Clone)]
pub(crate) struct StripeSettings {
    pub(crate) source: StripeSource,
    /// `None` in the sandbox.
    pub(crate) secret_key: Option<SecretString>,
    /// Without a slash at its end.
    pub(crate) api_base: String,
    /// The budget of the whole process.
    pub(crate) requests_per_second: NonZeroU32,
    pub(crate) webhook_secrets: Vec<SecretString>,
    /// The event types that are stored; others are counted.
    pub(crate) webhook_events: Vec<String>,
    /// `None` where every price of the catalogue may be bought.
    pub(crate) allowed_prices: Option<Vec<PriceId>>,
    pub(crate) portal_configuration: Option<String>,
    pub(crate) automatic_tax: bool,
    pub(crate) promotion_codes: bool,
}

/// Who answers our calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StripeSource {
    /// Stripe, or what stands at the configured `api_base`.
    Stripe,
    /// The embedded sandbox.
    Sandbox,
}

const MODE: &str = "billing.stripe.mode";
const SECRET_KEY: &str = "billing.stripe.secret_key";
const API_BASE: &str = "billing.stripe.api_base";
const STRIPE: &str = "https://api.stripe.com";
/// Below Stripe's 25 a second in a sandbox and 100 live: <https://docs.stripe.com/rate-limits>.
const REQUESTS: NonZeroU32 = NonZeroU32::new(20).expect("20 is not 0");
const MOST_REQUESTS: NonZeroU32 = NonZeroU32::new(10_000).expect("10000 is not 0");

pub(super) fn read(reader: &mut Reader, release: bool, sandbox_port: u16) -> StripeSettings {
    let source = source(reader, release);
    let key = reader.text(SECRET_KEY, secret_key);
    let live = key.as_ref().is_some_and(|key| key.live);
    let api_base = reader.text(API_BASE, values::api_base);
    if let Some(base) = api_base.as_deref().filter(|base| live && *base != STRIPE) {
        reader.refuse(API_BASE, base, format!("a live key is sent to {STRIPE} only"));
    }
    StripeSettings {
        source,
        secret_key: key.map(|key| key.secret),
        api_base: api_base.unwrap_or_else(|| match source {
            StripeSource::Stripe => STRIPE.to_owned(),
            StripeSource::Sandbox => format!("http://127.0.0.1:{sandbox_port}"),
        }),
        requests_per_second: reader
            .number("billing.stripe.requests_per_second", NonZeroU32::MIN..=MOST_REQUESTS)
            .unwrap_or(REQUESTS),
        webhook_secrets: webhook_secrets(reader),
        webhook_events: webhook_events(reader),
        allowed_prices: reader.list("billing.stripe.allowed_prices", |text| {
            PriceId::new(text).map_err(|_| "write price ids, such as price_…".to_owned())
        }),
        portal_configuration: reader.text("billing.stripe.portal_configuration", portal),
        automatic_tax: reader.flag("billing.stripe.automatic_tax"),
        promotion_codes: reader.flag("billing.stripe.promotion_codes"),
    }
}

/// Refuses what contradicts itself: play money must never be taken for real, nor real for play.
fn source(reader: &mut Reader, release: bool) -> StripeSource {
    let keyed = reader.has(SECRET_KEY);
    let mode = reader.text(MODE, mode);
    if reader.has(MODE) && mode.is_none() {
        return StripeSource::Stripe;
    }
    match (mode, keyed) {
        (None | Some(StripeSource::Stripe), true) => StripeSource::Stripe,
        (Some(StripeSource::Sandbox), true) => {
            reader.text(SECRET_KEY, |_| -> Result<(), String> {
                Err(format!("{MODE} is \"sandbox\", which takes no key: unset one of the two"))
            });
            StripeSource::Sandbox
        }
        (Some(StripeSource::Stripe), false) => {
            reader.refuse_unset(SECRET_KEY, "set STRIPE_SECRET_KEY");
            StripeSource::Stripe
        }
        (None, false) if release => {
            let remedy =
                "set STRIPE_SECRET_KEY, or billing.stripe.mode = \"sandbox\" to run on the sandbox";
            reader.refuse_unset(SECRET_KEY, remedy);
            StripeSource::Stripe
        }
        (None | Some(StripeSource::Sandbox), false) => {
            reader.text(API_BASE, |_| -> Result<(), String> {
                let remedy = "unset this, or set STRIPE_SECRET_KEY";
                Err(format!("the sandbox has an address of its own: {remedy}"))
            });
            StripeSource::Sandbox
        }
    }
}

fn mode(text: &str) -> Result<StripeSource, String> {
    match text {
        "stripe" => Ok(StripeSource::Stripe),
        "sandbox" => Ok(StripeSource::Sandbox),
        _ => Err("write stripe or sandbox".to_owned()),
    }
}

struct ApiKey {
    secret: SecretString,
    live: bool,
}

fn secret_key(text: &str) -> Result<ApiKey, String> {
    let kinds = [("sk_test_", false), ("rk_test_", false), ("sk_live_", true), ("rk_live_", true)];
    kinds
        .into_iter()
        .find(|(prefix, _)| text.strip_prefix(prefix).is_some_and(is_word))
        .map(|(_, live)| ApiKey { secret: text.into(), live })
        .ok_or_else(|| {
            "write a secret key (sk_test_…, sk_live_…) or a restricted one (rk_…)".to_owned()
        })
}

/// Rotation has two of them for a while.
fn webhook_secrets(reader: &mut Reader) -> Vec<SecretString> {
    let texts = reader.list("billing.stripe.webhook_secrets", |text| {
        let good = text
            .strip_prefix("whsec_")
            .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_graphic()));
        good.then(|| text.to_owned())
            .ok_or_else(|| "write the endpoint's signing secret, whsec_…".to_owned())
    });
    texts.unwrap_or_default().into_iter().map(SecretString::from).collect()
}

fn webhook_events(reader: &mut Reader) -> Vec<String> {
    const KEY: &str = "billing.stripe.webhook_events";
    let Some(mut events) = reader.list(KEY, event_type) else {
        return HANDLED_EVENTS.iter().map(|event| (*event).to_owned()).collect();
    };
    if events.is_empty() {
        reader.refuse_unset(KEY, "name event types, or leave it out for the handled ones");
    }
    events.sort_unstable();
    events
}

fn event_type(text: &str) -> Result<String, String> {
    let segment = |text: &str| {
        !text.is_empty()
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
    };
    let good = text.contains('.') && text.split('.').all(segment);
    good.then(|| text.to_owned())
        .ok_or_else(|| "write event types, such as customer.subscription.updated".to_owned())
}

fn portal(text: &str) -> Result<String, String> {
    let good = text.strip_prefix("bpc_").is_some_and(is_word);
    good.then(|| text.to_owned())
        .ok_or_else(|| "write a portal configuration's id, bpc_…".to_owned())
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}
