use sqlx::SqliteConnection;

use super::super::inbox::{self, Ignored, Status};
use super::super::{intake, leases};
use super::inbox::{event, file, filing, lease};
use super::{Result, begun};
use crate::domain::testing::{account, at};

/// Files an event of a customer that has no other.
async fn file_alone(conn: &mut SqliteConnection, id: &str, second: i64) -> Result<()> {
    let mut filing = filing(id, false, None, second);
    filing.delivery.envelope.owner.customer = Some(format!("cus_{id}"));
    intake::file_all(conn, &[filing]).await?;
    Ok(())
}

#[tokio::test]
async fn the_oldest_due_event_is_leased_first_and_to_one_only() -> Result<()> {
    let (mut tx, _store, _folder) = begun().await?;
    for (id, second) in [("evt_later", 20), ("evt_old", 10), ("evt_twin", 10), ("evt_far", 90)] {
        file_alone(&mut tx, id, second).await?;
    }
    assert_eq!(lease(&mut tx, 9).await?, None, "nothing is due yet");
    for expected in [Some("evt_old"), Some("evt_twin"), Some("evt_later"), None] {
        let leased = lease(&mut tx, 20).await?;
        assert_eq!(leased.as_ref().map(|leased| leased.event.id.as_str()), expected);
        if let Some(leased) = leased {
            assert_eq!((leased.event.status, leased.event.attempts), (Status::Processing, 1));
            assert_eq!(leased.event.next_attempt_at, None);
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_lease_that_is_ended_makes_its_event_due_at_once() -> Result<()> {
    let (mut tx, _store, _folder) = begun().await?;
    file_alone(&mut tx, "evt_dropped", 0).await?;
    lease(&mut tx, 0).await?;
    assert_eq!(lease(&mut tx, 1).await?, None);
    assert_eq!(leases::end_leases(&mut tx, at(1)).await?, 1);
    assert_eq!(leases::end_leases(&mut tx, at(1)).await?, 0);
    let leased = lease(&mut tx, 1).await?.expect("it is due");
    assert_eq!((leased.event.id.as_str(), leased.event.attempts), ("evt_dropped", 2));
    Ok(())
}

#[tokio::test]
async fn a_lease_that_ran_out_is_due_again_in_its_turn() -> Result<()> {
    let (mut tx, _store, _folder) = begun().await?;
    file_alone(&mut tx, "evt_dropped", 0).await?;
    lease(&mut tx, 0).await?;
    file_alone(&mut tx, "evt_before", 59).await?;
    file_alone(&mut tx, "evt_after", 60).await?;

    assert_eq!(lease(&mut tx, 58).await?, None, "a minute is not over");
    for (expected, attempts) in [("evt_before", 1), ("evt_dropped", 2), ("evt_after", 1)] {
        let leased = lease(&mut tx, 60).await?.expect("one is due");
        assert_eq!((leased.event.id.as_str(), leased.event.attempts), (expected, attempts));
    }
    Ok(())
}

#[tokio::test]
async fn a_leased_event_ends_in_one_of_four_ways() -> Result<()> {
    let (mut tx, _store, _folder) = begun().await?;
    let owner = account("acc_1");
    for id in ["evt_done", "evt_foreign", "evt_failed", "evt_dead", "evt_postponed"] {
        file(&mut tx, id, 0).await?;
        let leased = lease(&mut tx, 0).await?.expect("one is due");
        let ours = match id {
            "evt_done" => leases::settle(&mut tx, &leased, Some(&owner), at(1)).await?,
            "evt_foreign" => leases::ignore(&mut tx, &leased, Ignored::Foreign, at(1)).await?,
            "evt_failed" => leases::fail(&mut tx, &leased, "no answer", Some(at(30))).await?,
            "evt_dead" => leases::fail(&mut tx, &leased, "no answer", None).await?,
            _ => leases::postpone(&mut tx, &leased, at(40)).await?,
        };
        assert!(ours, "{id}");
    }
    let failure = Some("no answer");
    let table = [
        ("evt_done", Status::Done, None, 1, None, None),
        ("evt_foreign", Status::Ignored, Some(Ignored::Foreign), 1, None, None),
        ("evt_failed", Status::Failed, None, 1, Some(at(30)), failure),
        ("evt_dead", Status::Dead, None, 1, None, failure),
        ("evt_postponed", Status::Received, None, 0, Some(at(40)), None),
    ];
    for (id, status, ignored, attempts, next_attempt_at, last_error) in table {
        let stored = event(&mut tx, id).await?;
        assert_eq!((stored.status, stored.ignored, stored.attempts), (status, ignored, attempts));
        assert_eq!(stored.next_attempt_at, next_attempt_at, "{id}");
        assert_eq!(stored.last_error.as_deref(), last_error, "{id}");
    }
    assert_eq!(event(&mut tx, "evt_done").await?.account, Some(owner));
    assert_eq!(inbox::dead_count(&mut tx).await?, 1);
    assert_eq!(lease(&mut tx, 29).await?, None, "what failed waits for its date");
    assert_eq!(lease(&mut tx, 30).await?.expect("due").event.id, "evt_failed");
    Ok(())
}

#[tokio::test]
async fn what_is_said_of_a_lease_that_is_over_is_not_taken() -> Result<()> {
    let (mut tx, _store, _folder) = begun().await?;
    file(&mut tx, "evt_1", 0).await?;
    let mut theirs = lease(&mut tx, 0).await?.expect("due");
    for second in [0, 1] {
        let late = theirs;
        leases::end_leases(&mut tx, at(second)).await?;
        theirs = lease(&mut tx, second).await?.expect("due again");
        let before = event(&mut tx, "evt_1").await?;
        assert!(!leases::settle(&mut tx, &late, None, at(2)).await?);
        assert!(!leases::ignore(&mut tx, &late, Ignored::Foreign, at(2)).await?);
        assert!(!leases::fail(&mut tx, &late, "late", None).await?);
        assert!(!leases::postpone(&mut tx, &late, at(9)).await?);
        assert_eq!(event(&mut tx, "evt_1").await?, before);
    }
    assert!(leases::settle(&mut tx, &theirs, None, at(2)).await?);
    assert!(!leases::settle(&mut tx, &theirs, None, at(3)).await?, "once");
    Ok(())
}

#[tokio::test]
async fn a_customer_has_one_lease_and_others_do_not_wait_for_it() -> Result<()> {
    let (mut tx, _store, _folder) = begun().await?;
    let of = |id: &str, customer: Option<&str>, livemode| {
        let mut filing = filing(id, livemode, None, 0);
        filing.delivery.envelope.owner.customer = customer.map(str::to_owned);
        filing
    };
    let batch = [
        of("evt_1a", Some("cus_1"), false),
        of("evt_1b", Some("cus_1"), false),
        of("evt_1live", Some("cus_1"), true),
        of("evt_2", Some("cus_2"), false),
        of("evt_none_a", None, false),
        of("evt_none_b", None, false),
    ];
    intake::file_all(&mut tx, &batch).await?;
    let mut held = Vec::new();
    while let Some(leased) = lease(&mut tx, 0).await? {
        held.push(leased);
    }
    let leased: Vec<&str> = held.iter().map(|leased| leased.event.id.as_str()).collect();
    assert_eq!(leased, ["evt_1a", "evt_1live", "evt_2", "evt_none_a", "evt_none_b"]);

    leases::fail(&mut tx, &held[0], "no answer", Some(at(99))).await?;
    let next = lease(&mut tx, 0).await?.expect("the customer is free");
    assert_eq!(next.event.id, "evt_1b");
    assert_eq!(lease(&mut tx, 0).await?, None);
    // All leases run out at once: one of the customer's two is leased again, the oldest first.
    let again = lease(&mut tx, 100).await?.expect("it ran out");
    assert_eq!(again.event.id, "evt_1b");
    let mut others = Vec::new();
    while let Some(leased) = lease(&mut tx, 100).await? {
        others.push(leased.event.id);
    }
    assert_eq!(others, ["evt_1live", "evt_2", "evt_none_a", "evt_none_b"], "not evt_1a");
    Ok(())
}
