//! Tests from outside: through HTTP like a visitor or like Stripe, on the sandbox, under a frozen clock.

#![expect(clippy::unwrap_used, reason = "a test stops at what cannot be")]

mod account;
mod browser;
mod checkout;
mod client;
mod commands;
mod crash;
mod crossing;
mod disk;
mod gate;
mod histories;
mod host;
mod inbox;
mod intake;
mod kill;
mod line;
mod looks;
mod lost_answers;
mod metrics;
mod more;
mod order;
mod outage;
mod pages;
mod process;
mod reconcile;
mod routes;
mod sandbox;
mod sessions;
mod shop;
mod signing;
mod silence;
mod status;
mod tidy;
