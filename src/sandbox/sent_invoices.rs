//! Invoices that are sent instead of charged: what their due date brings.
//!
//! Unpaid on that date the subscription is past due, and after a further deadline it ends:
//! <https://docs.stripe.com/api/subscriptions/object#subscription_object-status>.

use serde_json::{Value, json};

use super::{
    calendar::DAY,
    invoices::subscription_of,
    ledger::{Fields, Ledger},
    options::AfterRetries,
    subscriptions,
};

/// How long after the due date the further deadline is; at Stripe the merchant chooses it.
const PATIENCE: i64 = 30 * DAY;

/// When something comes of an invoice that stays open.
pub(super) fn moment(ledger: &Ledger, invoice: &Value) -> Option<i64> {
    let due_date = invoice["due_date"].as_i64()?;
    let subscription = ledger.read(subscription_of(invoice));
    match subscription.text("status") {
        "active" if subscription["latest_invoice"] == invoice["id"] => Some(due_date),
        "past_due" if ledger.after_retries != AfterRetries::PastDue => Some(due_date + PATIENCE),
        _ => None,
    }
}

/// Lets the subscription of an open invoice fall behind, or end when it is behind already.
pub(super) fn remind(ledger: &mut Ledger, invoice: &str) {
    let id = subscription_of(ledger.read(invoice)).to_owned();
    if ledger.read(&id).text("status") == "past_due" {
        subscriptions::give_up(ledger, &id);
    } else {
        subscriptions::change(ledger, &id, |subscription| {
            subscription["status"] = json!("past_due");
        });
    }
}
