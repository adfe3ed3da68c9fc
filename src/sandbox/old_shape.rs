//! Events as an endpoint of an API version before 2025-03-31.basil gets them.

use serde_json::{Value, json};

use super::{
    ledger::{Fields, Ledger},
    subscriptions,
};

/// The version that an old endpoint has; the last one before the periods moved to the items:
/// <https://docs.stripe.com/changelog/basil/2025-03-31/deprecate-subscription-current-period-start-and-end>.
const OLD_VERSION: &str = "2025-02-24.acacia";

/// An event as an old endpoint gets it.
pub(super) fn of(ledger: &Ledger, event: &Value) -> Value {
    let mut event = event.clone();
    event["api_version"] = json!(OLD_VERSION);
    let object = &mut event["data"]["object"];
    match object.text("object") {
        "subscription" => age_subscription(object),
        "invoice" => age_invoice(ledger, object),
        _ => {}
    }
    event
}

fn age_subscription(subscription: &mut Value) {
    let end = subscriptions::period_end(subscription);
    let start = subscription.data("items").first().map(|item| item["current_period_start"].clone());
    subscription["current_period_end"] = json!(end);
    subscription["current_period_start"] = start.unwrap_or_default();
    // Classic billing knows a scheduled end at the period's end by its flag.
    if subscription["cancel_at"] == end {
        subscription["cancel_at_period_end"] = json!(true);
    }
    if let Some(fields) = subscription.as_object_mut() {
        fields.remove("billing_mode");
        fields.remove("billing_schedules");
    }
    for item in subscription["items"]["data"].as_array_mut().into_iter().flatten() {
        if let Some(fields) = item.as_object_mut() {
            fields.remove("current_period_start");
            fields.remove("current_period_end");
        }
    }
}

fn age_invoice(ledger: &Ledger, invoice: &mut Value) {
    let details = invoice["parent"]["subscription_details"].clone();
    let id = invoice.text("id");
    invoice["payment_intent"] = json!(ledger.hidden(id).intent);
    invoice["subscription"] = details["subscription"].clone();
    invoice["subscription_details"] = json!({"metadata": details["metadata"]});
    invoice["paid"] = json!(invoice.text("status") == "paid");
    if let Some(fields) = invoice.as_object_mut() {
        fields.remove("parent");
    }
}
