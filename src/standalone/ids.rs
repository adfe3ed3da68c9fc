//! Ids and secrets of the built-in panel.

use sha2::{Digest as _, Sha256};

use crate::{AccountId, ServerId};

pub(super) fn user() -> String {
    format!("usr_{}", hex::encode(random::<12>()))
}

pub(super) fn account() -> AccountId {
    AccountId::new(format!("acc_{}", hex::encode(random::<12>()))).expect("hex makes an id")
}

pub(super) fn server() -> ServerId {
    ServerId::new(format!("srv_{}", hex::encode(random::<12>()))).expect("hex makes an id")
}

/// The id that follows from `parts`: the same for the same ones.
pub(super) fn server_of(parts: &[&str]) -> ServerId {
    let hash = hash_of(parts);
    ServerId::new(format!("srv_{}", hex::encode(&hash[..12]))).expect("hex makes an id")
}

/// A secret that follows from `parts`, of which one must be secret itself.
pub(super) fn secret_of(parts: &[&str]) -> String {
    hex::encode(hash_of(parts))
}

fn hash_of(parts: &[&str]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        // With its length before each part, no two lists read the same.
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

/// What tells one showing of a form from another.
pub(super) fn nonce() -> String {
    hex::encode(random::<12>())
}

pub(super) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the system has random numbers");
    bytes
}
