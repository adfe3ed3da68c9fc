//! A whole panel in one file: people sign in by name, see their servers, and create more; the second
//! one needs a plan. `cargo run --example embedded_panel`, then open <http://127.0.0.1:8000>.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use coinslot::{AccountId, Panel, Quota, Rank, ServerId, ServerSlot, SlotDenied, Visitor};
use rocket::form::Form;
use rocket::http::{Cookie, CookieJar, SameSite};
use rocket::response::{Redirect, content::RawHtml};
use rocket::{Build, Request, Rocket, State, figment::Figment, get, post, routes};

/// Who is signed in, by session, and which servers there are.
#[derive(Default)]
struct House {
    sessions: Mutex<HashMap<String, AccountId>>,
    servers: Mutex<Vec<(AccountId, ServerId)>>,
}

impl House {
    fn account_of(&self, cookies: &CookieJar<'_>) -> Option<AccountId> {
        self.sessions.lock().ok()?.get(cookies.get("session")?.value()).cloned()
    }

    fn servers_of(&self, account: &AccountId) -> Option<Vec<ServerId>> {
        let own = |(owner, id): &(_, ServerId)| (owner == account).then(|| id.clone());
        Some(self.servers.lock().ok()?.iter().filter_map(own).collect())
    }
}

struct MyPanel(Arc<House>);

#[rocket::async_trait]
impl Panel for MyPanel {
    async fn visitor(&self, request: &Request<'_>) -> Option<Visitor> {
        let account = self.0.account_of(request.cookies())?;
        let (user, email) = (account.to_string(), format!("{account}@example.com"));
        Some(Visitor { account, email, name: user.clone(), user, rank: Rank::User })
    }

    async fn servers(&self, account: &AccountId) -> Option<Vec<ServerId>> {
        self.0.servers_of(account)
    }
}

#[get("/login")]
fn door() -> RawHtml<&'static str> {
    RawHtml("<form method=post><input name=user> <button>Sign in</button></form>")
}

/// Your panel asks for a password here.
#[post("/login", data = "<user>")]
fn sign_in(user: Form<String>, cookies: &CookieJar<'_>, house: &State<Arc<House>>) -> Redirect {
    let Ok(account) = AccountId::new(user.trim()) else { return Redirect::to("/login") };
    let session = random_text();
    house.sessions.lock().expect("nobody panics here").insert(session.clone(), account);
    cookies.add(Cookie::build(("session", session)).http_only(true).same_site(SameSite::Lax));
    Redirect::to("/")
}

#[get("/")]
fn home(quota: Quota, cookies: &CookieJar<'_>, house: &State<Arc<House>>) -> RawHtml<String> {
    let servers = house.account_of(cookies).and_then(|account| house.servers_of(&account));
    let items: Vec<_> = servers.into_iter().flatten().map(|id| format!("<li>{id}")).collect();
    let usage = format!("{} of {} servers. <a href=/billing>Billing</a>", quota.used, quota.limit);
    let button = "<form method=post action=/servers><button>Create a server</button></form>";
    RawHtml(format!("{usage}<ul>{}</ul>{button}", items.concat()))
}

#[post("/servers")]
async fn create(slot: ServerSlot<'_>, house: &State<Arc<House>>) -> Result<Redirect, SlotDenied> {
    let id = ServerId::new(format!("srv_{}", random_text())).expect("hex makes an id");
    let account = slot.visitor().account.clone();
    let claimed = slot.claim(&id, None).await?;
    // Your panel starts the server here, and calls `claimed.release()` where that fails.
    house.servers.lock().expect("nobody panics here").push((account, id));
    claimed.confirm().await?;
    Ok(Redirect::to("/"))
}

fn random_text() -> String {
    format!("{:016x}", getrandom::u64().expect("the system has random numbers"))
}

/// The panel, with a sandbox in Stripe's part if there is one.
pub fn panel(figment: &Figment, sandbox: Option<coinslot::SandboxAddress>) -> Rocket<Build> {
    let house = Arc::new(House::default());
    let stage = coinslot::stage(MyPanel(Arc::clone(&house)));
    let gate = sandbox.into_iter().fold(stage, coinslot::Stage::sandbox);
    let routes = routes![door, sign_in, home, create];
    rocket::custom(figment).attach(gate).manage(house).mount("/", routes)
}

#[rocket::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let figment = coinslot::figment();
    let (_sandbox, address) = coinslot::sandbox_beside(&figment).await?.unzip();
    Ok(panel(&figment, address).launch().await.map(drop)?)
}
