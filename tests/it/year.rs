//! A year of one account's life; after each step everybody tells the same.

use serde_json::{Value, json};

use crate::shop::{Answer, Api, DAY, HOUR, PASSWORD, Shop, Visitor};

const PAYS: &str = "4242424242424242";
const DECLINED: &str = "4000000000000002";

struct Life {
    shop: Shop,
    ada: Visitor,
    api: Api,
    account: String,
    days: i64,
}

/// What must be seen from every side.
struct Expected<'e> {
    plan: Option<&'e str>,
    status: &'e str,
    reason: &'e str,
    limit: u32,
    /// On the billing page.
    says: &'e [&'e str],
}

impl Life {
    async fn begin() -> Self {
        let shop = Shop::with("billing.trial_period = \"14d\"").await;
        let ada = shop.visitor("ada").await;
        let api = shop.api("admin").await;
        let account = shop.account_of("ada").await;
        Self { shop, ada, api, account, days: 0 }
    }

    async fn days(&mut self, days: i64) {
        self.days += days;
        self.shop.live_through(days * DAY).await;
        let form = [("email", "ada@example.com"), ("password", PASSWORD)];
        self.ada.post("/login", &form).await.is(303);
    }

    fn customer(&self) -> String {
        self.shop.sandbox.ids("customer").pop().expect("a customer")
    }

    fn newest(&self, kind: &str) -> Value {
        let id = self.shop.sandbox.ids(kind).pop().expect("there is one");
        self.shop.sandbox.object(&id).expect("it exists")
    }

    fn takes(&self, card: &str) {
        self.shop.sandbox.set_default_card(&self.customer(), card).expect("a card");
    }

    /// The preview's page and its button.
    async fn changes(&self, plan: &str) -> Answer {
        let path = format!("/billing/change?plan={plan}&interval=month");
        let shown = self.ada.get(&path).await.is(200);
        let (_, token) = shown.text.split_once("name=\"preview\" value=\"").expect("a form");
        let (token, _) = token.split_once('"').expect("a token");
        self.ada.post("/billing/change", &[("preview", token)]).await
    }

    /// The sandbox, the API, the decision and the page tell one story, and a sync finds no other.
    async fn is(&self, step: &str, expected: Expected<'_>) {
        let truth = self.newest("subscription");
        assert_eq!(truth["status"], expected.status, "{step}: {truth}");
        let price = truth["items"]["data"][0]["price"]["id"].as_str().expect("a price");

        let told = self.api.subscription(&self.account).await;
        assert_eq!(told["stripe_subscription_id"], truth["id"], "{step}");
        assert_eq!(told["status"], truth["status"], "{step}");
        assert_eq!(told["price_id"], price, "{step}");
        if let Some(plan) = expected.plan {
            assert_eq!((&told["plan"], price), (&json!(plan), &*format!("price_{plan}_monthly")));
        }

        let quota = self.api.quota(&self.account).await;
        let decided = (&quota["reason"], &quota["limit"], &quota["plan"]);
        let wanted = (&json!(expected.reason), &json!(expected.limit), &json!(expected.plan));
        assert_eq!(decided, wanted, "{step}");

        let mut page = self.ada.get("/billing").await.is(200);
        for words in expected.says {
            page = page.has(words);
        }

        let path = format!("/accounts/{}/sync", self.account);
        let mut synced = self.api.post(&path, json!({})).await.is(200).json();
        synced["synced_at"] = told["synced_at"].clone();
        assert_eq!(synced, told, "{step}: a sync finds nothing new");
    }
}

#[rocket::async_test]
async fn a_year_of_one_account_is_told_alike_from_every_side() {
    let mut life = Life::begin().await;
    life.ada.creates_server("one").await.is(303);
    life.ada.creates_server("two").await.is(402).has("A subscription is needed");

    life.ada.buys("starter").await.has("You are trying Starter until");
    life.shop.settle().await;
    let trial = Expected {
        plan: Some("starter"),
        status: "trialing",
        reason: "trial",
        limit: 3,
        says: &["29 Jan 2026", "First payment"],
    };
    life.is("the trial", trial).await;
    life.ada.creates_server("two").await.is(303);

    life.days(15).await;
    let paid = || Expected {
        plan: Some("starter"),
        status: "active",
        reason: "subscription",
        limit: 3,
        says: &["Starter is active", "€5.00"],
    };
    life.is("paid", paid()).await;
    assert_eq!(life.newest("invoice")["amount_paid"], 500);
    life.days(59).await;
    life.is("two months later", paid()).await;

    life.takes(DECLINED);
    life.days(16).await;
    let grace = Expected {
        plan: Some("starter"),
        status: "past_due",
        reason: "grace",
        limit: 3,
        says: &["Your payment failed", "Nothing is deleted"],
    };
    life.is("the card failed", grace).await;
    life.ada.creates_server("three").await.is(402);

    life.takes(PAYS);
    let unpaid = life.newest("invoice");
    life.shop.sandbox.pay_invoice(unpaid["id"].as_str().expect("an id")).expect("it is open");
    life.shop.settle().await;
    life.is("recovered", paid()).await;
    life.ada.creates_server("three").await.is(303);

    life.changes("growth").await.is(303);
    let grown = Expected { plan: Some("growth"), limit: 10, says: &["Growth is active"], ..paid() };
    life.is("upgraded", grown).await;
    life.shop.settle().await;
    life.days(40).await;
    let waits = || Expected { plan: Some("growth"), limit: 10, says: &["Starter from"], ..paid() };
    life.changes("starter").await.is(303);
    life.shop.settle().await;
    life.is("a downgrade waits", waits()).await;
    assert_eq!(life.api.subscription(&life.account).await["pending_plan"], "starter");

    life.days(35).await;
    life.is("downgraded", paid()).await;

    life.ada.post::<&str>("/billing/cancel", &[]).await.is(303);
    life.shop.settle().await;
    life.is("cancelled", Expected { says: &["Your plan ends on"], ..paid() }).await;
    life.ada.post::<&str>("/billing/resume", &[]).await.is(303);
    life.shop.settle().await;
    life.is("resumed", paid()).await;
    life.days(95).await;
    life.is("three months later", paid()).await;

    life.ada.post::<&str>("/billing/cancel", &[]).await.is(303);
    life.days(35).await;
    let ended = Expected { plan: None, status: "canceled", reason: "ended", limit: 1, says: &[] };
    life.is("lapsed", ended).await;
    life.ada.get("/servers").await.has("3 of 1 servers: 2 over");
    life.ada.creates_server("four").await.is(402);

    life.shop.advance(HOUR).await;
    life.ada.buys("growth").await.has("Growth is active");
    life.shop.settle().await;
    let again = Expected { plan: Some("growth"), limit: 10, says: &["€12.00"], ..paid() };
    life.is("back, without another trial", again).await;
    assert_eq!(life.newest("invoice")["amount_paid"], 1_200);
    life.days(70).await;
    let year = Expected { plan: Some("growth"), limit: 10, says: &["Growth is active"], ..paid() };
    life.is("a year has passed", year).await;
    assert!(life.days >= 365, "{} days", life.days);
    life.ada.creates_server("four").await.is(303);
}
