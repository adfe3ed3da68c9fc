//! What a change of price would cost, as Stripe works it out.

use serde::Deserialize;
use stripe_billing::invoice::{
    CreatePreviewInvoice, CreatePreviewInvoiceSubscriptionDetails,
    CreatePreviewInvoiceSubscriptionDetailsItems,
    CreatePreviewInvoiceSubscriptionDetailsProrationBehavior as ProrationBehavior,
};
use stripe_client_core::StripeRequest;

use super::changes::ItemChange;
use super::send::Call;
use super::wire::{Lenient, Named, Page, Reference, moment, or_default};
use super::{Patience, Stripe, StripeFailed};
use crate::domain::ids::PriceId;
use crate::domain::timestamp::Timestamp;

/// An invoice that a change would produce.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct InvoicePreview {
    pub(crate) currency: String,
    /// What would be charged; never below zero.
    pub(crate) amount_due_minor: i64,
    /// What the lines come to; below zero it is kept as credit for later bills.
    pub(crate) total_minor: i64,
    /// Credit and charge, then discount and tax where they are not in them.
    pub(crate) lines: Vec<PreviewLine>,
    /// When the last of what is paid for ends.
    pub(crate) paid_until: Option<Timestamp>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PreviewLine {
    pub(crate) kind: LineKind,
    /// In English, as Stripe writes it.
    pub(crate) description: String,
    pub(crate) amount_minor: i64,
}

/// What a line is for, as far as it can be said in any language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum LineKind {
    /// What is left of a period at this price, from then on: given back below zero, else charged.
    Prorated(PriceId, Timestamp),
    Discount,
    Tax,
    /// Only its description says.
    Described,
}

impl Stripe {
    /// The invoice of a change made and paid now, or without a date to prorate from: the next
    /// regular invoice at the new price.
    pub(crate) async fn preview_invoice(
        &self,
        change: &ItemChange<'_>,
        patience: Patience,
    ) -> Result<InvoicePreview, StripeFailed> {
        let mut item = CreatePreviewInvoiceSubscriptionDetailsItems::new();
        item.id = Some(change.item.to_string());
        item.price = Some(change.price.to_string());
        item.quantity = Some(change.quantity.into());
        let mut details = CreatePreviewInvoiceSubscriptionDetails::new();
        details.items = Some(vec![item]);
        details.proration_date = change.proration_date.map(|at| at.0);
        details.proration_behavior = Some(match change.proration_date {
            Some(_) => ProrationBehavior::AlwaysInvoice,
            None => ProrationBehavior::None,
        });
        let request = CreatePreviewInvoice::new()
            .subscription(change.subscription.as_str())
            .subscription_details(details)
            .build();
        let call = Call::new("invoice_preview", request).without_effect();
        let answer: PreviewAnswer = self.call(call, patience).await?;
        Ok(answer.into_domain())
    }
}

#[derive(Debug, Deserialize)]
struct PreviewAnswer {
    currency: String,
    amount_due: i64,
    total: i64,
    lines: Page<Lenient<LineAnswer>>,
    #[serde(default, deserialize_with = "or_default")]
    total_discount_amounts: Vec<AmountAnswer>,
    #[serde(default, deserialize_with = "or_default")]
    total_taxes: Vec<AmountAnswer>,
}

#[derive(Debug, Deserialize)]
struct LineAnswer {
    amount: i64,
    description: Option<String>,
    period: Option<PeriodAnswer>,
    #[serde(default)]
    parent: Lenient<ParentAnswer>,
    #[serde(default)]
    pricing: Lenient<PricingAnswer>,
}

#[derive(Debug, Deserialize)]
struct ParentAnswer {
    subscription_item_details: Option<ItemDetailsAnswer>,
    invoice_item_details: Option<ItemDetailsAnswer>,
}

#[derive(Debug, Deserialize)]
struct ItemDetailsAnswer {
    #[serde(default, deserialize_with = "or_default")]
    proration: bool,
}

#[derive(Debug, Deserialize)]
struct PricingAnswer {
    price_details: Option<PriceDetailsAnswer>,
}

#[derive(Debug, Deserialize)]
struct PriceDetailsAnswer {
    price: Reference<Named>,
}

#[derive(Debug, Deserialize)]
struct PeriodAnswer {
    start: Option<i64>,
    end: Option<i64>,
}

#[derive(Debug, Deserialize)]
struct AmountAnswer {
    amount: i64,
    tax_behavior: Option<String>,
}

impl PreviewAnswer {
    fn into_domain(self) -> InvoicePreview {
        let of_lines: Vec<LineAnswer> =
            self.lines.data.into_iter().filter_map(|line| line.0).collect();
        let ends = of_lines.iter().filter_map(|line| line.period.as_ref()?.end);
        let paid_until = moment(ends.max());
        let mut lines: Vec<PreviewLine> = of_lines
            .into_iter()
            .map(|line| PreviewLine {
                kind: line.kind(),
                description: line.description.unwrap_or_else(|| "Subscription".to_owned()),
                amount_minor: line.amount,
            })
            .collect();
        let off: i64 = self.total_discount_amounts.iter().map(|discount| discount.amount).sum();
        let added = self.total_taxes.iter().filter(|tax| !tax.is_included());
        let tax: i64 = added.map(|tax| tax.amount).sum();
        let added = [(LineKind::Discount, "Discount", -off), (LineKind::Tax, "Tax", tax)];
        for (kind, description, amount_minor) in added {
            if amount_minor != 0 {
                let description = description.to_owned();
                lines.push(PreviewLine { kind, description, amount_minor });
            }
        }
        InvoicePreview {
            currency: self.currency,
            amount_due_minor: self.amount_due.max(0),
            total_minor: self.total,
            lines,
            paid_until,
        }
    }
}

impl LineAnswer {
    fn kind(&self) -> LineKind {
        self.prorated().map_or(LineKind::Described, |(price, from)| LineKind::Prorated(price, from))
    }

    fn prorated(&self) -> Option<(PriceId, Timestamp)> {
        let parent = self.parent.0.as_ref()?;
        let item =
            parent.subscription_item_details.as_ref().or(parent.invoice_item_details.as_ref());
        item.filter(|item| item.proration)?;
        let price = self.pricing.0.as_ref()?.price_details.as_ref()?.price.id();
        let start = moment(self.period.as_ref()?.start)?;
        Some((PriceId::new(price).ok()?, start))
    }
}

impl AmountAnswer {
    fn is_included(&self) -> bool {
        self.tax_behavior.as_deref() == Some("inclusive")
    }
}
