use super::super::changes::{self, Bound, Progress, ShownChange};
use super::{Result, begun};
use crate::domain::change::{Effective, Kind};
use crate::domain::ids::{ItemId, Mode, ScheduleId, SubscriptionId};
use crate::domain::plan::Interval;
use crate::domain::subscription::{Status, Subscription};
use crate::domain::testing::{DAY, account, at, plan, price, subscription};

fn shown(token: &str, shown_at: i64) -> ShownChange {
    ShownChange {
        token: token.to_owned(),
        account: account("acc_1"),
        plan: plan("starter"),
        interval: Interval::Month,
        bound: Bound {
            subscription: SubscriptionId::new("sub_1").expect("a subscription id"),
            item: ItemId::new("si_1").expect("an item id"),
            from: Some(price("price_1")),
            to: price("price_2"),
            quantity: 2,
            period_end: at(9),
            kind: Kind::Downgrade,
            effective: Effective::PeriodEnd,
            amount_due_minor: 0,
        },
        shown_at: at(shown_at),
        expires_at: at(shown_at + 900),
        progress: Progress::Shown,
        schedule: None,
    }
}

#[tokio::test]
async fn a_change_is_its_accounts_alone_and_reads_as_it_was_written() -> Result<()> {
    let (mut tx, _store, _folder) = begun().await?;
    let mut written = shown("one", 0);
    written.bound.from = None;
    changes::put(&mut tx, Mode::Test, &written).await?;
    let table = [
        (Mode::Test, "acc_1", "one", Some(written)),
        (Mode::Live, "acc_1", "one", None),
        (Mode::Test, "acc_2", "one", None),
        (Mode::Test, "acc_1", "two", None),
    ];
    for (mode, who, token, expected) in table {
        let found = changes::get(&mut tx, mode, &account(who), token).await?;
        assert_eq!(found, expected, "{mode:?} {who} {token}");
    }
    Ok(())
}

#[tokio::test]
async fn of_unanswered_changes_the_last_one_that_was_put_off_is_found() -> Result<()> {
    let (mut tx, _store, _folder) = begun().await?;
    let subscription = shown("one", 0).bound.subscription;
    let mut at_once = shown("now", 30);
    at_once.bound.effective = Effective::Now;
    for change in [shown("old", 0), shown("new", 10), shown("only-shown", 20), at_once] {
        changes::put(&mut tx, Mode::Test, &change).await?;
    }
    assert_eq!(changes::unanswered(&mut tx, Mode::Test, &subscription).await?, None);
    for token in ["old", "new", "now"] {
        assert!(changes::advance(&mut tx, token, Progress::Sent).await?, "{token}");
    }
    let last = changes::unanswered(&mut tx, Mode::Test, &subscription).await?;
    assert_eq!(last, Some(ShownChange { progress: Progress::Sent, ..shown("new", 10) }));
    assert_eq!(changes::unanswered(&mut tx, Mode::Live, &subscription).await?, None);
    let schedule = ScheduleId::new("sub_sched_1").expect("a schedule id");
    assert!(!changes::knows_schedule(&mut tx, Mode::Test, &schedule).await?);
    changes::note_schedule(&mut tx, "new", &schedule).await?;
    let last = changes::unanswered(&mut tx, Mode::Test, &subscription).await?;
    assert_eq!(last.map(|change| change.token), Some("old".to_owned()));
    changes::advance(&mut tx, "new", Progress::Void).await?;
    assert!(changes::knows_schedule(&mut tx, Mode::Test, &schedule).await?, "void or not");
    assert!(!changes::knows_schedule(&mut tx, Mode::Live, &schedule).await?);
    Ok(())
}

#[tokio::test]
async fn what_is_made_or_void_stays_so() -> Result<()> {
    let (mut tx, _store, _folder) = begun().await?;
    for (token, end) in [("one", Progress::Made), ("two", Progress::Void)] {
        changes::put(&mut tx, Mode::Test, &shown(token, 0)).await?;
        assert!(changes::advance(&mut tx, token, end).await?);
        for other in [Progress::Sent, Progress::Made, Progress::Void] {
            assert!(!changes::advance(&mut tx, token, other).await?, "{token} {other:?}");
        }
        let found = changes::get(&mut tx, Mode::Test, &account("acc_1"), token).await?;
        assert_eq!(found.map(|change| change.progress), Some(end));
    }
    Ok(())
}

#[tokio::test]
async fn a_sent_change_is_found_made_once() -> Result<()> {
    let (mut tx, _store, _folder) = begun().await?;
    let subscription = Subscription {
        id: shown("one", 0).bound.subscription,
        price: Some(price("price_2")),
        ..subscription(Status::Active)
    };
    for (token, at) in [("one", 0), ("two", 10), ("only-shown", 20)] {
        changes::put(&mut tx, Mode::Test, &shown(token, at)).await?;
    }
    for token in ["one", "two"] {
        changes::advance(&mut tx, token, Progress::Sent).await?;
    }
    let other = Subscription { price: Some(price("price_3")), ..subscription.clone() };
    for (mode, read) in [(Mode::Test, &other), (Mode::Live, &subscription)] {
        assert_eq!(changes::find_made(&mut tx, mode, read).await?, None);
    }
    let found = changes::find_made(&mut tx, Mode::Test, &subscription).await?;
    assert_eq!(found, Some(ShownChange { progress: Progress::Made, ..shown("two", 10) }));
    assert_eq!(changes::find_made(&mut tx, Mode::Test, &subscription).await?, None);
    Ok(())
}

#[tokio::test]
async fn old_changes_of_the_account_are_forgotten_with_the_next() -> Result<()> {
    let (mut tx, _store, _folder) = begun().await?;
    let one = account("acc_1");
    changes::put(&mut tx, Mode::Test, &shown("old", 0)).await?;
    changes::put(&mut tx, Mode::Test, &shown("younger", DAY)).await?;
    changes::put(&mut tx, Mode::Test, &shown("new", 3 * DAY + 901)).await?;
    for (token, kept) in [("old", false), ("younger", true), ("new", true)] {
        let found = changes::get(&mut tx, Mode::Test, &one, token).await?;
        assert_eq!(found.is_some(), kept, "{token}");
    }
    Ok(())
}
