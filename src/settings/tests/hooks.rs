//! `[[default.billing.hooks]]`.

use super::{lines, read, refused};

const GOOD: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

fn hook(lines: &str) -> String {
    format!("[[default.billing.hooks]]\n{lines}")
}

#[test]
fn a_hook_has_an_address_and_one_secret_or_several() {
    let toml = format!(
        "{}\n{}",
        hook(&format!("url = \"https://panel.example/hook\"\nsecret = \"{GOOD}\"")),
        hook(&format!(
            "url = \"http://127.0.0.1:9/h\"\nsecret = [\"{GOOD}\", \"{GOOD}\"]\n\
             allow_private = true\nevents = [\"account.dispute\"]"
        ))
    );
    let hooks = read(&toml, &[]).hooks;
    let shown = |hook: &super::super::Hook| {
        (hook.url.to_string(), hook.keys().len(), hook.events.len(), hook.allow_private)
    };
    assert_eq!(
        hooks.iter().map(shown).collect::<Vec<_>>(),
        [
            ("https://panel.example/hook".to_owned(), 1, 5, false),
            ("http://127.0.0.1:9/h".to_owned(), 2, 1, true),
        ]
    );
    assert!(!format!("{hooks:?}").contains("MfKQ9r8"), "a secret is never shown");
}

#[test]
fn a_wrong_hook_is_told_with_key_value_and_remedy_and_its_secret_hidden() {
    let with = |lines: &str| {
        let mut all = lines.to_owned();
        for (key, line) in [
            ("url", "url = \"https://panel.example/\""),
            ("secret", &format!("secret = \"{GOOD}\"")),
        ] {
            if !lines.contains(&format!("{key} =")) {
                all = format!("{all}\n{line}");
            }
        }
        hook(&all)
    };
    let table = [
        ("url = \"http://panel.example/\"", ["hooks[0].url", "http://panel.example/", "https"]),
        ("url = \"https://10.0.0.1/\"", ["hooks[0].url", "10.0.0.1", "allow_private"]),
        ("url = \"https://[::1]/\"", ["hooks[0].url", "::1", "allow_private"]),
        ("url = \"https://localhost/\"", ["hooks[0].url", "localhost", "allow_private"]),
        ("url = \"https://2130706433/\"", ["hooks[0].url", "2130706433", "allow_private"]),
        ("url = \"https://u:p@panel.example/\"", ["hooks[0].url", "…@panel.example", "leave user"]),
        ("url = \"ftp://panel.example/\"", ["hooks[0].url", "ftp://", "https://"]),
        ("url = \"panel\"", ["hooks[0].url", "panel", "https://panel.example/hook"]),
        ("secret = \"whsec_c2hvcnQ=\"", ["hooks[0].secret", "whsec_", "24 to 64"]),
        ("secret = \"verysecret\"", ["hooks[0].secret", "whsec_", "base64"]),
        ("secret = []", ["hooks[0].secret", "not set", "whsec_"]),
        ("events = [\"account.gone\"]", ["hooks[0].events", "account.gone", "account.dispute"]),
        ("allow_private = \"often\"", ["hooks[0].allow_private", "often", "true or false"]),
        ("ulr = \"x\"", ["hooks[0].ulr", "no such key", "url"]),
    ];
    for (lines_of_it, words) in table {
        let told = lines(&refused(&with(lines_of_it), &[]));
        assert_eq!(told.len(), 1, "{lines_of_it}: {told:?}");
        for word in words {
            assert!(told[0].contains(word), "{lines_of_it}: no `{word}` in {told:?}");
        }
        assert!(!told[0].contains("c2hvcnQ") && !told[0].contains("verysecret"), "{told:?}");
    }
    let twice = format!("{}\n{}", with(""), with(""));
    assert!(lines(&refused(&twice, &[]))[0].contains("hooks[1].url"));
    assert!(!lines(&refused("[default.billing]\nhooks = \"x\"", &[])).is_empty());
}
