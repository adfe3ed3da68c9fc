//! What the account was billed, read at Stripe when somebody asks.

use super::{Billing, Failed, for_a_page};
use crate::domain::ids::{AccountId, InvoiceId};
use crate::domain::invoice::{Invoice, Settlement};
use crate::store;
use crate::stripe::{InvoicePage, Patience, Place, StripeFailed};

/// Some invoices, newest first, and where the list goes on.
#[derive(Debug, Default)]
pub(crate) struct Billed {
    pub(crate) invoices: Vec<(Invoice, Settlement)>,
    pub(crate) newer_than: Option<InvoiceId>,
    pub(crate) older_than: Option<InvoiceId>,
}

/// One page of the account's invoices; an account without a customer has none.
pub(crate) async fn page(
    billing: &Billing,
    account: &AccountId,
    place: &Place,
) -> Result<Billed, Failed> {
    let mode = billing.mode();
    let mut conn = billing.store.read().await?;
    let stored = store::accounts::get(&mut conn, account, mode).await?.ok_or(Failed::NoAccount)?;
    let paybacks = store::paybacks::of_account(&mut conn, account, mode).await?;
    drop(conn);
    let Some(customer) = stored.customer else {
        return Ok(Billed::default());
    };
    let found = for_a_page(billing.stripe.invoice_page(&customer, place, Patience::Page)).await;
    let page = match found {
        // The customer was deleted, or the place in the list is nobody's.
        Err(StripeFailed::Missing { .. }) => InvoicePage::default(),
        found => found?,
    };
    let (newer, older) = match place {
        Place::Newest => (false, page.more),
        Place::OlderThan(_) => (true, page.more),
        Place::NewerThan(_) => (page.more, true),
    };
    let (first, last) = page.ends.unzip();
    let judged = page.invoices.into_iter().map(|invoice| {
        let settlement = invoice.settlement(&paybacks, billing.now());
        (invoice, settlement)
    });
    Ok(Billed {
        invoices: judged.collect(),
        newer_than: first.filter(|_| newer),
        older_than: last.filter(|_| older),
    })
}
