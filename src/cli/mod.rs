//! The command line: one file per command family.

mod accounts;
mod admin;
mod args;
mod backup;
pub mod beside;
mod check;
mod desk;
mod doctor;
mod events;
mod logs;
mod plans;
mod restore;
mod serve;
mod sync;
#[cfg(test)]
mod tests;
mod tokens;
mod webhooks;
mod words;

use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::{CommandFactory as _, Parser as _};
use clap_complete::Shell;

use crate::flows::Billing;
use crate::settings::{Mount, Settings};
use crate::web::api;
use args::{Books, Cli, Command};
use desk::{Desk, Outcome};

/// Runs the command that the process was started with.
///
/// The code is 0 when it is done, 1 when it failed, with the reason on stderr, and 2 when it was
/// called wrongly.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let command = cli.command.unwrap_or(Command::Serve);
    match start(command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            let _ = write!(io::stderr().lock(), "{failure}");
            ExitCode::FAILURE
        }
    }
}

fn start(command: Command) -> Outcome {
    logs::init(&command)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let (mut input, mut said) = (io::BufReader::new(io::stdin()), Vec::new());
    let mut desk = Desk { figment: Settings::figment(), input: &mut input, out: &mut said };
    let outcome = runtime.block_on(run(command, &mut desk));
    match io::stdout().write_all(&said) {
        // Whoever stops reading has read enough.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        Ok(()) | Err(_) => outcome,
    }
}

async fn run(command: Command, desk: &mut Desk<'_>) -> Outcome {
    match command {
        Command::Serve => serve::run(&desk.figment).await,
        Command::Check { stripe, migrations, report } => {
            check::run(desk, check::Also { stripe, migrations }, report.json).await
        }
        Command::Completions { shell } => completions(shell, desk),
        Command::Backup(copying) => backup::run(copying, desk).await,
        Command::Restore(copying) => restore::run(copying, desk).await,
        Command::Openapi => {
            // It is printed even where the configuration is wrong.
            let mount =
                Settings::read(&desk.figment).map_or_else(|_| Mount::default(), |it| it.mount);
            Ok(desk.out.write_all(api::openapi::text(&mount).as_bytes())?)
        }
        Command::Books(books) => {
            let billing = desk.billing().await?;
            let outcome = keep(&billing, books, desk).await;
            billing.store.close().await;
            outcome
        }
    }
}

async fn keep(billing: &Billing, books: Books, desk: &mut Desk<'_>) -> Outcome {
    match books {
        Books::Admin(command) => admin::run(billing, command, desk).await,
        Books::Token(command) => tokens::run(billing, command, desk).await,
        Books::Exempt(args) => accounts::exempt(billing, args, desk).await,
        Books::Account { account, report } => {
            accounts::show(billing, &account, report.json, desk).await
        }
        Books::Plans { report } => plans::run(billing, report.json, desk).await,
        Books::Sync { account, report } => sync::run(billing, account, report.json, desk).await,
        Books::Webhooks(command) => webhooks::run(billing, command, desk).await,
        Books::Doctor { report } => doctor::run(billing, report.json, desk).await,
        Books::Events(command) => events::run(billing, command, desk).await,
    }
}

fn completions(shell: Shell, desk: &mut Desk<'_>) -> Outcome {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "coinslot", &mut script);
    desk.out.write_all(&script)?;
    Ok(())
}
