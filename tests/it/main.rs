//! Tests from outside: through HTTP like a visitor or like Stripe, on the sandbox, under a frozen clock.

#![expect(clippy::unwrap_used, reason = "a test stops at what cannot be")]

mod browser;
mod cancel;
mod catalogue;
mod change;
mod checkout;
mod client;
mod commands;
mod crash;
mod crossing;
mod disk;
mod dunning;
mod gate;
mod histories;
mod host;
mod inbox;
mod intake;
mod invoices;
mod kill;
mod lifecycle;
mod line;
mod log;
mod lost_answers;
mod metrics;
mod money_back;
mod more;
mod order;
mod outage;
mod over_quota;
mod process;
mod put_off;
mod reconcile;
mod routes;
mod sandbox;
mod sessions;
mod shop;
mod signing;
mod silence;
mod status;
mod tidy;
mod told;
mod trial;
mod year;
