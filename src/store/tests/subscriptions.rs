use super::super::subscriptions;
use super::{Result, begun};
use crate::domain::ids::{CustomerId, ItemId, Mode, PlanId, ScheduleId, SubscriptionId};
use crate::domain::plan::{Interval, Limit};
use crate::domain::steering::{Collection, Maker, NextPrice, Schedule, Steering};
use crate::domain::subscription::{CollectionPause, Grant, PaymentNeed, Status, Subscription};
use crate::domain::testing::{DAY, account, at, limit_of, plan, price, subscription};

fn named(id: &str, created_at: i64, base: Subscription) -> Subscription {
    Subscription {
        id: SubscriptionId::new(id).expect("a subscription id"),
        created_at: at(created_at),
        ..base
    }
}

/// Every field filled, each with a value of its own.
fn full() -> Subscription {
    Subscription {
        id: SubscriptionId::new("sub_1").expect("a subscription id"),
        account: account("acc_1"),
        customer: CustomerId::new("cus_1").expect("a customer id"),
        status: Status::Unknown("hibernating".to_owned()),
        known_status: Some(Status::PastDue),
        grant: Grant::Plan { id: plan("network"), limit: Limit::Unlimited },
        price: Some(price("price_1")),
        interval: Some(Interval::Year),
        quantity: 2,
        currency: Some("jpy".to_owned()),
        unit_amount_minor: Some(500),
        created_at: at(1),
        period_end: Some(at(2)),
        trial_end: Some(at(3)),
        cancels_at: Some(at(4)),
        ended_at: Some(at(5)),
        lost_to_payment: true,
        past_due_since: Some(at(6)),
        pause: Some(CollectionPause::Forgiven { paid_until: at(7) }),
        payment: PaymentNeed {
            requires_action: true,
            invoice_url: Some("https://invoice.stripe.com/i".to_owned()),
            amount_due_minor: Some(700),
            next_attempt_at: Some(at(9)),
            authenticates_since: Some(at(10)),
            has_method: Some(false),
        },
        synced_at: at(8),
        steering: Steering {
            item: ItemId::new("si_1").ok(),
            collection: Collection::SendInvoice,
            schedule: Some(schedule(Maker::Us, Some(plan("starter")))),
            update_pending: true,
        },
    }
}

fn schedule(maker: Maker, next: Option<PlanId>) -> Schedule {
    Schedule {
        id: ScheduleId::new("sub_sched_1").expect("a schedule id"),
        maker,
        next: Some(NextPrice {
            at: at(9),
            price: price("price_2"),
            interval: next.as_ref().map(|_| Interval::Month),
            plan: next,
        }),
    }
}

fn under(schedule: Schedule) -> Subscription {
    let steering = Steering { schedule: Some(schedule), ..Steering::default() };
    Subscription { steering, ..full() }
}

#[tokio::test]
async fn a_subscription_reads_as_it_was_written() -> Result<()> {
    let last_known = Some((plan("starter"), limit_of("starter")));
    let table = [
        full(),
        subscription(Status::Active),
        Subscription { grant: Grant::Unmapped { last_known }, ..full() },
        Subscription { grant: Grant::Unmapped { last_known: None }, ..full() },
        Subscription { grant: Grant::Foreign, ..full() },
        Subscription { pause: Some(CollectionPause::KeepAsDraft), ..full() },
        under(schedule(Maker::SomebodyElse, None)),
        under(Schedule { next: None, ..schedule(Maker::Us, None) }),
        Subscription {
            known_status: None,
            price: None,
            interval: None,
            currency: None,
            unit_amount_minor: None,
            period_end: None,
            pause: None,
            payment: PaymentNeed::default(),
            ..full()
        },
    ];
    let (mut tx, _store, _folder) = begun().await?;
    for written in table {
        subscriptions::put(&mut tx, Mode::Test, &written).await?;
        let read = subscriptions::of_account(&mut tx, &account("acc_1"), Mode::Test).await?;
        assert_eq!(read, [written], "each reading replaces the last");
    }
    Ok(())
}

#[tokio::test]
async fn subscriptions_are_listed_newest_first_in_their_mode() -> Result<()> {
    let (mut tx, _store, _folder) = begun().await?;
    let (one, two) = (account("acc_1"), account("acc_2"));
    let of = |id, second| named(id, second, subscription(Status::Active));
    for written in [of("sub_old", 1), of("sub_new", 9)] {
        subscriptions::put(&mut tx, Mode::Test, &written).await?;
    }
    let other = Subscription { account: two.clone(), ..of("sub_new", 5) };
    subscriptions::put(&mut tx, Mode::Live, &other).await?;

    let listed = subscriptions::of_account(&mut tx, &one, Mode::Test).await?;
    assert_eq!(listed, [of("sub_new", 9), of("sub_old", 1)]);
    assert_eq!(subscriptions::of_account(&mut tx, &one, Mode::Live).await?, []);
    let table = [
        (Mode::Test, "sub_new", Some(one)),
        (Mode::Live, "sub_new", Some(two)),
        (Mode::Live, "sub_old", None),
        (Mode::Test, "sub_9", None),
    ];
    for (mode, id, expected) in table {
        assert_eq!(subscriptions::owner(&mut tx, mode, id).await?, expected, "{mode:?} {id}");
    }
    let stray = Subscription { account: account("nobody"), ..of("sub_stray", 0) };
    assert!(subscriptions::put(&mut tx, Mode::Test, &stray).await.is_err());
    Ok(())
}

#[tokio::test]
async fn what_stripe_no_longer_lists_ends_once() -> Result<()> {
    let (mut tx, _store, _folder) = begun().await?;
    let (one, two) = (account("acc_1"), account("acc_2"));
    let kept = named("sub_kept", 4, subscription(Status::Active));
    let owing = Subscription {
        cancels_at: Some(at(DAY)),
        past_due_since: Some(at(0)),
        payment: full().payment,
        steering: full().steering,
        ..named("sub_gone", 3, subscription(Status::PastDue))
    };
    let lost = Subscription {
        ended_at: Some(at(-DAY)),
        lost_to_payment: true,
        past_due_since: Some(at(-DAY)),
        ..named("sub_lost", 2, subscription(Status::Canceled))
    };
    let others = Subscription { account: two.clone(), ..named("sub_two", 1, kept.clone()) };
    for written in [&kept, &owing, &lost, &others] {
        subscriptions::put(&mut tx, Mode::Test, written).await?;
    }
    subscriptions::put(&mut tx, Mode::Live, &owing).await?;

    let keep = std::slice::from_ref(&kept);
    subscriptions::end_vanished(&mut tx, &one, Mode::Test, keep, at(50)).await?;

    let ended = Subscription {
        status: Status::Canceled,
        known_status: Some(Status::Canceled),
        ended_at: Some(at(50)),
        cancels_at: None,
        past_due_since: None,
        payment: PaymentNeed::default(),
        synced_at: at(50),
        steering: Steering { schedule: None, update_pending: false, ..full().steering },
        ..owing.clone()
    };
    let expected = [kept.clone(), ended, lost];
    assert_eq!(subscriptions::of_account(&mut tx, &one, Mode::Test).await?, expected);
    assert_eq!(subscriptions::of_account(&mut tx, &one, Mode::Live).await?, [owing]);
    assert_eq!(subscriptions::of_account(&mut tx, &two, Mode::Test).await?, [others]);

    subscriptions::end_vanished(&mut tx, &one, Mode::Test, keep, at(99)).await?;
    assert_eq!(subscriptions::of_account(&mut tx, &one, Mode::Test).await?, expected);
    Ok(())
}
