//! Prices, as the catalogue names them.

use serde::Deserialize;
use stripe_client_core::StripeRequest;
use stripe_product::price::{ListPrice, RetrievePrice};

use super::send::Call;
use super::wire::{Listed, or_default};
use super::{Patience, Stripe, StripeFailed};
use crate::domain::ids::{InvalidId, PriceId};
use crate::domain::plan::PriceFacts;

/// Stripe takes no more in one request.
const LOOKUP_KEYS_PER_CALL: usize = 10;

impl Stripe {
    /// The prices that have one of the lookup keys, inactive ones too.
    pub(crate) async fn prices_by_lookup_keys(
        &self,
        lookup_keys: &[String],
        patience: Patience,
    ) -> Result<Vec<PriceFacts>, StripeFailed> {
        let patience = self.started(patience);
        let mut prices = Vec::new();
        for keys in lookup_keys.chunks(LOOKUP_KEYS_PER_CALL) {
            let list = ListPrice::new().lookup_keys(keys).limit(100);
            let found: Vec<PriceAnswer> = self
                .every("price_list", patience, |after| match after {
                    Some(id) => list.clone().starting_after(id).build(),
                    None => list.build(),
                })
                .await?;
            for price in found {
                prices.push(price.into_domain()?);
            }
        }
        Ok(prices)
    }

    pub(crate) async fn price(
        &self,
        id: &PriceId,
        patience: Patience,
    ) -> Result<Option<PriceFacts>, StripeFailed> {
        let call = Call::new("price_get", RetrievePrice::new(id.as_str()).build());
        let found: Option<PriceAnswer> = self.find(call, patience).await?;
        Ok(found.map(PriceAnswer::into_domain).transpose()?)
    }
}

/// A price, on its own or inside an item.
#[derive(Debug, Deserialize)]
pub(super) struct PriceAnswer {
    id: String,
    lookup_key: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    active: bool,
    #[serde(default, deserialize_with = "or_default")]
    currency: String,
    unit_amount: Option<i64>,
    recurring: Option<Recurring>,
}

#[derive(Debug, Deserialize)]
struct Recurring {
    interval: String,
    interval_count: Option<u32>,
}

impl Listed for PriceAnswer {
    fn id(&self) -> &str {
        &self.id
    }
}

impl PriceAnswer {
    pub(super) fn into_domain(self) -> Result<PriceFacts, InvalidId> {
        let interval_count = self.recurring.as_ref().and_then(|every| every.interval_count);
        Ok(PriceFacts {
            id: PriceId::new(self.id)?,
            lookup_key: self.lookup_key,
            active: self.active,
            currency: self.currency,
            unit_amount: self.unit_amount,
            recurring: self.recurring.map(|every| every.interval),
            interval_count: interval_count.unwrap_or(1),
        })
    }
}
