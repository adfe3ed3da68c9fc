//! A webhook delivery: its signature, and the little that is read of it.
//!
//! Stripe's scheme is described at <https://docs.stripe.com/webhooks#verify-manually>: the header
//! `Stripe-Signature` carries `t=` and any number of `v1=`, each the hex HMAC-SHA256 of
//! `{t}.{body}` under one of the endpoint's secrets.

use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::Deserialize;
use sha2::Sha256;

use super::pruned::Pruned;
use super::timestamp::Timestamp;

/// How far a delivery's date may be from ours, in seconds, in both directions.
pub(crate) const TOLERANCE_SECONDS: u64 = 300;

/// An event that came from Stripe: verified by its signature, or fetched by ourselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Delivery {
    pub(crate) envelope: Envelope,
    /// The exact bytes that were signed.
    pub(crate) payload: Vec<u8>,
}

/// Why a delivery is refused. None of them says which part of a signature was wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refused {
    #[error("the Stripe-Signature header is missing or unreadable")]
    Unsigned,
    #[error("no signature matches")]
    Forged,
    #[error("the signature is more than 300 s old or ahead")]
    Untimely,
    #[error("the body is signed but is no event with `id`, `type` and `data.object`")]
    NotAnEvent,
}

/// What is read of an event; everything else is fetched from Stripe afresh.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Envelope {
    pub(crate) id: String,
    pub(crate) kind: String,
    pub(crate) created_at: Timestamp,
    pub(crate) livemode: bool,
    /// The connected account, in a Connect event.
    pub(crate) connect_account: Option<String>,
    pub(crate) api_version: Option<String>,
    pub(crate) owner: Owner,
}

/// Every trace by which an event's object finds its account.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Owner {
    pub(crate) object_id: Option<String>,
    pub(crate) customer: Option<String>,
    pub(crate) subscription: Option<String>,
    pub(crate) invoice: Option<String>,
    pub(crate) payment_intent: Option<String>,
    /// `metadata.account_id`, else `client_reference_id`.
    pub(crate) account: Option<String>,
}

impl Delivery {
    /// Takes `payload` if `signature` holds for any of `secrets` at `now`.
    ///
    /// # Errors
    ///
    /// [`Refused`], with nothing remembered of the payload.
    pub(crate) fn open(
        payload: &[u8],
        signature: Option<&str>,
        secrets: &[impl AsRef<[u8]>],
        now: Timestamp,
    ) -> Result<Self, Refused> {
        let header = SignatureHeader::parse(signature.ok_or(Refused::Unsigned)?)?;
        if !header.matches(payload, secrets) {
            return Err(Refused::Forged);
        }
        if header.signed_at.abs_diff(now.0) > TOLERANCE_SECONDS {
            return Err(Refused::Untimely);
        }
        let envelope = Envelope::read(payload).ok_or(Refused::NotAnEvent)?;
        Ok(Self { envelope, payload: payload.to_vec() })
    }

    /// Takes an event that was fetched from Stripe's API, which needs no signature.
    pub(crate) fn fetched(payload: Vec<u8>) -> Option<Self> {
        Some(Self { envelope: Envelope::read(&payload)?, payload })
    }
}

struct SignatureHeader<'h> {
    signed_at: i64,
    /// The date exactly as written, since that is what was signed.
    signed_at_text: &'h str,
    candidates: Vec<[u8; 32]>,
}

impl<'h> SignatureHeader<'h> {
    fn parse(header: &'h str) -> Result<Self, Refused> {
        let mut signed_at_text = None;
        let mut candidates = Vec::new();
        for part in header.split(',') {
            match part.trim().split_once('=') {
                Some(("t", value)) => signed_at_text = Some(value),
                Some(("v1", value)) => {
                    let mut bytes = [0; 32];
                    if hex::decode_to_slice(value, &mut bytes).is_ok() {
                        candidates.push(bytes);
                    }
                }
                Some(_) | None => {}
            }
        }
        let signed_at_text = signed_at_text.ok_or(Refused::Unsigned)?;
        let signed_at = signed_at_text.parse().map_err(|_| Refused::Unsigned)?;
        if candidates.is_empty() {
            return Err(Refused::Unsigned);
        }
        Ok(Self { signed_at, signed_at_text, candidates })
    }

    fn matches(&self, payload: &[u8], secrets: &[impl AsRef<[u8]>]) -> bool {
        secrets.iter().any(|secret| {
            let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_ref())
                .expect("HMAC takes keys of any length");
            mac.update(self.signed_at_text.as_bytes());
            mac.update(b".");
            mac.update(payload);
            self.candidates.iter().any(|candidate| mac.clone().verify_slice(candidate).is_ok())
        })
    }
}

impl Envelope {
    /// Reads an event in the shape of any API version; `None` if it is none.
    pub(crate) fn read(payload: &[u8]) -> Option<Self> {
        // A derived reader also takes a list of the fields in their order.
        if !payload.trim_ascii_start().starts_with(b"{") {
            return None;
        }
        // What is passed over below is not looked at, so the encoding is checked here.
        let event: Event = serde_json::from_str(std::str::from_utf8(payload).ok()?).ok()?;
        if event.id.is_empty() || event.kind.is_empty() {
            return None;
        }
        let object = event.data.at(&["object"]).filter(|object| object.is_object())?;
        let text_at = |path: &[&str]| object.at(path)?.as_str();
        let id_at = |path: &[&str]| -> Option<String> {
            let value = object.at(path)?;
            let id = value.as_str().or_else(|| value.at(&["id"])?.as_str())?;
            (!id.is_empty()).then(|| id.to_owned())
        };
        let is = |word: &str| text_at(&["object"]) == Some(word);
        let owner = Owner {
            object_id: id_at(&["id"]),
            customer: if is("customer") { id_at(&["id"]) } else { id_at(&["customer"]) },
            subscription: if is("subscription") {
                id_at(&["id"])
            } else {
                id_at(&["subscription"])
                    .or_else(|| id_at(&["parent", "subscription_details", "subscription"]))
            },
            invoice: if is("invoice") { id_at(&["id"]) } else { id_at(&["invoice"]) },
            payment_intent: id_at(&["payment_intent"]),
            account: id_at(&["metadata", "account_id"])
                .or_else(|| id_at(&["client_reference_id"]))
                .or_else(|| id_at(&["parent", "subscription_details", "metadata", "account_id"]))
                .or_else(|| id_at(&["subscription_details", "metadata", "account_id"])),
        };
        Some(Self {
            id: event.id,
            kind: event.kind,
            created_at: Timestamp(event.created),
            livemode: event.livemode,
            connect_account: event.account,
            api_version: event.api_version,
            owner,
        })
    }
}

#[derive(Deserialize)]
struct Event {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    created: i64,
    #[serde(default)]
    livemode: bool,
    #[serde(default)]
    account: Option<String>,
    #[serde(default)]
    api_version: Option<String>,
    data: Pruned,
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &[u8] = br#"{"id":"evt_1","type":"x","data":{"object":{}}}"#;
    const NOW: i64 = 1_800_000_000;

    fn sign(secret: &str, at: i64, body: &[u8]) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any length");
        mac.update(format!("{at}.").as_bytes());
        mac.update(body);
        hex::encode(mac.finalize().into_bytes())
    }

    fn open(header: &str, body: &[u8]) -> Result<(), Refused> {
        let secrets = ["whsec_new", "whsec_old"];
        Delivery::open(body, Some(header), &secrets, Timestamp(NOW)).map(|_| ())
    }

    #[test]
    fn a_signature_is_judged_by_date_and_by_any_secret() {
        let good = sign("whsec_new", NOW, BODY);
        let old = sign("whsec_old", NOW, BODY);
        let bad = sign("whsec_wrong", NOW, BODY);
        let dated = |offset: i64| {
            let at = NOW + offset;
            format!("t={at},v1={}", sign("whsec_new", at, BODY))
        };
        let table = [
            (format!("t={NOW},v1={good}"), Ok(())),
            (format!("t={NOW},v1={old}"), Ok(())),
            (format!("t={NOW},v1={good},v1={bad}"), Ok(())),
            (format!("t={NOW},v1={bad},v1={good},v0=ff"), Ok(())),
            (format!(" t={NOW} , v1={good}"), Ok(())),
            (format!("t={NOW},v1={bad}"), Err(Refused::Forged)),
            (format!("t={},v1={good}", NOW + 1), Err(Refused::Forged)),
            (dated(-299), Ok(())),
            (dated(-300), Ok(())),
            (dated(-301), Err(Refused::Untimely)),
            (dated(299), Ok(())),
            (dated(301), Err(Refused::Untimely)),
            (format!("t={NOW},v0={good}"), Err(Refused::Unsigned)),
            (format!("v1={good}"), Err(Refused::Unsigned)),
            (format!("t=now,v1={good}"), Err(Refused::Unsigned)),
            (format!("t={NOW},v1=zz"), Err(Refused::Unsigned)),
            (String::new(), Err(Refused::Unsigned)),
        ];
        for (header, expected) in table {
            assert_eq!(open(&header, BODY), expected, "{header}");
        }
    }

    #[test]
    fn a_body_that_was_written_again_does_not_match() {
        let header = format!("t={NOW},v1={}", sign("whsec_new", NOW, BODY));
        let again = br#"{"id": "evt_1", "type": "x", "data": {"object": {}}}"#;
        assert_eq!(open(&header, again), Err(Refused::Forged));
    }

    #[test]
    fn what_is_signed_but_no_event_is_said_to_be_none() {
        for body in ["", "null", "[]", "{}", r#"{"id":"evt_1","type":"x","data":{"object":[]}}"#] {
            let header = format!("t={NOW},v1={}", sign("whsec_new", NOW, body.as_bytes()));
            assert_eq!(open(&header, body.as_bytes()), Err(Refused::NotAnEvent), "{body}");
        }
    }

    #[test]
    fn an_owner_is_found_in_old_and_new_shapes() {
        let read = |object: &str| {
            let event = format!(r#"{{"id":"evt_1","type":"x","data":{{"object":{object}}}}}"#);
            Envelope::read(event.as_bytes()).expect("an event").owner
        };
        let old =
            read(r#"{"object":"invoice","id":"in_1","customer":"cus_1","subscription":"sub_1"}"#);
        let new = read(
            r#"{"object":"invoice","id":"in_1","customer":{"id":"cus_1"},
                "parent":{"subscription_details":{"subscription":"sub_1"}}}"#,
        );
        assert_eq!(old, new);
        assert_eq!(old.subscription.as_deref(), Some("sub_1"));
        let customer = read(r#"{"object":"customer","id":"cus_2"}"#);
        assert_eq!(customer.customer.as_deref(), Some("cus_2"));
        let session =
            read(r#"{"object":"checkout.session","id":"cs_1","client_reference_id":"acc_1"}"#);
        assert_eq!(session.account.as_deref(), Some("acc_1"));
        let refund = read(r#"{"object":"refund","id":"re_1","payment_intent":"pi_1"}"#);
        assert_eq!(refund.payment_intent.as_deref(), Some("pi_1"));
    }
}
