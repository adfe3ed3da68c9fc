//! Invoices that wait for money.

use serde::Deserialize;
use stripe_billing::invoice::{ListInvoice, RetrieveInvoice};
use stripe_client_core::StripeRequest;
use stripe_shared::InvoiceStatus;

use super::send::Call;
use super::wire::{Lenient, Listed, Named, Page, Reference, moment, or_default};
use super::{Patience, Stripe, StripeFailed};
use crate::domain::fetched::FetchedInvoice;
use crate::domain::ids::{CustomerId, InvalidId, InvoiceId, SubscriptionId};

/// Four names deep, which is as deep as Stripe expands: <https://docs.stripe.com/expand#limitations>.
const PAYMENT_INTENTS: &str = "payments.data.payment.payment_intent";

impl Stripe {
    /// The subscription's invoices that are finalized and unpaid, with what their payment waits for.
    pub(crate) async fn open_invoices(
        &self,
        subscription: &SubscriptionId,
        patience: Patience,
    ) -> Result<Vec<FetchedInvoice>, StripeFailed> {
        let patience = self.started(patience);
        let list = ListInvoice::new()
            .subscription(subscription.as_str())
            .status(InvoiceStatus::Open)
            .limit(100);
        let listed: Vec<Named> = self
            .every("invoice_list", patience, |after| match after {
                Some(id) => list.clone().starting_after(id).build(),
                None => list.build(),
            })
            .await?;
        let mut open = Vec::new();
        for invoice in listed {
            let id = InvoiceId::new(invoice.id())?;
            let request =
                RetrieveInvoice::new(id.as_str()).expand([PAYMENT_INTENTS.to_owned()]).build();
            let found: Option<InvoiceAnswer> =
                self.find(Call::new("invoice_get", request), patience).await?;
            open.extend(found.map(InvoiceAnswer::into_domain).transpose()?);
        }
        Ok(open)
    }

    /// Whose invoice this is; `None` when Stripe does not have it, or it is nobody's.
    pub(crate) async fn customer_of_invoice(
        &self,
        id: &InvoiceId,
        patience: Patience,
    ) -> Result<Option<CustomerId>, StripeFailed> {
        let call = Call::new("invoice_get", RetrieveInvoice::new(id.as_str()).build());
        let found: Option<Owned> = self.find(call, patience).await?;
        let customer = found.and_then(|invoice| invoice.customer);
        Ok(customer.map(|customer| CustomerId::new(customer.id())).transpose()?)
    }
}

/// Whose an invoice is.
#[derive(Debug, Deserialize)]
struct Owned {
    customer: Option<Reference<Named>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct InvoiceAnswer {
    id: String,
    status: Option<String>,
    billing_reason: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    attempted: bool,
    hosted_invoice_url: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    amount_remaining: i64,
    next_payment_attempt: Option<i64>,
    status_transitions: Option<Transitions>,
    /// Since 2025-03-31.basil, when expanded.
    payments: Option<Page<Lenient<InvoicePayment>>>,
    /// Before that.
    #[serde(default)]
    payment_intent: Lenient<Reference<Intent>>,
}

#[derive(Debug, Deserialize)]
struct Transitions {
    finalized_at: Option<i64>,
}

#[derive(Debug, Deserialize)]
struct InvoicePayment {
    payment: Payment,
}

#[derive(Debug, Deserialize)]
struct Payment {
    #[serde(default)]
    payment_intent: Lenient<Reference<Intent>>,
}

#[derive(Debug, Deserialize)]
struct Intent {
    status: String,
}

impl InvoiceAnswer {
    pub(super) fn into_domain(self) -> Result<FetchedInvoice, InvalidId> {
        let change_declined =
            self.attempted && self.billing_reason.as_deref() == Some("subscription_update");
        let of_payments = self.payments.into_iter().flat_map(|page| page.data);
        let intents: Vec<Intent> = of_payments
            .filter_map(|payment| payment.0?.payment.payment_intent.0)
            .chain(self.payment_intent.0)
            .filter_map(Reference::into_object)
            .collect();
        Ok(FetchedInvoice {
            id: InvoiceId::new(self.id)?,
            status: self.status.unwrap_or_default(),
            finalized_at: moment(self.status_transitions.and_then(|times| times.finalized_at)),
            hosted_url: self.hosted_invoice_url,
            requires_action: intents.iter().any(|intent| waits(intent, change_declined)),
            authenticates: intents.iter().any(|intent| intent.status == "requires_action"),
            amount_due_minor: self.amount_remaining,
            next_attempt_at: moment(self.next_payment_attempt),
        })
    }
}

/// A renewal that was declined is tried again by Stripe; a declined change is not.
fn waits(intent: &Intent, change_declined: bool) -> bool {
    match intent.status.as_str() {
        "requires_action" => true,
        "requires_payment_method" => change_declined,
        _ => false,
    }
}
