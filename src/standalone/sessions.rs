//! Who is signed in: a random token in a cookie, kept here only as its hash.

use std::time::Duration;

use rocket::http::{Cookie, CookieJar, SameSite};
use sha2::{Digest as _, Sha256};

use super::ids;
use crate::Billing;
use crate::store::{self, StoreFailed, panel};

const COOKIE: &str = "coinslot_session";
const DAYS: u32 = 30;

/// Signs `user` in with a session of its own; one that was presented ends.
pub(super) async fn begin(
    billing: &Billing,
    cookies: &CookieJar<'_>,
    user: &str,
) -> Result<(), StoreFailed> {
    let token = hex::encode(ids::random::<32>());
    let now = billing.now();
    let expires_at = now + Duration::from_hours(24) * DAYS;
    let mut tx = billing.store.write().await?;
    if let Some(cookie) = cookies.get(COOKIE) {
        panel::revoke_session(&mut tx, &hash(cookie.value())).await?;
    }
    panel::put_session(&mut tx, &hash(&token), user, now, expires_at).await?;
    store::commit(tx).await?;
    let https = billing.settings.public_url.scheme() == "https";
    cookies.add(
        Cookie::build((COOKIE, token))
            .path("/")
            .http_only(true)
            .same_site(SameSite::Lax)
            .secure(https)
            .max_age(rocket::time::Duration::days(i64::from(DAYS))),
    );
    Ok(())
}

/// Ends the session that was presented, if there is one.
pub(super) async fn end(billing: &Billing, cookies: &CookieJar<'_>) -> Result<(), StoreFailed> {
    let Some(cookie) = cookies.get(COOKIE) else { return Ok(()) };
    let mut tx = billing.store.write().await?;
    panel::revoke_session(&mut tx, &hash(cookie.value())).await?;
    store::commit(tx).await?;
    cookies.remove(Cookie::build(COOKIE).path("/"));
    Ok(())
}

/// Whose session was presented, while it lasts.
pub(super) async fn user(
    billing: &Billing,
    cookies: &CookieJar<'_>,
) -> Result<Option<panel::User>, StoreFailed> {
    let Some(cookie) = cookies.get(COOKIE) else { return Ok(None) };
    let mut conn = billing.store.read().await?;
    panel::session_user(&mut conn, &hash(cookie.value()), billing.now()).await
}

/// A token of 256 random bits needs no salt and no slow hash.
fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}
