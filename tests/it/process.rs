//! The real binary: what it says when it is set up wrongly, and what survives its death.

use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use coinslot::sandbox::{Delivery, Options, Sandbox};
use serde_json::{Value, json};

use crate::shop::{self, answer_of, free_port};
use crate::signing::header;

const SECRET: &str = "whsec_of_the_process";

/// A process that ends with its test.
pub struct Running {
    child: Child,
    pub port: u16,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Running {
    /// Asks it to end, as a service manager does, and waits until it has; it must do so in order.
    pub fn terminate(&mut self) {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args(["-TERM", &pid]).status().expect("kill is there");
        assert!(sent.success(), "the process is gone already");
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            if let Some(ended) = self.child.try_wait().expect("a state") {
                assert_eq!(ended.code(), Some(0), "it ended, but not in order");
                return;
            }
            assert!(Instant::now() < deadline, "it does not end");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Ends it without any notice, like `kill -9`.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub fn command(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_coinslot"));
    command.current_dir(folder).env_clear().env("RUST_LOG", "warn");
    command
}

/// Starts `command` as a server and waits until it answers.
pub fn serve(mut command: Command) -> Running {
    let port = free_port();
    command.env("ROCKET_PORT", port.to_string()).arg("serve").stdout(Stdio::null());
    let child = command.spawn().expect("the binary starts");
    let mut running = Running { child, port };
    let deadline = Instant::now() + Duration::from_secs(30);
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(Instant::now() < deadline, "it does not listen");
        assert!(running.child.try_wait().expect("a state").is_none(), "it ended");
        std::thread::sleep(Duration::from_millis(20));
    }
    running
}

fn run(folder: &Path, variables: &[(&str, &str)], arguments: &[&str]) -> Output {
    command(folder).envs(variables.iter().copied()).args(arguments).output().expect("it runs")
}

#[test]
fn a_wrong_configuration_stops_the_start_and_names_key_value_and_remedy() {
    type Row<'r> = (&'r [(&'r str, &'r str)], &'r [&'r str]);

    let folder = tempfile::tempdir().expect("a folder");
    let release = ("ROCKET_PROFILE", "release");
    let table: [Row<'_>; 6] = [
        (
            &[("COINSLOT_GRACE_PERIOD", "7 fortnights")],
            &["billing.grace_period", "7 fortnights", "7d"],
        ),
        (
            &[("STRIPE_PRICE_STARTER_MONTHLY", "same"), ("STRIPE_PRICE_GROWTH_MONTHLY", "same")],
            &[
                "STRIPE_PRICE_GROWTH_MONTHLY",
                "same",
                "STRIPE_PRICE_STARTER_MONTHLY",
                "a price of its own",
            ],
        ),
        (
            &[
                ("STRIPE_SECRET_KEY", "sk_live_verysecret"),
                ("STRIPE_API_BASE", "http://127.0.0.1:8001"),
            ],
            &["billing.stripe.api_base", "127.0.0.1:8001", "live"],
        ),
        (&[release], &["billing.stripe.secret_key", "not set", "STRIPE_SECRET_KEY", "sandbox"]),
        (&[("COINSLOT_OVER_QUOTA", "delete")], &["billing.over_quota", "delete", "freeze"]),
        (&[("STRIPE_SECRET_KEY", "hello_verysecret")], &["billing.stripe.secret_key", "sk_test_"]),
    ];
    for (variables, words) in table {
        for arguments in [&["serve"][..], &["check"], &[]] {
            let output = run(folder.path(), variables, arguments);
            let text = format!(
                "{}{}",
                String::from_utf8_lossy(&output.stdout),
                String::from_utf8_lossy(&output.stderr)
            );
            assert_eq!(output.status.code(), Some(1), "{variables:?} {arguments:?}: {text}");
            for word in words {
                assert!(text.contains(word), "{variables:?} {arguments:?}: no `{word}` in {text}");
            }
            assert!(!text.contains("verysecret"), "{text}");
        }
    }
}

#[test]
fn a_wrong_command_is_a_usage_error() {
    let folder = tempfile::tempdir().expect("a folder");
    assert_eq!(run(folder.path(), &[], &["fly"]).status.code(), Some(2));
    assert_eq!(
        run(folder.path(), &[], &["token", "create", "--scope", "panel"]).status.code(),
        Some(2)
    );
    assert_eq!(run(folder.path(), &[], &["account", "nobody"]).status.code(), Some(1));
}

#[rocket::async_test]
async fn what_was_answered_200_is_processed_after_kill_9() {
    let sandbox = Sandbox::start(Options {
        port: 0,
        secret_key: "sk_test_of_the_process".to_owned(),
        webhook_url: None,
        webhook_secret: SECRET.to_owned(),
        state_file: None,
        catalogue: shop::catalogue(),
        start_at: None,
        delivery: Delivery::Held,
    })
    .await
    .expect("a sandbox");
    let folder = tempfile::tempdir().expect("a folder");
    let configured = || {
        let mut command = command(folder.path());
        command
            .env("STRIPE_SECRET_KEY", "sk_test_of_the_process")
            .env("STRIPE_API_BASE", sandbox.base_url())
            .env("STRIPE_WEBHOOK_SECRET", SECRET);
        command
    };
    let made = configured()
        .args(["token", "create", "--name", "t", "--scope", "admin", "--json"])
        .output()
        .expect("it runs");
    let made: Value = serde_json::from_slice(&made.stdout).expect("JSON");
    let token = made["token"].as_str().expect("a token").to_owned();
    let client = shop::client();
    let call = |port: u16, method: &str, path: &str, body: Value| {
        let url = format!("http://127.0.0.1:{port}/api/v1{path}");
        let request = client.request(method.parse().expect("a method"), url).bearer_auth(&token);
        answer_of(if body.is_null() { request } else { request.json(&body) })
    };

    let mut first = serve(configured());
    call(first.port, "PUT", "/accounts/ada", json!({ "email": "ada@example.com" })).await.is(201);
    let begun = wait_for(|| async {
        let body = json!({ "plan": "starter", "interval": "month" });
        let answer = call(first.port, "POST", "/accounts/ada/checkout", body).await;
        (answer.status == 201).then(|| answer.json())
    })
    .await;
    let session = begun["session_id"].as_str().expect("a session");
    sandbox.pay_checkout(session, "4242424242424242").await.expect("it pays");

    let event = sandbox
        .pending_events()
        .into_iter()
        .find(|event| event["type"] == "invoice.paid")
        .expect("an event");
    let body = event.to_string().into_bytes();
    let delivered = client
        .post(format!("http://127.0.0.1:{}/api/billing/webhook", first.port))
        .header("Stripe-Signature", header(SECRET, sandbox.now(), &body))
        .body(body);
    answer_of(delivered).await.is(200);
    first.kill();

    let second = serve(configured());
    let quota = wait_for(|| async {
        let quota =
            call(second.port, "GET", "/accounts/ada/quota", Value::Null).await.is(200).json();
        (quota["limit"] == 3).then_some(quota)
    })
    .await;
    assert_eq!(quota["reason"], "subscription");
    wait_for(|| async {
        let done = call(second.port, "GET", "/events?status=done&limit=100", Value::Null).await;
        let done = done.is(200).json();
        let found = done["data"].as_array()?.iter().any(|done| done["id"] == event["id"]);
        found.then_some(())
    })
    .await;
}

/// Asks another process until it has an answer; the lease of a killed one lasts a minute.
pub async fn wait_for<T, F: Future<Output = Option<T>>>(ask: impl Fn() -> F) -> T {
    let deadline = Instant::now() + Duration::from_secs(90);
    loop {
        if let Some(found) = ask().await {
            return found;
        }
        assert!(Instant::now() < deadline, "it never came");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
