//! `Server-Timing`: a page says where its time went.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Instant;

use rocket::http::Header;
use rocket::route::{Handler, Outcome};
use rocket::{Data, Request, Route};

use crate::timing::{Part, Spent};

/// Counts where each of `routes` spends its time.
pub(crate) fn timed(mut routes: Vec<Route>) -> Vec<Route> {
    for route in &mut routes {
        route.handler = Box::new(Timed(route.handler.clone()));
    }
    routes
}

#[derive(Clone)]
struct Timed(Box<dyn Handler>);

#[rocket::async_trait]
impl Handler for Timed {
    async fn handle<'r>(&self, request: &'r Request<'_>, data: Data<'r>) -> Outcome<'r> {
        spent(request).count(self.0.handle(request, data)).await
    }
}

/// What the request has spent so far, in milliseconds.
pub(crate) fn header(request: &Request<'_>, began: Instant) -> Header<'static> {
    let spent = spent(request);
    let parts = Part::ALL.map(|part| (part.as_str(), spent.on(part)));
    let mut entries = String::with_capacity(64);
    for (name, time) in parts.into_iter().chain([("total", began.elapsed())]) {
        let between = if entries.is_empty() { "" } else { ", " };
        let hundredths = time.as_micros() / 10;
        let (whole, rest) = (hundredths / 100, hundredths % 100);
        // A `String` takes whatever is written.
        let _ = write!(entries, "{between}{name};dur={whole}.{rest:02}");
    }
    Header::new("Server-Timing", entries)
}

fn spent<'r>(request: &'r Request<'_>) -> &'r Arc<Spent> {
    request.local_cache(Arc::<Spent>::default)
}
