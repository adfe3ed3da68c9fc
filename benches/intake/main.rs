//! How fast deliveries become durable: the release server under load, over loopback.
//!
//! Beside it in the same run: a bare route that stores nothing, and what the disk allows. The
//! rounds alternate, so that a busy machine hurts all of them alike; judge by the ratios.
//! `TMPDIR` chooses the disk.

mod client;
mod disk;
mod events;
mod server;
mod servers;

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use client::Measured;
use server::Server;

const ROUNDS: usize = 3;
/// Connections, and events sent over them in one round.
const LOADS: [(usize, usize); 3] = [(1, 3_000), (16, 20_000), (64, 40_000)];
/// A round ends then, however many events were sent.
const MOST: Duration = Duration::from_secs(6);
const COMMITTING: Duration = Duration::from_secs(2);
/// The run over which memory is watched.
const LONG_RUN: usize = 200_000;
const MOST_OF_LONG_RUN: Duration = Duration::from_secs(90);

fn main() {
    if std::env::args().any(|argument| argument == server::BARE) {
        return servers::serve_bare();
    }
    let folder = tempfile::tempdir().expect("a folder for the raw commits");
    let bare = Server::bare(folder.path(), &[]);
    let rows = events::requests(1_000);

    let mut commits = Vec::new();
    let mut stored: [Vec<Measured>; LOADS.len()] = Default::default();
    let mut read: [Vec<Measured>; LOADS.len()] = Default::default();
    for _ in 0..ROUNDS {
        for (at, (connections, count)) in LOADS.into_iter().enumerate() {
            let requests = events::requests(count);
            read[at].push(client::drive(bare.port, connections, requests, MOST));
            stored[at].push(fresh(connections, count));
            if connections == 1 {
                commits.push(disk::commits(folder.path(), &rows, COMMITTING));
            }
        }
    }
    let commits = median(&mut commits, |rate| *rate);
    println!("medians of {ROUNDS} rounds, {} bytes a request", rows[0].len());
    println!("{:<26}{:>4}{:>11}{:>10}{:>10}{:>10}", "", "C", "events/s", "p50", "p99", "p99.9");
    for (at, (connections, _)) in LOADS.into_iter().enumerate() {
        let bare = median(&mut read[at], |run| run.per_second);
        let durable = median(&mut stored[at], |run| run.per_second);
        row("bare route, nothing stored", connections, &bare);
        row("coinslot, durable", connections, &durable);
        let share = 100.0 * durable.per_second / bare.per_second;
        let tail = durable.percentile(99.0).as_secs_f64() / durable.percentile(50.0).as_secs_f64();
        let disk = 100.0 * durable.per_second / commits;
        println!("{:>30}{share:>10.0}% of bare, {disk:.0}% of commits, p99/p50 {tail:.1}", "");
    }
    println!("{:<30}{commits:>11.0}", "sqlx, one row a commit");
    drop(bare);
    memory();
}

/// Drives a server that ends with its round: what it left to its worker hurts nobody else's.
fn fresh(connections: usize, count: usize) -> Measured {
    let folder = tempfile::tempdir().expect("a folder for the database");
    let server = servers::coinslot(folder.path());
    client::drive(server.port, connections, events::requests(count), MOST)
}

/// Drives a fresh server for long and tells what memory it took.
fn memory() {
    const STEPS: u32 = 10;

    let folder = tempfile::tempdir().expect("a folder for the database");
    let server = servers::coinslot(folder.path());
    let start = servers::resident(&server);
    let (mut after, mut rates) = (Vec::new(), Vec::new());
    let ended = AtomicBool::new(false);
    let peak = std::thread::scope(|scope| {
        let watching = scope.spawn(|| {
            let mut peak = 0;
            while !ended.load(Ordering::Relaxed) {
                peak = peak.max(servers::resident(&server));
                std::thread::sleep(Duration::from_millis(20));
            }
            peak
        });
        for _ in 0..STEPS {
            let requests = events::requests(LONG_RUN / STEPS as usize);
            let most = MOST_OF_LONG_RUN / STEPS;
            rates.push(client::drive(server.port, 64, requests, most).per_second);
            after.push(servers::resident(&server));
        }
        ended.store(true, Ordering::Relaxed);
        watching.join().expect("it only watches")
    });
    let megabytes =
        |kilobytes: u64| format!("{}.{} MB", kilobytes / 1024, kilobytes % 1024 * 10 / 1024);
    let steps: Vec<String> = after.iter().map(|at| megabytes(*at)).collect();
    println!(
        "{LONG_RUN} events at C = 64: {:.0} to {:.0} events/s; resident at start {}, peak {}, after each tenth {}",
        rates.iter().copied().fold(f64::INFINITY, f64::min),
        rates.iter().copied().fold(0.0, f64::max),
        megabytes(start),
        megabytes(peak),
        steps.join(", "),
    );
    for name in ["coinslot.db", "coinslot.db-wal"] {
        let size = std::fs::metadata(folder.path().join(name)).map_or(0, |file| file.len());
        println!("{name}: {} MB", size / 1024 / 1024);
    }
}

fn row(name: &str, connections: usize, run: &Measured) {
    let at = |percent| format!("{:.2} ms", run.percentile(percent).as_secs_f64() * 1_000.0);
    println!(
        "{name:<26}{connections:>4}{:>11.0}{:>10}{:>10}{:>10}",
        run.per_second,
        at(50.0),
        at(99.0),
        at(99.9)
    );
}

fn median<T: Clone>(runs: &mut [T], key: impl Fn(&T) -> f64) -> T {
    runs.sort_by(|one, other| key(one).total_cmp(&key(other)));
    runs[runs.len() / 2].clone()
}
