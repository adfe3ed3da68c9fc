//! `/billing/invoices`: what the account was billed, with Stripe's documents.

use std::sync::Arc;

use askama::Template;
use rocket::{Route, State, get, routes};

use super::frame::Frame;
use super::parts::{Action, Banner, Paging, Sentence, Tone};
use super::{Page, words};
use crate::domain::ids::InvoiceId;
use crate::domain::invoice::{Invoice, Settlement};
use crate::flows::Billing;
use crate::flows::invoices::{self, Billed};
use crate::stripe::Place;
use crate::web::error::Problem;
use crate::web::guards::Payer;
use crate::web::pages::filters;
use crate::web::text::t;

pub(super) fn routes() -> Vec<Route> {
    routes![show]
}

#[derive(Template)]
#[template(path = "invoices.html")]
pub(super) struct InvoicesPage {
    frame: Frame,
    /// Why there is nothing to see.
    trouble: Option<Banner>,
    rows: Vec<Row>,
    paging: Option<Paging>,
}

struct Row {
    number: String,
    date: Sentence,
    amount: Sentence,
    status: super::parts::Badge,
    hosted: Option<String>,
    pdf: Option<String>,
}

/// A page of the list, older or newer than an invoice of the page before.
#[get("/billing/invoices?<older_than>&<newer_than>")]
async fn show(
    visitor: Payer,
    frame: Frame,
    older_than: Option<&str>,
    newer_than: Option<&str>,
    billing: &State<Arc<Billing>>,
) -> Result<Page, Problem> {
    let place = place(older_than, newer_than)?;
    let found = invoices::page(billing, &visitor.0.account, &place).await.map_err(Problem::from);
    let problem = match found {
        Ok(billed) => return Ok(Page::of(page(frame, billed))),
        Err(problem) => problem,
    };
    let text = problem.detail.clone().in_full().then(t!("invoices-trouble"));
    let again = Action::link(t!("try-again"), "/billing/invoices");
    let trouble = Some(Banner::new(Tone::Bad, problem.title.clone(), text).or(Some(again)));
    Ok(Page::about(&problem, InvoicesPage { frame, trouble, rows: Vec::new(), paging: None }))
}

fn place(older_than: Option<&str>, newer_than: Option<&str>) -> Result<Place, Problem> {
    let id = |text: &str| InvoiceId::new(text).map_err(Problem::from);
    Ok(match (older_than, newer_than) {
        (None, None) => Place::Newest,
        (Some(invoice), None) => Place::OlderThan(id(invoice)?),
        (None, Some(invoice)) => Place::NewerThan(id(invoice)?),
        (Some(_), Some(_)) => {
            return Err(Problem::of_form(&vec![("older_than", t!("wrong-range"))]));
        }
    })
}

pub(super) fn page(frame: Frame, billed: Billed) -> InvoicesPage {
    let newer = billed.newer_than.map(|id| format!("/billing/invoices?newer_than={id}"));
    let older = billed.older_than.map(|id| format!("/billing/invoices?older_than={id}"));
    InvoicesPage {
        frame,
        trouble: None,
        rows: billed
            .invoices
            .into_iter()
            .map(|(invoice, settlement)| row(invoice, settlement))
            .collect(),
        paging: Paging::between(newer, older),
    }
}

fn row(invoice: Invoice, settlement: Settlement) -> Row {
    Row {
        number: invoice.number.unwrap_or_else(|| invoice.id.to_string()),
        date: Sentence::on_day(invoice.at),
        amount: Sentence::amount(invoice.total_minor, &invoice.currency),
        status: words::invoice(settlement),
        hosted: invoice.hosted_url,
        pdf: invoice.pdf_url,
    }
}
