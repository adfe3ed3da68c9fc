//! The embedded sandbox Stripe, through its API, its pages and its clock.

mod api;
mod change;
mod checkout;
mod delivery;
mod life;
mod money;
mod portal;
mod schema;
mod totals;
mod validator;

use coinslot::sandbox::{CataloguePrice, Delivery, Interval, Options, Sandbox};
use reqwest::{Client, RequestBuilder, Response, redirect::Policy};
use serde_json::Value;

const KEY: &str = "sk_test_sandbox";
const START: i64 = 1_767_225_600;
const DAY: i64 = 86_400;
const PAYS: &str = "4242 4242 4242 4242";
const DECLINED: &str = "4000 0000 0000 0002";
const NEEDS_3DS: &str = "4000 0025 0000 3155";
const FAILS_LATER: &str = "4000 0000 0000 0341";
const ALWAYS_3DS: &str = "4000 0027 6000 3184";

/// A sandbox with a client beside it.
struct Bench {
    sandbox: Sandbox,
    http: Client,
}

impl Bench {
    async fn new() -> Bench {
        Bench::with(options()).await
    }

    async fn with(options: Options) -> Bench {
        let sandbox = Sandbox::start(options).await.expect("starts");
        let http = Client::builder().no_proxy().redirect(Policy::none()).build().expect("builds");
        Bench { sandbox, http }
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.sandbox.base_url())
    }

    fn call(&self, request: RequestBuilder) -> RequestBuilder {
        request.bearer_auth(KEY)
    }

    async fn get(&self, path: &str) -> (u16, Value) {
        read(self.call(self.http.get(self.url(path))).send().await.expect("answers")).await
    }

    async fn post(&self, path: &str, form: &[(&str, &str)]) -> (u16, Value) {
        let request = self.call(self.http.post(self.url(path))).form(form);
        read(request.send().await.expect("answers")).await
    }

    async fn delete(&self, path: &str) -> (u16, Value) {
        read(self.call(self.http.delete(self.url(path))).send().await.expect("answers")).await
    }

    /// A page as a browser asks for it.
    async fn page(&self, path: &str) -> (u16, String) {
        let answer = self.http.get(self.url(path)).send().await.expect("answers");
        (answer.status().as_u16(), answer.text().await.expect("is text"))
    }

    /// A form as a browser sends it; the status, where it leads, and the page.
    async fn submit(&self, path: &str, form: &[(&str, &str)]) -> (u16, String, String) {
        let request = self.http.post(self.url(path)).header("Sec-Fetch-Site", "same-origin");
        let answer = request.form(form).send().await.expect("answers");
        let location = answer.headers().get("Location").map(|to| to.to_str().unwrap().to_owned());
        let status = answer.status().as_u16();
        (status, location.unwrap_or_default(), answer.text().await.expect("is text"))
    }

    async fn customer(&self) -> String {
        let (status, customer) = self.post("/v1/customers", &[("email", "a@example.com")]).await;
        assert_eq!(status, 200, "{customer}");
        text(&customer, "id").to_owned()
    }

    /// A checkout session for `customer`, with more parameters.
    async fn session(&self, customer: &str, price: &str, more: &[(&str, &str)]) -> Value {
        let mode = if price == "price_lifetime" { "payment" } else { "subscription" };
        let mut form = vec![
            ("mode", mode),
            ("customer", customer),
            ("line_items[0][price]", price),
            ("line_items[0][quantity]", "1"),
            ("success_url", "http://127.0.0.1:9/done?session_id={CHECKOUT_SESSION_ID}"),
            ("cancel_url", "http://127.0.0.1:9/plans"),
        ];
        form.extend_from_slice(more);
        let (status, session) = self.post("/v1/checkout/sessions", &form).await;
        assert_eq!(status, 200, "{session}");
        session
    }

    /// A customer whose subscription to the starter plan is paid; customer and subscription.
    async fn subscriber(&self, card: &str) -> (String, String) {
        let customer = self.customer().await;
        let session = self.session(&customer, "price_starter_monthly", &[]).await;
        let id = text(&session, "id");
        if !self.sandbox.pay_checkout(id, card).await.expect("pays") {
            self.sandbox.confirm_3ds(id, true).await.expect("passes");
        }
        let session = self.sandbox.object(id).expect("is there");
        (customer, text(&session, "subscription").to_owned())
    }

    fn status(&self, id: &str) -> String {
        text(&self.sandbox.object(id).expect("is there"), "status").to_owned()
    }

    /// The types of the events since the first `skip` ones.
    fn event_types(&self, skip: usize) -> Vec<String> {
        let events = self.sandbox.events();
        events[skip..].iter().map(|event| text(event, "type").to_owned()).collect()
    }
}

fn options() -> Options {
    let price = |key: &str, product: &str, unit_amount, interval| CataloguePrice {
        price_id: None,
        lookup_key: Some(key.to_owned()),
        product: product.to_owned(),
        currency: "usd".to_owned(),
        unit_amount,
        interval,
    };
    Options {
        port: 0,
        secret_key: KEY.to_owned(),
        webhook_url: None,
        webhook_secret: "whsec_sandbox".to_owned(),
        state_file: None,
        catalogue: vec![
            price("starter_monthly", "Starter", 500, Some(Interval::Month)),
            price("starter_yearly", "Starter", 5_000, Some(Interval::Year)),
            price("growth_monthly", "Growth", 1_500, Some(Interval::Month)),
            price("lifetime", "Lifetime", 9_900, None),
        ],
        start_at: Some(START),
        delivery: Delivery::Held,
    }
}

async fn read(answer: Response) -> (u16, Value) {
    let status = answer.status().as_u16();
    (status, answer.json().await.expect("is JSON"))
}

fn text<'a>(object: &'a Value, name: &str) -> &'a str {
    object[name].as_str().unwrap_or_default()
}

fn path_of(url: &str) -> String {
    let path = url.splitn(4, '/').nth(3).expect("has a path");
    format!("/{path}")
}
