//! Ending the plan, taking that back, and undoing a change that is scheduled.

use std::sync::Arc;

use askama::Template;
use rocket::{Route, State, get, post, routes};

use super::change_words as words;
use super::frame::Frame;
use super::parts::Sentence;
use super::{Answer, Page, billing as billing_page};
use crate::domain::ids::AccountId;
use crate::flows::gate::Standing;
use crate::flows::{Billing, accounts, change};
use crate::web::acting::Button;
use crate::web::error::Problem;
use crate::web::guards::{Payer, Stood};
use crate::web::pages::filters;
use crate::web::text::t;

pub(super) fn routes() -> Vec<Route> {
    routes![ask, cancel, resume, undo]
}

#[derive(Template)]
#[template(path = "cancel.html")]
struct CancelPage {
    frame: Frame,
    heading: Sentence,
    ends: Sentence,
    stops: Sentence,
    stays: Sentence,
    /// A scheduled change that is undone on the way.
    undone: Option<Sentence>,
    /// Left out where there is nothing to cancel.
    button: Option<Sentence>,
}

/// Says what cancelling means before anybody does it.
#[get("/billing/cancel")]
async fn ask(
    _payer: Payer,
    stood: Stood<'_>,
    frame: Frame,
    billing: &State<Arc<Billing>>,
) -> Result<Page, Problem> {
    let standing = &stood.0.standing;
    let settings = &billing.settings;
    Ok(Page::of(CancelPage {
        frame,
        heading: words::cancel_heading(standing, settings),
        ends: words::cancel_ends(standing),
        stops: words::cancel_stops(standing, settings),
        stays: words::cancel_stays(standing, settings),
        undone: words::cancel_undoes(standing, settings),
        button: words::cancel_button(standing, settings),
    }))
}

#[post("/billing/cancel", data = "<_button>")]
async fn cancel(
    visitor: Payer,
    frame: Frame,
    _button: Button,
    billing: &State<Arc<Billing>>,
) -> Result<Answer, Problem> {
    let account = &visitor.0.account;
    let done = change::cancel(billing, account).await.map_err(Problem::from);
    told(frame, billing, account, done, words::cancelled).await
}

#[post("/billing/resume", data = "<_button>")]
async fn resume(
    visitor: Payer,
    frame: Frame,
    _button: Button,
    billing: &State<Arc<Billing>>,
) -> Result<Answer, Problem> {
    let account = &visitor.0.account;
    let done = change::resume(billing, account).await.map_err(Problem::from);
    told(frame, billing, account, done, words::resumed).await
}

#[post("/billing/change/undo", data = "<_button>")]
async fn undo(
    visitor: Payer,
    frame: Frame,
    _button: Button,
    billing: &State<Arc<Billing>>,
) -> Result<Answer, Problem> {
    let account = &visitor.0.account;
    let done = change::undo(billing, account).await.map_err(Problem::from);
    told(frame, billing, account, done, words::undone).await
}

/// Leads back to the billing page, or tells there what stood in the way.
async fn told(
    frame: Frame,
    billing: &Billing,
    account: &AccountId,
    done: Result<(), Problem>,
    message: impl FnOnce(&Standing) -> Sentence,
) -> Result<Answer, Problem> {
    match done {
        Ok(()) => {
            let now = accounts::look(billing, account).await?;
            Ok(Answer::done("/billing", message(&now.standing)))
        }
        Err(problem) => {
            Ok(Answer::Page(billing_page::about(frame, billing, account, &problem).await?))
        }
    }
}
