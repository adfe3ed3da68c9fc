//! Servers that a driver has another panel make, as `/servers` shows and orders them.

use crate::store::provisions::{self, Provision, State};
use crate::store::servers::{self, Server};
use crate::web::pages::parts::{Field, Sentence};
use crate::web::text::t;
use crate::{AccountId, Billing, StoreFailed};

/// How long a server that was not made is told of.
const TOLD_FOR: std::time::Duration = std::time::Duration::from_hours(24);

/// One line of the list.
pub(super) struct Row {
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) state: Sentence,
    /// Something is wrong with it.
    pub(super) wrong: bool,
}

/// What the account has at the panel, oldest first.
pub(super) async fn rows(billing: &Billing, account: &AccountId) -> Result<Vec<Row>, StoreFailed> {
    if billing.driver.is_none() {
        return Ok(Vec::new());
    }
    let now = billing.now();
    let mut conn = billing.store.read().await?;
    let standing = servers::of_account(&mut conn, account, now).await?;
    let provisions = provisions::of_account(&mut conn, account).await?;
    let told = |it: &&Provision| it.state != State::Failed || it.ordered_at + TOLD_FOR > now;
    let row = |it: &Provision| {
        let server = standing.iter().find(|server| server.id == it.server);
        row(billing, it, server)
    };
    Ok(provisions.iter().filter(told).map(row).collect())
}

fn row(billing: &Billing, provision: &Provision, server: Option<&Server>) -> Row {
    let template = provision.template.as_deref().unwrap_or_default();
    let known = billing.settings.panel.as_ref().and_then(|panel| panel.template(template));
    let suspended = server.and_then(|server| server.suspended_at);
    let error = provision.error.as_deref().unwrap_or_default();
    let state = match (provision.state, suspended) {
        (State::Failed, _) => t!("made-failed", error = error),
        (State::Wanted | State::Asked, _) => t!("made-underway"),
        (State::Made, Some(since)) => {
            t!("made-suspended", moment = Sentence::at_minute(since))
        }
        (State::Made, None) => t!("made-running", day = Sentence::on_day(provision.ordered_at)),
    };
    Row {
        name: provision.name.clone(),
        kind: known.map_or(template, |template| template.name.as_str()).to_owned(),
        state,
        wrong: provision.state == State::Failed || suspended.is_some(),
    }
}

/// The field that chooses what is made; `None` where no driver makes anything.
pub(super) fn field(billing: &Billing, typed: &str) -> Option<Field> {
    let templates = templates(billing);
    (!templates.is_empty()).then(|| Field {
        choices: templates.into_iter().map(|(name, _)| name.to_owned()).collect(),
        ..Field::new("template", t!("servers-kind"), typed)
    })
}

/// What may be chosen, and the template behind it.
pub(super) fn templates(billing: &Billing) -> Vec<(&str, &str)> {
    let templates = billing.settings.panel.iter().flat_map(|panel| &panel.templates);
    templates.map(|template| (template.name.as_str(), template.id.as_str())).collect()
}
