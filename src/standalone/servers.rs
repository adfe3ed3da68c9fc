//! `/servers`: what the account runs, and the button that is gated.

use std::sync::Arc;

use askama::Template;
use rocket::{FromForm, Route, State, get, post, routes};

use super::made::{self, Made};
use super::{ids, listed};
use crate::store::panel::{self, PanelServer};
use crate::store::{self, Look, StoreFailed};
use crate::web::acting::{AccountForm, Button};
use crate::web::error::Problem;
use crate::web::guards::{Came, SignedIn};
use crate::web::limits::Limits;
use crate::web::pages::filters;
use crate::web::pages::frame::Frame;
use crate::web::pages::parts::{
    Action, Banner, Errors, Field, Meter, Paging, Sentence, Summary, Tone,
};
use crate::web::pages::{Answer, Page, over, words};
use crate::web::text::t;
use crate::{
    AccountId, Billing, InvalidId, Progress, Quota, RefusalCode, Role, ServerId, ServerSlot,
    SlotDenied, Visitor,
};

/// Where somebody who is signed in begins.
pub(super) const HOME: &str = "/servers";

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
    /// What another panel runs.
    made: Option<Made>,
    /// What it did not make, longer ago, with its title.
    unmade: Option<(Sentence, Made)>,
    paging: Option<Paging>,
    /// Why there is no slot, beside the form that asked for one.
    refusal: Option<Banner>,
    name: Field,
    game: Field,
    nonce: String,
}

struct Row {
    id: String,
    /// Members delete only what they made themselves.
    can_delete: bool,
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
    came: Came<'_>,
    page: Option<u32>,
    billing: &State<Arc<Billing>>,
) -> Result<Page, Problem> {
    let desk = Desk { frame, quota, visitor: visitor.0, page: page.unwrap_or(1) };
    let refusal = slot.err().map(|denied| refusal(&denied, Tone::Warning));
    Ok(Page::of(desk.page(billing, came.0, &Wanted::default(), &Errors::new(), refusal).await?))
}

#[derive(Debug, Default, FromForm)]
struct Wanted {
    #[field(default = String::new())]
    name: String,
    #[field(default = String::new())]
    game: String,
    /// What another panel makes, where a driver has it do so.
    #[field(default = String::new())]
    template: String,
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
        let kind = if self.template.is_empty() { &self.game } else { &self.template };
        ids::server_of(&[account.as_str(), &self.nonce, self.name.trim(), kind.trim()])
    }
}

/// Creates a server where there is a slot for it; one that this form has made already is enough.
#[post("/servers", data = "<wanted>")]
async fn create(
    visitor: SignedIn,
    mut frame: Frame,
    slot: Result<ServerSlot<'_>, SlotDenied>,
    wanted: AccountForm<Wanted>,
    billing: &State<Arc<Billing>>,
    limits: &State<Limits>,
) -> Result<Answer, Problem> {
    let wanted = wanted.0;
    let errors = check(&wanted, billing);
    if errors.is_empty() && billing.driver.is_some() {
        // An order asks the panel next door several times, whose calls are counted for everybody.
        limits.checkout(&visitor.0.account)?;
    }
    let server = wanted.server(&visitor.0.account);
    let taken = |progress| Answer::done(HOME, words_of(progress, wanted.name.trim()));
    let denied = match slot {
        Ok(slot) if errors.is_empty() => match run(billing, slot, server, &wanted).await {
            Ok(progress) => return Ok(taken(progress)),
            Err(denied) => Some(denied),
        },
        Ok(_) => None,
        Err(denied) => match sent_before(billing, &visitor.0.account, &server).await? {
            Some(progress) => return Ok(taken(progress)),
            None => Some(denied),
        },
    };
    // Somebody else may have taken the last slot since the request came.
    let quota = frame.tell_anew(billing, &visitor.0.account).await?;
    let desk = Desk { frame, quota, visitor: visitor.0, page: 1 };
    let refusal = denied.as_ref().map(|denied| refusal(denied, Tone::Bad));
    let now = billing.store.look();
    let page = desk.page(billing, &now, &wanted, &errors, refusal).await?;
    let status = denied.map_or_else(|| Problem::of_form(&errors).status, |it| it.status());
    Ok(Answer::Page(Page::of(page).with_status(status)))
}

/// Takes the slot, makes the server, and gives the slot back when that fails.
async fn run(
    billing: &Billing,
    slot: ServerSlot<'_>,
    id: ServerId,
    wanted: &Wanted,
) -> Result<Progress, SlotDenied> {
    let templates = made::templates(billing);
    if let Some((_, template)) = templates.iter().find(|(name, _)| *name == wanted.template) {
        return slot.order(&id, Some(wanted.name.trim()), template).await;
    }
    let server = PanelServer {
        id,
        account: slot.visitor().account.clone(),
        name: wanted.name.trim().to_owned(),
        game: wanted.game.trim().to_owned(),
        created_at: billing.now(),
        suspended_at: None,
        created_by: Some(slot.visitor().user.clone()),
    };
    let claimed = slot.claim(&server.id, Some(&server.name)).await?;
    match put(billing, &server).await {
        Ok(()) => claimed.confirm().await.map(|()| Progress::Made),
        Err(error) => {
            claimed.release().await?;
            Err(SlotDenied::from(error))
        }
    }
}

/// How far the server is that this form has made already, if it was sent before.
async fn sent_before(
    billing: &Billing,
    account: &AccountId,
    server: &ServerId,
) -> Result<Option<Progress>, StoreFailed> {
    let mut conn = billing.store.read().await?;
    let slot = store::servers::get(&mut conn, account, server, billing.now()).await?;
    Ok(match slot {
        None => None,
        Some(_) if made::is_underway(&mut conn, account, server).await? => Some(Progress::Making),
        Some(_) => Some(Progress::Made),
    })
}

fn words_of(progress: Progress, name: &str) -> Sentence {
    match progress {
        Progress::Made => t!("servers-created", name = name),
        Progress::Making => t!("servers-underway", name = name),
    }
}

async fn put(billing: &Billing, server: &PanelServer) -> Result<(), StoreFailed> {
    let mut tx = billing.store.write().await?;
    panel::put_server(&mut tx, server).await?;
    store::commit(tx).await
}

/// Deletes a server of the account and gives its slot back.
#[post("/servers/<id>/delete", data = "<_button>")]
async fn delete(
    visitor: SignedIn,
    role: Role,
    id: Result<ServerId, InvalidId>,
    _button: Button,
    billing: &State<Arc<Billing>>,
) -> Result<Answer, SlotDenied> {
    let id = id.map_err(Problem::from)?;
    let account = &visitor.0.account;
    // Slots that another panel holds for the account are none of this panel's business.
    let mut conn = billing.store.read().await?;
    let server = panel::server(&mut conn, account, &id).await?;
    drop(conn);
    let server = server.ok_or_else(Problem::server_not_found)?;
    if let Role::Member { ask } = &role
        && !made_by(&server, &visitor.0)
    {
        return Err(SlotDenied::from(Problem::owners_only(ask)));
    }
    ServerSlot::leave(billing, account, &id).await?;
    let mut tx = billing.store.write().await?;
    if !panel::delete_server(&mut tx, account, &id).await? {
        return Err(SlotDenied::from(Problem::server_not_found()));
    }
    store::commit(tx).await?;
    ServerSlot::give_back(billing, account, &id).await?;
    Ok(Answer::done(HOME, t!("servers-deleted")))
}

fn check(wanted: &Wanted, billing: &Billing) -> Errors {
    let name = (!is_text(&wanted.name, 60)).then(|| t!("name-wrong"));
    let (games, templates) = (&billing.settings.games, made::templates(billing));
    let chosen = templates.iter().any(|(name, _)| *name == wanted.template);
    let template = (!templates.is_empty() && !chosen).then(|| t!("servers-kind-unknown"));
    let game = if !templates.is_empty() {
        None
    } else if games.is_empty() {
        (!is_text(&wanted.game, 40)).then(|| t!("servers-game-wrong"))
    } else {
        let known = games.iter().any(|game| game == wanted.game.trim());
        (!known).then(|| t!("servers-game-unknown"))
    };
    [("name", name), ("game", game), ("template", template)]
        .into_iter()
        .filter_map(|(field, problem)| Some((field, problem?)))
        .collect()
}

fn is_text(text: &str, most: usize) -> bool {
    let text = text.trim();
    (1..=most).contains(&text.chars().count()) && !text.contains(char::is_control)
}

fn made_by(server: &PanelServer, visitor: &Visitor) -> bool {
    server.created_by.as_ref() == Some(&visitor.user)
}

/// Whose page is shown, and where in the list.
struct Desk {
    frame: Frame,
    quota: Quota,
    visitor: Visitor,
    page: u32,
}

impl Desk {
    async fn page(
        self,
        billing: &Billing,
        look: &Look,
        typed: &Wanted,
        errors: &Errors,
        refusal: Option<Banner>,
    ) -> Result<ServersPage, StoreFailed> {
        let account = &self.visitor.account;
        let listed = listed::on_page(billing, look, account, self.page).await?;
        let (made, unmade) = made::rows(billing, account, &listed).await?;
        let game = made::field(billing, &typed.template).unwrap_or_else(|| Field {
            choices: billing.settings.games.clone(),
            ..Field::new("game", t!("servers-game"), &typed.game)
        });
        let excess = self.quota.excess.map(|excess| {
            let (used, reason) = (self.quota.used, self.quota.reason);
            self.frame.fit(over::notice(&excess, used, reason, billing.now()), account)
        });
        let is_owner = self.frame.role == Role::Owner;
        let row = |server: PanelServer| {
            let can_delete = is_owner || made_by(&server, &self.visitor);
            row(server, can_delete)
        };
        let rows = listed.own.into_iter().map(row).collect();
        Ok(ServersPage {
            frame: self.frame,
            summary: Summary::of(t!("servers-not-created"), errors),
            usage: words::usage(self.quota.used, self.quota.limit),
            excess,
            rows,
            made,
            unmade,
            paging: Paging::new(listed.page, listed.pages, |page| format!("{HOME}?page={page}")),
            refusal,
            name: Field::new("name", t!("field-name"), &typed.name).judged(errors),
            game: game.judged(errors),
            nonce: ids::nonce(),
        })
    }
}

fn row(server: PanelServer, can_delete: bool) -> Row {
    Row {
        can_delete,
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
