//! Webhook endpoints, as the operator sets them up.

use secrecy::SecretString;
use serde::Deserialize;
use stripe_client_core::StripeRequest;
use stripe_misc::webhook_endpoint::{
    CreateWebhookEndpoint, CreateWebhookEndpointEnabledEvents, ListWebhookEndpoint,
    UpdateWebhookEndpoint, UpdateWebhookEndpointEnabledEvents,
};

use super::send::Call;
use super::wire::{Listed, or_default};
use super::{Patience, Stripe, StripeFailed};
use crate::domain::ids::{EndpointId, InvalidId};

/// The API version that requests name and endpoints are made with.
pub(crate) const VERSION: stripe_shared::ApiVersion = stripe_shared::version::VERSION;

/// Where Stripe sends events, and which.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Endpoint {
    pub(crate) id: EndpointId,
    pub(crate) url: String,
    pub(crate) enabled: bool,
    /// `None` where it follows the account's version.
    pub(crate) api_version: Option<String>,
    /// Types of events, or `*` for all.
    pub(crate) events: Vec<String>,
}

impl Endpoint {
    /// Whether its events come in the version that we pin.
    pub(crate) fn is_pinned(&self) -> bool {
        self.api_version.as_deref() == Some(VERSION.as_str())
    }
}

impl Stripe {
    pub(crate) async fn endpoints(
        &self,
        patience: Patience,
    ) -> Result<Vec<Endpoint>, StripeFailed> {
        let list = ListWebhookEndpoint::new().limit(100);
        let found: Vec<EndpointAnswer> = self
            .every("webhook_endpoint_list", patience, |after| match after {
                Some(id) => list.clone().starting_after(id).build(),
                None => list.build(),
            })
            .await?;
        Ok(found.into_iter().map(EndpointAnswer::into_domain).collect::<Result<_, InvalidId>>()?)
    }

    /// Makes an endpoint of the pinned version; its signing secret is in no later answer.
    pub(crate) async fn create_endpoint(
        &self,
        url: &str,
        events: &[String],
        key: &str,
        patience: Patience,
    ) -> Result<(Endpoint, Option<SecretString>), StripeFailed> {
        let types = events.iter().map(|event| type_to_create(event)).collect::<Vec<_>>();
        let endpoint =
            CreateWebhookEndpoint::new(types, url).api_version(VERSION).description("Coinslot");
        let call = Call::new("webhook_endpoint_create", endpoint.build()).keyed(key);
        let mut made: EndpointAnswer = self.call(call, patience).await?;
        let secret = made.secret.take();
        Ok((made.into_domain()?, secret))
    }

    /// Lets an endpoint be enabled and send exactly `events`.
    pub(crate) async fn update_endpoint(
        &self,
        id: &EndpointId,
        events: &[String],
        key: &str,
        patience: Patience,
    ) -> Result<Endpoint, StripeFailed> {
        let types = events.iter().map(|event| type_to_update(event)).collect::<Vec<_>>();
        let endpoint =
            UpdateWebhookEndpoint::new(id.as_str()).enabled_events(types).disabled(false);
        let call = Call::new("webhook_endpoint_update", endpoint.build()).keyed(key);
        let changed: EndpointAnswer = self.call(call, patience).await?;
        Ok(changed.into_domain()?)
    }
}

fn type_to_create(event: &str) -> CreateWebhookEndpointEnabledEvents {
    let Ok(kind) = event.parse();
    kind
}

fn type_to_update(event: &str) -> UpdateWebhookEndpointEnabledEvents {
    let Ok(kind) = event.parse();
    kind
}

#[derive(Deserialize)]
struct EndpointAnswer {
    id: String,
    #[serde(default, deserialize_with = "or_default")]
    url: String,
    #[serde(default, deserialize_with = "or_default")]
    status: String,
    api_version: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    enabled_events: Vec<String>,
    secret: Option<SecretString>,
}

impl Listed for EndpointAnswer {
    fn id(&self) -> &str {
        &self.id
    }
}

impl EndpointAnswer {
    fn into_domain(self) -> Result<Endpoint, InvalidId> {
        Ok(Endpoint {
            id: EndpointId::new(self.id)?,
            url: self.url,
            enabled: self.status == "enabled",
            api_version: self.api_version,
            events: self.enabled_events,
        })
    }
}
