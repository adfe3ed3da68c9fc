//! How fast pages are: the release server's, beside a bare Rocket route that answers the same bytes.
//!
//! The rounds alternate, so that a busy machine hurts both alike; judge by the ratios.
//! `COINSLOT_BENCH_REQUESTS` says how many requests a round has.

#[path = "../intake/client.rs"]
mod client;
#[path = "../intake/server.rs"]
mod server;
mod servers;

use std::time::Duration;

use client::Measured;

const PAGES: [&str; 2] = ["/billing", "/servers"];
/// That of the release server, so that the bare route has it, too.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const ROUNDS: usize = 3;
const CONNECTIONS: usize = 16;
const REQUESTS: usize = 20_000;
/// A round ends then, however many requests were sent.
const MOST: Duration = Duration::from_secs(6);

fn main() {
    if let Some(file) = servers::bare_page() {
        return servers::serve_bare(&file);
    }
    let count = std::env::var("COINSLOT_BENCH_REQUESTS").ok();
    let count = count.map_or(REQUESTS, |count| count.parse().expect("a number of requests"));
    let folder = tempfile::tempdir().expect("a folder");
    let panel = servers::coinslot(folder.path());
    let cookie = servers::register(&panel);
    println!("medians of {ROUNDS} rounds at C = {CONNECTIONS}");
    println!("{:<26}{:>10}{:>10}{:>10}{:>10}", "", "bytes", "pages/s", "p50", "p99");
    for page in PAGES {
        let html = servers::page(&panel, page, &cookie);
        let bare = servers::bare(folder.path(), &html);
        let asked = |path: &str| vec![servers::request(path, &cookie); count];
        let (mut ours, mut least) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            least.push(client::drive(bare.port, CONNECTIONS, asked("/"), MOST));
            ours.push(client::drive(panel.port, CONNECTIONS, asked(page), MOST));
        }
        let (least, ours) = (median(&mut least), median(&mut ours));
        row("bare route, same bytes", html.len(), &least);
        row(page, html.len(), &ours);
        let share = 100.0 * ours.per_second / least.per_second;
        let tail = ours.percentile(99.0).as_secs_f64() / ours.percentile(50.0).as_secs_f64();
        println!("{:>26}{share:>10.0}% of bare, p99/p50 {tail:.1}", "");
    }
}

fn row(name: &str, bytes: usize, run: &Measured) {
    let at = |percent| format!("{:.2} ms", run.percentile(percent).as_secs_f64() * 1_000.0);
    println!("{name:<26}{bytes:>10}{:>10.0}{:>10}{:>10}", run.per_second, at(50.0), at(99.0));
}

fn median(runs: &mut [Measured]) -> Measured {
    runs.sort_by(|one, other| one.per_second.total_cmp(&other.per_second));
    runs[runs.len() / 2].clone()
}
