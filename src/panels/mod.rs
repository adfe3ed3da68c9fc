//! Panels next door, and how they are reached.

pub(crate) mod hooks;
pub(crate) mod wings;
