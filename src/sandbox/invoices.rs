//! Invoices: drawn up, finalized, paid or not, retried.

use serde_json::{Value, json};

use super::{
    calendar::DAY,
    cards::Presence,
    catalogue, discounts,
    invoice_shape::{due, invoice_shape, line_shape, payment_shape},
    ledger::{Fields, Hidden, Ledger, fresh},
    payment_methods,
    payments::{self, Outcome, Purpose},
    pending_updates, subscriptions,
};

/// Days from each failed attempt to the next; after the last failure there is none.
const RETRY_DAYS: [i64; 3] = [3, 5, 7];

/// Who makes an attempt to pay. After the first attempt only scheduled ones count:
/// <https://docs.stripe.com/api/invoices/object#invoice_object-attempt_count>.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Attempt {
    /// The clock: the first charge of a renewal, or a retry.
    Scheduled,
    /// A person, on a page or through the API.
    ByHand,
}

/// Draws up the invoice of a subscription's current period and of what waits for it, silently.
pub(super) fn draw_up(ledger: &mut Ledger, subscription: &str, reason: &str) -> String {
    let subscription = ledger.read(subscription).clone();
    let lines = period_lines(ledger, &subscription);
    draw_up_lines(ledger, &subscription, lines, reason)
}

/// Draws up an invoice of `lines` and of what waits for the next one, silently.
pub(super) fn draw_up_lines(
    ledger: &mut Ledger,
    subscription: &Value,
    lines: Vec<Value>,
    reason: &str,
) -> String {
    let invoice = compose(ledger, &fresh("in_1"), subscription, lines, reason);
    ledger.hide(subscription.text("id"), |hidden| hidden.unbilled.clear());
    let id = ledger.insert(invoice, Hidden::default());
    discounts::use_up(ledger, subscription.text("id"), &id);
    id
}

/// An invoice of `lines` and of what waits for the next one, as it would be drawn up now.
pub(super) fn compose(
    ledger: &Ledger,
    id: &str,
    subscription: &Value,
    lines: Vec<Value>,
    reason: &str,
) -> Value {
    let mut all = ledger.hidden(subscription.text("id")).unbilled;
    all.extend(lines);
    let customer = ledger.read(subscription.text("customer"));
    let mut invoice = invoice_shape(id, subscription, customer, reason, all, ledger.now);
    if reason == "subscription_cycle"
        && let Some(item) = subscription.data("items").first()
    {
        invoice["period_end"] = item["current_period_start"].clone();
    }
    discounts::adjust(ledger, subscription, &mut invoice);
    invoice
}

/// The lines for the current period of a subscription's items.
pub(super) fn period_lines(ledger: &Ledger, subscription: &Value) -> Vec<Value> {
    let trial = subscription.text("status") == "trialing";
    let items = subscription.data("items").iter();
    items
        .map(|item| line_shape(item, catalogue::product_name(ledger, &item["price"]), trial))
        .collect()
}

/// Makes a draft final and, when nothing is due, paid.
///
/// Stripe leaves a renewal's draft open for about an hour; the sandbox finalizes it at once.
pub(super) fn finalize(ledger: &mut Ledger, id: &str) {
    let customer = ledger.read(id).text("customer").to_owned();
    let sequence = ledger.read(&customer).number("next_invoice_sequence").max(1);
    let prefix = ledger.read(&customer).text("invoice_prefix").to_owned();
    ledger.quietly(&customer, |customer| customer["next_invoice_sequence"] = json!(sequence + 1));
    let (now, page) = (ledger.now, format!("{}/invoices/{id}", ledger.base_url));
    let balance = ledger.read(&customer).number("balance");
    let due = due(ledger.read(id).number("total"), balance);
    ledger.change(&customer, "customer.updated", |customer| {
        customer["balance"] = json!(due.left);
    });
    ledger.change(id, "invoice.updated", |invoice| {
        invoice["status"] = json!("open");
        invoice["auto_advance"] = json!(true);
        invoice["amount_due"] = json!(due.now);
        invoice["amount_remaining"] = json!(due.now);
        invoice["starting_balance"] = json!(balance);
        invoice["number"] = json!(format!("{prefix}-{sequence:04}"));
        invoice["effective_at"] = json!(now);
        invoice["ending_balance"] = json!(due.left);
        invoice["hosted_invoice_url"] = json!(page);
        invoice["invoice_pdf"] = json!(format!("{page}/pdf"));
        invoice["status_transitions"]["finalized_at"] = json!(now);
    });
    ledger.emit("invoice.finalized", id);
    if due.now == 0 {
        mark_paid(ledger, id);
    }
}

/// Charges an open invoice to a payment method.
pub(super) fn pay(
    ledger: &mut Ledger,
    id: &str,
    method: &str,
    presence: Presence,
    attempt: Attempt,
) -> Outcome {
    let intent = intent_of(ledger, id);
    let outcome = payments::confirm(ledger, &intent, method, presence);
    match outcome {
        Outcome::Succeeded => settle(ledger, id, &intent),
        Outcome::Processing => wait_for_bank(ledger, id),
        Outcome::NeedsAuthentication => {
            ledger.hide(id, |hidden| hidden.awaiting = Some(method.to_owned()));
            ledger.emit("invoice.payment_action_required", id);
            payment_failed(ledger, id, attempt);
        }
        Outcome::Declined { .. } => payment_failed(ledger, id, attempt),
    }
    outcome
}

/// Charges an open invoice to whatever its subscription is charged to.
pub(super) fn collect(ledger: &mut Ledger, id: &str) {
    let subscription = subscription_of(ledger.read(id)).to_owned();
    match payment_methods::for_subscription(ledger, ledger.read(&subscription)) {
        Some(method) => {
            pay(ledger, id, &method, Presence::Absent, Attempt::Scheduled);
        }
        None => payment_failed(ledger, id, Attempt::Scheduled),
    }
}

/// Ends an attempt that waits for 3-D Secure.
pub(super) fn authenticate(ledger: &mut Ledger, id: &str, passed: bool) -> Option<Outcome> {
    let hidden = ledger.hidden(id);
    let (method, intent) = (hidden.awaiting?, hidden.intent?);
    ledger.hide(id, |hidden| hidden.awaiting = None);
    if passed {
        return Some(pay(ledger, id, &method, Presence::Authenticated, Attempt::ByHand));
    }
    payments::fail_authentication(ledger, &intent, &method);
    ledger.emit("invoice.payment_failed", id);
    Some(Outcome::Declined {
        message: "The 3-D Secure check failed.",
        decline_code: "authentication_required",
    })
}

/// Books a payment that went through on an invoice.
pub(super) fn settle(ledger: &mut Ledger, id: &str, intent: &str) {
    attach_intent(ledger, id, intent);
    let now = ledger.now;
    for payment in ledger.ids("invoice_payment", |payment| payment.text("invoice") == id) {
        ledger.quietly(&payment, |payment| {
            payment["status"] = json!("paid");
            payment["amount_paid"] = payment["amount_requested"].clone();
            payment["status_transitions"]["paid_at"] = json!(now);
        });
        ledger.emit("invoice_payment.paid", &payment);
    }
    ledger.quietly(id, |invoice| {
        invoice["attempt_count"] = json!(invoice.number("attempt_count").max(1));
    });
    mark_paid(ledger, id);
}

/// Books that a bank was asked to pay an invoice.
pub(super) fn process(ledger: &mut Ledger, id: &str, intent: &str) {
    attach_intent(ledger, id, intent);
    wait_for_bank(ledger, id);
}

/// Books that the bank, days later, did not pay.
pub(super) fn bounce(ledger: &mut Ledger, id: &str) {
    payment_failed(ledger, id, Attempt::Scheduled);
}

/// Takes an open invoice out of the world.
pub(super) fn close(ledger: &mut Ledger, id: &str, status: &str) {
    let now = ledger.now;
    let moment = match status {
        "void" => "voided_at",
        _ => "marked_uncollectible_at",
    };
    ledger.change(id, "invoice.updated", |invoice| {
        invoice["status"] = json!(status);
        invoice["auto_advance"] = json!(false);
        invoice["next_payment_attempt"] = Value::Null;
        invoice["status_transitions"][moment] = json!(now);
    });
    if status == "void" {
        give_credit_back(ledger, id);
        ledger.emit("invoice.voided", id);
    } else {
        ledger.emit("invoice.marked_uncollectible", id);
    }
}

/// A void invoice never used the customer's credit.
fn give_credit_back(ledger: &mut Ledger, id: &str) {
    let invoice = ledger.read(id);
    let Some(left) = invoice["ending_balance"].as_i64() else { return };
    let used = left - invoice.number("starting_balance");
    let customer = invoice.text("customer").to_owned();
    ledger.change(&customer, "customer.updated", |customer| {
        customer["balance"] = json!(customer.number("balance") - used);
    });
}

/// Stops the automatic collection of everything a subscription still owes.
pub(super) fn stop_collecting(ledger: &mut Ledger, subscription: &str) {
    let open = ledger.ids("invoice", |invoice| {
        subscription_of(invoice) == subscription && invoice.text("status") == "open"
    });
    for id in open {
        ledger.change(&id, "invoice.updated", |invoice| {
            invoice["auto_advance"] = json!(false);
            invoice["next_payment_attempt"] = Value::Null;
        });
    }
}

pub(super) fn subscription_of(invoice: &Value) -> &str {
    invoice["parent"]["subscription_details"].text("subscription")
}

fn intent_of(ledger: &mut Ledger, id: &str) -> String {
    if let Some(intent) = ledger.hidden(id).intent {
        return intent;
    }
    let invoice = ledger.read(id).clone();
    let description = match invoice.text("billing_reason") {
        "subscription_create" => "Subscription creation",
        _ => "Subscription update",
    };
    let intent = payments::intend(
        ledger,
        &Purpose {
            customer: invoice["customer"].as_str(),
            amount: invoice.number("amount_due"),
            currency: invoice.text("currency"),
            description: Some(description),
            metadata: json!({}),
        },
    );
    attach_intent(ledger, id, &intent);
    intent
}

fn attach_intent(ledger: &mut Ledger, id: &str, intent: &str) {
    if ledger.hidden(id).intent.is_some() {
        return;
    }
    ledger.hide(id, |hidden| hidden.intent = Some(intent.to_owned()));
    let payment = payment_shape(&fresh("inpay_1"), ledger.read(id), intent, ledger.now);
    ledger.insert(payment, Hidden::default());
}

/// While a bank is asked there is no next attempt, and the subscription runs.
fn wait_for_bank(ledger: &mut Ledger, id: &str) {
    ledger.change(id, "invoice.updated", |invoice| {
        invoice["attempted"] = json!(true);
        invoice["next_payment_attempt"] = Value::Null;
    });
    subscriptions::invoice_processing(ledger, id);
}

fn payment_failed(ledger: &mut Ledger, id: &str, attempt: Attempt) {
    let counts = attempt == Attempt::Scheduled || ledger.read(id).number("attempt_count") == 0;
    if counts {
        count_attempt(ledger, id);
    }
    ledger.emit("invoice.payment_failed", id);
    if counts {
        subscriptions::payment_failed(ledger, id);
    }
}

fn count_attempt(ledger: &mut Ledger, id: &str) {
    let subscription = ledger.read(subscription_of(ledger.read(id)));
    let retried = matches!(subscription.text("status"), "active" | "trialing" | "past_due")
        && !pending_updates::waits_for(ledger, id);
    let now = ledger.now;
    ledger.change(id, "invoice.updated", |invoice| {
        let attempts = invoice.number("attempt_count") + 1;
        let wait = usize::try_from(attempts - 1).ok().and_then(|at| RETRY_DAYS.get(at));
        let next = wait.filter(|_| retried).map(|days| now + days * DAY);
        invoice["attempt_count"] = json!(attempts);
        invoice["attempted"] = json!(true);
        invoice["next_payment_attempt"] = json!(next);
    });
}

pub(super) fn mark_paid(ledger: &mut Ledger, id: &str) {
    let now = ledger.now;
    ledger.change(id, "invoice.updated", |invoice| {
        invoice["status"] = json!("paid");
        invoice["attempted"] = json!(true);
        invoice["auto_advance"] = json!(false);
        invoice["next_payment_attempt"] = Value::Null;
        invoice["amount_paid"] = invoice["amount_due"].clone();
        invoice["amount_remaining"] = json!(0);
        invoice["status_transitions"]["paid_at"] = json!(now);
    });
    ledger.hide(id, |hidden| hidden.awaiting = None);
    ledger.emit("invoice.paid", id);
    ledger.emit("invoice.payment_succeeded", id);
    subscriptions::invoice_paid(ledger, id);
}
