//! Everything configurable, read once from Rocket's figment and checked on start.

mod env;
mod hooks;
mod keys;
mod limits;
mod mount;
mod panel;
mod plans;
mod problem;
mod reader;
mod stripe;
#[cfg(test)]
mod tests;
mod values;

use std::path::PathBuf;
use std::time::Duration;

use rocket::Config;
use rocket::config::{Ident, LogLevel, Shutdown};
use rocket::figment::providers::{Env, Format as _, Toml};
use rocket::figment::{Figment, Profile};
use secrecy::SecretString;
use url::Url;

use crate::domain::entitlement::{OnDispute, Policy};
use crate::domain::ids::{AccountId, PlanId};
use crate::domain::plan::Plan;
use crate::domain::suspension::{OverQuota, Terms};

pub(crate) use hooks::Hook;
pub(crate) use limits::{Budget, Limits};
pub(crate) use panel::{Dialect, PanelSettings, Template, Users};
pub(crate) use problem::Problem;
#[cfg(test)]
pub(crate) use stripe::HANDLED_EVENTS;
pub(crate) use stripe::{StripeSettings, StripeSource};

pub(crate) use mount::Mount;
use reader::Reader;

/// The checked configuration.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    /// Where browsers reach us: scheme, host and port; see [`Settings::page`].
    pub(crate) public_url: Url,
    /// What our own paths begin with.
    pub(crate) mount: Mount,
    pub(crate) webhook_path: String,
    /// May hold `{account}`; see [`Settings::upgrade_url_for`].
    pub(crate) upgrade_url: String,
    /// Where a caller of the API may send its customers back to, as ASCII origins.
    pub(crate) return_origins: Vec<String>,
    pub(crate) policy: Policy,
    pub(crate) trial_days: Option<u32>,
    pub(crate) over_quota: OverQuota,
    pub(crate) suspend_after: Duration,
    /// `None` when the operator turned it off.
    pub(crate) reconcile_interval: Option<Duration>,
    /// The games to choose from; any name will do when there are none.
    pub(crate) games: Vec<String>,
    pub(crate) plans: Vec<Plan>,
    pub(crate) stripe: StripeSettings,
    pub(crate) sandbox_port: u16,
    pub(crate) inbox_max_attempts: u32,
    pub(crate) limits: Limits,
    /// Who is told of changes.
    pub(crate) hooks: Vec<Hook>,
    /// Where servers are made, if a driver does that.
    pub(crate) panel: Option<PanelSettings>,
    pub(crate) metrics_token: Option<SecretString>,
    pub(crate) database: PathBuf,
}

impl Settings {
    /// Rocket's own figment, on our defaults and with the environment variables of our keys on top.
    pub(crate) fn figment() -> Figment {
        let variables = std::env::vars_os().map(|(name, value)| {
            (name.to_string_lossy().into_owned(), value.to_string_lossy().into_owned())
        });
        let rocket = Figment::from(rocket_defaults())
            .merge(Toml::file(Env::var_or("ROCKET_CONFIG", "Rocket.toml")).nested())
            .merge(Env::prefixed("ROCKET_").ignore(&["PROFILE"]).global())
            .select(Profile::from_env_or("ROCKET_PROFILE", Config::DEFAULT_PROFILE));
        env::overlay(rocket, variables)
    }

    /// Reads and checks every key.
    ///
    /// # Errors
    ///
    /// Every problem there is, not only the first.
    pub(crate) fn read(figment: &Figment) -> Result<Self, Vec<Problem>> {
        let mut reader = Reader::new(figment).map_err(|problem| vec![problem])?;
        keys::check(&mut reader);
        let panel_port = reader.number("port", 0..=u16::MAX).unwrap_or(8000);
        let public_url = reader
            .text("billing.public_url", values::site)
            .unwrap_or_else(|| values::loopback(panel_port));
        let origin = public_url.origin().ascii_serialization();
        let mount = reader.text("billing.mount", Mount::read).unwrap_or_default();
        let sandbox_port = sandbox_port(&mut reader, panel_port);
        let release = *figment.profile() == Config::RELEASE_PROFILE;
        let settings = Self {
            webhook_path: reader
                .text("billing.webhook_path", |text| values::webhook_path(text, &mount))
                .unwrap_or_else(|| "/api/billing/webhook".to_owned()),
            upgrade_url: reader
                .text("billing.upgrade_url", values::upgrade_url)
                .unwrap_or_else(|| format!("{origin}{}", mount.at("/billing/plans"))),
            return_origins: reader
                .list("billing.return_origins", values::origin)
                .unwrap_or_else(|| vec![origin]),
            policy: policy(&mut reader),
            trial_days: reader.text("billing.trial_period", values::trial_days),
            over_quota: reader.text("billing.over_quota", over_quota).unwrap_or(OverQuota::Freeze),
            suspend_after: reader
                .text("billing.suspend_after", values::duration)
                .unwrap_or(7 * DAY),
            reconcile_interval: Some(
                reader
                    .text("billing.reconcile_interval", values::duration)
                    .unwrap_or(Duration::from_mins(7)),
            )
            .filter(|interval| !interval.is_zero()),
            games: reader.list("billing.games", values::game).unwrap_or_default(),
            plans: plans::read(&mut reader),
            stripe: stripe::read(&mut reader, release, sandbox_port),
            sandbox_port,
            inbox_max_attempts: reader.number("billing.inbox_max_attempts", 1..=100).unwrap_or(12),
            limits: limits::read(&mut reader),
            hooks: hooks::read(&mut reader),
            panel: panel::read(&mut reader),
            metrics_token: reader.text("billing.metrics_token", values::token),
            database: reader
                .text("databases.billing.url", values::database)
                .unwrap_or_else(|| PathBuf::from(env::DATABASE)),
            public_url,
            mount,
        };
        reader.finish(settings)
    }

    pub(crate) fn plan(&self, id: &PlanId) -> Option<&Plan> {
        self.plans.iter().find(|plan| plan.id == *id)
    }

    /// What becomes of servers above the limit.
    pub(crate) fn terms(&self) -> Terms<'_> {
        Terms {
            policy: &self.policy,
            over_quota: self.over_quota,
            suspend_after: self.suspend_after,
        }
    }

    /// Whether some plan names a price by this id or lookup key.
    pub(crate) fn names_price(&self, name: &str) -> bool {
        self.plans.iter().flat_map(|plan| &plan.prices).any(|(_, price)| price.as_str() == name)
    }

    /// The whole address of `path`, which is one of our own: [`Mount::at`].
    pub(crate) fn page(&self, path: &str) -> String {
        format!("{}{}", self.origin(), self.mount.at(path))
    }

    /// Scheme, host and port that the world knows this site by.
    pub(crate) fn origin(&self) -> String {
        self.public_url.origin().ascii_serialization()
    }

    /// Where Stripe delivers.
    pub(crate) fn webhook_url(&self) -> String {
        format!("{}{}", self.origin(), self.webhook_path)
    }

    /// Where `account` can buy more.
    pub(crate) fn upgrade_url_for(&self, account: &AccountId) -> String {
        self.upgrade_url.replace(values::ACCOUNT, account.as_str())
    }
}

const DAY: Duration = Duration::from_hours(24);

/// Rocket's defaults, but for what does not suit a binary that faces the world.
fn rocket_defaults() -> Config {
    Config {
        ident: Ident::try_new("Coinslot").expect("the name can stand in a header"),
        // Taken from anybody, the header would let anybody choose the address they are limited by.
        ip_header: None,
        // A page waits up to 3 s for Stripe and may finish.
        shutdown: Shutdown { grace: 5, ..Shutdown::default() },
        log_level: LogLevel::Off,
        cli_colors: false,
        ..Config::default()
    }
}

fn policy(reader: &mut Reader) -> Policy {
    Policy {
        free_servers: reader.number("billing.free_servers", 0..=10_000).unwrap_or(1),
        grace_period: reader.text("billing.grace_period", values::duration).unwrap_or(7 * DAY),
        stale_leeway: reader.text("billing.stale_leeway", values::duration).unwrap_or(3 * DAY),
        on_dispute: reader.text("billing.on_dispute", on_dispute).unwrap_or(OnDispute::Freeze),
    }
}

fn over_quota(text: &str) -> Result<OverQuota, String> {
    match text {
        "freeze" => Ok(OverQuota::Freeze),
        "suspend_excess" => Ok(OverQuota::SuspendExcess),
        _ => Err("write freeze or suspend_excess".to_owned()),
    }
}

fn on_dispute(text: &str) -> Result<OnDispute, String> {
    match text {
        "freeze" => Ok(OnDispute::Freeze),
        "alert" => Ok(OnDispute::Alert),
        "suspend" => Ok(OnDispute::Suspend),
        _ => Err("write freeze, alert or suspend".to_owned()),
    }
}

/// Port 0 lets the system choose, so two of them do not collide.
fn sandbox_port(reader: &mut Reader, panel_port: u16) -> u16 {
    const KEY: &str = "billing.sandbox_port";
    let port = match (reader.number(KEY, 0..=u16::MAX), panel_port.checked_add(1)) {
        (Some(port), _) => port,
        (None, _) if panel_port == 0 => 0,
        (None, Some(next)) => next,
        (None, None) => {
            reader.refuse_unset(KEY, "there is no port after 65535: set one");
            0
        }
    };
    if port == panel_port && port != 0 {
        reader.refuse(KEY, &port.to_string(), "the panel's own port: choose another");
    }
    port
}
