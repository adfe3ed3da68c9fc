//! A change of what a subscription is for: drawn up without touching anything, so that a preview
//! and the invoice that follows agree, then carried out.

use serde_json::{Value, json};

use super::{
    cards::{Card, Presence, Verdict},
    error::ApiError,
    invoices,
    ledger::{Fields, Ledger},
    payment_methods, pending_updates,
    proration::{self, Behavior},
    subscription_items::{alike, same, same_recurrence},
    subscriptions,
};

/// What a change asks for.
pub(super) struct Wish {
    /// The items as they shall be; periods unchanged.
    pub(super) items: Vec<Value>,
    pub(super) behavior: Behavior,
    /// The second from which the change is counted.
    pub(super) prorated_at: i64,
    /// A new period begins now.
    pub(super) resets_cycle: bool,
    pub(super) ends_trial: bool,
}

/// A change, drawn up.
pub(super) struct Change {
    /// The subscription as it will be.
    pub(super) after: Value,
    /// What it gives back and charges.
    pub(super) lines: Vec<Value>,
    /// Whether the lines are billed at once.
    pub(super) bills_now: bool,
}

/// What becomes of a change whose invoice is not paid at once:
/// <https://docs.stripe.com/api/subscriptions/update#update_subscription-payment_behavior>.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum IfUnpaid {
    /// It holds, and the subscription is past due.
    Allow,
    /// It holds; nobody tries to pay before the customer does.
    AwaitCustomer,
    /// It is refused.
    Refuse,
    /// It waits for the payment.
    Pend,
}

/// Works a change out.
pub(super) fn draw_up(ledger: &Ledger, subscription: &Value, wish: Wish) -> Change {
    let now = ledger.now;
    let before = subscription.data("items");
    let unbilled = matches!(subscription.text("status"), "trialing" | "paused");
    let trial_goes_on = unbilled && !wish.ends_trial;
    let new_cycle = wish.ends_trial
        || wish.resets_cycle
        || (!trial_goes_on && !same(before, &wish.items) && begins_cycle(before, &wish.items));
    let mut after = subscription.clone();
    let mut items = wish.items;
    if new_cycle {
        after["billing_cycle_anchor"] = json!(now);
        for item in &mut items {
            let end = subscriptions::boundary(&item["price"], now, now);
            item["current_period_start"] = json!(now);
            item["current_period_end"] = json!(end);
        }
    }
    if wish.ends_trial {
        after["status"] = json!("active");
        after["trial_end"] = json!(now);
    }
    let prorates = wish.behavior != Behavior::Forgo && !trial_goes_on && !wish.ends_trial;
    let mut lines = Vec::new();
    if prorates {
        lines = prorations(ledger, before, &items, wish.prorated_at, new_cycle);
    }
    after["items"]["data"] = Value::Array(items);
    if new_cycle {
        if after.truth("cancel_at_period_end") {
            after["cancel_at"] = json!(subscriptions::period_end(&after));
        }
        lines.extend(invoices::period_lines(ledger, &after));
    }
    let bills_now = new_cycle || (wish.behavior == Behavior::Invoice && !lines.is_empty());
    Change { after, lines, bills_now }
}

/// Carries a change out; a change that waits for its payment is replaced by the new one.
pub(super) fn carry_out(
    ledger: &mut Ledger,
    change: Change,
    if_unpaid: IfUnpaid,
) -> Result<(), ApiError> {
    let Change { mut after, lines, bills_now } = change;
    let id = after.text("id").to_owned();
    let refusal = if bills_now { refusal(ledger, &after, &lines)? } else { None };
    if let (IfUnpaid::Refuse, Some(refusal)) = (if_unpaid, &refusal) {
        return Err(refusal.clone());
    }
    pending_updates::expire(ledger, &id);
    after["pending_update"] = Value::Null;
    if !bills_now {
        ledger.hide(&id, |hidden| hidden.unbilled.extend(lines));
        subscriptions::change(ledger, &id, |subscription| *subscription = after);
        return Ok(());
    }
    if if_unpaid == IfUnpaid::Pend && refusal.is_some() {
        pending_updates::stage(ledger, after, lines);
        return Ok(());
    }
    let awaits = if_unpaid == IfUnpaid::AwaitCustomer
        && after.text("collection_method") == "charge_automatically";
    let invoice = invoices::draw_up_lines(ledger, &after, lines, "subscription_update");
    after["latest_invoice"] = json!(invoice);
    subscriptions::change(ledger, &id, |subscription| *subscription = after);
    ledger.emit("invoice.created", &invoice);
    subscriptions::bill(ledger, &id, &invoice, !awaits);
    if awaits && ledger.read(&invoice).text("status") == "open" {
        subscriptions::change(ledger, &id, |subscription| {
            subscription["status"] = json!("past_due");
        });
    }
    Ok(())
}

/// Why the invoice of a change would not be paid by itself; an error when there is no card at all.
fn refusal(ledger: &Ledger, after: &Value, lines: &[Value]) -> Result<Option<ApiError>, ApiError> {
    let invoice = invoices::compose(ledger, "", after, lines.to_vec(), "subscription_update");
    let automatic = after.text("collection_method") == "charge_automatically";
    if invoice.number("amount_due") == 0 || !automatic || !after["pause_collection"].is_null() {
        return Ok(None);
    }
    let Some(method) = payment_methods::for_subscription(ledger, after) else {
        return Err(ApiError::invalid(
            "This customer has no attached payment source or default payment method. Please \
             consider adding a default payment method.",
        )
        .code("resource_missing"));
    };
    let hidden = ledger.hidden(&method);
    let card = hidden.card.unwrap_or(Card::Declined);
    Ok(match card.charge(Presence::Absent, hidden.set_up) {
        Verdict::Pays | Verdict::Processes => None,
        Verdict::Authenticate => Some(ApiError::card(
            "subscription_payment_intent_requires_action",
            "Payment for this subscription requires additional user action before it can be \
             completed successfully.",
        )),
        Verdict::Declines { decline_code, message } => {
            Some(ApiError::card("card_declined", message).with("decline_code", json!(decline_code)))
        }
    })
}

/// Another interval, and the step between free and paid, begin a new period:
/// <https://docs.stripe.com/billing/subscriptions/billing-cycle>.
fn begins_cycle(before: &[Value], after: &[Value]) -> bool {
    let free = |items: &[Value]| {
        items.iter().all(|item| item["price"].number("unit_amount") * item.number("quantity") == 0)
    };
    let (Some(old), Some(new)) = (before.first(), after.first()) else { return false };
    !same_recurrence(old, new) || free(before) != free(after)
}

fn prorations(
    ledger: &Ledger,
    before: &[Value],
    after: &[Value],
    at: i64,
    new_cycle: bool,
) -> Vec<Value> {
    let stays = |item: &Value, others: &[Value]| {
        !new_cycle && others.iter().any(|other| alike(item, other))
    };
    let with_id = |id: &Value| after.iter().find(|item| item["id"] == *id);
    let mut lines = Vec::new();
    for item in before.iter().filter(|item| !stays(item, after)) {
        lines.push(proration::credit(ledger, item, at));
        let successor = with_id(&item["id"]).filter(|_| !new_cycle);
        lines.extend(successor.map(|item| proration::debit(ledger, item, at)));
    }
    if !new_cycle {
        let added = |item: &&Value| before.iter().all(|old| old["id"] != item["id"]);
        let added = after.iter().filter(added);
        lines.extend(added.map(|item| proration::debit(ledger, item, at)));
    }
    lines
}
