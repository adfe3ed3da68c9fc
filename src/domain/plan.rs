//! What is for sale.

use std::fmt;

use super::ids::{PlanId, PriceId};
use super::money::Money;

/// How many servers an account may have in all, the free ones included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Limit {
    /// So many and no more.
    Servers(u32),
    /// Any number.
    Unlimited,
}

impl Limit {
    /// `None` stands for unlimited, in the configuration as in JSON.
    pub fn from_option(servers: Option<u32>) -> Self {
        servers.map_or(Self::Unlimited, Self::Servers)
    }

    /// The number, or `None` when there is none.
    pub fn as_option(self) -> Option<u32> {
        match self {
            Self::Servers(count) => Some(count),
            Self::Unlimited => None,
        }
    }

    /// Whether one more than `used` still fits.
    pub fn admits(self, used: u32) -> bool {
        Self::Servers(used) < self
    }

    pub(crate) fn times(self, quantity: u32) -> Self {
        match self {
            Self::Servers(count) => Self::Servers(count.saturating_mul(quantity)),
            Self::Unlimited => Self::Unlimited,
        }
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Servers(count) => write!(f, "{count}"),
            Self::Unlimited => f.write_str("unlimited"),
        }
    }
}

/// How often a price is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Interval {
    /// Every month.
    Month,
    /// Every year.
    Year,
    /// Once, for a lifetime.
    Once,
}

impl Interval {
    /// All of them, in the order pages show them.
    pub(crate) const ALL: [Self; 3] = [Self::Month, Self::Year, Self::Once];

    /// The word of the JSON API and of forms.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Month => "month",
            Self::Year => "year",
            Self::Once => "once",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|interval| interval.as_str() == text)
    }
}

impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How the configuration names a price of Stripe's.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum PriceName {
    /// A price id, `price_…`.
    Id(PriceId),
    /// A lookup key, which may move from price to price.
    LookupKey(String),
}

impl PriceName {
    pub(crate) fn as_str(&self) -> &str {
        match self {
            Self::Id(id) => id.as_str(),
            Self::LookupKey(key) => key,
        }
    }
}

/// A plan as configured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) id: PlanId,
    pub(crate) name: String,
    pub(crate) limit: Limit,
    pub(crate) prices: Vec<(Interval, PriceName)>,
}

/// A configured price that Stripe confirmed: it can be bought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Offer {
    pub(crate) plan: PlanId,
    pub(crate) interval: Interval,
    pub(crate) price: PriceId,
    pub(crate) lookup_key: Option<String>,
    pub(crate) amount_minor: i64,
    pub(crate) currency: String,
}

impl Offer {
    /// The price in words; the bare number where Stripe names a currency nobody knows.
    pub(crate) fn amount(&self) -> String {
        Money::from_minor(self.amount_minor, &self.currency)
            .map_or_else(|_| format!("{} {}", self.amount_minor, self.currency), |m| m.to_string())
    }
}

/// A configured price that cannot be bought now, and why.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub(crate) struct Hidden {
    #[serde(skip)]
    pub(crate) plan: PlanId,
    #[serde(serialize_with = "as_word")]
    pub(crate) interval: Interval,
    pub(crate) reason: String,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes fields so")]
fn as_word<S: serde::Serializer>(interval: &Interval, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(interval.as_str())
}

/// A price as Stripe describes it, before it is judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PriceFacts {
    pub(crate) id: PriceId,
    pub(crate) lookup_key: Option<String>,
    pub(crate) active: bool,
    pub(crate) currency: String,
    pub(crate) unit_amount: Option<i64>,
    /// `recurring.interval`, `None` for a one-time price.
    pub(crate) recurring: Option<String>,
    pub(crate) interval_count: u32,
}

/// Splits the configured prices into what can be bought and what cannot, with the reason.
///
/// `found` holds what Stripe knows of the configured names, in any order.
pub(crate) fn resolve(plans: &[Plan], found: &[PriceFacts]) -> (Vec<Offer>, Vec<Hidden>) {
    let mut offers: Vec<Offer> = Vec::new();
    let mut hidden = Vec::new();
    for plan in plans {
        for (interval, name) in &plan.prices {
            match judge(*interval, name, found).and_then(|price| fits(plan, price, &offers)) {
                Ok((price, amount_minor)) => offers.push(Offer {
                    plan: plan.id.clone(),
                    interval: *interval,
                    price: price.id.clone(),
                    lookup_key: price.lookup_key.clone(),
                    amount_minor,
                    currency: price.currency.clone(),
                }),
                Err(reason) => {
                    hidden.push(Hidden { plan: plan.id.clone(), interval: *interval, reason });
                }
            }
        }
    }
    (offers, hidden)
}

fn judge<'f>(
    interval: Interval,
    name: &PriceName,
    found: &'f [PriceFacts],
) -> Result<&'f PriceFacts, String> {
    let price = found.iter().find(|price| match name {
        PriceName::Id(id) => price.id == *id,
        PriceName::LookupKey(key) => price.lookup_key.as_deref() == Some(key.as_str()),
    });
    let Some(price) = price else {
        return Err(format!("Stripe has no price `{}`", name.as_str()));
    };
    if !price.active {
        return Err(format!("price {} is archived at Stripe", price.id));
    }
    let wanted = match interval {
        Interval::Month => Some("month"),
        Interval::Year => Some("year"),
        Interval::Once => None,
    };
    if price.recurring.as_deref() != wanted || (wanted.is_some() && price.interval_count != 1) {
        let is = price.recurring.as_deref().map_or("once".to_owned(), |unit| {
            if price.interval_count == 1 {
                format!("every {unit}")
            } else {
                format!("every {} {unit}s", price.interval_count)
            }
        });
        return Err(format!("price {} is paid {is}, not per {interval}", price.id));
    }
    Ok(price)
}

fn fits<'f>(
    plan: &Plan,
    price: &'f PriceFacts,
    offers: &[Offer],
) -> Result<(&'f PriceFacts, i64), String> {
    if let Some(other) = offers.iter().find(|offer| offer.price == price.id) {
        return Err(format!("price {} is already {} per {}", price.id, other.plan, other.interval));
    }
    let sibling = offers.iter().find(|offer| offer.plan == plan.id);
    if let Some(sibling) = sibling.filter(|offer| offer.currency != price.currency) {
        return Err(format!(
            "price {} is in {}, the plan's other prices are in {}",
            price.id, price.currency, sibling.currency
        ));
    }
    let amount = price
        .unit_amount
        .ok_or_else(|| format!("price {} has no fixed amount per unit", price.id))?;
    Ok((price, amount))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn price(id: &str, key: &str, recurring: Option<&str>) -> PriceFacts {
        PriceFacts {
            id: PriceId::new(id).expect("a price id"),
            lookup_key: Some(key.to_owned()),
            active: true,
            currency: "eur".to_owned(),
            unit_amount: Some(500),
            recurring: recurring.map(str::to_owned),
            interval_count: 1,
        }
    }

    fn starter() -> Plan {
        Plan {
            id: PlanId::new("starter").expect("a plan id"),
            name: "Starter".to_owned(),
            limit: Limit::Servers(3),
            prices: vec![
                (Interval::Month, PriceName::LookupKey("m".to_owned())),
                (Interval::Year, PriceName::LookupKey("y".to_owned())),
            ],
        }
    }

    #[test]
    fn a_price_that_does_not_fit_is_hidden_with_its_reason() {
        let good = || price("price_y", "y", Some("year"));
        let table: Vec<(PriceFacts, &str)> = vec![
            (PriceFacts { active: false, ..good() }, "price price_y is archived at Stripe"),
            (
                PriceFacts { recurring: Some("month".to_owned()), ..good() },
                "price price_y is paid every month, not per year",
            ),
            (PriceFacts { recurring: None, ..good() }, "price price_y is paid once, not per year"),
            (
                PriceFacts { interval_count: 2, ..good() },
                "price price_y is paid every 2 years, not per year",
            ),
            (
                PriceFacts { currency: "usd".to_owned(), ..good() },
                "price price_y is in usd, the plan's other prices are in eur",
            ),
            (
                PriceFacts { unit_amount: None, ..good() },
                "price price_y has no fixed amount per unit",
            ),
            (PriceFacts { lookup_key: None, ..good() }, "Stripe has no price `y`"),
        ];
        for (year, reason) in table {
            let found = [price("price_m", "m", Some("month")), year];
            let (offers, hidden) = resolve(&[starter()], &found);
            assert_eq!(offers.len(), 1, "{reason}");
            assert_eq!(hidden[0].reason, reason);
        }
        let both = [price("price_m", "m", Some("month")), good()];
        assert_eq!(resolve(&[starter()], &both).0.len(), 2);
    }

    #[test]
    fn two_names_for_one_price_sell_it_once() {
        let mut plan = starter();
        plan.prices = vec![
            (Interval::Month, PriceName::LookupKey("m".to_owned())),
            (Interval::Month, PriceName::Id(PriceId::new("price_m").expect("a price id"))),
        ];
        let (offers, hidden) = resolve(&[plan], &[price("price_m", "m", Some("month"))]);
        assert_eq!(offers.len(), 1);
        assert_eq!(hidden[0].reason, "price price_m is already starter per month");
    }

    #[test]
    fn a_limit_admits_until_it_is_reached() {
        let table = [
            (Limit::Servers(3), 2, true),
            (Limit::Servers(3), 3, false),
            (Limit::Servers(3), 4, false),
            (Limit::Servers(0), 0, false),
            (Limit::Unlimited, u32::MAX, true),
        ];
        for (limit, used, admitted) in table {
            assert_eq!(limit.admits(used), admitted, "{limit} with {used}");
        }
        assert_eq!(Limit::Servers(3).times(2), Limit::Servers(6));
        assert_eq!(Limit::Unlimited.times(2), Limit::Unlimited);
    }
}
