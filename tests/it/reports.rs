//! Reports to Sentry, from the real binary.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use crate::process;

#[test]
fn an_error_line_is_reported_and_no_key_with_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let dsn = format!("http://public@{}/7", listener.local_addr().expect("an address"));
    let mut command = process::command(folder.path());
    command
        .env("SENTRY_DSN", dsn)
        .env("STRIPE_SECRET_KEY", "sk_test_verysecret")
        .env("STRIPE_API_BASE", "http://127.0.0.1:9");
    let _panel = process::serve(command);
    let (mut stream, _) = listener.accept().expect("a report");
    let (mut report, mut part) = (String::new(), [0; 4_096]);
    while !report.contains("no webhook secret is configured") {
        let length = stream.read(&mut part).expect("it is readable");
        assert!(length > 0, "another report: {report}");
        report.push_str(&String::from_utf8_lossy(&part[..length]));
    }
    let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}");
    assert!(report.contains("coinslot::stage") && report.contains("STRIPE_WEBHOOK_SECRET"));
    for word in ["verysecret", "server_name", "\"user\"", "\"request\"", "breadcrumbs"] {
        assert!(!report.contains(word), "{word} is in {report}");
    }
}

#[test]
fn a_wrong_dsn_stops_the_start_and_a_command_does_not_read_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = |argument: &str| {
        let mut command = process::command(folder.path());
        command.env("SENTRY_DSN", "verysecret").arg(argument).output().expect("it runs")
    };
    let served = run("serve");
    let told = String::from_utf8_lossy(&served.stderr).into_owned();
    assert_eq!(served.status.code(), Some(1), "{told}");
    assert!(told.contains("SENTRY_DSN: no DSN; write https://key@host/project"), "{told}");
    assert!(!told.contains("verysecret"), "{told}");
    assert_eq!(run("openapi").status.code(), Some(0));
}
