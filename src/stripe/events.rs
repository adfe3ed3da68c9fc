//! Events that Stripe could not deliver.

use serde::Deserialize;
use stripe_client_core::StripeRequest;
use stripe_core::event::ListEvent;
use stripe_types::RangeBoundsTs;
use stripe_types::RangeQueryTs;

use super::wire::Listed;
use super::{Patience, Stripe, StripeFailed};
use crate::domain::timestamp::Timestamp;

impl Stripe {
    /// The events since `since` that some endpoint did not take, as Stripe would send them, oldest
    /// first.
    pub(crate) async fn undelivered_events(
        &self,
        since: Timestamp,
        patience: Patience,
    ) -> Result<Vec<Vec<u8>>, StripeFailed> {
        self.listed_events(created_since(since).delivery_success(false), patience).await
    }

    /// Every event since `since`, as Stripe would send it, oldest first.
    pub(crate) async fn events(
        &self,
        since: Timestamp,
        patience: Patience,
    ) -> Result<Vec<Vec<u8>>, StripeFailed> {
        self.listed_events(created_since(since), patience).await
    }

    async fn listed_events(
        &self,
        list: ListEvent,
        patience: Patience,
    ) -> Result<Vec<Vec<u8>>, StripeFailed> {
        let found: Vec<RawEvent> = self
            .every("event_list", patience, |after| match after {
                Some(id) => list.clone().starting_after(id).build(),
                None => list.build(),
            })
            .await?;
        Ok(found.into_iter().rev().map(|event| event.whole.to_string().into_bytes()).collect())
    }
}

fn created_since(since: Timestamp) -> ListEvent {
    let since = RangeBoundsTs { gte: Some(since.0), ..RangeBoundsTs::default() };
    ListEvent::new().created(RangeQueryTs::Bounds(since)).limit(100)
}

/// An event, kept whole.
#[derive(Debug, Deserialize)]
#[serde(from = "serde_json::Value")]
struct RawEvent {
    id: String,
    whole: serde_json::Value,
}

impl From<serde_json::Value> for RawEvent {
    fn from(whole: serde_json::Value) -> Self {
        let id = whole.get("id").and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
        Self { id, whole }
    }
}

impl Listed for RawEvent {
    fn id(&self) -> &str {
        &self.id
    }
}
