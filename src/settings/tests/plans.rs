//! Plans from the file, prices from the environment, and what is wrong with them.

use super::{lines, read, refused};
use crate::domain::plan::{Interval, Limit, PriceName};

fn plan(id: &str, prices: &str) -> String {
    format!("[[default.billing.plans]]\nid = \"{id}\"\nname = \"P\"\nprices = {{ {prices} }}\n")
}

/// The plans as text, `id limit interval=price …`.
fn shown(toml: &str, variables: super::Pairs) -> Vec<String> {
    let plan = |plan: &crate::domain::plan::Plan| {
        let prices: Vec<String> = plan
            .prices
            .iter()
            .map(|(interval, price)| match price {
                PriceName::Id(id) => format!("{interval}=id:{id}"),
                PriceName::LookupKey(key) => format!("{interval}={key}"),
            })
            .collect();
        format!("{} {} {} {}", plan.id, plan.name, plan.limit, prices.join(" "))
    };
    read(toml, variables).plans.iter().map(plan).collect()
}

#[test]
fn without_plans_there_are_four() {
    let plans = [
        "starter Starter 3 month=starter_monthly year=starter_yearly",
        "growth Growth 10 month=growth_monthly year=growth_yearly",
        "network Network unlimited month=network_monthly year=network_yearly",
        "lifetime Lifetime 5 once=lifetime_once",
    ];
    assert_eq!(shown("", &[]), plans);
}

#[test]
fn the_file_replaces_the_plans_and_the_environment_their_prices() {
    let toml = "[[default.billing.plans]]\nid = \"big-one\"\nname = \"Big\"\nservers = 7\n\
                prices = { year = \"y\", month = \"price_m\" }\n\
                [[default.billing.plans]]\nid = \"all\"\nname = \"All\"\n";
    let variables = [
        ("STRIPE_PRICE_BIG_ONE_YEARLY", "price_y"),
        ("STRIPE_PRICE_ALL_ONCE", "all_once"),
        ("STRIPE_PRICE_ALL_MONTHLY", ""),
        ("STRIPE_PRICE_ID", "somebody else's"),
    ];
    let plans =
        ["big-one Big 7 month=id:price_m year=id:price_y", "all All unlimited once=all_once"];
    assert_eq!(shown(toml, &variables), plans);
    let lifetime = shown("", &[("STRIPE_PRICE_LIFETIME_MONTHLY", "m")]);
    assert_eq!(lifetime[3], "lifetime Lifetime 5 month=m once=lifetime_once");
    let settings = read(toml, &[("STRIPE_PRICE_ALL_ONCE", "o")]);
    assert_eq!(settings.plans[1].limit, Limit::Unlimited);
    assert_eq!(settings.plans[1].prices[0].0, Interval::Once);
}

#[test]
fn a_wrong_plan_is_refused_with_its_place() {
    let long = plan("a", "month = \"m\"").replace("\"P\"", &format!("\"{}\"", "x".repeat(61)));
    let table: Vec<(String, &str)> = vec![
        (
            plan("A b", "month = \"m\""),
            r#"billing.plans[0].id = "A b": write 1 to 40 of a-z 0-9 _ -"#,
        ),
        (
            plan("a", "month = \"m\"") + plan("a", "month = \"n\"").as_str(),
            r#"billing.plans[1].id = "a": another plan has this id; give each its own"#,
        ),
        (
            plan("a", "month = \"m\"") + plan("b", "year = \"m\"").as_str(),
            r#"billing.plans[1].prices.year = "m": billing.plans[0].prices.month names this price already; give each plan a price of its own"#,
        ),
        (
            plan("a", "month = \"price_1\", once = \"price_1\""),
            r#"billing.plans[0].prices.once = "price_1": billing.plans[0].prices.month names this price already; give each plan a price of its own"#,
        ),
        (
            plan("a", ""),
            "billing.plans[0].prices: not set: a plan needs a price for month, year or once",
        ),
        (
            plan("a", "monthly = \"m\", year = \"y\""),
            r#"billing.plans[0].prices.monthly = "m": no such key; the nearest is month"#,
        ),
        (
            plan("a", "month = \"price_/..\""),
            r#"billing.plans[0].prices.month = "price_/..": not a price id; copy it from Stripe"#,
        ),
        (
            plan("a", "month = \"\""),
            "billing.plans[0].prices.month: write a price id (price_…) or a lookup key of 1 to 200 characters",
        ),
        (
            plan("a", "month = \"m\"") + "server = 3\n",
            r#"billing.plans[0].server = "3": no such key; the nearest is servers"#,
        ),
        (
            plan("a", "month = \"m\"") + "servers = 0\n",
            r#"billing.plans[0].servers = "0": write a whole number from 1 to 1000000; leave it out for unlimited"#,
        ),
        (
            plan("a", "month = \"m\"") + "servers = 1000001\n",
            "billing.plans[0].servers = \"1000001\": write a whole number",
        ),
        (
            plan("a", "month = \"m\"").replace("name = \"P\"\n", ""),
            "billing.plans[0].name: not set: every plan has one",
        ),
        (
            plan("a", "month = \"m\"").replace("id = \"a\"\n", ""),
            "billing.plans[0].id: not set: every plan has one",
        ),
        (
            plan("a", "month = \"m\"").replace("\"P\"", "\" \""),
            "billing.plans[0].name: write a name of 1 to 60 characters",
        ),
        (long, "billing.plans[0].name = \"xxx"),
        (
            "[default.billing]\nplans = \"starter\"\n".to_owned(),
            r#"billing.plans = "…": write [[default.billing.plans]] before each plan"#,
        ),
        (
            "[default.billing]\nplans = [3]\n".to_owned(),
            r#"billing.plans[0] = "…": write [[default.billing.plans]] before each plan"#,
        ),
        (
            plan("a", "").replace("{  }", "\"m\""),
            r#"billing.plans[0].prices = "…": write { month = "starter_monthly" }"#,
        ),
    ];
    for (toml, line) in table {
        let found = lines(&refused(&toml, &[]));
        assert_eq!(found.len(), 1, "{toml}: {found:?}");
        assert!(found[0].starts_with(line), "{toml}: {found:?}");
    }
}

#[test]
fn a_variable_for_no_plan_is_refused() {
    let table = [
        (
            "STRIPE_PRICE_STRATER_MONTHLY",
            "m",
            r#"STRIPE_PRICE_STRATER_MONTHLY = "m": no such plan; the nearest is STRIPE_PRICE_STARTER_…"#,
        ),
        (
            "STRIPE_PRICE_STARTER_WEEKLY",
            "m",
            "STRIPE_PRICE_STARTER_WEEKLY = \"m\": write _MONTHLY, _YEARLY or _ONCE after the plan",
        ),
        (
            "STRIPE_PRICE_STARTER_MONTHLY",
            "growth_yearly",
            r#"billing.plans = "growth_yearly": STRIPE_PRICE_STARTER_MONTHLY names this price already; give each plan a price of its own"#,
        ),
        (
            "STRIPE_PRICE_GROWTH_ONCE",
            "starter_yearly",
            r#"STRIPE_PRICE_GROWTH_ONCE = "starter_yearly": billing.plans names this price already; give each plan a price of its own"#,
        ),
        (
            "STRIPE_PRICE_GROWTH_ONCE",
            "price_ö",
            r#"STRIPE_PRICE_GROWTH_ONCE = "price_ö": not a price id; copy it from Stripe"#,
        ),
    ];
    for (variable, value, line) in table {
        assert_eq!(lines(&refused("", &[(variable, value)])), [line]);
    }
}
