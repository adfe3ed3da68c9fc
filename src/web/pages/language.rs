//! `/billing/language`: the language a visitor chooses at the foot of a page.

use std::sync::Arc;

use rocket::http::{Cookie, CookieJar, Method, SameSite};
use rocket::response::Redirect;
use rocket::{FromForm, Request, Route, State, post, routes};

use crate::flows::Billing;
use crate::web::arrival::InTime;
use crate::web::error::Problem;
use crate::web::guards::SignedIn;
use crate::web::origin::{SameOrigin, within_site};
use crate::web::text::{COOKIE, Language, t};

pub(super) fn routes() -> Vec<Route> {
    routes![choose]
}

#[derive(FromForm)]
struct Wanted<'r> {
    #[field(default = "")]
    language: &'r str,
    #[field(default = "")]
    back: &'r str,
}

/// Keeps the choice in a cookie, also of somebody who is not signed in.
#[post("/billing/language", data = "<wanted>")]
fn choose(
    _own: SameOrigin,
    _visitor: Option<SignedIn>,
    wanted: InTime<Wanted<'_>>,
    cookies: &CookieJar<'_>,
    billing: &State<Arc<Billing>>,
) -> Result<Redirect, Problem> {
    let Some(language) = Language::tagged(wanted.language) else {
        let tags = Language::ALL.into_iter().map(|language| language.tag().into());
        let tags = tags.reduce(|all, one| t!("one-or-other", one = all, other = one));
        let tags = tags.unwrap_or_default();
        let text = t!("wrong-language", tag = wanted.language, tags = tags);
        return Err(Problem::of_form(&vec![("language", text)]));
    };
    cookies.add(
        Cookie::build((COOKIE, language.tag()))
            .path("/")
            .http_only(true)
            .same_site(SameSite::Lax)
            .secure(billing.settings.public_url.scheme() == "https")
            .max_age(rocket::time::Duration::days(365)),
    );
    let home = || billing.settings.mount.at("/billing");
    Ok(Redirect::to(within_site(wanted.back).map_or_else(home, str::to_owned)))
}

/// The page to come back to; an answer to a form cannot be asked for once more.
pub(super) fn way_back(request: &Request<'_>) -> String {
    let again = matches!(request.method(), Method::Get | Method::Head);
    if again { request.uri().to_string() } else { "/".to_owned() }
}
