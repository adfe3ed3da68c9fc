//! Tests from outside: through HTTP like a visitor or like Stripe, on the sandbox, under a frozen clock.

#![expect(clippy::unwrap_used, reason = "a test stops at what cannot be")]

mod browser;
mod checkout;
mod client;
mod disk;
mod gate;
mod histories;
mod intake;
mod kill;
mod order;
mod process;
mod routes;
mod sandbox;
mod shop;
mod signing;
mod status;
mod tidy;
