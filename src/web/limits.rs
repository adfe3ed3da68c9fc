//! How often somebody may ask: governor behind the budgets of the configuration.

use std::hash::Hash;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};

use governor::clock::{Clock as _, DefaultClock};
use governor::state::{InMemoryState, NotKeyed};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use super::error::Problem;
use super::guards::ClientAddress;
use crate::domain::ids::AccountId;
use crate::settings::{self, Budget};

/// Every limit there is.
pub(crate) struct Limits {
    webhook_invalid: Keyed<std::net::IpAddr>,
    webhook: Option<RateLimiter<NotKeyed, InMemoryState, DefaultClock>>,
    sign_in: Keyed<(std::net::IpAddr, String)>,
    register: Keyed<std::net::IpAddr>,
    checkout: Keyed<AccountId>,
    api: Keyed<String>,
}

impl Limits {
    pub(crate) fn new(budgets: &settings::Limits) -> Self {
        Self {
            webhook_invalid: Keyed::new(budgets.webhook_invalid.as_ref()),
            webhook: budgets.webhook.as_ref().and_then(quota).map(RateLimiter::direct),
            sign_in: Keyed::new(budgets.sign_in.as_ref()),
            register: Keyed::new(budgets.register.as_ref()),
            checkout: Keyed::new(budgets.checkout.as_ref()),
            api: Keyed::new(budgets.api.as_ref()),
        }
    }

    /// Every delivery, in all.
    pub(crate) fn webhook(&self) -> Result<(), Problem> {
        let Some(limiter) = &self.webhook else { return Ok(()) };
        limiter.check().map_err(|not_until| {
            metrics::counter!("coinslot_webhook_rate_limited_total").increment(1);
            too_many(&not_until)
        })
    }

    /// A delivery that was refused, by client.
    pub(crate) fn invalid_webhook(&self, client: ClientAddress) -> Result<(), Problem> {
        self.webhook_invalid.check(&client.network()).inspect_err(|_| {
            metrics::counter!("coinslot_webhook_rate_limited_total").increment(1);
        })
    }

    /// An attempt to sign in, by client and e-mail.
    pub(crate) fn sign_in(&self, client: ClientAddress, email: &str) -> Result<(), Problem> {
        self.sign_in.check(&(client.network(), email.to_lowercase()))
    }

    pub(crate) fn register(&self, client: ClientAddress) -> Result<(), Problem> {
        self.register.check(&client.network())
    }

    /// A checkout or a change of plan, by account.
    pub(crate) fn checkout(&self, account: &AccountId) -> Result<(), Problem> {
        self.checkout.check(account)
    }

    /// A call of the API, by token.
    pub(crate) fn api(&self, token: &str) -> Result<(), Problem> {
        self.api.check(&token.to_owned())
    }
}

/// One budget for each key; keys that have their whole budget again are forgotten now and then.
struct Keyed<K: Hash + Eq + Clone> {
    limiter: Option<DefaultKeyedRateLimiter<K>>,
    checks: AtomicU32,
}

/// Checks between two clean-ups, which bounds the memory that strangers can take.
const CHECKS: u32 = 10_000;

impl<K: Hash + Eq + Clone> Keyed<K> {
    fn new(budget: Option<&Budget>) -> Self {
        let limiter = budget.and_then(quota).map(RateLimiter::keyed);
        Self { limiter, checks: AtomicU32::new(0) }
    }

    fn check(&self, key: &K) -> Result<(), Problem> {
        let Some(limiter) = &self.limiter else { return Ok(()) };
        if self.checks.fetch_add(1, Ordering::Relaxed) % CHECKS == CHECKS - 1 {
            limiter.retain_recent();
            limiter.shrink_to_fit();
        }
        limiter.check_key(key).map_err(|not_until| too_many(&not_until))
    }
}

/// `20/1h` lets twenty through at once and then one every three minutes.
fn quota(budget: &Budget) -> Option<Quota> {
    let burst: NonZeroU32 = budget.count;
    Quota::with_period(budget.per / burst.get()).map(|quota| quota.allow_burst(burst))
}

fn too_many(
    not_until: &governor::NotUntil<<DefaultClock as governor::clock::Clock>::Instant>,
) -> Problem {
    let wait = not_until.wait_time_from(DefaultClock::default().now());
    Problem::rate_limited(wait.as_secs() + 1)
}
