//! What is measured: the release server, and a bare route that does the least a receiver can do.

use std::path::Path;

use rocket::data::{Data, ToByteUnit as _};
use rocket::http::Status;
use rocket::request::{FromRequest, Outcome, Request};
use rocket::{post, routes};

use crate::events;
use crate::server::Server;

/// The real binary, which takes as many deliveries as come.
pub fn coinslot(folder: &Path) -> Server {
    let settings = [
        ("STRIPE_WEBHOOK_SECRET", events::SECRET),
        ("COINSLOT_LIMIT_WEBHOOK", "off"),
        ("COINSLOT_LIMIT_WEBHOOK_INVALID", "off"),
    ];
    Server::coinslot(folder, &settings)
}

/// Resident memory in kilobytes.
pub fn resident(server: &Server) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.child.id()))
        .expect("the server runs");
    let line = status.lines().find(|line| line.starts_with("VmRSS")).expect("Linux says so");
    line.split_whitespace().nth(1).and_then(|number| number.parse().ok()).expect("a number")
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
