//! Amounts in the smallest unit, for people.

/// `amount` with the currency's own number of decimals.
pub(super) fn words(amount: i64, currency: &str) -> String {
    let exponent = exponent(currency);
    let unit = 10_u64.pow(exponent);
    let sign = if amount < 0 { "-" } else { "" };
    let amount = amount.unsigned_abs();
    let figure = match exponent {
        0 => amount.to_string(),
        _ => format!("{}.{:0width$}", amount / unit, amount % unit, width = exponent as usize),
    };
    match currency {
        "usd" => format!("{sign}${figure}"),
        "eur" => format!("{sign}€{figure}"),
        "gbp" => format!("{sign}£{figure}"),
        other => format!("{sign}{} {figure}", other.to_uppercase()),
    }
}

// https://docs.stripe.com/currencies#zero-decimal and #three-decimal
fn exponent(currency: &str) -> u32 {
    match currency {
        "bif" | "clp" | "djf" | "gnf" | "jpy" | "kmf" | "krw" | "mga" | "pyg" | "rwf" | "vnd"
        | "vuv" | "xaf" | "xof" | "xpf" => 0,
        "bhd" | "jod" | "kwd" | "omr" | "tnd" => 3,
        _ => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn every_currency_has_its_decimals() {
        let table = [
            (500, "usd", "$5.00"),
            (5, "usd", "$0.05"),
            (-1250, "eur", "-€12.50"),
            (500, "jpy", "JPY 500"),
            (1500, "kwd", "KWD 1.500"),
        ];
        for (amount, currency, expected) in table {
            assert_eq!(words(amount, currency), expected);
        }
    }
}
