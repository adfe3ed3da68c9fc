//! Invoices as their payer sees them.

use super::ids::{InvoiceId, PaymentIntentId};
use super::payback::Paybacks;
use super::timestamp::Timestamp;

/// An invoice that was finalized.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Invoice {
    pub(crate) id: InvoiceId,
    pub(crate) number: Option<String>,
    /// When it was finalized.
    pub(crate) at: Timestamp,
    pub(crate) total_minor: i64,
    pub(crate) currency: String,
    /// Stripe's `status`.
    pub(crate) status: String,
    pub(crate) attempted: bool,
    pub(crate) due_at: Option<Timestamp>,
    pub(crate) payments: Vec<PaymentIntentId>,
    pub(crate) hosted_url: Option<String>,
    pub(crate) pdf_url: Option<String>,
}

/// How an invoice stands, in the words of people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Settlement {
    Paid,
    Refunded,
    PartlyRefunded,
    /// Its payment is on its way, or was not tried yet.
    Open,
    Overdue,
    Void,
    WrittenOff,
    /// A word of the future.
    Unknown,
}

impl Invoice {
    /// How the invoice stands at `now`, with what is known to have gone back.
    pub(crate) fn settlement(&self, paybacks: &Paybacks, now: Timestamp) -> Settlement {
        match self.status.as_str() {
            "paid" => self.paid(paybacks),
            "open" if self.attempted || self.due_at.is_some_and(|due| due <= now) => {
                Settlement::Overdue
            }
            "open" => Settlement::Open,
            "void" => Settlement::Void,
            "uncollectible" => Settlement::WrittenOff,
            _ => Settlement::Unknown,
        }
    }

    fn paid(&self, paybacks: &Paybacks) -> Settlement {
        let ours = |payment: &Option<PaymentIntentId>| {
            payment.as_ref().is_some_and(|payment| self.payments.contains(payment))
        };
        let refunded = || paybacks.refunded.iter().filter(|charge| ours(&charge.payment));
        match refunded().map(|charge| charge.refunded_minor).sum::<i64>() {
            0 => Settlement::Paid,
            back if back >= self.total_minor => Settlement::Refunded,
            _ => Settlement::PartlyRefunded,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::ChargeId;
    use crate::domain::payback::RefundedCharge;
    use crate::domain::testing::{DAY, at};

    #[test]
    fn an_invoice_stands_as_its_status_dates_and_refunds_say() {
        let payment = || PaymentIntentId::new("pi_1").expect("an id");
        let invoice = |status: &str| Invoice {
            id: InvoiceId::new("in_1").expect("an id"),
            number: None,
            at: at(0),
            total_minor: 500,
            currency: "eur".to_owned(),
            status: status.to_owned(),
            attempted: false,
            due_at: None,
            payments: vec![payment()],
            hosted_url: None,
            pdf_url: None,
        };
        let due = |days: i64| Invoice { due_at: Some(at(days * DAY)), ..invoice("open") };
        let table = [
            (invoice("paid"), 0, Settlement::Paid),
            (invoice("paid"), 200, Settlement::PartlyRefunded),
            (invoice("paid"), 500, Settlement::Refunded),
            (Invoice { payments: vec![], ..invoice("paid") }, 500, Settlement::Paid),
            (invoice("open"), 0, Settlement::Open),
            (due(1), 0, Settlement::Open),
            (due(0), 0, Settlement::Overdue),
            (Invoice { attempted: true, ..invoice("open") }, 0, Settlement::Overdue),
            (invoice("void"), 0, Settlement::Void),
            (invoice("uncollectible"), 0, Settlement::WrittenOff),
            (invoice("forgiven"), 0, Settlement::Unknown),
        ];
        for (invoice, refunded_minor, settlement) in table {
            let refunded = RefundedCharge {
                id: ChargeId::new("ch_1").expect("an id"),
                payment: Some(payment()),
                amount_minor: 500,
                refunded_minor,
                currency: "eur".to_owned(),
            };
            let paybacks = Paybacks { refunded: vec![refunded], disputes: vec![] };
            assert_eq!(
                invoice.settlement(&paybacks, at(0)),
                settlement,
                "{invoice:?} {refunded_minor}"
            );
        }
    }
}
