//! Conditional requests: an answer with the tag of its body.

use std::io::Cursor;

use rocket::http::{ContentType, Header, Status};
use rocket::request::Request;
use rocket::response::{self, Responder, Response};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::super::error::Problem;

/// A JSON answer that a caller who has it already is not sent again: 304 to its tag.
pub(super) struct Tagged<T>(pub(super) T);

impl<'r, T: Serialize> Responder<'r, 'static> for Tagged<T> {
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'static> {
        let Ok(body) = serde_json::to_string(&self.0) else {
            return Problem::internal().respond_to(request);
        };
        let tag = format!("\"{}\"", &hex::encode(Sha256::digest(body.as_bytes()))[..32]);
        let mut response = Response::build();
        response.header(Header::new("Cache-Control", "private, no-cache"));
        if request.headers().get("If-None-Match").any(|known| names(known, &tag)) {
            return response.status(Status::NotModified).header(Header::new("ETag", tag)).ok();
        }
        response
            .header(ContentType::JSON)
            .header(Header::new("ETag", tag))
            .sized_body(body.len(), Cursor::new(body))
            .ok()
    }
}

/// Whether the list `known` names `tag`; proxies may have weakened it on the way (RFC 9110, 13.1.2).
fn names(known: &str, tag: &str) -> bool {
    known.split(',').map(str::trim).any(|one| one == "*" || one.trim_start_matches("W/") == tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_found_in_any_list_that_names_it() {
        let table = [
            ("\"a\"", true),
            ("W/\"a\"", true),
            ("\"b\", \"a\"", true),
            ("*", true),
            ("\"b\"", false),
            ("a", false),
            ("", false),
            ("\"ab\"", false),
        ];
        for (known, found) in table {
            assert_eq!(names(known, "\"a\""), found, "{known}");
        }
    }
}
