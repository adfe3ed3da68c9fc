//! What an operator is told of by mail, when it begins and when it is over.

use super::entitlement::Alert;

/// Something to see to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Alarm {
    NoWebhookSecret,
    KeyRefused,
    Silence,
    DeadEvents,
    DeadHooks,
    DeadMail,
    HiddenPrices,
    Drift,
    /// Of one account.
    Account(Alert),
}

impl Alarm {
    /// Those that concern no single account, the worst first.
    pub(crate) const COMMON: [Self; 8] = [
        Self::KeyRefused,
        Self::NoWebhookSecret,
        Self::Silence,
        Self::DeadEvents,
        Self::DeadHooks,
        Self::DeadMail,
        Self::HiddenPrices,
        Self::Drift,
    ];

    /// All, the worst first.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        Self::COMMON.into_iter().chain(Alert::ALL.map(Self::Account))
    }

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::NoWebhookSecret => "no_webhook_secret",
            Self::KeyRefused => "key_refused",
            Self::Silence => "silence",
            Self::DeadEvents => "dead_events",
            Self::DeadHooks => "dead_hooks",
            Self::DeadMail => "dead_mail",
            Self::HiddenPrices => "hidden_prices",
            Self::Drift => "drift",
            Self::Account(alert) => alert.as_str(),
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::all().find(|alarm| alarm.as_str() == text)
    }
}

impl Alert {
    /// All, the worst first.
    pub(crate) const ALL: [Self; 8] = [
        Self::DuplicateSubscription,
        Self::ExemptButPaying,
        Self::UnmappedPrice,
        Self::UnknownStatus,
        Self::Disputed,
        Self::Inquiry,
        Self::MoneyReturned,
        Self::PaidTwice,
    ];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::DuplicateSubscription => "duplicate_subscription",
            Self::ExemptButPaying => "exempt_but_paying",
            Self::UnmappedPrice => "unmapped_price",
            Self::UnknownStatus => "unknown_status",
            Self::Disputed => "disputed",
            Self::Inquiry => "inquiry",
            Self::MoneyReturned => "money_returned",
            Self::PaidTwice => "paid_twice",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_alarm_has_a_word_of_its_own() {
        let words: std::collections::BTreeSet<&str> = Alarm::all().map(Alarm::as_str).collect();
        assert_eq!(words.len(), Alarm::all().count());
        for alarm in Alarm::all() {
            assert_eq!(Alarm::parse(alarm.as_str()), Some(alarm));
        }
        assert_eq!(Alarm::parse("none"), None);
    }
}
