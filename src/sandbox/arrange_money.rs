//! What banks, and people at Stripe's dashboard, do with money, done directly.
//!
//! A payment is named by its payment intent, charge, invoice or checkout session.

use super::{
    Sandbox,
    arrange::NotArranged,
    bank,
    cards::BankAnswer,
    disputes::{self, Stage, Verdict},
    ledger::{Fields, Ledger},
    payments, refunds,
};

impl Sandbox {
    /// Lets the bank answer a payment that is processing, before its time.
    ///
    /// # Errors
    ///
    /// When the payment is not processing.
    pub fn bank_answers(&self, payment: &str, paid: bool) -> Result<(), NotArranged> {
        self.inner.change(|ledger| {
            let intent = intent(ledger, payment)?;
            if ledger.read(&intent).text("status") != "processing" {
                return Err(NotArranged(format!("no bank is asked about `{payment}`")));
            }
            bank::answer(ledger, &intent, if paid { BankAnswer::Yes } else { BankAnswer::No });
            Ok(())
        })
    }

    /// Refunds a payment, by default all that is left of it; answers the refund's id.
    ///
    /// # Errors
    ///
    /// When there is no such payment, or Stripe would refuse the refund.
    pub fn refund(&self, payment: &str, amount: Option<i64>) -> Result<String, NotArranged> {
        self.inner.change(|ledger| {
            let charge = charge(ledger, payment)?;
            Ok(refunds::give_back(ledger, &charge, amount)?)
        })
    }

    /// Lets a refund fail that had been made.
    ///
    /// # Errors
    ///
    /// When there is no such refund.
    pub fn fail_refund(&self, refund: &str) -> Result<(), NotArranged> {
        self.inner.change(|ledger| {
            ledger.named("refund", refund)?;
            refunds::answer(ledger, refund, BankAnswer::No);
            Ok(())
        })
    }

    /// Opens a dispute of a payment, or an inquiry about it; answers its id.
    ///
    /// # Errors
    ///
    /// When there is no such payment, or it did not succeed.
    pub fn open_dispute(&self, payment: &str, stage: Stage) -> Result<String, NotArranged> {
        self.inner.change(|ledger| {
            let charge = charge(ledger, payment)?;
            Ok(disputes::open(ledger, &charge, stage)?)
        })
    }

    /// Turns an inquiry into a dispute.
    ///
    /// # Errors
    ///
    /// When it is not an open inquiry.
    pub fn escalate_inquiry(&self, dispute: &str) -> Result<(), NotArranged> {
        Ok(self.inner.change(|ledger| disputes::escalate(ledger, dispute))?)
    }

    /// Ends a dispute, or an inquiry, which can only be dropped.
    ///
    /// # Errors
    ///
    /// When it is not open, or an inquiry is to be lost.
    pub fn close_dispute(&self, dispute: &str, verdict: Verdict) -> Result<(), NotArranged> {
        Ok(self.inner.change(|ledger| disputes::close(ledger, dispute, verdict))?)
    }
}

fn charge(ledger: &Ledger, payment: &str) -> Result<String, NotArranged> {
    let intent = intent(ledger, payment)?;
    let charge = ledger.read(&intent)["latest_charge"].as_str();
    charge.map(str::to_owned).ok_or_else(|| NotArranged(format!("`{payment}` was never charged")))
}

fn intent(ledger: &Ledger, payment: &str) -> Result<String, NotArranged> {
    payments::behind(ledger, payment)
        .ok_or_else(|| NotArranged(format!("`{payment}` names no payment")))
}
