//! Amounts of money.

use std::fmt;

use iso_currency::Currency;

/// An amount in its currency's smallest unit, as Stripe counts it.
///
/// ```
/// # use coinslot::Money;
/// assert_eq!(Money::from_minor(1250, "usd")?.to_string(), "$12.50");
/// assert_eq!(Money::from_minor(1250, "jpy")?.to_string(), "¥1,250");
/// assert_eq!(Money::from_minor(1250, "kwd")?.to_string(), "1.250 KWD");
/// # Ok::<(), coinslot::UnknownCurrency>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Money {
    minor: i64,
    currency: Currency,
}

/// A text that is no ISO 4217 currency code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no currency that ISO 4217 knows")]
pub struct UnknownCurrency(pub String);

impl Money {
    /// Takes what Stripe's `unit_amount` and `currency` say.
    ///
    /// # Errors
    ///
    /// [`UnknownCurrency`] unless `currency` is an ISO 4217 code, in either case.
    pub fn from_minor(minor: i64, currency: &str) -> Result<Self, UnknownCurrency> {
        Currency::from_code(&currency.to_ascii_uppercase())
            .map(|currency| Self { minor, currency })
            .ok_or_else(|| UnknownCurrency(currency.to_owned()))
    }

    /// Digits behind the decimal point in Stripe's amounts of this currency.
    ///
    /// They are ISO 4217's but for three that Stripe counts otherwise, see
    /// <https://docs.stripe.com/currencies#special-cases> and `#zero-decimal` on the same page.
    fn decimals(self) -> u32 {
        match self.currency {
            Currency::ISK | Currency::UGX => 2,
            Currency::MGA => 0,
            other => other.exponent().map_or(2, u32::from),
        }
    }
}

/// The digits of an amount, for whoever writes it their own way.
pub(crate) struct Digits {
    /// `-` or nothing.
    pub(crate) sign: &'static str,
    /// Those before the decimal point, ungrouped.
    pub(crate) whole: String,
    /// Those behind it, none for some currencies.
    pub(crate) rest: String,
}

/// How a currency is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    Symbol(&'static str),
    Code(&'static str),
}

impl Money {
    pub(crate) fn digits(self) -> Digits {
        let unit = 10_u64.pow(self.decimals());
        let size = self.minor.unsigned_abs();
        let width = self.decimals() as usize;
        Digits {
            sign: if self.minor < 0 { "-" } else { "" },
            whole: (size / unit).to_string(),
            rest: if unit > 1 { format!("{:0width$}", size % unit) } else { String::new() },
        }
    }

    pub(crate) fn unit(self) -> Unit {
        match self.currency {
            Currency::USD => Unit::Symbol("$"),
            Currency::EUR => Unit::Symbol("€"),
            Currency::GBP => Unit::Symbol("£"),
            Currency::JPY => Unit::Symbol("¥"),
            other => Unit::Code(other.code()),
        }
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Digits { sign, whole, rest } = self.digits();
        let mut number = grouped(&whole);
        if !rest.is_empty() {
            number.push('.');
            number.push_str(&rest);
        }
        match self.unit() {
            Unit::Symbol(symbol) => write!(f, "{sign}{symbol}{number}"),
            Unit::Code(code) => write!(f, "{sign}{number} {code}"),
        }
    }
}

fn grouped(digits: &str) -> String {
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_shows_its_currencys_decimals() {
        let table = [
            (500, "usd", "$5.00"),
            (5, "usd", "$0.05"),
            (0, "eur", "€0.00"),
            (417, "eur", "€4.17"),
            (-417, "eur", "-€4.17"),
            (123_456_789, "gbp", "£1,234,567.89"),
            (500, "jpy", "¥500"),
            (1_000_000, "jpy", "¥1,000,000"),
            (500, "kwd", "0.500 KWD"),
            (12_345, "bhd", "12.345 BHD"),
            (500, "cad", "5.00 CAD"),
            (500, "isk", "5.00 ISK"),
            (500, "ugx", "5.00 UGX"),
            (500, "mga", "500 MGA"),
            (500, "krw", "500 KRW"),
        ];
        for (minor, currency, shown) in table {
            let money = Money::from_minor(minor, currency).expect(currency);
            assert_eq!(money.to_string(), shown, "{minor} {currency}");
        }
    }

    #[test]
    fn an_unknown_currency_is_named() {
        let error = Money::from_minor(1, "gold").expect_err("no such currency");
        assert_eq!(error.to_string(), "`gold` is no currency that ISO 4217 knows");
    }
}
