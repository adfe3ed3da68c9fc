//! `[default.billing.mail]`.

use super::{lines, read, refused};

const FROM: (&str, &str) = ("COINSLOT_MAIL_FROM", "Coinslot <billing@panel.example>");

#[test]
fn mail_is_off_unless_it_is_configured() {
    assert!(read("", &[]).mail.is_none());
    let smtp = ("COINSLOT_SMTP_URL", "smtps://me:hunter2@mail.example");
    let mail = read("", &[smtp, FROM]).mail.expect("mail");
    assert_eq!(mail.from.email.to_string(), "billing@panel.example");
    assert!(mail.operator.is_none());
    let shown = format!("{:?}", read("", &[smtp, FROM]));
    assert!(!shown.contains("hunter2") && !shown.contains("billing@"), "{shown}");
    let operator = ("COINSLOT_MAIL_OPERATOR", "me@panel.example");
    assert!(read("", &[smtp, FROM, operator]).mail.expect("mail").operator.is_some());
}

#[test]
fn the_mail_server_has_an_address_that_keeps_its_password() {
    for good in [
        "smtp://mail.example",
        "smtp://127.0.0.1:2525",
        "smtp://me:pw@127.0.0.1:2525",
        "smtp://me:pw@localhost",
        "smtp://me:pw@mail.example:587?tls=required",
        "smtps://me:p%40w@mail.example:465/",
    ] {
        assert!(read("", &[("COINSLOT_SMTP_URL", good), FROM]).mail.is_some(), "{good}");
    }
    let table = [
        ("mail.example", "smtps://user:password@"),
        ("https://me:hunter2@mail.example", "https:// is not spoken"),
        ("smtps://", "host is missing"),
        ("smtps://me@mail.example", "a user needs a password"),
        ("smtps://:hunter2@mail.example", "a user needs a password"),
        ("smtp://me:hunter2@mail.example", "in the clear"),
        ("smtp://me:hunter2@mail.example?tls=opportunistic", "tls=opportunistic is not known"),
        ("smtps://me:hunter2@mail.example/inbox", "nothing follows mail.example"),
    ];
    for (wrong, word) in table {
        let told = lines(&refused("", &[("COINSLOT_SMTP_URL", wrong), FROM]));
        assert_eq!(told.len(), 1, "{wrong}: {told:?}");
        assert!(told[0].contains("billing.mail.smtp_url") && told[0].contains(word), "{told:?}");
        assert!(!told[0].contains("hunter2"), "{told:?}");
    }
}

#[test]
fn half_of_it_is_told_with_what_is_missing() {
    let smtp = ("COINSLOT_SMTP_URL", "smtps://me:hunter2@mail.example");
    let table = [
        (vec![smtp], ["billing.mail.from", "not set"]),
        (vec![FROM], ["billing.mail.smtp_url", "COINSLOT_SMTP_URL"]),
        (vec![("COINSLOT_MAIL_OPERATOR", "me@x.example")], ["smtp_url", "COINSLOT_SMTP_URL"]),
        (vec![smtp, ("COINSLOT_MAIL_FROM", "nobody")], ["nobody", "Coinslot <billing@"]),
        (vec![smtp, FROM, ("COINSLOT_MAIL_OPERATOR", "a@b\nc")], ["mail.operator", "you@"]),
    ];
    for (pairs, words) in table {
        let told = lines(&refused("", &pairs));
        assert_eq!(told.len(), 1, "{told:?}");
        for word in words {
            assert!(told[0].contains(word), "no `{word}` in {told:?}");
        }
    }
    let unknown = lines(&refused("[default.billing.mail]\nform = \"a@b.example\"", &[]));
    assert!(unknown.iter().any(|line| line.contains("billing.mail.from")), "{unknown:?}");
}
