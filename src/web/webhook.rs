//! Where Stripe delivers: bound, verify, file, answer.

use std::sync::Arc;

use rocket::data::{Data, ToByteUnit as _};
use rocket::response::content::RawJson;
use rocket::{State, post};

use super::arrival::in_time;
use super::error::Problem;
use super::guards::{ClientAddress, StripeSignature};
use super::limits::Limits;
use crate::domain::delivery::{Delivery, Refused};
use crate::flows::intake::{self, Filed};
use crate::flows::{Billing, silence};

const MOST_MIB: u64 = 1;

/// Takes one delivery; 200 is answered only when it is on disk, or need not be.
#[post("/", data = "<body>")]
pub(super) async fn receive(
    signature: StripeSignature<'_>,
    client: ClientAddress,
    body: Data<'_>,
    billing: &State<Arc<Billing>>,
    limits: &State<Limits>,
) -> Result<RawJson<&'static str>, Problem> {
    metrics::counter!("coinslot_webhook_received_total").increment(1);
    let secrets: Vec<&str> = billing
        .settings
        .stripe
        .webhook_secrets
        .iter()
        .map(secrecy::ExposeSecret::expose_secret)
        .collect();
    if secrets.is_empty() {
        return Err(Problem::no_webhook_secret());
    }
    let body = in_time(body.open(MOST_MIB.mebibytes()).into_bytes())
        .await?
        .map_err(|_| Problem::unreadable_body())?;
    if !body.is_complete() {
        return Err(Problem::too_large(MOST_MIB));
    }
    let delivery = match Delivery::open(&body, signature.0, &secrets, billing.now()) {
        Ok(delivery) => delivery,
        Err(why) => {
            if why == Refused::Forged {
                silence::refused(billing);
            }
            limits.invalid_webhook(client)?;
            metrics::counter!("coinslot_webhook_invalid_signature_total").increment(1);
            tracing::warn!(%client, reason = %why, "a webhook delivery was refused");
            return Err(Problem::bad_delivery(why));
        }
    };
    limits.webhook()?;
    let (event, kind) = (delivery.envelope.id.clone(), delivery.envelope.kind.clone());
    let filed = intake::file(billing, delivery).await.map_err(|error| {
        tracing::error!(%event, %kind, %error, "a delivery could not be stored");
        Problem::not_stored()
    })?;
    if matches!(filed, Filed::Queued | Filed::Duplicate) {
        silence::heard(billing).await;
    }
    count(&event, &kind, filed);
    Ok(RawJson(r#"{"received":true}"#))
}

fn count(event: &str, kind: &str, filed: Filed) {
    match filed {
        Filed::Queued => {
            metrics::counter!("coinslot_webhook_queued_total").increment(1);
            tracing::info!(event, kind, "event received");
        }
        Filed::Duplicate => {
            metrics::counter!("coinslot_webhook_duplicate_total").increment(1);
            tracing::info!(event, kind, "event received before");
        }
        Filed::Ignored(why) => {
            metrics::counter!("coinslot_webhook_ignored_total", "reason" => why.as_str())
                .increment(1);
            tracing::info!(event, kind, reason = why.as_str(), "event ignored");
        }
        Filed::Unlisted => {
            metrics::counter!("coinslot_webhook_ignored_total", "reason" => "type").increment(1);
            tracing::debug!(event, kind, "event of a type that changes nothing here");
        }
    }
}
