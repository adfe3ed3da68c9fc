//! The page where an invoice can be read and, while it is open, paid.

use std::sync::Arc;

use askama::Template;
use rocket::{
    FromForm, State,
    form::Form,
    get,
    http::{ContentType, Status},
    post,
};

use super::{
    CardHint, Reply, SameOrigin, card_hints,
    checkout::{AuthenticatePage, Authentication},
    not_found, page,
};
use crate::sandbox::{
    cards::{Card, Presence},
    checkout::Refused,
    invoices::{self, Attempt},
    ledger::{Fields, Ledger},
    money, payment_methods,
    payments::Outcome,
    state::Inner,
};

#[derive(Template)]
#[template(path = "sandbox/invoice.html")]
struct InvoicePage {
    title: String,
    status: String,
    lines: Vec<(String, String)>,
    total: String,
    due: Option<String>,
    pdf: String,
    problem: Option<String>,
    cards: Vec<CardHint>,
}

/// The card to pay with.
#[derive(FromForm)]
pub(super) struct Payment<'r> {
    #[field(name = "cardNumber", default = "")]
    card_number: &'r str,
}

#[get("/invoices/<id>")]
pub(super) fn show(inner: &State<Arc<Inner>>, id: &str) -> Reply {
    inner.look(|ledger| view(ledger, id, None))
}

#[post("/invoices/<id>", data = "<form>")]
pub(super) fn pay(
    _own: SameOrigin,
    inner: &State<Arc<Inner>>,
    id: &str,
    form: Form<Payment<'_>>,
) -> Reply {
    inner.change(|ledger| {
        let Some(invoice) = ledger.find("invoice", id) else { return not_found() };
        if invoice.text("status") != "open" {
            return Reply::SeeOther(format!("/invoices/{id}"));
        }
        let Some(card) = Card::from_number(form.card_number) else {
            return view(ledger, id, Some(Refused::NotATestCard.to_string()));
        };
        let customer = invoice.text("customer").to_owned();
        let email = invoice["customer_email"].as_str().map(str::to_owned);
        let method = payment_methods::create(ledger, card, email.as_deref());
        payment_methods::attach(ledger, &method, &customer);
        let outcome = invoices::pay(ledger, id, &method, Presence::Present, Attempt::ByHand);
        answer(ledger, id, Some(outcome))
    })
}

#[post("/invoices/<id>/authentication", data = "<form>")]
pub(super) fn authenticate(
    _own: SameOrigin,
    inner: &State<Arc<Inner>>,
    id: &str,
    form: Form<Authentication<'_>>,
) -> Reply {
    inner.change(|ledger| {
        let outcome = invoices::authenticate(ledger, id, form.outcome == "complete");
        answer(ledger, id, outcome)
    })
}

#[get("/invoices/<id>/pdf")]
pub(super) fn pdf(inner: &State<Arc<Inner>>, id: &str) -> Option<(ContentType, String)> {
    inner.look(|ledger| {
        let invoice = ledger.find("invoice", id)?;
        let total = money::words(invoice.number("total"), invoice.text("currency"));
        let text = format!(
            "Sandbox invoice {} - {} - {total} - no money moved",
            invoice.text("number"),
            invoice.text("status"),
        );
        Some((ContentType::PDF, one_line_pdf(&text)))
    })
}

fn answer(ledger: &Ledger, id: &str, outcome: Option<Outcome>) -> Reply {
    match outcome {
        Some(Outcome::Declined { message, .. }) => {
            view(ledger, id, Some(Refused::Declined(message).to_string()))
        }
        Some(Outcome::Succeeded | Outcome::Processing | Outcome::NeedsAuthentication) | None => {
            Reply::SeeOther(format!("/invoices/{id}"))
        }
    }
}

fn view(ledger: &Ledger, id: &str, problem: Option<String>) -> Reply {
    let Some(invoice) = ledger.find("invoice", id) else { return not_found() };
    let currency = invoice.text("currency");
    let due = money::words(invoice.number("amount_remaining"), currency);
    let open = invoice.text("status") == "open";
    if open && ledger.hidden(id).awaiting.is_some() {
        let action = format!("/invoices/{id}/authentication");
        return page(Status::Ok, &AuthenticatePage { amount: due, action });
    }
    let status = problem.as_ref().map_or(Status::Ok, |_| Status::PaymentRequired);
    page(
        status,
        &InvoicePage {
            title: format!("Invoice {}", invoice.text("number")),
            status: invoice.text("status").to_owned(),
            lines: invoice
                .data("lines")
                .iter()
                .map(|line| {
                    let amount = money::words(line.number("amount"), currency);
                    (line.text("description").to_owned(), amount)
                })
                .collect(),
            total: money::words(invoice.number("total"), currency),
            due: open.then_some(due),
            pdf: format!("/invoices/{id}/pdf"),
            problem,
            cards: card_hints(),
        },
    )
}

fn one_line_pdf(text: &str) -> String {
    let text: String =
        text.chars().filter(|c| c.is_ascii() && !matches!(c, '(' | ')' | '\\')).collect();
    let content = format!("BT /F1 12 Tf 50 780 Td ({text}) Tj ET");
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R \
         /Resources << /Font << /F1 5 0 R >> >> >>"
            .to_owned(),
        format!("<< /Length {} >>\nstream\n{content}\nendstream", content.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
    ];
    let mut pdf = "%PDF-1.4\n".to_owned();
    let mut table = "0000000000 65535 f \n".to_owned();
    for (number, object) in (1..).zip(&objects) {
        table.push_str(&format!("{:010} 00000 n \n", pdf.len()));
        pdf.push_str(&format!("{number} 0 obj\n{object}\nendobj\n"));
    }
    let start = pdf.len();
    let size = objects.len() + 1;
    pdf.push_str(&format!(
        "xref\n0 {size}\n{table}trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n"
    ));
    pdf
}
