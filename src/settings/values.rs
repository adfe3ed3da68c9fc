//! What single values look like; the error of each says what to write.

use std::path::PathBuf;
use std::time::Duration;

use super::mount::Mount;
use url::Url;

/// What an upgrade address holds in place of the account's id.
pub(super) const ACCOUNT: &str = "{account}";

const DAY: u64 = 24 * 60 * 60;

/// A number with its unit, as in `90s`.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    const LONGEST: u64 = 3650 * DAY;
    let seconds = text.char_indices().next_back().and_then(|(end, unit)| {
        let unit = match unit {
            's' => 1,
            'm' => 60,
            'h' => 60 * 60,
            'd' => DAY,
            _ => return None,
        };
        let digits = text.get(..end).filter(|text| text.bytes().all(|b| b.is_ascii_digit()))?;
        digits.parse::<u64>().ok()?.checked_mul(unit)
    });
    match seconds {
        Some(seconds) if seconds <= LONGEST => Ok(Duration::from_secs(seconds)),
        Some(_) => Err("longer than 3650d".to_owned()),
        None => Err("not a duration; write 90s, 15m, 12h or 7d".to_owned()),
    }
}

/// Stripe counts trials in days and ends them after two years.
pub(super) fn trial_days(text: &str) -> Result<u32, String> {
    let seconds = duration(text)?.as_secs();
    let days = u32::try_from(seconds / DAY).ok().filter(|days| (1..=730).contains(days));
    days.filter(|_| seconds.is_multiple_of(DAY)).ok_or_else(|| {
        "Stripe takes whole days, 1d to 730d; leave the key out for no trial".to_owned()
    })
}

/// The address of a site: pages hang below its root.
pub(super) fn site(text: &str) -> Result<Url, String> {
    const REASON: &str = "write scheme, host and port only, such as https://panel.example.com";
    let url = web(text).ok_or(REASON)?;
    if url.path() == "/" && url.query().is_none() { Ok(url) } else { Err(REASON.to_owned()) }
}

pub(super) fn origin(text: &str) -> Result<String, String> {
    site(text).map(|url| url.origin().ascii_serialization())
}

pub(super) fn loopback(port: u16) -> Url {
    Url::parse(&format!("http://127.0.0.1:{port}")).expect("every port makes an address")
}

/// The address that API paths are appended to, without the last slash.
pub(super) fn api_base(text: &str) -> Result<String, String> {
    let url = web(text).filter(|url| url.query().is_none());
    url.map(|url| url.as_str().trim_end_matches('/').to_owned())
        .ok_or_else(|| "write an address such as https://api.stripe.com".to_owned())
}

pub(super) fn upgrade_url(text: &str) -> Result<String, String> {
    let filled = text.replace(ACCOUNT, "a");
    if web(&filled).is_some() && !filled.contains(['{', '}']) {
        return Ok(text.to_owned());
    }
    Err(format!("write an address such as https://shop.example.com/upgrade?for={ACCOUNT}"))
}

/// The path must be free: pages and the API have theirs.
pub(super) fn webhook_path(text: &str, mount: &Mount) -> Result<String, String> {
    const TAKEN: [&str; 14] = [
        "account",
        "admin",
        "billing",
        "join",
        "styleguide",
        "healthz",
        "login",
        "logout",
        "metrics",
        "readyz",
        "register",
        "servers",
        "static",
        "api/v1",
    ];
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.~/".contains(&b);
    let Some(path) = text.strip_prefix('/').filter(|path| path.bytes().all(plain)) else {
        return Err("write a path such as /api/billing/webhook".to_owned());
    };
    if path.split('/').any(|segment| matches!(segment, "" | "." | "..")) {
        return Err("write a path without empty segments, such as /api/billing/webhook".to_owned());
    }
    let below = |taken: &&str| {
        path.strip_prefix(taken).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    if mount.ours(text).is_some() {
        return Err("other pages are there; choose a path outside them".to_owned());
    }
    match TAKEN.iter().find(|taken| below(taken)) {
        Some(taken) => Err(format!("/{taken} has other pages; choose a path outside it")),
        None => Ok(text.to_owned()),
    }
}

pub(super) fn game(text: &str) -> Result<String, String> {
    let good = (1..=40).contains(&text.chars().count()) && !text.contains(char::is_control);
    good.then(|| text.to_owned()).ok_or_else(|| "write a name of 1 to 40 characters".to_owned())
}

/// A secret that fits into an `Authorization` header.
pub(super) fn token(text: &str) -> Result<secrecy::SecretString, String> {
    let good = !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic());
    good.then(|| text.into())
        .ok_or_else(|| "write printable ASCII characters without spaces".to_owned())
}

pub(super) fn database(text: &str) -> Result<PathBuf, String> {
    let file = !text.is_empty() && !text.contains("://") && !text.starts_with(':');
    if file && !text.starts_with("sqlite:") {
        return Ok(PathBuf::from(text));
    }
    Err("write the path of the SQLite file, such as coinslot.db".to_owned())
}

fn web(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let plain = matches!(url.scheme(), "http" | "https")
        && url.has_host()
        && url.username().is_empty()
        && url.password().is_none()
        && url.fragment().is_none();
    plain.then_some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_a_number_and_a_unit() {
        let table = [
            ("90s", Some(90)),
            ("15m", Some(900)),
            ("12h", Some(43_200)),
            ("7d", Some(604_800)),
            ("0s", Some(0)),
            ("3650d", Some(315_360_000)),
            ("3651d", None),
            ("18446744073709551615d", None),
            ("99999999999999999999s", None),
            ("7", None),
            ("d", None),
            ("", None),
            ("-7d", None),
            ("+7d", None),
            ("7 d", None),
            ("1d12h", None),
            ("7w", None),
            ("7ä", None),
        ];
        for (text, seconds) in table {
            assert_eq!(duration(text).ok(), seconds.map(Duration::from_secs), "{text}");
        }
    }

    #[test]
    fn a_trial_is_whole_days() {
        let table = [
            ("1d", Some(1)),
            ("48h", Some(2)),
            ("730d", Some(730)),
            ("731d", None),
            ("0s", None),
            ("36h", None),
            ("90s", None),
        ];
        for (text, days) in table {
            assert_eq!(trial_days(text).ok(), days, "{text}");
        }
    }

    #[test]
    fn a_site_is_an_origin_and_nothing_more() {
        let table = [
            ("https://Panel.Example.com", Some("https://panel.example.com")),
            ("https://panel.example.com/", Some("https://panel.example.com")),
            ("https://panel.example.com:443", Some("https://panel.example.com")),
            ("http://127.0.0.1:8000", Some("http://127.0.0.1:8000")),
            ("https://bücher.example", Some("https://xn--bcher-kva.example")),
            ("https://panel.example.com/billing", None),
            ("https://panel.example.com/?a", None),
            ("https://panel.example.com/#a", None),
            ("https://me:pw@panel.example.com", None),
            ("ftp://panel.example.com", None),
            ("panel.example.com", None),
            ("javascript:alert(1)", None),
            ("*", None),
            ("null", None),
        ];
        for (text, origin_of) in table {
            assert_eq!(origin(text).ok().as_deref(), origin_of, "{text}");
        }
    }

    #[test]
    fn the_webhook_has_a_path_of_its_own() {
        for text in ["/api/billing/webhook", "/hook", "/api/v1x", "/loginx"] {
            assert_eq!(webhook_path(text, &Mount::default()).as_deref(), Ok(text));
        }
        let wrong = [
            "",
            "/",
            "hook",
            "/hook/",
            "//hook",
            "/a/../b",
            "/a b",
            "/<id>",
            "/hook?x",
            "/login",
            "/api/v1/hook",
            "/billing/webhook",
            "/servers/hook",
        ];
        for text in wrong {
            assert!(webhook_path(text, &Mount::default()).is_err(), "{text}");
        }
    }

    #[test]
    fn an_upgrade_address_may_name_the_account() {
        let good = [
            "https://a.example/up",
            "https://a.example/{account}",
            "https://a.example/?a={account}",
        ];
        for text in good {
            assert_eq!(upgrade_url(text).as_deref(), Ok(text));
        }
        for text in ["/upgrade", "https://a.example/{acount}", "https://u:p@a.example/", ""] {
            assert!(upgrade_url(text).is_err(), "{text}");
        }
    }
}
