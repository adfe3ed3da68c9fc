//! The log, on stderr.

use std::io::{self, IsTerminal as _};

use tracing_subscriber::EnvFilter;

use super::args::Command;
use super::desk::{Failure, Outcome};

const FORMAT: &str = "COINSLOT_LOG_FORMAT";
const LEVEL: &str = "RUST_LOG";

/// Rocket tells at length what it mounts and whom it serves; only its errors are news, and of
/// those not that a page was not found: our own log has a line a request.
const SERVING: &str = "info,rocket=error,rocket::server::_=off";
const WORKING: &str = "warn";

/// Starts the log, before Rocket would start one of its own.
pub(super) fn init(command: &Command) -> Outcome {
    let level = variable(LEVEL).unwrap_or_else(|| {
        let default = if matches!(command, Command::Serve) { SERVING } else { WORKING };
        default.to_owned()
    });
    let filter = EnvFilter::try_new(&level)
        .map_err(|error| Failure::new(format!("{LEVEL} = {level:?}: {error}; write info")))?;
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(io::stderr().is_terminal())
        .with_writer(io::stderr);
    let started = match variable(FORMAT).as_deref() {
        None | Some("text") => log.try_init(),
        Some("json") => log.json().try_init(),
        Some(other) => {
            return Err(Failure::new(format!("{FORMAT} = {other:?}: write text or json")));
        }
    };
    started.map_err(|error| Failure::new(format!("the log cannot be started: {error}")))
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
