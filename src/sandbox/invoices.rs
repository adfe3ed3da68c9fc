//! Invoices: drawn up, finalized, paid or not, retried.

use serde_json::{Value, json};

use super::{
    calendar::DAY,
    cards::Presence,
    catalogue, discounts,
    error::ApiError,
    form::Params,
    invoice_shape::{invoice_shape, line_shape, payment_shape},
    ledger::{Fields, Hidden, Ledger, fresh},
    list, payment_methods,
    payments::{self, Outcome, Purpose},
    subscriptions,
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

/// Draws up the invoice of a subscription's current period, silently.
pub(super) fn draw_up(ledger: &mut Ledger, subscription: &str, reason: &str) -> String {
    let subscription = ledger.read(subscription).clone();
    let id = fresh("in_1");
    let trial = subscription.text("status") == "trialing";
    let lines: Vec<Value> = subscription
        .data("items")
        .iter()
        .map(|item| {
            let product = catalogue::product_name(ledger, &item["price"]);
            line_shape(&id, item, product, trial)
        })
        .collect();
    let customer = ledger.read(subscription.text("customer"));
    let mut invoice = invoice_shape(&id, &subscription, customer, reason, lines, ledger.now);
    if reason == "subscription_cycle"
        && let Some(item) = subscription.data("items").first()
    {
        invoice["period_end"] = item["current_period_start"].clone();
    }
    discounts::adjust(ledger, &subscription, &mut invoice);
    let id = ledger.insert(invoice, Hidden::default());
    discounts::use_up(ledger, subscription.text("id"), &id);
    id
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
    ledger.change(id, "invoice.updated", |invoice| {
        invoice["status"] = json!("open");
        invoice["auto_advance"] = json!(true);
        invoice["number"] = json!(format!("{prefix}-{sequence:04}"));
        invoice["effective_at"] = json!(now);
        invoice["ending_balance"] = json!(0);
        invoice["hosted_invoice_url"] = json!(page);
        invoice["invoice_pdf"] = json!(format!("{page}/pdf"));
        invoice["status_transitions"]["finalized_at"] = json!(now);
    });
    ledger.emit("invoice.finalized", id);
    if ledger.read(id).number("amount_due") == 0 {
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
    let event = if status == "void" { "invoice.voided" } else { "invoice.marked_uncollectible" };
    ledger.emit(event, id);
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

/// `POST /v1/invoices/{id}/pay`.
pub(super) fn pay_now(ledger: &mut Ledger, id: &str, params: &Params) -> Result<Value, ApiError> {
    params.only(&["payment_method", "off_session", "paid_out_of_band", "forgive"])?;
    let invoice = ledger.named("invoice", id)?;
    match invoice.text("status") {
        "open" => {}
        "draft" => finalize(ledger, id),
        "paid" => {
            return Err(ApiError::invalid("Invoice is already paid").code("invoice_already_paid"));
        }
        _ => return Err(ApiError::invalid("This invoice can no longer be paid")),
    }
    if params.boolean("paid_out_of_band")? == Some(true) {
        mark_paid(ledger, id);
        return Ok(ledger.read(id).clone());
    }
    let subscription = ledger.read(subscription_of(ledger.read(id)));
    let method = match params.text("payment_method") {
        Some(method) if ledger.find("payment_method", method).is_some() => Some(method.to_owned()),
        Some(method) => {
            return Err(ApiError::missing_param("PaymentMethod", method, "payment_method"));
        }
        None => payment_methods::for_subscription(ledger, subscription),
    };
    let method = method.ok_or_else(|| {
        ApiError::invalid("There is no `default_payment_method` set on this Customer or Invoice.")
    })?;
    match pay(ledger, id, &method, Presence::Absent, Attempt::ByHand) {
        Outcome::Succeeded | Outcome::Processing => Ok(ledger.read(id).clone()),
        Outcome::NeedsAuthentication => {
            let message =
                "This payment requires additional user action before it can be completed.";
            Err(ApiError::card("invoice_payment_intent_requires_action", message))
        }
        Outcome::Declined { message, decline_code } => {
            Err(ApiError::card("card_declined", message).with("decline_code", json!(decline_code)))
        }
    }
}

pub(super) fn list(ledger: &Ledger, params: &Params) -> Result<Value, ApiError> {
    params.only(&[
        "customer",
        "subscription",
        "status",
        "created",
        "collection_method",
        "limit",
        "starting_after",
        "ending_before",
    ])?;
    params.one_of("status", &["draft", "open", "paid", "uncollectible", "void"])?;
    let (customer, status) = (params.text("customer"), params.text("status"));
    let subscription = params.text("subscription");
    let invoices = ledger
        .all("invoice")
        .filter(|invoice| customer.is_none_or(|id| invoice.text("customer") == id))
        .filter(|invoice| status.is_none_or(|status| invoice.text("status") == status))
        .filter(|invoice| subscription.is_none_or(|id| subscription_of(invoice) == id));
    list::page(invoices, params, "/v1/invoices")
}

pub(super) fn list_payments(ledger: &Ledger, params: &Params) -> Result<Value, ApiError> {
    params.only(&["invoice", "payment", "status", "limit", "starting_after", "ending_before"])?;
    let (invoice, status) = (params.text("invoice"), params.text("status"));
    let payments = ledger
        .all("invoice_payment")
        .filter(|payment| invoice.is_none_or(|id| payment.text("invoice") == id))
        .filter(|payment| status.is_none_or(|status| payment.text("status") == status));
    list::page(payments, params, "/v1/invoice_payments")
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
    let retried = matches!(subscription.text("status"), "active" | "trialing" | "past_due");
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

fn mark_paid(ledger: &mut Ledger, id: &str) {
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
