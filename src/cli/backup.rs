//! Copying the database while it is in use.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use serde_json::json;

use super::args::Copying;
use super::desk::{Desk, Failure, Outcome, clock};
use crate::store::copies;

/// Copies the database to the file; it gets its name when it is whole and on disk.
pub(super) async fn run(copying: Copying, desk: &mut Desk<'_>) -> Outcome {
    let Copying { file, force, report } = copying;
    let settings = desk.settings()?;
    let (database, now) = (&settings.database, clock(&settings).await.now());
    if !database.try_exists()? {
        return Err(Failure::new(format!("{}: there is no such database", database.display())));
    }
    if !force {
        refuse_existing(&file)?;
    }
    let draft = Draft::beside(&file)?;
    copies::copy(database, draft.path()).await?;
    if let Some(damage) = copies::damage(draft.path()).await?.first() {
        let reason = "the copy is damaged, and so is the database";
        return Err(Failure::new(format!("{}: {reason}: {damage}", database.display())));
    }
    if !force {
        refuse_existing(&file)?;
    }
    draft.publish(&file)?;
    copies::note_backup(database, now).await?;
    let bytes = fs::metadata(&file)?.len();
    if report.json {
        return desk.print_json(&json!({"file": file, "bytes": bytes, "taken_at": now}));
    }
    writeln!(desk.out, "{} holds the database of {now}, {bytes} bytes.", file.display())?;
    Ok(())
}

fn refuse_existing(file: &Path) -> Outcome {
    if fs::symlink_metadata(file).is_ok() {
        let remedy = "it exists: choose another name, or overwrite it with --force";
        return Err(Failure::new(format!("{}: {remedy}", file.display())));
    }
    Ok(())
}

/// A file that is being written, under a name of its own beside the one it will get; removed unless
/// it gets that.
///
/// Nobody else may read it: it holds the e-mail addresses of customers.
pub(super) struct Draft(PathBuf);

impl Draft {
    pub(super) fn beside(file: &Path) -> Outcome<Self> {
        let mut name = file.as_os_str().to_owned();
        name.push(format!(".{}.part", std::process::id()));
        let path = PathBuf::from(name);
        let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
        made.map_err(|error| Failure::new(format!("{}: {error}", path.display())))?;
        Ok(Self(path))
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    /// Gives it the name `file` once all of it is on disk.
    pub(super) fn publish(self, file: &Path) -> io::Result<()> {
        File::open(&self.0)?.sync_all()?;
        fs::rename(&self.0, file)?;
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        // Published, it is gone already; else there is nobody left to tell.
        let _ = fs::remove_file(&self.0);
    }
}
