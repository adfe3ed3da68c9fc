use sqlx::SqliteConnection;

use super::super::accounts;
use super::super::inbox::{self, Ignored, InboxEvent, Status};
use super::super::intake::{self, Filing};
use super::super::leases::{self, Leased};
use super::{Result, begun};
use crate::domain::delivery::{Delivery, Envelope, Owner};
use crate::domain::ids::{CustomerId, Mode};
use crate::domain::testing::{account, at};

fn delivery(id: &str, livemode: bool) -> Delivery {
    let envelope = Envelope {
        id: id.to_owned(),
        kind: "invoice.paid".to_owned(),
        created_at: at(-5),
        livemode,
        connect_account: None,
        api_version: Some("2026-09-30.endive".to_owned()),
        owner: Owner {
            object_id: Some("in_1".to_owned()),
            customer: Some("cus_1".to_owned()),
            subscription: Some("sub_1".to_owned()),
            invoice: Some("in_1".to_owned()),
            payment_intent: None,
            account: Some("acc_1".to_owned()),
        },
    };
    Delivery { envelope, payload: format!("{{\"id\": \"{id}\"}}").into_bytes() }
}

pub(super) fn filing(id: &str, livemode: bool, ignored: Option<Ignored>, second: i64) -> Filing {
    Filing { delivery: delivery(id, livemode), ignored, received_at: at(second) }
}

pub(super) async fn file(conn: &mut SqliteConnection, id: &str, second: i64) -> Result<Vec<bool>> {
    intake::file_all(conn, &[filing(id, false, None, second)]).await
}

/// Leases what is due at `second` for a minute.
pub(super) async fn lease(conn: &mut SqliteConnection, second: i64) -> Result<Option<Leased>> {
    leases::lease(conn, at(second), at(second + 60)).await
}

pub(super) async fn event(conn: &mut SqliteConnection, id: &str) -> Result<InboxEvent> {
    Ok(inbox::get(conn, id, Mode::Test).await?.expect("it was filed"))
}

fn ids(events: &[InboxEvent]) -> Vec<&str> {
    events.iter().map(|event| event.id.as_str()).collect()
}

#[tokio::test]
async fn as_many_as_are_filed_together_are_stored() -> Result<()> {
    for count in [0, 1, 2, 16, 17, 128, 129, 300] {
        let (mut tx, _store, _folder) = begun().await?;
        let batch: Vec<Filing> =
            (0..count).map(|number| filing(&format!("evt_{number}"), false, None, 0)).collect();
        assert_eq!(intake::file_all(&mut tx, &batch).await?, vec![true; count]);
        assert_eq!(inbox::pending(&mut tx).await?.0 as usize, count);
        assert_eq!(intake::file_all(&mut tx, &batch).await?, vec![false; count]);
    }
    Ok(())
}

#[tokio::test]
async fn an_event_is_filed_once_in_each_mode() -> Result<()> {
    let (mut tx, _store, _folder) = begun().await?;
    let batch = [
        filing("evt_1", false, None, 0),
        filing("evt_1", false, None, 1),
        filing("evt_1", true, None, 0),
    ];
    assert_eq!(intake::file_all(&mut tx, &batch).await?, [true, false, true]);
    assert_eq!(intake::file_all(&mut tx, &batch[1..]).await?, [false, false], "sent again");
    assert_eq!(intake::file_all(&mut tx, &[]).await?, [false; 0]);
    let expected = InboxEvent {
        seq: 1,
        id: "evt_1".to_owned(),
        mode: Mode::Test,
        kind: "invoice.paid".to_owned(),
        created_at: at(-5),
        object_id: Some("in_1".to_owned()),
        customer: Some("cus_1".to_owned()),
        subscription: Some("sub_1".to_owned()),
        account_ref: Some("acc_1".to_owned()),
        received_at: at(0),
        status: Status::Received,
        ignored: None,
        attempts: 0,
        next_attempt_at: Some(at(0)),
        last_error: None,
        account: None,
    };
    assert_eq!(event(&mut tx, "evt_1").await?, expected);
    let bytes = inbox::payload(&mut tx, "evt_1", Mode::Test).await?;
    assert_eq!(bytes.as_deref(), Some(br#"{"id": "evt_1"}"#.as_slice()), "to the last space");
    assert_eq!(inbox::get(&mut tx, "evt_9", Mode::Test).await?, None);
    assert_eq!(inbox::payload(&mut tx, "evt_9", Mode::Test).await?, None);
    Ok(())
}

#[tokio::test]
async fn what_is_ignored_is_filed_and_never_due() -> Result<()> {
    let (mut tx, _store, _folder) = begun().await?;
    for (id, why) in
        [("evt_1", Ignored::Livemode), ("evt_2", Ignored::Foreign), ("evt_3", Ignored::Connect)]
    {
        intake::file_all(&mut tx, &[filing(id, false, Some(why), 0)]).await?;
        let stored = event(&mut tx, id).await?;
        assert_eq!((stored.status, stored.ignored), (Status::Ignored, Some(why)));
        assert_eq!(stored.next_attempt_at, None);
    }
    assert_eq!(lease(&mut tx, 99).await?, None);
    Ok(())
}

#[tokio::test]
async fn an_event_is_replayed_from_the_start_unless_somebody_works_on_it() -> Result<()> {
    let (mut tx, _store, _folder) = begun().await?;
    file(&mut tx, "evt_1", 0).await?;
    let leased = lease(&mut tx, 0).await?.expect("due");
    assert!(!inbox::replay(&mut tx, "evt_1", Mode::Test, at(5)).await?, "it is in work");
    leases::fail(&mut tx, &leased, "poison", None).await?;
    assert!(!inbox::replay(&mut tx, "evt_1", Mode::Live, at(5)).await?, "the other mode");
    assert!(!inbox::replay(&mut tx, "evt_9", Mode::Test, at(5)).await?, "there is none");
    assert!(inbox::replay(&mut tx, "evt_1", Mode::Test, at(5)).await?);

    let stored = event(&mut tx, "evt_1").await?;
    assert_eq!((stored.status, stored.attempts), (Status::Received, 0));
    assert_eq!((stored.next_attempt_at, stored.last_error), (Some(at(5)), None));

    intake::file_all(&mut tx, &[filing("evt_2", false, Some(Ignored::Foreign), 0)]).await?;
    assert!(inbox::replay(&mut tx, "evt_2", Mode::Test, at(6)).await?);
    assert_eq!(event(&mut tx, "evt_2").await?.ignored, None);
    Ok(())
}

#[tokio::test]
async fn all_events_of_a_status_or_of_a_type_are_replayed_together() -> Result<()> {
    let (mut tx, _store, _folder) = begun().await?;
    for (id, kind) in
        [("evt_1", "invoice.paid"), ("evt_2", "charge.refunded"), ("evt_3", "invoice.paid")]
    {
        let mut filing = filing(id, false, None, 0);
        filing.delivery.envelope.kind = kind.to_owned();
        intake::file_all(&mut tx, &[filing]).await?;
        let leased = lease(&mut tx, 0).await?.expect("due");
        leases::fail(&mut tx, &leased, "poison", None).await?;
    }
    file(&mut tx, "evt_working", 0).await?;
    lease(&mut tx, 0).await?;
    let expected = [("invoice.paid".to_owned(), 2), ("charge.refunded".to_owned(), 1)];
    assert_eq!(inbox::kinds(&mut tx, Status::Dead, Mode::Test).await?, expected);
    assert_eq!(inbox::kinds(&mut tx, Status::Dead, Mode::Live).await?, []);

    let dead = Status::Dead;
    let table = [
        (dead, Some("invoice.paid"), Mode::Live, 0),
        (dead, Some("price.created"), Mode::Test, 0),
        (Status::Processing, None, Mode::Test, 0),
        (dead, Some("charge.refunded"), Mode::Test, 1),
        (dead, None, Mode::Test, 2),
    ];
    for (status, kind, mode, events) in table {
        let replayed = inbox::replay_all(&mut tx, status, kind, mode, at(5)).await?;
        assert_eq!(replayed, events, "{status:?} {kind:?} {mode:?}");
    }
    let stored = event(&mut tx, "evt_3").await?;
    assert_eq!((stored.status, stored.attempts), (Status::Received, 0));
    assert_eq!((stored.next_attempt_at, stored.last_error), (Some(at(5)), None));
    Ok(())
}

#[tokio::test]
async fn what_is_over_is_forgotten_in_batches_and_the_dead_never() -> Result<()> {
    let (mut tx, _store, _folder) = begun().await?;
    for (id, second) in [("evt_1", 0), ("evt_2", 1), ("evt_3", 2), ("evt_4", 3)] {
        file(&mut tx, id, second).await?;
        let leased = lease(&mut tx, second).await?.expect("due");
        if id == "evt_2" {
            leases::fail(&mut tx, &leased, "poison", None).await?;
        } else {
            leases::settle(&mut tx, &leased, None, at(50)).await?;
        }
    }
    file(&mut tx, "evt_waiting", 0).await?;
    let done = Status::Done;
    for (before, limit, forgotten) in [(0, 9, 0), (3, 1, 1), (3, 9, 1), (3, 9, 0)] {
        let events = inbox::forget(&mut tx, done, at(before), limit).await?;
        assert_eq!(events, forgotten, "before {before}");
    }
    let left = inbox::page(&mut tx, None, None, 9).await?;
    assert_eq!(ids(&left), ["evt_waiting", "evt_4", "evt_2"]);
    Ok(())
}

#[tokio::test]
async fn pages_run_from_the_newest_back() -> Result<()> {
    let (mut tx, _store, _folder) = begun().await?;
    for id in ["evt_1", "evt_2", "evt_3", "evt_4"] {
        file(&mut tx, id, 0).await?;
    }
    for _ in 0..2 {
        let leased = lease(&mut tx, 0).await?.expect("due");
        leases::settle(&mut tx, &leased, Some(&account("acc_1")), at(0)).await?;
    }
    let table = [
        (None, None, 9, vec!["evt_4", "evt_3", "evt_2", "evt_1"]),
        (None, None, 2, vec!["evt_4", "evt_3"]),
        (None, Some(3), 9, vec!["evt_2", "evt_1"]),
        (Some(Status::Done), None, 9, vec!["evt_2", "evt_1"]),
        (Some(Status::Done), Some(2), 9, vec!["evt_1"]),
        (Some(Status::Received), None, 1, vec!["evt_4"]),
        (Some(Status::Dead), None, 9, vec![]),
    ];
    for (status, before, limit, expected) in table {
        let page = inbox::page(&mut tx, status, before, limit).await?;
        assert_eq!(ids(&page), expected, "{status:?} before {before:?}");
    }
    let of_account = inbox::of_account(&mut tx, &account("acc_1"), 9).await?;
    assert_eq!(ids(&of_account), ["evt_2", "evt_1"]);
    assert_eq!(ids(&inbox::of_account(&mut tx, &account("acc_1"), 1).await?), ["evt_2"]);
    assert_eq!(ids(&inbox::of_account(&mut tx, &account("acc_2"), 9).await?), Vec::<&str>::new());
    Ok(())
}

#[tokio::test]
async fn a_sync_settles_what_waited_before_it_began() -> Result<()> {
    let (mut tx, _store, _folder) = begun().await?;
    let one = account("acc_1");
    let customer = CustomerId::new("cus_1").expect("a customer id");
    accounts::link_customer(&mut tx, &one, Mode::Test, &customer, at(0)).await?;
    let mut other = filing("evt_other", false, None, 0);
    other.delivery.envelope.owner.customer = Some("cus_2".to_owned());
    let mut session = filing("evt_session", false, None, 0);
    session.delivery.envelope.kind = "checkout.session.completed".to_owned();
    let batch = [
        filing("evt_leased", false, None, 0),
        filing("evt_waiting", false, None, 1),
        other,
        session,
        filing("evt_live", true, None, 0),
    ];
    assert_eq!(inbox::last_seq(&mut tx).await?, 0);
    assert_eq!(inbox::pending(&mut tx).await?, (0, None));
    intake::file_all(&mut tx, &batch).await?;
    assert_eq!(lease(&mut tx, 0).await?.expect("due").event.id, "evt_leased");
    let up_to = inbox::last_seq(&mut tx).await?;
    file(&mut tx, "evt_late", 2).await?;
    assert_eq!(inbox::pending(&mut tx).await?, (6, Some(at(0))));

    inbox::settle_covered(&mut tx, &one, Mode::Test, up_to, at(9)).await?;

    let table = [
        ("evt_leased", Status::Processing),
        ("evt_waiting", Status::Done),
        ("evt_other", Status::Received),
        ("evt_session", Status::Received),
        ("evt_late", Status::Received),
    ];
    for (id, status) in table {
        assert_eq!(event(&mut tx, id).await?.status, status, "{id}");
    }
    assert_eq!(event(&mut tx, "evt_waiting").await?.account, Some(one));
    let live = inbox::get(&mut tx, "evt_live", Mode::Live).await?.expect("it was filed");
    assert_eq!(live.status, Status::Received);
    assert_eq!(inbox::pending(&mut tx).await?, (5, Some(at(0))));
    Ok(())
}

#[test]
fn a_status_reads_what_it_writes() {
    for status in Status::ALL {
        assert_eq!(Status::parse(status.as_str()), Some(status));
    }
    assert_eq!(Status::parse("lost"), None);
}
