use super::super::{Store, accounts, commit, servers, testing::fresh};
use super::{Result, begun};
use crate::domain::ids::{Mode, ServerId};
use crate::domain::plan::Limit;
use crate::domain::testing::{account, at};

#[tokio::test]
async fn readers_cannot_write() -> Result<()> {
    let (store, _folder) = fresh().await;
    let mut reader = store.read().await?;
    let refused = accounts::put(&mut reader, &account("acc_1"), "a@example.org", None, at(0)).await;
    let refused = refused.expect_err("the connection only reads").to_string();
    assert!(refused.contains("readonly"), "{refused}");
    Ok(())
}

#[tokio::test]
async fn what_is_not_committed_never_was() -> Result<()> {
    let (tx, store, _folder) = begun().await?;
    drop(tx);
    let mut reader = store.read().await?;
    assert_eq!(accounts::get(&mut reader, &account("acc_1"), Mode::Test).await?, None);
    Ok(())
}

#[tokio::test]
async fn a_reader_sees_what_was_committed_and_a_second_opening_keeps_it() -> Result<()> {
    let (tx, store, folder) = begun().await?;
    commit(tx).await?;
    let mut reader = store.read().await?;
    assert!(accounts::get(&mut reader, &account("acc_1"), Mode::Test).await?.is_some());
    drop(reader);
    store.close().await;

    let again = Store::open(&folder.path().join("coinslot.db")).await?;
    let mut reader = again.read().await?;
    assert!(accounts::get(&mut reader, &account("acc_2"), Mode::Test).await?.is_some());
    assert!(again.sqlite_version().await?.starts_with("3."));
    Ok(())
}

#[tokio::test]
async fn a_checkpoint_moves_what_is_committed_into_the_file() -> Result<()> {
    let (tx, store, folder) = begun().await?;
    commit(tx).await?;
    // The file without its log.
    let knows_account = async || {
        let alone = folder.path().join("alone.db");
        std::fs::copy(folder.path().join("coinslot.db"), &alone).expect("a copy");
        let store = Store::open(&alone).await?;
        let found = accounts::get(&mut *store.read().await?, &account("acc_1"), Mode::Test).await?;
        store.close().await;
        Result::Ok(found.is_some())
    };
    assert!(!knows_account().await?);
    store.checkpoint().await?;
    assert!(knows_account().await?);
    Ok(())
}

#[tokio::test]
async fn of_fifty_claims_at_once_one_takes_the_last_slot() -> Result<()> {
    let (tx, store, _folder) = begun().await?;
    commit(tx).await?;
    let claim = |number: u32| {
        let store = store.clone();
        async move {
            let server = ServerId::new(format!("srv_{number}")).expect("a server id");
            let mut tx = store.write().await?;
            let limit = Limit::Servers(1);
            let claimed =
                servers::claim(&mut tx, &account("acc_1"), &server, None, limit, None, at(0))
                    .await?;
            commit(tx).await?;
            Ok::<bool, super::super::StoreFailed>(claimed.is_some())
        }
    };
    let claims = futures::future::try_join_all((0..50).map(claim)).await?;
    assert_eq!(claims.into_iter().filter(|claimed| *claimed).count(), 1);
    Ok(())
}
