//! `/v1/invoices`, `/v1/invoice_payments`.

use serde_json::{Value, json};

use super::{
    cards::Presence,
    error::ApiError,
    form::Params,
    invoices::{Attempt, finalize, mark_paid, pay, subscription_of},
    ledger::{Fields, Ledger},
    list, payment_methods,
    payments::Outcome,
};

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
