//! Customers: one per account, made by us and never matched by e-mail.

use serde::Deserialize;
use stripe_client_core::StripeRequest;
use stripe_core::customer::{CreateCustomer, ListCustomer, RetrieveCustomer};

use super::send::Call;
use super::wire::{ACCOUNT_KEY, Listed, Metadata, Named, or_default};
use super::{Patience, Stripe, StripeFailed};
use crate::domain::fetched::FetchedCustomer;
use crate::domain::ids::{AccountId, CustomerId};

/// A customer to be made.
pub(crate) struct NewCustomer<'n> {
    pub(crate) account: &'n AccountId,
    pub(crate) email: &'n str,
    pub(crate) name: Option<&'n str>,
}

impl Stripe {
    pub(crate) async fn create_customer(
        &self,
        new: &NewCustomer<'_>,
        key: &str,
        patience: Patience,
    ) -> Result<CustomerId, StripeFailed> {
        let mut customer = CreateCustomer::new()
            .email(new.email)
            .metadata([(ACCOUNT_KEY.to_owned(), new.account.to_string())]);
        if let Some(name) = new.name {
            customer = customer.name(name);
        }
        let call = Call::new("customer_create", customer.build()).keyed(key);
        let made: Named = self.call(call, patience).await?;
        Ok(CustomerId::new(made.id())?)
    }

    /// The customer that carries our mark for `account`, among those with the e-mail it was made with.
    ///
    /// For a creation whose answer was a stored failure: the customer may exist all the same.
    pub(crate) async fn customer_of(
        &self,
        account: &AccountId,
        email: &str,
        patience: Patience,
    ) -> Result<Option<CustomerId>, StripeFailed> {
        let list = ListCustomer::new().email(email).limit(100);
        let found: Vec<CustomerAnswer> = self
            .every("customer_list", patience, |after| match after {
                Some(id) => list.clone().starting_after(id).build(),
                None => list.build(),
            })
            .await?;
        let ours = found.into_iter().find(|one| one.metadata.account().as_ref() == Some(account));
        Ok(ours.map(|customer| CustomerId::new(customer.id)).transpose()?)
    }

    /// `None` when Stripe does not have the customer, or has deleted it.
    pub(crate) async fn customer(
        &self,
        id: &CustomerId,
        patience: Patience,
    ) -> Result<Option<FetchedCustomer>, StripeFailed> {
        let call = Call::new("customer_get", RetrieveCustomer::new(id.as_str()).build());
        let found: Option<CustomerAnswer> = self.find(call, patience).await?;
        found.filter(|customer| !customer.deleted).map(CustomerAnswer::into_domain).transpose()
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct CustomerAnswer {
    id: String,
    email: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    deleted: bool,
    #[serde(default)]
    metadata: Metadata,
}

impl Listed for CustomerAnswer {
    fn id(&self) -> &str {
        &self.id
    }
}

impl CustomerAnswer {
    pub(super) fn into_domain(self) -> Result<FetchedCustomer, StripeFailed> {
        Ok(FetchedCustomer {
            id: CustomerId::new(self.id)?,
            email: self.email,
            account: self.metadata.account(),
        })
    }
}
