//! What pages, the dashboard or time would do, done directly.

use serde_json::{Map, Value, json};

use super::{
    Sandbox,
    cards::{Card, Presence},
    catalogue,
    checkout::{self, Refused, Step, Typed},
    customers,
    error::ApiError,
    form::Params,
    invoice_calls,
    invoices::{self, Attempt},
    ledger::{Fields, Ledger, Line},
    options::{AfterRetries, CancelShape},
    payment_methods,
    payments::Outcome,
    portal, subscription_calls,
    subscriptions::{self, Opening},
};

/// Why something could not be arranged, in words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotArranged(pub(super) String);

impl From<ApiError> for NotArranged {
    fn from(error: ApiError) -> Self {
        NotArranged(error.message().to_owned())
    }
}

impl From<Refused> for NotArranged {
    fn from(refused: Refused) -> Self {
        NotArranged(refused.to_string())
    }
}

impl Sandbox {
    /// Pays a checkout session as its page does, from the United States where a country is asked.
    ///
    /// Answers `true` when it is complete (a bank account pays later), `false` when it now waits for `confirm_3ds`.
    ///
    /// # Errors
    ///
    /// When the session is not open or the card is declined.
    pub async fn pay_checkout(&self, session_id: &str, card: &str) -> Result<bool, NotArranged> {
        let step = self.inner.change(|ledger| {
            let tax = &ledger.read(session_id)["automatic_tax"];
            let asked = tax.text("status") == "requires_location_inputs";
            let typed = Typed {
                email: Some("buyer@example.com"),
                card_number: card,
                name: None,
                country: asked.then_some("US"),
            };
            checkout::pay(ledger, session_id, &typed)
        })?;
        Ok(step == Step::Done)
    }

    /// Ends the 3-D Secure check of a checkout session or of an invoice.
    ///
    /// # Errors
    ///
    /// When nothing waits for the check, or it failed.
    pub async fn confirm_3ds(&self, id: &str, ok: bool) -> Result<(), NotArranged> {
        self.inner.change(|ledger| {
            if ledger.find("invoice", id).is_some() {
                return match invoices::authenticate(ledger, id, ok) {
                    Some(Outcome::Succeeded | Outcome::Processing) => Ok(()),
                    Some(Outcome::Declined { message, .. }) => Err(NotArranged(message.to_owned())),
                    Some(Outcome::NeedsAuthentication) | None => {
                        Err(Refused::NothingToAuthenticate.into())
                    }
                };
            }
            checkout::authenticate(ledger, id, ok)?;
            Ok(())
        })
    }

    /// Begins a subscription as an API call would and charges the card; answers its id.
    ///
    /// A card that is declined or needs 3-D Secure leaves it `incomplete`.
    ///
    /// # Errors
    ///
    /// When the customer, the price or the card does not exist.
    pub fn create_subscription(
        &self,
        customer: &str,
        price: &str,
        card: &str,
    ) -> Result<String, NotArranged> {
        self.inner.change(|ledger| {
            ledger.named("customer", customer)?;
            ledger.named("price", price)?;
            subscriptions::one_currency(ledger, customer, price)?;
            let method = keep_card(ledger, customer, card)?;
            let lines = [Line { price: price.to_owned(), quantity: 1 }];
            let (subscription, invoice) = subscriptions::open(
                ledger,
                &Opening {
                    customer,
                    lines: &lines,
                    metadata: json!({}),
                    trial_end: None,
                    without_card: "create_invoice",
                    payment_method: Some(&method),
                    automatic_tax: false,
                    discounts: Vec::new(),
                },
            );
            invoices::pay(ledger, &invoice, &method, Presence::Present, Attempt::ByHand);
            Ok(subscription)
        })
    }

    /// Makes a card the default of a customer and of its subscriptions.
    ///
    /// # Errors
    ///
    /// When the customer or the card does not exist.
    pub fn set_default_card(&self, customer: &str, card: &str) -> Result<(), NotArranged> {
        self.inner.change(|ledger| {
            ledger.named("customer", customer)?;
            let method = keep_card(ledger, customer, card)?;
            for subscription in subscriptions::living_of(ledger, customer) {
                subscriptions::change(ledger, &subscription, |subscription| {
                    subscription["default_payment_method"] = json!(method);
                });
            }
            Ok(())
        })
    }

    /// Ends a subscription at once, by request.
    pub fn cancel_now(&self, subscription: &str) {
        self.inner
            .change(|ledger| subscriptions::end(ledger, subscription, "cancellation_requested"));
    }

    /// Schedules a subscription's end as the portal does, in the chosen shape.
    pub fn cancel_at_period_end(&self, subscription: &str) {
        self.inner.change(|ledger| portal::cancel_at_period_end(ledger, subscription));
    }

    /// Takes a scheduled end back as the portal does.
    pub fn resume(&self, subscription: &str) {
        self.inner.change(|ledger| subscriptions::resume(ledger, subscription));
    }

    /// Starts a paused subscription again and bills it.
    ///
    /// # Errors
    ///
    /// When the subscription is not paused.
    pub fn unpause(&self, subscription: &str) -> Result<(), NotArranged> {
        self.inner.change(|ledger| {
            subscription_calls::resume(ledger, subscription, &Params::default())
        })?;
        Ok(())
    }

    /// Charges an invoice to the default card.
    ///
    /// # Errors
    ///
    /// When the invoice is not open or the card does not pay.
    pub fn pay_invoice(&self, invoice: &str) -> Result<(), NotArranged> {
        self.inner.change(|ledger| invoice_calls::pay_now(ledger, invoice, &Params::default()))?;
        Ok(())
    }

    /// Pauses collection with `void`, `keep_as_draft` or `mark_uncollectible`; `None` resumes it.
    pub fn pause_collection(&self, subscription: &str, behavior: Option<&str>) {
        self.inner.change(|ledger| {
            subscriptions::change(ledger, subscription, |subscription| {
                subscription["pause_collection"] = behavior.map_or(
                    Value::Null,
                    |behavior| json!({"behavior": behavior, "resumes_at": null}),
                );
            });
        });
    }

    /// Deletes a customer as the dashboard does.
    ///
    /// # Errors
    ///
    /// When there is no such customer.
    pub fn delete_customer(&self, customer: &str) -> Result<(), NotArranged> {
        self.inner.change(|ledger| customers::delete(ledger, customer))?;
        Ok(())
    }

    /// Archives a price.
    pub fn archive_price(&self, price: &str) {
        self.inner.change(|ledger| {
            catalogue::change_price(ledger, price, |price| price["active"] = json!(false));
        });
    }

    /// Moves a lookup key to another price.
    pub fn move_lookup_key(&self, key: &str, to_price: &str) {
        self.inner.change(|ledger| {
            for holder in ledger.ids("price", |price| price.text("lookup_key") == key) {
                catalogue::change_price(ledger, &holder, |price| price["lookup_key"] = Value::Null);
            }
            catalogue::change_price(ledger, to_price, |price| price["lookup_key"] = json!(key));
        });
    }

    /// Replaces what a subscription is for, as the portal's plan change would; nothing is billed.
    ///
    /// # Errors
    ///
    /// When the subscription or a price does not exist.
    pub fn set_subscription_items(
        &self,
        subscription: &str,
        items: Vec<(String, i64)>,
    ) -> Result<(), NotArranged> {
        self.inner.change(|ledger| {
            ledger.named("subscription", subscription)?;
            for (price, _) in &items {
                ledger.named("price", price)?;
            }
            let lines = items.into_iter().map(|(price, quantity)| Line { price, quantity });
            subscriptions::set_items(ledger, subscription, &lines.collect::<Vec<_>>());
            Ok(())
        })
    }

    /// Replaces a subscription's metadata.
    pub fn set_subscription_metadata(&self, subscription: &str, metadata: &[(&str, &str)]) {
        let metadata: Map<String, Value> =
            metadata.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
        self.inner.change(|ledger| {
            subscriptions::change(ledger, subscription, |subscription| {
                subscription["metadata"] = Value::Object(metadata);
            });
        });
    }

    /// What a subscription becomes when the last retry failed.
    pub fn after_retries(&self, choice: AfterRetries) {
        self.inner.change(|ledger| ledger.after_retries = choice);
    }

    /// How the portal shows a scheduled cancellation.
    pub fn cancel_shape(&self, shape: CancelShape) {
        self.inner.change(|ledger| ledger.cancel_shape = shape);
    }
}

fn keep_card(ledger: &mut Ledger, customer: &str, card: &str) -> Result<String, NotArranged> {
    let card = Card::from_number(card).ok_or(Refused::NotATestCard)?;
    let email = ledger.read(customer)["email"].as_str().map(str::to_owned);
    let method = payment_methods::create(ledger, card, email.as_deref());
    payment_methods::attach(ledger, &method, customer);
    payment_methods::make_default(ledger, customer, &method);
    Ok(method)
}
