//! Embedded static files, under names that change with their content.

use std::sync::LazyLock;

use rocket::http::{ContentType, Header};
use rocket::{Responder, Route, get, routes};
use sha2::{Digest as _, Sha256};

const STYLESHEET: &str = include_str!("../../static/coinslot.css");

/// The stylesheet's address, which changes when it does.
pub(crate) static STYLESHEET_URL: LazyLock<String> = LazyLock::new(|| {
    let hash = Sha256::digest(STYLESHEET);
    format!("/billing/static/coinslot-{}.css", hex::encode(&hash[..8]))
});

pub(crate) fn routes() -> Vec<Route> {
    routes![serve]
}

#[derive(Responder)]
struct Cached {
    body: &'static str,
    kind: ContentType,
    cache: Header<'static>,
}

#[get("/billing/static/<name>")]
fn serve(name: &str) -> Option<Cached> {
    let current = STYLESHEET_URL.strip_prefix("/billing/static/") == Some(name);
    current.then(|| Cached {
        body: STYLESHEET,
        kind: ContentType::CSS,
        cache: Header::new("Cache-Control", "public, max-age=31536000, immutable"),
    })
}
