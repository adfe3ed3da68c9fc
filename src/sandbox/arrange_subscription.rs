//! Subscriptions that begin without a checkout.

use serde_json::json;

use super::{
    Sandbox,
    arrange::{NotArranged, keep_card},
    calendar::DAY,
    cards::Presence,
    invoices::{self, Attempt},
    ledger::{Ledger, Line},
    options::WithoutCard,
    subscriptions::{self, Opening},
};

/// A subscription to begin, as the API or Stripe's dashboard would.
#[derive(Debug, Clone)]
pub struct NewSubscription<'a> {
    /// The price's id.
    pub price: &'a str,
    /// How many of it.
    pub quantity: i64,
    /// The card that is charged; by default the customer's, if there is one.
    pub card: Option<&'a str>,
    /// The days in which a sent invoice has to be paid; without them a card is charged.
    pub days_until_due: Option<i64>,
    /// The days of trial it begins with.
    pub trial_days: Option<i64>,
    /// What becomes of the trial if it ends without a card.
    pub without_card: WithoutCard,
}

impl<'a> NewSubscription<'a> {
    /// One of `price`, charged to the customer's card.
    pub fn to(price: &'a str) -> Self {
        NewSubscription {
            price,
            quantity: 1,
            card: None,
            days_until_due: None,
            trial_days: None,
            without_card: WithoutCard::default(),
        }
    }
}

impl Sandbox {
    /// Begins a subscription and charges its first invoice, or sends it; answers its id.
    ///
    /// A card that is declined or needs 3-D Secure leaves it `incomplete`.
    ///
    /// # Errors
    ///
    /// When the customer, the price or the card does not exist, or there is no card to charge.
    pub fn subscribe(
        &self,
        customer: &str,
        wanted: &NewSubscription<'_>,
    ) -> Result<String, NotArranged> {
        self.inner.change(|ledger| begin(ledger, customer, wanted))
    }
}

fn begin(
    ledger: &mut Ledger,
    customer: &str,
    wanted: &NewSubscription<'_>,
) -> Result<String, NotArranged> {
    let kept = ledger.named("customer", customer)?["invoice_settings"].clone();
    ledger.named("price", wanted.price)?;
    subscriptions::one_currency(ledger, customer, wanted.price)?;
    let method = match wanted.card {
        Some(card) => Some(keep_card(ledger, customer, card)?),
        None => None,
    };
    let charged = method.as_deref().or(kept["default_payment_method"].as_str());
    let charges = wanted.days_until_due.is_none() && wanted.trial_days.is_none();
    if charges && charged.is_none() {
        return Err(NotArranged(format!("the customer `{customer}` has no card to charge")));
    }
    let (subscription, invoice) = subscriptions::open(
        ledger,
        &Opening {
            customer,
            lines: &[Line { price: wanted.price.to_owned(), quantity: wanted.quantity }],
            metadata: json!({}),
            trial_end: wanted.trial_days.map(|days| ledger.now + days * DAY),
            without_card: wanted.without_card.word(),
            payment_method: method.as_deref(),
            days_until_due: wanted.days_until_due,
            billing_mode: ledger.billing_mode,
            automatic_tax: false,
            discounts: Vec::new(),
        },
    );
    if let (true, Some(method)) = (charges, charged) {
        invoices::pay(ledger, &invoice, method, Presence::Present, Attempt::ByHand);
    }
    Ok(subscription)
}
