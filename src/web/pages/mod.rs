//! Server-rendered pages, which work without JavaScript.

pub(crate) mod frame;

use rocket::Route;

pub(crate) fn routes() -> Vec<Route> {
    Vec::new()
}
