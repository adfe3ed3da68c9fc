//! What stops a start, in the words the operator reads.

use super::{lines, refused, refused_in};

#[test]
fn a_wrong_value_is_named_with_its_key_and_what_is_allowed() {
    let duration = "not a duration; write 90s, 15m, 12h or 7d";
    let limit = "not a limit; write 20/1h, 1000/1s (at most 1000000) or off";
    let site = "write scheme, host and port only, such as https://panel.example.com";
    let flag = "write true or false";
    let table = [
        (
            "COINSLOT_DATABASE",
            "postgres://h/d",
            "databases.billing.url",
            "write the path of the SQLite file, such as coinslot.db",
        ),
        ("COINSLOT_PUBLIC_URL", "https://a.example/panel", "billing.public_url", site),
        (
            "COINSLOT_FREE_SERVERS",
            "10001",
            "billing.free_servers",
            "write a whole number from 0 to 10000",
        ),
        ("COINSLOT_GRACE_PERIOD", "7 fortnights", "billing.grace_period", duration),
        ("COINSLOT_STALE_LEEWAY", "7", "billing.stale_leeway", duration),
        (
            "COINSLOT_TRIAL_PERIOD",
            "731d",
            "billing.trial_period",
            "Stripe takes whole days, 1d to 730d; leave the key out for no trial",
        ),
        ("COINSLOT_OVER_QUOTA", "delete", "billing.over_quota", "write freeze or suspend_excess"),
        ("COINSLOT_SUSPEND_AFTER", "4000d", "billing.suspend_after", "longer than 3650d"),
        ("COINSLOT_ON_DISPUTE", "Freeze", "billing.on_dispute", "write freeze, alert or suspend"),
        ("COINSLOT_RECONCILE_INTERVAL", "off", "billing.reconcile_interval", duration),
        ("COINSLOT_RETURN_ORIGINS", "*", "billing.return_origins", site),
        (
            "COINSLOT_WEBHOOK_PATH",
            "/login",
            "billing.webhook_path",
            "/login has other pages; choose a path outside it",
        ),
        (
            "COINSLOT_UPGRADE_URL",
            "/up",
            "billing.upgrade_url",
            "write an address such as https://shop.example.com/upgrade?for={account}",
        ),
        (
            "COINSLOT_INBOX_MAX_ATTEMPTS",
            "0",
            "billing.inbox_max_attempts",
            "write a whole number from 1 to 100",
        ),
        (
            "STRIPE_REQUESTS_PER_SECOND",
            "0",
            "billing.stripe.requests_per_second",
            "write a whole number from 1 to 10000",
        ),
        ("COINSLOT_GAMES", "a\nb", "billing.games", "write a name of 1 to 40 characters"),
        (
            "COINSLOT_SANDBOX_PORT",
            "8000",
            "billing.sandbox_port",
            "the panel's own port: choose another",
        ),
        (
            "COINSLOT_SANDBOX_PORT",
            "70000",
            "billing.sandbox_port",
            "write a whole number from 0 to 65535",
        ),
        ("COINSLOT_STRIPE_MODE", "live", "billing.stripe.mode", "write stripe or sandbox"),
        (
            "STRIPE_API_BASE",
            "http://127.0.0.1:1",
            "billing.stripe.api_base",
            "the sandbox has an address of its own: unset this, or set STRIPE_SECRET_KEY",
        ),
        (
            "STRIPE_WEBHOOK_ALLOWED_EVENTS",
            "*",
            "billing.stripe.webhook_events",
            "write event types, such as customer.subscription.updated",
        ),
        (
            "STRIPE_ALLOWED_PRICE_IDS",
            "a/b",
            "billing.stripe.allowed_prices",
            "write price ids, such as price_…",
        ),
        (
            "STRIPE_PORTAL_CONFIGURATION_ID",
            "pc_1",
            "billing.stripe.portal_configuration",
            "write a portal configuration's id, bpc_…",
        ),
        ("STRIPE_AUTOMATIC_TAX_ENABLED", "yes", "billing.stripe.automatic_tax", flag),
        ("STRIPE_PROMOTION_CODES_ENABLED", "1", "billing.stripe.promotion_codes", flag),
        ("COINSLOT_LIMIT_WEBHOOK_INVALID", "60", "billing.limits.webhook_invalid", limit),
        ("COINSLOT_LIMIT_WEBHOOK", "0/1s", "billing.limits.webhook", limit),
        ("COINSLOT_LIMIT_SIGN_IN", "1/0s", "billing.limits.sign_in", limit),
        ("COINSLOT_LIMIT_REGISTER", "none", "billing.limits.register", limit),
        ("COINSLOT_LIMIT_CHECKOUT", "1/1w", "billing.limits.checkout", limit),
        ("COINSLOT_LIMIT_API", "1000001/1s", "billing.limits.api", limit),
    ];
    for (variable, value, key, reason) in table {
        let found = refused("", &[(variable, value)]);
        assert_eq!(lines(&found), [format!("{key} = {value:?}: {reason}")], "{variable}");
    }
}

#[test]
fn a_wrong_secret_is_named_and_not_shown() {
    let key = "write a secret key (sk_test_…, sk_live_…) or a restricted one (rk_…)";
    let table = [
        ("STRIPE_SECRET_KEY", "pk_live_hidden", "billing.stripe.secret_key", "pk_live_…", key),
        ("STRIPE_SECRET_KEY", "hidden", "billing.stripe.secret_key", "…", key),
        ("STRIPE_SECRET_KEY", "sk_live_hidden\r\nx", "billing.stripe.secret_key", "sk_live_…", key),
        ("STRIPE_SECRET_KEY", "sk_test_", "billing.stripe.secret_key", "sk_test_…", key),
        (
            "STRIPE_WEBHOOK_SECRET",
            "hidden",
            "billing.stripe.webhook_secrets",
            "…",
            "write the endpoint's signing secret, whsec_…",
        ),
        (
            "COINSLOT_METRICS_TOKEN",
            "hidden words",
            "billing.metrics_token",
            "…",
            "write printable ASCII characters without spaces",
        ),
        (
            "COINSLOT_METRICS_TOKNE",
            "hidden",
            "COINSLOT_METRICS_TOKNE",
            "…",
            "no such key; the nearest is COINSLOT_METRICS_TOKEN",
        ),
        (
            "STRIPE_PRICE_FOO_MONTHLY",
            "sk_live_hidden",
            "STRIPE_PRICE_FOO_MONTHLY",
            "sk_live_…",
            "no such plan; the nearest is STRIPE_PRICE_GROWTH_…",
        ),
    ];
    for (variable, value, key, shown, reason) in table {
        let found = refused("", &[(variable, value)]);
        assert_eq!(lines(&found), [format!("{key} = {shown:?}: {reason}")], "{variable}");
    }
}

#[test]
fn a_key_that_does_not_exist_is_named_with_the_nearest() {
    let table = [
        (
            "[default.billing]\ngrace_perod = \"7d\"",
            r#"billing.grace_perod = "7d": no such key; the nearest is billing.grace_period"#,
        ),
        (
            "[default.billing]\nsecret_key = \"hidden\"",
            r#"billing.secret_key = "…": no such key; the nearest is billing.stripe.secret_key"#,
        ),
        (
            "[default.billing]\ncurrency = \"eur\"",
            r#"billing.currency = "eur": no such key; the nearest is billing."#,
        ),
        (
            "[default.billing.stripe]\nwebhook_secret = \"hidden\"",
            r#"billing.stripe.webhook_secret = "…": no such key; the nearest is billing.stripe.webhook_secrets"#,
        ),
        (
            "[default.billing.limits]\nsignin = \"off\"",
            r#"billing.limits.signin = "off": no such key; the nearest is billing.limits.sign_in"#,
        ),
        (
            "[default.billing.limit]\napi = \"off\"",
            r#"billing.limit = "…": no such key; the nearest is billing."#,
        ),
        (
            "[default.billing]\nstripe = \"sk_live_hidden\"",
            r#"billing.stripe = "…": write a table, [default.billing.stripe]"#,
        ),
        ("[default]\nbilling = 3", r#"billing = "…": write a table, [default.billing]"#),
        (
            "[default.billing]\ngrace_period = [\"7d\"]",
            r#"billing.grace_period = "…": write one value"#,
        ),
        (
            "[billing]\ngrace_period = \"7d\"",
            "[billing]: a profile of this name is never read; write [default.billing]",
        ),
        ("[default]\nport = 70000", r#"port = "70000": write a whole number from 0 to 65535"#),
        (
            "[default]\nport = 65535",
            "billing.sandbox_port: not set: there is no port after 65535: set one",
        ),
        (
            "[default.billing.stripe]\nwebhook_events = []",
            "billing.stripe.webhook_events: not set: name event types, or leave it out for the handled ones",
        ),
    ];
    for (toml, line) in table {
        let found = lines(&refused(toml, &[]));
        assert_eq!(found.len(), 1, "{toml}: {found:?}");
        assert!(found[0].starts_with(line), "{toml}: {found:?}");
    }
    let found = lines(&refused("", &[("COINSLOT_GRACE_PEROID", "7d")]));
    assert_eq!(
        found,
        [r#"COINSLOT_GRACE_PEROID = "7d": no such key; the nearest is COINSLOT_GRACE_PERIOD"#]
    );
}

#[test]
fn keys_modes_and_addresses_that_contradict_each_other_are_refused() {
    let (key, base, mode) = ("STRIPE_SECRET_KEY", "STRIPE_API_BASE", "COINSLOT_STRIPE_MODE");
    let no_key = "billing.stripe.secret_key: not set: set STRIPE_SECRET_KEY";
    let both = r"which takes no key: unset one of the two";
    let alone = r"a live key is sent to https://api.stripe.com only";
    let table: &[(&str, super::Pairs, &str)] = &[
        (
            "release",
            &[],
            "billing.stripe.secret_key: not set: set STRIPE_SECRET_KEY, or billing.stripe.mode = \"sandbox\" to run on the sandbox",
        ),
        ("release", &[(mode, "stripe")], no_key),
        ("debug", &[(mode, "stripe")], no_key),
        ("debug", &[(mode, "sandbox"), (key, "sk_live_hidden")], both),
        ("debug", &[(mode, "sandbox"), (key, "sk_test_hidden")], both),
        (
            "debug",
            &[(mode, "sandbox"), (base, "http://127.0.0.1:1")],
            "unset this, or set STRIPE_SECRET_KEY",
        ),
        ("debug", &[(key, "sk_live_hidden"), (base, "http://127.0.0.1:1")], alone),
        ("debug", &[(key, "rk_live_hidden"), (base, "http://api.stripe.com")], alone),
        ("debug", &[(key, "rk_live_hidden"), (base, "https://api.stripe.com.evil.example")], alone),
    ];
    for (profile, pairs, line) in table {
        let found = lines(&refused_in(profile, "", pairs));
        assert_eq!(found.len(), 1, "{pairs:?}: {found:?}");
        assert!(found[0].ends_with(line), "{pairs:?}: {found:?}");
        assert!(!found[0].contains("hidden"), "{found:?}");
    }
}

#[test]
fn every_problem_is_named_in_one_go() {
    let toml = "[default.billing]\ngrace_period = \"x\"\nnonsense = 1\n\
                [[default.billing.plans]]\nid = \"a\"\nname = \"A\"\n";
    let pairs = [("STRIPE_SECRET_KEY", "hidden"), ("COINSLOT_LIMIT_API", "x")];
    let found = refused(toml, &pairs);
    let keys: Vec<&str> = found.iter().map(|problem| problem.key.as_str()).collect();
    let expected = [
        "billing.nonsense",
        "billing.grace_period",
        "billing.plans[0].prices",
        "billing.stripe.secret_key",
        "billing.limits.api",
    ];
    assert_eq!(keys, expected);
    let json = serde_json::to_value(&found[1]).expect("a problem is JSON");
    let reason = "not a duration; write 90s, 15m, 12h or 7d";
    let wanted =
        serde_json::json!({ "key": "billing.grace_period", "value": "x", "reason": reason });
    assert_eq!(json, wanted);
}

#[test]
fn a_file_that_is_no_toml_is_refused_without_quoting_it() {
    let found = lines(&refused("[default.billing.stripe]\nsecret_key = \"sk_live_hidden\n", &[]));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("line 2") && !found[0].contains("hidden"), "{found:?}");
}
