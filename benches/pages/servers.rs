//! What is measured: the release server with somebody signed in, and a route that only answers.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};

use rocket::response::content::RawHtml;
use rocket::{State, get, routes};

use crate::server::{BARE, Server};

/// The real binary.
pub fn coinslot(folder: &Path) -> Server {
    Server::coinslot(folder, &[("STRIPE_WEBHOOK_SECRET", "whsec_of_the_bench")])
}

/// A route that answers `html`, in this same binary.
pub fn bare(folder: &Path, html: &str) -> Server {
    let file = folder.join("page.html");
    std::fs::write(&file, html).expect("the page is written");
    Server::bare(folder, &[file.as_os_str()])
}

/// Registers somebody, who creates a server, and gives the cookie of the session.
pub fn register(server: &Server) -> String {
    let form = "email=ada%40example.com&password=correct+horse+battery&name=Ada";
    let answer = answer(server, &post("/register", "", form));
    let cookie = answer.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("set-cookie").then(|| value.split(';').next())?
    });
    let cookie = cookie.expect("a session").to_owned();
    self::answer(server, &post("/servers", &cookie, "name=Survival&game=Minecraft"));
    cookie
}

/// The page at `path`, without its head.
pub fn page(server: &Server, path: &str, cookie: &str) -> String {
    let answer = answer(server, &request(path, cookie));
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    answer.split_once("\r\n\r\n").expect("a body").1.to_owned()
}

fn answer(server: &Server, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", server.port)).expect("a connection");
    let request = String::from_utf8_lossy(request).replacen("\r\n", "\r\nConnection: close\r\n", 1);
    stream.write_all(request.as_bytes()).expect("the server reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("the server answers");
    answer
}

/// A request for a page, as a browser with a session sends it.
pub fn request(path: &str, cookie: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookie}\r\n\r\n").into_bytes()
}

fn post(path: &str, cookie: &str, form: &str) -> Vec<u8> {
    format!(
        "POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookie}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
        form.len()
    )
    .into_bytes()
}

/// The file this binary is to serve, where it is the bare server.
pub fn bare_page() -> Option<PathBuf> {
    std::env::args_os().skip_while(|argument| argument != BARE).nth(1).map(PathBuf::from)
}

/// Serves the page in `file` until it is killed.
pub fn serve_bare(file: &Path) {
    let html = std::fs::read_to_string(file).expect("the page can be read");
    let rocket = rocket::build()
        .configure(rocket::Config::figment().merge(("log_level", "off")))
        .manage(html)
        .mount("/", routes![answers]);
    if let Err(error) = rocket::execute(rocket.launch()) {
        panic!("{error}");
    }
}

#[get("/")]
fn answers(html: &State<String>) -> RawHtml<&str> {
    RawHtml(html.as_str())
}
