//! Old shapes, new shapes, and words of the future.

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::checkout::SessionAnswer;
use super::customers::CustomerAnswer;
use super::fake::{Fake, ok, says};
use super::invoices::InvoiceAnswer;
use super::prices::PriceAnswer;
use super::subscriptions::SubscriptionAnswer;
use super::{Patience, StripeFailed};
use crate::domain::fetched::{
    FetchedInvoice, FetchedSession, FetchedSubscription, SessionMode, SessionPayment, SessionStatus,
};
use crate::domain::ids::{AccountId, CustomerId, PriceId, SubscriptionId};
use crate::domain::subscription::Status;
use crate::domain::timestamp::Timestamp;

fn read<T: DeserializeOwned>(base: Value, change: Value) -> T {
    serde_json::from_value(with(base, change)).unwrap()
}

fn with(mut base: Value, change: Value) -> Value {
    let Value::Object(change) = change else { panic!("a change is an object") };
    base.as_object_mut().unwrap().extend(change);
    base
}

fn subscription(change: Value) -> FetchedSubscription {
    read::<SubscriptionAnswer>(subscription_json(), change).into_domain().unwrap()
}

fn subscription_json() -> Value {
    json!({
        "id": "sub_1", "customer": "cus_1", "status": "active", "created": 100,
        "items": {"data": [item_json()], "has_more": false},
        "metadata": {"account_id": "acc_1"},
    })
}

fn item_json() -> Value {
    json!({
        "id": "si_1", "quantity": 2, "current_period_start": 10, "current_period_end": 20,
        "price": {"id": "price_1", "lookup_key": "starter_monthly", "currency": "usd",
            "unit_amount": 500, "recurring": {"interval": "month", "interval_count": 1}},
    })
}

fn invoice(change: Value) -> FetchedInvoice {
    let base = json!({
        "id": "in_1", "status": "open", "attempted": true,
        "status_transitions": {"finalized_at": 7}, "hosted_invoice_url": "https://pay.example/1",
    });
    read::<InvoiceAnswer>(base, change).into_domain().unwrap()
}

fn session(change: Value) -> FetchedSession {
    let base = json!({"id": "cs_test_1", "status": "open", "created": 1, "expires_at": 2});
    read::<SessionAnswer>(base, change).into_domain().unwrap()
}

#[test]
fn the_period_is_read_from_the_item_or_from_the_subscription() {
    let new = subscription(json!({}));
    let old = subscription(json!({
        "current_period_start": 10, "current_period_end": 20,
        "items": {"data": [{"id": "si_1", "quantity": 2, "price": item_json()["price"]}]},
    }));
    assert_eq!(new, old);
    assert_eq!(new.items[0].period_end, Some(Timestamp(20)));
    assert_eq!((new.items[0].quantity, new.items[0].unit_amount_minor), (2, Some(500)));
    assert_eq!(new.account, AccountId::new("acc_1").ok());
}

#[test]
fn cancellation_is_read_in_both_shapes() {
    let old = subscription(json!({"cancel_at_period_end": true, "cancel_at": null}));
    let new = subscription(json!({"cancel_at_period_end": false, "cancel_at": 20}));
    assert_eq!((old.cancel_at_period_end, old.cancel_at), (true, None));
    assert_eq!((new.cancel_at_period_end, new.cancel_at), (false, Some(Timestamp(20))));
    let lost = json!({"cancellation_details": {"reason": "payment_failed", "comment": null}});
    assert!(subscription(lost).lost_to_payment && !new.lost_to_payment);
}

#[test]
fn odd_items_unknown_words_and_foreign_metadata_lose_nothing_else() {
    let odd =
        [json!({"price": null}), json!({"price": {"id": "a b"}}), json!({"plan": {}}), json!(7)];
    let items: Vec<Value> = odd.into_iter().chain([item_json()]).collect();
    let read = subscription(json!({
        "status": "hibernating", "items": {"data": items}, "metadata": {"account_id": "not an id"},
        "pause_collection": {"behavior": "snooze"}, "customer": {"id": "cus_1", "deleted": true},
        "latest_invoice": "in_1", "tomorrow": {"anything": []},
    }));
    assert_eq!(read.status, Status::Unknown("hibernating".to_owned()));
    assert_eq!(read.items.len(), 1);
    assert_eq!(read.pause_behavior.as_deref(), Some("snooze"));
    assert_eq!((read.account, read.latest_invoice), (None, None));
    assert_eq!(read.customer, CustomerId::new("cus_1").unwrap());
    assert_eq!(subscription(json!({"metadata": null})).account, None);
}

#[test]
fn an_id_that_is_none_makes_the_answer_unreadable() {
    let change = json!({"customer": "cus_1/../accounts"});
    let answer: SubscriptionAnswer = read(subscription_json(), change);
    assert!(matches!(answer.into_domain(), Err(StripeFailed::Unreadable { .. })));
    let customer: CustomerAnswer = read(json!({"id": "person"}), json!({}));
    assert!(matches!(customer.into_domain(), Err(StripeFailed::Unreadable { .. })));
}

#[test]
fn an_invoice_waits_for_its_customer_in_both_shapes() {
    let intent = |status: &str| json!({"id": "pi_1", "status": status});
    let new = |status: &str, reason: &str| {
        let payment = json!({"type": "payment_intent", "payment_intent": intent(status)});
        json!({"payments": {"data": [{"payment": payment}]}, "billing_reason": reason})
    };
    let table = [
        (new("requires_action", "subscription_cycle"), true),
        (new("requires_payment_method", "subscription_cycle"), false),
        (new("requires_payment_method", "subscription_update"), true),
        (new("processing", "subscription_update"), false),
        (json!({"payment_intent": intent("requires_action")}), true),
        (json!({"payment_intent": "pi_1"}), false),
        (json!({"payments": {"data": [{"payment": {"charge": "ch_1"}}, {}]}}), false),
        (json!({}), false),
    ];
    for (change, waits) in table {
        assert_eq!(invoice(change.clone()).requires_action, waits, "{change}");
    }
    let read = invoice(json!({}));
    assert_eq!((read.status.as_str(), read.finalized_at), ("open", Some(Timestamp(7))));
}

#[test]
fn a_session_tells_its_owner_and_its_state() {
    let full = session(json!({
        "status": "complete", "payment_status": "no_payment_required", "mode": "subscription",
        "customer": "cus_1", "subscription": {"id": "sub_1"}, "client_reference_id": "acc_2",
        "metadata": {"account_id": "acc_1", "plan": "starter"}, "amount_total": 0, "currency": "usd",
        "line_items": {"data": [{"price": {"id": "price_1"}}, {"price": null}]},
    }));
    assert_eq!(full.status, SessionStatus::Complete);
    assert_eq!(full.payment, SessionPayment::NoPaymentRequired);
    assert_eq!(full.mode, SessionMode::Subscription);
    assert_eq!(full.account, AccountId::new("acc_1").ok());
    assert_eq!(full.plan.as_deref(), Some("starter"));
    assert_eq!(full.subscription, SubscriptionId::new("sub_1").ok());
    assert_eq!(full.prices, [PriceId::new("price_1").unwrap()]);

    let bare = session(json!({
        "status": "dreaming", "payment_status": "owed", "mode": "setup", "client_reference_id": "acc_2",
    }));
    assert_eq!(bare.status, SessionStatus::Unknown("dreaming".to_owned()));
    assert_eq!(bare.payment, SessionPayment::Unknown("owed".to_owned()));
    assert_eq!(bare.mode, SessionMode::Other);
    assert_eq!(bare.account, AccountId::new("acc_2").ok());
}

#[test]
fn a_price_is_recurring_or_not() {
    let base = json!({"id": "price_1", "active": true, "currency": "jpy", "unit_amount": 900});
    let once = read::<PriceAnswer>(base.clone(), json!({})).into_domain().unwrap();
    assert_eq!((once.recurring, once.interval_count), (None, 1));
    let quarterly = json!({"recurring": {"interval": "month", "interval_count": 3}});
    let every = read::<PriceAnswer>(base, quarterly).into_domain().unwrap();
    assert_eq!((every.recurring.as_deref(), every.interval_count), (Some("month"), 3));
}

#[tokio::test]
async fn open_invoices_are_asked_for_only_where_some_may_wait() {
    let paid = json!({"id": "in_1", "status": "paid"});
    let open = json!({"id": "in_1", "status": "open"});
    let lost = json!({"reason": "payment_failed"});
    let table = [
        (json!({"status": "active", "latest_invoice": paid}), false),
        (json!({"status": "active", "latest_invoice": open}), true),
        (json!({"status": "past_due", "latest_invoice": open}), true),
        (json!({"status": "past_due", "latest_invoice": paid}), false),
        (json!({"status": "unpaid", "latest_invoice": {"id": "in_1", "status": "draft"}}), true),
        (json!({"status": "incomplete", "latest_invoice": null}), true),
        (json!({"status": "incomplete_expired", "latest_invoice": open}), false),
        (json!({"status": "canceled", "latest_invoice": open}), false),
        (json!({"status": "canceled", "latest_invoice": open, "cancellation_details": lost}), true),
    ];
    for (change, asked) in table {
        let list = json!({"data": [with(subscription_json(), change.clone())], "has_more": false});
        let invoices = json!({"data": [{"id": "in_2", "status": "open"}], "has_more": false});
        let invoice = json!({"id": "in_2", "status": "open"});
        let answers = [ok(&list.to_string()), ok(&invoices.to_string()), ok(&invoice.to_string())];
        let fake = Fake::playing(answers);
        let customer = CustomerId::new("cus_1").unwrap();
        let found = fake.stripe().subscriptions_of(&customer, Patience::Worker).await;
        let found = found.unwrap().unwrap();
        assert_eq!(found[0].open_invoices.len(), usize::from(asked), "{change}");
        assert_eq!(fake.heard().len(), 1 + 2 * usize::from(asked), "{change}");
        assert!(fake.heard()[0].has(("status", "all")));
    }
}

#[tokio::test]
async fn items_beyond_the_first_few_are_fetched() {
    let some = json!({"items": {"data": [item_json()], "has_more": true}});
    let all = json!({"data": [item_json(), item_json(), item_json()], "has_more": false});
    let fake =
        Fake::playing([ok(&with(subscription_json(), some).to_string()), ok(&all.to_string())]);
    let id = SubscriptionId::new("sub_1").unwrap();
    let found = fake.stripe().subscription(&id, Patience::Worker).await.unwrap().unwrap();
    assert_eq!(found.items.len(), 3);
    assert!(fake.heard()[1].has(("subscription", "sub_1")));
}

#[tokio::test]
async fn a_failure_while_invoices_are_fetched_fails_the_whole() {
    let list = json!({"data": [with(subscription_json(), json!({"status": "past_due"}))]});
    let fake = Fake::playing([ok(&list.to_string()), says(503, &[], "")]);
    let customer = CustomerId::new("cus_1").unwrap();
    let result = fake.stripe().subscriptions_of(&customer, Patience::Worker).await;
    assert!(matches!(result, Err(StripeFailed::Unavailable { .. })));
}
