//! The servers that count against an account's limit.

use std::collections::HashSet;
use std::sync::Arc;

use rocket::http::Status;
use rocket::serde::json::Json;
use rocket::{State, delete, get, put};
use rocket_db_pools::Connection;
use serde::Deserialize;
use utoipa::ToSchema;

use super::super::error::Problem;
use super::super::guards::PanelToken;
use super::body::Body;
use super::openapi::{AccountNotFound, NotMade, Refused};
use super::views::{self, List};
use super::{Answer, fields, read};
use crate::domain::ids::{AccountId, InvalidId, ServerId};
use crate::flows::Billing;
use crate::flows::gate::{self, Claimed, Hold};
use crate::flows::provision::{self, Ordered};
use crate::store::{self, Db};

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewServer {
    #[schema(value_type = Option<fields::Name>)]
    name: Option<String>,
    /// What the driver makes of it in the panel that is configured; without one, nothing.
    template: Option<String>,
}

/// The one step that counts: 402 with the way out when no slot is left.
#[utoipa::path(put, path = "/accounts/{account}/servers/{server}", operation_id = "claim_server",
    request_body = NewServer,
    responses(
        (status = 201, body = views::ClaimedServer, description = "It has a slot now"),
        (status = 200, body = views::ClaimedServer, description = "It had one already"),
        AccountNotFound, Refused, NotMade))]
#[put("/accounts/<account>/servers/<server>", data = "<body>")]
pub(super) async fn claim(
    _token: PanelToken,
    account: Result<AccountId, InvalidId>,
    server: Result<ServerId, InvalidId>,
    body: Body<NewServer>,
    billing: &State<Arc<Billing>>,
) -> Result<(Status, Json<views::ClaimedServer>), Problem> {
    let (account, server, Body(new)) = (account?, server?, body);
    fields::judge([("name", fields::wrong_name(new.name.as_deref()))])?;
    let name = fields::trimmed(new.name);
    if let Some(template) = new.template {
        return order(billing, &account, &server, name.as_deref(), &template).await;
    }
    let (status, server, standing) =
        match gate::claim(billing, &account, &server, name.as_deref(), Hold::Standing).await? {
            Claimed::New(server, standing) => (Status::Created, server, standing),
            Claimed::Already(server, standing) => (Status::Ok, server, standing),
            Claimed::Refused(code, standing) => {
                return Err(Problem::refused(code, &standing, billing));
            }
        };
    let view = views::ClaimedServer::new(&server, &standing);
    // What was ordered under this id is still the panel's to make.
    let ordered = provision::under_way(billing, &account, &server.id).await?;
    Ok((status, Json(view.with(ordered.as_ref()))))
}

async fn order(
    billing: &Arc<Billing>,
    account: &AccountId,
    server: &ServerId,
    name: Option<&str>,
    template: &str,
) -> Result<(Status, Json<views::ClaimedServer>), Problem> {
    let patience = provision::CALL_PATIENCE;
    match provision::order(billing, account, server, name, template, patience).await? {
        Ordered::Taken(taken) => {
            let status = if taken.fresh { Status::Created } else { Status::Ok };
            let view = views::ClaimedServer::new(&taken.server, &taken.standing);
            let view = view.with(taken.provision.as_ref());
            Ok((status, Json(view)))
        }
        Ordered::Refused(code, standing) => Err(Problem::refused(code, &standing, billing)),
    }
}

/// Frees the slot of a server that is gone; there need not have been one.
#[utoipa::path(delete, path = "/accounts/{account}/servers/{server}", operation_id = "release_server",
    responses((status = 204, description = "It has no slot"), AccountNotFound))]
#[delete("/accounts/<account>/servers/<server>")]
pub(super) async fn release(
    _token: PanelToken,
    account: Result<AccountId, InvalidId>,
    server: Result<ServerId, InvalidId>,
    mut db: Connection<Db>,
    billing: &State<Arc<Billing>>,
) -> Result<Status, Problem> {
    let (account, server) = (account?, server?);
    read::standing(&mut db, billing, &account).await?;
    drop(db);
    gate::release(billing, &account, &server).await?;
    Ok(Status::NoContent)
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ServerList {
    #[schema(max_items = 10_000)]
    servers: Vec<ListedServer>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ListedServer {
    #[schema(value_type = ServerId)]
    id: String,
    #[schema(value_type = Option<fields::Name>)]
    name: Option<String>,
}

/// The panel's own list replaces ours; it is never refused, and may be over the limit.
#[utoipa::path(put, path = "/accounts/{account}/servers", operation_id = "replace_servers",
    request_body = ServerList,
    responses((status = 200, body = views::Quota, description = "What it comes to"), AccountNotFound))]
#[put("/accounts/<account>/servers", data = "<body>")]
pub(super) async fn replace(
    _token: PanelToken,
    account: Result<AccountId, InvalidId>,
    body: Body<ServerList>,
    billing: &State<Arc<Billing>>,
) -> Answer<views::Quota> {
    let (account, servers) = (account?, checked(body.0.servers)?);
    Ok(Json(views::Quota::new(&gate::replace(billing, &account, &servers).await?)))
}

/// The servers that count.
#[utoipa::path(get, path = "/accounts/{account}/servers", operation_id = "list_servers",
    responses((status = 200, body = List<views::Server>, description = "All of them"), AccountNotFound))]
#[get("/accounts/<account>/servers")]
pub(super) async fn list(
    _token: PanelToken,
    account: Result<AccountId, InvalidId>,
    mut db: Connection<Db>,
    billing: &State<Arc<Billing>>,
) -> Answer<List<views::Server>> {
    let standing = read::standing(&mut db, billing, &account?).await?;
    let servers = store::servers::of_account(&mut db, &standing.account.id, standing.now).await?;
    Ok(Json(List { data: servers.iter().map(views::Server::new).collect() }))
}

const MOST_SERVERS: usize = 10_000;
const MOST_ERRORS: usize = 20;

/// The list with each id in its form and named once, else what is wrong with its first entries.
fn checked(servers: Vec<ListedServer>) -> Result<Vec<(ServerId, Option<String>)>, Problem> {
    if servers.len() > MOST_SERVERS {
        let text = format!("at most {MOST_SERVERS} servers are taken at once");
        return Err(Problem::invalid(vec![("servers".to_owned(), text)]));
    }
    let (mut taken, mut seen, mut errors) = (Vec::new(), HashSet::new(), Vec::new());
    for (index, ListedServer { id, name }) in servers.into_iter().enumerate() {
        let mut wrong = |field, text| errors.push((format!("servers[{index}].{field}"), text));
        if let Some(text) = fields::wrong_name(name.as_deref()) {
            wrong("name", text.to_owned());
        }
        match ServerId::new(id) {
            Err(error) => wrong("id", error.to_string()),
            Ok(id) if !seen.insert(id.clone()) => wrong("id", format!("`{id}` is listed twice")),
            Ok(id) => taken.push((id, fields::trimmed(name))),
        }
    }
    errors.truncate(MOST_ERRORS);
    if errors.is_empty() { Ok(taken) } else { Err(Problem::invalid(errors)) }
}
