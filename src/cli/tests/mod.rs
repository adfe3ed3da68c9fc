//! Commands as they are typed, run in this process on a database of their own.

mod books;
mod check;
mod serve;
mod typed;

use std::path::PathBuf;

use clap::Parser as _;
use rocket::Config;
use rocket::figment::Figment;
use rocket::figment::providers::{Format as _, Serialized, Toml};
use serde_json::Value;
use tempfile::TempDir;

use super::args::{Cli, Command};
use super::desk::Desk;
use super::run;
use crate::store::{self, Store};

/// A configuration with a database, and a Stripe that never answers.
struct Shop {
    folder: TempDir,
    figment: Figment,
}

impl Shop {
    fn open() -> Self {
        Self::with("")
    }

    /// `toml` is laid over the configuration.
    fn with(toml: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("coinslot.db");
        let stripe = "[default.billing.stripe]
            secret_key = \"sk_test_1\"
            api_base = \"http://127.0.0.1:9\"";
        let figment = Figment::from(Config::debug_default())
            .merge(Serialized::default("databases.billing.url", file))
            .merge(Toml::string(stripe).nested())
            .merge(Toml::string(toml).nested())
            .select("debug");
        Self { folder, figment }
    }

    fn database(&self) -> PathBuf {
        self.folder.path().join("coinslot.db")
    }

    async fn store(&self) -> Store {
        Store::open(&self.database()).await.expect("a database")
    }

    async fn account(&self, id: &str, name: &str) {
        let store = self.store().await;
        let mut tx = store.write().await.expect("a transaction");
        let id = id.parse().expect("an account id");
        let now = crate::Timestamp(1_790_000_000);
        store::accounts::put(&mut tx, &id, "ada@example.com", Some(name), now)
            .await
            .expect("an account");
        store::commit(tx).await.expect("a commit");
        store.close().await;
    }

    /// What `arguments` print, or why they fail.
    async fn types(&self, arguments: &[&str]) -> Result<String, String> {
        let (said, failure) = self.types_in(arguments, "").await;
        failure.map_or(Ok(said), Err)
    }

    /// What `arguments` print and why they fail, with `input` on stdin.
    async fn types_in(&self, arguments: &[&str], input: &str) -> (String, Option<String>) {
        let mut out = Vec::new();
        let mut input = input.as_bytes();
        let figment = self.figment.clone();
        let mut desk = Desk { figment, input: &mut input, out: &mut out };
        let outcome = run(command(arguments), &mut desk).await;
        let said = String::from_utf8(out).expect("UTF-8");
        (said, outcome.err().map(|failure| failure.to_string()))
    }

    async fn json(&self, arguments: &[&str]) -> Value {
        let said = self.types(arguments).await.expect("success");
        serde_json::from_str(&said).expect("JSON")
    }
}

/// The names in a JSON object, sorted.
fn keys(object: &Value) -> Vec<&str> {
    let mut keys: Vec<&str> =
        object.as_object().expect("an object").keys().map(String::as_str).collect();
    keys.sort_unstable();
    keys
}

fn command(arguments: &[&str]) -> Command {
    let parsed = Cli::try_parse_from([&["coinslot"], arguments].concat());
    let cli = parsed.unwrap_or_else(|error| panic!("{arguments:?}: {error}"));
    cli.command.unwrap_or(Command::Serve)
}
