//! A route of Rocket's that only answers, in the bench's own binary, and how it stands beside it.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};

use rocket::http::ContentType;
use rocket::{State, get, routes};

use crate::client::Measured;
use crate::server::{BARE, Server};

/// A server of nothing but `answer`.
pub fn serving(folder: &Path, answer: &str) -> Server {
    let file = folder.join("answer");
    std::fs::write(&file, answer).expect("the answer is written");
    Server::bare(folder, &[file.as_os_str()])
}

/// The file this binary is to serve, where it is the bare server.
pub fn file() -> Option<PathBuf> {
    std::env::args_os().skip_while(|argument| argument != BARE).nth(1).map(PathBuf::from)
}

/// Serves what is in `file` until it is killed.
pub fn serve(file: &Path, kind: ContentType) {
    let answer = std::fs::read_to_string(file).expect("the answer can be read");
    let rocket = rocket::build()
        .configure(rocket::Config::figment().merge(("log_level", "off")))
        .manage(Served { kind, answer })
        .mount("/", routes![answers]);
    if let Err(error) = rocket::execute(rocket.launch()) {
        panic!("{error}");
    }
}

struct Served {
    kind: ContentType,
    answer: String,
}

#[get("/")]
fn answers(served: &State<Served>) -> (ContentType, &str) {
    (served.kind.clone(), &served.answer)
}

/// What a server answers to one request, on a connection of its own.
pub fn answer(server: &Server, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", server.port)).expect("a connection");
    let request = String::from_utf8_lossy(request);
    let last = request.replacen("\r\n", "\r\nConnection: close\r\n", 1);
    stream.write_all(last.as_bytes()).expect("the server reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("the server answers");
    answer
}

/// How many a second, and how long they took.
pub fn numbers(run: &Measured) -> String {
    let at = |percent| format!("{:.2} ms", run.percentile(percent).as_secs_f64() * 1_000.0);
    format!("{:>10.0}{:>10}{:>10}", run.per_second, at(50.0), at(99.0))
}

pub fn median(runs: &mut [Measured]) -> Measured {
    runs.sort_by(|one, other| one.per_second.total_cmp(&other.per_second));
    runs[runs.len() / 2].clone()
}
