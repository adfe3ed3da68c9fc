//! Names of things, checked once at the door.

use std::fmt;

/// A text that cannot be the id it was taken for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{shown}` is no {kind} id: {rule}")]
pub struct InvalidId {
    /// Whose id, such as `account`.
    pub(crate) kind: &'static str,
    pub(crate) rule: &'static str,
    /// The text, or its beginning.
    pub(crate) shown: String,
}

macro_rules! id {
    ($(#[$doc:meta])* $vis:vis $name:ident, $kind:literal, $rule:literal, $check:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
        #[serde(transparent)]
        $vis struct $name(String);

        impl $name {
            /// Takes `text` if it has the form of this id.
            ///
            /// # Errors
            ///
            /// [`InvalidId`], naming the text and the form.
            pub fn new(text: impl Into<String>) -> Result<Self, InvalidId> {
                let text = text.into();
                let check: fn(&str) -> bool = $check;
                if check(&text) {
                    return Ok(Self(text));
                }
                let shown = text.chars().take(64).collect();
                Err(InvalidId { kind: $kind, rule: $rule, shown })
            }

            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl std::str::FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                Self::new(text)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }
    };
}

id!(
    /// Who pays: one account has one customer at Stripe and any number of users.
    pub AccountId, "account", "1 to 128 of A-Z a-z 0-9 . _ : -", is_chosen_id
);
id!(
    /// A server, named by the panel it runs in.
    pub ServerId, "server", "1 to 128 of A-Z a-z 0-9 . _ : -", is_chosen_id
);
id!(
    /// A plan of the configuration, stored with every subscription.
    pub PlanId, "plan", "1 to 40 of a-z 0-9 _ -",
    |text| (1..=40).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_-".contains(&b))
);
id!(
    /// Stripe's `cus_…`.
    pub(crate) CustomerId, "Stripe customer", "cus_ and letters, digits or _",
    |text| is_stripe_id(text, "cus_")
);
id!(
    /// Stripe's `sub_…`.
    pub(crate) SubscriptionId, "Stripe subscription", "sub_ and letters, digits or _",
    |text| is_stripe_id(text, "sub_")
);
id!(
    /// Stripe's `si_…`, an item of a subscription.
    pub(crate) ItemId, "Stripe subscription item", "si_ and letters, digits or _",
    |text| is_stripe_id(text, "si_")
);
id!(
    /// Stripe's `sub_sched_…`, a Subscription Schedule.
    pub(crate) ScheduleId, "Stripe subscription schedule", "sub_sched_ and letters, digits or _",
    |text| is_stripe_id(text, "sub_sched_")
);
id!(
    /// Stripe's `cs_…`, a Checkout Session.
    pub(crate) SessionId, "Stripe Checkout Session", "cs_ and letters, digits or _",
    |text| is_stripe_id(text, "cs_")
);
id!(
    /// Stripe's `price_…`; prices made from old plans may have any other name.
    pub(crate) PriceId, "Stripe price", "1 to 255 letters, digits, _ . or -",
    |text| (1..=255).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.-".contains(&b))
        && text.bytes().any(|b| b != b'.')
);
id!(
    /// Stripe's `in_…`.
    pub(crate) InvoiceId, "Stripe invoice", "in_ and letters, digits or _",
    |text| is_stripe_id(text, "in_")
);
id!(
    /// Stripe's `pi_…`.
    pub(crate) PaymentIntentId, "Stripe payment intent", "pi_ and letters, digits or _",
    |text| is_stripe_id(text, "pi_")
);
id!(
    /// Stripe's `ch_…` for cards, `py_…` and others for the rest.
    pub(crate) ChargeId, "Stripe charge", "letters, digits or _",
    |text| is_stripe_id(text, "")
);
id!(
    /// Stripe's `du_…`, `dp_…` before.
    pub(crate) DisputeId, "Stripe dispute", "letters, digits or _",
    |text| is_stripe_id(text, "")
);
id!(
    /// Stripe's `we_…`, a webhook endpoint.
    pub(crate) EndpointId, "Stripe webhook endpoint", "we_ and letters, digits or _",
    |text| is_stripe_id(text, "we_")
);
id!(
    /// Stripe's `evt_…`.
    pub(crate) EventId, "Stripe event", "evt_ and letters, digits or _",
    |text| is_stripe_id(text, "evt_")
);

/// Which of Stripe's two worlds an object belongs to; ids of one mean nothing in the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Mode {
    /// Real cards.
    Live,
    /// Test cards, and the embedded sandbox.
    Test,
}

impl Mode {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Test => "test",
        }
    }

    /// What Stripe's `livemode` flag says.
    pub(crate) fn of(livemode: bool) -> Self {
        if livemode { Self::Live } else { Self::Test }
    }
}

fn is_chosen_id(text: &str) -> bool {
    (1..=128).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._:-".contains(&b))
}

/// Ids go into the path of a request as they are, so nothing that could leave its segment passes.
fn is_stripe_id(text: &str, prefix: &str) -> bool {
    text.len() <= 255
        && text.strip_prefix(prefix).is_some_and(|rest| {
            !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_taken_only_in_its_own_form() {
        let long = "a".repeat(129);
        let table = [
            ("acc_1", true),
            ("user:42.eu-west", true),
            ("", false),
            ("a b", false),
            ("a/b", false),
            ("ä", false),
            (long.as_str(), false),
        ];
        for (text, good) in table {
            assert_eq!(AccountId::new(text).is_ok(), good, "{text}");
        }
    }

    #[test]
    fn what_is_no_id_is_told_with_the_form_of_one() {
        let long = "a".repeat(129);
        let table = [
            (
                AccountId::new("a b").err(),
                "`a b` is no account id: 1 to 128 of A-Z a-z 0-9 . _ : -",
            ),
            (ServerId::new("").err(), "`` is no server id: 1 to 128 of A-Z a-z 0-9 . _ : -"),
            (PlanId::new("A").err(), "`A` is no plan id: 1 to 40 of a-z 0-9 _ -"),
            (EventId::new("x").err(), "`x` is no Stripe event id: evt_ and letters, digits or _"),
        ];
        for (error, text) in table {
            assert_eq!(error.expect("it is none").to_string(), text);
        }
        let told = AccountId::new(long).expect_err("it is too long").to_string();
        assert!(told.starts_with(&format!("`{}` is", "a".repeat(64))), "{told}");
    }

    #[test]
    fn a_stripe_id_cannot_leave_its_path_segment() {
        for text in ["cus_1/../../accounts", "cus_", "cus_1?x", "cus_1%2f", "sub_1", "cus_1 "] {
            assert!(CustomerId::new(text).is_err(), "{text}");
        }
        assert!(CustomerId::new("cus_NffrFeUfNV2Hib").is_ok());
        assert!(SessionId::new("cs_test_a1B2").is_ok());
        assert!(SessionId::new("garbage").is_err());
        assert!(PriceId::new("..").is_err());
        assert!(PriceId::new("gold.v2").is_ok());
    }
}
