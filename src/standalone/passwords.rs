//! Passwords: argon2id, away from the threads that serve requests.

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use tokio::sync::Semaphore;

use crate::web::text::{Sentence, t};

/// The one rule there is, to somebody who broke it.
pub(super) fn broken() -> Sentence {
    t!("password-broken")
}

pub(super) fn is_allowed(password: &str) -> bool {
    (12..=128).contains(&password.chars().count())
}

/// Each hash takes 19 MiB and a processor, so strangers may use two at a time.
static TURNS: Semaphore = Semaphore::const_new(2);

/// What a password is compared with where there is no user: of the same cost, and nobody's.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$bm8gb25lJ3Mgc2FsdCBhdCBhbGw\
                      $AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

pub(super) async fn hash(password: &str) -> String {
    let password = password.to_owned();
    in_turn(move || {
        Argon2::default()
            .hash_password(password.as_bytes())
            .expect("the default parameters are valid and the system has random numbers")
            .to_string()
    })
    .await
}

/// Whether `password` is the one that `hash` was made of; without a hash it takes as long.
pub(super) async fn is_right(password: &str, hash: Option<&str>) -> bool {
    let password = password.to_owned();
    let hash = hash.unwrap_or(NOBODY).to_owned();
    in_turn(move || {
        PasswordHash::new(&hash)
            .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
    })
    .await
}

async fn in_turn<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let _turn = TURNS.acquire().await.expect("nobody closes it");
    tokio::task::spawn_blocking(work).await.expect("hashing does not panic")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rocket::async_test]
    async fn only_the_right_password_is_right() {
        let hash = hash("correct horse battery").await;
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(is_right("correct horse battery", Some(&hash)).await);
        assert!(!is_right("correct horse batterY", Some(&hash)).await);
        assert!(!is_right("correct horse battery", None).await);
        assert!(!is_right("correct horse battery", Some("garbage")).await);
        PasswordHash::new(NOBODY).expect("nobody's hash is a hash, so it costs as much");
    }

    #[test]
    fn a_password_has_twelve_to_128_characters() {
        let table = [(11, false), (12, true), (128, true), (129, false)];
        for (length, allowed) in table {
            assert_eq!(is_allowed(&"ä".repeat(length)), allowed, "{length}");
        }
    }
}
