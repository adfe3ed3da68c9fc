//! Stripe's signature, written anew for the tests.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

pub fn sign(secret: &str, at: i64, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any length");
    mac.update(format!("{at}.").as_bytes());
    mac.update(body);
    hex::encode(mac.finalize().into_bytes())
}

pub fn header(secret: &str, at: i64, body: &[u8]) -> String {
    format!("t={at},v1={}", sign(secret, at, body))
}
