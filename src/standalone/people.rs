//! The people of an account: who belongs to it, as what, and how that changes.

use std::sync::Arc;

use rocket::{FromForm, Route, State, post, routes};
use sqlx::SqliteConnection;

use super::{account, ids, servers, sessions::Browser};
use crate::store::members::{self, Part};
use crate::store::{self, StoreFailed, audit, invites};
use crate::web::acting::{AccountForm, Button};
use crate::web::arrival::InTime;
use crate::web::error::Problem;
use crate::web::guards::{Payer, SignedIn};
use crate::web::pages::Answer;
use crate::web::text::t;
use crate::{AccountId, Billing, Visitor};

pub(super) fn routes() -> Vec<Route> {
    routes![switch, change_part, remove, leave]
}

#[derive(FromForm)]
struct Chosen {
    #[field(default = String::new())]
    to: String,
}

/// Lets this browser act for another account of the user.
#[post("/account/switch", data = "<chosen>")]
async fn switch(
    _visitor: SignedIn,
    browser: Browser<'_>,
    chosen: InTime<Chosen>,
    billing: &State<Arc<Billing>>,
) -> Result<Answer, Problem> {
    let account = AccountId::new(chosen.to.as_str()).map_err(|_| Problem::no_such_account())?;
    let mut tx = billing.store.write().await?;
    if !members::act_for(&mut tx, &browser.session(), &account).await? {
        return Err(Problem::no_such_account());
    }
    store::commit(tx).await?;
    Ok(Answer::done(servers::HOME, t!("account-switched")))
}

#[derive(FromForm)]
struct Wanted {
    #[field(default = String::new())]
    role: String,
}

/// Makes a member an owner, or an owner a member; the last owner stays.
#[post("/account/members/<user>/role", data = "<wanted>")]
async fn change_part(
    visitor: Payer,
    user: &str,
    wanted: AccountForm<Wanted>,
    billing: &State<Arc<Billing>>,
) -> Result<Answer, Problem> {
    let account = &visitor.0.account;
    let part = Part::parse(&wanted.0.role)
        .ok_or_else(|| Problem::of_form(&vec![("role", t!("wrong-role"))]))?;
    let mut tx = billing.store.write().await?;
    owns(&mut tx, &visitor.0).await?;
    let before = members::part(&mut tx, account, user).await?;
    let before = before.ok_or_else(Problem::member_not_found)?;
    if before != part {
        if !members::set_part(&mut tx, account, user, part).await? {
            return Err(Problem::last_owner());
        }
        if part == Part::Member {
            invites::end_of(&mut tx, account, user, billing.now()).await?;
        }
        let detail = format!("{} before, {} now", before.as_str(), part.as_str());
        record(&mut tx, billing, &visitor.0, "member.role_changed", user, &detail).await?;
        store::commit(tx).await?;
    }
    Ok(Answer::done(
        account::HERE,
        match part {
            Part::Owner => t!("member-is-owner"),
            Part::Member => t!("member-is-member"),
        },
    ))
}

/// Takes a member out of the account; an owner must be made a member first.
#[post("/account/members/<user>/remove", data = "<_button>")]
async fn remove(
    visitor: Payer,
    user: &str,
    _button: Button,
    billing: &State<Arc<Billing>>,
) -> Result<Answer, Problem> {
    let account = &visitor.0.account;
    let mut tx = billing.store.write().await?;
    owns(&mut tx, &visitor.0).await?;
    if members::part(&mut tx, account, user).await? != Some(Part::Member) {
        return Err(Problem::member_not_found());
    }
    part_with(&mut tx, billing, account, user).await?;
    record(&mut tx, billing, &visitor.0, "member.removed", user, "was a member").await?;
    store::commit(tx).await?;
    Ok(Answer::done(account::HERE, t!("member-removed")))
}

/// Leaves the account the visitor acts for; its last owner cannot.
#[post("/account/leave", data = "<_button>")]
async fn leave(
    visitor: SignedIn,
    _button: Button,
    billing: &State<Arc<Billing>>,
) -> Result<Answer, Problem> {
    let (account, user) = (&visitor.0.account, visitor.0.user.as_str());
    let mut tx = billing.store.write().await?;
    let part = members::part(&mut tx, account, user).await?;
    let part = part.ok_or_else(Problem::no_such_account)?;
    if !part_with(&mut tx, billing, account, user).await? {
        return Err(Problem::last_owner());
    }
    let detail = format!("was {}", if part == Part::Owner { "an owner" } else { "a member" });
    record(&mut tx, billing, &visitor.0, "member.left", user, &detail).await?;
    store::commit(tx).await?;
    Ok(Answer::done(account::HERE, t!("account-left")))
}

/// Refuses whoever was an owner when the request came and is none any more.
pub(super) async fn owns(conn: &mut SqliteConnection, visitor: &Visitor) -> Result<(), Problem> {
    match members::part(conn, &visitor.account, &visitor.user).await? {
        Some(Part::Owner) => Ok(()),
        Some(Part::Member) | None => Err(Problem::forbidden()),
    }
}

/// Whoever leaves the account they had of their own gets a fresh one; `false` for the last owner.
async fn part_with(
    conn: &mut SqliteConnection,
    billing: &Billing,
    account: &AccountId,
    user: &str,
) -> Result<bool, StoreFailed> {
    let now = billing.now();
    if !members::remove(conn, account, user).await? {
        return Ok(false);
    }
    invites::end_of(conn, account, user, now).await?;
    if members::move_out(conn, user, account, &ids::account(), now).await? {
        // Its founder is gone: from now on an owner gets what is written to it.
        let people = members::of_account(conn, account).await?;
        if let Some(owner) = people.iter().find(|member| member.part == Part::Owner) {
            store::accounts::put(conn, account, &owner.email, None, now).await?;
        }
    }
    Ok(true)
}

/// Writes down what a user did with the account they act for.
pub(super) async fn record(
    conn: &mut SqliteConnection,
    billing: &Billing,
    visitor: &Visitor,
    action: &str,
    subject: &str,
    detail: &str,
) -> Result<(), StoreFailed> {
    let act = audit::Act {
        at: billing.now(),
        actor: format!("user:{}", visitor.user),
        action: action.to_owned(),
        account: Some(visitor.account.clone()),
        subject: Some(subject.to_owned()),
        detail: detail.to_owned(),
    };
    audit::record(conn, &act).await
}
