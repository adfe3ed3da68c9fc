//! Whether Stripe's events reach us.

use super::Check;
use crate::domain::timestamp::Timestamp;
use crate::flows::silence::{Cause, Silence};
use crate::flows::webhooks::Difference;
use crate::settings::{StripeSettings, StripeSource};
use crate::stripe::{Endpoint, StripeFailed, VERSION};

const SET_UP: &str = "run coinslot webhooks setup";

type Endpoints = Result<Vec<Endpoint>, StripeFailed>;

pub(super) fn secret(settings: &StripeSettings) -> Check {
    const ID: &str = "webhook_secret";
    match (settings.source, settings.webhook_secrets.len()) {
        (StripeSource::Sandbox, _) => Check::pass(ID, "the sandbox signs with one of its own"),
        (StripeSource::Stripe, 0) => {
            let remedy = "set STRIPE_WEBHOOK_SECRET to the endpoint's signing secret, whsec_…";
            Check::fail(ID, "none: every delivery is answered 503", remedy)
        }
        (StripeSource::Stripe, 1) => Check::pass(ID, "1 secret"),
        (StripeSource::Stripe, count) => {
            Check::pass(ID, format!("{count} secrets, any of which may sign"))
        }
    }
}

pub(super) fn endpoint(endpoints: &Endpoints, url: &str) -> Check {
    const ID: &str = "webhook_endpoint";
    let found = match endpoints {
        Ok(found) => found,
        Err(error) => return Check::unasked(ID, error),
    };
    let Some(first) = found.first() else {
        return Check::fail(ID, format!("Stripe has none at {url}"), SET_UP);
    };
    let (id, version) = (&first.id, first.api_version.as_deref().unwrap_or("the account's"));
    if !first.enabled {
        return Check::fail(ID, format!("{id} is disabled"), SET_UP);
    }
    if found.len() > 1 {
        let remedy = "delete all but one in Stripe's Dashboard: each sends everything once more";
        return Check::warn(ID, format!("{} endpoints at {url}", found.len()), remedy);
    }
    if !first.is_pinned() {
        let remedy = "it works, but to be sure delete the endpoint in Stripe's Dashboard, and run \
                      coinslot webhooks setup";
        let seen = format!("{id} sends API version {version}, not {VERSION}");
        return Check::warn(ID, seen, remedy);
    }
    Check::pass(ID, format!("{id} at {url}, enabled, API version {version}"))
}

pub(super) fn events(endpoints: &Endpoints, handled: &[String]) -> Check {
    const ID: &str = "webhook_events";
    let first = match endpoints {
        Ok(found) => found.first(),
        Err(error) => return Check::unasked(ID, error),
    };
    let Some(endpoint) = first else {
        return Check::fail(ID, "there is no endpoint", SET_UP);
    };
    let Difference { extra, missing } = Difference::of(&endpoint.events, handled);
    if !missing.is_empty() {
        return Check::fail(ID, format!("missing: {}", missing.join(", ")), SET_UP);
    }
    if !extra.is_empty() {
        let remedy = "run coinslot webhooks prune --apply: nobody reads these";
        return Check::warn(ID, format!("too much: {}", extra.join(", ")), remedy);
    }
    Check::pass(ID, format!("exactly the {} that are handled", handled.len()))
}

pub(super) fn silence(silence: Option<Silence>, heard_at: Option<Timestamp>) -> Check {
    const ID: &str = "webhook_silence";
    if let Some(Silence { since, cause }) = silence {
        let remedy = match cause {
            Cause::NoSecret => "set STRIPE_WEBHOOK_SECRET",
            Cause::WrongSecret => "take the secret of this very endpoint from Stripe's Dashboard",
            Cause::Unreachable => "set billing.public_url to where Stripe can reach this machine",
            Cause::NeverHeard | Cause::Stopped => {
                "see webhook_endpoint, and in Stripe's Dashboard what the deliveries are answered"
            }
        };
        return Check::fail(ID, format!("since {since} news came without a delivery"), remedy);
    }
    if heard_at.is_some() {
        return Check::pass(ID, "deliveries arrive");
    }
    let remedy = "change a product's description in Stripe's Dashboard, and look again";
    Check::warn(ID, "no delivery has arrived yet", remedy)
}
