//! What a browser says of itself, in the words its owner knows it by.

use crate::web::pages::parts::Sentence;
use crate::web::text::t;

/// What pages say for a stored [`name`].
pub(super) fn said(name: &str) -> Sentence {
    let browser = |name: &str| match name {
        UNKNOWN => t!("device-browser"),
        name => name.into(),
    };
    match name.split_once(ON) {
        Some((name, system)) => t!("device-on", browser = browser(name), system = system),
        None => browser(name),
    }
}

/// Such as `Firefox on Windows`; `None` for what is no browser we know.
pub(super) fn name(agent: &str) -> Option<String> {
    let found = |table: &[(&str, &'static str)]| {
        table.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name)
    };
    let browser = found(&BROWSERS)?;
    Some(match found(&SYSTEMS) {
        Some(system) => format!("{browser}{ON}{system}"),
        None => browser.to_owned(),
    })
}

const ON: &str = " on ";
const UNKNOWN: &str = "A browser";

/// Browsers name those they descend from, so the youngest comes first.
const BROWSERS: [(&str, &str); 9] = [
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("Mozilla/", UNKNOWN),
];

const SYSTEMS: [(&str, &str); 7] = [
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Macintosh", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
];

#[cfg(test)]
mod tests {
    use super::{name, said};
    use crate::web::text::Language;

    #[test]
    fn what_was_stored_is_said_in_the_language_of_the_page() {
        let table = [
            ("Firefox on Windows", "Firefox auf Windows"),
            ("A browser on Linux", "Ein Browser auf Linux"),
            ("A browser", "Ein Browser"),
            ("Edge", "Edge"),
        ];
        for (stored, german) in table {
            assert_eq!(said(stored).said_in(Language::English), stored);
            assert_eq!(said(stored).said_in(Language::German), german);
        }
    }

    #[test]
    fn a_browser_is_known_by_its_name_and_its_system() {
        let table = [
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0",
                Some("Firefox on Windows"),
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
                 Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0",
                Some("Edge on Windows"),
            ),
            (
                "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) \
                 Chrome/140.0.0.0 Mobile Safari/537.36",
                Some("Chrome on Android"),
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 \
                 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1",
                Some("Safari on iPhone"),
            ),
            ("Mozilla/5.0 (Plan 9)", Some("A browser")),
            ("curl/8.14", None),
            ("", None),
        ];
        for (agent, device) in table {
            assert_eq!(name(agent).as_deref(), device, "{agent}");
        }
    }
}
