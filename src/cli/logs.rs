//! The log, on stderr, and who is told of its errors.

use std::io::{self, IsTerminal as _};

use sentry::ClientInitGuard;
use tracing::Subscriber;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt as _;

use super::args::Command;
use super::desk::Failure;
use super::reports::{self, ErrorLines};

const FORMAT: &str = "COINSLOT_LOG_FORMAT";
const LEVEL: &str = "RUST_LOG";

/// Rocket tells at length what it mounts and whom it serves; only its errors are news, and of
/// those not that a page was not found: our own log has a line a request.
const SERVING: &str = "info,rocket=error,rocket::server::_=off";
const WORKING: &str = "warn";

/// Starts the log, before Rocket would start one of its own; what it returns is kept while the
/// command runs.
pub(super) fn init(command: &Command) -> Result<Option<ClientInitGuard>, Failure> {
    let level = variable(LEVEL).unwrap_or_else(|| {
        let default = if matches!(command, Command::Serve) { SERVING } else { WORKING };
        default.to_owned()
    });
    let filter = EnvFilter::try_new(&level)
        .map_err(|error| Failure::new(format!("{LEVEL} = {level:?}: {error}; write info")))?;
    // Who types a command reads its errors.
    let dsn = variable(reports::DSN).filter(|_| matches!(command, Command::Serve));
    let (guard, lines) = dsn.map(|dsn| reports::begin(&dsn)).transpose()?.unzip();
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(io::stderr().is_terminal())
        .with_writer(io::stderr);
    match variable(FORMAT).as_deref() {
        None | Some("text") => start(log.finish(), lines)?,
        Some("json") => start(log.json().finish(), lines)?,
        Some(other) => {
            return Err(Failure::new(format!("{FORMAT} = {other:?}: write text or json")));
        }
    }
    Ok(guard)
}

fn start<S>(log: S, lines: Option<ErrorLines>) -> Result<(), Failure>
where
    S: Subscriber + for<'span> LookupSpan<'span> + Send + Sync + 'static,
{
    let started = log.with(lines).try_init();
    started.map_err(|error| Failure::new(format!("the log cannot be started: {error}")))
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
