//! What can be typed, and what is refused before anything runs.

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;

use crate::domain::ids::{AccountId, EventId};
use crate::domain::timestamp::Timestamp;
use crate::store::inbox::Status;
use crate::store::tokens::Scope;

/// A Stripe-backed soft gate in front of a game-server panel's create-server button.
///
/// Without a command it serves. Every command reads the same configuration: Rocket.toml, its
/// profile, and the environment.
#[derive(Debug, Parser)]
#[command(name = "coinslot", version)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Migrate the database, check the configuration, and serve (the default)
    Serve,
    /// Name every problem of the configuration and the database, without serving
    Check {
        /// Ask Stripe too: whether the key is taken and every price can be sold
        #[arg(long)]
        stripe: bool,
        /// Try on a copy of the database what a start would change in its tables
        #[arg(long)]
        migrations: bool,
        #[command(flatten)]
        report: Report,
    },
    #[command(flatten)]
    Books(Books),
    /// Copy the database, also while it is in use, to a file
    Backup(Copying),
    /// Replace the database by a copy that backup made, and sync all accounts with Stripe
    Restore(Copying),
    /// Print the JSON API's OpenAPI 3.1 description
    Openapi,
    /// Print the completion script of a shell
    Completions { shell: Shell },
}

/// The commands that work on the books: they open the database.
#[derive(Debug, Subcommand)]
pub(super) enum Books {
    /// Admins of the built-in panel
    #[command(subcommand)]
    Admin(AdminCommand),
    /// Tokens of the JSON API
    #[command(subcommand)]
    Token(TokenCommand),
    /// Exempt an account from billing, or take that back
    Exempt(Exempt),
    /// Show one account: facts, the decision with its reason, servers
    Account {
        account: AccountId,
        #[command(flatten)]
        report: Report,
    },
    /// Show the catalogue as resolved at Stripe, and why a price is hidden
    Plans {
        #[command(flatten)]
        report: Report,
    },
    /// Sync one account, or all that have a customer, with Stripe and print what differed
    Sync {
        account: Option<AccountId>,
        #[command(flatten)]
        report: Report,
    },
    /// The webhook inbox
    #[command(subcommand)]
    Events(EventsCommand),
    /// The endpoint at Stripe that sends events
    #[command(subcommand)]
    Webhooks(WebhooksCommand),
    /// Check everything that going live needs; changes nothing at Stripe
    Doctor {
        #[command(flatten)]
        report: Report,
    },
}

/// A copy of the database.
#[derive(Debug, Args)]
pub(super) struct Copying {
    /// The copy
    pub(super) file: PathBuf,
    /// Overwrite what is there: the copy by backup, the database by restore
    #[arg(long)]
    pub(super) force: bool,
    #[command(flatten)]
    pub(super) report: Report,
}

/// How a command reports.
#[derive(Debug, Clone, Copy, Args)]
pub(super) struct Report {
    /// Print JSON
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Subcommand)]
pub(super) enum AdminCommand {
    /// Make an admin, or make a user one; prints a one-time password if none is given
    Create {
        #[arg(long, value_parser = email)]
        email: String,
        /// Read the password, 12 to 128 characters, from the first line of stdin
        #[arg(long)]
        password_stdin: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum TokenCommand {
    /// Make a token; its secret is printed this once
    Create {
        /// What the token is for
        #[arg(long, value_parser = name)]
        name: String,
        /// What it may do: panel is all but exemption, events and sync
        #[arg(long, value_parser = scopes())]
        scope: Scope,
        #[command(flatten)]
        report: Report,
    },
    /// List the tokens that work
    List {
        #[command(flatten)]
        report: Report,
    },
    /// End a token at once
    Revoke {
        /// The token's id, tok_…
        id: String,
    },
}

#[derive(Debug, Args)]
pub(super) struct Exempt {
    pub(super) account: AccountId,
    /// Why, for the audit log
    #[arg(long, required_unless_present = "revoke")]
    pub(super) reason: Option<String>,
    /// When the exemption ends, such as 2026-12-31T23:59:59Z; without it there is no end
    #[arg(long, value_name = "RFC3339", conflicts_with = "revoke")]
    pub(super) until: Option<Timestamp>,
    /// Take the exemption back
    #[arg(long, conflicts_with = "reason")]
    pub(super) revoke: bool,
}

#[derive(Debug, Subcommand)]
pub(super) enum EventsCommand {
    /// List events, newest first
    List {
        /// Only events of this status
        #[arg(long, value_parser = statuses())]
        status: Option<Status>,
        /// How many at most
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1000))]
        limit: u32,
        #[command(flatten)]
        report: Report,
    },
    /// Make an event due again, whatever became of it, or all that are dead or failed
    Replay {
        /// Stripe's id of the event, evt_…
        #[arg(required_unless_present = "status")]
        id: Option<EventId>,
        /// All events of this status
        #[arg(long, value_parser = stuck(), conflicts_with = "id")]
        status: Option<Status>,
        /// Only those of this type, such as invoice.paid
        #[arg(long = "type", value_name = "TYPE", requires = "status", conflicts_with = "id")]
        kind: Option<String>,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum WebhooksCommand {
    /// Make the endpoint at Stripe, or mend the one with our address
    Setup {
        #[command(flatten)]
        report: Report,
    },
    /// Name the events that the endpoint should not send
    Prune {
        /// Remove them
        #[arg(long)]
        apply: bool,
        #[command(flatten)]
        report: Report,
    },
}

fn scopes() -> impl TypedValueParser<Value = Scope> {
    PossibleValuesParser::new([Scope::Panel, Scope::Admin].map(Scope::as_str))
        .try_map(|word| Scope::parse(&word).ok_or("no such scope"))
}

fn statuses() -> impl TypedValueParser<Value = Status> {
    PossibleValuesParser::new(Status::ALL.map(Status::as_str))
        .try_map(|word| Status::parse(&word).ok_or("no such status"))
}

fn stuck() -> impl TypedValueParser<Value = Status> {
    PossibleValuesParser::new([Status::Dead, Status::Failed].map(Status::as_str))
        .try_map(|word| Status::parse(&word).ok_or("no such status"))
}

fn email(text: &str) -> Result<String, String> {
    let one_at = text
        .split_once('@')
        .is_some_and(|(name, host)| !name.is_empty() && !host.is_empty() && !host.contains('@'));
    let plain = !text.contains(|c: char| c.is_control() || c.is_whitespace());
    let good = one_at && plain && text.chars().count() <= 254;
    good.then(|| text.to_owned()).ok_or_else(|| "write one e-mail address".to_owned())
}

fn name(text: &str) -> Result<String, String> {
    let text = text.trim();
    let good = (1..=100).contains(&text.chars().count()) && !text.contains(char::is_control);
    good.then(|| text.to_owned()).ok_or_else(|| "write a name of 1 to 100 characters".to_owned())
}
