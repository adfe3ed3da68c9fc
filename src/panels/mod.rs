//! Panels next door, and how they are reached.

pub(crate) mod hooks;
