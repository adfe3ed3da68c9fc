//! `/admin`: how it goes, every account, the inbox, the catalogue and the audit log, for admins only.

mod account;
mod accounts;
mod audit;
mod chart;
mod events;
mod explained;
mod export;
mod filter;
mod hooks;
mod masking;
mod overview;
mod plans;
mod timeline;
mod until;

use rocket::Route;

pub(super) use filter::STATES;

pub(super) fn routes() -> Vec<Route> {
    [
        overview::routes(),
        accounts::routes(),
        account::routes(),
        events::routes(),
        audit::routes(),
        hooks::routes(),
        export::routes(),
        plans::routes(),
    ]
    .concat()
}
