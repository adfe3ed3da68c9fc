//! Environment variables: each stands for one key, and what it holds is text.

use std::collections::BTreeMap;

use rocket::figment::Figment;
use rocket::figment::providers::Serialized;

use super::keys::{self, KEYS};

/// Where variables without a key of their own are kept in the figment.
pub(super) const LEFT_OVER: &str = "coinslot_environment";

/// How a variable that names a plan's price begins.
pub(super) const PRICE: &str = "STRIPE_PRICE_";

/// The default of `databases.billing.url`, which Rocket's pools read from the figment themselves.
pub(super) const DATABASE: &str = "coinslot.db";

/// Lays `variables` over `figment`; an empty one counts as unset.
pub(super) fn overlay(
    figment: Figment,
    variables: impl IntoIterator<Item = (String, String)>,
) -> Figment {
    let mut variables: BTreeMap<String, String> = variables
        .into_iter()
        .map(|(name, value)| (name, value.trim().to_owned()))
        .filter(|(_, value)| !value.is_empty())
        .collect();
    let mut figment = figment.join(Serialized::default("databases.billing.url", DATABASE));
    for key in KEYS {
        let values: Vec<String> =
            key.env.iter().filter_map(|name| variables.remove(*name)).collect();
        if !values.is_empty() {
            figment = figment.merge(Serialized::global(key.path, values.join(",")));
        }
    }
    variables.retain(|name, _| name.starts_with(PRICE) || misspelt(name).is_some());
    figment.merge(Serialized::global(LEFT_OVER, variables))
}

/// The variable that `name` was probably meant to be.
pub(super) fn misspelt(name: &str) -> Option<&'static str> {
    const FARTHEST: usize = 2;
    const SHORTEST: usize = "COINSLOT_".len() + 6;
    if !name.starts_with("COINSLOT_") || name.len() < SHORTEST {
        return None;
    }
    let known = KEYS.iter().flat_map(|key| key.env.iter().copied());
    keys::nearest(name, known).filter(|known| strsim::damerau_levenshtein(name, known) <= FARTHEST)
}
