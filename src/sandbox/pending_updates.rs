//! Changes that wait for their payment: <https://docs.stripe.com/billing/subscriptions/pending-updates>.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    calendar::HOUR,
    invoices,
    ledger::{Fields, Ledger},
    subscriptions,
};

/// How long a change waits, unless the period or the trial ends before:
/// <https://docs.stripe.com/billing/subscriptions/pending-updates-reference#expiration>.
const WAITS: i64 = 23 * HOUR;

/// A change that waits.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Staged {
    /// The subscription as it will be.
    after: Value,
    /// The invoice that has to be paid.
    invoice: String,
}

/// Puts a change aside until its invoice, of `lines`, is paid, and makes the first attempt.
pub(super) fn stage(ledger: &mut Ledger, after: Value, lines: Vec<Value>) {
    let id = after.text("id").to_owned();
    let invoice = invoices::draw_up_lines(ledger, &after, lines, "subscription_update");
    let pending = shape(ledger.read(&id), &after, expiry(ledger, &id));
    ledger.hide(&id, |hidden| {
        hidden.staged = Some(Staged { after, invoice: invoice.clone() });
    });
    subscriptions::change(ledger, &id, |subscription| {
        subscription["pending_update"] = pending;
        subscription["latest_invoice"] = json!(invoice);
    });
    ledger.emit("invoice.created", &invoice);
    invoices::finalize(ledger, &invoice);
    invoices::collect(ledger, &invoice);
}

/// Carries out the change that waited for this invoice, if one did.
pub(super) fn paid(ledger: &mut Ledger, invoice: &str) {
    let id = invoices::subscription_of(ledger.read(invoice)).to_owned();
    if !waits_for(ledger, invoice) {
        return;
    }
    let Some(staged) = ledger.hidden(&id).staged else { return };
    ledger.hide(&id, |hidden| hidden.staged = None);
    subscriptions::change(ledger, &id, |subscription| {
        adopt(subscription, &staged.after);
    });
    ledger.emit("customer.subscription.pending_update_applied", &id);
}

/// Gives up the change that waits, if one does, and voids its invoice.
pub(super) fn expire(ledger: &mut Ledger, id: &str) {
    let Some(staged) = ledger.hidden(id).staged else { return };
    ledger.hide(id, |hidden| hidden.staged = None);
    subscriptions::change(ledger, id, |subscription| {
        subscription["pending_update"] = Value::Null;
    });
    ledger.emit("customer.subscription.pending_update_expired", id);
    invoices::close(ledger, &staged.invoice, "void");
}

fn adopt(subscription: &mut Value, after: &Value) {
    let pending = subscription["pending_update"].take();
    let fields: [(&str, &[&str]); 4] = [
        ("subscription_items", &["items"]),
        ("billing_cycle_anchor", &["billing_cycle_anchor"]),
        ("trial_end", &["trial_end", "status"]),
        (
            "cancel_at_period_end",
            &["cancel_at", "cancel_at_period_end", "canceled_at", "cancellation_details"],
        ),
    ];
    for (asked, fields) in fields {
        if !pending[asked].is_null() {
            for field in fields {
                subscription[*field] = after[*field].clone();
            }
        }
    }
}

/// Whether a change waits for this invoice.
pub(super) fn waits_for(ledger: &Ledger, invoice: &str) -> bool {
    let id = invoices::subscription_of(ledger.read(invoice));
    ledger.hidden(id).staged.is_some_and(|staged| staged.invoice == invoice)
}

fn expiry(ledger: &Ledger, id: &str) -> i64 {
    let subscription = ledger.read(id);
    let trial_end = subscription["trial_end"].as_i64().filter(|end| *end > ledger.now);
    let ends = [Some(subscriptions::period_end(subscription)), trial_end];
    ends.into_iter().flatten().fold(ledger.now + WAITS, i64::min)
}

fn shape(before: &Value, after: &Value, expires_at: i64) -> Value {
    let changed = |field: &&str| before[*field] != after[*field];
    let new = |field| Some(field).filter(changed).map(|field: &str| after[field].clone());
    json!({
        "billing_cycle_anchor": new("billing_cycle_anchor"),
        "cancel_at_period_end": new("cancel_at_period_end"),
        "expires_at": expires_at,
        "subscription_items": after["items"]["data"],
        "trial_end": new("trial_end"),
        "trial_from_plan": null,
    })
}
