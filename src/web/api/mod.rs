//! `/api/v1`, for the panel next door.
//!
//! A token is judged before anything else of a request, the body before the ids in the path.

mod accounts;
mod body;
mod changes;
mod events;
mod exemption;
mod fields;
pub(crate) mod openapi;
mod plans;
mod query;
pub(crate) mod read;
mod servers;
mod subscription;
mod tagged;
#[cfg(test)]
mod tests;
pub(crate) mod views;

use rocket::serde::json::Json;
use rocket::{Route, routes};

use super::error::Problem;

pub(crate) fn routes() -> Vec<Route> {
    routes![
        accounts::put,
        accounts::get,
        accounts::list,
        accounts::quota,
        accounts::link,
        servers::claim,
        servers::release,
        servers::replace,
        servers::list,
        subscription::get,
        subscription::list,
        subscription::begin_checkout,
        subscription::open_portal,
        subscription::sync_now,
        changes::preview,
        changes::confirm,
        changes::undo,
        changes::cancel,
        changes::resume,
        exemption::grant,
        exemption::revoke,
        plans::list,
        events::list,
        events::replay,
        openapi::read,
    ]
}

type Answer<T> = Result<Json<T>, Problem>;
