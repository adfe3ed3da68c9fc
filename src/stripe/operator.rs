//! What an operator has set up at Stripe, to be looked at only.

use serde::Deserialize;
use stripe_billing::billing_portal_configuration::ListBillingPortalConfiguration;
use stripe_client_core::StripeRequest;
use stripe_misc::tax_settings::RetrieveForMyAccountTaxSettings;
use stripe_payment::payment_method_domain::ListPaymentMethodDomain;
use stripe_product::price::ListPrice;

use super::send::Call;
use super::wire::{Lenient, Listed, or_default};
use super::{Patience, Stripe, StripeFailed};
use crate::domain::timestamp::Timestamp;

/// A configuration of the Billing Portal.
#[derive(Debug)]
pub(crate) struct PortalConfiguration {
    pub(crate) id: String,
    pub(crate) active: bool,
    pub(crate) is_default: bool,
    /// What our pages send customers there for and it does not allow, in words.
    pub(crate) lacks: Vec<&'static str>,
    pub(crate) plan_switch: PlanSwitch,
}

/// Whether customers may switch plans in the portal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PlanSwitch {
    Off,
    /// Among so many products, where Stripe tells: it leaves the list out of most answers.
    Among(Option<usize>),
}

/// Whether Stripe can work taxes out.
#[derive(Debug)]
pub(crate) struct TaxSettings {
    pub(crate) active: bool,
    /// The fields that are still to be filled in.
    pub(crate) missing: Vec<String>,
}

/// A domain that is registered for wallets.
#[derive(Debug)]
pub(crate) struct WalletDomain {
    pub(crate) enabled: bool,
    /// The wallets that do not work there, with Stripe's reason.
    pub(crate) inactive: Vec<String>,
}

impl Stripe {
    /// What Stripe's clock shows in an answer that any key of ours may have.
    pub(crate) async fn time(&self, patience: Patience) -> Result<Option<Timestamp>, StripeFailed> {
        let call = Call::new("price_list", ListPrice::new().limit(1).build());
        self.date_of(call, patience).await
    }

    pub(crate) async fn portal_configurations(
        &self,
        patience: Patience,
    ) -> Result<Vec<PortalConfiguration>, StripeFailed> {
        let list = ListBillingPortalConfiguration::new().limit(100);
        let found: Vec<PortalAnswer> = self
            .every("portal_configuration_list", patience, |after| match after {
                Some(id) => list.clone().starting_after(id).build(),
                None => list.build(),
            })
            .await?;
        Ok(found.into_iter().map(PortalAnswer::into_domain).collect())
    }

    pub(crate) async fn tax_settings(
        &self,
        patience: Patience,
    ) -> Result<TaxSettings, StripeFailed> {
        let request = RetrieveForMyAccountTaxSettings::new().build();
        let found: TaxAnswer = self.call(Call::new("tax_settings_get", request), patience).await?;
        let pending = found.status_details.pending.unwrap_or_default();
        Ok(TaxSettings { active: found.status == "active", missing: pending.missing_fields })
    }

    /// What is registered for `domain`, if anything.
    pub(crate) async fn wallet_domain(
        &self,
        domain: &str,
        patience: Patience,
    ) -> Result<Option<WalletDomain>, StripeFailed> {
        let list = ListPaymentMethodDomain::new().domain_name(domain).limit(100);
        let found: Vec<DomainAnswer> = self
            .every("payment_method_domain_list", patience, |after| match after {
                Some(id) => list.clone().starting_after(id).build(),
                None => list.build(),
            })
            .await?;
        Ok(found.into_iter().map(DomainAnswer::into_domain).next())
    }
}

#[derive(Deserialize)]
struct PortalAnswer {
    id: String,
    #[serde(default, deserialize_with = "or_default")]
    active: bool,
    #[serde(default, deserialize_with = "or_default")]
    is_default: bool,
    #[serde(default, deserialize_with = "or_default")]
    features: Features,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Features {
    payment_method_update: Feature,
    subscription_cancel: Feature,
    subscription_update: SwitchFeature,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Feature {
    enabled: bool,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct SwitchFeature {
    enabled: bool,
    products: Lenient<Vec<serde::de::IgnoredAny>>,
}

impl Listed for PortalAnswer {
    fn id(&self) -> &str {
        &self.id
    }
}

impl PortalAnswer {
    fn into_domain(self) -> PortalConfiguration {
        let Features { payment_method_update, subscription_cancel, subscription_update } =
            self.features;
        let needed = [
            (payment_method_update, "updating payment methods"),
            (subscription_cancel, "canceling subscriptions"),
        ];
        let lacks = needed.into_iter().filter(|(feature, _)| !feature.enabled);
        let products = subscription_update.products.0.map(|products| products.len());
        PortalConfiguration {
            id: self.id,
            active: self.active,
            is_default: self.is_default,
            lacks: lacks.map(|(_, what)| what).collect(),
            plan_switch: if subscription_update.enabled {
                PlanSwitch::Among(products)
            } else {
                PlanSwitch::Off
            },
        }
    }
}

#[derive(Deserialize)]
struct TaxAnswer {
    #[serde(default, deserialize_with = "or_default")]
    status: String,
    #[serde(default, deserialize_with = "or_default")]
    status_details: TaxDetails,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct TaxDetails {
    pending: Option<TaxPending>,
}

#[derive(Default, Deserialize)]
struct TaxPending {
    #[serde(default, deserialize_with = "or_default")]
    missing_fields: Vec<String>,
}

#[derive(Deserialize)]
struct DomainAnswer {
    id: String,
    #[serde(default, deserialize_with = "or_default")]
    enabled: bool,
    #[serde(default)]
    apple_pay: Lenient<Wallet>,
    #[serde(default)]
    google_pay: Lenient<Wallet>,
    #[serde(default)]
    link: Lenient<Wallet>,
}

#[derive(Deserialize)]
struct Wallet {
    status: String,
    status_details: Option<WalletDetails>,
}

#[derive(Deserialize)]
struct WalletDetails {
    error_message: String,
}

impl Listed for DomainAnswer {
    fn id(&self) -> &str {
        &self.id
    }
}

impl DomainAnswer {
    fn into_domain(self) -> WalletDomain {
        let wallets =
            [("Apple Pay", self.apple_pay), ("Google Pay", self.google_pay), ("Link", self.link)];
        let inactive = wallets.into_iter().filter_map(|(name, wallet)| {
            let wallet = wallet.0.filter(|wallet| wallet.status != "active")?;
            let reason =
                wallet.status_details.map(|details| format!(" ({})", details.error_message));
            Some(format!("{name}{}", reason.unwrap_or_default()))
        });
        WalletDomain { enabled: self.enabled, inactive: inactive.collect() }
    }
}
