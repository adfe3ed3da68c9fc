//! What is measured: the release server, and a bare route that does the least a receiver can do.

use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rocket::data::{Data, ToByteUnit as _};
use rocket::http::Status;
use rocket::request::{FromRequest, Outcome, Request};
use rocket::{post, routes};

use crate::events;

/// The argument by which this binary becomes the bare server.
pub const BARE: &str = "--bare-route";

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
            .env("STRIPE_WEBHOOK_SECRET", events::SECRET)
            .env("COINSLOT_LIMIT_WEBHOOK", "off")
            .env("COINSLOT_LIMIT_WEBHOOK_INVALID", "off")
            .env("RUST_LOG", "error");
        Self::start(command, folder)
    }

    /// The bare route, in this same binary.
    pub fn bare(folder: &Path) -> Self {
        let mut command = Command::new(std::env::current_exe().expect("the path of this binary"));
        command.arg(BARE);
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

    /// Resident memory in kilobytes.
    pub fn resident(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))
            .expect("the server runs");
        let line = status.lines().find(|line| line.starts_with("VmRSS")).expect("Linux says so");
        line.split_whitespace().nth(1).and_then(|number| number.parse().ok()).expect("a number")
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    listener.local_addr().expect("an address").port()
}

/// Serves the bare route until it is killed.
pub fn serve_bare() {
    let rocket = rocket::build()
        .configure(rocket::Config::figment().merge(("log_level", "off")))
        .mount(events::PATH, routes![receive]);
    if let Err(error) = rocket::execute(rocket.launch()) {
        panic!("{error}");
    }
}

/// Reads and verifies, and stores nothing.
#[post("/", data = "<body>")]
async fn receive(signature: Signature<'_>, body: Data<'_>) -> Result<&'static str, Status> {
    let body = body.open(1.mebibytes()).into_bytes().await.map_err(|_| Status::BadRequest)?;
    if !events::signed(signature.0, &body) {
        return Err(Status::BadRequest);
    }
    Ok(r#"{"received":true}"#)
}

struct Signature<'r>(&'r str);

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Signature<'r> {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, ()> {
        let header = request.headers().get_one("Stripe-Signature");
        Outcome::Success(Self(header.unwrap_or_default()))
    }
}
