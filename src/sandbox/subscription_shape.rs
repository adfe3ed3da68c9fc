//! The complete form of subscriptions and their items.

use serde_json::{Value, json};

use super::{
    ledger::{Fields, absent, fresh, overlay},
    list,
    subscriptions::Opening,
};

pub(super) fn subscription_shape(id: &str, opening: &Opening<'_>, now: i64) -> Value {
    let absent = absent(&[
        "application",
        "application_fee_percent",
        "billing_cycle_anchor_config",
        "billing_thresholds",
        "cancel_at",
        "canceled_at",
        "customer_account",
        "days_until_due",
        "default_source",
        "description",
        "ended_at",
        "latest_invoice",
        "next_pending_invoice_item_invoice",
        "on_behalf_of",
        "pause_collection",
        "pending_invoice_item_interval",
        "pending_setup_intent",
        "pending_update",
        "schedule",
        "test_clock",
        "transfer_data",
    ]);
    overlay(
        absent,
        json!({
            "id": id,
            "object": "subscription",
            "automatic_tax": {
                "disabled_reason": null,
                "enabled": opening.automatic_tax,
                "liability": if opening.automatic_tax { json!({"type": "self"}) } else { Value::Null },
            },
            "billing_cycle_anchor": opening.trial_end.unwrap_or(now),
            "billing_mode": {"flexible": {"proration_discounts": "included"}, "type": "flexible"},
            "billing_schedules": [],
            "cancel_at_period_end": false,
            "cancellation_details": {"comment": null, "feedback": null, "reason": null},
            "collection_method": "charge_automatically",
            "created": now,
            "currency": "usd",
            "customer": opening.customer,
            "default_payment_method": opening.payment_method,
            "default_tax_rates": [],
            "discounts": opening.discounts,
            "invoice_settings": {"account_tax_ids": null, "issuer": {"type": "self"}},
            "items": list::whole(Vec::new(), &format!("/v1/subscription_items?subscription={id}")),
            "livemode": false,
            "metadata": opening.metadata,
            "payment_settings": {
                "payment_method_options": null,
                "payment_method_types": null,
                "save_default_payment_method": "off",
            },
            "start_date": now,
            "status": if opening.trial_end.is_some() { "trialing" } else { "incomplete" },
            "trial_end": opening.trial_end,
            "trial_settings": {"end_behavior": {"missing_payment_method": opening.without_card}},
            "trial_start": opening.trial_end.map(|_| now),
        }),
    )
}

pub(super) fn item_shape(
    subscription: &str,
    price: &Value,
    quantity: i64,
    (start, end): (i64, i64),
    now: i64,
) -> Value {
    json!({
        "id": fresh("si_"),
        "object": "subscription_item",
        "billing_thresholds": null,
        "created": now,
        "current_period_end": end,
        "current_period_start": start,
        "discounts": [],
        "metadata": {},
        "plan": plan_shape(price),
        "price": price,
        "quantity": quantity,
        "subscription": subscription,
        "tax_rates": [],
    })
}

pub(super) fn plan_shape(price: &Value) -> Value {
    json!({
        "id": price["id"],
        "object": "plan",
        "active": price["active"],
        "amount": price["unit_amount"],
        "amount_decimal": price["unit_amount_decimal"],
        "billing_scheme": "per_unit",
        "created": price["created"],
        "currency": price["currency"],
        "interval": price["recurring"].text("interval"),
        "interval_count": price["recurring"].number("interval_count"),
        "livemode": false,
        "metadata": price["metadata"],
        "meter": null,
        "nickname": price["nickname"],
        "product": price["product"],
        "tiers_mode": null,
        "transform_usage": null,
        "trial_period_days": null,
        "usage_type": "licensed",
    })
}
