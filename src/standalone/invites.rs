//! Invitations: a link that lets one person join the account, within 7 days.

use std::sync::Arc;
use std::time::Duration;

use askama::Template;
use rocket::{FromForm, Route, State, get, post, routes};

use super::people::{owns, record};
use super::sessions::{self, Browser};
use super::{account, ids, servers};
use crate::store::invites::{self, Invite};
use crate::store::members::{self, Part};
use crate::store::{self, audit};
use crate::web::acting::{AccountForm, Button};
use crate::web::arrival::InTime;
use crate::web::error::Problem;
use crate::web::guards::{Payer, SignedIn};
use crate::web::pages::filters;
use crate::web::pages::frame::Frame;
use crate::web::pages::parts::Sentence;
use crate::web::pages::{Answer, Page};
use crate::web::text::t;
use crate::{Billing, Visitor};

/// How long a link can be used.
const LASTS: Duration = Duration::from_hours(7 * 24);
/// How long it is known why an old one leads nowhere.
const REMEMBERED: Duration = Duration::from_hours(30 * 24);
/// Invites of an account that are open at a time.
const MOST_OPEN: u32 = 20;
/// People of an account.
const MOST_MEMBERS: u32 = 50;

pub(super) fn routes() -> Vec<Route> {
    routes![invite, take_back, show, join]
}

#[derive(Template)]
#[template(path = "panel/invite.html")]
struct InvitePage {
    frame: Frame,
    link: String,
    ends: Sentence,
}

#[derive(FromForm)]
struct Wanted {
    /// Drawn anew for each form that is shown; programs may leave it out.
    #[field(default = String::new())]
    nonce: String,
}

/// Makes a link and shows it, this once; the same form sent again shows the same link.
#[post("/account/invites", data = "<wanted>")]
async fn invite(
    visitor: Payer,
    frame: Frame,
    browser: Browser<'_>,
    wanted: AccountForm<Wanted>,
    billing: &State<Arc<Billing>>,
) -> Result<Page, Problem> {
    let (account, now) = (&visitor.0.account, billing.now());
    let secret = secret(&browser, &visitor.0, &wanted.0.nonce);
    let hash = sessions::hash(&secret).to_vec();
    let mut tx = billing.store.write().await?;
    owns(&mut tx, &visitor.0).await?;
    let made = match invites::get(&mut tx, &hash).await? {
        Some(made) if made.is_open(now) => made,
        Some(_) => return Err(Problem::invite_over()),
        None => {
            if invites::open_count(&mut tx, account, now).await? >= MOST_OPEN {
                return Err(Problem::invites_full(MOST_OPEN));
            }
            let made = Invite {
                hash,
                account: account.clone(),
                by: visitor.0.user.clone(),
                created_at: now,
                expires_at: now + LASTS,
                ended_at: None,
            };
            invites::forget(&mut tx, now - REMEMBERED).await?;
            invites::put(&mut tx, &made).await?;
            let detail = format!("holds until {}", made.expires_at);
            record(&mut tx, billing, &visitor.0, "invite.made", &name(&made), &detail).await?;
            made
        }
    };
    store::commit(tx).await?;
    Ok(Page::of(InvitePage {
        frame,
        link: billing.settings.page(&format!("/join?token={secret}")),
        ends: Sentence::default().minute(made.expires_at),
    }))
}

/// What the link carries; with the session's own secret in it nobody guesses it from the form.
fn secret(browser: &Browser<'_>, visitor: &Visitor, nonce: &str) -> String {
    match browser.token() {
        Some(token) if !nonce.is_empty() => {
            ids::secret_of(&[token, visitor.account.as_str(), nonce])
        }
        Some(_) | None => hex::encode(ids::random::<32>()),
    }
}

/// What an invite is called where its secret must not be.
pub(super) fn name(invite: &Invite) -> String {
    hex::encode(&invite.hash)
}

/// Takes an invitation back; where it has ended already, nothing is left to do.
#[post("/account/invites/<id>/revoke", data = "<_button>")]
async fn take_back(
    visitor: Payer,
    id: &str,
    _button: Button,
    billing: &State<Arc<Billing>>,
) -> Result<Answer, Problem> {
    let hash = hex::decode(id).unwrap_or_default();
    let mut tx = billing.store.write().await?;
    owns(&mut tx, &visitor.0).await?;
    if invites::end(&mut tx, &visitor.0.account, &hash, billing.now()).await? {
        record(&mut tx, billing, &visitor.0, "invite.revoked", id, "nobody can use it").await?;
        store::commit(tx).await?;
    }
    Ok(Answer::done(account::HERE, t!("invite-taken-back")))
}

#[derive(Template)]
#[template(path = "panel/join.html")]
struct JoinPage {
    frame: Frame,
    /// Who invites, by name.
    host: Sentence,
    ends: Sentence,
    token: String,
    /// Nobody is signed in: they come back here when they are.
    stranger: bool,
}

/// Says who invites to what, before anybody joins.
#[get("/join?<token>")]
async fn show(
    visitor: Option<SignedIn>,
    frame: Frame,
    token: Option<&str>,
    billing: &State<Arc<Billing>>,
) -> Result<Page, Problem> {
    let token = token.unwrap_or_default();
    let mut conn = billing.store.read().await?;
    let found = invites::get(&mut conn, &sessions::hash(token)).await?;
    let invite = found.ok_or_else(Problem::invite_not_found)?;
    if !invite.is_open(billing.now()) {
        return Err(Problem::invite_over());
    }
    let people = members::of_account(&mut conn, &invite.account).await?;
    let host = people.into_iter().find(|member| member.user == invite.by);
    Ok(Page::of(JoinPage {
        frame,
        host: host.map_or_else(|| t!("join-somebody"), |host| Sentence::new(host.name)),
        ends: Sentence::default().minute(invite.expires_at),
        token: token.to_owned(),
        stranger: visitor.is_none(),
    }))
}

#[derive(FromForm)]
struct Joining {
    #[field(default = String::new())]
    token: String,
}

/// Joins the account of the link, which is used up by that, and acts for it from now on.
#[post("/join", data = "<joining>")]
async fn join(
    visitor: SignedIn,
    browser: Browser<'_>,
    joining: InTime<Joining>,
    billing: &State<Arc<Billing>>,
) -> Result<Answer, Problem> {
    let (user, now) = (visitor.0.user.as_str(), billing.now());
    let hash = sessions::hash(&joining.token);
    let mut tx = billing.store.write().await?;
    let found = invites::get(&mut tx, &hash).await?;
    let invite = found.ok_or_else(Problem::invite_not_found)?;
    let account = &invite.account;
    if members::part(&mut tx, account, user).await?.is_some() {
        return Ok(Answer::done(account::HERE, t!("join-already")));
    }
    if !invites::end(&mut tx, account, &hash, now).await? {
        return Err(Problem::invite_over());
    }
    if members::number(&mut tx, account).await? >= MOST_MEMBERS {
        return Err(Problem::members_full(MOST_MEMBERS));
    }
    members::add(&mut tx, account, user, Part::Member, now).await?;
    members::act_for(&mut tx, &browser.session(), account).await?;
    let act = audit::Act {
        at: now,
        actor: format!("user:{user}"),
        action: "member.joined".to_owned(),
        account: Some(account.clone()),
        subject: Some(user.to_owned()),
        detail: format!("invited by user:{}", invite.by),
    };
    audit::record(&mut tx, &act).await?;
    store::commit(tx).await?;
    Ok(Answer::done(servers::HOME, t!("join-done")))
}
