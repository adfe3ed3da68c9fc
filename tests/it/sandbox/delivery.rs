//! Events on their way to an endpoint.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use coinslot::sandbox::{DeliveryMode, StartError};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use super::*;

/// An endpoint that answers as told, then 200, and remembers what came.
#[derive(Clone, Default)]
struct Endpoint {
    statuses: Arc<Mutex<VecDeque<u16>>>,
    received: Arc<Mutex<Vec<(String, Value)>>>,
}

impl Endpoint {
    async fn listen(&self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let endpoint = self.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(endpoint.clone().serve(stream));
            }
        });
        url
    }

    async fn serve(self, mut stream: TcpStream) {
        let mut read = Vec::new();
        let (head, body) = loop {
            let mut part = [0; 4_096];
            let count = stream.read(&mut part).await.unwrap_or(0);
            if count == 0 {
                return;
            }
            read.extend_from_slice(&part[..count]);
            let text = String::from_utf8_lossy(&read).into_owned();
            let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
            let length: usize = header(head, "content-length").parse().unwrap();
            if body.len() >= length {
                break (head.to_owned(), body.to_owned());
            }
        };
        check_signature(&header(&head, "stripe-signature"), body.as_bytes());
        let event: Value = serde_json::from_str(&body).unwrap();
        self.received.lock().unwrap().push((header(&head, "user-agent"), event));
        let status = self.statuses.lock().unwrap().pop_front().unwrap_or(200);
        let answer =
            format!("HTTP/1.1 {status} X\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        let _ = stream.write_all(answer.as_bytes()).await;
    }

    fn types(&self) -> Vec<String> {
        let received = self.received.lock().unwrap();
        received.iter().map(|(_, event)| text(event, "type").to_owned()).collect()
    }
}

fn header(head: &str, name: &str) -> String {
    head.lines()
        .filter_map(|line| line.split_once(": "))
        .find(|(known, _)| known.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.to_owned())
        .unwrap_or_default()
}

fn check_signature(header: &str, body: &[u8]) {
    let (time, digest) = header.split_once(",v1=").expect("is signed");
    let mut mac = Hmac::<Sha256>::new_from_slice(b"whsec_sandbox").unwrap();
    mac.update(format!("{}.", time.trim_start_matches("t=")).as_bytes());
    mac.update(body);
    assert_eq!(hex::encode(mac.finalize().into_bytes()), digest);
}

#[tokio::test]
async fn held_events_leave_in_order_are_signed_and_stay_until_taken() {
    let endpoint = Endpoint::default();
    let bench = Bench::new().await;
    bench.sandbox.set_webhook(endpoint.listen().await, "whsec_sandbox");
    bench.customer().await;
    bench.customer().await;
    endpoint.statuses.lock().unwrap().extend([200, 500]);
    let reports = bench.sandbox.deliver().await;
    let outcomes: Vec<_> = reports.iter().map(|report| report.outcome.clone()).collect();
    assert_eq!(outcomes, [Ok(200), Ok(500)]);
    assert_eq!(bench.sandbox.pending_events().len(), 1);
    let (_, failed) = bench.get("/v1/events?delivery_success=false").await;
    assert_eq!(failed["data"].as_array().unwrap().len(), 1);
    assert!(bench.sandbox.deliver().await[0].accepted());
    assert!(bench.sandbox.pending_events().is_empty());
    assert!(endpoint.received.lock().unwrap()[0].0.starts_with("Stripe/1.0"));
}

#[tokio::test]
async fn deliveries_can_be_dropped_repeated_and_reversed() {
    let endpoint = Endpoint::default();
    let bench = Bench::new().await;
    bench.sandbox.set_webhook(endpoint.listen().await, "whsec_sandbox");
    bench.subscriber(PAYS).await;
    let all = bench.event_types(0);
    bench.sandbox.reorder_pending(|pending| {
        pending.retain(|pending| pending.kind.starts_with("invoice."));
        pending.reverse();
        let again = pending[0].clone();
        pending.push(again);
    });
    bench.sandbox.deliver().await;
    let mut expected: Vec<_> =
        all.into_iter().filter(|kind| kind.starts_with("invoice.")).rev().collect();
    expected.push(expected[0].clone());
    assert_eq!(endpoint.types(), expected);
    assert!(bench.sandbox.pending_events().is_empty());
}

#[tokio::test]
async fn modes_change_what_the_network_does() {
    for (mode, sent) in [
        (DeliveryMode::Normal, ["customer.created", "customer.updated"].as_slice()),
        (DeliveryMode::Reversed, &["customer.updated", "customer.created"]),
        (
            DeliveryMode::Twice,
            &["customer.created", "customer.created", "customer.updated", "customer.updated"],
        ),
        (DeliveryMode::Dropped, &[]),
    ] {
        let endpoint = Endpoint::default();
        let bench = Bench::new().await;
        bench.sandbox.set_webhook(endpoint.listen().await, "whsec_sandbox");
        bench.sandbox.set_delivery_mode(mode);
        let customer = bench.customer().await;
        bench.post(&format!("/v1/customers/{customer}"), &[("name", "B")]).await;
        bench.sandbox.deliver().await;
        assert_eq!(endpoint.types(), sent, "{mode:?}");
        assert_eq!(bench.sandbox.events().len(), 2);
    }
}

#[tokio::test]
async fn automatic_delivery_retries() {
    let endpoint = Endpoint::default();
    endpoint.statuses.lock().unwrap().push_back(503);
    let mut options = options();
    options.delivery = Delivery::Automatic;
    options.webhook_url = Some(endpoint.listen().await);
    let bench = Bench::with(options).await;
    bench.customer().await;
    for _ in 0..100 {
        if endpoint.types().len() == 2 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(endpoint.types(), ["customer.created", "customer.created"]);
    bench.sandbox.stop().await;
}

#[tokio::test]
async fn nothing_leaves_this_machine() {
    let mut foreign = options();
    foreign.webhook_url = Some("http://example.com/hook".to_owned());
    assert!(matches!(Sandbox::start(foreign).await, Err(StartError::ForeignWebhook(_))));
    let bench = Bench::new().await;
    bench.sandbox.set_webhook("http://example.com/hook", "whsec_sandbox");
    bench.customer().await;
    assert!(bench.sandbox.deliver().await[0].outcome.is_err());
}

#[tokio::test]
async fn an_old_endpoint_gets_events_in_their_old_shape() {
    let bench = Bench::new().await;
    let (_, subscription) = bench.subscriber(PAYS).await;
    bench.sandbox.cancel_at_period_end(&subscription);
    let sent = |kind: &str| -> Value {
        let events = bench.sandbox.events();
        let event = events.iter().rfind(|event| text(event, "type") == kind).expect("is there");
        serde_json::from_slice(&bench.sandbox.signed(event).1).expect("is JSON")
    };
    assert!(sent("invoice.paid")["data"]["object"].get("subscription").is_none());
    assert_eq!(bench.submit("/sandbox/settings/events-old", &[]).await.0, 303);
    assert_eq!(bench.submit("/sandbox/settings/bogus", &[]).await.0, 404);

    let event = sent("customer.subscription.updated");
    let object = &event["data"]["object"];
    assert_eq!(text(&event, "api_version"), "2025-02-24.acacia");
    assert_eq!(object["current_period_end"], START + 31 * DAY);
    assert_eq!(object["cancel_at_period_end"], true);
    assert!(object["items"]["data"][0].get("current_period_end").is_none());
    let invoice = &sent("invoice.paid")["data"]["object"];
    assert_eq!(
        (text(invoice, "subscription"), &invoice["paid"]),
        (subscription.as_str(), &true.into())
    );
    assert!(invoice.get("parent").is_none());
}
