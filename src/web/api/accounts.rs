//! Accounts and their quotas.

use std::sync::Arc;

use rocket::http::Status;
use rocket::serde::json::Json;
use rocket::{State, get, post, put};
use rocket_db_pools::Connection;
use serde::Deserialize;
use utoipa::ToSchema;

use super::super::error::Problem;
use super::super::guards::{Came, PanelToken};
use super::body::Body;
use super::openapi::AccountNotFound;
use super::query::Given;
use super::tagged::Tagged;
use super::views::{self, Page};
use super::{Answer, fields, query, read};
use crate::domain::ids::{AccountId, InvalidId};
use crate::flows::{Billing, Failed, accounts, gate, links};
use crate::store::accounts::Put;
use crate::store::{self, Db};
use crate::web::pages::link::DOOR;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewAccount {
    #[schema(value_type = fields::Email)]
    email: String,
    #[schema(value_type = Option<fields::Name>)]
    name: Option<String>,
}

/// Makes the account, or changes its e-mail address and, where one is given, its name.
#[utoipa::path(put, path = "/accounts/{account}", operation_id = "put_account",
    request_body = NewAccount,
    responses(
        (status = 201, body = views::Account, description = "Made"),
        (status = 200, body = views::Account, description = "Changed")))]
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

/// The account with its quota and the subscription that speaks for it.
#[utoipa::path(get, path = "/accounts/{account}", operation_id = "read_account",
    responses((status = 200, body = views::Account, description = "The account"), AccountNotFound))]
#[get("/accounts/<account>")]
pub(super) async fn get(
    _token: PanelToken,
    account: Result<AccountId, InvalidId>,
    mut db: Connection<Db>,
    billing: &State<Arc<Billing>>,
) -> Answer<views::Account> {
    Ok(Json(read::account(&mut db, billing, &account?).await?))
}

/// All accounts in pages, by id.
#[utoipa::path(get, path = "/accounts", operation_id = "list_accounts",
    params(query::Paging, ("after" = Option<AccountId>, Query, description = "The `next` of the page before")),
    responses((status = 200, body = Page<views::Account>, description = "A page")))]
#[get("/accounts?<after>&<limit>")]
pub(super) async fn list(
    _token: PanelToken,
    after: Given<'_>,
    limit: Given<'_>,
    mut db: Connection<Db>,
    billing: &State<Arc<Billing>>,
) -> Answer<Page<views::Account>> {
    let limit = query::limit(&limit)?;
    let after = query::after(&after, |text| AccountId::new(text).ok())?;
    let after = after.as_ref().map(AccountId::as_str);
    let rows = store::accounts::page(&mut db, billing.mode(), after, limit + 1).await?;
    let page = query::page(rows, limit, |last| last.id.to_string());
    let standings = gate::standings_of(&mut db, billing, page.data).await?;
    let view = |it: &gate::Standing| views::Account::new(it, &it.desk(billing));
    let data = standings.iter().map(view).collect();
    Ok(Json(Page { data, next: page.next }))
}

/// What the account has and may have now; 304 to who has read just this already.
#[utoipa::path(get, path = "/accounts/{account}/quota", operation_id = "read_quota",
    params(("If-None-Match" = Option<String>, Header, description = "The `ETag` of the answer before")),
    responses(
        (status = 200, body = views::Quota, description = "The quota",
            headers(("ETag" = String, description = "Changes when the quota does"))),
        (status = 304, description = "It is what the `ETag` stands for"),
        AccountNotFound))]
#[get("/accounts/<account>/quota")]
pub(super) async fn quota(
    _token: PanelToken,
    account: Result<AccountId, InvalidId>,
    came: Came<'_>,
    billing: &State<Arc<Billing>>,
) -> Result<Tagged<views::Quota>, Problem> {
    let seen = gate::seen(came.0, billing, &account?).await?.ok_or(Failed::NoAccount)?;
    Ok(Tagged(views::Quota::new(&seen.standing)))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewLink {}

/// Makes a link by which a user of the panel opens the account's billing pages, once and within
/// five minutes.
#[utoipa::path(post, path = "/accounts/{account}/link", operation_id = "make_link",
    request_body = NewLink,
    responses((status = 201, body = views::Link, description = "Where to send the user"), AccountNotFound))]
#[post("/accounts/<account>/link", data = "<body>")]
pub(super) async fn link(
    _token: PanelToken,
    account: Result<AccountId, InvalidId>,
    body: Body<NewLink>,
    billing: &State<Arc<Billing>>,
) -> Result<(Status, Json<views::Link>), Problem> {
    let (account, Body(NewLink {})) = (account?, body);
    let issued = links::issue(billing, &account).await?;
    let url = billing.settings.page(&format!("{DOOR}?token={}", issued.secret));
    Ok((Status::Created, Json(views::Link { url, expires_at: issued.expires_at })))
}
