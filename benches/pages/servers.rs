//! What is measured: the release server with somebody signed in, and a route that only answers.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rocket::response::content::RawHtml;
use rocket::{State, get, routes};

/// The argument by which this binary becomes the bare server of a file.
const BARE: &str = "--bare-route";

/// A server in a process of its own, which ends with this value.
pub struct Server {
    child: Child,
    pub port: u16,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    /// The real binary, with its database in `folder` and no Stripe to be reached.
    pub fn coinslot(folder: &Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_coinslot"));
        command
            .arg("serve")
            .env("COINSLOT_DATABASE", folder.join("coinslot.db"))
            .env("STRIPE_SECRET_KEY", "sk_test_x")
            .env("STRIPE_API_BASE", format!("http://127.0.0.1:{}", free_port()))
            .env("STRIPE_WEBHOOK_SECRET", "whsec_of_the_bench")
            .env("RUST_LOG", "error");
        Self::start(command, folder)
    }

    /// A route that answers `html`, in this same binary.
    pub fn bare(folder: &Path, html: &str) -> Self {
        let file = folder.join("page.html");
        std::fs::write(&file, html).expect("the page is written");
        let mut command = Command::new(std::env::current_exe().expect("the path of this binary"));
        command.arg(BARE).arg(file);
        Self::start(command, folder)
    }

    fn start(mut command: Command, folder: &Path) -> Self {
        let port = free_port();
        command
            .current_dir(folder)
            .env("ROCKET_PROFILE", "release")
            .env("ROCKET_PORT", port.to_string())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let child = command.spawn().expect("the server starts");
        let mut server = Self { child, port };
        let deadline = Instant::now() + Duration::from_secs(20);
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(Instant::now() < deadline, "the server does not listen");
            assert!(server.child.try_wait().expect("a state").is_none(), "the server ended");
            std::thread::sleep(Duration::from_millis(20));
        }
        server
    }

    /// Registers somebody, who creates a server, and gives the cookie of the session.
    pub fn registers(&self) -> String {
        let form = "email=ada%40example.com&password=correct+horse+battery&name=Ada";
        let answer = self.answer(&post("/register", "", form));
        let cookie = answer.lines().find_map(|line| {
            let (name, value) = line.split_once(": ")?;
            name.eq_ignore_ascii_case("set-cookie").then(|| value.split(';').next())?
        });
        let cookie = cookie.expect("a session").to_owned();
        self.answer(&post("/servers", &cookie, "name=Survival&game=Minecraft"));
        cookie
    }

    /// The page at `path`, without its head.
    pub fn page(&self, path: &str, cookie: &str) -> String {
        let answer = self.answer(&request(path, cookie));
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        answer.split_once("\r\n\r\n").expect("a body").1.to_owned()
    }

    fn answer(&self, request: &[u8]) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).expect("a connection");
        let request =
            String::from_utf8_lossy(request).replacen("\r\n", "\r\nConnection: close\r\n", 1);
        stream.write_all(request.as_bytes()).expect("the server reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("the server answers");
        answer
    }
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

fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    listener.local_addr().expect("an address").port()
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
        .mount("/", routes![page]);
    if let Err(error) = rocket::execute(rocket.launch()) {
        panic!("{error}");
    }
}

#[get("/")]
fn page(html: &State<String>) -> RawHtml<&str> {
    RawHtml(html.as_str())
}
