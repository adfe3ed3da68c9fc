//! Money that goes back: refunds and disputes, and what they end.

use super::entitlement::{Alert, Lifetime};
use super::ids::{ChargeId, DisputeId, PaymentIntentId};

/// A charge of which something was refunded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RefundedCharge {
    pub(crate) id: ChargeId,
    pub(crate) payment: Option<PaymentIntentId>,
    pub(crate) amount_minor: i64,
    /// Refunded, or on its way back; a refund that failed does not count.
    pub(crate) refunded_minor: i64,
    pub(crate) currency: String,
}

impl RefundedCharge {
    pub(crate) fn is_whole(&self) -> bool {
        self.amount_minor > 0 && self.refunded_minor >= self.amount_minor
    }
}

/// A payment that its payer's bank questions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Dispute {
    pub(crate) id: DisputeId,
    pub(crate) charge: ChargeId,
    pub(crate) payment: Option<PaymentIntentId>,
    pub(crate) stage: Stage,
    pub(crate) amount_minor: i64,
    pub(crate) currency: String,
}

/// How far a dispute has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// The bank asks; no money has moved.
    Inquiry,
    /// The money is withdrawn until it is decided.
    Open,
    /// The money is gone.
    Lost,
    /// Won, or closed without loss.
    Over,
}

impl Stage {
    pub(crate) const ALL: [Self; 4] = [Self::Inquiry, Self::Open, Self::Lost, Self::Over];

    /// What Stripe's `dispute.status` comes to; `None` for a word of the future.
    pub(crate) fn of_status(status: &str) -> Option<Self> {
        match status {
            "warning_needs_response" | "warning_under_review" => Some(Self::Inquiry),
            "needs_response" | "under_review" => Some(Self::Open),
            "lost" => Some(Self::Lost),
            "won" | "warning_closed" | "prevented" | "charge_refunded" => Some(Self::Over),
            _ => None,
        }
    }

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Inquiry => "inquiry",
            Self::Open => "open",
            Self::Lost => "lost",
            Self::Over => "over",
        }
    }

    /// Whether Stripe will have more to say of it.
    pub(crate) fn is_pending(self) -> bool {
        match self {
            Self::Inquiry | Self::Open => true,
            Self::Lost | Self::Over => false,
        }
    }
}

/// All of an account's money that went back or is asked back.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Paybacks {
    pub(crate) refunded: Vec<RefundedCharge>,
    pub(crate) disputes: Vec<Dispute>,
}

/// A plan paid once, by the payment that brought it; none was needed for what cost nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Bought {
    pub(crate) lifetime: Lifetime,
    pub(crate) payment: Option<PaymentIntentId>,
}

/// What is left of what was bought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Settled {
    /// Plans that are paid and stay so; each once.
    pub(crate) lifetimes: Vec<Lifetime>,
    /// A dispute is open; an inquiry is none.
    pub(crate) disputed: bool,
    /// What the operator should look at.
    pub(crate) alerts: Vec<Alert>,
}

/// Judges `bought` by what went back; `subscribed` says that a subscription runs.
///
/// A full refund and a lost dispute take a plan back. Everything else changes no access and is
/// told to the operator, for only they know what was agreed.
pub(crate) fn settle(bought: &[Bought], paybacks: &Paybacks, subscribed: bool) -> Settled {
    let kept: Vec<&Bought> = bought
        .iter()
        .filter(|one| one.payment.as_ref().is_none_or(|payment| !paybacks.took_back(payment)))
        .collect();
    let mut lifetimes: Vec<Lifetime> = Vec::new();
    for one in &kept {
        if lifetimes.iter().all(|other| other.plan != one.lifetime.plan) {
            lifetimes.push(one.lifetime.clone());
        }
    }
    let stands = |payment: &Option<PaymentIntentId>| {
        let buys = |one: &Bought| one.payment.is_some() && one.payment == *payment;
        if bought.iter().any(buys) { kept.iter().any(|one| buys(one)) } else { subscribed }
    };
    let has = |stage| paybacks.disputes.iter().any(|dispute| dispute.stage == stage);
    let lost = |dispute: &&Dispute| dispute.stage == Stage::Lost;
    let returned = paybacks.refunded.iter().any(|charge| stands(&charge.payment))
        || paybacks.disputes.iter().filter(lost).any(|dispute| stands(&dispute.payment));
    let checks = [
        (Alert::Inquiry, has(Stage::Inquiry)),
        (Alert::MoneyReturned, returned),
        (Alert::PaidTwice, kept.len() > lifetimes.len()),
    ];
    Settled {
        disputed: has(Stage::Open),
        alerts: checks.into_iter().filter(|(_, raised)| *raised).map(|(alert, _)| alert).collect(),
        lifetimes,
    }
}

impl Paybacks {
    fn took_back(&self, payment: &PaymentIntentId) -> bool {
        let of = |other: &Option<PaymentIntentId>| other.as_ref() == Some(payment);
        self.refunded.iter().any(|charge| of(&charge.payment) && charge.is_whole())
            || self.disputes.iter().any(|it| of(&it.payment) && it.stage == Stage::Lost)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::testing::lifetime;

    fn payment(id: &str) -> PaymentIntentId {
        PaymentIntentId::new(id).expect("an id")
    }

    /// A name, what was bought, what went back, whether a subscription runs; and then the number of
    /// plans, whether the account is disputed, and the alerts.
    type Story = (&'static str, Vec<Bought>, Paybacks, bool, (usize, bool, Vec<Alert>));

    fn refunded(of: &str, refunded_minor: i64) -> Paybacks {
        let charge = RefundedCharge {
            id: ChargeId::new("ch_1").expect("an id"),
            payment: Some(payment(of)),
            amount_minor: 6000,
            refunded_minor,
            currency: "eur".to_owned(),
        };
        Paybacks { refunded: vec![charge], disputes: Vec::new() }
    }

    fn disputed(of: &str, stage: Stage) -> Paybacks {
        let dispute = Dispute {
            id: DisputeId::new("du_1").expect("an id"),
            charge: ChargeId::new("ch_1").expect("an id"),
            payment: Some(payment(of)),
            stage,
            amount_minor: 6000,
            currency: "eur".to_owned(),
        };
        Paybacks { refunded: Vec::new(), disputes: vec![dispute] }
    }

    #[test]
    fn only_a_full_refund_and_a_lost_dispute_take_a_plan_back() {
        let bought =
            |id: &str| Bought { lifetime: lifetime("lifetime"), payment: Some(payment(id)) };
        let free = Bought { lifetime: lifetime("lifetime"), payment: None };
        let (one, two) = (vec![bought("pi_1")], vec![bought("pi_1"), bought("pi_2")]);
        let none = Paybacks::default;
        let subscription = "pi_subscription";
        let table: Vec<Story> = vec![
            ("bought", one.clone(), none(), false, (1, false, vec![])),
            ("refunded", one.clone(), refunded("pi_1", 6000), true, (0, false, vec![])),
            (
                "refunded in part",
                one.clone(),
                refunded("pi_1", 5999),
                false,
                (1, false, vec![Alert::MoneyReturned]),
            ),
            ("open", one.clone(), disputed("pi_1", Stage::Open), false, (1, true, vec![])),
            ("won", one.clone(), disputed("pi_1", Stage::Over), false, (1, false, vec![])),
            ("lost", one.clone(), disputed("pi_1", Stage::Lost), false, (0, false, vec![])),
            (
                "asked about",
                one.clone(),
                disputed("pi_1", Stage::Inquiry),
                false,
                (1, false, vec![Alert::Inquiry]),
            ),
            ("twice", two.clone(), none(), false, (1, false, vec![Alert::PaidTwice])),
            ("twice, one back", two, refunded("pi_1", 6000), false, (1, false, vec![])),
            ("for nothing", vec![free], refunded("pi_1", 6000), false, (1, false, vec![])),
            (
                "a subscription's payment, while it runs",
                one.clone(),
                refunded(subscription, 6000),
                true,
                (1, false, vec![Alert::MoneyReturned]),
            ),
            (
                "a subscription's payment, when it is over",
                one.clone(),
                refunded(subscription, 6000),
                false,
                (1, false, vec![]),
            ),
            (
                "a subscription's payment lost",
                one.clone(),
                disputed(subscription, Stage::Lost),
                true,
                (1, false, vec![Alert::MoneyReturned]),
            ),
            (
                "a subscription's payment disputed",
                one,
                disputed(subscription, Stage::Open),
                true,
                (1, true, vec![]),
            ),
        ];
        for (name, bought, paybacks, subscribed, expected) in table {
            let settled = settle(&bought, &paybacks, subscribed);
            let found = (settled.lifetimes.len(), settled.disputed, settled.alerts);
            assert_eq!(found, expected, "{name}");
        }
    }

    #[test]
    fn every_status_of_a_dispute_has_its_stage() {
        let table = [
            ("warning_needs_response", Some(Stage::Inquiry)),
            ("warning_under_review", Some(Stage::Inquiry)),
            ("warning_closed", Some(Stage::Over)),
            ("needs_response", Some(Stage::Open)),
            ("under_review", Some(Stage::Open)),
            ("won", Some(Stage::Over)),
            ("lost", Some(Stage::Lost)),
            ("prevented", Some(Stage::Over)),
            ("pondered", None),
        ];
        for (status, stage) in table {
            assert_eq!(Stage::of_status(status), stage, "{status}");
        }
    }
}
