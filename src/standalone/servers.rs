//! `/servers`: what the account runs, and the button that is gated.

use std::sync::Arc;

use askama::Template;
use rocket::form::Form;
use rocket::{FromForm, Route, State, get, post, routes};

use super::ids;
use crate::store::panel::{self, PanelServer};
use crate::store::{self, StoreFailed};
use crate::web::error::Problem;
use crate::web::guards::SignedIn;
use crate::web::pages::filters;
use crate::web::pages::frame::Frame;
use crate::web::pages::parts::{
    Action, Banner, Errors, Field, Meter, Paging, Sentence, Summary, Tone,
};
use crate::web::pages::{Answer, Page, over, words};
use crate::web::text::t;
use crate::{AccountId, Billing, Quota, RefusalCode, ServerId, ServerSlot, SlotDenied};

/// Where somebody who is signed in begins.
pub(super) const HOME: &str = "/servers";

const PER_PAGE: u32 = 25;

pub(super) fn routes() -> Vec<Route> {
    routes![list, create, delete]
}

#[derive(Template)]
#[template(path = "panel/servers.html")]
struct ServersPage {
    frame: Frame,
    summary: Option<Summary>,
    usage: Meter,
    /// What is suspended or will be.
    excess: Option<Banner>,
    rows: Vec<Row>,
    paging: Option<Paging>,
    /// Why there is no slot, beside the form that asked for one.
    refusal: Option<Banner>,
    name: Field,
    game: Field,
    nonce: String,
}

struct Row {
    id: String,
    name: String,
    game: String,
    created: Sentence,
    suspended: Option<Sentence>,
}

#[get("/servers?<page>")]
async fn list(
    visitor: SignedIn,
    frame: Frame,
    quota: Quota,
    slot: Result<ServerSlot<'_>, SlotDenied>,
    page: Option<u32>,
    billing: &State<Arc<Billing>>,
) -> Result<Page, Problem> {
    let desk = Desk { frame, quota, account: visitor.0.account, page: page.unwrap_or(1) };
    let refusal = slot.err().map(|denied| refusal(&denied, Tone::Warning));
    Ok(Page::of(desk.page(billing, &Wanted::default(), &Errors::new(), refusal).await?))
}

#[derive(Debug, Default, FromForm)]
struct Wanted {
    #[field(default = String::new())]
    name: String,
    #[field(default = String::new())]
    game: String,
    /// Drawn anew for each form that is shown; programs may leave it out.
    #[field(default = String::new())]
    nonce: String,
}

impl Wanted {
    /// One form makes one server, however often it is sent: its id follows from what was sent.
    fn server(&self, account: &AccountId) -> ServerId {
        if self.nonce.is_empty() {
            return ids::server();
        }
        ids::server_of(&[account.as_str(), &self.nonce, self.name.trim(), self.game.trim()])
    }
}

/// Creates a server where there is a slot for it; one that this form has made already is enough.
#[post("/servers", data = "<wanted>")]
async fn create(
    visitor: SignedIn,
    frame: Frame,
    quota: Quota,
    slot: Result<ServerSlot<'_>, SlotDenied>,
    wanted: Form<Wanted>,
    billing: &State<Arc<Billing>>,
) -> Result<Answer, Problem> {
    let errors = check(&wanted, &billing.settings.games);
    let server = wanted.server(&visitor.0.account);
    let created = || Answer::done(HOME, t!("servers-created", name = wanted.name.trim()));
    let denied = match slot {
        Ok(slot) if errors.is_empty() => match run(billing, slot, server, &wanted).await {
            Ok(()) => return Ok(created()),
            Err(denied) => Some(denied),
        },
        Err(_) if counts(billing, &visitor.0.account, &server).await? => return Ok(created()),
        Ok(_) => None,
        Err(denied) => Some(denied),
    };
    let desk = Desk { frame, quota, account: visitor.0.account, page: 1 };
    let refusal = denied.as_ref().map(|denied| refusal(denied, Tone::Bad));
    let page = desk.page(billing, &wanted, &errors, refusal).await?;
    let status = denied.map_or_else(|| Problem::of_form(&errors).status, |it| it.status());
    Ok(Answer::Page(Page::of(page).with_status(status)))
}

/// Takes the slot, makes the server, and gives the slot back when that fails.
async fn run(
    billing: &Billing,
    slot: ServerSlot<'_>,
    id: ServerId,
    wanted: &Wanted,
) -> Result<(), SlotDenied> {
    let server = PanelServer {
        id,
        account: slot.visitor().account.clone(),
        name: wanted.name.trim().to_owned(),
        game: wanted.game.trim().to_owned(),
        created_at: billing.now(),
        suspended_at: None,
    };
    let claimed = slot.claim(&server.id, Some(&server.name)).await?;
    match put(billing, &server).await {
        Ok(()) => claimed.confirm().await,
        Err(error) => {
            claimed.release().await?;
            Err(SlotDenied::from(error))
        }
    }
}

/// Whether the server is there, or about to be: then the form was sent before.
async fn counts(
    billing: &Billing,
    account: &AccountId,
    server: &ServerId,
) -> Result<bool, StoreFailed> {
    let mut conn = billing.store.read().await?;
    Ok(store::servers::get(&mut conn, account, server, billing.now()).await?.is_some())
}

async fn put(billing: &Billing, server: &PanelServer) -> Result<(), StoreFailed> {
    let mut tx = billing.store.write().await?;
    panel::put_server(&mut tx, server).await?;
    store::commit(tx).await
}

/// Deletes a server of the account and gives its slot back.
#[post("/servers/<id>/delete")]
async fn delete(
    visitor: SignedIn,
    id: ServerId,
    billing: &State<Arc<Billing>>,
) -> Result<Answer, SlotDenied> {
    let account = &visitor.0.account;
    // Slots that another panel holds for the account are none of this panel's business.
    let mut conn = billing.store.read().await?;
    if !panel::has_server(&mut conn, account, &id).await? {
        return Err(SlotDenied::from(Problem::server_not_found()));
    }
    drop(conn);
    ServerSlot::leave(billing, account, &id).await?;
    let mut tx = billing.store.write().await?;
    if !panel::delete_server(&mut tx, account, &id).await? {
        return Err(SlotDenied::from(Problem::server_not_found()));
    }
    store::commit(tx).await?;
    ServerSlot::give_back(billing, account, &id).await?;
    Ok(Answer::done(HOME, t!("servers-deleted")))
}

fn check(wanted: &Wanted, games: &[String]) -> Errors {
    let name = (!is_text(&wanted.name, 60)).then(|| t!("name-wrong"));
    let game = if games.is_empty() {
        (!is_text(&wanted.game, 40)).then(|| t!("servers-game-wrong"))
    } else {
        let known = games.iter().any(|game| game == wanted.game.trim());
        (!known).then(|| t!("servers-game-unknown"))
    };
    [("name", name), ("game", game)]
        .into_iter()
        .filter_map(|(field, problem)| Some((field, problem?)))
        .collect()
}

fn is_text(text: &str, most: usize) -> bool {
    let text = text.trim();
    (1..=most).contains(&text.chars().count()) && !text.contains(char::is_control)
}

/// Whose page is shown, and where in the list.
struct Desk {
    frame: Frame,
    quota: Quota,
    account: AccountId,
    page: u32,
}

impl Desk {
    async fn page(
        self,
        billing: &Billing,
        typed: &Wanted,
        errors: &Errors,
        refusal: Option<Banner>,
    ) -> Result<ServersPage, StoreFailed> {
        let mut conn = billing.store.read().await?;
        let count = panel::server_count(&mut conn, &self.account).await?;
        let pages = count.div_ceil(PER_PAGE).max(1);
        let page = self.page.clamp(1, pages);
        let offset = (page - 1) * PER_PAGE;
        let servers = panel::servers(&mut conn, &self.account, offset, PER_PAGE).await?;
        let game = Field {
            choices: billing.settings.games.clone(),
            ..Field::new("game", t!("servers-game"), &typed.game)
        };
        Ok(ServersPage {
            frame: self.frame,
            summary: Summary::of(t!("servers-not-created"), errors),
            usage: words::usage(self.quota.used, self.quota.limit),
            excess: self.quota.excess.map(|excess| {
                over::notice(&excess, self.quota.used, self.quota.reason, billing.now())
            }),
            rows: servers.into_iter().map(row).collect(),
            paging: Paging::new(page, pages, |page| format!("{HOME}?page={page}")),
            refusal,
            name: Field::new("name", t!("field-name"), &typed.name).judged(errors),
            game: game.judged(errors),
            nonce: ids::nonce(),
        })
    }
}

fn row(server: PanelServer) -> Row {
    Row {
        id: server.id.to_string(),
        name: server.name,
        game: server.game,
        created: Sentence::on_day(server.created_at),
        suspended: server
            .suspended_at
            .map(|since| t!("servers-suspended", moment = Sentence::at_minute(since))),
    }
}

/// What stands in the way of one more server, and the way out.
fn refusal(denied: &SlotDenied, tone: Tone) -> Banner {
    let words = match denied.code() {
        Some(RefusalCode::SubscriptionRequired | RefusalCode::QuotaExceeded) => t!("see-plans"),
        Some(RefusalCode::PaymentPastDue) => t!("pay-invoice"),
        Some(RefusalCode::AccountFrozen) | None => t!("see-billing"),
    };
    let way_out = denied.action_url().map(|href| Action::link(words, href));
    Banner { tone, ..denied.problem().banner() }.or(way_out)
}
