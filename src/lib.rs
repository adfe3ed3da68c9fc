//! Coinslot.
#![allow(dead_code)]

mod clock;
mod domain;
mod flows;
mod metrics;
mod panel;
pub mod sandbox;
mod settings;
mod stage;
mod store;
mod stripe;
mod web;
mod worker;

pub use clock::Clock;
pub use domain::{
    entitlement::{Basis, Reason, RefusalCode},
    ids::{AccountId, InvalidId, PlanId, ServerId},
    money::{Money, UnknownCurrency},
    plan::{Interval, Limit},
    timestamp::{NotATime, Timestamp},
};
pub use flows::Billing;
pub use panel::{Link, Panel, Rank, Visitor};
pub use stage::{BackgroundWork, SandboxAddress, Stage, stage};
pub use store::{StoreFailed, tokens::Scope as TokenScope};
pub use web::slot::{ClaimedSlot, ServerSlot, SlotDenied};
