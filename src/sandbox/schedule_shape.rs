//! The complete form of subscription schedules and of their phases.

use serde_json::{Value, json};

use super::ledger::{Fields, Ledger, absent, overlay};

pub(super) const KIND: &str = "subscription_schedule";

/// What a new schedule is made of.
pub(super) struct Plan<'a> {
    pub(super) id: &'a str,
    pub(super) customer: &'a str,
    pub(super) settings: Value,
    pub(super) phases: Vec<Value>,
    pub(super) end_behavior: &'a str,
    pub(super) metadata: Value,
}

/// A schedule that has not started.
pub(super) fn schedule_shape(plan: Plan<'_>, now: i64) -> Value {
    let absent = absent(&[
        "application",
        "canceled_at",
        "completed_at",
        "current_phase",
        "customer_account",
        "released_at",
        "released_subscription",
        "subscription",
        "test_clock",
    ]);
    overlay(
        absent,
        json!({
            "id": plan.id,
            "object": KIND,
            "billing_mode": {"flexible": {"proration_discounts": "included"}, "type": "flexible"},
            "created": now,
            "customer": plan.customer,
            "default_settings": plan.settings,
            "end_behavior": plan.end_behavior,
            "livemode": false,
            "metadata": plan.metadata,
            "pause_schedules": [],
            "phases": plan.phases,
            "status": "not_started",
        }),
    )
}

/// What holds where a phase says nothing.
pub(super) fn default_settings() -> Value {
    json!({
        "application_fee_percent": null,
        "automatic_tax": automatic_tax(false),
        "billing_cycle_anchor": "automatic",
        "billing_thresholds": null,
        "collection_method": "charge_automatically",
        "default_payment_method": null,
        "description": null,
        "invoice_settings": invoice_settings(&Value::Null),
        "on_behalf_of": null,
        "transfer_data": null,
    })
}

pub(super) fn automatic_tax(enabled: bool) -> Value {
    json!({
        "disabled_reason": null,
        "enabled": enabled,
        "liability": enabled.then(|| json!({"type": "self"})),
    })
}

pub(super) fn invoice_settings(days_until_due: &Value) -> Value {
    json!({
        "account_tax_ids": null,
        "custom_fields": null,
        "days_until_due": days_until_due,
        "description": null,
        "footer": null,
        "issuer": {"type": "self"},
    })
}

/// A phase that says nothing but what it is for, and when.
pub(super) fn phase_shape(currency: &Value, (start, end): (i64, i64), items: Vec<Value>) -> Value {
    let absent = absent(&[
        "application_fee_percent",
        "automatic_tax",
        "billing_cycle_anchor",
        "billing_thresholds",
        "collection_method",
        "default_payment_method",
        "description",
        "invoice_settings",
        "on_behalf_of",
        "transfer_data",
        "trial_end",
    ]);
    overlay(
        absent,
        json!({
            "add_invoice_items": [],
            "currency": currency,
            "default_tax_rates": [],
            "discounts": [],
            "end_date": end,
            "items": items,
            "metadata": {},
            "proration_behavior": "create_prorations",
            "start_date": start,
        }),
    )
}

pub(super) fn phase_item(price: &str, quantity: i64, metadata: &Value) -> Value {
    json!({
        "billing_thresholds": null,
        "discounts": [],
        "metadata": metadata,
        "plan": price,
        "price": price,
        "quantity": quantity,
        "tax_rates": [],
    })
}

/// The phase that keeps a subscription as it is.
///
/// It says everything itself, so that a phase that is written again without a part loses it.
pub(super) fn phase_of(ledger: &Ledger, subscription: &Value, span: (i64, i64)) -> Value {
    let items = subscription.data("items").iter();
    let items = items.map(|item| {
        phase_item(item["price"].text("id"), item.number("quantity"), &item["metadata"])
    });
    let discounts = subscription["discounts"].as_array().into_iter().flatten();
    let discounts = discounts.filter_map(Value::as_str).map(|id| {
        let discount = ledger.read(id);
        json!({
            "coupon": discount["source"]["coupon"],
            "discount": id,
            "promotion_code": discount["promotion_code"],
        })
    });
    let trial_end = subscription["trial_end"].as_i64();
    let trial_end = trial_end.filter(|_| subscription.text("status") == "trialing");
    let due = &subscription["days_until_due"];
    overlay(
        phase_shape(&subscription["currency"], span, items.collect()),
        json!({
            "automatic_tax": subscription["automatic_tax"],
            "collection_method": subscription["collection_method"],
            "default_payment_method": subscription["default_payment_method"],
            "description": subscription["description"],
            "discounts": discounts.collect::<Vec<_>>(),
            "invoice_settings":
                if due.is_null() { Value::Null } else { invoice_settings(due) },
            "metadata": subscription["metadata"],
            "trial_end": trial_end.map(|end| end.min(span.1)),
        }),
    )
}

/// The phases of a schedule, in their order.
pub(super) fn phases(schedule: &Value) -> &[Value] {
    schedule["phases"].as_array().map(Vec::as_slice).unwrap_or_default()
}

/// The second at which the last phase is over.
pub(super) fn last_end(schedule: &Value) -> i64 {
    phases(schedule).last().map_or(0, |phase| phase.number("end_date"))
}
