//! A Rocket panel that embeds the gate, asked through Rocket's local client.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use coinslot::{AccountId, Panel, Quota, Rank, ServerId, ServerSlot, SlotDenied, Visitor};
use rocket::http::{Header, Status};
use rocket::local::asynchronous::Client;
use rocket::tokio;
use rocket::{Request, get, post, routes};
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

use crate::client::Measured;

/// The panel, and the threads it has.
pub struct Host {
    runtime: Runtime,
    client: Arc<Client>,
    accounts: usize,
    /// Claims so far: each server has an id of its own.
    claimed: usize,
}

impl Host {
    /// A panel that knows `accounts`, with room for as many servers as are claimed.
    pub fn open(folder: &Path, accounts: usize) -> Self {
        std::fs::create_dir(folder).expect("a folder of its own");
        let figment = rocket::figment::Figment::from(rocket::Config::release_default())
            .merge(("log_level", "off"))
            .merge(("databases.billing.url", folder.join("coinslot.db")))
            .merge(("billing.free_servers", 10_000))
            .merge(("billing.stripe.secret_key", "sk_test_x"))
            .merge(("billing.stripe.webhook_secrets", ["whsec_of_the_bench"]))
            .merge(("billing.stripe.api_base", "http://127.0.0.1:1"));
        let rocket = rocket::custom(figment)
            .attach(coinslot::stage(Everybody))
            .mount("/", routes![create, look]);
        let runtime = Runtime::new().expect("a runtime");
        let client = runtime.block_on(async {
            let client = Client::untracked(rocket).await.expect("the panel starts");
            for account in 0..accounts {
                let known = client.get("/quota").header(visitor(account)).dispatch().await;
                assert_eq!(known.status(), Status::Ok);
            }
            client
        });
        Self { runtime, client: Arc::new(client), accounts, claimed: 0 }
    }

    /// Claims `count` slots, `callers` at a time; stops at `most`.
    pub fn drive(&mut self, callers: usize, count: usize, most: Duration) -> Measured {
        let next = Arc::new(AtomicUsize::new(self.claimed));
        self.claimed += count;
        let (end, accounts) = (self.claimed, self.accounts);
        let began = Instant::now();
        self.runtime.block_on(async {
            let mut working = JoinSet::new();
            for _ in 0..callers {
                let (client, next) = (Arc::clone(&self.client), Arc::clone(&next));
                working.spawn(async move {
                    let mut latencies = Vec::new();
                    while began.elapsed() < most {
                        let at = next.fetch_add(1, Ordering::Relaxed);
                        if at >= end {
                            break;
                        }
                        latencies.push(claim(&client, at % accounts, at).await);
                    }
                    latencies
                });
            }
            Measured::new(working.join_all().await.concat(), began.elapsed())
        })
    }
}

async fn claim(client: &Client, account: usize, server: usize) -> Duration {
    let request = client.post(format!("/servers/srv_{server}")).header(visitor(account));
    let began = Instant::now();
    let answer = request.dispatch().await;
    let took = began.elapsed();
    assert_eq!(answer.status(), Status::Ok);
    took
}

fn visitor(account: usize) -> Header<'static> {
    Header::new("X-User", format!("acc_{account:05}"))
}

/// A panel that believes whoever says a name.
struct Everybody;

#[rocket::async_trait]
impl Panel for Everybody {
    async fn visitor(&self, request: &Request<'_>) -> Option<Visitor> {
        let user = request.headers().get_one("X-User")?.to_owned();
        let account = AccountId::new(&user).ok()?;
        let email = "ada@example.com".to_owned();
        Some(Visitor { account, email, name: user.clone(), user, rank: Rank::User })
    }
}

#[post("/servers/<id>")]
async fn create(slot: ServerSlot<'_>, id: &str) -> Result<(), SlotDenied> {
    let id = ServerId::new(id).expect("a good id");
    // A reservation: the panel's own work, and `confirm` after it, are not measured.
    let _reserved = slot.claim(&id, Some("Survival")).await?;
    Ok(())
}

#[get("/quota")]
fn look(quota: Quota) -> String {
    quota.used.to_string()
}
