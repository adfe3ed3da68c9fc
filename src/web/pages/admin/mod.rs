//! `/admin`: every account, the inbox and the audit log, for admins only.

mod account;
mod accounts;
mod audit;
mod events;
mod hooks;
mod masking;
mod until;

use rocket::response::Redirect;
use rocket::{Route, get, routes};

use crate::web::guards::Administrator;

pub(super) fn routes() -> Vec<Route> {
    [
        routes![start],
        accounts::routes(),
        account::routes(),
        events::routes(),
        audit::routes(),
        hooks::routes(),
    ]
    .concat()
}

#[get("/admin")]
fn start(_admin: Administrator) -> Redirect {
    Redirect::to("/admin/accounts")
}
