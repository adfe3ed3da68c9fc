//! What the domain's own types look like in JSON.

use serde_json::json;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::domain::entitlement::{Basis, Reason, State};
use crate::domain::ids::{
    AccountId, CustomerId, EventId, PlanId, PriceId, ServerId, SessionId, SubscriptionId,
};
use crate::domain::plan::Interval;
use crate::domain::timestamp::Timestamp;
use crate::store::checkouts::Progress;
use crate::store::inbox::{Ignored, Status};

/// Ids, by the pattern that their constructor checks.
macro_rules! ids {
    ($($id:ident $pattern:literal,)*) => {
        $(
            impl PartialSchema for $id {
                fn schema() -> RefOr<Schema> {
                    ObjectBuilder::new().schema_type(Type::String).pattern(Some($pattern)).into()
                }
            }

            impl ToSchema for $id {}
        )*

        #[cfg(test)]
        pub(super) const IDS: &[(&str, &str, fn(&str) -> bool)] =
            &[$((stringify!($id), $pattern, |text| $id::new(text).is_ok()),)*];
    };
}

ids! {
    AccountId "^[A-Za-z0-9._:-]{1,128}$",
    ServerId "^[A-Za-z0-9._:-]{1,128}$",
    PlanId "^[a-z0-9_-]{1,40}$",
    CustomerId "^cus_[A-Za-z0-9_]{1,251}$",
    SubscriptionId "^sub_[A-Za-z0-9_]{1,251}$",
    SessionId "^cs_[A-Za-z0-9_]{1,252}$",
    PriceId "^(?!\\.+$)[A-Za-z0-9_.-]{1,255}$",
    EventId "^evt_[A-Za-z0-9_]{1,251}$",
}

/// Words, all of them: the match fails to compile when one is missing.
macro_rules! words {
    ($($kind:ident as $name:literal: $($word:ident)*;)*) => {
        $(
            impl PartialSchema for $kind {
                fn schema() -> RefOr<Schema> {
                    let word = |kind: $kind| match kind {
                        $($kind::$word => json!(kind),)*
                    };
                    let mut words = vec![$(word($kind::$word)),*];
                    words.dedup();
                    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(words)).into()
                }
            }

            impl ToSchema for $kind {
                fn name() -> std::borrow::Cow<'static, str> {
                    $name.into()
                }
            }
        )*
    };
}

words! {
    State as "State": None Incomplete Trialing Active PastDue RequiresAction Unpaid Paused Canceled
        Lifetime Exempt;
    Reason as "Reason": Free Subscription Trial Grace GraceExpired PaymentIncomplete
        PausedNoPaymentMethod CollectionPaused Ended Lifetime Exempt UnmappedPrice Stale Disputed;
    Basis as "Basis": Free Subscription Lifetime Exempt;
    Interval as "Interval": Month Year Once;
    Progress as "CheckoutProgress": Open Processing Complete Expired Failed;
    Status as "EventStatus": Received Processing Done Failed Dead Ignored;
    Ignored as "IgnoredReason": Livemode Foreign Connect;
}

impl PartialSchema for Timestamp {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .description(Some("RFC 3339, in UTC, whole seconds"))
            .into()
    }
}

impl ToSchema for Timestamp {}
