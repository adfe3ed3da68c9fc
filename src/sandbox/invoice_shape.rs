//! The complete form of invoices, their lines and their payments.

use serde_json::{Value, json};

use super::ledger::{Fields, absent, fresh, overlay};

pub(super) fn invoice_shape(
    id: &str,
    subscription: &Value,
    customer: &Value,
    reason: &str,
    lines: Vec<Value>,
    now: i64,
) -> Value {
    let total: i64 = lines.iter().map(|line| line.number("amount")).sum();
    let balance = customer.number("balance");
    let due = due(total, balance);
    let lines: Vec<Value> = lines
        .into_iter()
        .map(|line| overlay(line, json!({"id": fresh("il_1"), "invoice": id})))
        .collect();
    overlay(
        blank_invoice(),
        json!({
            "id": id,
            "amount_due": due.now,
            "amount_remaining": due.now,
            "automatic_tax": {
                "disabled_reason": null,
                "enabled": subscription["automatic_tax"]["enabled"],
                "liability": null,
                "provider": null,
                "status": null,
            },
            "billing_reason": reason,
            "collection_method": subscription["collection_method"],
            "created": now,
            "currency": subscription["currency"],
            "customer": subscription["customer"],
            "customer_email": customer["email"],
            "customer_name": customer["name"],
            "lines": {
                "object": "list",
                "data": lines,
                "has_more": false,
                "url": format!("/v1/invoices/{id}/lines"),
            },
            "parent": {
                "quote_details": null,
                "subscription_details": {
                    "metadata": subscription["metadata"],
                    "subscription": subscription["id"],
                    "subscription_proration_date": prorated_at(&lines),
                },
                "type": "subscription_details",
            },
            "period_end": now,
            "period_start": now,
            "starting_balance": balance,
            "subtotal": total,
            "subtotal_excluding_tax": total,
            "total": total,
            "total_excluding_tax": total,
        }),
    )
}

/// What is to be paid of an invoice, and what is left on the customer's balance.
pub(super) struct Due {
    pub(super) now: i64,
    pub(super) left: i64,
}

/// A balance below zero is credit and pays first; a total below zero becomes credit:
/// <https://docs.stripe.com/billing/customer/balance>.
pub(super) fn due(total: i64, balance: i64) -> Due {
    let owed = total.saturating_add(balance);
    Due { now: owed.max(0), left: owed.min(0) }
}

fn prorated_at(lines: &[Value]) -> Option<i64> {
    let prorated = |line: &&Value| line["parent"]["subscription_item_details"].truth("proration");
    lines.iter().find(prorated).map(|line| line["period"].number("start"))
}

/// What every invoice of the sandbox starts with.
fn blank_invoice() -> Value {
    let absent = absent(&[
        "account_tax_ids",
        "application",
        "automatically_finalizes_at",
        "custom_fields",
        "customer_account",
        "customer_address",
        "customer_phone",
        "customer_shipping",
        "default_payment_method",
        "default_source",
        "description",
        "due_date",
        "effective_at",
        "ending_balance",
        "footer",
        "from_invoice",
        "hosted_invoice_url",
        "invoice_pdf",
        "last_finalization_error",
        "latest_revision",
        "next_payment_attempt",
        "number",
        "on_behalf_of",
        "receipt_number",
        "rendering",
        "shipping_cost",
        "shipping_details",
        "statement_descriptor",
        "test_clock",
        "webhooks_delivered_at",
    ]);
    overlay(
        absent,
        json!({
            "object": "invoice",
            "account_country": "US",
            "account_name": "Coinslot sandbox",
            "amount_overpaid": 0,
            "amount_paid": 0,
            "amount_shipping": 0,
            "attempt_count": 0,
            "attempted": false,
            "auto_advance": false,
            "customer_tax_exempt": "none",
            "customer_tax_ids": [],
            "default_tax_rates": [],
            "discounts": [],
            "issuer": {"type": "self"},
            "livemode": false,
            "metadata": {},
            "payment_settings": {
                "default_mandate": null,
                "payment_method_options": null,
                "payment_method_types": null,
            },
            "post_payment_credit_notes_amount": 0,
            "pre_payment_credit_notes_amount": 0,
            "status": "draft",
            "status_transitions": {
                "finalized_at": null,
                "marked_uncollectible_at": null,
                "paid_at": null,
                "voided_at": null,
            },
            "total_discount_amounts": [],
            "total_pretax_credit_amounts": [],
            "total_taxes": [],
        }),
    )
}

/// The line of one subscription item; free while on trial. An invoice gives it its id.
pub(super) fn line_shape(item: &Value, product: &str, trial: bool) -> Value {
    let price = &item["price"];
    let quantity = item.number("quantity");
    let (unit, description) = if trial {
        (0, format!("Trial period for {product}"))
    } else {
        (price.number("unit_amount"), format!("{quantity} × {product}"))
    };
    json!({
        "object": "line_item",
        "amount": unit.saturating_mul(quantity),
        "currency": price["currency"],
        "description": description,
        "discount_amounts": [],
        "discountable": true,
        "discounts": [],
        "livemode": false,
        "metadata": {},
        "parent": {
            "invoice_item_details": null,
            "subscription_item_details": {
                "invoice_item": null,
                "proration": false,
                "proration_details": {"credited_items": null},
                "subscription": item["subscription"],
                "subscription_item": item["id"],
            },
            "type": "subscription_item_details",
        },
        "period": {"start": item["current_period_start"], "end": item["current_period_end"]},
        "pretax_credit_amounts": [],
        "pricing": {
            "price_details": {"price": price["id"], "product": price["product"]},
            "type": "price_details",
            "unit_amount_decimal": unit.to_string(),
        },
        "quantity": quantity,
        "subscription": item["subscription"],
        "subtotal": unit.saturating_mul(quantity),
        "taxes": [],
    })
}

pub(super) fn payment_shape(id: &str, invoice: &Value, intent: &str, now: i64) -> Value {
    json!({
        "id": id,
        "object": "invoice_payment",
        "amount_paid": null,
        "amount_requested": invoice["amount_due"],
        "created": now,
        "currency": invoice["currency"],
        "invoice": invoice["id"],
        "is_default": true,
        "livemode": false,
        "payment": {"payment_intent": intent, "type": "payment_intent"},
        "status": "open",
        "status_transitions": {"canceled_at": null, "paid_at": null},
    })
}
