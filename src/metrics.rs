//! Names of the metrics, and the recorder that collects them.

use std::sync::{Mutex, OnceLock, PoisonError};

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

use crate::domain::change::Kind;
use crate::domain::drift::Drift;
use crate::domain::entitlement::Reason;

/// Counters without labels and what they count.
const COUNTERS: [(&str, &str); 19] = [
    ("coinslot_webhook_received_total", "Deliveries that reached the webhook."),
    ("coinslot_webhook_queued_total", "Events committed to the inbox."),
    ("coinslot_webhook_duplicate_total", "Events that were in the inbox already."),
    ("coinslot_webhook_invalid_signature_total", "Deliveries refused for what they carried."),
    ("coinslot_webhook_rate_limited_total", "Deliveries refused for their number."),
    ("coinslot_webhook_dead_total", "Events given up after the last attempt."),
    ("coinslot_checkout_started_total", "Checkout Sessions opened."),
    ("coinslot_checkout_completed_total", "Checkout Sessions that were paid."),
    ("coinslot_invoice_paid_total", "Invoices that were paid."),
    ("coinslot_invoice_failed_total", "Attempts to pay an invoice that failed."),
    ("coinslot_invoice_action_required_total", "Attempts that wait for the customer."),
    ("coinslot_dunning_entered_total", "Subscriptions whose renewal was not paid."),
    ("coinslot_dunning_recovered_total", "Those of them that were paid after all."),
    ("coinslot_sca_entered_total", "Payments that came to wait for 3-D Secure."),
    ("coinslot_sca_completed_total", "Those of them that were confirmed."),
    ("coinslot_reconcile_run_total", "Reconcile passes that came to their end."),
    ("coinslot_plan_change_error_total", "Changes of plan that Stripe did not make."),
    ("coinslot_downgrade_scheduled_total", "Changes of plan put off to the period's end."),
    ("coinslot_downgrade_applied_total", "Changes put off that have come into effect."),
];

const IGNORED: &str = "coinslot_webhook_ignored_total";
const DRIFT: &str = "coinslot_reconcile_drift_total";
const PLAN_CHANGES: &str = "coinslot_plan_change_total";
const DECISIONS: &str = "coinslot_gate_decision_total";
const CALLS: &str = "coinslot_stripe_request_seconds";
const PENDING: &str = "coinslot_webhook_inbox_pending";
const LAG: &str = "coinslot_webhook_inbox_lag_seconds";
const SILENCE: &str = "coinslot_webhook_silence_seconds";
const CHANGES: &str = "coinslot_subscription_changed_total";
const RECOVERY: &str = "coinslot_dunning_recovery_seconds";
/// What a subscription can come from and go to; only the first of it is nowhere to go.
const STATUSES: [&str; 10] = [
    "none",
    "incomplete",
    "incomplete_expired",
    "trialing",
    "active",
    "past_due",
    "unpaid",
    "paused",
    "canceled",
    "unknown",
];
const REASONS: [Reason; 14] = [
    Reason::Free,
    Reason::Subscription,
    Reason::Trial,
    Reason::Grace,
    Reason::GraceExpired,
    Reason::PaymentIncomplete,
    Reason::PausedNoPaymentMethod,
    Reason::CollectionPaused,
    Reason::Ended,
    Reason::Lifetime,
    Reason::Exempt,
    Reason::UnmappedPrice,
    Reason::Stale,
    Reason::Disputed,
];
const BUCKETS: [f64; 11] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 20.0];

const HOUR: f64 = 3_600.0;
/// Cards are tried again for weeks.
const RECOVERY_BUCKETS: [f64; 8] = [
    HOUR,
    6.0 * HOUR,
    24.0 * HOUR,
    72.0 * HOUR,
    168.0 * HOUR,
    336.0 * HOUR,
    504.0 * HOUR,
    720.0 * HOUR,
];

/// One recorder a process; a host that installed its own keeps it, and ours stays empty.
static RECORDER: OnceLock<PrometheusHandle> = OnceLock::new();

/// What a call to Stripe is labelled with.
pub(crate) struct CallLabels<'l> {
    pub(crate) ops: &'l [&'static str],
    pub(crate) outcomes: &'l [&'static str],
}

/// Installs the recorder, before anything is counted; everything starts at zero.
pub(crate) fn install(calls: &CallLabels<'_>) {
    RECORDER.get_or_init(|| {
        let recorder = PrometheusBuilder::new()
            .set_buckets(&BUCKETS)
            .expect("there are buckets")
            .set_buckets_for_metric(Matcher::Full(RECOVERY.to_owned()), &RECOVERY_BUCKETS)
            .expect("there are buckets")
            .build_recorder();
        let handle = recorder.handle();
        if metrics::set_global_recorder(recorder).is_err() {
            tracing::warn!("another metrics recorder is installed; /metrics stays empty");
            return handle;
        }
        describe();
        start_at_zero(calls);
        handle
    });
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
    RECORDER.get().map_or_else(String::new, |recorder| {
        recorder.run_upkeep();
        recorder.render()
    })
}

/// Folds what was measured since the last time; unfolded it would grow where nobody asks.
pub(crate) fn upkeep() {
    if let Some(recorder) = RECORDER.get() {
        recorder.run_upkeep();
    }
}

fn describe() {
    for (name, text) in COUNTERS {
        metrics::describe_counter!(name, text);
    }
    metrics::describe_counter!(IGNORED, "Events that are none of this panel's business.");
    metrics::describe_counter!(DRIFT, "Differences from Stripe that the reconciler mended.");
    metrics::describe_counter!(PLAN_CHANGES, "Changes of plan, by the way they go.");
    metrics::describe_counter!(DECISIONS, "Requests for one more server.");
    metrics::describe_counter!(CHANGES, "Changes of a subscription's status.");
    metrics::describe_histogram!(RECOVERY, "From an unpaid renewal to its payment.");
    metrics::describe_histogram!(CALLS, "Calls to Stripe with their pauses and repetitions.");
    metrics::describe_gauge!(PENDING, "Events that are not settled yet.");
    metrics::describe_gauge!(LAG, "How long the oldest unsettled event has waited.");
    metrics::describe_gauge!(SILENCE, "How long changes at Stripe came without any event.");
}

/// A rate can only be told of a series that was there before its first increment.
fn start_at_zero(calls: &CallLabels<'_>) {
    for (name, _) in COUNTERS {
        metrics::counter!(name).absolute(0);
    }
    for reason in ["livemode", "foreign", "connect", "type"] {
        metrics::counter!(IGNORED, "reason" => reason).absolute(0);
    }
    for kind in Drift::ALL {
        metrics::counter!(DRIFT, "kind" => kind.as_str()).absolute(0);
    }
    for kind in Kind::REAL {
        metrics::counter!(PLAN_CHANGES, "kind" => kind.as_str()).absolute(0);
    }
    for outcome in ["allowed", "refused"] {
        for reason in REASONS {
            metrics::counter!(DECISIONS, "outcome" => outcome, "reason" => reason.as_str())
                .absolute(0);
        }
    }
    for from in STATUSES {
        for to in STATUSES.into_iter().skip(1).filter(|to| *to != from) {
            metrics::counter!(CHANGES, "from" => from, "to" => to).absolute(0);
        }
    }
    drop(metrics::histogram!(RECOVERY));
    for op in calls.ops {
        for outcome in calls.outcomes {
            drop(metrics::histogram!(CALLS, "op" => *op, "outcome" => *outcome));
        }
    }
    for gauge in [PENDING, LAG, SILENCE] {
        metrics::gauge!(gauge).set(0);
    }
}
