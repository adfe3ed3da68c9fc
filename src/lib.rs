//! A Stripe-backed soft gate in front of a game-server panel's "create server" button.
//!
//! An account has one server free; more need a subscription, a lifetime purchase, or an admin's
//! exemption. Attach [`stage`] to your Rocket, and put [`ServerSlot`] on the route that creates:
//!
//! ```no_run
//! # use coinslot::{AccountId, Panel, Rank, ServerId, ServerSlot, SlotDenied, Visitor};
//! # use rocket::{Request, post, response::Redirect, routes};
//! # async fn start_server(_: &ServerId) -> Result<(), ()> { Ok(()) }
//! struct MyPanel;
//!
//! #[rocket::async_trait]
//! impl Panel for MyPanel {
//!     async fn visitor(&self, request: &Request<'_>) -> Option<Visitor> {
//!         let user = request.cookies().get("user")?.value().to_owned();
//!         let account = AccountId::new(&user).ok()?;
//!         let email = format!("{user}@example.com");
//!         Some(Visitor { account, email, name: user.clone(), user, rank: Rank::User })
//!     }
//! }
//!
//! #[post("/servers")]
//! async fn create(slot: ServerSlot<'_>) -> Result<Redirect, SlotDenied> {
//!     let id = ServerId::new("srv_1").expect("a good id");
//!     let claimed = slot.claim(&id, Some("Survival")).await?;
//!     match start_server(&id).await {
//!         Ok(()) => claimed.confirm().await?,
//!         Err(()) => claimed.release().await?,
//!     }
//!     Ok(Redirect::to("/servers"))
//! }
//!
//! # async fn run() -> Result<(), rocket::Error> {
//! rocket::custom(coinslot::figment())
//!     .attach(coinslot::stage(MyPanel))
//!     .mount("/", routes![create])
//!     .launch()
//!     .await?;
//! # Ok(())
//! # }
//! ```
//!
//! Everything is configured in `Rocket.toml` under `billing`, or by the environment variables that
//! [`figment`] lays over it; without a Stripe key and outside the
//! `release` profile [`sandbox_beside`] starts a small Stripe on loopback to play with.

#[doc(hidden)]
pub mod cli;
mod clock;
mod domain;
mod flows;
mod mail;
mod metrics;
mod panel;
mod panels;
pub mod sandbox;
mod settings;
mod stage;
pub mod standalone;
mod store;
mod stripe;
#[cfg(test)]
mod testing;
mod timing;
mod web;
mod worker;

pub use cli::beside::sandbox_beside;
pub use clock::Clock;
pub use domain::{
    entitlement::{Basis, Reason, RefusalCode},
    ids::{AccountId, InvalidId, PlanId, ServerId},
    money::{Money, UnknownCurrency},
    plan::{Interval, Limit},
    suspension::Excess,
    timestamp::{NotATime, Timestamp},
};
pub use flows::Billing;
pub use panel::{Link, NotDone, Panel, Rank, Role, Suspension, Visitor};
pub use stage::{BackgroundWork, SandboxAddress, Stage, stage};
pub use store::{StoreFailed, tokens::Scope as TokenScope};
pub use web::quota::Quota;
pub use web::slot::{ClaimedSlot, Progress, ServerSlot, SlotDenied};

/// Rocket's configuration with Coinslot's environment variables, such as `STRIPE_SECRET_KEY`, on top.
///
/// Build your Rocket with `rocket::custom(coinslot::figment())`; `rocket::build()` reads
/// `Rocket.toml` and `ROCKET_*` alone.
pub fn figment() -> rocket::figment::Figment {
    settings::Settings::figment()
}
