//! `/admin/accounts/<id>`: one account, and what an admin can do about it.

use std::sync::Arc;

use askama::Template;
use rocket::{FromForm, Route, State, get, post, routes};

use super::{explained, timeline, until};
use crate::domain::ids::{AccountId, InvalidId};
use crate::domain::subscription::{Grant, Subscription};
use crate::domain::suspension::Fate;
use crate::domain::timestamp::Timestamp;
use crate::flows::exempt::{self, NotGranted};
use crate::flows::gate;
use crate::flows::{Billing, Failed, suspend, sync};
use crate::store;
use crate::store::exemptions::Granted;
use crate::store::members::{Member, Part};
use crate::store::servers::Server;
use crate::web::arrival::InTime;
use crate::web::error::Problem;
use crate::web::guards::Administrator;
use crate::web::pages::filters;
use crate::web::pages::frame::Frame;
use crate::web::pages::parts::{Badge, Errors, Field, Meter, Sentence, Summary};
use crate::web::pages::{Answer, Page, over, words};
use crate::web::text::t;

pub(super) fn routes() -> Vec<Route> {
    routes![show, grant, revoke, resync]
}

#[derive(Template)]
#[template(path = "admin/account.html")]
struct AccountPage {
    frame: Frame,
    summary: Option<Summary>,
    id: String,
    email: String,
    name: String,
    created: Sentence,
    customer: Option<String>,
    synced: Option<Sentence>,
    trial_used: Option<Sentence>,
    badge: Badge,
    usage: Meter,
    explained: Vec<Sentence>,
    status: Sentence,
    alerts: Vec<Sentence>,
    subscriptions: Vec<SubscriptionRow>,
    lifetimes: Vec<String>,
    servers: Vec<ServerRow>,
    /// Users of the built-in panel who share the account.
    members: Vec<MemberRow>,
    exempt: bool,
    exemptions: Vec<ExemptionRow>,
    reason_field: Field,
    until_field: Field,
    timeline: Vec<timeline::Entry>,
    /// Events, and acts of admins, that the timeline has at most.
    most: u32,
}

struct SubscriptionRow {
    id: String,
    status: String,
    plan: Sentence,
    price: String,
    quantity: u32,
    renews: Option<Sentence>,
    ends: Option<Sentence>,
}

struct ServerRow {
    id: String,
    name: String,
    created: Sentence,
    state: Sentence,
}

struct MemberRow {
    name: String,
    email: String,
    user: String,
    part: Sentence,
    since: Sentence,
}

struct ExemptionRow {
    reason: String,
    until: Sentence,
    granted: Sentence,
    revoked: Option<Sentence>,
}

#[get("/admin/accounts/<id>")]
async fn show(
    _admin: Administrator,
    frame: Frame,
    id: Result<AccountId, InvalidId>,
    billing: &State<Arc<Billing>>,
) -> Result<Page, Problem> {
    Ok(Page::of(page(frame, billing, &id?, &Wanted::default(), &Errors::new()).await?))
}

#[derive(Debug, Default, FromForm)]
struct Wanted {
    #[field(default = String::new())]
    reason: String,
    #[field(default = String::new())]
    until: String,
}

/// Exempts the account; what is wrong with the form is told on the same page.
#[post("/admin/accounts/<id>/exemption", data = "<wanted>")]
async fn grant(
    admin: Administrator,
    frame: Frame,
    id: Result<AccountId, InvalidId>,
    wanted: InTime<Wanted>,
    billing: &State<Arc<Billing>>,
) -> Result<Answer, Problem> {
    let id = id?;
    let errors = exempt(billing, &id, &wanted, &admin.actor()).await?;
    if errors.is_empty() {
        return Ok(back(&id, t!("desk-exemption-done")));
    }
    let page = page(frame, billing, &id, &wanted, &errors).await?;
    Ok(Answer::Page(Page::about(&Problem::of_form(&errors), page)))
}

#[post("/admin/accounts/<id>/exemption/revoke")]
async fn revoke(
    admin: Administrator,
    id: Result<AccountId, InvalidId>,
    billing: &State<Arc<Billing>>,
) -> Result<Answer, Problem> {
    let id = id?;
    exempt::revoke(billing, &id, &admin.actor()).await?;
    Ok(back(&id, t!("desk-exemption-undone")))
}

#[post("/admin/accounts/<id>/sync")]
async fn resync(
    admin: Administrator,
    id: Result<AccountId, InvalidId>,
    billing: &State<Arc<Billing>>,
) -> Result<Answer, Problem> {
    let id = id?;
    let synced = sync::by_hand(billing, &id, &admin.actor()).await?;
    let differed = u32::try_from(synced.drift.len()).unwrap_or(u32::MAX);
    let message = match differed {
        0 => t!("desk-account-synced-same"),
        count => t!("desk-account-synced-mended", count = count),
    };
    Ok(back(&id, message))
}

fn back(id: &AccountId, message: Sentence) -> Answer {
    Answer::done(format!("/admin/accounts/{id}"), message)
}

/// Grants what the form asks for, or says what is wrong with it.
async fn exempt(
    billing: &Billing,
    id: &AccountId,
    wanted: &Wanted,
    actor: &str,
) -> Result<Errors, Problem> {
    let missing = || ("reason", t!("desk-exemption-no-reason"));
    let until = match until::parse(&wanted.until) {
        Ok(until) => until,
        Err(text) => {
            let mut errors = vec![("until", text)];
            if wanted.reason.trim().is_empty() {
                errors.insert(0, missing());
            }
            return Ok(errors);
        }
    };
    match exempt::grant(billing, id, &wanted.reason, until, actor).await {
        Ok(()) => Ok(Errors::new()),
        Err(NotGranted::Reason) => Ok(vec![missing()]),
        Err(NotGranted::Past(_)) => Ok(vec![("until", t!("desk-exemption-past"))]),
        Err(NotGranted::Failed(error)) => Err(error.into()),
    }
}

async fn page(
    frame: Frame,
    billing: &Billing,
    id: &AccountId,
    typed: &Wanted,
    errors: &Errors,
) -> Result<AccountPage, Failed> {
    let mut conn = billing.store.read().await?;
    let standing = gate::standing(&mut conn, billing, id).await?.ok_or(Failed::NoAccount)?;
    let servers = suspend::of_account(&mut conn, &standing).await?;
    let members = store::members::of_account(&mut conn, id).await?;
    let exemptions = store::exemptions::history(&mut conn, id).await?;
    let owned = servers.iter().map(|(server, _)| server);
    let timeline = timeline::read(&mut conn, billing, &standing, owned, &exemptions).await?;
    let settings = &billing.settings;
    let (account, decision) = (&standing.account, &standing.decision);
    let minute = |at| Sentence::default().minute(at);
    Ok(AccountPage {
        frame,
        summary: Summary::of(t!("desk-exemption-not-granted"), errors),
        id: account.id.to_string(),
        email: account.email.clone(),
        name: account.name.clone().unwrap_or_default(),
        created: minute(account.created_at),
        customer: account.customer.as_ref().map(ToString::to_string),
        synced: account.synced_at.map(minute),
        trial_used: account.trial_used_at.map(|at| Sentence::default().day(at)),
        badge: Badge::of(decision.state),
        usage: words::usage(standing.used, decision.limit),
        explained: explained::explain(&standing, settings),
        status: words::status(&standing, settings),
        alerts: decision.alerts.iter().map(|alert| words::alert(*alert)).collect(),
        subscriptions: standing.facts.subscriptions.iter().map(subscription_row).collect(),
        lifetimes: standing
            .facts
            .lifetimes
            .iter()
            .map(|bought| words::plan_name(settings, &bought.plan))
            .collect(),
        servers: servers.iter().map(server_row).collect(),
        members: members.into_iter().map(member_row).collect(),
        exempt: exemptions.iter().any(|granted| granted.revoked.is_none()),
        exemptions: exemptions.iter().map(exemption_row).collect(),
        reason_field: Field::new("reason", t!("desk-reason"), &typed.reason).judged(errors),
        until_field: Field {
            required: false,
            hint: t!("desk-exemption-until-hint"),
            ..Field::new("until", t!("desk-until"), &typed.until)
        }
        .judged(errors),
        timeline,
        most: timeline::MOST,
    })
}

fn subscription_row(subscription: &Subscription) -> SubscriptionRow {
    let day = |at: Timestamp| Sentence::default().day(at);
    let plan = match &subscription.grant {
        Grant::Plan { id, .. } => id.as_str().into(),
        Grant::Unmapped { last_known: Some((id, _)) } => {
            t!("desk-subscription-last-known", plan = id.as_str())
        }
        Grant::Unmapped { last_known: None } => t!("desk-subscription-unmapped"),
        Grant::Foreign => t!("desk-subscription-foreign"),
    };
    SubscriptionRow {
        id: subscription.id.to_string(),
        status: subscription.status.as_str().to_owned(),
        plan,
        price: subscription.price.as_ref().map_or_else(String::new, ToString::to_string),
        quantity: subscription.quantity,
        renews: subscription.period_end.filter(|_| !subscription.is_over()).map(day),
        ends: subscription.ended_at.or(subscription.cancels_at).map(day),
    }
}

fn server_row((server, fate): &(Server, Fate)) -> ServerRow {
    ServerRow {
        id: server.id.to_string(),
        name: server.name.clone().unwrap_or_default(),
        created: Sentence::default().day(server.created_at),
        state: over::state(server, *fate),
    }
}

fn member_row(member: Member) -> MemberRow {
    MemberRow {
        name: member.name,
        email: member.email,
        user: member.user,
        part: match member.part {
            Part::Owner => t!("desk-member-owner"),
            Part::Member => t!("desk-member-member"),
        },
        since: Sentence::default().day(member.joined_at),
    }
}

fn exemption_row(granted: &Granted) -> ExemptionRow {
    let by = |who: &str, at| t!("desk-exemption-by", moment = Sentence::at_minute(at), who = who);
    ExemptionRow {
        reason: granted.exemption.reason.clone(),
        until: granted
            .exemption
            .until
            .map_or_else(|| t!("desk-exemption-endless"), Sentence::at_minute),
        granted: by(&granted.granted_by, granted.granted_at),
        revoked: granted.revoked.as_ref().map(|(who, at)| by(who, *at)),
    }
}
