//! The key is refused, and works again: found out by a probe, without a restart.

use std::sync::Arc;
use std::time::Duration;

use rocket::figment::Figment;
use rocket::http::Method;
use rocket::local::asynchronous::Client;
use serde_json::json;

use super::{Api, NOW, NobodysPanel};
use crate::clock::Clock;
use crate::flows::{Billing, tokens};
use crate::metrics::{self, CallLabels};
use crate::panels::hooks::Courier;
use crate::sandbox::{CataloguePrice, Delivery, Fault, FaultKind, Interval, Options, Sandbox};
use crate::settings::Settings;
use crate::store::Store;
use crate::store::tokens::Scope;
use crate::stripe::{self, Stripe, StripeConfig};
use crate::testing::Log;
use crate::web;

const KEY: &str = "sk_test_of_the_circuit";
/// The real one is a minute.
const HOLD: Duration = Duration::from_millis(80);

async fn sandbox() -> Sandbox {
    Sandbox::start(Options {
        port: 0,
        secret_key: KEY.to_owned(),
        webhook_url: None,
        webhook_secret: "whsec_of_the_circuit".to_owned(),
        state_file: None,
        catalogue: vec![CataloguePrice {
            price_id: None,
            lookup_key: Some("starter_monthly".to_owned()),
            product: "Starter".to_owned(),
            currency: "eur".to_owned(),
            unit_amount: 500,
            interval: Some(Interval::Month),
        }],
        start_at: Some(NOW.0),
        delivery: Delivery::Held,
    })
    .await
    .expect("a sandbox")
}

/// The API on that sandbox, with a short hold.
async fn open(sandbox: &Sandbox) -> Api {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let figment = Figment::from(rocket::Config::debug_default())
        .merge(("log_level", "off"))
        .merge(("databases.billing.url", folder.path().join("coinslot.db")))
        .merge(("billing.limits.checkout", "off"))
        .merge(("billing.stripe.secret_key", KEY))
        .merge(("billing.stripe.api_base", sandbox.base_url()));
    let settings = Settings::read(&figment).expect("a good configuration");
    let config = StripeConfig {
        secret_key: KEY.into(),
        api_base: sandbox.base_url(),
        requests_per_second: settings.stripe.requests_per_second,
    };
    let store = Store::open(&settings.database).await.expect("a database");
    let (stripe, clock) = (Stripe::probing(config, HOLD), Clock::frozen(NOW));
    let courier = Courier::new(stripe::tls().expect("ring knows the versions"));
    let billing =
        Billing::new(store, stripe, courier, None, Arc::new(NobodysPanel), clock, settings);
    billing.refresh_catalogue().await;
    let (_, panel) = tokens::create(&billing, "panel", Scope::Panel).await.expect("a token");
    let (_, admin) = tokens::create(&billing, "admin", Scope::Admin).await.expect("a token");
    metrics::install(&CallLabels { ops: &stripe::OPS, outcomes: &stripe::OUTCOMES });
    let client = Client::untracked(web::mount(rocket::custom(figment), billing)).await;
    Api { client: client.expect("it starts"), panel, admin, _folder: folder }
}

#[tokio::test]
async fn a_key_that_works_again_is_found_out_by_a_probe_with_one_alert_in_all() {
    let log = Log::of_this_thread();
    let sandbox = sandbox().await;
    let api = open(&sandbox).await;
    api.account("ada").await;
    let begin = async || {
        let body = json!({ "plan": "starter", "interval": "month" });
        api.send(&api.panel, Method::Post, "/accounts/ada/checkout", &body.to_string()).await
    };
    sandbox.fail_next(Fault {
        method: None,
        path_prefix: "/v1/".to_owned(),
        times: u32::MAX,
        kind: FaultKind::Status(401, None),
    });
    for probed in [false, false, true, true] {
        if probed {
            tokio::time::sleep(HOLD).await;
        }
        assert_eq!(begin().await.code(), (503, "stripe_unavailable"));
        assert!(api.billing().stripe.circuit_open());
    }
    sandbox.clear_faults();
    tokio::time::sleep(HOLD).await;
    let begun = begin().await;
    assert_eq!(begun.status, 201, "{}", begun.body);
    assert!(!api.billing().stripe.circuit_open());
    assert_eq!(begin().await.status, 201);
    let log = log.text();
    assert_eq!(log.matches("ERROR").count(), 1, "{log}");
    assert_eq!(log.matches("accepts the secret key again").count(), 1, "{log}");
}
