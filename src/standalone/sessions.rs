//! Who is signed in: a random token in a cookie, kept here only as its hash.

use std::convert::Infallible;
use std::time::Duration;

use rocket::http::{Cookie, CookieJar, SameSite};
use rocket::outcome::Outcome;
use rocket::request::{FromRequest, Outcome as RequestOutcome, Request};
use sha2::{Digest as _, Sha256};

use super::{devices, ids};
use crate::store::members::{OfSession, Present};
use crate::store::panel::{Session, User};
use crate::store::{self, Look, StoreFailed, panel};
use crate::{Billing, Timestamp};

const COOKIE: &str = "coinslot_session";
const DAYS: u32 = 30;
/// How exactly the last visit of a session is known: noting each would be a write for each page.
const NOTED_EVERY: Duration = Duration::from_mins(5);

/// Who asks, whoever they are: the cookies and the device.
pub(super) struct Browser<'r> {
    cookies: &'r CookieJar<'r>,
    device: Option<String>,
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Browser<'r> {
    type Error = Infallible;

    async fn from_request(request: &'r Request<'_>) -> RequestOutcome<Self, Infallible> {
        let device = request.headers().get_one("User-Agent").and_then(devices::name);
        Outcome::Success(Self { cookies: request.cookies(), device })
    }
}

impl Browser<'_> {
    /// The hash of the session it presents; of no session where it presents none.
    pub(super) fn session(&self) -> Vec<u8> {
        self.token().map(|token| hash(token).to_vec()).unwrap_or_default()
    }

    /// The secret of that session, which only this browser has.
    pub(super) fn token(&self) -> Option<&str> {
        presented(self.cookies)
    }
}

/// The secret of the session that `cookies` present, if they do.
pub(super) fn presented<'c>(cookies: &'c CookieJar<'_>) -> Option<&'c str> {
    cookies.get(COOKIE).map(Cookie::value)
}

/// Signs `user` in with a session of its own; one that was presented ends.
///
/// `false` when the password that was proven has been changed meanwhile: that ended every session,
/// and no other begins by it.
pub(super) async fn begin(
    billing: &Billing,
    browser: &Browser<'_>,
    user: &User,
) -> Result<bool, StoreFailed> {
    let token = hex::encode(ids::random::<32>());
    let now = billing.now();
    let session = Session {
        hash: hash(&token).to_vec(),
        device: browser.device.clone(),
        created_at: now,
        seen_at: now,
        expires_at: now + Duration::from_hours(24) * DAYS,
    };
    let mut tx = billing.store.write().await?;
    panel::revoke_session(&mut tx, &browser.session()).await?;
    if !panel::put_session(&mut tx, &user.id, &user.password_hash, &session).await? {
        return Ok(false);
    }
    store::commit(tx).await?;
    let https = billing.settings.public_url.scheme() == "https";
    browser.cookies.add(
        Cookie::build((COOKIE, token))
            .path("/")
            .http_only(true)
            .same_site(SameSite::Lax)
            .secure(https)
            .max_age(rocket::time::Duration::days(i64::from(DAYS))),
    );
    Ok(true)
}

/// Ends the session that was presented, if there is one.
pub(super) async fn end(billing: &Billing, browser: &Browser<'_>) -> Result<(), StoreFailed> {
    if browser.cookies.get(COOKIE).is_none() {
        return Ok(());
    }
    let mut tx = billing.store.write().await?;
    panel::revoke_session(&mut tx, &browser.session()).await?;
    store::commit(tx).await?;
    browser.cookies.remove(Cookie::build(COOKIE).path("/"));
    Ok(())
}

/// Whose session `token` is, while it lasts, and for which account it acts.
pub(super) async fn present(
    billing: &Billing,
    look: &Look,
    token: &str,
) -> Result<Option<Present>, StoreFailed> {
    let (session, now) = (hash(token), billing.now());
    let found = look.find(&OfSession(session)).await?;
    let lasting = Option::clone(&found).filter(|present| present.lasts(now));
    let Some(present) = lasting else { return Ok(None) };
    if present.seen_at + NOTED_EVERY <= now
        && let Err(error) = note(billing, &session, now).await
    {
        tracing::warn!(%error, "the visit of a session could not be noted; it goes on");
    }
    Ok(Some(present))
}

async fn note(billing: &Billing, session: &[u8], now: Timestamp) -> Result<(), StoreFailed> {
    let mut tx = billing.store.write().await?;
    panel::see_session(&mut tx, session, now).await?;
    store::commit(tx).await
}

/// A token of 256 random bits needs no salt and no slow hash.
pub(super) fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}
