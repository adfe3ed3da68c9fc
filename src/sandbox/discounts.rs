//! Discounts: coupons redeemed at a checkout, and what invoices make of them and of tax.

use serde_json::{Value, json};

use super::{
    calendar, coupons,
    ledger::{Fields, Hidden, Ledger, fresh, overlay},
    shares::{Behavior, Part, Share, shares},
    taxes,
};

/// Redeems what a session was given; the ids of the discounts.
pub(super) fn redeem(ledger: &mut Ledger, session: &str, customer: &str) -> Vec<String> {
    let wanted = ledger.read(session)["discounts"].clone();
    let wanted = wanted.as_array().map(Vec::as_slice).unwrap_or_default();
    let redeemed = wanted.iter().map(|wanted| {
        let coupon = ledger.read(wanted.text("coupon")).clone();
        for id in [wanted.text("coupon"), wanted.text("promotion_code")] {
            ledger.quietly(id, |redeemed| {
                redeemed["times_redeemed"] = json!(redeemed.number("times_redeemed") + 1);
            });
        }
        let months = coupon["duration_in_months"].as_i64();
        let end = months.map(|months| calendar::plus(ledger.now, "month", months));
        let discount = json!({
            "id": fresh("di_1"),
            "object": "discount",
            "checkout_session": session,
            "customer": customer,
            "customer_account": null,
            "end": end,
            "invoice": null,
            "invoice_item": null,
            "promotion_code": wanted["promotion_code"],
            "source": {"coupon": coupon["id"], "type": "coupon"},
            "start": ledger.now,
            "subscription": null,
            "subscription_item": null,
        });
        ledger.create(discount, Hidden::default(), "customer.discount.created")
    });
    redeemed.collect()
}

/// Applies to an invoice's lines what its subscription has of discount and automatic tax.
///
/// Only the lines' `amount` is read, so that an invoice may be adjusted again after a change.
pub(super) fn adjust(ledger: &Ledger, subscription: &Value, invoice: &mut Value) {
    let discount = in_force(ledger, subscription);
    let coupon = discount.map(|discount| ledger.read(discount["source"].text("coupon")));
    let address = ledger.read(subscription.text("customer"))["address"].clone();
    let taxed = subscription["automatic_tax"].truth("enabled");
    let percent = if taxed { taxes::percent(&address) } else { 0 };
    let parts: Vec<Part<'_>> = invoice
        .data("lines")
        .iter()
        .map(|line| {
            let details = &line["pricing"]["price_details"];
            Part {
                amount: line.number("amount"),
                product: details.text("product"),
                tax_behavior: Behavior::of(ledger.read(details.text("price"))),
            }
        })
        .collect();
    let behaviors: Vec<Behavior> = parts.iter().map(|part| part.tax_behavior).collect();
    let shares = shares(&parts, coupon, percent);
    let id = discount.map(|discount| discount["id"].clone());
    let lines = invoice["lines"]["data"].as_array_mut().into_iter().flatten();
    for ((line, share), behavior) in lines.zip(&shares).zip(behaviors) {
        if taxed && taxes::is_known(&address) {
            line["taxes"] = taxes::of_line(*share, behavior, &address);
        }
        if let Some(id) = &id {
            line["discount_amounts"] = json!([{"amount": share.discount, "discount": id}]);
        }
    }
    write_totals(invoice, &shares, id.as_ref());
    let automatic = taxes::automatic(taxed, &address);
    invoice["automatic_tax"] = overlay(json!({"disabled_reason": null}), automatic);
    invoice["customer_address"] = address;
}

/// Takes from a subscription the discounts that an invoice used up, or whose time is over.
///
/// A coupon that applies `once` waits for the first invoice it makes smaller, so that a trial
/// does not use it up.
pub(super) fn use_up(ledger: &mut Ledger, subscription: &str, invoice: &str) {
    let made_smaller = ledger.read(invoice)["total_discount_amounts"]
        .as_array()
        .is_some_and(|amounts| amounts.iter().any(|amount| amount.number("amount") != 0));
    let held = ledger.read(subscription)["discounts"].clone();
    for id in held.as_array().into_iter().flatten().filter_map(Value::as_str) {
        let discount = ledger.read(id);
        let once = ledger.read(discount["source"].text("coupon")).text("duration") == "once";
        let expired = discount["end"].as_i64().is_some_and(|end| end <= ledger.now);
        let used_up = once && made_smaller;
        if !(expired || used_up) {
            continue;
        }
        let now = ledger.now;
        ledger.quietly(id, |discount| discount["end"] = json!(now));
        ledger.emit("customer.discount.deleted", id);
        ledger.quietly(subscription, |subscription| {
            if let Some(held) = subscription["discounts"].as_array_mut() {
                held.retain(|discount| discount != id);
            }
        });
    }
}

/// Why a promotion code cannot be used for a session; `Ok` has its id and its coupon's.
pub(super) fn check_code(
    ledger: &Ledger,
    session: &Value,
    code: &str,
) -> Result<(String, String), &'static str> {
    const INVALID: &str = "This code is invalid.";
    let promotion = coupons::active_code(ledger, code).ok_or(INVALID)?;
    let coupon = ledger.read(promotion["promotion"].text("coupon"));
    let valid = coupons::is_valid(promotion, ledger.now) && coupons::is_valid(coupon, ledger.now);
    if !valid {
        return Err("This code has expired.");
    }
    let customer = session.text("customer");
    if promotion["customer"].as_str().is_some_and(|only| only != customer) {
        return Err(INVALID);
    }
    if coupon["currency"].as_str().is_some_and(|currency| currency != session.text("currency")) {
        return Err("This code cannot be used in this currency.");
    }
    let restrictions = &promotion["restrictions"];
    let paid_before = || {
        let mine = |object: &&Value| !customer.is_empty() && object.text("customer") == customer;
        ledger.all("charge").filter(mine).any(|charge| charge.truth("paid"))
    };
    if restrictions.truth("first_time_transaction") && paid_before() {
        return Err("This code can only be used for a first purchase.");
    }
    if session.number("amount_subtotal") < restrictions.number("minimum_amount") {
        return Err("This code needs a larger purchase.");
    }
    Ok((promotion.text("id").to_owned(), coupon.text("id").to_owned()))
}

fn in_force<'a>(ledger: &'a Ledger, subscription: &'a Value) -> Option<&'a Value> {
    let held = subscription["discounts"].as_array()?;
    let held = held.iter().filter_map(Value::as_str).map(|id| ledger.read(id));
    held.into_iter().find(|discount| discount["end"].as_i64().is_none_or(|end| ledger.now < end))
}

fn write_totals(invoice: &mut Value, shares: &[Share], discount: Option<&Value>) {
    let sum = |of: fn(&Share) -> i64| shares.iter().map(of).sum::<i64>();
    let (subtotal, off) = (sum(|share| share.subtotal), sum(|share| share.discount));
    let (tax, total) = (sum(|share| share.tax), sum(|share| share.total));
    let due = (total + invoice.number("starting_balance")).max(0);
    invoice["subtotal"] = json!(subtotal);
    invoice["subtotal_excluding_tax"] = json!(total - tax + off);
    invoice["total"] = json!(total);
    invoice["total_excluding_tax"] = json!(total - tax);
    invoice["amount_due"] = json!(due);
    invoice["amount_remaining"] = json!(due);
    if let Some(id) = discount {
        invoice["discounts"] = json!([id]);
        invoice["total_discount_amounts"] = json!([{"amount": off, "discount": id}]);
    }
    invoice["total_taxes"] = merged_taxes(invoice);
}

/// The taxes of all lines, one entry for each rate.
fn merged_taxes(invoice: &Value) -> Value {
    let mut merged: Vec<Value> = Vec::new();
    let taxes = invoice.data("lines").iter().filter_map(|line| line["taxes"].as_array()).flatten();
    for tax in taxes {
        let same = |known: &&mut Value| {
            known["tax_rate_details"] == tax["tax_rate_details"]
                && known["tax_behavior"] == tax["tax_behavior"]
        };
        match merged.iter_mut().find(same) {
            Some(known) => {
                for name in ["amount", "taxable_amount"] {
                    known[name] = json!(known.number(name) + tax.number(name));
                }
            }
            None => merged.push(tax.clone()),
        }
    }
    Value::Array(merged)
}
