//! Sign-in links: a user of the panel next door comes to their billing pages without a password here.

use std::time::Duration;

use super::tokens::hash;
use super::{Billing, Failed, random_text};
use crate::domain::ids::AccountId;
use crate::domain::timestamp::Timestamp;
use crate::panel::{Rank, Visitor};
use crate::store;

/// How long a link can be opened.
const LINK: Duration = Duration::from_mins(5);
/// How long the pages stay open behind it.
const SESSION: Duration = Duration::from_hours(1);
/// How long a link that is over is told from one that never was.
const REMEMBERED: Duration = Duration::from_hours(24);

/// A link's secret, which is told this once.
pub(crate) struct Issued {
    pub(crate) secret: String,
    pub(crate) expires_at: Timestamp,
}

/// Makes a link for `account` that opens once.
pub(crate) async fn issue(billing: &Billing, account: &AccountId) -> Result<Issued, Failed> {
    let now = billing.now();
    let issued = Issued { secret: random_text(), expires_at: now + LINK };
    let mut tx = billing.store.write().await?;
    if store::accounts::get(&mut tx, account, billing.mode()).await?.is_none() {
        return Err(Failed::NoAccount);
    }
    store::links::forget(&mut tx, now - REMEMBERED).await?;
    store::links::put(&mut tx, &hash(&issued.secret), account, issued.expires_at).await?;
    store::commit(tx).await?;
    Ok(issued)
}

/// Why a link opens nothing.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotEntered {
    #[error("there is no such link")]
    Unknown,
    #[error("this link was used already, or is more than 5 minutes old")]
    Over,
    #[error(transparent)]
    Failed(#[from] Failed),
}

impl From<store::StoreFailed> for NotEntered {
    fn from(error: store::StoreFailed) -> Self {
        Self::Failed(error.into())
    }
}

/// Spends the link and gives the secret of the session it opens.
pub(crate) async fn enter(billing: &Billing, secret: &str) -> Result<String, NotEntered> {
    let now = billing.now();
    let session = random_text();
    let mut tx = billing.store.write().await?;
    let Some(account) = store::links::spend(&mut tx, &hash(secret), now).await? else {
        let known = store::links::is_known(&mut tx, &hash(secret)).await?;
        return Err(if known { NotEntered::Over } else { NotEntered::Unknown });
    };
    store::links::put_session(&mut tx, &hash(&session), &account, now + SESSION).await?;
    store::commit(tx).await?;
    Ok(session)
}

/// Who came by a link, while their session lasts.
pub(crate) async fn visitor(billing: &Billing, session: &str) -> Result<Option<Visitor>, Failed> {
    let mut conn = billing.store.read().await?;
    let found = store::links::session(&mut conn, &hash(session), billing.now()).await?;
    let Some(account) = found else { return Ok(None) };
    let account = store::accounts::get(&mut conn, &account, billing.mode()).await?;
    Ok(account.map(|account| Visitor {
        user: format!("link:{}", account.id),
        name: account.name.unwrap_or_else(|| account.email.clone()),
        email: account.email,
        account: account.id,
        rank: Rank::User,
    }))
}
