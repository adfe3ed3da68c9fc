//! What a checkout session comes to: its lines, discount and tax.

use serde_json::{Value, json};

use super::{
    catalogue, checkout, discounts,
    ledger::{Fields, Ledger},
    list,
    shares::{Behavior, Part, Share, shares},
    taxes,
};

/// The session's lines, which it shows only when asked.
pub(super) fn line_items(ledger: &Ledger, id: &str) -> Value {
    let lines = ledger.hidden(id).lines;
    let shares = shares_of(ledger, id);
    let items = lines.iter().zip(shares).enumerate().map(|(at, (line, share))| {
        let price = ledger.read(&line.price);
        json!({
            "id": format!("li_{}_{at}", id.trim_start_matches("cs_test_")),
            "object": "item",
            "adjustable_quantity": null,
            "amount_discount": share.discount,
            "amount_subtotal": share.subtotal,
            "amount_tax": share.tax,
            "amount_total": share.total,
            "currency": price["currency"],
            "description": catalogue::product_name(ledger, price),
            "metadata": {},
            "price": price,
            "quantity": line.quantity,
        })
    });
    list::whole(items.collect(), &format!("/v1/checkout/sessions/{id}/line_items"))
}

/// Works the session's amounts out again, after its discount or address changed.
pub(super) fn refresh(ledger: &mut Ledger, id: &str) {
    let shares = shares_of(ledger, id);
    let sum = |of: fn(&Share) -> i64| shares.iter().map(of).sum::<i64>();
    let taxed = ledger.read(id)["automatic_tax"].truth("enabled");
    let automatic = taxes::automatic(taxed, address(ledger, id));
    let total = sum(|share| share.total);
    ledger.quietly(id, |session| {
        session["amount_subtotal"] = json!(sum(|share| share.subtotal));
        session["amount_total"] = json!(total);
        session["total_details"]["amount_discount"] = json!(sum(|share| share.discount));
        session["total_details"]["amount_tax"] = json!(sum(|share| share.tax));
        session["automatic_tax"] = automatic;
    });
    if let Some(intent) = ledger.hidden(id).intent {
        ledger.quietly(&intent, |intent| intent["amount"] = json!(total));
    }
}

/// Uses a promotion code that somebody typed into the page.
pub(super) fn use_code(ledger: &mut Ledger, id: &str, code: &str) -> Result<(), &'static str> {
    let (promotion, coupon) = discounts::check_code(ledger, ledger.read(id), code)?;
    ledger.quietly(id, |session| {
        session["discounts"] = json!([{"coupon": coupon, "promotion_code": promotion}]);
    });
    refresh(ledger, id);
    Ok(())
}

/// Where the buyer is taxed.
pub(super) fn address<'a>(ledger: &'a Ledger, id: &str) -> &'a Value {
    &ledger.read(id)["customer_details"]["address"]
}

fn shares_of(ledger: &Ledger, id: &str) -> Vec<Share> {
    let session = ledger.read(id);
    let free = checkout::trial_end(ledger, id).is_some();
    let lines = ledger.hidden(id).lines;
    let parts: Vec<Part<'_>> = lines
        .iter()
        .map(|line| {
            let price = ledger.read(&line.price);
            let amount = price.number("unit_amount").saturating_mul(line.quantity);
            Part {
                amount: if free { 0 } else { amount },
                product: price.text("product"),
                tax_behavior: Behavior::of(price),
            }
        })
        .collect();
    let coupon = session["discounts"][0]["coupon"].as_str().map(|coupon| ledger.read(coupon));
    let taxed = session["automatic_tax"].truth("enabled");
    let percent = if taxed { taxes::percent(address(ledger, id)) } else { 0 };
    shares(&parts, coupon, percent)
}
