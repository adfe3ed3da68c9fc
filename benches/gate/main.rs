//! How fast the gate is: claims over HTTP and in process, and quota reads beside a bare Rocket route
//! that answers the same bytes.
//!
//! Over HTTP it is the release server and `PUT …/servers/{server}`, in process a Rocket host whose
//! route has a `ServerSlot` and claims it, through Rocket's local client: routing, guards and the
//! claim, no socket. Each claim takes a slot of its own and is on disk when it is answered. What the
//! disk allows stands below: one row a commit. The rounds alternate, so that a busy machine hurts all
//! alike; judge by the ratios. `COINSLOT_BENCH_REQUESTS` says how many requests a round has, `TMPDIR`
//! chooses the disk.

#[path = "../intake/client.rs"]
mod client;
#[path = "../intake/disk.rs"]
mod disk;
mod host;
mod neighbour;
#[path = "../intake/server.rs"]
mod server;

use std::time::Duration;

use client::Measured;
use host::Host;
use neighbour::Neighbour;

/// That of the release server, so that the bare route has it, too.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const ROUNDS: usize = 3;
/// Connections, or callers in process.
const LOADS: [usize; 3] = [1, 16, 64];
const REQUESTS: usize = 20_000;
/// Accounts that take turns, so that none becomes a crowd of servers.
const ACCOUNTS: usize = 512;
/// A round ends then, however many requests were sent.
const MOST: Duration = Duration::from_secs(4);
/// About as long as the row of a claim.
const ROW_BYTES: usize = 80;

/// What is measured of one load.
#[derive(Default)]
struct Rounds {
    bare: Vec<Measured>,
    quota: Vec<Measured>,
    http: Vec<Measured>,
    host: Vec<Measured>,
}

fn main() {
    if let Some(file) = neighbour::bare_answer() {
        return neighbour::serve_bare(&file);
    }
    let count = std::env::var("COINSLOT_BENCH_REQUESTS").ok();
    let count = count.map_or(REQUESTS, |count| count.parse().expect("a number of requests"));
    let folder = tempfile::tempdir().expect("a folder");
    let mut neighbour = Neighbour::open(&folder.path().join("neighbour"), ACCOUNTS);
    let mut host = Host::open(&folder.path().join("host"), ACCOUNTS);
    let answer = neighbour.quota();
    let bare = neighbour::bare(folder.path(), &answer);
    let (rows, mut commits) = (vec![vec![7; ROW_BYTES]; 100], Vec::new());

    let mut loads = LOADS.map(|_| Rounds::default());
    for _ in 0..ROUNDS {
        for (connections, rounds) in LOADS.into_iter().zip(&mut loads) {
            let (port, least) = (neighbour.server.port, vec![neighbour::bare_request(); count]);
            rounds.bare.push(client::drive(bare.port, connections, least, MOST));
            rounds.quota.push(client::drive(port, connections, neighbour.reads(count), MOST));
            rounds.http.push(client::drive(port, connections, neighbour.claims(count), MOST));
            rounds.host.push(host.drive(connections, count, MOST));
        }
        commits.push(disk::commits(folder.path(), &rows, MOST / 4));
    }
    commits.sort_by(f64::total_cmp);
    let commits = commits[commits.len() / 2];

    println!("medians of {ROUNDS} rounds, {} bytes a quota, {ACCOUNTS} accounts", answer.len());
    println!("{:<30}{:>4}{:>12}{:>10}{:>10}", "", "C", "requests/s", "p50", "p99");
    for (connections, rounds) in LOADS.into_iter().zip(&mut loads) {
        let (bare, quota) = (median(&mut rounds.bare), median(&mut rounds.quota));
        row("bare route, same bytes", connections, &bare);
        row("quota read", connections, &quota);
        println!("{:>34}{:>11.0}% of bare", "", 100.0 * quota.per_second / bare.per_second);
        for (name, runs) in
            [("claim over HTTP", &mut rounds.http), ("claim in process", &mut rounds.host)]
        {
            let claims = median(runs);
            row(name, connections, &claims);
            println!("{:>34}{:>11.0}% of commits", "", 100.0 * claims.per_second / commits);
        }
    }
    println!("{:<34}{commits:>12.0}", "sqlx, one row a commit");
}

fn row(name: &str, connections: usize, run: &Measured) {
    let at = |percent| format!("{:.2} ms", run.percentile(percent).as_secs_f64() * 1_000.0);
    println!("{name:<30}{connections:>4}{:>12.0}{:>10}{:>10}", run.per_second, at(50.0), at(99.0));
}

fn median(runs: &mut [Measured]) -> Measured {
    runs.sort_by(|one, other| one.per_second.total_cmp(&other.per_second));
    runs[runs.len() / 2].clone()
}
