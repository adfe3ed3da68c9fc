use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::{ConnectOptions as _, SqliteConnection};
use tokio::sync::Notify;

use super::{account, at, fresh, table};
use crate::domain::ids::{AccountId, Mode};
use crate::store::{self, Look, Question, Result, Store, commit, writing};

/// Asks for the name of an account, and counts how often the file was asked.
struct NameOf {
    account: AccountId,
    asked: &'static AtomicU32,
}

impl Question for NameOf {
    type Answer = Option<String>;

    fn key(&self) -> Vec<u8> {
        self.account.as_str().into()
    }

    async fn ask(&self, conn: &mut SqliteConnection) -> Result<Option<String>> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let found = table::get(conn, &self.account, Mode::Test).await?;
        Ok(found.and_then(|account| account.name))
    }
}

struct Counted(&'static AtomicU32);

impl Counted {
    fn new() -> Self {
        Self(Box::leak(Box::default()))
    }

    async fn name(&self, look: &Look, id: &str) -> Result<Option<String>> {
        let question = NameOf { account: account(id), asked: self.0 };
        Ok(Option::clone(&*look.find(&question).await?))
    }

    fn so_far(&self) -> u32 {
        self.0.load(Ordering::SeqCst)
    }
}

async fn call(store: &Store, id: &str, name: &str) -> Result<()> {
    let mut tx = store.write().await?;
    table::put(&mut tx, &account(id), "a@example.org", Some(name), at(0)).await?;
    commit(tx).await
}

#[tokio::test]
async fn what_was_read_is_read_again_when_anybody_wrote() -> Result<()> {
    let (store, folder) = fresh().await;
    let asked = Counted::new();
    call(&store, "acc_1", "Ada").await?;
    for _ in 0..3 {
        assert_eq!(asked.name(&store.look(), "acc_1").await?.as_deref(), Some("Ada"));
        assert_eq!(asked.name(&store.look(), "acc_2").await?, None);
    }
    assert_eq!(asked.so_far(), 2, "once for each account");

    call(&store, "acc_2", "Bob").await?;
    assert_eq!(asked.name(&store.look(), "acc_2").await?.as_deref(), Some("Bob"));
    assert_eq!(asked.name(&store.look(), "acc_1").await?.as_deref(), Some("Ada"));
    assert_eq!(asked.so_far(), 4);

    let mut another = writing(&folder.path().join("coinslot.db")).connect().await?;
    store::testing::run(&mut another, "UPDATE accounts SET name = 'Eve' WHERE id = 'acc_1'").await;
    assert_eq!(
        asked.name(&store.look(), "acc_1").await?.as_deref(),
        Some("Eve"),
        "as after the CLI"
    );
    assert_eq!(asked.so_far(), 5);
    Ok(())
}

#[tokio::test]
async fn what_is_not_committed_is_not_seen_and_what_is_rolled_back_never_was() -> Result<()> {
    let (store, _folder) = fresh().await;
    let asked = Counted::new();
    call(&store, "acc_1", "Ada").await?;
    for rolls_back in [true, false] {
        let mut tx = store.write().await?;
        table::put(&mut tx, &account("acc_1"), "a@example.org", Some("Eve"), at(0)).await?;
        assert_eq!(asked.name(&store.look(), "acc_1").await?.as_deref(), Some("Ada"));
        if rolls_back {
            tx.rollback().await?;
            assert_eq!(asked.name(&store.look(), "acc_1").await?.as_deref(), Some("Ada"));
        } else {
            commit(tx).await?;
            assert_eq!(asked.name(&store.look(), "acc_1").await?.as_deref(), Some("Eve"));
        }
    }
    Ok(())
}

#[tokio::test]
async fn an_old_look_leaves_nothing_for_a_newer_one() -> Result<()> {
    let (store, _folder) = fresh().await;
    let asked = Counted::new();
    call(&store, "acc_1", "Ada").await?;
    let old = store.look();
    assert_eq!(asked.name(&old, "acc_1").await?.as_deref(), Some("Ada"));
    call(&store, "acc_1", "Eve").await?;
    assert_eq!(
        asked.name(&old, "acc_1").await?.as_deref(),
        Some("Ada"),
        "as it was when it was looked at"
    );

    let new = store.look();
    assert_eq!(asked.name(&new, "acc_1").await?.as_deref(), Some("Eve"));
    assert_eq!(asked.name(&old, "acc_2").await?, None, "read by the old one");
    assert_eq!(asked.name(&old, "acc_1").await?.as_deref(), Some("Eve"), "or later");
    call(&store, "acc_2", "Bob").await?;
    assert_eq!(asked.name(&store.look(), "acc_2").await?.as_deref(), Some("Bob"));
    Ok(())
}

/// Everybody is told of a write that was over before they looked, however many look at a time.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_who_looks_after_a_write_misses_it() -> Result<()> {
    const WRITES: u32 = 300;
    let (store, _folder) = fresh().await;
    let asked = Counted::new();
    let written = Arc::new(AtomicU32::new(0));
    call(&store, "acc_1", "0").await?;
    let looks: Vec<_> = (0..16)
        .map(|_| {
            let (store, written) = (store.clone(), Arc::clone(&written));
            let asked = Counted(asked.0);
            tokio::spawn(async move {
                loop {
                    let least = written.load(Ordering::SeqCst);
                    let look = store.look();
                    let found = asked.name(&look, "acc_1").await?.expect("a name");
                    assert!(found.parse::<u32>().expect("a number") >= least, "{found} < {least}");
                    if least == WRITES {
                        return Ok::<_, store::StoreFailed>(());
                    }
                    tokio::task::yield_now().await;
                }
            })
        })
        .collect();
    for number in 1..=WRITES {
        call(&store, "acc_1", &number.to_string()).await?;
        written.store(number, Ordering::SeqCst);
    }
    for look in looks {
        look.await.expect("nobody missed anything")?;
    }
    Ok(())
}

/// Asks for the name of `acc_1`, and holds the answer back for a while.
struct SlowName(Arc<Notify>, Arc<Notify>);

impl Question for SlowName {
    type Answer = Option<String>;

    fn key(&self) -> Vec<u8> {
        Vec::new()
    }

    async fn ask(&self, conn: &mut SqliteConnection) -> Result<Option<String>> {
        let found = table::get(conn, &account("acc_1"), Mode::Test).await?;
        self.0.notify_one();
        self.1.notified().await;
        Ok(found.and_then(|account| account.name))
    }
}

#[tokio::test]
async fn an_answer_that_was_long_under_way_is_not_taken_for_a_fresh_one() -> Result<()> {
    let (store, _folder) = fresh().await;
    let asked = Counted::new();
    call(&store, "acc_1", "Ada").await?;
    let old = store.look();
    let (has_read, goes_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let slow = SlowName(Arc::clone(&has_read), Arc::clone(&goes_on));
    let meanwhile = async {
        has_read.notified().await;
        call(&store, "acc_1", "Eve").await?;
        asked.name(&store.look(), "acc_1").await?;
        goes_on.notify_one();
        Ok::<_, store::StoreFailed>(())
    };
    let (answer, meanwhile) = tokio::join!(old.find(&slow), meanwhile);
    meanwhile?;
    assert_eq!(answer?.as_deref(), Some("Ada"));
    goes_on.notify_one();
    assert_eq!(store.look().find(&slow).await?.as_deref(), Some("Eve"));
    Ok(())
}

#[tokio::test]
async fn a_memory_that_is_full_begins_anew() -> Result<()> {
    let (store, _folder) = fresh().await;
    let asked = Counted::new();
    let look = store.look();
    let most = u32::try_from(store::recall::MOST).expect("a small number");
    for number in 0..=most {
        asked.name(&look, &format!("acc_{number}")).await?;
    }
    assert_eq!(asked.so_far(), most + 1);
    asked.name(&look, &format!("acc_{most}")).await?;
    assert_eq!(asked.so_far(), most + 1, "the last is known");
    asked.name(&look, "acc_0").await?;
    assert_eq!(asked.so_far(), most + 2, "the first went");
    Ok(())
}

/// Whatever is done to the file and its log, and by whichever connection.
#[tokio::test]
async fn a_log_that_is_copied_cut_or_begun_anew_hides_no_write() -> Result<()> {
    const CHECKPOINTS: [&str; 4] = [
        "PRAGMA wal_checkpoint(PASSIVE)",
        "PRAGMA wal_checkpoint(FULL)",
        "PRAGMA wal_checkpoint(RESTART)",
        "PRAGMA wal_checkpoint(TRUNCATE)",
    ];
    let (store, folder) = fresh().await;
    let file = folder.path().join("coinslot.db");
    let asked = Counted::new();
    call(&store, "acc_1", "0").await?;
    for number in 1..=200_usize {
        let name = number.to_string();
        call(&store, "acc_1", &name).await?;
        if number % 3 == 0 {
            let mut another = writing(&file).connect().await?;
            store::testing::run(&mut another, CHECKPOINTS[number / 3 % 4]).await;
            store::testing::run(&mut another, "UPDATE accounts SET name = name || '!'").await;
        }
        let name = if number % 3 == 0 { name + "!" } else { name };
        for _ in 0..2 {
            let found = asked.name(&store.look(), "acc_1").await?;
            assert_eq!(found.as_deref(), Some(&*name));
        }
    }
    assert_eq!(asked.so_far(), 200, "once after each write");
    Ok(())
}

#[tokio::test]
async fn a_file_is_remembered_by_whatever_name_it_was_opened() -> Result<()> {
    let folder = tempfile::tempdir().expect("a folder");
    let (file, link) = (folder.path().join("real.db"), folder.path().join("link.db"));
    std::fs::File::create(&file).expect("a file");
    std::os::unix::fs::symlink(&file, &link).expect("a link");
    let store = Store::open(&link).await?;
    let asked = Counted::new();
    for _ in 0..3 {
        assert_eq!(asked.name(&store.look(), "acc_1").await?, None);
    }
    assert_eq!(asked.so_far(), 1);
    Ok(())
}

#[tokio::test]
async fn a_store_that_is_closed_remembers_nothing() -> Result<()> {
    for was_looked_at in [true, false] {
        let (store, _folder) = fresh().await;
        let asked = Counted::new();
        if was_looked_at {
            asked.name(&store.look(), "acc_1").await?;
        }
        store.close().await;
        asked.name(&store.look(), "acc_1").await.expect_err("nobody reads any more");
    }
    Ok(())
}
