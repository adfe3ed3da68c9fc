//! Every key: its default, from the file, from the environment.

use rocket::figment::providers::Serialized;
use rocket::figment::value::Value;
use secrecy::ExposeSecret;

use super::super::env::overlay;
use super::super::keys::KEYS;
use super::super::stripe::HANDLED_EVENTS;
use super::super::{Budget, Settings, StripeSource};
use super::{figment, read};
use crate::domain::ids::AccountId;

/// A key, its default as shown, what the file says, what a variable says, and how both are shown.
type Row =
    (&'static str, fn(&Settings) -> String, &'static str, &'static str, &'static str, &'static str);

const KEY: &str = "sk_test_1";

fn secrets(secrets: &[secrecy::SecretString]) -> String {
    secrets.iter().map(|secret| secret.expose_secret().to_owned()).collect::<Vec<_>>().join(" ")
}

fn budget(budget: Option<Budget>) -> String {
    budget.map_or("off".to_owned(), |budget| format!("{}/{:?}", budget.count, budget.per))
}

#[rustfmt::skip]
const TABLE: &[Row] = &[
    ("databases.billing.url", |s| s.database.display().to_string(), "coinslot.db", r#""a.db""#, "a.db", "a.db"),
    ("billing.public_url", |s| s.origin(), "http://127.0.0.1:8000", r#""https://a.example/""#, "https://a.example", "https://a.example"),
    ("billing.mount", |s| s.page("/billing"), "http://127.0.0.1:8000/billing", r#""/shop""#, "/shop", "http://127.0.0.1:8000/shop/billing"),
    ("billing.free_servers", |s| s.policy.free_servers.to_string(), "1", "0", "0", "0"),
    ("billing.grace_period", |s| format!("{:?}", s.policy.grace_period), "604800s", r#""90s""#, "90s", "90s"),
    ("billing.stale_leeway", |s| format!("{:?}", s.policy.stale_leeway), "259200s", r#""15m""#, "15m", "900s"),
    ("billing.trial_period", |s| format!("{:?}", s.trial_days), "None", r#""14d""#, "14d", "Some(14)"),
    ("billing.over_quota", |s| format!("{:?}", s.over_quota), "Freeze", r#""suspend_excess""#, "suspend_excess", "SuspendExcess"),
    ("billing.suspend_after", |s| format!("{:?}", s.suspend_after), "604800s", r#""0s""#, "0s", "0ns"),
    ("billing.on_dispute", |s| format!("{:?}", s.policy.on_dispute), "Freeze", r#""suspend""#, "suspend", "Suspend"),
    ("billing.reconcile_interval", |s| format!("{:?}", s.reconcile_interval), "Some(420s)", r#""0s""#, "0s", "None"),
    ("billing.return_origins", |s| s.return_origins.join(" "), "http://127.0.0.1:8000", r#"["https://a.example/", "http://b.example:81"]"#, "https://a.example, http://b.example:81", "https://a.example http://b.example:81"),
    ("billing.webhook_path", |s| s.webhook_path.clone(), "/api/billing/webhook", r#""/hook""#, "/hook", "/hook"),
    ("billing.upgrade_url", |s| s.upgrade_url.clone(), "http://127.0.0.1:8000/billing/plans", r#""https://a.example/{account}""#, "https://a.example/{account}", "https://a.example/{account}"),
    ("billing.inbox_max_attempts", |s| s.inbox_max_attempts.to_string(), "12", "3", "3", "3"),
    ("billing.games", |s| s.games.join("|"), "", r#"["Rust", "ARK: Survival"]"#, "Rust,ARK: Survival,", "Rust|ARK: Survival"),
    ("billing.sandbox_port", |s| s.sandbox_port.to_string(), "8001", "9000", "9000", "9000"),
    ("billing.metrics_token", |s| format!("{:?}", s.metrics_token.as_ref().map(ExposeSecret::expose_secret)), "None", r#""0123""#, "0123", r#"Some("0123")"#),
    ("billing.stripe.mode", |s| format!("{:?}", s.stripe.source), "Stripe", r#""stripe""#, "stripe", "Stripe"),
    ("billing.stripe.secret_key", |s| format!("{:?}", s.stripe.secret_key.as_ref().map(ExposeSecret::expose_secret)), r#"Some("sk_test_1")"#, r#""rk_live_2""#, "rk_live_2", r#"Some("rk_live_2")"#),
    ("billing.stripe.api_base", |s| s.stripe.api_base.clone(), "https://api.stripe.com", r#""http://127.0.0.1:12111/""#, "http://127.0.0.1:12111/", "http://127.0.0.1:12111"),
    ("billing.stripe.requests_per_second", |s| s.stripe.requests_per_second.to_string(), "20", "80", "80", "80"),
    ("billing.stripe.webhook_secrets", |s| secrets(&s.stripe.webhook_secrets), "", r#"["whsec_a", "whsec_b"]"#, "whsec_a,whsec_b", "whsec_a whsec_b"),
    ("billing.stripe.webhook_events", |s| s.stripe.webhook_events.join(" "), "", r#"["invoice.paid", "charge.refunded"]"#, "invoice.paid,charge.refunded", "charge.refunded invoice.paid"),
    ("billing.stripe.allowed_prices", |s| format!("{:?}", s.stripe.allowed_prices), "None", r#"["price_1"]"#, "price_1", r#"Some([PriceId("price_1")])"#),
    ("billing.stripe.portal_configuration", |s| format!("{:?}", s.stripe.portal_configuration), "None", r#""bpc_123""#, "bpc_123", r#"Some("bpc_123")"#),
    ("billing.stripe.automatic_tax", |s| s.stripe.automatic_tax.to_string(), "false", "true", "true", "true"),
    ("billing.stripe.promotion_codes", |s| s.stripe.promotion_codes.to_string(), "false", "true", "true", "true"),
    ("billing.limits.webhook_invalid", |s| budget(s.limits.webhook_invalid), "60/60s", r#""1/2s""#, "1/2s", "1/2s"),
    ("billing.limits.webhook", |s| budget(s.limits.webhook), "1000/1s", r#""off""#, "off", "off"),
    ("billing.limits.sign_in", |s| budget(s.limits.sign_in), "10/60s", r#""1/2s""#, "1/2s", "1/2s"),
    ("billing.limits.register", |s| budget(s.limits.register), "20/3600s", r#""1/2s""#, "1/2s", "1/2s"),
    ("billing.limits.checkout", |s| budget(s.limits.checkout), "20/3600s", r#""1/2s""#, "1/2s", "1/2s"),
    ("billing.limits.api", |s| budget(s.limits.api), "100/1s", r#""1/2s""#, "1/2s", "1/2s"),
];

#[test]
fn every_key_has_a_default_and_is_read_from_file_and_environment() {
    let keyed = [("STRIPE_SECRET_KEY", KEY)];
    for (path, show, default, in_file, in_variable, shown) in TABLE {
        let default = match *path {
            "billing.stripe.webhook_events" => &HANDLED_EVENTS.join(" "),
            _ => *default,
        };
        assert_eq!(show(&read("", &keyed)), default, "{path}: default");

        let (section, name) = path.rsplit_once('.').expect("a path");
        let toml = format!("[default.{section}]\n{name} = {in_file}\n");
        let keyed = if *path == "billing.stripe.secret_key" { &keyed[..0] } else { &keyed[..] };
        assert_eq!(show(&read(&toml, keyed)), *shown, "{path}: file");

        let key = KEYS.iter().find(|key| key.path == *path).expect(path);
        for variable in key.env {
            let pairs = [keyed, &[(*variable, *in_variable)]].concat();
            assert_eq!(show(&read("", &pairs)), *shown, "{variable}");
            let pairs = [keyed, &[(*variable, " ")]].concat();
            assert_eq!(show(&read(&toml, &pairs)), *shown, "{variable}: empty is unset");
        }
    }
}

#[test]
fn the_table_above_has_every_key() {
    let missing: Vec<_> = KEYS
        .iter()
        .map(|key| key.path)
        .filter(|path| !["billing.plans", "billing.hooks"].contains(path))
        .filter(|path| !TABLE.iter().any(|row| row.0 == *path))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn the_environment_wins_over_every_section_of_the_file() {
    let toml = "[default.billing]\ngrace_period = \"1s\"\nfree_servers = 5\n\
                [debug.billing]\ngrace_period = \"2s\"\n\
                [global.billing]\ngrace_period = \"3s\"\n";
    let settings = read(toml, &[("COINSLOT_GRACE_PERIOD", "4s")]);
    assert_eq!(settings.policy.grace_period.as_secs(), 4);
    assert_eq!(settings.policy.free_servers, 5);
    assert_eq!(read(toml, &[]).policy.grace_period.as_secs(), 3);
}

#[test]
fn rockets_own_variables_reach_our_keys() {
    let value: Value = "{grace_period=3d,stripe={automatic_tax=true},games=[a,b]}"
        .parse()
        .unwrap_or_else(|never: std::convert::Infallible| match never {});
    let rocket = figment("debug", "", &[]).merge(Serialized::global("billing", value));
    let settings = Settings::read(&rocket).expect("valid settings");
    assert_eq!(settings.policy.grace_period.as_secs(), 3 * 86_400);
    assert!(settings.stripe.automatic_tax);
    assert_eq!(settings.games, ["a", "b"]);

    let ours = overlay(rocket, [("COINSLOT_GRACE_PERIOD".to_owned(), "1d".to_owned())]);
    let settings = Settings::read(&ours).expect("valid settings");
    assert_eq!(settings.policy.grace_period.as_secs(), 86_400);
}

#[test]
fn what_a_variable_holds_is_text() {
    let pairs = [
        ("COINSLOT_METRICS_TOKEN", "[00123,{}]"),
        ("STRIPE_PRICE_STARTER_MONTHLY", "0123"),
        ("COINSLOT_DATABASE", "{x}.db"),
    ];
    let settings = read("", &pairs);
    let token = settings.metrics_token.as_ref().map(ExposeSecret::expose_secret);
    assert_eq!(token, Some("[00123,{}]"));
    assert_eq!(settings.plans[0].prices[0].1.as_str(), "0123");
    assert_eq!(settings.database.display().to_string(), "{x}.db");
}

#[test]
fn both_variables_for_webhook_secrets_count() {
    let pairs =
        [("STRIPE_WEBHOOK_SECRETS", "whsec_a, whsec_b"), ("STRIPE_WEBHOOK_SECRET", "whsec_c")];
    assert_eq!(secrets(&read("", &pairs).stripe.webhook_secrets), "whsec_a whsec_b whsec_c");
}

#[test]
fn addresses_follow_the_port() {
    let settings = read("[default]\nport = 9000\n", &[]);
    assert_eq!(settings.page("/servers"), "http://127.0.0.1:9000/servers");
    assert_eq!(settings.return_origins, ["http://127.0.0.1:9000"]);
    assert_eq!(settings.sandbox_port, 9001);
    assert_eq!(settings.stripe.api_base, "http://127.0.0.1:9001");
    assert_eq!(read("[default]\nport = 0\n", &[]).sandbox_port, 0);
}

#[test]
fn an_upgrade_address_names_the_account() {
    let settings = read("", &[("COINSLOT_UPGRADE_URL", "https://a.example/?for={account}")]);
    let account = AccountId::new("user:42").expect("an account id");
    assert_eq!(settings.upgrade_url_for(&account), "https://a.example/?for=user:42");
}

#[test]
fn the_pools_find_their_database() {
    for (pairs, url) in [(&[][..], "coinslot.db"), (&[("COINSLOT_DATABASE", "x.db")], "x.db")] {
        let found: String =
            figment("debug", "", pairs).extract_inner("databases.billing.url").expect("a url");
        assert_eq!(found, url);
    }
}

#[test]
fn without_a_key_the_sandbox_stands_in_outside_release() {
    let settings = read("", &[]);
    assert_eq!(settings.stripe.source, StripeSource::Sandbox);
    assert!(settings.stripe.secret_key.is_none());
    let asked = figment("release", "", &[("COINSLOT_STRIPE_MODE", "sandbox")]);
    let settings = Settings::read(&asked).expect("valid settings");
    assert_eq!(settings.stripe.source, StripeSource::Sandbox);
    let keyed = figment("release", "", &[("STRIPE_SECRET_KEY", "sk_live_1")]);
    let settings = Settings::read(&keyed).expect("valid settings");
    assert_eq!(settings.stripe.source, StripeSource::Stripe);
}

#[test]
fn hooks_are_no_unknown_key() {
    read(
        "[[default.billing.hooks]]\nurl = \"https://a.example\"\nsecret = \"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\"\n",
        &[],
    );
}

#[test]
fn handled_events_are_sorted_and_each_there_once() {
    assert!(HANDLED_EVENTS.is_sorted_by(|one, next| one < next));
}

#[test]
fn debug_shows_no_secret() {
    let pairs = [
        ("STRIPE_SECRET_KEY", "sk_test_hidden1"),
        ("STRIPE_WEBHOOK_SECRETS", "whsec_hidden2,whsec_hidden3"),
        ("COINSLOT_METRICS_TOKEN", "hidden4"),
    ];
    let shown = format!("{:?}", read("", &pairs));
    assert!(!shown.contains("hidden"), "{shown}");
}
