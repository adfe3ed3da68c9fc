//! Names of the metrics, and the recorder that collects them.

use std::sync::{LazyLock, Mutex, PoisonError};

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
const SILENCE: &str = "coinslot_webhook_silence_seconds";
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

/// What is true at the moment somebody asks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Observed {
    /// Events that are not settled yet.
    pub(crate) pending: u32,
    /// How long the oldest of them has waited.
    pub(crate) lag_seconds: u32,
    /// How long Stripe's deliveries have stayed away; zero while they arrive.
    pub(crate) silence_seconds: u32,
}

/// Everything in Prometheus' text form.
///
/// One at a time: panels of one process share the recorder, and each is to be told its own.
pub(crate) fn render(observed: Observed) -> String {
    static TURN: Mutex<()> = Mutex::new(());
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    metrics::gauge!(PENDING).set(observed.pending);
    metrics::gauge!(LAG).set(observed.lag_seconds);
    metrics::gauge!(SILENCE).set(observed.silence_seconds);
    RECORDER.run_upkeep();
    RECORDER.render()
}
