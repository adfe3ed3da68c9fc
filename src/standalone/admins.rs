//! Admins, which only the command line makes.

use super::register::email_problem;
use super::{ids, passwords};
use crate::Billing;
use crate::store::panel::{self, Role, User};
use crate::store::{self, StoreFailed};

/// Why no admin was made.
#[derive(Debug, thiserror::Error)]
pub enum NotMade {
    /// Not of the form somebody@somewhere.
    #[error("`{0}` is no e-mail address")]
    Email(String),
    /// Too short or too long.
    #[error("the password must have 12 to 128 characters")]
    Password,
    /// The database would not take it.
    #[error(transparent)]
    Store(#[from] StoreFailed),
}

/// Makes a user who may see every account.
///
/// One who is there already is promoted, gets the new password and is signed out everywhere.
///
/// # Errors
///
/// [`NotMade`], naming what is wrong with the e-mail or the password.
pub async fn make_admin(billing: &Billing, email: &str, password: &str) -> Result<(), NotMade> {
    let email = email.trim();
    if email_problem(email).is_some() {
        return Err(NotMade::Email(email.to_owned()));
    }
    if !passwords::is_allowed(password) {
        return Err(NotMade::Password);
    }
    let password_hash = passwords::hash(password).await;
    let mut tx = billing.store.write().await?;
    if let Some(user) = panel::user_by_email(&mut tx, email).await? {
        panel::promote(&mut tx, &user.id, &password_hash).await?;
    } else {
        let user = User {
            id: ids::user(),
            email: email.to_owned(),
            name: email.split('@').next().unwrap_or(email).to_owned(),
            password_hash,
            role: Role::Admin,
            account: ids::account(),
            created_at: billing.now(),
        };
        panel::put_user(&mut tx, &user).await?;
    }
    Ok(store::commit(tx).await?)
}
