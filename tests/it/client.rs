//! Who comes to the shop over HTTP: a browser without script, and the panel next door.

use reqwest::redirect::Policy;
use serde_json::{Value, json};
use tokio::sync::OnceCell;

use crate::described::Description;
use crate::shop::Shop;

/// Clients want a TLS provider even for plain HTTP; whoever comes first installs it.
pub fn install_tls() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}

pub fn client() -> reqwest::Client {
    install_tls();
    reqwest::Client::builder()
        .cookie_store(true)
        .redirect(Policy::none())
        .no_proxy()
        .build()
        .expect("a client")
}

/// A browser without script, with its cookies.
#[derive(Clone)]
pub struct Visitor {
    client: reqwest::Client,
    base: String,
}

impl Visitor {
    pub fn new(base: &str) -> Self {
        Self { client: client(), base: base.to_owned() }
    }

    pub async fn get(&self, path: &str) -> Answer {
        answer_of(self.client.get(self.absolute(path))).await
    }

    pub async fn post<V: AsRef<str>>(&self, path: &str, form: &[(&str, V)]) -> Answer {
        let form: Vec<(&str, &str)> = form.iter().map(|(k, v)| (*k, v.as_ref())).collect();
        answer_of(self.client.post(self.absolute(path)).form(&form)).await
    }

    /// A bare request with `headers`, without a body.
    pub async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
        let method = method.parse().expect("a method");
        let request = headers
            .iter()
            .fold(self.client.request(method, self.absolute(path)), |request, (name, value)| {
                request.header(*name, *value)
            });
        answer_of(request).await
    }

    /// An encoded form with `headers` of a browser's own.
    pub async fn submits(&self, path: &str, headers: &[(&str, &str)], form: &str) -> Answer {
        let request = self
            .client
            .post(self.absolute(path))
            .header("Content-Type", "application/x-www-form-urlencoded")
            .body(form.to_owned());
        let with = |request: reqwest::RequestBuilder, (name, value): &(&str, &str)| {
            request.header(*name, *value)
        };
        answer_of(headers.iter().fold(request, with)).await
    }

    pub async fn creates_server(&self, name: &str) -> Answer {
        self.post("/servers", &[("name", name), ("game", "Minecraft")]).await
    }

    /// Begins a checkout and gives the address of its page.
    pub async fn begins(&self, plan: &str, interval: &str) -> String {
        self.post("/billing/checkout", &[("plan", plan), ("interval", interval)])
            .await
            .is(303)
            .location()
    }

    /// Buys at the sandbox's page with `card` and gives the page it leads back to.
    pub async fn pays(&self, checkout: &str, card: &str) -> Answer {
        self.get(checkout).await.is(200);
        self.post(checkout, &[("cardNumber", card)]).await
    }

    /// Buys `plan` by the month and comes back to the panel.
    pub async fn buys(&self, plan: &str) -> Answer {
        let checkout = self.begins(plan, "month").await;
        let back = self.pays(&checkout, "4242 4242 4242 4242").await.is(303).location();
        self.get(&back).await.is(200)
    }

    fn absolute(&self, path: &str) -> String {
        if path.starts_with("http") { path.to_owned() } else { format!("{}{path}", self.base) }
    }
}

/// The panel next door.
#[derive(Clone)]
pub struct Api {
    client: reqwest::Client,
    base: String,
    pub token: String,
}

impl Api {
    pub fn new(base: &str, token: String) -> Self {
        Self { client: client(), base: base.to_owned(), token }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, None).await
    }

    pub async fn put(&self, path: &str, body: Value) -> Answer {
        self.send("PUT", path, Some(body)).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send("POST", path, Some(body)).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send("DELETE", path, None).await
    }

    /// Makes an account and gives its id back.
    pub async fn account(&self, id: &str) -> String {
        self.put(&format!("/accounts/{id}"), json!({ "email": format!("{id}@example.com") }))
            .await
            .is(201);
        id.to_owned()
    }

    /// Begins a checkout of the account and pays it at the sandbox.
    pub async fn buys(&self, shop: &Shop, account: &str, plan: &str, interval: &str) -> String {
        let body = json!({ "plan": plan, "interval": interval });
        let begun = self.post(&format!("/accounts/{account}/checkout"), body).await.is(201).json();
        let session = begun["session_id"].as_str().expect("a session").to_owned();
        shop.sandbox.pay_checkout(&session, "4242424242424242").await.expect("it pays");
        session
    }

    pub async fn quota(&self, account: &str) -> Value {
        self.get(&format!("/accounts/{account}/quota")).await.is(200).json()
    }

    pub async fn subscription(&self, account: &str) -> Value {
        self.get(&format!("/accounts/{account}/subscription")).await.is(200).json()
    }

    async fn send(&self, method: &str, path: &str, body: Option<Value>) -> Answer {
        let url = format!("{}/api/v1{path}", self.base);
        let mut request =
            self.client.request(method.parse().expect("a method"), url).bearer_auth(&self.token);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = answer_of(request).await;
        let kind = answer.headers.get("content-type").and_then(|value| value.to_str().ok());
        self.description().await.allows(method, path, answer.status, kind, &answer.text);
        answer
    }

    /// What the panel says its API does; every answer is held against it.
    async fn description(&self) -> &'static Description {
        static DESCRIPTION: OnceCell<Description> = OnceCell::const_new();
        let read = async || {
            let url = format!("{}/api/v1/openapi.json", self.base);
            Description::new(&answer_of(self.client.get(url)).await.is(200).text)
        };
        DESCRIPTION.get_or_init(read).await
    }
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub text: String,
}

pub async fn answer_of(request: reqwest::RequestBuilder) -> Answer {
    let response = request.send().await.expect("an answer");
    Answer {
        status: response.status().as_u16(),
        headers: response.headers().clone(),
        text: response.text().await.expect("a body"),
    }
}

impl Answer {
    #[track_caller]
    pub fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text);
        self
    }

    #[track_caller]
    pub fn has(self, words: &str) -> Self {
        assert!(self.text.contains(words), "`{words}` is not in:\n{}", self.text);
        self
    }

    #[track_caller]
    pub fn has_not(self, words: &str) -> Self {
        assert!(!self.text.contains(words), "`{words}` is in:\n{}", self.text);
        self
    }

    #[track_caller]
    pub fn code(self, code: &str) -> Self {
        assert_eq!(self.json()["code"], code, "{}", self.text);
        self
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {}", self.text))
    }

    #[track_caller]
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).unwrap_or_else(|| panic!("no {name}")).to_str().expect("text")
    }

    #[track_caller]
    pub fn location(&self) -> String {
        self.header("location").to_owned()
    }
}
