//! Whether Stripe answers us, and as whom.

use secrecy::ExposeSecret;

use super::Check;
use crate::domain::timestamp::Timestamp;
use crate::settings::{StripeSettings, StripeSource};
use crate::stripe::StripeFailed;

/// What Stripe's clock showed, where it told.
pub(super) type Look = Result<Option<Timestamp>, StripeFailed>;

pub(super) fn key(settings: &StripeSettings, look: &Look) -> Check {
    const ID: &str = "key";
    if matches!(look, Err(StripeFailed::Unauthorized)) {
        let remedy = "copy STRIPE_SECRET_KEY anew from Stripe's Dashboard, API keys; a restricted \
                      key needs the permissions that deploy/README.md names";
        return Check::fail(ID, "Stripe refuses the key", remedy);
    }
    if settings.source == StripeSource::Sandbox {
        let remedy = "set STRIPE_SECRET_KEY to take real money";
        return Check::warn(ID, "the sandbox is in use, no key is set", remedy);
    }
    let key = settings.secret_key.as_ref().map(ExposeSecret::expose_secret).unwrap_or_default();
    let mode = if key.contains("_live_") { "live" } else { "test" };
    if key.starts_with("rk_") {
        return Check::pass(ID, format!("a restricted {mode} key"));
    }
    let remedy = "a restricted key can do less harm when it leaks: deploy/README.md names the \
                  permissions it needs";
    Check::warn(ID, format!("a secret {mode} key, which may do everything"), remedy)
}

/// Deliveries more than 300 s old or ahead are refused.
pub(super) fn api(look: &Look, now: Timestamp) -> Check {
    const ID: &str = "api";
    const LOOK_AT: u64 = 30;
    const TOO_MUCH: u64 = 240;
    let skew = match look {
        Ok(Some(theirs)) => theirs.0.abs_diff(now.0),
        Ok(None) => return Check::pass(ID, "Stripe answers, without the time"),
        Err(StripeFailed::Unauthorized) => {
            return Check::fail(ID, "Stripe answers, but refuses", "see key");
        }
        Err(error) => {
            let remedy = "let this machine reach billing.stripe.api_base; see status.stripe.com";
            return Check::fail(ID, error.to_string(), remedy);
        }
    };
    let seen = format!("Stripe answers; our clock differs by {skew} s");
    let remedy =
        "let a time service set this machine's clock: deliveries more than 300 s off are refused";
    if skew > TOO_MUCH {
        Check::fail(ID, seen, remedy)
    } else if skew > LOOK_AT {
        Check::warn(ID, seen, remedy)
    } else {
        Check::pass(ID, seen)
    }
}
