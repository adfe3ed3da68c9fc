//! The billing exemption, for admins.

use std::sync::Arc;

use rocket::serde::json::Json;
use rocket::{State, delete, put};
use serde::Deserialize;
use utoipa::ToSchema;

use super::super::error::Problem;
use super::super::guards::AdminToken;
use super::body::Body;
use super::openapi::AccountNotFound;
use super::{Answer, fields, read, views};
use crate::domain::ids::{AccountId, InvalidId};
use crate::domain::timestamp::{NotATime, Timestamp};
use crate::flows::{Billing, exempt};

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewExemption {
    #[schema(value_type = fields::Reason)]
    reason: String,
    #[schema(value_type = Option<Timestamp>)]
    until: Option<String>,
}

/// Lets the account have servers without limit and without paying, until a date if one is given.
#[utoipa::path(put, path = "/accounts/{account}/exemption", operation_id = "grant_exemption", security(("token" = ["admin"])),
    request_body = NewExemption,
    responses((status = 200, body = views::Account, description = "The account, exempt"), AccountNotFound))]
#[put("/accounts/<account>/exemption", data = "<body>")]
pub(super) async fn grant(
    token: AdminToken,
    account: Result<AccountId, InvalidId>,
    body: Body<NewExemption>,
    billing: &State<Arc<Billing>>,
) -> Answer<views::Account> {
    let (account, Body(new)) = (account?, body);
    let until = new.until.map(|text| text.parse::<Timestamp>()).transpose();
    let until = until
        .map_err(|error: NotATime| Problem::invalid(vec![("until".into(), error.to_string())]))?;
    exempt::grant(billing, &account, &new.reason, until, &token.actor()).await?;
    let mut conn = billing.store.read().await?;
    Ok(Json(read::account(&mut conn, billing, &account).await?))
}

/// Takes the exemption back; there need not be one.
#[utoipa::path(delete, path = "/accounts/{account}/exemption", operation_id = "revoke_exemption", security(("token" = ["admin"])),
    responses((status = 200, body = views::Account, description = "The account, not exempt"), AccountNotFound))]
#[delete("/accounts/<account>/exemption")]
pub(super) async fn revoke(
    token: AdminToken,
    account: Result<AccountId, InvalidId>,
    billing: &State<Arc<Billing>>,
) -> Answer<views::Account> {
    let account = account?;
    exempt::revoke(billing, &account, &token.actor()).await?;
    let mut conn = billing.store.read().await?;
    Ok(Json(read::account(&mut conn, billing, &account).await?))
}
