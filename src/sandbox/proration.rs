//! What a change in the middle of a period gives back, and what it costs: by the second, in the
//! currency's smallest unit.

use serde_json::{Value, json};

use super::{
    calendar, catalogue,
    invoice_shape::line_shape,
    ledger::{Fields, Ledger, overlay},
};

/// What becomes of the time that was paid and is not used:
/// <https://docs.stripe.com/billing/subscriptions/prorations>.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Behavior {
    /// Billed with the next invoice.
    Create,
    /// Billed at once.
    Invoice,
    /// Neither given back nor charged.
    Forgo,
}

impl Behavior {
    pub(super) const WORDS: &[&str] = &["always_invoice", "create_prorations", "none"];

    /// One of `WORDS`; anything else is Stripe's default.
    pub(super) fn from_word(word: &str) -> Behavior {
        match word {
            "always_invoice" => Behavior::Invoice,
            "none" => Behavior::Forgo,
            _ => Behavior::Create,
        }
    }
}

/// The line that gives back what an item has left of its period at `at`.
pub(super) fn credit(ledger: &Ledger, item: &Value, at: i64) -> Value {
    line(ledger, item, at, "Unused time on", -1)
}

/// The line that charges an item for the rest of its period from `at` on.
pub(super) fn debit(ledger: &Ledger, item: &Value, at: i64) -> Value {
    line(ledger, item, at, "Remaining time on", 1)
}

fn line(ledger: &Ledger, item: &Value, at: i64, what: &str, sign: i64) -> Value {
    let quantity = item.number("quantity");
    let product = catalogue::product_name(ledger, &item["price"]);
    let many = if quantity == 1 { String::new() } else { format!("{quantity} × ") };
    let whole = item["price"].number("unit_amount").saturating_mul(quantity);
    let period = (item.number("current_period_start"), item.number("current_period_end"));
    let amount = sign * share(whole, period, at);
    let mut line = overlay(
        line_shape(item, product, false),
        json!({
            "amount": amount,
            "description": format!("{what} {many}{product} after {}", calendar::day(at)),
            "discountable": false,
            "period": {"start": at, "end": period.1},
            "subtotal": amount,
        }),
    );
    line["parent"]["subscription_item_details"]["proration"] = json!(true);
    line
}

/// The part of `amount` for the time from `at` to the period's end, rounded to the nearest unit
/// and half a unit up, so that what is given back is what was charged for the same time.
fn share(amount: i64, (start, end): (i64, i64), at: i64) -> i64 {
    let whole = i128::from(end - start).max(1);
    let rest = i128::from(end - at).clamp(0, whole);
    let rounded = (2 * i128::from(amount) * rest + whole).div_euclid(2 * whole);
    i64::try_from(rounded).unwrap_or(amount)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_counted_by_the_second_and_rounded_to_the_nearest_unit() {
        let table = [
            (1_000, (0, 1_000), 0, 1_000),
            (1_000, (0, 1_000), 500, 500),
            (1_000, (0, 1_000), 1_000, 0),
            (999, (0, 1_000), 500, 500),
            (500, (0, 2_678_400), 1, 500),
            (500, (0, 2_678_400), 1_339_201, 250),
            (500, (0, 2_678_400), 892_800, 333),
            (500, (0, 2_678_400), 1_785_600, 167),
            (1, (0, 3), 1, 1),
            (1, (0, 3), 2, 0),
            (i64::MAX, (0, 1), 0, i64::MAX),
            (700, (10, 10), 10, 0),
        ];
        for (amount, period, at, expected) in table {
            assert_eq!(share(amount, period, at), expected, "{amount} over {period:?} from {at}");
        }
    }
}
