//! Subscriptions: how they begin, renew, fall behind and end.

use serde_json::{Value, json};

use super::{
    calendar::{self, DAY},
    error::ApiError,
    invoices,
    ledger::{Fields, Hidden, Ledger, Line, fresh},
    options::{AfterRetries, BillingMode},
    pending_updates, schedules,
    subscription_shape::{item_shape, subscription_shape},
};

/// How long before its end a trial's end is announced.
pub(super) const TRIAL_NOTICE: i64 = 3 * DAY;

/// What a new subscription is made of.
pub(super) struct Opening<'a> {
    pub(super) customer: &'a str,
    pub(super) lines: &'a [Line],
    pub(super) metadata: Value,
    pub(super) trial_end: Option<i64>,
    /// What becomes of a trial that ends without a payment method.
    pub(super) without_card: &'a str,
    pub(super) payment_method: Option<&'a str>,
    /// The days in which a sent invoice has to be paid; without them a card is charged.
    pub(super) days_until_due: Option<i64>,
    pub(super) billing_mode: BillingMode,
    pub(super) automatic_tax: bool,
    /// The discounts that were redeemed for it.
    pub(super) discounts: Vec<String>,
}

/// Begins a subscription and its first invoice, which is final but not paid unless nothing is due.
pub(super) fn open(ledger: &mut Ledger, opening: &Opening<'_>) -> (String, String) {
    let id = fresh("sub_1");
    let mut subscription = subscription_shape(&id, opening, ledger.now);
    let items: Vec<Value> = opening
        .lines
        .iter()
        .map(|line| {
            let price = ledger.read(&line.price);
            let end = opening.trial_end.unwrap_or_else(|| boundary(price, ledger.now, ledger.now));
            item_shape(&id, price, line.quantity, (ledger.now, end), ledger.now)
        })
        .collect();
    if let Some(item) = items.first() {
        subscription["currency"] = item["price"]["currency"].clone();
    }
    subscription["items"]["data"] = Value::Array(items);
    ledger.insert(subscription, Hidden::default());
    for discount in &opening.discounts {
        ledger.quietly(discount, |discount| discount["subscription"] = json!(id));
    }
    let invoice = invoices::draw_up(ledger, &id, "subscription_create");
    ledger.quietly(&id, |subscription| subscription["latest_invoice"] = json!(invoice));
    let currency = ledger.read(&id)["currency"].clone();
    ledger.quietly(opening.customer, |customer| customer["currency"] = currency);
    ledger.emit("customer.subscription.created", &id);
    ledger.emit("invoice.created", &invoice);
    invoices::finalize(ledger, &invoice);
    if opening.trial_end.is_some_and(|end| end <= ledger.now + TRIAL_NOTICE) {
        announce_trial_end(ledger, &id);
    }
    (id, invoice)
}

/// Changes a subscription and tells of it.
pub(super) fn change(ledger: &mut Ledger, id: &str, how: impl FnOnce(&mut Value)) {
    ledger.change(id, "customer.subscription.updated", how);
}

/// Ends a subscription at once; one that is over stays as it is.
pub(super) fn end(ledger: &mut Ledger, id: &str, reason: &str) {
    if is_over(ledger.read(id)) {
        return;
    }
    pending_updates::expire(ledger, id);
    ledger.hide(id, |hidden| hidden.unbilled.clear());
    let now = ledger.now;
    ledger.quietly(id, |subscription| {
        subscription["status"] = json!("canceled");
        subscription["ended_at"] = json!(now);
        if subscription["canceled_at"].is_null() {
            subscription["canceled_at"] = json!(now);
        }
        subscription["cancellation_details"]["reason"] = json!(reason);
    });
    ledger.emit("customer.subscription.deleted", id);
    schedules::abandon(ledger, id);
    invoices::stop_collecting(ledger, id);
}

/// Books the scheduled end of a subscription, `flagged` in the classic way or by its date alone.
pub(super) fn cancel_at_period_end(ledger: &mut Ledger, id: &str, flagged: bool) {
    let now = ledger.now;
    change(ledger, id, |subscription| {
        let at = period_end(subscription);
        book_end(subscription, at, flagged, now);
    });
}

/// Takes a scheduled end back.
pub(super) fn resume(ledger: &mut Ledger, id: &str) {
    change(ledger, id, take_end_back);
}

/// Writes a scheduled end into a subscription.
pub(super) fn book_end(subscription: &mut Value, at: i64, flagged: bool, now: i64) {
    subscription["cancel_at"] = json!(at);
    subscription["cancel_at_period_end"] = json!(flagged);
    subscription["canceled_at"] = json!(now);
    subscription["cancellation_details"]["reason"] = json!("cancellation_requested");
}

/// Takes a scheduled end out of a subscription.
pub(super) fn take_end_back(subscription: &mut Value) {
    subscription["cancel_at"] = Value::Null;
    subscription["cancel_at_period_end"] = json!(false);
    subscription["canceled_at"] = Value::Null;
    subscription["cancellation_details"]["reason"] = Value::Null;
}

/// Moves every item that is due into its next period and bills it.
pub(super) fn renew(ledger: &mut Ledger, id: &str) {
    let now = ledger.now;
    change(ledger, id, |subscription| enter_period(subscription, now));
    let invoice = invoices::draw_up(ledger, id, "subscription_cycle");
    change(ledger, id, |subscription| subscription["latest_invoice"] = json!(invoice));
    ledger.emit("invoice.created", &invoice);
    bill(ledger, id, &invoice, true);
}

/// Moves the items whose period is over at `now` into their next one.
pub(super) fn enter_period(subscription: &mut Value, now: i64) {
    let anchor = subscription.number("billing_cycle_anchor");
    for item in subscription["items"]["data"].as_array_mut().into_iter().flatten() {
        let start = item.number("current_period_end");
        if start <= now {
            item["current_period_start"] = json!(start);
            item["current_period_end"] = json!(boundary(&item["price"], anchor, start));
        }
    }
}

/// Makes an invoice final, unless its subscription says otherwise, and charges it if `charges`.
pub(super) fn bill(ledger: &mut Ledger, id: &str, invoice: &str, charges: bool) {
    let subscription = ledger.read(id);
    if subscription.text("status") == "unpaid" {
        return;
    }
    let charges = charges && subscription.text("collection_method") == "charge_automatically";
    match subscription["pause_collection"].text("behavior").to_owned().as_str() {
        "keep_as_draft" => {}
        "void" => {
            invoices::finalize(ledger, invoice);
            invoices::close(ledger, invoice, "void");
        }
        "mark_uncollectible" => {
            invoices::finalize(ledger, invoice);
            invoices::close(ledger, invoice, "uncollectible");
        }
        _ => {
            invoices::finalize(ledger, invoice);
            if charges && ledger.read(invoice).text("status") == "open" {
                invoices::collect(ledger, invoice);
            }
        }
    }
}

/// Announces that a trial is about to end.
pub(super) fn announce_trial_end(ledger: &mut Ledger, id: &str) {
    ledger.hide(id, |hidden| hidden.announced = true);
    ledger.emit("customer.subscription.trial_will_end", id);
}

/// Ends a trial: bills the first period, or does what was chosen for a missing payment method.
pub(super) fn end_trial(ledger: &mut Ledger, id: &str) {
    let subscription = ledger.read(id);
    let has_card = subscription.text("collection_method") == "send_invoice"
        || super::payment_methods::for_subscription(ledger, subscription).is_some();
    let without = subscription["trial_settings"]["end_behavior"].text("missing_payment_method");
    match without {
        "cancel" if !has_card => end(ledger, id, "cancellation_requested"),
        "pause" if !has_card => {
            change(ledger, id, |subscription| subscription["status"] = json!("paused"));
            ledger.emit("customer.subscription.paused", id);
        }
        _ => {
            let now = ledger.now;
            change(ledger, id, |subscription| {
                subscription["status"] = json!("active");
                subscription["trial_end"] = json!(now);
                subscription["billing_cycle_anchor"] = json!(now);
                for item in subscription["items"]["data"].as_array_mut().into_iter().flatten() {
                    item["current_period_end"] = json!(now);
                }
            });
            renew(ledger, id);
        }
    }
}

/// Starts a subscription again that paused when its trial ended without a card.
pub(super) fn unpause(ledger: &mut Ledger, id: &str) {
    let now = ledger.now;
    change(ledger, id, |subscription| {
        subscription["status"] = json!("active");
        subscription["billing_cycle_anchor"] = json!(now);
        for item in subscription["items"]["data"].as_array_mut().into_iter().flatten() {
            item["current_period_end"] = json!(now);
        }
    });
    ledger.emit("customer.subscription.resumed", id);
    renew(ledger, id);
}

/// Gives up a subscription whose first payment never came.
pub(super) fn expire(ledger: &mut Ledger, id: &str) {
    let now = ledger.now;
    let invoice = ledger.read(id).text("latest_invoice").to_owned();
    change(ledger, id, |subscription| {
        subscription["status"] = json!("incomplete_expired");
        subscription["ended_at"] = json!(now);
    });
    schedules::abandon(ledger, id);
    invoices::close(ledger, &invoice, "void");
}

/// What a paid invoice means for its subscription.
pub(super) fn invoice_paid(ledger: &mut Ledger, invoice: &str) {
    let id = invoices::subscription_of(ledger.read(invoice)).to_owned();
    let subscription = ledger.read(&id);
    let behind = matches!(subscription.text("status"), "incomplete" | "past_due" | "unpaid");
    let latest = subscription.text("latest_invoice");
    if behind && (latest == invoice || ledger.read(latest).text("status") == "void") {
        change(ledger, &id, |subscription| subscription["status"] = json!("active"));
    }
    pending_updates::paid(ledger, invoice);
}

/// What a payment under way means for its subscription: a new one begins at once, as with any
/// method that notifies late; one that is behind stays so until the money is there.
pub(super) fn invoice_processing(ledger: &mut Ledger, invoice: &str) {
    let id = invoices::subscription_of(ledger.read(invoice)).to_owned();
    if ledger.read(&id).text("status") == "incomplete" {
        change(ledger, &id, |subscription| subscription["status"] = json!("active"));
    }
}

/// What a failed attempt means for the invoice's subscription.
pub(super) fn payment_failed(ledger: &mut Ledger, invoice: &str) {
    // A sent invoice falls behind by its date, not by an attempt to pay it.
    let sent = ledger.read(invoice).text("collection_method") == "send_invoice";
    if sent || pending_updates::waits_for(ledger, invoice) {
        return;
    }
    let given_up = ledger.read(invoice)["next_payment_attempt"].is_null();
    let id = invoices::subscription_of(ledger.read(invoice)).to_owned();
    if matches!(ledger.read(&id).text("status"), "active" | "trialing") {
        change(ledger, &id, |subscription| subscription["status"] = json!("past_due"));
    }
    if given_up && ledger.read(&id).text("status") == "past_due" {
        give_up(ledger, &id);
    }
}

/// Does with a subscription that nobody paid what was chosen for it.
pub(super) fn give_up(ledger: &mut Ledger, id: &str) {
    match ledger.after_retries {
        AfterRetries::Cancel => end(ledger, id, "payment_failed"),
        AfterRetries::Unpaid => {
            change(ledger, id, |subscription| subscription["status"] = json!("unpaid"));
        }
        AfterRetries::PastDue => {}
    }
}

/// Replaces what a subscription is for; the paid period stays.
pub(super) fn set_items(ledger: &mut Ledger, id: &str, lines: &[Line]) {
    let (now, subscription) = (ledger.now, ledger.read(id));
    let first = subscription.data("items").first();
    let start = first.map_or(now, |item| item.number("current_period_start"));
    let trial = subscription["trial_end"].as_i64().filter(|end| now < *end);
    let items: Vec<Value> = lines
        .iter()
        .map(|line| {
            let price = ledger.read(&line.price);
            let anchor = subscription.number("billing_cycle_anchor");
            // A trial is one period, whatever is tried.
            let end = trial.unwrap_or_else(|| boundary(price, anchor, now));
            item_shape(id, price, line.quantity, (start, end), now)
        })
        .collect();
    change(ledger, id, |subscription| subscription["items"]["data"] = Value::Array(items));
}

/// Refuses a price in another currency than that of the subscriptions a customer has.
///
/// Stripe's words: <https://docs.stripe.com/invoicing/multi-currency-customers> has the rule.
pub(super) fn one_currency(ledger: &Ledger, customer: &str, price: &str) -> Result<(), ApiError> {
    let wanted = ledger.read(price).text("currency");
    let living = living_of(ledger, customer);
    let held = living.iter().map(|id| ledger.read(id).text("currency"));
    match held.into_iter().find(|held| *held != wanted) {
        None => Ok(()),
        Some(held) => Err(ApiError::invalid(format!(
            "You cannot combine currencies on a single customer. This customer has an active \
             subscription, subscription schedule, discount, quote, invoice item, or pending \
             invoice item with currency {held}."
        ))),
    }
}

/// The ids of a customer's subscriptions that are not over.
pub(super) fn living_of(ledger: &Ledger, customer: &str) -> Vec<String> {
    ledger.ids("subscription", |subscription| {
        subscription.text("customer") == customer && !is_over(subscription)
    })
}

pub(super) fn is_over(subscription: &Value) -> bool {
    matches!(subscription.text("status"), "canceled" | "incomplete_expired" | "")
}

/// The earliest end of a period among the items.
pub(super) fn period_end(subscription: &Value) -> i64 {
    let ends = subscription.data("items").iter().map(|item| item.number("current_period_end"));
    ends.min().unwrap_or(calendar::END_OF_TIME)
}

/// The first end of a period of `price`, counted from `anchor`, after `after`.
pub(super) fn boundary(price: &Value, anchor: i64, after: i64) -> i64 {
    let recurring = &price["recurring"];
    let count = recurring.number("interval_count").max(1);
    calendar::next_boundary(anchor, recurring.text("interval"), count, after)
}
