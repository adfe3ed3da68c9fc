//! What is made of a subscription as Stripe tells it.

use super::drift::Drift;
use super::fetched::{
    FetchedInvoice, FetchedItem, FetchedSubscription, KnownPrice, judge, judge_all,
};
use super::ids::{CustomerId, InvoiceId, ItemId, ScheduleId, SubscriptionId};
use super::plan::Interval;
use super::steering::{Collection, FetchedPhase, FetchedSchedule, Maker, NextPrice};
use super::subscription::{CollectionPause, Grant, PaymentNeed, Status, Subscription};
use super::testing::{DAY, account, at, buys, limit_of, plan, price, subscription};

/// A subscription of `acc_1` to starter, in a period of thirty days that began now.
fn fetched(status: Status) -> FetchedSubscription {
    FetchedSubscription {
        id: SubscriptionId::new("sub_1").expect("a subscription id"),
        customer: CustomerId::new("cus_1").expect("a customer id"),
        status,
        created_at: at(-DAY),
        items: vec![item("price_starter")],
        trial_end: None,
        cancel_at_period_end: false,
        cancel_at: None,
        ended_at: None,
        lost_to_payment: false,
        pause_behavior: None,
        account: Some(account("acc_1")),
        latest_invoice: None,
        has_payment_method: None,
        open_invoices: Vec::new(),
        collection: Collection::ChargeAutomatically,
        schedule: None,
        update_pending: false,
    }
}

fn item(name: &str) -> FetchedItem {
    FetchedItem {
        id: ItemId::new(format!("si_{name}")).ok(),
        price: price(name),
        lookup_key: None,
        currency: "eur".to_owned(),
        unit_amount_minor: Some(500),
        recurring: Some("month".to_owned()),
        quantity: 1,
        period_start: Some(at(0)),
        period_end: Some(at(30 * DAY)),
    }
}

fn invoice(id: &str, status: &str, finalized_at: i64) -> FetchedInvoice {
    FetchedInvoice {
        id: InvoiceId::new(id).expect("an invoice id"),
        status: status.to_owned(),
        finalized_at: Some(at(finalized_at)),
        hosted_url: Some(format!("https://invoice.stripe.com/{id}")),
        requires_action: false,
        authenticates: false,
        amount_due_minor: 500,
        next_attempt_at: None,
    }
}

/// The catalogue, and `price_gone` of a plan that the configuration no longer has.
fn known() -> Vec<KnownPrice> {
    let of = |name: &str, plan_id: &str| KnownPrice {
        price: price(name),
        plan: plan(plan_id),
        interval: Interval::Month,
        limit: (plan_id != "gone").then(|| limit_of(plan_id)),
    };
    vec![
        of("price_starter", "starter"),
        of("price_growth", "growth"),
        of("price_archived", "starter"),
        of("price_gone", "gone"),
    ]
}

fn judged(fetched: &FetchedSubscription, stored: Option<&Subscription>) -> Subscription {
    judge(fetched, &account("acc_1"), &known(), stored, at(0))
}

#[test]
fn both_shapes_of_a_cancellation_say_when() {
    let of =
        |at_period_end: bool, cancel_at: Option<i64>, ended_at: Option<i64>| FetchedSubscription {
            cancel_at_period_end: at_period_end,
            cancel_at: cancel_at.map(at),
            ended_at: ended_at.map(at),
            ..fetched(Status::Active)
        };
    let table = [
        ("stays", of(false, None, None), None),
        ("the old shape", of(true, None, None), Some(30 * DAY)),
        ("the new shape", of(false, Some(5 * DAY), None), Some(5 * DAY)),
        ("both", of(true, Some(5 * DAY), None), Some(5 * DAY)),
        ("ended already", of(true, Some(5 * DAY), Some(DAY)), None),
    ];
    for (name, fetched, expected) in table {
        assert_eq!(judged(&fetched, None).cancels_at, expected.map(at), "{name}");
    }
}

#[test]
fn the_item_that_maps_to_a_plan_counts_wherever_it_stands() {
    let many = |name: &str, quantity| FetchedItem { quantity, ..item(name) };
    let starter = || buys("starter");
    let table = [
        ("alone", vec![item("price_starter")], starter(), "price_starter", 1),
        ("twice", vec![many("price_starter", 2)], starter(), "price_starter", 2),
        (
            "behind an add-on",
            vec![many("price_addon", 9), item("price_starter")],
            starter(),
            "price_starter",
            1,
        ),
        ("archived", vec![item("price_archived")], starter(), "price_archived", 1),
        (
            "the better of two",
            vec![item("price_starter"), item("price_growth")],
            buys("growth"),
            "price_growth",
            1,
        ),
        (
            "the better of two by quantity",
            vec![many("price_starter", 4), item("price_growth")],
            starter(),
            "price_starter",
            4,
        ),
        (
            "beside a plan that is gone",
            vec![item("price_gone"), item("price_starter")],
            starter(),
            "price_starter",
            1,
        ),
    ];
    for (name, items, grant, counted, quantity) in table {
        let mut reversed = items.clone();
        reversed.reverse();
        for items in [items, reversed] {
            let subscription =
                judged(&FetchedSubscription { items, ..fetched(Status::Active) }, None);
            assert_eq!(subscription.grant, grant, "{name}");
            assert_eq!(subscription.price, Some(price(counted)), "{name}");
            assert_eq!(subscription.quantity, quantity, "{name}");
        }
    }
    let empty = FetchedSubscription { items: Vec::new(), ..fetched(Status::Active) };
    let subscription = judged(&empty, None);
    assert_eq!(subscription.grant, Grant::Unmapped { last_known: None });
    assert_eq!((subscription.price, subscription.period_end), (None, None));
}

#[test]
fn what_is_not_in_the_catalogue_keeps_what_it_last_bought_or_is_foreign() {
    let last = || Some((plan("starter"), limit_of("starter")));
    let ours = Some(account("acc_1"));
    let before = |grant| Subscription { grant, ..subscription(Status::Active) };
    let table = [
        ("gone", "price_gone", &ours, None, Grant::Unmapped { last_known: None }),
        (
            "gone since",
            "price_gone",
            &None,
            Some(before(buys("starter"))),
            Grant::Unmapped { last_known: last() },
        ),
        ("ours by its account", "price_new", &ours, None, Grant::Unmapped { last_known: None }),
        (
            "ours by its past",
            "price_new",
            &None,
            Some(before(buys("starter"))),
            Grant::Unmapped { last_known: last() },
        ),
        (
            "unmapped before",
            "price_new",
            &None,
            Some(before(Grant::Unmapped { last_known: last() })),
            Grant::Unmapped { last_known: last() },
        ),
        ("nobody's", "price_new", &None, None, Grant::Foreign),
        ("another's", "price_new", &Some(account("acc_2")), None, Grant::Foreign),
        ("foreign before", "price_new", &None, Some(before(Grant::Foreign)), Grant::Foreign),
        (
            "foreign until now",
            "price_starter",
            &None,
            Some(before(Grant::Foreign)),
            buys("starter"),
        ),
    ];
    for (name, price, owner, stored, expected) in table {
        let fetched = FetchedSubscription {
            items: vec![item(price)],
            account: owner.clone(),
            ..fetched(Status::Active)
        };
        assert_eq!(judged(&fetched, stored.as_ref()).grant, expected, "{name}");
    }
}

#[test]
fn the_grace_clock_starts_once_and_never_runs_backwards() {
    let owing = |status: Status, open: &[i64]| FetchedSubscription {
        open_invoices: open.iter().map(|second| invoice("in_1", "open", *second)).collect(),
        ..fetched(status)
    };
    let latest = |status: &str, second| FetchedSubscription {
        latest_invoice: Some(invoice("in_2", status, second)),
        ..fetched(Status::PastDue)
    };
    let lost = |ended_at: Option<i64>| FetchedSubscription {
        lost_to_payment: true,
        ended_at: ended_at.map(at),
        ..fetched(Status::Canceled)
    };
    let hibernating = || Status::Unknown("hibernating".to_owned());
    let (oldest, later) = (-3 * DAY, -DAY);
    let table: Vec<(&str, FetchedSubscription, Option<i64>, Option<i64>)> = vec![
        ("the oldest counts", owing(Status::PastDue, &[later, oldest]), None, Some(oldest)),
        ("unpaid too", owing(Status::Unpaid, &[oldest]), None, Some(oldest)),
        ("a later failure", owing(Status::PastDue, &[oldest, later]), Some(oldest), Some(oldest)),
        ("the older is paid", owing(Status::PastDue, &[later]), Some(oldest), Some(later)),
        ("never earlier", owing(Status::PastDue, &[oldest]), Some(later), Some(later)),
        ("the latest alone", latest("open", later), None, Some(later)),
        ("the latest is paid", latest("paid", later), None, Some(0)),
        ("first seen", fetched(Status::PastDue), None, Some(0)),
        ("first seen before", fetched(Status::PastDue), Some(later), Some(later)),
        ("recovered", fetched(Status::Active), Some(oldest), None),
        ("recovered, with an old invoice", owing(Status::Active, &[oldest]), Some(oldest), None),
        ("lost to payment", lost(Some(later)), Some(oldest), Some(oldest)),
        ("lost unseen", lost(Some(later)), None, Some(later)),
        ("lost, nobody knows when", lost(None), None, Some(0)),
        ("canceled by request", fetched(Status::Canceled), Some(oldest), None),
        ("an unknown status", fetched(hibernating()), Some(oldest), Some(oldest)),
        ("an unknown status from the start", fetched(hibernating()), None, None),
    ];
    for (name, fetched, before, expected) in table {
        let stored =
            Subscription { past_due_since: before.map(at), ..subscription(Status::PastDue) };
        assert_eq!(judged(&fetched, Some(&stored)).past_due_since, expected.map(at), "{name}");
    }
    let unseen = judged(&owing(Status::PastDue, &[oldest]), None);
    assert_eq!(unseen.past_due_since, Some(at(oldest)), "a restored backup gives the same date");
}

#[test]
fn a_forgiven_period_is_paid_until_its_invoice() {
    let of = |behavior: Option<&str>, latest: Option<&str>| FetchedSubscription {
        pause_behavior: behavior.map(str::to_owned),
        latest_invoice: latest.map(|status| invoice("in_1", status, 0)),
        ..fetched(Status::Active)
    };
    let until = |second| Some(CollectionPause::Forgiven { paid_until: at(second) });
    let table = [
        ("none", of(None, None), None, None),
        ("none any more", of(None, None), until(DAY), None),
        ("drafts", of(Some("keep_as_draft"), None), None, Some(CollectionPause::KeepAsDraft)),
        ("a new word", of(Some("forget"), None), None, Some(CollectionPause::KeepAsDraft)),
        ("the period is paid", of(Some("void"), Some("paid")), None, until(30 * DAY)),
        ("written off to come", of(Some("mark_uncollectible"), None), None, until(30 * DAY)),
        ("the period was voided", of(Some("void"), Some("void")), None, until(0)),
        (
            "the period was written off",
            of(Some("mark_uncollectible"), Some("uncollectible")),
            None,
            until(0),
        ),
        ("the date stays", of(Some("void"), Some("void")), until(-DAY), until(-DAY)),
        (
            "from drafts to void",
            of(Some("void"), Some("paid")),
            Some(CollectionPause::KeepAsDraft),
            until(30 * DAY),
        ),
    ];
    for (name, fetched, before, expected) in table {
        let stored = Subscription { pause: before, ..subscription(Status::Active) };
        assert_eq!(judged(&fetched, Some(&stored)).pause, expected, "{name}");
    }
}

#[test]
fn an_open_invoice_says_what_the_customer_must_do() {
    let url = |id: &str| Some(format!("https://invoice.stripe.com/{id}"));
    let waiting = |it| FetchedInvoice { requires_action: true, ..it };
    let (old, new) = (invoice("in_old", "open", -DAY), invoice("in_new", "open", 0));
    let paid = invoice("in_new", "paid", 0);
    let table = [
        ("nothing", vec![], None, (false, None)),
        ("open", vec![], Some(new.clone()), (false, url("in_new"))),
        ("paid", vec![], Some(waiting(paid.clone())), (false, None)),
        ("waits", vec![], Some(waiting(new.clone())), (true, url("in_new"))),
        ("an older one", vec![old.clone()], Some(paid), (false, url("in_old"))),
        ("the waiting one first", vec![old], Some(waiting(new)), (true, url("in_new"))),
    ];
    for (name, open_invoices, latest_invoice, (requires_action, invoice_url)) in table {
        let fetched =
            FetchedSubscription { latest_invoice, open_invoices, ..fetched(Status::Active) };
        let amount_due_minor = invoice_url.is_some().then_some(500);
        let expected = PaymentNeed {
            requires_action,
            invoice_url,
            amount_due_minor,
            ..PaymentNeed::default()
        };
        assert_eq!(judged(&fetched, None).payment, expected, "{name}");
    }
}

#[test]
fn an_unknown_status_keeps_the_last_state() {
    let unknown = || Status::Unknown("hibernating".to_owned());
    let stored =
        |status: Status, known_status| Some(Subscription { known_status, ..subscription(status) });
    let table = [
        (Status::Active, None, Some(Status::Active)),
        (Status::Paused, stored(Status::Active, None), Some(Status::Paused)),
        (unknown(), stored(Status::PastDue, None), Some(Status::PastDue)),
        (unknown(), stored(unknown(), Some(Status::Active)), Some(Status::Active)),
        (unknown(), stored(unknown(), None), None),
        (unknown(), None, None),
    ];
    for (status, stored, expected) in table {
        let subscription = judged(&fetched(status.clone()), stored.as_ref());
        assert_eq!(subscription.status, status);
        assert_eq!(subscription.known_status, expected, "{status:?} after {stored:?}");
    }
}

#[test]
fn each_subscription_is_judged_by_its_own_past() {
    let stored = Subscription { past_due_since: Some(at(-DAY)), ..subscription(Status::PastDue) };
    let new = FetchedSubscription {
        id: SubscriptionId::new("sub_2").expect("a subscription id"),
        ..fetched(Status::PastDue)
    };
    let all = [new, fetched(Status::PastDue)];
    let judged = judge_all(&all, &account("acc_1"), &known(), &[stored], at(0));
    let since: Vec<_> = judged.subscriptions.iter().map(|it| it.past_due_since).collect();
    assert_eq!(since, [Some(at(0)), Some(at(-DAY))]);
    assert!(judged.drift.contains(&Drift::Missing));
}

#[test]
fn a_schedule_tells_the_next_price_where_it_is_another() {
    let under = |prices: &[&str]| FetchedSubscription {
        schedule: Some(FetchedSchedule {
            id: ScheduleId::new("sub_sched_1").expect("a schedule id"),
            maker: Maker::Us,
            next: Some(FetchedPhase {
                starts_at: at(30 * DAY),
                prices: prices.iter().map(|name| price(name)).collect(),
            }),
        }),
        ..fetched(Status::Active)
    };
    let next = |name: &str, plan_id: Option<&str>| NextPrice {
        at: at(30 * DAY),
        price: price(name),
        plan: plan_id.map(plan),
        interval: plan_id.map(|_| Interval::Month),
    };
    let table = [
        (under(&["price_growth"]), Some(next("price_growth", Some("growth")))),
        (under(&["price_addon", "price_growth"]), Some(next("price_growth", Some("growth")))),
        (under(&["price_odd"]), Some(next("price_odd", None))),
        (under(&["price_starter"]), None),
        (under(&[]), None),
        (fetched(Status::Active), None),
    ];
    for (fetched, expected) in table {
        let judged = judged(&fetched, None);
        assert_eq!(judged.next_price(), expected.as_ref(), "{fetched:?}");
    }
}
