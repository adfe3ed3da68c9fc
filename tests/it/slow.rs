//! Requests whose bodies take their time: what was true at their head need not be at their end.

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::shop::{PASSWORD, Shop};

/// A request that has sent its head and a part of its body.
struct Paused {
    stream: TcpStream,
    rest: String,
}

impl Paused {
    async fn begin(shop: &Shop, request: &str, header: &str, body: &str) -> Self {
        let address = shop.base.strip_prefix("http://").expect("plain HTTP");
        let mut stream = TcpStream::connect(address).await.expect("a connection");
        // Rocket looks at the first bytes of a form before it asks who sends it.
        let (begun, rest) = body.split_at(20);
        let head = format!(
            "{request} HTTP/1.1\r\nHost: {address}\r\n{header}\r\nConnection: close\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{begun}",
            body.len()
        );
        stream.write_all(head.as_bytes()).await.expect("it is sent");
        Self { stream, rest: rest.to_owned() }
    }

    /// Sends the rest, and gives the answer.
    async fn ends(mut self) -> String {
        self.stream.write_all(self.rest.as_bytes()).await.expect("it is sent");
        self.answer().await
    }

    /// What is answered although the rest never comes.
    async fn answer(mut self) -> String {
        let mut answer = Vec::new();
        self.stream.read_to_end(&mut answer).await.expect("an answer");
        String::from_utf8(answer).expect("text")
    }
}

/// The cookie of a fresh session.
async fn signs_in(shop: &Shop, email: &str) -> String {
    let form = [("email", email), ("password", PASSWORD)];
    let answer = shop.stranger().post("/login", &form).await.is(303);
    let cookie = answer.header("set-cookie").split(';').next().expect("a cookie");
    format!("Cookie: {cookie}")
}

#[rocket::async_test]
async fn a_body_whose_end_does_not_come_is_given_up_and_changes_nothing() {
    let shop = Shop::open().await;
    let ada = shop.visitor("ada").await;
    let cookie = signs_in(&shop, "ada@example.com").await;
    let api = shop.api("panel").await;
    let bearer = format!("Authorization: Bearer {}", api.token);
    let form = "name=Castle+on+the+hill&game=Minecraft";
    let json = r#"{"email":"bob@example.com"}"#;
    let requests = [
        ("POST /servers", &cookie, form),
        ("POST /billing/cancel", &cookie, form),
        ("POST /account/name", &cookie, form),
        ("POST /login", &cookie, form),
        ("POST /register", &cookie, form),
        ("POST /billing/language", &cookie, form),
        ("POST /api/billing/webhook", &cookie, form),
        ("PUT /api/v1/accounts/bob", &bearer, json),
    ];
    let answers = requests.map(|(request, header, body)| {
        let shop = &shop;
        async move { Paused::begin(shop, request, header, body).await.answer().await }
    });
    for ((request, ..), answer) in requests.iter().zip(futures::future::join_all(answers).await) {
        assert!(answer.starts_with("HTTP/1.1 408 "), "{request}: {answer}");
        assert!(answer.contains("end was missing after 10 s"), "{request}: {answer}");
        if let Some((_, problem)) = answer.split_once("application/problem+json") {
            let (_, body) = problem.split_once("\r\n\r\n").expect("a body");
            let problem: Value = serde_json::from_str(body).expect("a problem");
            assert_eq!(problem["code"], "request_timeout");
        }
    }
    ada.get("/servers").await.is(200).has("0 of 1 server<");
    ada.get("/account").await.is(200).has("value=\"ada\"");
    api.get("/accounts/bob").await.is(404);
}

#[rocket::async_test]
async fn a_new_name_that_took_its_time_does_not_bring_the_old_e_mail_back() {
    let shop = Shop::open().await;
    let ada = shop.visitor("ada").await;
    let account = shop.account_of("ada").await;
    let cookie = signs_in(&shop, "ada@example.com").await;
    let rename =
        Paused::begin(&shop, "POST /account/name", &cookie, "name=Ada+of+the+hill+and+dale").await;
    let form = [("email", "new@example.com"), ("password", PASSWORD)];
    ada.post("/account/email", &form).await.is(303);
    let answer = rename.ends().await;
    assert!(answer.starts_with("HTTP/1.1 303 "), "{answer}");
    let api = shop.api("panel").await;
    let answer = api.get(&format!("/accounts/{account}")).await.is(200).json();
    assert_eq!(
        (&answer["name"], &answer["email"]),
        (&"Ada of the hill and dale".into(), &"new@example.com".into())
    );
}
