//! Events as an endpoint of an API version before 2025-03-31.basil gets them.

use serde_json::{Value, json};

use super::{
    ledger::{Fields, Ledger},
    subscription_shape::plan_shape,
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
        "subscription" => {
            age_subscription(object);
            age_previous(&mut event["data"]["previous_attributes"]);
        }
        "invoice" => age_invoice(ledger, object),
        "payment_intent" => object["invoice"] = invoice_of(ledger, object.text("id")),
        "charge" => object["invoice"] = invoice_of(ledger, object.text("payment_intent")),
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
    remove(subscription, &["billing_mode", "billing_schedules"]);
    for item in elements(&mut subscription["items"]) {
        remove(item, &["current_period_start", "current_period_end"]);
    }
}

/// What the items' periods were stood on the subscription.
fn age_previous(previous: &mut Value) {
    let Some(item) = previous.data("items").first().cloned() else { return };
    for name in ["current_period_start", "current_period_end"] {
        previous[name] = item[name].clone();
    }
    for item in elements(&mut previous["items"]) {
        remove(item, &["current_period_start", "current_period_end"]);
    }
}

fn age_invoice(ledger: &Ledger, invoice: &mut Value) {
    let details = invoice["parent"]["subscription_details"].clone();
    let intent = ledger.hidden(invoice.text("id")).intent;
    let charge = ledger.read(intent.as_deref().unwrap_or_default())["latest_charge"].clone();
    invoice["charge"] = charge;
    invoice["payment_intent"] = json!(intent);
    invoice["subscription"] = details["subscription"].clone();
    invoice["subscription_details"] = json!({"metadata": details["metadata"]});
    invoice["paid"] = json!(invoice.text("status") == "paid");
    // An invoice that is only foreseen had no id then.
    if invoice.text("billing_reason") == "upcoming" {
        remove(invoice, &["id"]);
    }
    remove(invoice, &["parent", "total_taxes"]);
    for line in elements(&mut invoice["lines"]) {
        age_line(ledger, line);
    }
}

fn age_line(ledger: &Ledger, line: &mut Value) {
    let details = line["parent"]["subscription_item_details"].clone();
    let price = ledger.read(line["pricing"]["price_details"].text("price")).clone();
    line["plan"] = plan_shape(&price);
    line["price"] = price;
    line["proration"] = details["proration"].clone();
    line["proration_details"] = details["proration_details"].clone();
    line["subscription_item"] = details["subscription_item"].clone();
    line["type"] = json!("subscription");
    remove(line, &["parent", "pricing", "taxes"]);
}

fn invoice_of(ledger: &Ledger, intent: &str) -> Value {
    let pays = |payment: &&Value| payment["payment"].text("payment_intent") == intent;
    ledger
        .all("invoice_payment")
        .find(pays)
        .map_or(Value::Null, |payment| payment["invoice"].clone())
}

fn elements(list: &mut Value) -> impl Iterator<Item = &mut Value> {
    list.get_mut("data").and_then(Value::as_array_mut).into_iter().flatten()
}

fn remove(object: &mut Value, names: &[&str]) {
    if let Some(fields) = object.as_object_mut() {
        fields.retain(|name, _| !names.contains(&name.as_str()));
    }
}
