//! A Pterodactyl or Pelican on loopback: the routes of the application API that a driver calls, with
//! a daemon of its own, and switches for what goes wrong.
//!
//! It speaks HTTP by hand, because a server that breaks off in the middle is what is tested.

mod routes;
mod servers;

use std::sync::{Arc, Mutex, MutexGuard};

use coinslot::{Clock, Timestamp};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::shop::{Answer, Api, Shop, Visitor};

pub const KEY: &str = "ptla_of_the_fake_panel";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Pterodactyl,
    Pelican,
}

pub const BOTH: [Kind; 2] = [Kind::Pterodactyl, Kind::Pelican];

/// Orders a server of the only template for the account.
pub async fn orders(api: &Api, account: &str, server: &str) -> Answer {
    let path = format!("/accounts/{account}/servers/{server}");
    api.put(&path, json!({ "template": "paper" })).await
}

/// The account may have any number of servers.
pub async fn exempts(api: &Api, account: &str) {
    let path = format!("/accounts/{account}/exemption");
    api.put(&path, json!({ "reason": "a friend" })).await.is(200);
}

/// What goes wrong.
#[derive(Debug, Default, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct Faults {
    /// The daemon cannot be reached from the panel.
    pub wings_down: bool,
    /// A server is made, and the connection breaks before the answer.
    pub lost_after_commit: bool,
    /// The connection breaks before anything is made.
    pub lost_before_commit: bool,
    pub no_allocation: bool,
    /// What room there is cannot be asked.
    pub no_such_question: bool,
    /// The memory that is left on the node.
    pub room_mib: Option<i64>,
    /// The key may not read the servers of users.
    pub deny_include: bool,
    /// So many calls are answered 429, to be tried again after 30 s.
    pub busy: u32,
    /// No call is answered.
    pub silent: bool,
    /// A single server cannot be shown.
    pub unreadable_server: bool,
    /// The connection breaks when it is to suspend or to bring back.
    pub unanswered_suspension: bool,
    /// It will not suspend or bring back.
    pub refuses_suspension: bool,
    /// Nobody listens any more after the answer to a call with this in its path.
    pub gone_after: Option<&'static str>,
    /// Somebody makes the same user a moment before each call that would.
    pub rival: bool,
    /// Something else answers every call.
    pub instead: Option<(u16, &'static str)>,
}

/// A call as it came in.
#[derive(Debug, Clone)]
pub struct Call {
    pub method: String,
    /// Without the base and the query.
    pub path: String,
    pub query: String,
    pub headers: Vec<(String, String)>,
    pub body: Value,
}

pub struct State {
    pub kind: Kind,
    pub faults: Faults,
    pub users: Vec<Value>,
    pub servers: Vec<Value>,
    /// The servers that the daemon keeps from running.
    pub daemon: Vec<i64>,
    pub calls: Vec<Call>,
    /// Each call takes so many seconds of this clock.
    pub slow: Option<(Clock, i64)>,
    next: i64,
}

/// What is sent back.
pub enum Reply {
    Json(u16, Value),
    Text(u16, &'static str),
    Empty,
    Busy,
    /// The connection breaks.
    Nothing,
}

#[derive(Clone)]
pub struct FakePanel {
    state: Arc<Mutex<State>>,
    listens: Arc<Mutex<Option<JoinHandle<()>>>>,
    pub url: String,
}

impl FakePanel {
    pub async fn open(kind: Kind) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let state = State {
            kind,
            faults: Faults::default(),
            users: Vec::new(),
            servers: Vec::new(),
            daemon: Vec::new(),
            calls: Vec::new(),
            slow: None,
            next: 100,
        };
        let state = Arc::new(Mutex::new(state));
        let panel = Self { state, listens: Arc::default(), url };
        panel.listen(listener);
        panel
    }

    fn listen(&self, listener: TcpListener) {
        let panel = self.clone();
        let listens = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, panel.clone()));
            }
        });
        *self.listens.lock().unwrap() = Some(listens);
    }

    /// Who connects is refused from now on.
    pub async fn close(&self) {
        let listens = self.listens.lock().unwrap().take();
        if let Some(listens) = listens {
            listens.abort();
            let _ = listens.await;
        }
    }

    /// Listens again where it did before, and nothing is wrong.
    pub async fn reopen(&self) {
        self.close().await;
        self.mend();
        let address = self.url.trim_start_matches("http://");
        self.listen(TcpListener::bind(address).await.expect("its port"));
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    pub fn break_with(&self, faults: Faults) {
        self.state().faults = faults;
    }

    pub fn mend(&self) {
        self.break_with(Faults::default());
    }

    /// The configuration that leads a shop here, with more lines for the panel's table.
    pub fn configuration(&self, more: &str) -> String {
        let (kind, own) = match self.state().kind {
            Kind::Pterodactyl => (
                "pterodactyl",
                "nest = 1\ndocker_image = \"java:21\"\nstartup = \"java -jar x\"\n\
                 deploy = { locations = [1] }",
            ),
            Kind::Pelican => ("pelican", "deploy = { port_range = [\"25565-25665\"] }"),
        };
        let users = if more.contains("users =") { "" } else { "users = \"email\"\n" };
        format!(
            "[default.billing.panel]\nkind = \"{kind}\"\nurl = \"{}\"\nkey = \"{KEY}\"\n{users}{more}\n\
             [default.billing.panel.templates.paper]\nname = \"Paper\"\negg = 5\n\
             limits = {{ memory = 2048, disk = 10240, cpu = 200 }}\n\
             environment = {{ VERSION = \"1.21\" }}\n{own}\n",
            self.url
        )
    }

    /// A shop in front of it and its API, where Ada has an account, and a user here.
    pub async fn with_ada(&self) -> (Shop, Api) {
        self.user("ada@example.com");
        let shop = Shop::with(&self.configuration("")).await;
        let api = shop.api("admin").await;
        api.account("ada").await;
        (shop, api)
    }

    /// The same, where Ada is signed in.
    pub async fn with_ada_signed_in(&self) -> (Shop, Visitor) {
        self.user("ada@example.com");
        let shop = Shop::with(&self.configuration("")).await;
        let ada = shop.visitor("ada").await;
        (shop, ada)
    }

    /// A user who has registered at the panel.
    pub fn user(&self, email: &str) -> i64 {
        self.state().add_user(email, None)
    }

    /// The names of the servers there are.
    pub fn names(&self) -> Vec<String> {
        let state = self.state();
        state.servers.iter().map(|it| it["name"].as_str().unwrap().to_owned()).collect()
    }

    /// Whether the panel says that the first server is suspended, and whether the daemon does.
    pub fn suspended(&self) -> (bool, bool) {
        let state = self.state();
        let server = &state.servers[0];
        (server["suspended"] == true, state.daemon.contains(&server["id"].as_i64().unwrap()))
    }

    /// The installation of every server is over.
    pub fn installed(&self) {
        for server in &mut self.state().servers {
            server["status"] = Value::Null;
        }
    }

    /// How often `method` was called on a path that ends so.
    pub fn count(&self, method: &str, end: &str) -> usize {
        let state = self.state();
        state.calls.iter().filter(|it| it.method == method && it.path.ends_with(end)).count()
    }
}

async fn serve(mut stream: TcpStream, panel: FakePanel) {
    let Some(call) = read(&mut stream).await else { return };
    let path = call.path.clone();
    let (reply, gone_after) = {
        let mut state = panel.state();
        if let Some((clock, seconds)) = &state.slow {
            clock.set(Timestamp(clock.now().0 + seconds));
        }
        (state.answer(call), state.faults.gone_after)
    };
    if gone_after.is_some_and(|part| path.contains(part)) {
        panel.close().await;
    }
    let (status, kind, body) = match reply {
        Reply::Json(status, body) => (status, "application/json", body.to_string()),
        Reply::Text(status, body) => (status, "text/html", body.to_owned()),
        Reply::Empty => (204, "text/plain", String::new()),
        Reply::Busy => (429, "application/json", "{\"errors\":[]}".to_owned()),
        Reply::Nothing => return,
    };
    let head = format!(
        "HTTP/1.1 {status} Of The Fake\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\
         Retry-After: 30\r\nLocation: /auth/login\r\nConnection: close\r\n\r\n",
        body.len()
    );
    let _ = stream.write_all(format!("{head}{body}").as_bytes()).await;
    let _ = stream.shutdown().await;
}

async fn read(stream: &mut TcpStream) -> Option<Call> {
    let mut got = Vec::new();
    let end = loop {
        if let Some(end) = got.windows(4).position(|four| four == b"\r\n\r\n") {
            break end;
        }
        if stream.read_buf(&mut got).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8(got[..end].to_vec()).ok()?;
    let mut lines = head.lines();
    let mut first = lines.next()?.split(' ');
    let (method, target) = (first.next()?.to_owned(), first.next()?.to_owned());
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let length: usize = length.map_or(0, |(_, value)| value.parse().expect("a length"));
    let mut body = got[end + 4..].to_vec();
    while body.len() < length {
        if stream.read_buf(&mut body).await.ok()? == 0 {
            return None;
        }
    }
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let path = path.strip_prefix("/api/application")?.to_owned();
    let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
    Some(Call { method, path, query: query.to_owned(), headers, body })
}
