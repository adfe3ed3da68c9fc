//! Names of the metrics, and the recorder that collects them.

use std::sync::LazyLock;

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

/// Counters without labels; each is present from the start, at zero.
const COUNTERS: [&str; 7] = [
    "coinslot_webhook_received_total",
    "coinslot_webhook_queued_total",
    "coinslot_webhook_duplicate_total",
    "coinslot_webhook_invalid_signature_total",
    "coinslot_webhook_rate_limited_total",
    "coinslot_webhook_dead_total",
    "coinslot_checkout_started_total",
];

const IGNORED: &str = "coinslot_webhook_ignored_total";
const PENDING: &str = "coinslot_webhook_inbox_pending";
const LAG: &str = "coinslot_webhook_inbox_lag_seconds";
const BUCKETS: [f64; 11] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 20.0];

/// One recorder a process; a host that installed its own keeps it, and ours stays empty.
static RECORDER: LazyLock<PrometheusHandle> = LazyLock::new(|| {
    let recorder =
        PrometheusBuilder::new().set_buckets(&BUCKETS).expect("there are buckets").build_recorder();
    let handle = recorder.handle();
    if metrics::set_global_recorder(recorder).is_err() {
        tracing::warn!("another metrics recorder is installed; /metrics stays empty");
        return handle;
    }
    for name in COUNTERS {
        metrics::counter!(name).absolute(0);
    }
    for reason in ["livemode", "foreign", "connect", "type"] {
        metrics::counter!(IGNORED, "reason" => reason).absolute(0);
    }
    handle
});

/// Installs the recorder, before anything is counted.
pub(crate) fn install() {
    LazyLock::force(&RECORDER);
}

/// What the inbox holds at this moment.
pub(crate) fn observe_inbox(pending: u32, lag_seconds: u32) {
    metrics::gauge!(PENDING).set(pending);
    metrics::gauge!(LAG).set(lag_seconds);
}

/// Everything in Prometheus' text form.
pub(crate) fn render() -> String {
    RECORDER.run_upkeep();
    RECORDER.render()
}
