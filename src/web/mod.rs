//! The HTTP edge: every route and catcher in one table.

pub(crate) mod acting;
pub(crate) mod api;
pub(crate) mod arrival;
pub(crate) mod assets;
pub(crate) mod catchers;
pub(crate) mod error;
pub(crate) mod guards;
pub(crate) mod headers;
pub(crate) mod limits;
mod ops;
pub(crate) mod origin;
pub(crate) mod pages;
pub(crate) mod quota;
pub(crate) mod slot;
#[cfg(test)]
mod tests_ops;
pub(crate) mod text;
pub(crate) mod timed;
mod webhook;

use std::sync::Arc;

use rocket::{Build, Rocket, routes};

use crate::flows::Billing;

/// Mounts everything and hands Rocket its state.
pub(crate) fn mount(rocket: Rocket<Build>, billing: Billing) -> Rocket<Build> {
    let webhook_path = billing.settings.webhook_path.clone();
    let mount = billing.settings.mount.clone();
    let (base, api) = (mount.base(), mount.at("/api/v1"));
    let limits = limits::Limits::new(&billing.settings.limits);
    let db = billing.store.db();
    let of_guards = catchers::of_guards(&rocket);
    rocket
        .register("/", of_guards)
        .manage(Arc::new(billing))
        .manage(db)
        .manage(limits)
        .attach(headers::Headers { on: headers::Reach::Billing })
        .attach(headers::RequestLog)
        .mount(webhook_path, routes![webhook::receive])
        .mount(&api, api::routes())
        .mount(base, timed::timed(pages::routes()))
        .mount(base, assets::routes())
        .mount(base, ops::routes())
        .register(mount.at("/billing"), catchers::pages())
        .register(mount.at("/admin"), catchers::pages())
        .register(api, catchers::api())
        .register(mount.at("/metrics"), catchers::api())
        .register(mount.at("/readyz"), catchers::api())
}
