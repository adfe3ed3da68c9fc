//! Accounts and their quotas.

use std::sync::Arc;

use rocket::http::Status;
use rocket::serde::json::Json;
use rocket::{State, get, put};
use rocket_db_pools::Connection;
use serde::Deserialize;

use super::super::error::Problem;
use super::super::guards::PanelToken;
use super::body::Body;
use super::views::{self, Page};
use super::{Answer, fields, query, read};
use crate::domain::ids::{AccountId, InvalidId};
use crate::flows::{Billing, accounts, gate};
use crate::store::accounts::Put;
use crate::store::{self, Db};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewAccount {
    email: String,
    name: Option<String>,
}

#[put("/accounts/<account>", data = "<body>")]
pub(super) async fn put(
    _token: PanelToken,
    account: Result<AccountId, InvalidId>,
    body: Body<NewAccount>,
    billing: &State<Arc<Billing>>,
) -> Result<(Status, Json<views::Account>), Problem> {
    let (account, Body(new)) = (account?, body);
    fields::judge([
        ("email", fields::wrong_email(&new.email)),
        ("name", fields::wrong_name(new.name.as_deref())),
    ])?;
    let name = fields::trimmed(new.name);
    let status = match accounts::put(billing, &account, &new.email, name.as_deref()).await? {
        Put::Created => Status::Created,
        Put::Updated => Status::Ok,
    };
    let mut conn = billing.store.read().await?;
    Ok((status, Json(read::account(&mut conn, billing, &account).await?)))
}

#[get("/accounts/<account>")]
pub(super) async fn get(
    _token: PanelToken,
    account: Result<AccountId, InvalidId>,
    mut db: Connection<Db>,
    billing: &State<Arc<Billing>>,
) -> Answer<views::Account> {
    Ok(Json(read::account(&mut db, billing, &account?).await?))
}

#[get("/accounts?<after>&<limit>")]
pub(super) async fn list(
    _token: PanelToken,
    after: Option<&str>,
    limit: Option<&str>,
    mut db: Connection<Db>,
    billing: &State<Arc<Billing>>,
) -> Answer<Page<views::Account>> {
    let limit = query::limit(limit)?;
    let after = query::after(after, |text| AccountId::new(text).ok())?;
    let after = after.as_ref().map(AccountId::as_str);
    let rows = store::accounts::page(&mut db, billing.mode(), after, limit + 1).await?;
    let page = query::page(rows, limit, |last| last.id.to_string());
    let standings = gate::standings_of(&mut db, billing, page.data).await?;
    let view = |it: &gate::Standing| views::Account::new(it, &it.desk(billing));
    let data = standings.iter().map(view).collect();
    Ok(Json(Page { data, next: page.next }))
}

#[get("/accounts/<account>/quota")]
pub(super) async fn quota(
    _token: PanelToken,
    account: Result<AccountId, InvalidId>,
    mut db: Connection<Db>,
    billing: &State<Arc<Billing>>,
) -> Answer<views::Quota> {
    let standing = read::standing(&mut db, billing, &account?).await?;
    Ok(Json(views::Quota::new(&standing)))
}
