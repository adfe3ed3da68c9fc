use sqlx::SqliteConnection;

use super::super::servers::{self, Server};
use super::{Result, begun, books};
use crate::domain::ids::{AccountId, ServerId};
use crate::domain::plan::Limit;
use crate::domain::testing::{account, at};
use crate::domain::timestamp::Timestamp;

fn server(id: &str) -> ServerId {
    ServerId::new(id).expect("a server id")
}

/// Takes a slot of `acc_1` now.
async fn claim(
    conn: &mut SqliteConnection,
    id: &str,
    limit: Limit,
    reserved_until: Option<i64>,
) -> Result<bool> {
    let (who, server, until) = (account("acc_1"), server(id), reserved_until.map(at));
    Ok(servers::claim(conn, &who, &server, None, limit, until, at(0)).await?.is_some())
}

async fn in_use(conn: &mut SqliteConnection, who: &AccountId, now: Timestamp) -> Result<u32> {
    Ok(books(conn, who, now).await?.used)
}

async fn listed(conn: &mut SqliteConnection, second: i64) -> Result<Vec<String>> {
    let found = servers::of_account(conn, &account("acc_1"), at(second)).await?;
    Ok(found.iter().map(|server| server.id.to_string()).collect())
}

#[tokio::test]
async fn a_slot_is_taken_below_the_limit_only() -> Result<()> {
    let (mut tx, _store, _folder) = begun().await?;
    let table = [
        ("s1", Limit::Servers(0), false),
        ("s1", Limit::Servers(2), true),
        ("s1", Limit::Servers(2), false),
        ("s2", Limit::Servers(1), false),
        ("s2", Limit::Servers(2), true),
        ("s3", Limit::Servers(2), false),
        ("s3", Limit::Unlimited, true),
        ("s4", Limit::Servers(2), false),
    ];
    for (id, limit, expected) in table {
        assert_eq!(claim(&mut tx, id, limit, None).await?, expected, "{id} under {limit}");
    }
    assert_eq!(in_use(&mut tx, &account("acc_1"), at(0)).await?, 3);
    assert_eq!(in_use(&mut tx, &account("acc_2"), at(0)).await?, 0);
    let (two, one) = (account("acc_2"), Limit::Servers(1));
    let other = servers::claim(&mut tx, &two, &server("s1"), None, one, None, at(0)).await?;
    assert!(other.is_some(), "another account's slots and ids are its own");
    let nobody = account("nobody");
    assert!(
        servers::claim(&mut tx, &nobody, &server("s1"), None, one, None, at(0)).await.is_err(),
        "an account that does not exist"
    );
    Ok(())
}

#[tokio::test]
async fn a_reservation_counts_until_the_second_it_runs_out() -> Result<()> {
    let (mut tx, _store, _folder) = begun().await?;
    let one = account("acc_1");
    assert!(claim(&mut tx, "s1", Limit::Servers(1), Some(60)).await?);
    for (second, used) in [(0, 1), (59, 1), (60, 0), (61, 0)] {
        assert_eq!(in_use(&mut tx, &one, at(second)).await?, used, "{second} s");
        assert_eq!(listed(&mut tx, second).await?.len(), used as usize, "{second} s");
        let found = servers::get(&mut tx, &one, &server("s1"), at(second)).await?;
        assert_eq!(found.is_some(), used == 1, "{second} s");
        let lapsed = servers::lapsed(&mut tx, &one, at(second)).await?;
        assert_eq!(lapsed.is_empty(), used == 1, "{second} s");
    }
    let next = server("s2");
    let limit = Limit::Servers(1);
    assert_eq!(servers::claim(&mut tx, &one, &next, None, limit, None, at(59)).await?, None);
    let taken = servers::claim(&mut tx, &one, &next, None, limit, None, at(60)).await?;
    assert_eq!(taken, servers::get(&mut tx, &one, &next, at(60)).await?);
    assert!(taken.is_some());
    Ok(())
}

#[tokio::test]
async fn a_lapsed_reservation_can_be_confirmed_dropped_or_claimed_anew() -> Result<()> {
    let (mut tx, _store, _folder) = begun().await?;
    let one = account("acc_1");
    let many = Limit::Servers(9);
    for id in ["s1", "s2"] {
        claim(&mut tx, id, many, Some(60)).await?;
    }
    claim(&mut tx, "s3", many, Some(90)).await?;
    claim(&mut tx, "s4", many, None).await?;

    servers::confirm(&mut tx, &one, &server("s1"), None, at(70)).await?;
    assert_eq!(servers::lapsed(&mut tx, &one, at(70)).await?, [server("s2")]);
    let again = servers::claim(&mut tx, &one, &server("s2"), None, many, None, at(70)).await?;
    assert!(again.is_none(), "the old row is in the way");
    for id in ["s2", "s4"] {
        servers::release_reservation(&mut tx, &one, &server(id)).await?;
    }
    assert!(
        servers::claim(&mut tx, &one, &server("s2"), None, many, None, at(70)).await?.is_some()
    );
    assert_eq!(listed(&mut tx, 80).await?, ["s1", "s3", "s4", "s2"], "oldest first");

    servers::reserve(&mut tx, &one, &server("s4"), at(100)).await?;
    assert_eq!(servers::lapsed(&mut tx, &one, at(100)).await?.len(), 2, "s3 and s4");
    servers::release(&mut tx, &one, &server("s4")).await?;
    servers::confirm(&mut tx, &one, &server("s4"), Some("Four"), at(110)).await?;
    let back = servers::get(&mut tx, &one, &server("s4"), at(110)).await?.expect("it exists");
    assert_eq!((back.name.as_deref(), back.reserved_until), (Some("Four"), None));
    Ok(())
}

#[tokio::test]
async fn a_slot_is_given_back_by_its_account() -> Result<()> {
    let (mut tx, _store, _folder) = begun().await?;
    claim(&mut tx, "s1", Limit::Servers(1), None).await?;
    let table = [("acc_2", "s1", false), ("acc_1", "s9", false), ("acc_1", "s1", true)];
    for (who, id, expected) in table {
        let released = servers::release(&mut tx, &account(who), &server(id)).await?;
        assert_eq!(released, expected, "{who} {id}");
    }
    assert!(!servers::release(&mut tx, &account("acc_1"), &server("s1")).await?);
    assert!(claim(&mut tx, "s2", Limit::Servers(1), None).await?);
    Ok(())
}

#[tokio::test]
async fn the_panels_list_replaces_ours_and_keeps_dates() -> Result<()> {
    let (mut tx, _store, _folder) = begun().await?;
    let (one, two) = (account("acc_1"), account("acc_2"));
    let any = Limit::Unlimited;
    servers::claim(&mut tx, &one, &server("kept"), Some("Kept"), any, None, at(0)).await?;
    servers::claim(&mut tx, &one, &server("coming"), None, any, Some(at(60)), at(0)).await?;
    servers::claim(&mut tx, &one, &server("gone"), None, any, None, at(0)).await?;
    servers::claim(&mut tx, &two, &server("gone"), None, any, None, at(0)).await?;

    let list = [
        (server("kept"), None),
        (server("coming"), Some("It's \"here\"".to_owned())),
        (server("new"), Some("New".to_owned())),
    ];
    servers::replace(&mut tx, &one, &list, at(100)).await?;

    let stands = |id: &str, name: &str, second| Server {
        id: server(id),
        name: Some(name.to_owned()),
        created_at: at(second),
        reserved_until: None,
        suspended_at: None,
        kept: false,
    };
    assert_eq!(
        servers::of_account(&mut tx, &one, at(100)).await?,
        [
            stands("coming", "It's \"here\"", 0),
            stands("kept", "Kept", 0),
            stands("new", "New", 100)
        ]
    );
    assert_eq!(in_use(&mut tx, &two, at(100)).await?, 1, "another's stay");

    servers::replace(&mut tx, &one, &[], at(200)).await?;
    assert_eq!(in_use(&mut tx, &one, at(200)).await?, 0);
    Ok(())
}
