//! A customer's invoices, page by page.

use serde::Deserialize;
use stripe_billing::invoice::ListInvoice;
use stripe_client_core::StripeRequest;

use super::send::Call;
use super::wire::{Lenient, Named, Page, Reference, moment, or_default};
use super::{Patience, Stripe, StripeFailed};
use crate::domain::ids::{CustomerId, InvoiceId, PaymentIntentId};
use crate::domain::invoice::Invoice;
use crate::domain::timestamp::Timestamp;

/// Where in the list a page begins or ends; the newest invoice comes first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    Newest,
    OlderThan(InvoiceId),
    NewerThan(InvoiceId),
}

/// Some invoices in a row, without drafts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct InvoicePage {
    pub(crate) invoices: Vec<Invoice>,
    /// Its first and last invoice, drafts among them.
    pub(crate) ends: Option<(InvoiceId, InvoiceId)>,
    /// The list goes on in the direction that was asked for.
    pub(crate) more: bool,
}

const PAGE: i64 = 20;

impl Stripe {
    /// One page of the customer's invoices.
    pub(crate) async fn invoice_page(
        &self,
        customer: &CustomerId,
        place: &Place,
        patience: Patience,
    ) -> Result<InvoicePage, StripeFailed> {
        let list = ListInvoice::new()
            .customer(customer.as_str())
            .limit(PAGE)
            .expand(["data.payments".to_owned()]);
        let list = match place {
            Place::Newest => list,
            Place::OlderThan(id) => list.starting_after(id.as_str()),
            Place::NewerThan(id) => list.ending_before(id.as_str()),
        };
        let found: Page<Listed> =
            self.call(Call::new("invoice_list", list.build()), patience).await?;
        let mut page = InvoicePage { more: found.has_more, ..InvoicePage::default() };
        for listed in found.data {
            let id = InvoiceId::new(listed.id.as_str())?;
            let first = page.ends.map_or_else(|| id.clone(), |(first, _)| first);
            page.ends = Some((first, id));
            if listed.status.as_deref() != Some("draft") {
                page.invoices.push(listed.into_domain()?);
            }
        }
        Ok(page)
    }
}

#[derive(Debug, Deserialize)]
struct Listed {
    id: String,
    number: Option<String>,
    created: i64,
    status_transitions: Option<Transitions>,
    #[serde(default, deserialize_with = "or_default")]
    total: i64,
    currency: String,
    status: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    attempted: bool,
    due_date: Option<i64>,
    payments: Option<Page<Lenient<Payment>>>,
    /// Before 2025-03-31.basil.
    #[serde(default)]
    payment_intent: Lenient<Reference<Named>>,
    hosted_invoice_url: Option<String>,
    invoice_pdf: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Transitions {
    finalized_at: Option<i64>,
}

#[derive(Debug, Deserialize)]
struct Payment {
    payment: Paid,
}

#[derive(Debug, Deserialize)]
struct Paid {
    #[serde(default)]
    payment_intent: Lenient<Reference<Named>>,
}

impl Listed {
    fn into_domain(self) -> Result<Invoice, StripeFailed> {
        let finalized = self.status_transitions.and_then(|times| times.finalized_at);
        let payments = self.payments.into_iter().flat_map(|page| page.data);
        Ok(Invoice {
            id: InvoiceId::new(self.id)?,
            number: self.number,
            at: Timestamp(finalized.unwrap_or(self.created)),
            total_minor: self.total,
            currency: self.currency,
            status: self.status.unwrap_or_default(),
            attempted: self.attempted,
            due_at: moment(self.due_date),
            payments: payments
                .filter_map(|payment| payment.0?.payment.payment_intent.0)
                .chain(self.payment_intent.0)
                .map(|intent| PaymentIntentId::new(intent.id()))
                .collect::<Result<_, _>>()?,
            hosted_url: self.hosted_invoice_url,
            pdf_url: self.invoice_pdf,
        })
    }
}
