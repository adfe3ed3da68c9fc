//! Death at any moment under load, asked for or not, and a fault between any two steps: what was
//! answered 200 is processed, once.
//!
//! `COINSLOT_KILL_ROUNDS` says how often the real process is killed (5).

use std::collections::{BTreeSet, HashSet};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use coinslot::sandbox::{Delivery, Options, Sandbox};
use serde_json::{Value, json};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{Connection as _, Row as _};

use crate::process::{Running, command, serve};
use crate::shop::{self, HOUR, Shop, answer_of};
use crate::signing::header;

const KEY: &str = "sk_test_of_the_kills";
const SECRET: &str = "whsec_of_the_kills";
const ACCOUNTS: [&str; 3] = ["ada", "bob", "cleo"];
/// Each sends one event after the other.
const CONNECTIONS: usize = 6;

#[rocket::async_test(flavor = "multi_thread")]
async fn what_was_answered_200_survives_kill_9_under_load_and_takes_effect_once() {
    let rounds = std::env::var("COINSLOT_KILL_ROUNDS").ok();
    let rounds: u32 = rounds.map_or(5, |text| text.parse().expect("a number"));
    let house = House::build().await;
    let mut process = serve(house.configured());
    let customers = house.open_accounts(&process).await;
    let load = Load { numbers: AtomicUsize::default(), customers: &customers, house: &house };
    let mut acknowledged = HashSet::new();
    house.sandbox.clear_requests();
    for round in 0..rounds {
        let plan = ["starter", "growth", "network"][round as usize % 3];
        house.everyone_is_moved_to(plan);
        let of_round = load.until_ended(process, Running::kill, moment(round)).await;
        // A process that dies at once may have heard of one account and not of the others.
        let told: BTreeSet<&str> = of_round.iter().map(|id| account_of(id)).collect();
        assert!(!told.is_empty(), "round {round}: it died before anything was answered");
        acknowledged.extend(of_round);
        process = serve(house.configured());
        house.settles(&acknowledged).await;
        for account in told {
            let quota = house.call(&process, "GET", &format!("/accounts/{account}/quota")).await;
            assert_eq!(quota["plan"], plan, "round {round}: {quota}");
        }
    }
    assert!(acknowledged.len() >= rounds as usize, "hardly any load: {}", acknowledged.len());
    let written = house.sandbox.requests().into_iter().filter(|request| request.method != "GET");
    assert_eq!(written.count(), 0, "an event made us change something at Stripe");
    assert_eq!(house.sandbox.ids("subscription").len(), ACCOUNTS.len());
}

#[rocket::async_test(flavor = "multi_thread")]
async fn sigterm_under_load_loses_nothing_and_leaves_nothing_half_done() {
    const ROUNDS: u32 = 4;
    let house = House::build().await;
    let mut process = serve(house.configured());
    let customers = house.open_accounts(&process).await;
    let load = Load { numbers: AtomicUsize::default(), customers: &customers, house: &house };
    let mut acknowledged = HashSet::new();
    for round in 0..ROUNDS {
        let ended = load.until_ended(process, Running::terminate, moment(round)).await;
        acknowledged.extend(ended);
        let mut conn = open(&house.folder.path().join("coinslot.db")).await;
        let half = "SELECT count(*) FROM inbox_events WHERE status = 'processing'";
        let half: i64 = sqlx::query(half).fetch_one(&mut conn).await.expect("a row").get(0);
        assert_eq!(half, 0, "round {round}: what was begun is finished");
        conn.close().await.expect("a close");
        process = serve(house.configured());
        house.settles(&acknowledged).await;
    }
    assert!(acknowledged.len() >= ROUNDS as usize, "hardly any load: {}", acknowledged.len());
}

/// A fault is planted between any two steps of filing and processing; each time nothing is lost.
#[rocket::async_test]
async fn a_fault_between_any_two_steps_loses_nothing() {
    let steps = [
        ("before filing", "INSERT ON inbox_events"),
        ("before marking the customer", "UPDATE OF dirty ON accounts"),
        ("before the lease", "UPDATE OF lease_until ON inbox_events"),
        ("before the sync's ticket", "UPDATE OF sync_begun ON accounts"),
        ("before its claim to store", "UPDATE OF sync_applied ON accounts"),
        ("before the facts", "INSERT ON subscriptions"),
        ("before the end", "UPDATE OF done_at ON inbox_events"),
    ];
    let shop = Shop::open().await;
    let api = shop.api("admin").await;
    for (number, (name, place)) in steps.into_iter().enumerate() {
        let account = api.account(&format!("account-{number}")).await;
        api.buys(&shop, &account, "starter", "month").await;
        shop.sandbox.reorder_pending(|pending| pending.retain(|it| it.kind == "invoice.paid"));
        let mut conn = open(&shop.folder.path().join("coinslot.db")).await;
        let planted = format!(
            "CREATE TRIGGER planted BEFORE {place} BEGIN SELECT RAISE (ABORT, 'planted'); END"
        );
        execute(&mut conn, planted).await;
        let event = shop.sandbox.pending_events().pop().expect("an event");
        let status = shop.deliver(&event).await.status;
        shop.work().await;
        let list = |status: &str| format!("/events?limit=100&status={status}");
        let done = api.get(&list("done")).await.is(200).json();
        let is_done = |done: &Value| {
            done["data"].as_array().expect("a list").iter().any(|it| it["id"] == event["id"])
        };
        assert!(!is_done(&done), "{name}: the fault was never met");
        assert_eq!(status, if number < 2 { 503 } else { 200 }, "{name}");
        execute(&mut conn, "DROP TRIGGER planted".to_owned()).await;

        if status == 503 {
            shop.deliver(&event).await.is(200);
        }
        shop.advance(HOUR).await;
        shop.work().await;
        assert!(is_done(&api.get(&list("done")).await.is(200).json()), "{name}: never done");
        assert_eq!(api.quota(&account).await["limit"], 3, "{name}");
        shop.sandbox.reorder_pending(Vec::clear);
    }
}

/// A sandbox, a folder with the database, and the processes that come and go on it.
struct House {
    sandbox: Sandbox,
    folder: tempfile::TempDir,
    client: reqwest::Client,
    token: String,
}

impl House {
    async fn build() -> Self {
        let sandbox = Sandbox::start(Options {
            port: 0,
            secret_key: KEY.to_owned(),
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
        let mut house = Self { sandbox, folder, client: shop::client(), token: String::new() };
        let made = house
            .configured()
            .args(["token", "create", "--name", "t", "--scope", "admin", "--json"])
            .output()
            .expect("it runs");
        let made: Value = serde_json::from_slice(&made.stdout).expect("JSON");
        made["token"].as_str().expect("a token").clone_into(&mut house.token);
        house
    }

    fn configured(&self) -> std::process::Command {
        let mut command = command(self.folder.path());
        command
            .env("RUST_LOG", "off")
            .env("STRIPE_SECRET_KEY", KEY)
            .env("STRIPE_API_BASE", self.sandbox.base_url())
            .env("STRIPE_WEBHOOK_SECRET", SECRET)
            .env("COINSLOT_LIMIT_WEBHOOK", "off");
        command
    }

    /// Every account buys Starter; their customers, in order.
    async fn open_accounts(&self, process: &Running) -> Vec<String> {
        let mut customers = Vec::new();
        for account in ACCOUNTS {
            let path = format!("/accounts/{account}");
            let body = json!({ "email": format!("{account}@example.com") });
            self.send(process, "PUT", &path, body).await;
            let wish = json!({ "plan": "starter", "interval": "month" });
            let till = format!("{path}/checkout");
            let session = loop {
                // The catalogue is read while the process starts.
                let begun = self.send(process, "POST", &till, wish.clone()).await;
                if let Some(session) = begun["session_id"].as_str() {
                    break session.to_owned();
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            };
            self.sandbox.pay_checkout(&session, "4242424242424242").await.expect("it pays");
            let account = self.call(process, "GET", &path).await;
            customers.push(account["stripe_customer_id"].as_str().expect("a customer").to_owned());
        }
        customers
    }

    fn everyone_is_moved_to(&self, plan: &str) {
        for subscription in self.sandbox.ids("subscription") {
            let items = vec![(format!("price_{plan}_monthly"), 1)];
            self.sandbox.set_subscription_items(&subscription, items).expect("a price");
        }
    }

    /// Waits until nothing in the inbox waits; then each of `acknowledged` is there and done.
    async fn settles(&self, acknowledged: &HashSet<String>) {
        let mut conn = open(&self.folder.path().join("coinslot.db")).await;
        let deadline = Instant::now() + Duration::from_mins(2);
        loop {
            let rows = sqlx::query("SELECT event_id, status FROM inbox_events")
                .fetch_all(&mut conn)
                .await
                .expect("the inbox");
            let events: Vec<(String, String)> =
                rows.iter().map(|row| (row.get("event_id"), row.get("status"))).collect();
            let done: HashSet<&String> =
                events.iter().filter(|(_, status)| status == "done").map(|(id, _)| id).collect();
            let over = |status: &String| status == "done" || status == "ignored";
            let waiting = events.iter().filter(|(_, status)| !over(status)).count();
            if waiting == 0 {
                let lost: Vec<_> = acknowledged.iter().filter(|id| !done.contains(id)).collect();
                assert!(lost.is_empty(), "answered 200 and not there: {lost:?}");
                return;
            }
            let stuck = events.iter().filter(|(_, status)| !over(status)).take(5);
            let stuck: Vec<_> = stuck.collect();
            assert!(Instant::now() < deadline, "{waiting} events are never done: {stuck:?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn call(&self, process: &Running, method: &str, path: &str) -> Value {
        self.send(process, method, path, Value::Null).await
    }

    async fn send(&self, process: &Running, method: &str, path: &str, body: Value) -> Value {
        let url = format!("http://127.0.0.1:{}/api/v1{path}", process.port);
        let method = method.parse().expect("a method");
        let request = self.client.request(method, url).bearer_auth(&self.token);
        let request = if body.is_null() { request } else { request.json(&body) };
        answer_of(request).await.json()
    }
}

/// Signed events that follow one another on several connections.
struct Load<'h> {
    numbers: AtomicUsize,
    customers: &'h [String],
    house: &'h House,
}

impl Load<'_> {
    /// Sends until `process` came to its `end`, which begins `after` the first answer; tells what
    /// was answered 200.
    async fn until_ended(
        &self,
        mut process: Running,
        end: fn(&mut Running),
        after: Duration,
    ) -> Vec<String> {
        let (port, over) = (process.port, AtomicBool::new(false));
        let (first, answered) = tokio::sync::watch::channel(false);
        let killer = async {
            let mut answered = answered;
            answered.wait_for(|answered| *answered).await.expect("the load is there");
            tokio::time::sleep(after).await;
            tokio::task::block_in_place(|| end(&mut process));
            over.store(true, Ordering::SeqCst);
        };
        let connections = (0..CONNECTIONS).map(|_| async {
            let mut acknowledged = Vec::new();
            while !over.load(Ordering::SeqCst) {
                if let Some(id) = self.one(port).await {
                    first.send_replace(true);
                    acknowledged.push(id);
                }
            }
            acknowledged
        });
        let (acknowledged, ()) = futures::join!(futures::future::join_all(connections), killer);
        acknowledged.concat()
    }

    /// The id of the event if it was answered 200.
    async fn one(&self, port: u16) -> Option<String> {
        let number = self.numbers.fetch_add(1, Ordering::Relaxed);
        let id = format!("evt_load_{number}");
        let now = self.house.sandbox.now();
        let event = json!({
            "id": id,
            "object": "event",
            "type": "customer.subscription.updated",
            "created": now,
            "livemode": false,
            "data": { "object": {
                "object": "subscription",
                "id": format!("sub_{number}"),
                "customer": self.customers[number % self.customers.len()],
            } },
        });
        let body = event.to_string().into_bytes();
        let answer = self
            .house
            .client
            .post(format!("http://127.0.0.1:{port}/api/billing/webhook"))
            .header("Stripe-Signature", header(SECRET, now, &body))
            .body(body)
            .send()
            .await;
        answer.ok().filter(|answer| answer.status() == 200).map(|_| id)
    }
}

/// Whose customer the event of this id told of.
fn account_of(id: &str) -> &'static str {
    let number = id.strip_prefix("evt_load_").and_then(|number| number.parse::<usize>().ok());
    ACCOUNTS[number.expect("an event of ours") % ACCOUNTS.len()]
}

/// How long after the first answer a round's process dies: from at once to a third of a second.
fn moment(round: u32) -> Duration {
    Duration::from_millis(u64::from(round.wrapping_mul(2_654_435_761) >> 16) % 333)
}

async fn open(file: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(file);
    SqliteConnection::connect_with(&options).await.expect("a connection")
}

async fn execute(conn: &mut SqliteConnection, statement: String) {
    sqlx::raw_sql(sqlx::AssertSqlSafe(statement)).execute(conn).await.expect("it is SQL");
}
