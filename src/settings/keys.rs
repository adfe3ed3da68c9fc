//! The keys there are, and the ones somebody only thought there were.

use rocket::figment::value::Value;

use super::reader::Reader;
use super::{env, hooks, panel};

/// A key of the configuration.
pub(super) struct Key {
    pub(super) path: &'static str,
    pub(super) env: &'static [&'static str],
    secret: bool,
}

const fn key(path: &'static str, env: &'static [&'static str]) -> Key {
    Key { path, env, secret: false }
}

const fn secret(path: &'static str, env: &'static [&'static str]) -> Key {
    Key { path, env, secret: true }
}

/// Every key with the variables that set it; several for one key make a list together.
pub(super) const KEYS: &[Key] = &[
    key("databases.billing.url", &["COINSLOT_DATABASE"]),
    key("billing.public_url", &["COINSLOT_PUBLIC_URL"]),
    key("billing.mount", &["COINSLOT_MOUNT"]),
    key("billing.free_servers", &["COINSLOT_FREE_SERVERS"]),
    key("billing.grace_period", &["COINSLOT_GRACE_PERIOD"]),
    key("billing.stale_leeway", &["COINSLOT_STALE_LEEWAY"]),
    key("billing.trial_period", &["COINSLOT_TRIAL_PERIOD"]),
    key("billing.over_quota", &["COINSLOT_OVER_QUOTA"]),
    key("billing.suspend_after", &["COINSLOT_SUSPEND_AFTER"]),
    key("billing.on_dispute", &["COINSLOT_ON_DISPUTE"]),
    key("billing.reconcile_interval", &["COINSLOT_RECONCILE_INTERVAL"]),
    key("billing.return_origins", &["COINSLOT_RETURN_ORIGINS"]),
    key("billing.webhook_path", &["COINSLOT_WEBHOOK_PATH"]),
    key("billing.upgrade_url", &["COINSLOT_UPGRADE_URL"]),
    key("billing.inbox_max_attempts", &["COINSLOT_INBOX_MAX_ATTEMPTS"]),
    key("billing.games", &["COINSLOT_GAMES"]),
    key("billing.sandbox_port", &["COINSLOT_SANDBOX_PORT"]),
    secret("billing.metrics_token", &["COINSLOT_METRICS_TOKEN"]),
    key("billing.plans", &[]),
    key(hooks::KEY, &[]),
    key("billing.panel.kind", &["COINSLOT_PANEL_KIND"]),
    key("billing.panel.url", &["COINSLOT_PANEL_URL"]),
    secret("billing.panel.key", &["COINSLOT_PANEL_KEY"]),
    key("billing.panel.instance", &["COINSLOT_PANEL_INSTANCE"]),
    key("billing.panel.users", &["COINSLOT_PANEL_USERS"]),
    key(panel::TEMPLATES, &[]),
    key("billing.stripe.mode", &["COINSLOT_STRIPE_MODE"]),
    secret("billing.stripe.secret_key", &["STRIPE_SECRET_KEY"]),
    key("billing.stripe.api_base", &["STRIPE_API_BASE"]),
    key("billing.stripe.requests_per_second", &["STRIPE_REQUESTS_PER_SECOND"]),
    secret("billing.stripe.webhook_secrets", &["STRIPE_WEBHOOK_SECRETS", "STRIPE_WEBHOOK_SECRET"]),
    key("billing.stripe.webhook_events", &["STRIPE_WEBHOOK_ALLOWED_EVENTS"]),
    key("billing.stripe.allowed_prices", &["STRIPE_ALLOWED_PRICE_IDS"]),
    key("billing.stripe.portal_configuration", &["STRIPE_PORTAL_CONFIGURATION_ID"]),
    key("billing.stripe.automatic_tax", &["STRIPE_AUTOMATIC_TAX_ENABLED"]),
    key("billing.stripe.promotion_codes", &["STRIPE_PROMOTION_CODES_ENABLED"]),
    key("billing.limits.webhook_invalid", &["COINSLOT_LIMIT_WEBHOOK_INVALID"]),
    key("billing.limits.webhook", &["COINSLOT_LIMIT_WEBHOOK"]),
    key("billing.limits.sign_in", &["COINSLOT_LIMIT_SIGN_IN"]),
    key("billing.limits.register", &["COINSLOT_LIMIT_REGISTER"]),
    key("billing.limits.checkout", &["COINSLOT_LIMIT_CHECKOUT"]),
    key("billing.limits.api", &["COINSLOT_LIMIT_API"]),
];

const SECTIONS: &[&str] = &["billing", "billing.stripe", "billing.limits", panel::KEY];

/// Refuses what is configured under names that do not exist.
pub(super) fn check(reader: &mut Reader) {
    for section in SECTIONS {
        match reader.value(section).cloned() {
            None => {}
            Some(Value::Dict(_, dict)) => {
                for (name, value) in &dict {
                    let path = format!("{section}.{name}");
                    if !is_known(&path) {
                        reader.refuse_unknown(&path, value, nearest_key(&path));
                    }
                }
            }
            Some(_) => reader.refuse(section, "…", format!("write a table, [default.{section}]")),
        }
    }
    let left_over = reader.value(env::LEFT_OVER).and_then(Value::as_dict).cloned();
    for (name, value) in left_over.unwrap_or_default() {
        if let Some(nearest) = env::misspelt(&name) {
            reader.refuse_unknown(&name, &value, nearest);
        }
    }
}

/// Whether what stands under this key, or in this variable, is never shown.
pub(super) fn is_secret(name: &str) -> bool {
    let of_a_hook = name.starts_with(hooks::KEY) && name.ends_with(".secret");
    of_a_hook || KEYS.iter().any(|key| key.secret && (key.path == name || key.env.contains(&name)))
}

/// The candidate that takes the fewest edits to reach.
pub(super) fn nearest<'c>(
    word: &str,
    candidates: impl IntoIterator<Item = &'c str>,
) -> Option<&'c str> {
    candidates.into_iter().min_by_key(|candidate| strsim::damerau_levenshtein(word, candidate))
}

fn is_known(path: &str) -> bool {
    KEYS.iter().map(|key| key.path).chain(SECTIONS.iter().copied()).any(|known| known == path)
}

/// A key of the right name in another section is nearer than any spelling.
fn nearest_key(path: &str) -> &'static str {
    let ours = || KEYS.iter().map(|key| key.path).filter(|path| path.starts_with("billing."));
    let moved = ours().find(|known| last(known) == last(path));
    moved.or_else(|| nearest(path, ours())).unwrap_or_default()
}

fn last(path: &str) -> &str {
    path.rsplit_once('.').map_or(path, |(_, last)| last)
}
