//! Looks for everything that is wrong, and changes nothing.

use std::fs::{self, OpenOptions};
use std::io;
use std::path::Path;

use rocket::Config;
use rocket::figment::Figment;
use secrecy::SecretString;
use serde_json::json;

use super::backup::Draft;
use super::beside;
use super::desk::{Desk, Failure, Outcome};
use crate::domain::plan::resolve;
use crate::flows::catalogue;
use crate::settings::{Problem, Settings, StripeSource};
use crate::stage::open_stripe;
use crate::store::{self, copies};
use crate::stripe::{Patience, StripeFailed};

const DATABASE: &str = "databases.billing.url";

/// What is looked at only when told to.
#[derive(Clone, Copy)]
pub(super) struct Also {
    pub(super) stripe: bool,
    pub(super) migrations: bool,
}

/// Names every problem.
pub(super) async fn run(desk: &mut Desk<'_>, also: Also, json: bool) -> Outcome {
    let read = configuration(&desk.figment);
    let mut problems = Vec::new();
    match read {
        Ok(settings) => {
            let unusable = database(&settings.database).await;
            if also.migrations && unusable.is_none() {
                problems.extend(migrations(&settings.database).await?);
            }
            problems.extend(unusable);
            if also.stripe {
                problems.extend(stripe(settings).await);
            }
        }
        Err(wrong) => {
            problems = wrong;
            let file = desk.figment.extract_inner::<String>(DATABASE).ok();
            let named = problems.iter().any(|problem| problem.key == DATABASE);
            if let Some(file) = file.filter(|_| !named) {
                problems.extend(database(Path::new(&file)).await);
            }
        }
    }
    if json {
        desk.print_json(&json!({"problems": problems}))?;
    } else {
        for problem in &problems {
            writeln!(desk.out, "{problem}")?;
        }
    }
    match problems.len() {
        0 if json => Ok(()),
        0 => Ok(writeln!(desk.out, "Everything is in order.")?),
        1 => Err(Failure::new("there is 1 problem")),
        count => Err(Failure::new(format!("there are {count} problems"))),
    }
}

/// Reads our keys and Rocket's own.
pub(super) fn configuration(figment: &Figment) -> Result<Settings, Vec<Problem>> {
    let read = Settings::read(figment);
    let rockets = rockets_own(figment);
    if rockets.is_empty() {
        return read;
    }
    let mut problems = read.err().unwrap_or_default();
    for problem in rockets {
        if problems.iter().all(|told| told.key != problem.key) {
            problems.push(problem);
        }
    }
    Err(problems)
}

/// Rocket stops at the first wrong key: each is set right in turn to see the next.
///
/// A file that cannot be read at all has no key; our own reading names it.
fn rockets_own(figment: &Figment) -> Vec<Problem> {
    let mut figment = figment.clone();
    let mut problems: Vec<Problem> = Vec::new();
    while let Err(error) = Config::try_from(&figment) {
        let key = error.path.join(".");
        let good = Figment::from(Config::default()).find_value(&key);
        let told = key.is_empty() || problems.iter().any(|told| told.key == key);
        let (Ok(good), false) = (good, told) else {
            break;
        };
        figment = figment.merge((&key, good));
        problems.push(Problem { key, value: String::new(), reason: error.kind.to_string() });
    }
    problems
}

/// What keeps `file` from being served as a database.
pub(super) async fn database(file: &Path) -> Option<Problem> {
    let reason = match file.try_exists() {
        Ok(true) => store::probe::file(file).await.err()?.to_string(),
        Ok(false) => creatable(file).err().map(|error| format!("it cannot be created: {error}"))?,
        Err(error) => error.to_string(),
    };
    let value = file.display().to_string();
    Some(Problem { key: DATABASE.to_owned(), value, reason })
}

/// What would go wrong in bringing `file` up to date, as a copy of it shows.
async fn migrations(file: &Path) -> Outcome<Option<Problem>> {
    if !file.try_exists()? {
        return Ok(None);
    }
    let copy = Draft::beside(file)?;
    let tried = async {
        copies::copy(file, copy.path()).await?;
        copies::migrate(copy.path()).await?;
        copies::damage(copy.path()).await
    };
    let reason = match tried.await {
        Ok(damage) => damage.into_iter().next(),
        Err(error) => Some(error.to_string()),
    };
    let value = file.display().to_string();
    Ok(reason.map(|reason| Problem { key: DATABASE.to_owned(), value, reason }))
}

/// Whether a file can be made beside it; another process may be making the real one right now.
fn creatable(file: &Path) -> io::Result<()> {
    let trial = file.with_extension(format!("{}.trial", std::process::id()));
    OpenOptions::new().write(true).create_new(true).open(&trial)?;
    fs::remove_file(trial)
}

async fn stripe(mut settings: Settings) -> Vec<Problem> {
    if settings.stripe.source == StripeSource::Sandbox {
        settings.stripe.secret_key = Some(SecretString::from(beside::SECRET_KEY));
    }
    let problem = |key: &str, value: &str, reason: String| Problem {
        key: key.to_owned(),
        value: value.to_owned(),
        reason,
    };
    let api_base = &settings.stripe.api_base;
    let stripe = match open_stripe(&settings) {
        Ok(stripe) => stripe,
        Err(reason) => return vec![problem("billing.stripe", "", reason)],
    };
    match catalogue::fetch(&stripe, &settings.plans, Patience::Worker).await {
        Ok(found) => {
            let (_, hidden) = resolve(&settings.plans, &found);
            let hidden = hidden.into_iter().map(|hidden| {
                let price = format!("{} {}", hidden.plan, hidden.interval);
                problem("billing.plans", &price, hidden.reason)
            });
            hidden.collect()
        }
        Err(error @ StripeFailed::Unauthorized) => {
            vec![problem("billing.stripe.secret_key", "…", error.to_string())]
        }
        Err(error) => vec![problem("billing.stripe.api_base", api_base, error.to_string())],
    }
}
