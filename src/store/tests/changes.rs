use super::super::changes::{self, Bound, Progress, ShownChange};
use super::{Result, begun};
use crate::domain::change::{Effective, Kind};
use crate::domain::ids::{ItemId, Mode, ScheduleId, SubscriptionId};
use crate::domain::plan::Interval;
use crate::domain::testing::{DAY, account, at, plan, price};

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
async fn the_last_change_that_was_sent_and_put_off_is_found() -> Result<()> {
    let (mut tx, _store, _folder) = begun().await?;
    let subscription = shown("one", 0).bound.subscription;
    let mut at_once = shown("now", 30);
    at_once.bound.effective = Effective::Now;
    for change in [shown("old", 0), shown("new", 10), shown("only-shown", 20), at_once] {
        changes::put(&mut tx, Mode::Test, &change).await?;
    }
    assert_eq!(changes::last_put_off(&mut tx, Mode::Test, &subscription).await?, None);
    for token in ["old", "new", "now"] {
        changes::advance(&mut tx, token, Progress::Sent).await?;
    }
    let schedule = ScheduleId::new("sub_sched_1").expect("a schedule id");
    changes::note_schedule(&mut tx, "new", &schedule).await?;
    let last = changes::last_put_off(&mut tx, Mode::Test, &subscription).await?;
    let expected =
        ShownChange { progress: Progress::Sent, schedule: Some(schedule), ..shown("new", 10) };
    assert_eq!(last, Some(expected));
    assert_eq!(changes::last_put_off(&mut tx, Mode::Live, &subscription).await?, None);
    changes::advance(&mut tx, "new", Progress::Void).await?;
    let last = changes::last_put_off(&mut tx, Mode::Test, &subscription).await?;
    assert_eq!(last.map(|change| change.token), Some("old".to_owned()));
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
