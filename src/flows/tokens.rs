//! API tokens: made once, shown once, found by their hash.

use sha2::{Digest as _, Sha256};

use super::{Billing, Failed, random_text};
use crate::domain::timestamp::Timestamp;
use crate::store::tokens::{OfHash, Scope, Token};
use crate::store::{self, Look, StoreFailed};

/// Makes a token; the secret is returned this once and never stored.
pub(crate) async fn create(
    billing: &Billing,
    name: &str,
    scope: Scope,
) -> Result<(Token, String), StoreFailed> {
    let secret = format!("cst_{}", random_text());
    let token = Token {
        id: format!("tok_{}", &random_text()[..16]),
        name: name.to_owned(),
        scope,
        created_at: billing.now(),
        last_used_at: None,
    };
    let mut tx = billing.store.write().await?;
    store::tokens::put(&mut tx, &token, &hash(&secret)).await?;
    store::commit(tx).await?;
    Ok((token, secret))
}

/// Ends a token; `false` when there is none that works.
pub(crate) async fn revoke(billing: &Billing, token: &str) -> Result<bool, Failed> {
    let mut tx = billing.store.write().await?;
    let revoked = store::tokens::revoke(&mut tx, token, billing.now()).await?;
    store::commit(tx).await?;
    Ok(revoked)
}

/// The token a secret belongs to; its last use is noted once a minute at most.
pub(crate) async fn present(
    billing: &Billing,
    look: &Look,
    secret: &str,
) -> Result<Option<Token>, StoreFailed> {
    let now = billing.now();
    let Some(token) = Option::clone(&*look.find(&OfHash(hash(secret))).await?) else {
        return Ok(None);
    };
    if token.last_used_at.is_none_or(|last| now.0 - last.0 >= 60) {
        // A token works although its last use cannot be noted.
        if let Err(error) = note_use(billing, &token.id, now).await {
            tracing::warn!(token = token.id, %error, "the last use of a token could not be noted");
        }
    }
    Ok(Some(token))
}

async fn note_use(billing: &Billing, token: &str, now: Timestamp) -> Result<(), StoreFailed> {
    let mut tx = billing.store.write().await?;
    store::tokens::touch(&mut tx, token, now).await?;
    store::commit(tx).await
}

/// A secret of 160 random bits needs no salt and no slow hash.
pub(crate) fn hash(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}
