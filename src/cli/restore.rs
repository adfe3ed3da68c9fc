//! Putting a copy in the place of the database.

use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt as _, chown};
use std::path::{Path, PathBuf};

use super::args::Copying;
use super::backup::Draft;
use super::beside;
use super::desk::{Desk, Failure, Outcome};
use super::sync;
use crate::flows::{Billing, restored};
use crate::settings::StripeSource;
use crate::store::{copies, lock::Lock};

/// Puts the copy in place when it is whole, brings it up to date, and syncs with Stripe.
///
/// Until the copy is complete and migrated the database stays as it was.
pub(super) async fn run(copying: Copying, desk: &mut Desk<'_>) -> Outcome {
    let Copying { file, force, report } = copying;
    let settings = desk.settings()?;
    let database = &settings.database;
    judge(&file).await?;
    if !force && database.try_exists()? {
        let remedy = "it exists: overwrite it with --force";
        return Err(Failure::new(format!("{}: {remedy}", database.display())));
    }
    replace(database, &file).await?;
    if !report.json {
        writeln!(desk.out, "{} is the database of {} now.", database.display(), file.display())?;
    }
    let outcome = reconcile(report.json, desk).await;
    outcome.map_err(|failure| {
        failure.after("it is restored, but not yet synced with Stripe: serve does that by and by")
    })
}

/// Refuses a file that is no whole database of ours.
async fn judge(file: &Path) -> Outcome {
    let refused = |reason: String| Failure::new(format!("{}: {reason}", file.display()));
    if !file.try_exists()? {
        return Err(refused("there is no such file".to_owned()));
    }
    let damage = copies::damage(file).await.map_err(|error| refused(error.to_string()))?;
    if let Some(first) = damage.first() {
        return Err(refused(format!("it fails integrity_check, take an older copy: {first}")));
    }
    match copies::is_ours(file).await {
        Ok(true) => Ok(()),
        Ok(false) => Err(refused("it is no database of Coinslot's".to_owned())),
        Err(error) => Err(refused(error.to_string())),
    }
}

async fn replace(database: &Path, file: &Path) -> Outcome {
    let in_use = || {
        let remedy = "another process has it open: stop that first";
        Failure::new(format!("{}: {remedy}", database.display()))
    };
    let _alone = Lock::alone(database)?.ok_or_else(in_use)?;
    let there = database.try_exists()?;
    if there && copies::is_in_use(database).await? {
        return Err(in_use());
    }
    let draft = Draft::beside(database)?;
    copies::copy(file, draft.path()).await?;
    copies::migrate(draft.path()).await?;
    if there {
        // The server may be another user than the one who restores.
        let standing = fs::metadata(database)?;
        fs::set_permissions(draft.path(), standing.permissions())?;
        chown(draft.path(), Some(standing.uid()), Some(standing.gid()))?;
    }
    // What an old log says must not be played into the new file.
    for suffix in ["-wal", "-shm", "-journal"] {
        remove(&beside_of(database, suffix))?;
    }
    draft.publish(database)?;
    Ok(())
}

fn remove(file: &Path) -> io::Result<()> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

fn beside_of(file: &Path, suffix: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

async fn reconcile(json: bool, desk: &mut Desk<'_>) -> Outcome {
    let billing = desk.billing().await?;
    let outcome = converge(&billing, json, desk).await;
    billing.store.close().await;
    outcome
}

async fn converge(billing: &Billing, json: bool, desk: &mut Desk<'_>) -> Outcome {
    restored::mark(billing).await?;
    let stripe = &billing.settings.stripe;
    let sandboxed = stripe.source == StripeSource::Sandbox;
    if sandboxed && beside::time(&stripe.api_base).await.is_none() {
        return Err(Failure::new("the sandbox is up only while coinslot serves"));
    }
    sync::run(billing, None, json, desk).await?;
    restored::catch_up(billing).await?;
    billing.settle().await;
    Ok(())
}
