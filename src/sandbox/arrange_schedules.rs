//! What others who hold the Stripe account's key do with schedules, done directly.

use serde_json::json;

use super::{
    Sandbox,
    arrange::NotArranged,
    form::Params,
    ledger::{Fields, Ledger},
    schedule_calls, schedules, subscription_items,
};

impl Sandbox {
    /// Puts a subscription under a schedule that passes it to `price` when its period ends, as
    /// somebody at Stripe's dashboard would: the schedule carries nobody's mark. Answers its id.
    ///
    /// # Errors
    ///
    /// When the subscription is over or under a schedule, or cannot have the price.
    pub fn attach_schedule(&self, subscription: &str, price: &str) -> Result<String, NotArranged> {
        self.inner.change(|ledger| attach(ledger, subscription, price))
    }
}

/// As [`Sandbox::attach_schedule`].
pub(super) fn attach(
    ledger: &mut Ledger,
    subscription: &str,
    price: &str,
) -> Result<String, NotArranged> {
    let currency = ledger.named("subscription", subscription)?.text("currency");
    subscription_items::check_price(ledger, currency, price, false, "price")?;
    let params = Params(json!({"from_subscription": subscription}));
    let schedule = schedule_calls::create(ledger, &params)?;
    let id = schedule.text("id").to_owned();
    schedules::append(ledger, &id, price);
    Ok(id)
}
