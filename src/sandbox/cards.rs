//! The test cards and what becomes of a payment with each.

use serde::{Deserialize, Serialize};

/// A test card, by its behaviour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Card {
    Pays,
    Declined,
    InsufficientFunds,
    NeedsSetup,
    AlwaysAuthenticates,
    FailsAtRenewal,
}

/// Who is there when the card is charged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Presence {
    /// The customer typed the card into a page.
    Present,
    /// The customer has just passed 3-D Secure.
    Authenticated,
    /// Nobody: a renewal or a retry.
    Absent,
}

/// The bank's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Pays,
    Authenticate,
    Declines { decline_code: &'static str, message: &'static str },
}

/// Every card with its number, as pages list them.
pub(super) const CARDS: [(Card, &str, &str); 6] = [
    (Card::Pays, "4242 4242 4242 4242", "pays"),
    (Card::Declined, "4000 0000 0000 0002", "is declined"),
    (Card::NeedsSetup, "4000 0025 0000 3155", "needs 3-D Secure once"),
    (Card::FailsAtRenewal, "4000 0000 0000 0341", "pays now, fails at renewal"),
    (Card::InsufficientFunds, "4000 0000 0000 9995", "is declined for lack of funds"),
    (Card::AlwaysAuthenticates, "4000 0027 6000 3184", "needs 3-D Secure at every payment"),
];

impl Card {
    /// The test card with this number, spaces and dashes ignored.
    pub(super) fn from_number(number: &str) -> Option<Card> {
        let digits = |text: &str| -> String { text.chars().filter(char::is_ascii_digit).collect() };
        let wanted = digits(number);
        CARDS.iter().find(|(_, number, _)| digits(number) == wanted).map(|(card, ..)| *card)
    }

    pub(super) fn last4(self) -> &'static str {
        CARDS
            .iter()
            .find(|(card, ..)| *card == self)
            .map_or("4242", |(_, number, _)| &number[number.len() - 4..])
    }

    /// What a charge comes to; `set_up` when the card passed 3-D Secure before.
    pub(super) fn charge(self, presence: Presence, set_up: bool) -> Verdict {
        const DECLINED: Verdict = Verdict::Declines {
            decline_code: "generic_decline",
            message: "Your card was declined.",
        };
        match (self, presence) {
            (Card::Pays, _) => Verdict::Pays,
            (Card::Declined, _) => DECLINED,
            (Card::InsufficientFunds, _) => Verdict::Declines {
                decline_code: "insufficient_funds",
                message: "Your card has insufficient funds.",
            },
            (Card::NeedsSetup | Card::AlwaysAuthenticates, Presence::Authenticated) => {
                Verdict::Pays
            }
            (Card::NeedsSetup, Presence::Present | Presence::Absent) if set_up => Verdict::Pays,
            (Card::NeedsSetup | Card::AlwaysAuthenticates, _) => Verdict::Authenticate,
            (Card::FailsAtRenewal, Presence::Absent) => DECLINED,
            (Card::FailsAtRenewal, Presence::Present | Presence::Authenticated) => Verdict::Pays,
        }
    }

    /// What saving the card without a charge comes to.
    pub(super) fn save(self, presence: Presence) -> Verdict {
        match self {
            Card::FailsAtRenewal => Verdict::Pays,
            other => other.charge(presence, false),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cards_are_known_by_their_digits() {
        let table = [
            ("4242424242424242", Some(Card::Pays)),
            ("4000-0025 0000 3155", Some(Card::NeedsSetup)),
            ("4111111111111111", None),
            ("", None),
        ];
        for (number, card) in table {
            assert_eq!(Card::from_number(number), card, "{number}");
        }
        assert_eq!(Card::FailsAtRenewal.last4(), "0341");
    }
}
