//! The test cards and bank accounts, and what becomes of a payment with each.

use serde::{Deserialize, Serialize};

/// A test card or bank account, by its behaviour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Card {
    Pays,
    Declined,
    InsufficientFunds,
    NeedsSetup,
    AlwaysAuthenticates,
    FailsAtRenewal,
    /// Pays; a refund stays pending for a while.
    RefundWaits,
    /// Pays; a refund succeeds and fails later.
    RefundFails,
    /// Pays and is disputed at once.
    Disputed,
    /// Pays and is inquired about at once.
    Inquired,
    /// A bank account, of which nobody knows for days whether it pays.
    Debit(Rail, BankAnswer),
}

/// How money leaves a bank account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Rail {
    Sepa,
    Ach,
}

/// What a bank says in the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum BankAnswer {
    Yes,
    No,
}

impl Rail {
    /// Stripe's name of the payment method.
    pub(super) fn kind(self) -> &'static str {
        match self {
            Rail::Sepa => "sepa_debit",
            Rail::Ach => "us_bank_account",
        }
    }

    /// The one currency it carries.
    pub(super) fn currency(self) -> &'static str {
        match self {
            Rail::Sepa => "eur",
            Rail::Ach => "usd",
        }
    }
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
    Processes,
    Authenticate,
    Declines { decline_code: &'static str, message: &'static str },
}

/// Every card and account with its number, as pages list them; the numbers are Stripe's own:
/// <https://docs.stripe.com/testing>.
pub(super) const CARDS: [(Card, &str, &str); 14] = [
    (Card::Pays, "4242 4242 4242 4242", "pays"),
    (Card::Declined, "4000 0000 0000 0002", "is declined"),
    (Card::NeedsSetup, "4000 0025 0000 3155", "needs 3-D Secure once"),
    (Card::FailsAtRenewal, "4000 0000 0000 0341", "pays now, fails at renewal"),
    (Card::InsufficientFunds, "4000 0000 0000 9995", "is declined for lack of funds"),
    (Card::AlwaysAuthenticates, "4000 0027 6000 3184", "needs 3-D Secure at every payment"),
    (Card::RefundWaits, "4000 0000 0000 7726", "pays; a refund is pending for a day"),
    (Card::RefundFails, "4000 0000 0000 5126", "pays; a refund fails after a day"),
    (Card::Disputed, "4000 0000 0000 0259", "pays and is disputed"),
    (Card::Inquired, "4000 0000 0000 1976", "pays and is inquired about"),
    (Card::Debit(Rail::Sepa, BankAnswer::Yes), "DE89370400440532013000", "in EUR, pays in 5 days"),
    (Card::Debit(Rail::Sepa, BankAnswer::No), "DE62370400440532013001", "in EUR, fails in 5 days"),
    (Card::Debit(Rail::Ach, BankAnswer::Yes), "000123456789", "in USD, pays in 5 days"),
    (Card::Debit(Rail::Ach, BankAnswer::No), "000222222227", "in USD, fails in 5 days"),
];

impl Card {
    /// The test card with this number, spaces and dashes ignored.
    pub(super) fn from_number(number: &str) -> Option<Card> {
        let digits = |text: &str| -> String { text.chars().filter(char::is_ascii_digit).collect() };
        let wanted = digits(number);
        CARDS.iter().find(|(_, number, _)| digits(number) == wanted).map(|(card, ..)| *card)
    }

    /// Stripe's name of the kind of payment method.
    pub(super) fn kind(self) -> &'static str {
        match self {
            Card::Debit(rail, _) => rail.kind(),
            _ => "card",
        }
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
            (
                Card::Pays
                | Card::RefundWaits
                | Card::RefundFails
                | Card::Disputed
                | Card::Inquired,
                _,
            ) => Verdict::Pays,
            (Card::Debit(..), _) => Verdict::Processes,
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
            Card::FailsAtRenewal | Card::Debit(..) => Verdict::Pays,
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
            ("DE89 3704 0044 0532 0130 00", Some(Card::Debit(Rail::Sepa, BankAnswer::Yes))),
            ("4111111111111111", None),
            ("", None),
        ];
        for (number, card) in table {
            assert_eq!(Card::from_number(number), card, "{number}");
        }
        assert_eq!(Card::FailsAtRenewal.last4(), "0341");
        assert_eq!(Card::Debit(Rail::Sepa, BankAnswer::No).last4(), "3001");
    }
}
