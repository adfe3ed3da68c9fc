//! The release server as a panel next door calls it.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::bare;
use crate::server::Server;

/// The real binary with its accounts and a token.
pub struct Neighbour {
    pub server: Server,
    token: String,
    accounts: usize,
    /// Claims so far: each server has an id of its own.
    claimed: usize,
}

impl Neighbour {
    /// A server with `accounts` that have one server each, and room for as many as are claimed.
    pub fn open(folder: &Path, accounts: usize) -> Self {
        std::fs::create_dir(folder).expect("a folder of its own");
        let token = token(folder);
        let settings = [
            ("STRIPE_WEBHOOK_SECRET", "whsec_of_the_bench"),
            ("COINSLOT_LIMIT_API", "off"),
            ("COINSLOT_FREE_SERVERS", "10000"),
        ];
        let server = Server::coinslot(folder, &settings);
        let neighbour = Self { server, token, accounts, claimed: 0 };
        for account in 0..accounts {
            let path = account_path(account);
            neighbour.answer(&neighbour.request("PUT", &path, r#"{"email":"ada@example.com"}"#));
            neighbour.answer(&neighbour.request("PUT", &format!("{path}/servers/first"), "{}"));
        }
        neighbour
    }

    /// What a quota read answers, without its head.
    pub fn quota(&self) -> String {
        self.answer(&self.read(0))
    }

    /// Quota reads, an account after the other.
    pub fn reads(&self, count: usize) -> Vec<Vec<u8>> {
        (0..count).map(|at| self.read(at % self.accounts)).collect()
    }

    fn read(&self, account: usize) -> Vec<u8> {
        self.request("GET", &format!("{}/quota", account_path(account)), "")
    }

    /// Claims of servers that nobody has yet, an account after the other.
    pub fn claims(&mut self, count: usize) -> Vec<Vec<u8>> {
        let first = self.claimed;
        self.claimed += count;
        let claim = |at: usize| {
            let path = format!("{}/servers/srv_{at}", account_path(at % self.accounts));
            self.request("PUT", &path, r#"{"name":"Survival"}"#)
        };
        (first..self.claimed).map(claim).collect()
    }

    fn request(&self, method: &str, path: &str, body: &str) -> Vec<u8> {
        format!(
            "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.token,
            body.len()
        )
        .into_bytes()
    }

    fn answer(&self, request: &[u8]) -> String {
        let answer = bare::answer(&self.server, request);
        assert!(answer.starts_with("HTTP/1.1 20"), "{answer}");
        answer.split_once("\r\n\r\n").expect("a body").1.to_owned()
    }
}

/// All of one length, so that their answers are, too.
fn account_path(account: usize) -> String {
    format!("/api/v1/accounts/acc_{account:05}")
}

fn token(folder: &Path) -> String {
    let made = Command::new(env!("CARGO_BIN_EXE_coinslot"))
        .args(["token", "create", "--name", "bench", "--scope", "panel", "--json"])
        .current_dir(folder)
        .env("COINSLOT_DATABASE", folder.join("coinslot.db"))
        .env("STRIPE_SECRET_KEY", "sk_test_x")
        .output()
        .expect("the command runs");
    let made: Value = serde_json::from_slice(&made.stdout).expect("a token");
    made["token"].as_str().expect("its secret").to_owned()
}

pub fn bare_request() -> Vec<u8> {
    b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".to_vec()
}
