//! `check` names everything and changes nothing.

use serde_json::json;

use super::{Shop, keys};

#[tokio::test]
async fn a_good_configuration_passes_before_and_after_the_database_is_made() {
    let shop = Shop::open();
    assert_eq!(shop.types(&["check"]).await, Ok("Everything is in order.\n".to_owned()));
    assert!(!shop.database().exists());
    shop.store().await.close().await;
    assert_eq!(shop.json(&["check", "--json"]).await, json!({"problems": []}));
}

#[tokio::test]
async fn every_problem_is_named_at_once() {
    let shop = Shop::with(
        "[default]
        workers = \"many\"
        address = \"here\"
        [default.databases.billing]
        url = \"/nowhere/to/be/found.db\"
        [default.billing]
        grace_period = \"a week\"
        free_servrs = 2
        [default.billing.stripe]
        secret_key = \"hunter2\"",
    );
    let (said, failure) = shop.types_in(&["check"], "").await;
    assert_eq!(failure.as_deref(), Some("coinslot: there are 6 problems\n"), "{said}");
    for start in [
        "address: invalid IP address",
        "workers: invalid type",
        "databases.billing.url = \"/nowhere/to/be/found.db\": it cannot be created",
        "billing.grace_period = \"a week\": ",
        "billing.free_servrs = \"2\": no such key; the nearest is billing.free_servers",
        "billing.stripe.secret_key = \"…\": ",
    ] {
        assert!(said.lines().any(|line| line.starts_with(start)), "{start} in {said}");
    }
    assert_eq!(said.lines().count(), 6, "{said}");

    let (said, failure) = shop.types_in(&["check", "--json"], "").await;
    assert!(failure.is_some());
    let report: serde_json::Value = serde_json::from_str(&said).expect("JSON");
    let problems = report["problems"].as_array().expect("a list");
    assert_eq!(problems.len(), 6);
    for problem in problems {
        assert_eq!(keys(problem), ["key", "reason", "value"]);
    }
}

#[tokio::test]
async fn a_file_that_is_no_database_is_a_problem() {
    let shop = Shop::open();
    std::fs::write(shop.database(), "dear diary, ".repeat(100)).expect("a file");
    let (said, failure) = shop.types_in(&["check"], "").await;
    assert!(said.starts_with("databases.billing.url = "), "{said}");
    assert!(said.contains("not a database"), "{said}");
    assert_eq!(failure.as_deref(), Some("coinslot: there is 1 problem\n"));
}

#[tokio::test]
async fn stripe_is_asked_only_when_told_to() {
    let shop = Shop::open();
    let (said, failure) = shop.types_in(&["check", "--stripe"], "").await;
    let start = "billing.stripe.api_base = \"http://127.0.0.1:9\": Stripe is unavailable";
    assert!(said.starts_with(start), "{said}");
    assert!(failure.is_some());
}

#[tokio::test]
async fn a_wrong_configuration_stops_every_other_command_with_a_line_a_problem() {
    let shop = Shop::with("[default.billing]\ngrace_period = \"a week\"\nfree_servers = \"none\"");
    for arguments in [&["serve"][..], &["token", "list"], &["account", "acc_1"]] {
        let failure = shop.types(arguments).await.expect_err("a wrong configuration");
        assert_eq!(failure.lines().count(), 2, "{failure}");
        let named = |line: &str| line.starts_with("coinslot: billing.");
        assert!(failure.lines().all(named), "{failure}");
    }
    assert!(!shop.database().exists());
}

#[tokio::test]
async fn a_file_that_is_no_toml_is_one_problem_and_not_quoted() {
    let shop = Shop::with("[default\nmetrics_token = \"hunter2\"");
    let (said, failure) = shop.types_in(&["check"], "").await;
    assert_eq!(failure.as_deref(), Some("coinslot: there is 1 problem\n"), "{said}");
    assert!(!said.contains("hunter2"), "{said}");
}
