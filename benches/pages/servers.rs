//! What is measured: the release server with somebody signed in.

use std::path::Path;

use crate::bare;
use crate::server::Server;

/// The real binary.
pub fn coinslot(folder: &Path) -> Server {
    Server::coinslot(folder, &[("STRIPE_WEBHOOK_SECRET", "whsec_of_the_bench")])
}

/// Registers somebody, who creates a server, and gives the cookie of the session.
pub fn register(server: &Server) -> String {
    let form = "email=ada%40example.com&password=correct+horse+battery&name=Ada";
    let answer = bare::answer(server, &post("/register", "", form));
    let cookie = answer.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("set-cookie").then(|| value.split(';').next())?
    });
    let cookie = cookie.expect("a session").to_owned();
    bare::answer(server, &post("/servers", &cookie, "name=Survival&game=Minecraft"));
    cookie
}

/// The page at `path`, without its head.
pub fn page(server: &Server, path: &str, cookie: &str) -> String {
    let answer = bare::answer(server, &request(path, cookie));
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    answer.split_once("\r\n\r\n").expect("a body").1.to_owned()
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
