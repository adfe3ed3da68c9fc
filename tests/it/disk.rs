//! The disk is full, locked or read-only: 503, nothing lost, and well again by itself.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::shop::{Api, HOUR, Shop};

/// As long as another process holds the lock, in seconds.
const LOCKED_FOR: u64 = 10;

#[rocket::async_test]
async fn a_full_disk_answers_503_and_loses_nothing() {
    let Some(disk) = Disk::of_megabytes(4) else { return };
    let shop = Shop::with(&format!("[global]\ndatabases.billing.url = {:?}", disk.file())).await;
    let api = shop.api("admin").await;
    let event = bought(&shop, &api).await;
    disk.fill();
    let (taken, refused) = until_refused(&shop, &event).await;
    assert!(taken.len() < 5_000, "the disk was never full");
    assert_eq!(ids(&api, "received").await.len(), taken.len().min(100), "nothing half stored");
    reads_go_on(&shop, &api).await;
    shop.work().await;
    assert!(ids(&api, "done").await.is_empty(), "done without a place to say so");

    disk.empty();
    shop.deliver(&refused).await.is(200);
    shop.work().await;
    shop.advance(HOUR).await;
    shop.work().await;
    all_done(&shop, &api, taken.len() + 1).await;
}

#[rocket::async_test]
async fn a_database_locked_by_another_process_answers_503_and_comes_back() {
    let shop = Shop::open().await;
    let api = shop.api("admin").await;
    let event = bought(&shop, &api).await;
    let early = numbered(&event, 0);
    shop.deliver(&early).await.is(200);

    let mut holder = Command::new(std::env::current_exe().expect("this test"))
        .args(["--exact", "disk::another_process_holds_the_lock", "--nocapture"])
        .env(HELD, shop.folder.path().join("coinslot.db"))
        .stdout(Stdio::piped())
        .spawn()
        .expect("another process");
    let mut lines = BufReader::new(holder.stdout.take().expect("its words")).lines();
    let held = lines.any(|line| line.is_ok_and(|line| line.contains(HELD)));
    assert!(held, "the lock was not had");
    let begun = Instant::now();
    let late = numbered(&event, 1);
    let refused = shop.deliver(&late).await.is(503);
    refused.header("Retry-After");
    assert!(begun.elapsed() < Duration::from_secs(LOCKED_FOR - 1), "Stripe was kept waiting");
    reads_go_on(&shop, &api).await;
    shop.work().await;
    assert!(begun.elapsed() > Duration::from_secs(5), "the work did not wait for the lock");
    assert!(holder.wait().expect("an end").success());

    shop.deliver(&late).await.is(200);
    shop.advance(HOUR).await;
    shop.work().await;
    all_done(&shop, &api, 2).await;
}

const HELD: &str = "COINSLOT_TEST_HOLDS_THE_LOCK_OF";

/// The other process of the test above, which starts this binary with the file's name.
#[rocket::async_test]
async fn another_process_holds_the_lock() {
    use sqlx::Connection as _;
    let Some(file) = std::env::var_os(HELD) else { return };
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(PathBuf::from(file));
    let mut conn = sqlx::SqliteConnection::connect_with(&options).await.expect("a connection");
    sqlx::query("BEGIN IMMEDIATE").execute(&mut conn).await.expect("the lock");
    println!("{HELD}");
    std::thread::sleep(Duration::from_secs(LOCKED_FOR));
}

#[rocket::async_test]
async fn a_file_made_read_only_answers_503_until_it_can_be_written_again() {
    let shop = Shop::open().await;
    let api = shop.api("admin").await;
    let event = bought(&shop, &api).await;
    let early = numbered(&event, 0);
    shop.deliver(&early).await.is(200);
    let Some(sealed) = Sealed::folder(shop.folder.path()) else { return };
    let late = numbered(&event, 1);
    shop.deliver(&late).await.is(503).header("Retry-After");
    reads_go_on(&shop, &api).await;
    shop.work().await;
    assert_eq!(
        ids(&api, "received").await.len(),
        1,
        "the first one waits, the second is not there"
    );

    drop(sealed);
    shop.deliver(&late).await.is(200);
    shop.advance(HOUR).await;
    shop.work().await;
    all_done(&shop, &api, 2).await;
}

/// An account that has paid, of which nobody has told us: the event that would.
async fn bought(shop: &Shop, api: &Api) -> Value {
    let account = api.account("ada").await;
    api.buys(shop, &account, "starter", "month").await;
    let events = shop.sandbox.events();
    events.into_iter().find(|event| event["type"] == "invoice.paid").expect("an event")
}

fn numbered(event: &Value, number: usize) -> Value {
    let mut copy = event.clone();
    copy["id"] = json!(format!("evt_{number}"));
    copy
}

/// Delivers one event after the other; those that were taken, and the one that was not.
async fn until_refused(shop: &Shop, event: &Value) -> (Vec<Value>, Value) {
    let mut taken = Vec::new();
    while taken.len() < 5_000 {
        let next = numbered(event, taken.len());
        let answer = shop.deliver(&next).await;
        if answer.status == 503 {
            answer.header("Retry-After");
            return (taken, next);
        }
        answer.is(200);
        taken.push(next);
    }
    (taken, Value::Null)
}

/// Who asks what an account may do has an answer all the same.
async fn reads_go_on(shop: &Shop, api: &Api) {
    let asked = Instant::now();
    assert_eq!(api.quota("ada").await["limit"], 1);
    shop.stranger().get("/healthz").await.is(200);
    assert!(asked.elapsed() < Duration::from_secs(3), "the gate waited for the disk");
}

/// Every event is there once and done, and the account has what it paid for.
async fn all_done(shop: &Shop, api: &Api, events: usize) {
    for status in ["received", "processing", "failed", "dead"] {
        assert!(ids(api, status).await.is_empty(), "{status}");
    }
    assert_eq!(ids(api, "done").await.len(), events.min(100));
    assert_eq!(api.quota("ada").await["limit"], 3);
    shop.stranger().get("/readyz").await.is(200);
}

async fn ids(api: &Api, status: &str) -> Vec<Value> {
    let list = api.get(&format!("/events?limit=100&status={status}")).await.is(200).json();
    list["data"].as_array().expect("a list").iter().map(|event| event["id"].clone()).collect()
}

/// A small file system of its own, unmounted at the end.
struct Disk(tempfile::TempDir);

impl Disk {
    /// `None`, and why, where this user may not mount anything.
    fn of_megabytes(size: u32) -> Option<Self> {
        let folder = tempfile::tempdir().expect("a folder");
        let size = format!("size={size}m");
        if run("mount", &["-t", "tmpfs", "-o", &size, "tmpfs"], folder.path()) {
            return Some(Self(folder));
        }
        println!("skipped: this user may not mount a small disk to fill");
        None
    }

    fn file(&self) -> String {
        self.0.path().join("coinslot.db").display().to_string()
    }

    fn filler(&self) -> PathBuf {
        self.0.path().join("filler")
    }

    fn fill(&self) {
        let mut filler = File::create(self.filler()).expect("a file");
        while filler.write_all(&[0; 4_096]).is_ok() {}
    }

    fn empty(&self) {
        fs::remove_file(self.filler()).expect("the filler");
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        run("umount", &["-l"], self.0.path());
    }
}

/// Files that refuse every write, through handles that were open before as well.
struct Sealed(Vec<PathBuf>);

impl Sealed {
    /// `None`, and why, where this user or file system cannot do it.
    fn folder(folder: &Path) -> Option<Self> {
        let entries = fs::read_dir(folder).expect("a folder");
        let files: Vec<PathBuf> = entries
            .map(|entry| entry.expect("a file").path())
            // Readers keep their marks in shared memory; the rest is the database.
            .filter(|file| !file.display().to_string().ends_with("-shm"))
            .collect();
        let sealed = Self(files);
        if sealed.0.iter().all(|file| run("chattr", &["+i"], file)) {
            return Some(sealed);
        }
        println!("skipped: this user or file system cannot make an open file read-only");
        None
    }
}

impl Drop for Sealed {
    fn drop(&mut self) {
        for file in &self.0 {
            run("chattr", &["-i"], file);
        }
    }
}

fn run(program: &str, arguments: &[&str], path: &Path) -> bool {
    let output = Command::new(program).args(arguments).arg(path).output();
    output.is_ok_and(|output| output.status.success())
}
