//! What customers read, for each situation they can be in.

use std::time::Duration;

use super::parts::Way;
use super::words;
use crate::domain::entitlement::{Exemption, Facts, Lifetime, OnDispute, Policy, decide};
use crate::domain::ids::{AccountId, CustomerId, PlanId, SubscriptionId};
use crate::domain::plan::{Interval, Limit};
use crate::domain::steering::Steering;
use crate::domain::subscription::{CollectionPause, Grant, PaymentNeed, Status, Subscription};
use crate::domain::timestamp::Timestamp;
use crate::flows::gate::Standing;
use crate::settings::Settings;
use crate::store::accounts::Account;

const DAY: i64 = 86_400;
/// 3 Sep 2026.
const NOW: Timestamp = Timestamp(1_788_393_600);

pub(super) fn days(count: i64) -> Timestamp {
    Timestamp(NOW.0 + count * DAY)
}

fn plan(id: &str) -> PlanId {
    PlanId::new(id).expect("a plan id")
}

pub(super) fn starter(status: Status) -> Subscription {
    Subscription {
        id: SubscriptionId::new("sub_1").expect("an id"),
        account: AccountId::new("acc_1").expect("an id"),
        customer: CustomerId::new("cus_1").expect("an id"),
        known_status: Some(status.clone()),
        status,
        grant: Grant::Plan { id: plan("starter"), limit: Limit::Servers(3) },
        price: None,
        interval: Some(Interval::Month),
        quantity: 1,
        currency: Some("eur".to_owned()),
        unit_amount_minor: Some(500),
        created_at: days(-10),
        period_end: Some(days(20)),
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

pub(super) fn with(subscription: Subscription) -> Facts {
    Facts { subscriptions: vec![subscription], ..Facts::default() }
}

pub(super) fn settings() -> Settings {
    Settings::read(&rocket::Config::figment()).expect("the defaults are valid")
}

pub(super) fn standing(facts: Facts, used: u32) -> Standing {
    let policy = Policy {
        free_servers: 1,
        grace_period: Duration::from_hours(24 * 7),
        stale_leeway: Duration::from_hours(24 * 3),
        on_dispute: OnDispute::Freeze,
    };
    let account = Account {
        id: AccountId::new("acc_1").expect("an id"),
        email: "ada@example.com".to_owned(),
        name: None,
        created_at: days(-30),
        customer: Some(CustomerId::new("cus_1").expect("an id")),
        synced_at: Some(NOW),
        trial_used_at: None,
        has_user: true,
    };
    let decision = decide(&facts, &policy, NOW);
    Standing { account, decision, facts, used, excess: None, now: NOW }
}

#[test]
fn each_situation_has_its_own_words() {
    let lost = Subscription {
        lost_to_payment: true,
        past_due_since: Some(days(-1)),
        ended_at: Some(NOW),
        ..starter(Status::Canceled)
    };
    let forgiven = CollectionPause::Forgiven { paid_until: days(5) };
    let late =
        |since| Subscription { past_due_since: Some(days(since)), ..starter(Status::PastDue) };
    let table: Vec<(Facts, &str, &str, &str)> = vec![
        (
            Facts::default(),
            "Your account has 1 free server. A plan gives you more.",
            "",
            "See the plans",
        ),
        (
            with(starter(Status::Active)),
            "Starter is active.",
            "Next payment: €5.00 on 23 Sep 2026",
            "Manage payment and invoices",
        ),
        (
            with(Subscription { cancels_at: Some(days(20)), ..starter(Status::Active) }),
            "Starter is cancelled and ends on 23 Sep 2026. Until then nothing changes; after that you keep 1 free server.",
            "Ends: 23 Sep 2026; no more payments",
            "Manage payment and invoices",
        ),
        (
            with(Subscription { trial_end: Some(days(7)), ..starter(Status::Trialing) }),
            "You are trying Starter until 10 Sep 2026.",
            "First payment: €5.00 on 10 Sep 2026",
            "Manage payment and invoices",
        ),
        (
            with(late(-1)),
            "A payment failed. Your servers keep running until 9 Sep 2026, 00:00 UTC. Until the payment is settled no new server can be created beyond 1 free server. Nothing is deleted.",
            "Open payment: €5.00 since 2 Sep 2026",
            "Update the payment method",
        ),
        (
            with(late(-7)),
            "A payment is overdue and the time to settle it is over. You keep 1 free server. Nothing is deleted.",
            "Open payment: €5.00 since 27 Aug 2026",
            "Update the payment method",
        ),
        (
            with(lost),
            "Your plan ended because a payment failed. Your servers keep running until 9 Sep 2026, 00:00 UTC. Until the payment is settled no new server can be created beyond 1 free server. Nothing is deleted.",
            "",
            "See the plans",
        ),
        (
            with(starter(Status::Incomplete)),
            "The first payment was not completed, so the plan has not begun. You have 1 free server.",
            "Open payment: €5.00",
            "Update the payment method",
        ),
        (
            with(starter(Status::Paused)),
            "The trial is over and there is no payment method, so the plan is paused. You keep 1 free server. Nothing is deleted.",
            "Next payment: none while the plan is paused",
            "Add a payment method",
        ),
        (
            with(Subscription { pause: Some(forgiven), ..starter(Status::Active) }),
            "Payments for Starter are paused. It is paid until 8 Sep 2026; after that you keep 1 free server.",
            "Next payment: none while payments are paused",
            "Manage payment and invoices",
        ),
        (
            with(Subscription { ended_at: Some(days(-2)), ..starter(Status::Canceled) }),
            "Your plan ended on 1 Sep 2026. You keep 1 free server. Nothing is deleted.",
            "",
            "See the plans",
        ),
        (
            with(Subscription { period_end: Some(days(-1)), ..starter(Status::Active) }),
            "The paid time is over and the renewal is not confirmed yet. Starter goes on until 5 Sep 2026, 00:00 UTC while we ask again.",
            "Payment due: €5.00 since 2 Sep 2026",
            "Manage payment and invoices",
        ),
        (
            Facts {
                lifetimes: vec![Lifetime { plan: plan("lifetime"), limit: Limit::Servers(5) }],
                ..Facts::default()
            },
            "Lifetime is yours for good.",
            "",
            "See the plans",
        ),
        (
            Facts {
                exemption: Some(Exemption { reason: "staff".to_owned(), until: None }),
                ..Facts::default()
            },
            "Your account is exempt from billing: there is nothing to pay.",
            "",
            "",
        ),
        (
            Facts { disputed: true, ..with(starter(Status::Active)) },
            "A payment is disputed. Your servers keep running; until that is settled no new server can be created beyond 1 free server.",
            "Next payment: €5.00 on 23 Sep 2026",
            "Manage payment and invoices",
        ),
    ];
    for (facts, status, next, action) in table {
        let standing = standing(facts, 1);
        assert_eq!(words::status(&standing, &settings()).plain(), status);
        let told = words::next(&standing)
            .map(|(name, when)| format!("{}: {}", name.plain(), when.plain()));
        assert_eq!(told.unwrap_or_default(), next, "{status}");
        let offered = words::action(&standing).map(|action| action.text.plain());
        assert_eq!(offered.unwrap_or_default(), action, "{status}");
    }
}

#[test]
fn an_open_invoice_is_the_first_thing_to_do() {
    let url = "https://invoice.stripe.com/i/1";
    let open = |requires_action, authenticates_since| PaymentNeed {
        requires_action,
        authenticates_since,
        invoice_url: Some(url.to_owned()),
        amount_due_minor: Some(500),
        ..PaymentNeed::default()
    };
    let table = [
        (Status::PastDue, false, None, "Pay the open invoice"),
        (Status::PastDue, true, Some(days(0)), "Confirm the payment"),
        // A change that was declined wants a card, not a confirmation.
        (Status::Active, true, None, "Pay the open invoice"),
        (Status::Active, true, Some(days(0)), "Confirm the payment"),
        (Status::Incomplete, false, None, "Pay the open invoice"),
    ];
    for (status, requires_action, authenticates_since, text) in table {
        let payment = open(requires_action, authenticates_since);
        let standing = standing(with(Subscription { payment, ..starter(status) }), 1);
        let action = words::action(&standing).expect("there is something to do");
        assert_eq!((action.text.plain().as_str(), action.way), (text, Way::Link(url.to_owned())));
    }
}

#[test]
fn servers_are_counted_in_good_english() {
    let table = [
        (0, Limit::Servers(1), "0 of 1 server"),
        (2, Limit::Servers(3), "2 of 3 servers"),
        (5, Limit::Servers(3), "5 of 3 servers: 2 over"),
        (1, Limit::Unlimited, "1 server, unlimited"),
        (2, Limit::Unlimited, "2 servers, unlimited"),
        (0, Limit::Servers(0), "0 of 0 servers"),
    ];
    for (used, limit, text) in table {
        assert_eq!(words::usage(used, limit).text.plain(), text);
    }
    let table = [
        (1, 1, "your free server is in use"),
        (3, 3, "all 3 free servers are in use"),
        (4, 3, "4 servers are in use and 3 of them free"),
        (0, 0, "no server is free here"),
    ];
    for (used, free, text) in table {
        assert_eq!(words::free_used_up(used, Limit::Servers(free)).plain(), text);
    }
}
