use super::super::accounts::{self, Put, SyncTicket};
use super::super::inbox::Ignored;
use super::super::intake;
use super::inbox::filing;
use super::{Result, begun};
use crate::domain::ids::{AccountId, CustomerId, Mode};
use crate::domain::testing::{account, at};

fn customer(id: &str) -> CustomerId {
    CustomerId::new(id).expect("a customer id")
}

fn ids(found: &[accounts::Account]) -> Vec<&str> {
    found.iter().map(|account| account.id.as_str()).collect()
}

#[tokio::test]
async fn an_account_is_made_once_and_then_changed() -> Result<()> {
    let (mut tx, _store, _folder) = begun().await?;
    let ada = account("ada");
    let made = accounts::put(&mut tx, &ada, "a@example.org", Some("Ada"), at(5)).await?;
    assert_eq!(made, Put::Created);
    let changed = accounts::put(&mut tx, &ada, "b@example.org", None, at(9)).await?;
    assert_eq!(changed, Put::Updated);

    let stored = accounts::get(&mut tx, &ada, Mode::Test).await?.expect("it was made");
    assert_eq!(stored.email, "b@example.org");
    assert_eq!(stored.name.as_deref(), Some("Ada"), "a name is not lost by leaving it out");
    assert_eq!(stored.created_at, at(5));
    assert!(!stored.has_user);
    assert_eq!((stored.customer, stored.synced_at, stored.trial_used_at), (None, None, None));
    assert_eq!(accounts::get(&mut tx, &account("nobody"), Mode::Test).await?, None);

    accounts::rename(&mut tx, &ada, "Ada L.").await?;
    let renamed = accounts::get(&mut tx, &ada, Mode::Test).await?.expect("it was made");
    assert_eq!(
        (renamed.name.as_deref(), renamed.email.as_str()),
        (Some("Ada L."), "b@example.org")
    );
    Ok(())
}

#[tokio::test]
async fn pages_of_accounts_follow_their_ids() -> Result<()> {
    let (mut tx, _store, _folder) = begun().await?;
    for id in ["acc_4", "acc_3"] {
        accounts::put(&mut tx, &account(id), "x@example.org", None, at(1)).await?;
    }
    let table = [
        (None, 3, vec!["acc_1", "acc_2", "acc_3"]),
        (Some("acc_3"), 3, vec!["acc_4"]),
        (Some("acc_4"), 3, vec![]),
        (None, 0, vec![]),
    ];
    for (after, limit, expected) in table {
        let page = accounts::page(&mut tx, Mode::Test, after, limit).await?;
        assert_eq!(ids(&page), expected, "{limit} after {after:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_search_takes_every_sign_as_it_is_written() -> Result<()> {
    let (mut tx, _store, _folder) = begun().await?;
    let people = [
        ("p1", "ada_l@example.org", Some("Ada L"), "cus_ada"),
        ("p2", "adaxl@example.org", Some("100% Ada"), "cus_axa"),
        ("p3", "eve@example.org", None, "cus_eve"),
    ];
    for (second, (id, email, name, cus)) in (10..).zip(people) {
        accounts::put(&mut tx, &account(id), email, name, at(second)).await?;
        let cus = customer(cus);
        accounts::link_customer(&mut tx, &account(id), Mode::Test, &cus, at(0)).await?;
    }
    let table = [
        ("", vec!["p3", "p2", "p1", "acc_1", "acc_2"]),
        ("ada", vec!["p2", "p1"]),
        ("ADA_L", vec!["p1"]),
        ("a_l", vec!["p1"]),
        ("%", vec!["p2"]),
        ("100%", vec!["p2"]),
        ("_", vec!["p1", "acc_1", "acc_2"]),
        ("acc_2@", vec!["acc_2"]),
        ("p3", vec!["p3"]),
        ("cus_eve", vec!["p3"]),
        ("'; DROP TABLE accounts; --", vec![]),
    ];
    for (query, expected) in table {
        let found = accounts::search(&mut tx, Mode::Test, query, 0, 9).await?;
        assert_eq!(ids(&found), expected, "{query}");
        let count = accounts::search_count(&mut tx, Mode::Test, query).await?;
        assert_eq!(count as usize, expected.len(), "{query}");
    }
    let second = accounts::search(&mut tx, Mode::Test, "", 1, 2).await?;
    assert_eq!(ids(&second), ["p2", "p1"]);
    let live = accounts::search(&mut tx, Mode::Live, "cus_eve", 0, 9).await?;
    assert_eq!(ids(&live), Vec::<&str>::new());
    assert_eq!(accounts::search_count(&mut tx, Mode::Live, "cus_eve").await?, 0);
    Ok(())
}

#[tokio::test]
async fn a_customer_belongs_to_one_account_in_one_mode() -> Result<()> {
    let (mut tx, _store, _folder) = begun().await?;
    let (one, two) = (account("acc_1"), account("acc_2"));
    let table = [
        (&one, Mode::Test, "cus_1", true),
        (&two, Mode::Test, "cus_1", false),
        (&one, Mode::Test, "cus_2", false),
        (&one, Mode::Live, "cus_9", true),
        (&two, Mode::Live, "cus_1", true),
    ];
    for (who, mode, cus, expected) in table {
        let linked = accounts::link_customer(&mut tx, who, mode, &customer(cus), at(0)).await?;
        assert_eq!(linked, expected, "{who} {mode:?} {cus}");
    }
    let owner = async |tx: &mut _, mode, cus| accounts::by_customer(tx, mode, cus).await;
    assert_eq!(owner(&mut tx, Mode::Test, "cus_1").await?, Some(one.clone()));
    assert_eq!(owner(&mut tx, Mode::Live, "cus_1").await?, Some(two));
    assert_eq!(owner(&mut tx, Mode::Test, "cus_9").await?, None);
    let of = async |tx: &mut _, mode| accounts::get(tx, &one, mode).await;
    assert_eq!(of(&mut tx, Mode::Test).await?.and_then(|a| a.customer), Some(customer("cus_1")));
    assert_eq!(of(&mut tx, Mode::Live).await?.and_then(|a| a.customer), Some(customer("cus_9")));

    accounts::unlink_customer(&mut tx, Mode::Test, &customer("cus_1")).await?;
    assert_eq!(owner(&mut tx, Mode::Test, "cus_1").await?, None);
    assert!(owner(&mut tx, Mode::Live, "cus_1").await?.is_some(), "the other mode keeps its own");

    let nobody = account("nobody");
    let linked =
        accounts::link_customer(&mut tx, &nobody, Mode::Test, &customer("cus_5"), at(0)).await;
    assert!(linked.is_err(), "an account that does not exist");
    Ok(())
}

#[tokio::test]
async fn accounts_with_a_customer_are_walked_in_order() -> Result<()> {
    let (mut tx, _store, _folder) = begun().await?;
    accounts::put(&mut tx, &account("acc_3"), "x@example.org", None, at(0)).await?;
    for (id, mode) in [("acc_3", Mode::Test), ("acc_1", Mode::Test), ("acc_2", Mode::Live)] {
        let cus = customer(&format!("cus_{id}"));
        accounts::link_customer(&mut tx, &account(id), mode, &cus, at(0)).await?;
    }
    let table = [
        (Mode::Test, "", 9, vec!["acc_1", "acc_3"]),
        (Mode::Test, "", 1, vec!["acc_1"]),
        (Mode::Test, "acc_1", 9, vec!["acc_3"]),
        (Mode::Live, "", 9, vec!["acc_2"]),
    ];
    for (mode, after, limit, expected) in table {
        let found = accounts::with_customer(&mut tx, mode, after, limit).await?;
        let found: Vec<&str> = found.iter().map(AccountId::as_str).collect();
        assert_eq!(found, expected, "{mode:?}, {limit} after {after}");
    }
    Ok(())
}

#[tokio::test]
async fn marks_count_the_reasons_to_look() -> Result<()> {
    let (mut tx, _store, _folder) = begun().await?;
    let (one, two) = (account("acc_1"), account("acc_2"));
    accounts::link_customer(&mut tx, &one, Mode::Test, &customer("cus_1"), at(0)).await?;
    accounts::link_customer(&mut tx, &two, Mode::Live, &customer("cus_1"), at(0)).await?;

    let batch = [
        filing("evt_1", false, None, 0),
        filing("evt_2", false, None, 0),
        filing("evt_2", false, None, 0),
        filing("evt_3", false, Some(Ignored::Connect), 0),
    ];
    intake::file_all(&mut tx, &batch).await?;
    intake::file_all(&mut tx, &batch).await?;

    assert_eq!(accounts::dirty(&mut tx, &one).await?, 2, "two new events count");
    assert_eq!(accounts::dirty(&mut tx, &two).await?, 0, "it is the same id of the other mode");
    assert_eq!(accounts::dirty(&mut tx, &account("nobody")).await?, 0);
    Ok(())
}

#[tokio::test]
async fn a_late_older_sync_is_not_applied() -> Result<()> {
    let (mut tx, _store, _folder) = begun().await?;
    let one = account("acc_1");
    accounts::link_customer(&mut tx, &one, Mode::Test, &customer("cus_1"), at(0)).await?;
    intake::file_all(&mut tx, &[filing("evt_1", false, None, 0)]).await?;
    let slow = accounts::begin_sync(&mut tx, &one).await?.expect("an account");
    intake::file_all(&mut tx, &[filing("evt_2", false, None, 0)]).await?;
    let quick = accounts::begin_sync(&mut tx, &one).await?.expect("an account");
    assert_eq!(slow, SyncTicket { number: 1, dirty: 1 });
    assert_eq!(quick, SyncTicket { number: 2, dirty: 2 });

    let synced = async |tx: &mut _| {
        let stored = accounts::get(tx, &one, Mode::Test).await?;
        Result::Ok(stored.and_then(|account| account.synced_at))
    };
    assert!(accounts::apply_sync(&mut tx, &one, quick, at(10)).await?);
    assert!(!accounts::apply_sync(&mut tx, &one, slow, at(20)).await?, "it was overtaken");
    assert_eq!(synced(&mut tx).await?, Some(at(10)));
    assert_eq!(accounts::dirty_covered(&mut tx, &one).await?, 2);
    assert!(!accounts::apply_sync(&mut tx, &one, quick, at(30)).await?, "a ticket holds once");

    let next = accounts::begin_sync(&mut tx, &one).await?.expect("an account");
    assert!(accounts::apply_sync(&mut tx, &one, next, at(40)).await?);
    assert_eq!(synced(&mut tx).await?, Some(at(40)));

    let forged = SyncTicket { number: 99, dirty: 0 };
    assert!(accounts::apply_sync(&mut tx, &one, forged, at(50)).await.is_err());
    assert_eq!(accounts::begin_sync(&mut tx, &account("nobody")).await?, None);
    Ok(())
}

#[tokio::test]
async fn a_trial_keeps_its_first_date() -> Result<()> {
    let (mut tx, _store, _folder) = begun().await?;
    accounts::use_trial(&mut tx, &account("acc_1"), at(5)).await?;
    accounts::use_trial(&mut tx, &account("acc_1"), at(9)).await?;
    for (id, expected) in [("acc_1", Some(at(5))), ("acc_2", None)] {
        let stored = accounts::get(&mut tx, &account(id), Mode::Test).await?.expect("an account");
        assert_eq!(stored.trial_used_at, expected);
    }
    Ok(())
}
