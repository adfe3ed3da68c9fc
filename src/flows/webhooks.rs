//! The endpoint at Stripe that sends us events: made, mended, and relieved of what nobody reads.

use secrecy::SecretString;

use super::{Billing, random_text, silence};
use crate::stripe::{Endpoint, Patience, StripeFailed};

const ANY: &str = "*";

/// Why an endpoint cannot be set up or pruned.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotSetUp {
    #[error(
        "billing.public_url = \"{0}\": Stripe cannot reach this machine there; set the address \
         that browsers use, or let the Stripe CLI forward events: stripe listen --forward-to"
    )]
    Unreachable(String),
    #[error("Stripe has no endpoint at {0}: make it with coinslot webhooks setup")]
    NoEndpoint(String),
    #[error(
        "the endpoint {0} sends no event that is handled: mend it with coinslot webhooks setup"
    )]
    NothingLeft(String),
    #[error(transparent)]
    Stripe(#[from] StripeFailed),
}

/// What a set-up came to.
pub(crate) struct SetUp {
    pub(crate) endpoint: Endpoint,
    pub(crate) done: Done,
    /// Others at the same address: each sends everything once more.
    pub(crate) twins: Vec<Endpoint>,
}

/// What was done for an endpoint.
pub(crate) enum Done {
    /// With the secret that no later answer shows.
    Created(Option<SecretString>),
    Updated,
    Nothing,
}

/// How the events that an endpoint sends differ from those we handle.
#[derive(Debug, Default, PartialEq, Eq, serde::Serialize)]
pub(crate) struct Difference {
    pub(crate) extra: Vec<String>,
    pub(crate) missing: Vec<String>,
}

impl Difference {
    /// `*` stands for every type and is itself too much.
    pub(crate) fn of(sent: &[String], handled: &[String]) -> Self {
        let all = sent.iter().any(|kind| kind == ANY);
        let extra = sent.iter().filter(|kind| !handled.contains(kind)).cloned().collect();
        let missing = handled.iter().filter(|kind| !all && !sent.contains(kind)).cloned().collect();
        Self { extra, missing }
    }

    pub(crate) fn is_none(&self) -> bool {
        self.extra.is_empty() && self.missing.is_empty()
    }
}

/// Our own address for Stripe's events.
pub(crate) fn url(billing: &Billing) -> String {
    billing.settings.webhook_url()
}

/// The endpoints at our address, first those that are enabled and of the pinned version.
pub(crate) async fn endpoints(billing: &Billing) -> Result<Vec<Endpoint>, StripeFailed> {
    let url = url(billing);
    let mut ours = billing.stripe.endpoints(Patience::Worker).await?;
    ours.retain(|endpoint| endpoint.url == url);
    // Stripe lists the newest first; the oldest is the one whose secret is known longest.
    ours.reverse();
    ours.sort_by_key(|endpoint| (!endpoint.enabled, !endpoint.is_pinned()));
    Ok(ours)
}

/// Makes the endpoint at our address, or lets the one that is there send exactly what we handle.
pub(crate) async fn set_up(billing: &Billing) -> Result<SetUp, NotSetUp> {
    if silence::leads_nowhere(billing) {
        return Err(NotSetUp::Unreachable(billing.settings.origin()));
    }
    let handled = &billing.settings.stripe.webhook_events;
    let mut found = endpoints(billing).await?.into_iter();
    let Some(endpoint) = found.next() else {
        let (key, patience) = (key(), Patience::Worker);
        let made = billing.stripe.create_endpoint(&url(billing), handled, &key, patience).await?;
        let (endpoint, secret) = made;
        return Ok(SetUp { endpoint, done: Done::Created(secret), twins: Vec::new() });
    };
    let twins = found.collect();
    if endpoint.enabled && Difference::of(&endpoint.events, handled).is_none() {
        return Ok(SetUp { endpoint, done: Done::Nothing, twins });
    }
    let endpoint = change(billing, &endpoint, handled).await?;
    Ok(SetUp { endpoint, done: Done::Updated, twins })
}

/// Tells what the endpoint at our address sends too much or too little, and with `Prune::Apply`
/// takes away what is too much.
pub(crate) async fn prune(billing: &Billing, prune: Prune) -> Result<Difference, NotSetUp> {
    let found = endpoints(billing).await?.into_iter().next();
    let endpoint = found.ok_or_else(|| NotSetUp::NoEndpoint(url(billing)))?;
    let handled = &billing.settings.stripe.webhook_events;
    let difference = Difference::of(&endpoint.events, handled);
    if prune == Prune::Apply && !difference.extra.is_empty() {
        let kept = handled.iter().filter(|kind| !difference.missing.contains(kind));
        let kept: Vec<String> = kept.cloned().collect();
        if kept.is_empty() {
            return Err(NotSetUp::NothingLeft(endpoint.id.to_string()));
        }
        change(billing, &endpoint, &kept).await?;
    }
    Ok(difference)
}

/// Whether pruning only tells, or acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Prune {
    Tell,
    Apply,
}

async fn change(
    billing: &Billing,
    endpoint: &Endpoint,
    events: &[String],
) -> Result<Endpoint, StripeFailed> {
    billing.stripe.update_endpoint(&endpoint.id, events, &key(), Patience::Worker).await
}

/// Of this one run, so that a lost answer is asked for again and the secret in it not lost.
fn key() -> String {
    format!("webhook_endpoint:{}", random_text())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extra_is_what_is_not_handled_and_missing_what_is_not_sent() {
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let table = [
            ("a.b c.d", "a.b c.d", "", ""),
            ("c.d a.b", "a.b c.d", "", ""),
            ("a.b x.y", "a.b c.d", "x.y", "c.d"),
            ("*", "a.b c.d", "*", ""),
            ("* a.b x.y", "a.b c.d", "* x.y", ""),
            ("", "a.b", "", "a.b"),
        ];
        for (sent, handled, extra, missing) in table {
            let difference = Difference::of(&words(sent), &words(handled));
            let expected = Difference { extra: words(extra), missing: words(missing) };
            assert_eq!(difference, expected, "{sent} for {handled}");
            assert_eq!(difference.is_none(), extra.is_empty() && missing.is_empty());
        }
    }
}
