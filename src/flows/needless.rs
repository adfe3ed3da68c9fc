//! What a checkout would sell for nothing, or could not sell at all.

use super::Billing;
use super::checkout::NotBegun;
use super::gate::Standing;
use crate::domain::entitlement;
use crate::domain::plan::{Interval, Offer};
use crate::store::checkouts::{Checkout, Kind, Progress};
use crate::stripe::StripeFailed;

/// Money moves only where it buys something that is not there yet.
pub(super) fn refuse(
    billing: &Billing,
    standing: &Standing,
    offer: &Offer,
    unsettled: &[Checkout],
) -> Result<(), NotBegun> {
    let lifetimes = &standing.facts.lifetimes;
    if offer.interval == Interval::Once {
        if lifetimes.iter().any(|bought| bought.plan == offer.plan) {
            return Err(NotBegun::AlreadyOwned(offer.plan.clone()));
        }
        let paying = |checkout: &Checkout| {
            checkout.kind == Kind::Payment && checkout.progress == Progress::Processing
        };
        if unsettled.iter().any(paying) {
            return Err(NotBegun::AlreadyPaying(offer.plan.clone()));
        }
        return Ok(());
    }
    if let Some(running) = standing.running() {
        return Err(NotBegun::SubscriptionExists {
            state: entitlement::state(running),
            action_url: running
                .payment
                .invoice_url
                .clone()
                .unwrap_or_else(|| standing.desk(billing)),
        });
    }
    let limit = billing.settings.plan(&offer.plan).map(|plan| plan.limit);
    if let Some(bought) = lifetimes.iter().find(|bought| limit.is_some_and(|it| bought.limit >= it))
    {
        return Err(NotBegun::AlreadyOwned(bought.plan.clone()));
    }
    if let Some(pays_in) = standing.other_currency(offer) {
        return Err(NotBegun::OtherCurrency {
            plan: offer.plan.clone(),
            sold_in: offer.currency.to_uppercase(),
            pays_in: pays_in.to_uppercase(),
        });
    }
    Ok(())
}

/// What Stripe knows of currencies beyond the subscriptions we see: quotes, discounts, open items.
///
/// It has no code of its own for that, only words.
pub(super) fn explain(error: StripeFailed, offer: &Offer) -> NotBegun {
    match &error {
        StripeFailed::Refused { message, .. } if message.contains("combine currencies") => {
            NotBegun::OtherCurrency {
                plan: offer.plan.clone(),
                sold_in: offer.currency.to_uppercase(),
                pays_in: "another currency".to_owned(),
            }
        }
        _ => error.into(),
    }
}
