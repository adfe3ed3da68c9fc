//! Whether everything that is for sale can be bought.

use std::collections::BTreeSet;

use super::Check;
use crate::domain::ids::PriceId;
use crate::domain::plan::{Plan, PriceFacts, PriceName, resolve};
use crate::stripe::{PlanSwitch, PortalConfiguration, StripeFailed, TaxSettings, WalletDomain};

type Prices = Result<Vec<PriceFacts>, StripeFailed>;

pub(super) fn prices(plans: &[Plan], found: &Prices, allowed: Option<&[PriceId]>) -> Check {
    const ID: &str = "prices";
    let found = match found {
        Ok(found) => found,
        Err(error) => return Check::unasked(ID, error),
    };
    let (offers, hidden) = resolve(plans, found);
    let mut wrong: Vec<String> = hidden
        .iter()
        .map(|price| format!("{} {}: {}", price.plan, price.interval, price.reason))
        .collect();
    let refused =
        offers.iter().filter(|offer| allowed.is_some_and(|list| !list.contains(&offer.price)));
    wrong.extend(refused.map(|offer| {
        let (plan, interval, price) = (&offer.plan, offer.interval, &offer.price);
        format!("{plan} {interval}: {price} is not in billing.stripe.allowed_prices")
    }));
    if wrong.is_empty() {
        return Check::pass(ID, format!("all {} are for sale", offers.len()));
    }
    let remedy = "make the price in Stripe's Dashboard with that lookup key, or take it out of \
                  billing.plans";
    Check::fail(ID, wrong.join("; "), remedy)
}

pub(super) fn price_currency(plans: &[Plan], found: &Prices) -> Check {
    const ID: &str = "price_currency";
    let found = match found {
        Ok(found) => found,
        Err(error) => return Check::unasked(ID, error),
    };
    let currencies = |plan: &Plan| -> BTreeSet<String> {
        let named = |price: &&PriceFacts| plan.prices.iter().any(|(_, name)| is(name, price));
        found.iter().filter(named).map(|price| price.currency.to_uppercase()).collect()
    };
    let words =
        |all: &BTreeSet<String>| all.iter().map(String::as_str).collect::<Vec<_>>().join(" and ");
    let mixed = plans.iter().find(|plan| currencies(plan).len() > 1);
    if let Some(plan) = mixed {
        let seen = format!("{} costs {}", plan.id, words(&currencies(plan)));
        let remedy = "give all prices of a plan one currency: a customer cannot change it";
        return Check::fail(ID, seen, remedy);
    }
    let all: BTreeSet<String> = plans.iter().flat_map(currencies).collect();
    match all.len() {
        0 => Check::fail(ID, "Stripe has none of the prices", "see prices"),
        1 => Check::pass(ID, words(&all)),
        _ => {
            let remedy =
                "give all plans one currency: who has one plan cannot change to a plan of another";
            Check::warn(ID, words(&all), remedy)
        }
    }
}

fn is(name: &PriceName, price: &PriceFacts) -> bool {
    match name {
        PriceName::Id(id) => price.id == *id,
        PriceName::LookupKey(key) => price.lookup_key.as_ref() == Some(key),
    }
}

pub(super) fn portal(
    found: &Result<Vec<PortalConfiguration>, StripeFailed>,
    configured: Option<&str>,
) -> Check {
    const ID: &str = "portal";
    const WHERE: &str = "in Stripe's Dashboard under Billing, Customer portal";
    let found = match found {
        Ok(found) => found,
        Err(error) => return Check::unasked(ID, error),
    };
    let portal =
        found.iter().find(|portal| configured.map_or(portal.is_default, |id| portal.id == id));
    let Some(portal) = portal else {
        return match configured {
            Some(id) => Check::fail(
                ID,
                format!("Stripe has no configuration {id}"),
                "correct billing.stripe.portal_configuration, or leave it out for Stripe's default",
            ),
            None => Check::fail(
                ID,
                "Stripe has no default configuration",
                format!("save the settings once {WHERE}; test mode and live mode have their own"),
            ),
        };
    };
    let id = &portal.id;
    if !portal.active {
        return Check::fail(ID, format!("{id} is not active"), format!("activate it {WHERE}"));
    }
    if !portal.lacks.is_empty() {
        let seen = format!("{id} does not allow {}", portal.lacks.join(" nor "));
        return Check::fail(ID, seen, format!("allow it {WHERE}: our pages lead there"));
    }
    match portal.plan_switch {
        PlanSwitch::Off => Check::pass(ID, format!("{id}, active; plans are changed on our pages")),
        PlanSwitch::Among(None) => {
            Check::pass(ID, format!("{id}, active; customers may switch plans there"))
        }
        PlanSwitch::Among(Some(0)) => {
            let remedy = format!("list the plans' products {WHERE}, or turn the plan switch off");
            Check::warn(ID, format!("{id} lets customers switch plans, but lists none"), remedy)
        }
        PlanSwitch::Among(Some(products)) => {
            Check::pass(ID, format!("{id}, active, {products} products to switch to"))
        }
    }
}

/// `None` where automatic tax is off.
pub(super) fn tax(found: &Result<Option<TaxSettings>, StripeFailed>) -> Check {
    const ID: &str = "tax";
    match found {
        Err(error) => Check::unasked(ID, error),
        Ok(None) => Check::pass(ID, "automatic tax is off"),
        Ok(Some(settings)) if settings.active => Check::pass(ID, "automatic tax is on and set up"),
        Ok(Some(settings)) => {
            let seen = format!("automatic tax lacks {}", settings.missing.join(", "));
            let remedy = "complete Stripe's Dashboard under Tax: until then every checkout fails";
            Check::fail(ID, seen, remedy)
        }
    }
}

/// Checkout is on Stripe's own domain; ours counts as soon as one of our own is set up there.
pub(super) fn payment_methods(
    found: &Result<Option<WalletDomain>, StripeFailed>,
    domain: &str,
) -> Check {
    const ID: &str = "payment_methods";
    const WHERE: &str = "in Stripe's Dashboard under Payment method domains";
    match found {
        Err(error) => Check::unasked(ID, error),
        Ok(None) => {
            let remedy = format!("only for wallets outside Stripe's own Checkout: add it {WHERE}");
            Check::warn(ID, format!("{domain} is not registered for wallets"), remedy)
        }
        Ok(Some(found)) if !found.enabled => Check::fail(
            ID,
            format!("{domain} is registered, but disabled"),
            format!("enable it {WHERE}"),
        ),
        Ok(Some(found)) if !found.inactive.is_empty() => {
            let seen = format!("{domain} is registered, but not for {}", found.inactive.join(", "));
            Check::fail(ID, seen, format!("verify it {WHERE}"))
        }
        Ok(Some(_)) => Check::pass(ID, format!("{domain} is registered for wallets")),
    }
}
