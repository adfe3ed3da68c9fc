//! How often somebody may ask: governor behind the budgets of the configuration.

use std::hash::{BuildHasher as _, Hash, RandomState};
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};

use governor::clock::{Clock, DefaultClock};
use governor::state::{InMemoryState, NotKeyed};
use governor::{DefaultKeyedRateLimiter, NotUntil, Quota, RateLimiter};

use super::error::Problem;
use super::guards::ClientAddress;
use crate::domain::ids::AccountId;
use crate::settings::{self, Budget};

/// How much more one address, or one e-mail, may try in all: a household shares an address.
const WIDER: NonZeroU32 = NonZeroU32::new(10).expect("ten is not zero");

/// Every limit there is.
pub(crate) struct Limits {
    webhook_invalid: Strangers,
    webhook: Option<Whole>,
    sign_in: Strangers,
    sign_in_address: Strangers,
    sign_in_email: Strangers,
    register: Strangers,
    checkout: Keyed<AccountId>,
    api: Keyed<String>,
}

impl Limits {
    pub(crate) fn new(budgets: &settings::Limits) -> Self {
        let wide = budgets
            .sign_in
            .as_ref()
            .map(|budget| Budget { count: budget.count.saturating_mul(WIDER), per: budget.per });
        Self {
            webhook_invalid: Strangers::new("webhook_invalid", budgets.webhook_invalid.as_ref()),
            webhook: budgets.webhook.as_ref().and_then(Whole::new),
            sign_in: Strangers::new("sign_in", budgets.sign_in.as_ref()),
            sign_in_address: Strangers::new("sign_in", wide.as_ref()),
            sign_in_email: Strangers::new("sign_in", wide.as_ref()),
            register: Strangers::new("register", budgets.register.as_ref()),
            checkout: Keyed::new("checkout", budgets.checkout.as_ref()),
            api: Keyed::new("api", budgets.api.as_ref()),
        }
    }

    /// Every delivery, in all.
    pub(crate) fn webhook(&self) -> Result<(), Problem> {
        let Some(Whole { limiter, policy }) = &self.webhook else { return Ok(()) };
        limiter.check().map_err(|not_until| {
            metrics::counter!("coinslot_webhook_rate_limited_total").increment(1);
            policy.spent(&not_until)
        })
    }

    /// A delivery that was refused, by client.
    pub(crate) fn invalid_webhook(&self, client: ClientAddress) -> Result<(), Problem> {
        self.webhook_invalid.check(client.network()).inspect_err(|_| {
            metrics::counter!("coinslot_webhook_rate_limited_total").increment(1);
        })
    }

    /// An attempt to sign in, by client and e-mail; in a wider measure by each alone, so that nobody
    /// tries one password on every e-mail, or one e-mail from everywhere.
    pub(crate) fn sign_in(&self, client: ClientAddress, email: &str) -> Result<(), Problem> {
        let email = email.to_lowercase();
        self.sign_in.check((client.network(), &email))?;
        self.sign_in_address.check(client.network())?;
        self.sign_in_email.check(email)
    }

    pub(crate) fn register(&self, client: ClientAddress) -> Result<(), Problem> {
        self.register.check(client.network())
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

/// What a client is told of a budget it has spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Policy {
    pub(crate) name: &'static str,
    pub(crate) count: u32,
    pub(crate) per_seconds: u64,
}

impl Policy {
    fn new(name: &'static str, budget: &Budget) -> Self {
        Self { name, count: budget.count.get(), per_seconds: budget.per.as_secs().max(1) }
    }

    fn spent(self, not_until: &NotUntil<<DefaultClock as Clock>::Instant>) -> Problem {
        let wait = not_until.wait_time_from(DefaultClock::default().now());
        Problem::rate_limited(wait.as_secs() + 1, self)
    }
}

/// One budget for everybody together.
struct Whole {
    limiter: RateLimiter<NotKeyed, InMemoryState, DefaultClock>,
    policy: Policy,
}

impl Whole {
    fn new(budget: &Budget) -> Option<Self> {
        let limiter = RateLimiter::direct(quota(budget)?);
        Some(Self { limiter, policy: Policy::new("webhook", budget) })
    }
}

/// One budget for each key of ours, such as an account; there are only so many.
struct Keyed<K: Hash + Eq + Clone> {
    limiter: Option<(DefaultKeyedRateLimiter<K>, Policy)>,
    checks: AtomicU32,
}

/// Checks between two clean-ups, which forget the keys that have their whole budget again.
const CHECKS: u32 = 100_000;

impl<K: Hash + Eq + Clone> Keyed<K> {
    fn new(name: &'static str, budget: Option<&Budget>) -> Self {
        let limiter = budget.and_then(|budget| {
            Some((RateLimiter::keyed(quota(budget)?), Policy::new(name, budget)))
        });
        Self { limiter, checks: AtomicU32::new(0) }
    }

    fn check(&self, key: &K) -> Result<(), Problem> {
        let Some((limiter, policy)) = &self.limiter else { return Ok(()) };
        if self.checks.fetch_add(1, Ordering::Relaxed) % CHECKS == CHECKS - 1 {
            limiter.retain_recent();
            limiter.shrink_to_fit();
        }
        limiter.check_key(key).map_err(|not_until| policy.spent(&not_until))
    }
}

/// One budget for each stranger, in a fixed number of slots: however many addresses come, the
/// memory is bounded. Two that meet in one slot share its budget; which do, nobody can foresee.
struct Strangers {
    slots: Keyed<u32>,
    seed: RandomState,
}

const SLOTS: u64 = 1 << 17;

impl Strangers {
    fn new(name: &'static str, budget: Option<&Budget>) -> Self {
        Self { slots: Keyed::new(name, budget), seed: RandomState::new() }
    }

    fn check(&self, stranger: impl Hash) -> Result<(), Problem> {
        let slot = self.seed.hash_one(stranger) % SLOTS;
        self.slots.check(&u32::try_from(slot).unwrap_or(u32::MAX))
    }
}

/// `20/1h` lets twenty through at once and then one every three minutes.
fn quota(budget: &Budget) -> Option<Quota> {
    let burst: NonZeroU32 = budget.count;
    Quota::with_period(budget.per / burst.get()).map(|quota| quota.allow_burst(burst))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn budget(count: u32, seconds: u64) -> Budget {
        Budget {
            count: NonZeroU32::new(count).expect("a number"),
            per: Duration::from_secs(seconds),
        }
    }

    #[test]
    fn a_million_strangers_take_no_more_memory_than_the_slots_there_are() {
        let strangers = Strangers::new("sign_in", Some(&budget(1, 3_600)));
        for number in 0..1_000_000_u32 {
            // Whether this one is let through does not matter here.
            let _ = strangers.check(number);
        }
        let (limiter, _) = strangers.slots.limiter.as_ref().expect("a limiter");
        assert!(limiter.len() <= usize::try_from(SLOTS).expect("it fits"), "{}", limiter.len());
    }

    #[test]
    fn each_key_has_its_own_budget_and_is_told_when_it_is_spent() {
        let accounts: Keyed<&str> = Keyed::new("checkout", Some(&budget(2, 3_600)));
        assert!(accounts.check(&"ada").is_ok() && accounts.check(&"ada").is_ok());
        let refused = accounts.check(&"ada").expect_err("the budget is spent");
        assert_eq!(refused.status.code, 429);
        assert!(refused.retry_after_seconds.is_some_and(|wait| (1_790..=1_801).contains(&wait)));
        assert!(accounts.check(&"eve").is_ok());
        let off: Keyed<&str> = Keyed::new("checkout", None);
        assert!((0..100).all(|_| off.check(&"ada").is_ok()));
    }
}
