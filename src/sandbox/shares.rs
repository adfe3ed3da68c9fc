//! How a discount and a tax fall on the lines of a purchase, to the smallest unit.

use serde_json::Value;

use super::ledger::Fields;

/// One line before discount and tax.
pub(super) struct Part<'a> {
    pub(super) amount: i64,
    pub(super) product: &'a str,
    pub(super) tax_behavior: Behavior,
}

/// Whether a price already contains its tax.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Behavior {
    Exclusive,
    Inclusive,
}

/// What became of one line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Share {
    pub(super) subtotal: i64,
    pub(super) discount: i64,
    pub(super) tax: i64,
    pub(super) total: i64,
}

impl Behavior {
    /// A price that does not say counts as exclusive.
    pub(super) fn of(price: &Value) -> Behavior {
        match price.text("tax_behavior") {
            "inclusive" => Behavior::Inclusive,
            _ => Behavior::Exclusive,
        }
    }

    pub(super) fn word(self) -> &'static str {
        match self {
            Behavior::Exclusive => "exclusive",
            Behavior::Inclusive => "inclusive",
        }
    }
}

/// Shares a coupon out over the lines it applies to, and taxes what is left at `percent`.
pub(super) fn shares(parts: &[Part<'_>], coupon: Option<&Value>, percent: i64) -> Vec<Share> {
    let discounts = coupon.map_or_else(|| vec![0; parts.len()], |coupon| discounts(parts, coupon));
    let each = parts.iter().zip(discounts);
    each.map(|(part, discount)| {
        let net = part.amount - discount;
        let (tax, total) = match part.tax_behavior {
            Behavior::Exclusive => {
                let tax = fraction(net, percent, 100);
                (tax, net + tax)
            }
            Behavior::Inclusive => (fraction(net, percent, 100 + percent), net),
        };
        Share { subtotal: part.amount, discount, tax, total }
    })
    .collect()
}

fn discounts(parts: &[Part<'_>], coupon: &Value) -> Vec<i64> {
    let products = coupon["applies_to"]["products"].as_array();
    let base = |part: &Part<'_>| match products {
        Some(products) if !products.iter().any(|product| product == part.product) => 0,
        _ => part.amount,
    };
    if let Some(percent) = coupon["percent_off"].as_f64() {
        // Two decimals are what Stripe allows, so that whole numbers hold the percentage.
        #[expect(clippy::cast_possible_truncation, reason = "from 0 to 10,000")]
        let hundredths = (percent * 100.0).round() as i64;
        return parts.iter().map(|part| fraction(base(part), hundredths, 10_000)).collect();
    }
    // Credit among the lines is never discounted by an amount.
    let weights: Vec<i64> = parts.iter().map(|part| base(part).max(0)).collect();
    let mut weight: i64 = weights.iter().sum();
    let mut left = coupon.number("amount_off").min(weight);
    let mut shared = Vec::with_capacity(weights.len());
    for part in weights {
        let share = if weight == 0 { 0 } else { fraction(left, part, weight) };
        shared.push(share);
        left -= share;
        weight -= part;
    }
    shared
}

/// `amount * part / whole`, halves away from zero.
fn fraction(amount: i64, part: i64, whole: i64) -> i64 {
    let product = i128::from(amount) * i128::from(part);
    let (whole, half) = (i128::from(whole), i128::from(whole) / 2);
    let rounded = if product < 0 { (product - half) / whole } else { (product + half) / whole };
    i64::try_from(rounded).unwrap_or(amount)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_discount_and_a_tax_are_shared_out_to_the_smallest_unit() {
        let table = [
            (vec![500], json!({"percent_off": 25.0}), 0, vec![(125, 0, 375)]),
            (vec![999], json!({"percent_off": 33.33}), 19, vec![(333, 127, 793)]),
            (
                vec![100, 100, 100],
                json!({"amount_off": 100}),
                0,
                vec![(33, 0, 67), (34, 0, 66), (33, 0, 67)],
            ),
            (vec![500], json!({"amount_off": 900}), 20, vec![(500, 0, 0)]),
            (
                vec![-300, 500],
                json!({"percent_off": 50.0}),
                20,
                vec![(-150, -30, -180), (250, 50, 300)],
            ),
            (vec![-300, 500], json!({"amount_off": 100}), 0, vec![(0, 0, -300), (100, 0, 400)]),
            (vec![500], Value::Null, 19, vec![(0, 95, 595)]),
            (
                vec![500],
                json!({"percent_off": 10.0, "applies_to": {"products": ["other"]}}),
                0,
                vec![(0, 0, 500)],
            ),
        ];
        for (amounts, coupon, percent, expected) in table {
            let parts: Vec<Part<'_>> = amounts
                .iter()
                .map(|amount| Part {
                    amount: *amount,
                    product: "mine",
                    tax_behavior: Behavior::Exclusive,
                })
                .collect();
            let coupon_or_none = Some(&coupon).filter(|coupon| !coupon.is_null());
            let found: Vec<(i64, i64, i64)> = shares(&parts, coupon_or_none, percent)
                .iter()
                .map(|share| (share.discount, share.tax, share.total))
                .collect();
            assert_eq!(found, expected, "{amounts:?} {coupon} {percent}");
        }
    }

    #[test]
    fn an_inclusive_tax_does_not_raise_the_price() {
        let part = Part { amount: 1_190, product: "mine", tax_behavior: Behavior::Inclusive };
        let share = shares(&[part], None, 19)[0];
        assert_eq!((share.tax, share.total), (190, 1_190));
    }
}
