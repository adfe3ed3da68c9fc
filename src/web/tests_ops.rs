//! Readiness, as a load balancer asks for it.

use std::sync::Arc;
use std::time::Duration;

use rocket::Request;
use rocket::figment::Figment;
use rocket::local::asynchronous::Client;
use tokio::time::Instant;

use crate::flows::Billing;
use crate::panel::{Panel, Visitor};
use crate::stage::{BackgroundWork, stage};

struct NobodysPanel;

#[rocket::async_trait]
impl Panel for NobodysPanel {
    async fn visitor(&self, _: &Request<'_>) -> Option<Visitor> {
        None
    }
}

#[tokio::test]
async fn a_panel_whose_worker_has_stopped_is_not_ready() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let figment = Figment::from(rocket::Config::debug_default())
        .merge(("log_level", "off"))
        .merge(("databases.billing.url", folder.path().join("coinslot.db")))
        .merge(("billing.stripe.secret_key", "sk_test_1234567890"))
        .merge(("billing.stripe.api_base", "http://127.0.0.1:9"));
    let gate = stage(NobodysPanel).background_work(BackgroundWork::ByHand);
    let client = Client::untracked(rocket::custom(figment).attach(gate)).await.expect("it starts");
    let billing = client.rocket().state::<Arc<Billing>>().expect("it is staged");
    let ready = async || client.get("/readyz").dispatch().await.status().code;

    assert_eq!(ready().await, 200, "nobody is missed where nobody works");
    let minute_ago = Instant::now().checked_sub(Duration::from_mins(1)).expect("the machine runs");
    billing.pulse.beat_at(minute_ago);
    assert_eq!(ready().await, 503);
    assert_eq!(client.get("/healthz").dispatch().await.status().code, 200);
    billing.pulse.beat();
    assert_eq!(ready().await, 200);
}
