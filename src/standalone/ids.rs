//! Ids and secrets of the built-in panel.

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

pub(super) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the system has random numbers");
    bytes
}
