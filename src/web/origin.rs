//! This site and no other: where a form may come from, and where an answer may lead on to.

use rocket::http::uri::Origin;
use rocket::outcome::Outcome;
use rocket::request::{FromRequest, Outcome as RequestOutcome, Request};

use super::error::Problem;
use super::guards::{billing, fail, header};

/// A request that changes something and was not sent by another site's page.
///
/// `Sec-Fetch-Site` decides, else `Origin`; a request with neither was made by no browser.
pub(crate) struct SameOrigin;

#[rocket::async_trait]
impl<'r> FromRequest<'r> for SameOrigin {
    type Error = Problem;

    async fn from_request(request: &'r Request<'_>) -> RequestOutcome<Self, Problem> {
        let own = match (header(request, "Sec-Fetch-Site"), header(request, "Origin")) {
            (Some(site), _) => site == "same-origin" || site == "none",
            (None, Some(origin)) => is_ours(request, origin),
            (None, None) => true,
        };
        let reads_only =
            matches!(request.method(), rocket::http::Method::Get | rocket::http::Method::Head);
        if own || reads_only {
            Outcome::Success(Self)
        } else {
            fail(request, Problem::cross_origin())
        }
    }
}

/// The origin of `public_url`, or of the very address the browser asked.
fn is_ours(request: &Request<'_>, origin: &str) -> bool {
    let public = billing(request).settings.origin();
    let asked = header(request, "Host");
    origin == public
        || asked.is_some_and(|host| {
            origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://")) == Some(host)
        })
}

/// `next`, if it stays on this site whatever a browser makes of it.
pub(crate) fn within_site(next: &str) -> Option<&str> {
    let own = next.starts_with('/') && !next.starts_with("//") && !next.contains('\\');
    (own && next.len() <= 2_000 && Origin::parse(next).is_ok()).then_some(next)
}

#[cfg(test)]
mod tests {
    use super::within_site;

    #[test]
    fn nobody_is_sent_to_another_site() {
        let table = [
            ("/billing", true),
            ("/billing?session_id=cs_1&look=2", true),
            ("/admin/accounts?q=a%20b", true),
            ("/", true),
            ("", false),
            ("billing", false),
            ("//evil.test", false),
            ("/\\evil.test", false),
            ("\\/evil.test", false),
            ("/a\\b", false),
            ("/\t/evil.test", false),
            ("/\n/evil.test", false),
            (" /billing", false),
            ("https://evil.test", false),
            ("javascript:alert(1)", false),
            ("/a b", false),
        ];
        for (next, stays) in table {
            assert_eq!(within_site(next).is_some(), stays, "{next:?}");
        }
    }
}
