use sqlx::SqliteConnection;

use super::super::{servers, suspensions};
use super::{Result, begun, books};
use crate::domain::ids::ServerId;
use crate::domain::plan::Limit;
use crate::domain::suspension::Mark;
use crate::domain::testing::{account, at};
use crate::store::suspensions::Telling;

fn server(id: &str) -> ServerId {
    ServerId::new(id).expect("a server id")
}

async fn stands(conn: &mut SqliteConnection, id: &str) -> Result<()> {
    let (one, any) = (account("acc_1"), Limit::Unlimited);
    assert!(servers::claim(conn, &one, &server(id), None, any, None, at(0)).await?.is_some());
    Ok(())
}

/// Decides at `second` whether `s1` is suspended.
async fn decide(conn: &mut SqliteConnection, suspended: bool, second: i64) -> Result<()> {
    let since = suspended.then(|| at(second));
    let wait = at(second + 60);
    suspensions::set(conn, &account("acc_1"), &server("s1"), since, at(second), wait).await
}

/// What is taken up to be told at `second`, until a minute later.
async fn taken(conn: &mut SqliteConnection, second: i64) -> Result<Option<Telling>> {
    let waits = suspensions::something_to_tell(conn, at(second)).await?;
    let telling = suspensions::take(conn, at(second), at(second + 60)).await?;
    assert_eq!(waits, telling.is_some());
    Ok(telling)
}

#[tokio::test]
async fn a_mark_is_read_as_it_was_written() -> Result<()> {
    let (mut tx, _store, _folder) = begun().await?;
    let one = account("acc_1");
    assert_eq!(books(&mut tx, &one, at(0)).await?.mark, None);
    for mark in [
        Mark { judged_at: at(1), runs: Limit::Servers(3), over_since: Some(at(0)) },
        Mark { judged_at: at(2), runs: Limit::Unlimited, over_since: None },
    ] {
        suspensions::put_mark(&mut tx, &one, &mark, Some(at(9))).await?;
        assert_eq!(books(&mut tx, &one, at(0)).await?.mark, Some(mark));
    }
    assert!(suspensions::due(&mut tx, at(8), 10).await?.is_empty());
    assert_eq!(suspensions::due(&mut tx, at(9), 10).await?, [one]);
    Ok(())
}

#[tokio::test]
async fn only_an_account_that_is_over_or_has_more_than_it_was_judged_for_is_looked_at() -> Result<()>
{
    let (mut tx, _store, _folder) = begun().await?;
    let one = account("acc_1");
    let judged = |runs, over_since| Some(Mark { judged_at: at(0), runs, over_since });
    stands(&mut tx, "s1").await?;
    stands(&mut tx, "s2").await?;
    for (mark, free, looked_at) in [
        (None, 2, false),
        (None, 1, true),
        (judged(Limit::Servers(2), None), 1, false),
        (judged(Limit::Servers(1), None), 5, true),
        (judged(Limit::Unlimited, None), 1, false),
        (judged(Limit::Servers(3), Some(at(0))), 1, true),
    ] {
        if let Some(mark) = &mark {
            suspensions::put_mark(&mut tx, &one, mark, None).await?;
        }
        let asked = suspensions::look_again(&mut tx, &one, free, at(5)).await?;
        assert_eq!(asked, looked_at, "{mark:?} with {free} free");
        assert_eq!(suspensions::due(&mut tx, at(5), 10).await?.len(), usize::from(looked_at));
        crate::store::testing::run(&mut tx, "UPDATE over_quota SET look_at = NULL").await;
        if mark.is_none() {
            crate::store::testing::run(&mut tx, "DELETE FROM over_quota").await;
        }
    }
    for (free, accounts) in [(2, 0), (1, 1)] {
        suspensions::look_at_all(&mut tx, free, at(5)).await?;
        assert_eq!(suspensions::due(&mut tx, at(5), 10).await?.len(), accounts, "{free} free");
    }
    crate::store::testing::run(&mut tx, "UPDATE over_quota SET look_at = NULL").await;
    decide(&mut tx, true, 0).await?;
    suspensions::look_at_all(&mut tx, 9, at(5)).await?;
    assert_eq!(suspensions::due(&mut tx, at(5), 10).await?, [one], "something is suspended");
    Ok(())
}

#[tokio::test]
async fn the_panel_is_told_once_for_each_change() -> Result<()> {
    let (mut tx, _store, _folder) = begun().await?;
    stands(&mut tx, "s1").await?;
    decide(&mut tx, false, 0).await?;
    assert_eq!(taken(&mut tx, 0).await?, None, "it runs, as the panel knows");
    for suspended in [true, false] {
        decide(&mut tx, suspended, 10).await?;
        decide(&mut tx, suspended, 10).await?;
        let telling = taken(&mut tx, 10).await?.expect("something to tell");
        assert_eq!((telling.suspended, telling.tries), (suspended, 1));
        assert_eq!(taken(&mut tx, 69).await?, None, "it is being told");
        suspensions::told(&mut tx, &telling, at(11)).await?;
        assert_eq!(taken(&mut tx, 999).await?, None, "the panel knows");
    }
    decide(&mut tx, true, 20).await?;
    decide(&mut tx, false, 20).await?;
    assert_eq!(taken(&mut tx, 999).await?, None, "nobody was told of either");
    Ok(())
}

#[tokio::test]
async fn what_may_not_have_arrived_is_told_again_and_so_is_its_opposite() -> Result<()> {
    let (mut tx, _store, _folder) = begun().await?;
    stands(&mut tx, "s1").await?;
    decide(&mut tx, true, 0).await?;
    taken(&mut tx, 0).await?.expect("the process died telling this");
    let again = taken(&mut tx, 60).await?.expect("it is told again");
    assert_eq!(again.tries, 2);
    suspensions::not_told(&mut tx, &again, at(1_000)).await?;
    assert_eq!(taken(&mut tx, 999).await?, None);
    decide(&mut tx, false, 100).await?;
    assert_eq!(taken(&mut tx, 159).await?, None, "a call may still be under way");
    let back = taken(&mut tx, 160).await?.expect("it may have been suspended");
    assert!(!back.suspended);
    decide(&mut tx, true, 161).await?;
    suspensions::told(&mut tx, &back, at(162)).await?;
    let down = taken(&mut tx, 162).await?.expect("decided while it was told the opposite");
    assert!(down.suspended);
    suspensions::told(&mut tx, &again, at(163)).await?;
    assert!(taken(&mut tx, 999).await?.is_some(), "what was said before does not count");
    Ok(())
}

#[tokio::test]
async fn a_choice_takes_the_place_of_the_one_before() -> Result<()> {
    let (mut tx, _store, _folder) = begun().await?;
    let one = account("acc_1");
    for id in ["s1", "s2", "s3"] {
        stands(&mut tx, id).await?;
    }
    for choice in [vec!["s1", "s3"], vec!["s2"], vec![]] {
        let ids: Vec<ServerId> = choice.iter().map(|id| server(id)).collect();
        suspensions::keep(&mut tx, &one, &ids).await?;
        let kept = servers::of_account(&mut tx, &one, at(0)).await?.into_iter();
        let kept: Vec<ServerId> = kept.filter(|server| server.kept).map(|it| it.id).collect();
        assert_eq!(kept, ids);
    }
    Ok(())
}
