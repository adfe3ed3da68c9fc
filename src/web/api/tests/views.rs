//! Facts to JSON.

use serde_json::{Value, json};

use super::NOW;
use crate::domain::entitlement::{Exemption, Facts, Lifetime, OnDispute, Policy, Reason, decide};
use crate::domain::ids::{AccountId, CustomerId, PlanId, PriceId, SubscriptionId};
use crate::domain::plan::{Interval, Limit};
use crate::domain::steering::Steering;
use crate::domain::subscription::{CollectionPause, Grant, PaymentNeed, Status, Subscription};
use crate::flows::gate::Standing;
use crate::store::accounts::Account;
use crate::store::checkouts::Progress;
use crate::web::api::views;

const DAY: std::time::Duration = std::time::Duration::from_hours(24);
const DESK: &str = "https://panel.example/billing";
const INVOICE: &str = "https://invoice.example/1";
const POLICY: Policy = Policy {
    free_servers: 1,
    grace_period: std::time::Duration::from_hours(7 * 24),
    stale_leeway: std::time::Duration::from_hours(3 * 24),
    on_dispute: OnDispute::Freeze,
};

/// A starter subscription in good order, a month from now.
pub(super) fn sample(account: &AccountId) -> Subscription {
    Subscription {
        id: SubscriptionId::new("sub_1").expect("an id"),
        account: account.clone(),
        customer: CustomerId::new("cus_1").expect("an id"),
        status: Status::Active,
        known_status: Some(Status::Active),
        grant: Grant::Plan { id: PlanId::new("starter").expect("an id"), limit: Limit::Servers(3) },
        price: Some(PriceId::new("price_1").expect("an id")),
        interval: Some(Interval::Month),
        quantity: 1,
        currency: Some("eur".to_owned()),
        unit_amount_minor: Some(900),
        created_at: NOW - DAY,
        period_end: Some(NOW + 30 * DAY),
        trial_end: None,
        cancels_at: None,
        ended_at: None,
        lost_to_payment: false,
        past_due_since: None,
        pause: None,
        payment: PaymentNeed::default(),
        synced_at: NOW,
        steering: Steering::default(),
    }
}

fn standing(facts: Facts) -> Standing {
    let account = Account {
        id: AccountId::new("a").expect("an id"),
        email: "kim@example.com".to_owned(),
        name: None,
        created_at: NOW,
        customer: None,
        synced_at: Some(NOW),
        trial_used_at: None,
        has_user: false,
    };
    let decision = decide(&facts, &POLICY, NOW);
    Standing { account, facts, decision, used: 0, excess: None, now: NOW }
}

fn shown(facts: Facts, checkout: Option<Progress>) -> Value {
    let view = views::Subscription::of_account(&standing(facts), DESK, checkout);
    serde_json::to_value(view).expect("JSON")
}

#[test]
fn every_field_of_a_subscription_is_there() {
    let account = AccountId::new("a").expect("an id");
    let facts = Facts { subscriptions: vec![sample(&account)], ..Facts::default() };
    let expected = json!({
        "provider": "stripe", "stripe_subscription_id": "sub_1", "status": "active",
        "state": "active", "plan": "starter", "interval": "month", "price_id": "price_1",
        "quantity": 1, "current_period_end": "2027-02-14T08:00:00Z", "trial_end": null,
        "cancels_at": null, "pending_plan": null, "pending_at": null, "payment_state": "ok",
        "action_url": null, "access": "active", "access_ends_at": null, "checkout": "complete",
        "synced_at": "2027-01-15T08:00:00Z"
    });
    assert_eq!(shown(facts, Some(Progress::Complete)), expected);

    let nothing = json!({
        "provider": "stripe", "stripe_subscription_id": null, "status": null, "state": "none",
        "plan": null, "interval": null, "price_id": null, "quantity": null,
        "current_period_end": null, "trial_end": null, "cancels_at": null, "pending_plan": null,
        "pending_at": null, "payment_state": "ok", "action_url": null, "access": "none",
        "access_ends_at": null, "checkout": null, "synced_at": null
    });
    assert_eq!(shown(Facts::default(), None), nothing);
}

#[test]
fn an_account_shows_its_subscription_and_an_expired_exemption() {
    let account = AccountId::new("a").expect("an id");
    let exemption = Exemption { reason: "a friend".to_owned(), until: Some(NOW) };
    let facts = Facts {
        exemption: Some(exemption),
        subscriptions: vec![sample(&account)],
        ..Facts::default()
    };
    let view = serde_json::to_value(views::Account::new(&standing(facts), DESK)).expect("JSON");
    let keys = ["billing_exempt", "exempt_reason", "exempt_until", "state", "reason"];
    assert_eq!(
        keys.map(|key| view[key].clone()),
        [
            json!(false),
            json!("a friend"),
            json!("2027-01-15T08:00:00Z"),
            json!("active"),
            json!("subscription")
        ]
    );
    assert_eq!(view["subscription"]["stripe_subscription_id"], json!("sub_1"));
    assert_eq!(view["quota"]["limit"], json!(3));
    assert_eq!(view["quota"]["plan"], json!("starter"));
}

type Change = fn(&mut Subscription);

#[test]
fn access_payment_and_way_out_follow_the_facts() {
    let soon = "2027-01-16T08:00:00Z";
    let late = "2027-01-21T08:00:00Z";
    let table: [(&str, Change, [Value; 5]); 17] = [
        (
            "trial",
            |s| {
                s.status = Status::Trialing;
                s.trial_end = Some(NOW + DAY);
            },
            row("trialing", "active", None, "ok", None),
        ),
        (
            "trial that was cancelled",
            |s| {
                s.status = Status::Trialing;
                s.trial_end = Some(NOW + DAY);
                s.cancels_at = Some(NOW + DAY);
            },
            row("trialing", "active", Some(soon), "ok", None),
        ),
        (
            "cancelled",
            |s| s.cancels_at = Some(NOW + DAY),
            row("active", "active", Some(soon), "ok", None),
        ),
        (
            "cancelled and over",
            |s| s.cancels_at = Some(NOW),
            row("active", "canceled", None, "ok", None),
        ),
        (
            "in grace",
            |s| past_due(s, Status::PastDue),
            row("past_due", "past_due", Some(late), "past_due", Some(INVOICE)),
        ),
        (
            "in grace without an invoice page",
            |s| {
                past_due(s, Status::Unpaid);
                s.payment.invoice_url = None;
            },
            row("unpaid", "past_due", Some(late), "past_due", Some(DESK)),
        ),
        (
            "authentication needed",
            |s| {
                past_due(s, Status::PastDue);
                s.payment.requires_action = true;
            },
            row("requires_action", "past_due", Some(late), "requires_action", Some(INVOICE)),
        ),
        (
            "after grace",
            |s| {
                past_due(s, Status::PastDue);
                s.past_due_since = Some(NOW - 7 * DAY);
            },
            row("past_due", "past_due", None, "past_due", Some(INVOICE)),
        ),
        (
            "lost to payment, in grace",
            |s| {
                past_due(s, Status::Canceled);
                s.lost_to_payment = true;
            },
            row("canceled", "past_due", Some(late), "past_due", Some(INVOICE)),
        ),
        (
            "lost to payment, after grace",
            |s| {
                past_due(s, Status::Canceled);
                s.lost_to_payment = true;
                s.past_due_since = Some(NOW - 7 * DAY);
            },
            row("canceled", "canceled", None, "ok", None),
        ),
        (
            "canceled",
            |s| s.status = Status::Canceled,
            row("canceled", "canceled", None, "ok", None),
        ),
        (
            "first payment open",
            |s| {
                s.status = Status::Incomplete;
                s.payment.invoice_url = Some(INVOICE.to_owned());
            },
            row("incomplete", "none", None, "requires_action", Some(INVOICE)),
        ),
        (
            "first payment never came",
            |s| s.status = Status::IncompleteExpired,
            row("canceled", "canceled", None, "ok", None),
        ),
        (
            "trial over without a card",
            |s| s.status = Status::Paused,
            row("paused", "none", None, "ok", Some(DESK)),
        ),
        (
            "collection paused",
            |s| {
                s.pause = Some(CollectionPause::Forgiven { paid_until: NOW + DAY });
            },
            row("active", "active", Some(soon), "ok", None),
        ),
        (
            "stale",
            |s| s.period_end = Some(NOW - 2 * DAY),
            row("active", "active", Some(soon), "ok", None),
        ),
        (
            "declined upgrade",
            |s| {
                s.payment.requires_action = true;
                s.payment.invoice_url = Some(INVOICE.to_owned());
            },
            row("active", "active", None, "requires_action", Some(INVOICE)),
        ),
    ];
    let account = AccountId::new("a").expect("an id");
    for (case, change, expected) in table {
        let mut subscription = sample(&account);
        change(&mut subscription);
        let alone = views::Subscription::alone(&subscription, &POLICY, NOW, DESK);
        let alone = serde_json::to_value(alone).expect("JSON");
        let facts = Facts { subscriptions: vec![subscription], ..Facts::default() };
        let view = shown(facts, None);
        assert_eq!(KEYS.map(|key| view[key].clone()), expected, "{case}");
        assert_eq!(alone, view, "{case}");
    }
}

const KEYS: [&str; 5] = ["state", "access", "access_ends_at", "payment_state", "action_url"];

fn row(
    state: &str,
    access: &str,
    ends: Option<&str>,
    payment: &str,
    action: Option<&str>,
) -> [Value; 5] {
    [json!(state), json!(access), json!(ends), json!(payment), json!(action)]
}

fn past_due(subscription: &mut Subscription, status: Status) {
    subscription.status = status;
    subscription.past_due_since = Some(NOW - DAY);
    subscription.payment.invoice_url = Some(INVOICE.to_owned());
}

#[test]
fn what_needs_no_subscription_is_active_without_one() {
    let plan = PlanId::new("lifetime").expect("an id");
    let lifetime = Lifetime { plan, limit: Limit::Servers(5) };
    let view = shown(Facts { lifetimes: vec![lifetime], ..Facts::default() }, None);
    assert_eq!(KEYS.map(|key| view[key].clone()), row("lifetime", "active", None, "ok", None));
    assert_eq!((&view["plan"], &view["status"]), (&json!(null), &json!(null)));
    let exemption = Exemption { reason: "a friend".to_owned(), until: None };
    let view = shown(Facts { exemption: Some(exemption), ..Facts::default() }, None);
    assert_eq!(KEYS.map(|key| view[key].clone()), row("exempt", "active", None, "ok", None));
}

#[test]
fn somebody_elses_product_asks_for_nothing() {
    let account = AccountId::new("a").expect("an id");
    let mut foreign = sample(&account);
    past_due(&mut foreign, Status::PastDue);
    foreign.grant = Grant::Foreign;
    let view = views::Subscription::alone(&foreign, &POLICY, NOW, DESK);
    let view = serde_json::to_value(view).expect("JSON");
    assert_eq!(KEYS.map(|key| view[key].clone()), row("past_due", "none", None, "ok", None));
    assert_eq!(view["plan"], json!(null));
}

#[test]
fn a_reason_is_written_the_same_in_json_and_metrics() {
    for reason in [Reason::Free, Reason::GraceExpired, Reason::PausedNoPaymentMethod] {
        assert_eq!(serde_json::to_value(reason).expect("JSON"), json!(reason.as_str()));
    }
}
