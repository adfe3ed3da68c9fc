//! A client that costs as little as it can: one thread, bare HTTP/1.1, kept connections.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use rocket::tokio;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// What a run showed.
#[derive(Clone)]
pub struct Measured {
    pub per_second: f64,
    /// Of every answered request, sorted.
    latencies: Vec<Duration>,
}

impl Measured {
    /// What requests that took so long each, together in `took`, come to.
    pub fn new(mut latencies: Vec<Duration>, took: Duration) -> Self {
        latencies.sort_unstable();
        #[expect(clippy::cast_precision_loss)]
        let per_second = latencies.len() as f64 / took.as_secs_f64();
        Self { per_second, latencies }
    }

    pub fn percentile(&self, percent: f64) -> Duration {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss
        )]
        let at = (self.latencies.len() as f64 * percent / 100.0) as usize;
        self.latencies[at.min(self.latencies.len() - 1)]
    }
}

/// Sends `requests` over `connections` kept connections and expects success for each; stops at `most`.
pub fn drive(port: u16, connections: usize, requests: Vec<Vec<u8>>, most: Duration) -> Measured {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()
        .expect("a runtime for the client");
    runtime.block_on(async {
        let requests = Arc::new(requests);
        let next = Arc::new(AtomicUsize::new(0));
        let mut open = Vec::new();
        for _ in 0..connections {
            let stream = TcpStream::connect(("127.0.0.1", port)).await.expect("a connection");
            stream.set_nodelay(true).expect("a socket");
            open.push(stream);
        }
        let began = Instant::now();
        let mut working = JoinSet::new();
        for stream in open {
            let (requests, next) = (Arc::clone(&requests), Arc::clone(&next));
            working.spawn(one_connection(stream, requests, next, began + most));
        }
        Measured::new(working.join_all().await.concat(), began.elapsed())
    })
}

async fn one_connection(
    mut stream: TcpStream,
    requests: Arc<Vec<Vec<u8>>>,
    next: Arc<AtomicUsize>,
    deadline: Instant,
) -> Vec<Duration> {
    let mut latencies = Vec::new();
    let mut buffer = vec![0; 65_536];
    while let Some(request) = requests.get(next.fetch_add(1, Ordering::Relaxed)) {
        let began = Instant::now();
        if began > deadline {
            break;
        }
        stream.write_all(request).await.expect("the server reads");
        let mut read = 0;
        while !is_whole(&buffer[..read]) {
            match stream.read(&mut buffer[read..]).await.expect("the server answers") {
                0 => panic!("the server hung up"),
                more => read += more,
            }
        }
        let head = String::from_utf8_lossy(&buffer[..read.min(40)]);
        assert!(head.starts_with("HTTP/1.1 20"), "{head}");
        latencies.push(began.elapsed());
    }
    latencies
}

/// Whether an answer's head and as much body as it announces have arrived.
fn is_whole(answer: &[u8]) -> bool {
    const END: &[u8] = b"\r\n\r\n";
    let Some(head) = answer.windows(END.len()).position(|window| window == END) else {
        return false;
    };
    let length = answer[..head].split(|byte| *byte == b'\n').find_map(|line| {
        let (name, value) = std::str::from_utf8(line).ok()?.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
    });
    answer.len() >= head + END.len() + length.unwrap_or(0)
}
