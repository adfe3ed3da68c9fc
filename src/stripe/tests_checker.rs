//! Every call of the gateway, judged by a checker that knows Stripe's own API description.
//!
//! It runs where `COINSLOT_STRIPE_DESCRIPTION` names a directory with `checker.py`,
//! `endive.json.gz` and `fixtures.json`.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use super::fake::client;
use super::pace::Pace;
use super::schedules::ScheduleAnswer;
use super::tests_schedules::rich_schedule;
use super::{
    CancelShape, ChargesOf, Expiry, ItemChange, NewCheckoutSession, NewCustomer, NewPortalSession,
    Patience, Place, PortalFlow, Purchase, PutOff, Stripe,
};
use crate::domain::fetched::{FetchedSession, SessionMode, SessionStatus};
use crate::domain::ids::{
    AccountId, ChargeId, CustomerId, DisputeId, InvoiceId, ItemId, PaymentIntentId, PlanId,
    PriceId, ScheduleId, SubscriptionId,
};
use crate::domain::plan::Interval;
use crate::domain::steering::Collection;
use crate::domain::timestamp::Timestamp;
use crate::settings::HANDLED_EVENTS;

const SLOW: Patience = Patience::Worker;

#[tokio::test]
async fn every_request_satisfies_stripes_own_description() {
    let Some(directory) = std::env::var_os("COINSLOT_STRIPE_DESCRIPTION") else {
        println!("skipped: COINSLOT_STRIPE_DESCRIPTION is not set");
        return;
    };
    let checker = Checker::start(Path::new(&directory), Memory::Kept);
    let stripe = checker.stripe();
    let customer = customers(&stripe).await;
    prices(&stripe).await;
    checkout(&stripe, &customer).await;
    portal(&stripe, &customer).await;
    subscriptions(&stripe, &customer).await;
    paybacks(&stripe, &customer).await;
    changes(&stripe).await;
    endpoints(&stripe).await;
    operator(&stripe).await;
    checker.refuses_nothing();

    let forgetful = Checker::start(Path::new(&directory), Memory::None);
    lists(&forgetful.stripe(), &customer).await;
    forgetful.refuses_nothing();
}

async fn customers(stripe: &Stripe) -> CustomerId {
    let account = AccountId::new("acc_ada").unwrap();
    let email = "ada+panel@example.com";
    let new = NewCustomer { account: &account, email, name: Some("Ada & Söhne") };
    let made = stripe.create_customer(&new, "customer:acc_ada", SLOW).await.unwrap();
    let found = stripe.customer(&made, SLOW).await.unwrap().unwrap();
    assert_eq!(found.id, made);
    assert_eq!(found.email.as_deref(), Some(email));
    assert_eq!(found.account.as_ref(), Some(&account));

    let nameless = NewCustomer { name: None, ..new };
    stripe.create_customer(&nameless, "customer:nameless", SLOW).await.unwrap();
    assert!(stripe.customer_of(&account, email, SLOW).await.unwrap().is_some());
    made
}

async fn prices(stripe: &Stripe) {
    let keys: Vec<String> = (0..11).map(|n| format!("plan_{n}_monthly")).collect();
    stripe.prices_by_lookup_keys(&keys, SLOW).await.unwrap();
    let id = PriceId::new("price_starter").unwrap();
    assert_eq!(stripe.price(&id, SLOW).await.unwrap().unwrap().id, id);
}

async fn checkout(stripe: &Stripe, customer: &CustomerId) {
    let purchases = [
        (Purchase::Subscription { trial_days: None }, SessionMode::Subscription),
        (Purchase::Subscription { trial_days: Some(14) }, SessionMode::Subscription),
        (Purchase::Payment, SessionMode::Payment),
    ];
    for (purchase, mode) in purchases {
        for extras in [false, true] {
            let made = purchase_of(stripe, customer, purchase, extras).await;
            assert_eq!(made.mode, mode);
            assert_eq!(made.customer.as_ref(), Some(customer));
            assert_eq!(made.account.as_ref().map(AccountId::as_str), Some("acc_ada"));
            assert_eq!(made.plan.as_deref(), Some("starter"));
            let found = stripe.checkout_session(&made.id, SLOW).await.unwrap().unwrap();
            assert_eq!(found.id, made.id);
            let expired = stripe.expire_checkout_session(&made.id, SLOW).await.unwrap();
            assert_eq!(expired, Expiry::Expired);
        }
    }
    for session in stripe.open_checkout_sessions(customer, SLOW).await.unwrap() {
        assert_eq!(session.status, SessionStatus::Open);
    }
}

async fn purchase_of(
    stripe: &Stripe,
    customer: &CustomerId,
    purchase: Purchase,
    extras: bool,
) -> FetchedSession {
    let new = NewCheckoutSession {
        purchase,
        customer,
        account: &AccountId::new("acc_ada").unwrap(),
        plan: &PlanId::new("starter").unwrap(),
        price: &PriceId::new("price_starter").unwrap(),
        success_url: "https://panel.example/billing?session_id={CHECKOUT_SESSION_ID}".to_owned(),
        cancel_url: "https://panel.example/billing/plans".to_owned(),
        automatic_tax: extras,
        promotion_codes: extras,
    };
    let key = format!("checkout:acc_ada:{purchase:?}:{extras}");
    stripe.create_checkout_session(&new, &key, SLOW).await.unwrap()
}

async fn portal(stripe: &Stripe, customer: &CustomerId) {
    let subscription = SubscriptionId::new("sub_1").unwrap();
    let flows = [
        PortalFlow::Whole,
        PortalFlow::PaymentMethodUpdate,
        PortalFlow::SubscriptionCancel(&subscription),
    ];
    for flow in flows {
        for configuration in [None, Some("bpc_1")] {
            let return_url = "https://panel.example/billing".to_owned();
            let new = NewPortalSession { customer, return_url, flow, configuration };
            let url = stripe.create_portal_session(&new, SLOW).await.unwrap();
            assert!(url.starts_with("https://billing.stripe.com/"), "{url}");
        }
    }
}

async fn subscriptions(stripe: &Stripe, customer: &CustomerId) {
    let id = SubscriptionId::new("sub_1").unwrap();
    assert_eq!(stripe.subscription(&id, SLOW).await.unwrap().unwrap().id, id);
    assert!(stripe.subscriptions_of(customer, SLOW).await.unwrap().is_some());
    stripe.resume_paused(&id, "start:acc_ada:sub_1:nonce", SLOW).await.unwrap();
    let invoice = InvoiceId::new("in_1").unwrap();
    let places = [Place::Newest, Place::OlderThan(invoice.clone()), Place::NewerThan(invoice)];
    for place in places {
        stripe.invoice_page(customer, &place, SLOW).await.unwrap();
    }
    stripe.open_invoices(&id, SLOW).await.unwrap();
    stripe.items(&id, SLOW).await.unwrap();
}

async fn paybacks(stripe: &Stripe, customer: &CustomerId) {
    let payment = PaymentIntentId::new("pi_1").unwrap();
    let charge = ChargeId::new("ch_1").unwrap();
    stripe.charges(ChargesOf::Customer(customer), SLOW).await.unwrap();
    stripe.charges(ChargesOf::Payment(&payment), SLOW).await.unwrap();
    stripe.refunded(&charge, SLOW).await.unwrap();
    stripe.disputes_of(&charge, SLOW).await.unwrap();
    let dispute = DisputeId::new("du_1").unwrap();
    assert_eq!(stripe.dispute(&dispute, SLOW).await.unwrap().unwrap().id, dispute);
    stripe.customer_of_payment(&payment, SLOW).await.unwrap();
}

async fn changes(stripe: &Stripe) {
    let subscription = SubscriptionId::new("sub_1").unwrap();
    let (item, price) = (ItemId::new("si_1").unwrap(), PriceId::new("price_starter").unwrap());
    for (name, collection, proration_date) in [
        ("now", Collection::ChargeAutomatically, Some(Timestamp(1_790_000_000))),
        ("sent", Collection::SendInvoice, Some(Timestamp(1_790_000_000))),
        ("later", Collection::ChargeAutomatically, None),
    ] {
        let change = ItemChange {
            subscription: &subscription,
            item: &item,
            price: &price,
            quantity: 2,
            proration_date,
            collection,
        };
        stripe.preview_invoice(&change, SLOW).await.unwrap();
        stripe.change_item(&change, &format!("change:{name}"), SLOW).await.unwrap();
    }
    stripe.cancel_at_period_end(&subscription, "cancel:1", SLOW).await.unwrap();
    for shape in [CancelShape::AtPeriodEnd, CancelShape::At] {
        let key = format!("resume:{shape:?}");
        stripe.resume_renewal(&subscription, shape, &key, SLOW).await.unwrap();
    }
    let made = stripe.create_schedule(&subscription, "schedule:1", SLOW).await.unwrap();
    assert!(stripe.schedule(&made, SLOW).await.unwrap().is_some());
    stripe.release_schedule(&made, "release:1", SLOW).await.unwrap();
}

async fn endpoints(stripe: &Stripe) {
    let events: Vec<String> = HANDLED_EVENTS.iter().map(|event| (*event).to_owned()).collect();
    let url = "https://panel.example/api/billing/webhook";
    let (made, _) = stripe.create_endpoint(url, &events, "webhook_endpoint:1", SLOW).await.unwrap();
    assert!(made.is_pinned());
    assert_eq!((made.url.as_str(), &made.events), (url, &events));
    let changed = stripe.update_endpoint(&made.id, &events[..3], "webhook_endpoint:2", SLOW).await;
    assert_eq!(changed.unwrap().events, events[..3]);
    assert!(stripe.endpoints(SLOW).await.unwrap().iter().any(|found| found.id == made.id));
}

async fn operator(stripe: &Stripe) {
    assert!(stripe.time(SLOW).await.unwrap().is_some());
    stripe.portal_configurations(SLOW).await.unwrap();
    stripe.tax_settings(SLOW).await.unwrap();
    stripe.wallet_domain("panel.example", SLOW).await.unwrap();
}

/// Without memory every list holds one complete sample object.
async fn lists(stripe: &Stripe, customer: &CustomerId) {
    let keys = ["starter_monthly".to_owned()];
    assert_eq!(stripe.prices_by_lookup_keys(&keys, SLOW).await.unwrap().len(), 1);
    assert_eq!(stripe.open_checkout_sessions(customer, SLOW).await.unwrap().len(), 1);
    let id = SubscriptionId::new("sub_1").unwrap();
    assert_eq!(stripe.open_invoices(&id, SLOW).await.unwrap().len(), 1);
    assert_eq!(stripe.portal_configurations(SLOW).await.unwrap().len(), 1);
    assert!(stripe.wallet_domain("panel.example", SLOW).await.unwrap().is_some());
    assert!(stripe.items(&id, SLOW).await.unwrap()[0].0.is_some());
    let subscriptions = stripe.subscriptions_of(customer, SLOW).await.unwrap().unwrap();
    assert_eq!(subscriptions[0].items.len(), 1);
    assert!(subscriptions[0].items[0].period_end.is_some());
    assert!(subscriptions[0].latest_invoice.is_some());
    assert_eq!(stripe.charges(ChargesOf::Customer(customer), SLOW).await.unwrap().len(), 1);
    let charge = ChargeId::new("ch_1").unwrap();
    assert!(stripe.refunded(&charge, SLOW).await.unwrap() > 0);
    assert_eq!(stripe.disputes_of(&charge, SLOW).await.unwrap().len(), 1);
    put_off(stripe).await;
}

/// A phase with everything in it, written again.
async fn put_off(stripe: &Stripe) {
    let found: ScheduleAnswer = serde_json::from_str(&rich_schedule()).unwrap();
    let change = PutOff {
        account: &AccountId::new("acc_ada").unwrap(),
        plan: &PlanId::new("starter").unwrap(),
        from: &PriceId::new("price_a").unwrap(),
        to: &PriceId::new("price_b").unwrap(),
        interval: Interval::Year,
        at: Timestamp(2000),
    };
    let form = found.put_off(&change).unwrap();
    let schedule = ScheduleId::new("sub_sched_1").unwrap();
    stripe.update_schedule(&schedule, &form, "schedule-update:1", SLOW).await.unwrap();
}

/// Whether the checker remembers what was made.
#[derive(PartialEq)]
enum Memory {
    Kept,
    None,
}

/// The running checker; it ends with the test.
struct Checker {
    child: Child,
    port: u16,
}

impl Checker {
    fn start(directory: &Path, memory: Memory) -> Self {
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let mut child = Command::new("python3")
            .arg(directory.join("checker.py"))
            .arg("--spec")
            .arg(directory.join("endive.json.gz"))
            .arg("--fixtures")
            .arg(directory.join("fixtures.json"))
            .args(["--port", &port.to_string(), "--quiet"])
            .args((memory == Memory::Kept).then_some("--state"))
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut greeting = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut greeting).unwrap();
        assert!(greeting.starts_with("checker:"), "{greeting}");
        Self { child, port }
    }

    fn stripe(&self) -> Stripe {
        client(&format!("http://127.0.0.1:{}", self.port), Pace::STRIPE)
    }

    fn refuses_nothing(&self) {
        let violations = self.get("/_fake/violations");
        let told = |level: &str| -> BTreeSet<String> {
            let all = violations.as_array().unwrap().iter();
            all.filter(|violation| violation["level"] == level)
                .map(|violation| format!("{} {}", violation["code"], violation["message"]))
                .collect()
        };
        for warning in told("warn") {
            println!("warn: {warning}");
        }
        assert_eq!(told("error"), BTreeSet::new());
        let requests = self.get("/_fake/requests");
        println!("{} requests judged", requests.as_array().unwrap().len());
    }

    fn get(&self, path: &str) -> Value {
        let mut connection = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        write!(connection, "GET {path} HTTP/1.1\r\nhost: checker\r\nconnection: close\r\n\r\n")
            .unwrap();
        let mut answer = String::new();
        connection.read_to_string(&mut answer).unwrap();
        serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
    }
}

impl Drop for Checker {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}
