//! Back from Stripe: where a customer may be sent, and what they came back from.

use url::Url;

use super::{Billing, Failed, for_a_page, purchases, silence};
use crate::domain::ids::{AccountId, SessionId};
use crate::store;
use crate::store::checkouts::Progress;
use crate::stripe::Patience;

/// What the customer came back from.
#[derive(Debug)]
pub(crate) enum NotReturned {
    /// No session of this account has that id.
    NotFound,
    /// It is a session of another account; who does not belong to that one is told the same as above.
    OfAnother(AccountId),
    Failed(Failed),
}

impl<E: Into<Failed>> From<E> for NotReturned {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// Looks at the session the customer came back from and brings the account up to date.
///
/// When Stripe does not answer in time, what is stored is told.
pub(crate) async fn returned(
    billing: &Billing,
    account: &AccountId,
    session: &str,
) -> Result<Progress, NotReturned> {
    let session = SessionId::new(session).map_err(|_| NotReturned::NotFound)?;
    let mut conn = billing.store.read().await?;
    let owner = store::checkouts::owner(&mut conn, billing.mode(), session.as_str()).await?;
    drop(conn);
    let known = owner.is_some();
    if let Some(other) = owner.filter(|owner| owner != account) {
        return Err(NotReturned::OfAnother(other));
    }
    match for_a_page(look_at(billing, account, &session)).await {
        Err(NotReturned::Failed(Failed::Stripe(error))) if known => {
            tracing::warn!(%account, %session, %error, "the return page tells what is stored");
            let mut conn = billing.store.read().await?;
            let stored = store::checkouts::progress(&mut conn, billing.mode(), &session).await?;
            stored.map(unless_paid_meanwhile).ok_or(NotReturned::NotFound)
        }
        outcome => outcome,
    }
}

/// Who comes back has probably paid: what was open when we last looked is not to be paid again.
fn unless_paid_meanwhile(stored: Progress) -> Progress {
    match stored {
        Progress::Open | Progress::Processing => Progress::Processing,
        Progress::Complete => Progress::Complete,
        Progress::Expired => Progress::Expired,
        Progress::Failed => Progress::Failed,
    }
}

async fn look_at(
    billing: &Billing,
    account: &AccountId,
    session: &SessionId,
) -> Result<Progress, NotReturned> {
    let found = billing.stripe.checkout_session(session, Patience::Page).await?;
    let found = found
        .filter(|found| found.account.as_ref() == Some(account))
        .ok_or(NotReturned::NotFound)?;
    purchases::watch(billing, account, &found).await?;
    silence::sync(billing, account, Patience::Page).await?;
    Ok(purchases::progress(&found))
}

/// Whether `address` is absolute and on an origin the operator allowed.
pub(crate) fn may_return_to(billing: &Billing, address: &str) -> bool {
    let Ok(url) = Url::parse(address) else {
        return false;
    };
    let plain = matches!(url.scheme(), "http" | "https")
        && url.username().is_empty()
        && url.password().is_none();
    let origin = url.origin().ascii_serialization();
    plain && address.len() <= 2_000 && billing.settings.return_origins.contains(&origin)
}

const SESSION_PLACEHOLDER: &str = "{CHECKOUT_SESSION_ID}";

/// The address Checkout leads to, with Stripe's placeholder for the session in it.
pub(super) fn success_url(billing: &Billing, wanted: Option<&str>) -> String {
    let base = wanted.map_or_else(|| billing.settings.page("/billing"), str::to_owned);
    if base.contains(SESSION_PLACEHOLDER) {
        return base;
    }
    let (address, fragment) = match base.split_once('#') {
        Some((address, fragment)) => (address.to_owned(), format!("#{fragment}")),
        None => (base, String::new()),
    };
    let joint = if address.contains('?') { '&' } else { '?' };
    format!("{address}{joint}session_id={SESSION_PLACEHOLDER}{fragment}")
}
