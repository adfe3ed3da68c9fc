//! `/billing/enter`: the door for users of the panel next door.

use std::sync::Arc;

use rocket::http::{Cookie, CookieJar, SameSite};
use rocket::response::Redirect;
use rocket::{Route, State, get, head, routes};

use crate::flows::{Billing, links};
use crate::web::error::Problem;
use crate::web::guards::{ByLink, LINK_COOKIE, SignedIn};

pub(super) fn routes() -> Vec<Route> {
    routes![enter, look]
}

/// The path that a link begins with.
pub(crate) const DOOR: &str = "/billing/enter";

/// How long a browser keeps the cookie: longer than the session, so that its end can be told.
const DAYS: i64 = 1;

/// Opens the billing pages, once; who is signed in as somebody else is told so, and spends nothing.
#[get("/billing/enter?<token>")]
async fn enter(
    token: Option<&str>,
    visitor: Option<SignedIn>,
    by_link: ByLink,
    cookies: &CookieJar<'_>,
    billing: &State<Arc<Billing>>,
) -> Result<Redirect, Problem> {
    if let Some(SignedIn(visitor)) = visitor.filter(|_| !by_link.0) {
        return Err(Problem::signed_in_already(&visitor.name));
    }
    let session = links::enter(billing, token.unwrap_or_default()).await?;
    cookies.add(
        Cookie::build((LINK_COOKIE, session))
            .path(billing.settings.mount.at("/billing"))
            .http_only(true)
            .same_site(SameSite::Lax)
            .secure(billing.settings.public_url.scheme() == "https")
            .max_age(rocket::time::Duration::days(DAYS)),
    );
    Ok(Redirect::to(billing.settings.mount.at("/billing")))
}

/// Whoever only looks whether the link leads somewhere does not spend it.
#[head("/billing/enter")]
fn look() {}
