//! Copies of the database: made while it is in use, put back, and brought up to Stripe's truth.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Value, json};
use sqlx::{Connection as _, Row as _};

use crate::more::{Books, connect, text};
use crate::shop::{Api, DAY, Shop};

fn in_folder(folder: &Path, name: &str) -> (PathBuf, String) {
    let path = folder.join(name);
    let text = path.display().to_string();
    (path, text)
}

#[rocket::async_test]
async fn a_copy_is_made_under_load_whole_private_and_over_nothing() {
    let shop = Shop::open().await;
    let api = shop.api("admin").await;
    let books = Books::keyed(&shop);
    let (copy, copy_text) = in_folder(shop.folder.path(), "copy.db");
    let busy = async {
        for number in 0.. {
            api.account(&format!("account-{number}")).await;
        }
    };
    let backup = ["backup", &copy_text, "--json"];
    let made = tokio::select! {
        made = books.json(&backup) => made,
        () = busy => unreachable!("it goes on for ever"),
    };
    assert_eq!(made["file"], json!(copy_text));
    let metadata = fs::metadata(&copy).expect("a file");
    assert_eq!(made["bytes"], json!(metadata.len()));
    assert!(text(&made["taken_at"]).ends_with('Z'), "{made}");
    assert_eq!(metadata.permissions().mode() & 0o777, 0o600);
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&copy).read_only(true);
    let mut conn = sqlx::SqliteConnection::connect_with(&options).await.expect("a database");
    let row = sqlx::query("PRAGMA integrity_check").fetch_one(&mut conn).await.expect("a check");
    assert_eq!(row.get::<String, _>(0), "ok");

    let before = fs::read(&copy).expect("a file");
    let refused = books.run(&["backup", &copy_text]).await.exits(1);
    assert!(refused.err.contains("overwrite it with --force"), "{}", refused.err);
    assert_eq!(fs::read(&copy).expect("a file"), before);
    let said = books.run(&["backup", &copy_text, "--force"]).await.exits(0);
    assert!(said.out.starts_with(&format!("{copy_text} holds the database of ")), "{}", said.out);

    let (_, nowhere) = in_folder(shop.folder.path(), "nowhere/copy.db");
    books.run(&["backup", &nowhere]).await.exits(1);
    let left: Vec<_> = fs::read_dir(shop.folder.path())
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8"))
        .filter(|name| name.ends_with(".part"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[rocket::async_test]
async fn without_a_database_nothing_is_copied_or_made() {
    let shop = Shop::open().await;
    let empty = tempfile::tempdir().expect("a folder");
    let books = Books::in_folder(&shop, empty.path());
    let refused = books.run(&["backup", "copy.db"]).await.exits(1);
    assert!(refused.err.contains("there is no such database"), "{}", refused.err);
    assert_eq!(fs::read_dir(empty.path()).expect("a folder").count(), 0);
}

#[rocket::async_test]
async fn a_restore_refuses_what_is_damaged_foreign_in_the_way_or_in_use() {
    let shop = Shop::open().await;
    let books = Books::keyed(&shop);
    let folder = tempfile::tempdir().expect("a folder");
    let other = Books::in_folder(&shop, folder.path());
    let (copy, copy_text) = in_folder(shop.folder.path(), "copy.db");
    books.run(&["backup", &copy_text]).await.exits(0);

    let (damaged, damaged_text) = in_folder(shop.folder.path(), "damaged.db");
    let mut bytes = fs::read(&copy).expect("a copy");
    let half = bytes.len() / 2;
    bytes[half..].fill(0x5a);
    fs::write(&damaged, bytes).expect("a file");
    let (foreign, foreign_text) = in_folder(shop.folder.path(), "foreign.db");
    fs::write(&foreign, "").expect("a file");
    let (newer, newer_text) = in_folder(shop.folder.path(), "newer.db");
    fs::copy(&copy, &newer).expect("a copy");
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&newer);
    let mut conn = sqlx::SqliteConnection::connect_with(&options).await.expect("a database");
    sqlx::query("UPDATE _sqlx_migrations SET version = 99 WHERE version = 1")
        .execute(&mut conn)
        .await
        .expect("an update");
    conn.close().await.expect("a close");
    for (file, reason) in [
        (damaged_text.as_str(), "integrity_check"),
        (&foreign_text, "it is no database of Coinslot's"),
        (&newer_text, "migration 99 is not of this version"),
        ("nowhere.db", "there is no such file"),
    ] {
        let refused = other.run(&["restore", file]).await.exits(1);
        assert!(refused.err.contains(reason), "{file}: {}", refused.err);
        assert!(!folder.path().join("coinslot.db").exists(), "{file}");
    }

    let refused = books.run(&["restore", &copy_text]).await.exits(1);
    assert!(refused.err.contains("overwrite it with --force"), "{}", refused.err);
    let refused = books.run(&["restore", &copy_text, "--force"]).await.exits(1);
    assert!(refused.err.contains("another process has it open"), "{}", refused.err);

    // A program that knows nothing of our lock.
    other.run(&["restore", &copy_text]).await.exits(0);
    let mut conn = connect(folder.path()).await;
    for statement in ["PRAGMA journal_mode = WAL", "SELECT * FROM accounts"] {
        sqlx::query(sqlx::AssertSqlSafe(statement)).execute(&mut conn).await.expect("a statement");
    }
    let refused = other.run(&["restore", &copy_text, "--force"]).await.exits(1);
    assert!(refused.err.contains("another process has it open"), "{}", refused.err);
    conn.close().await.expect("a close");
    other.run(&["restore", &copy_text, "--force"]).await.exits(0);
}

#[rocket::async_test]
async fn a_restored_copy_of_yesterday_converges_to_stripes_truth() {
    let mut shop = Shop::open().await;
    let api = shop.api("admin").await;
    for account in ["ada", "bob", "dan", "eve", "kim"] {
        api.account(account).await;
    }
    api.buys(&shop, "ada", "starter", "month").await;
    api.buys(&shop, "eve", "growth", "month").await;
    shop.settle().await;
    let books = Books::keyed(&shop);
    let (_, copy) = in_folder(shop.folder.path(), "copy.db");
    books.run(&["backup", &copy]).await.exits(0);

    // A day at Stripe that the copy knows nothing of.
    shop.live_through(DAY).await;
    let subscription = text(&api.subscription("ada").await["stripe_subscription_id"]);
    shop.sandbox.cancel_now(&subscription);
    api.buys(&shop, "bob", "starter", "year").await;
    api.buys(&shop, "dan", "lifetime", "once").await;
    shop.settle().await;
    let truth = facts(&api).await;
    let plans: Vec<_> = truth.iter().map(|account| account["quota"]["limit"].clone()).collect();
    assert_eq!(plans, [json!(1), json!(3), json!(5), json!(10), json!(1)]);

    let folder = Arc::new(tempfile::tempdir().expect("a folder"));
    let other = Books::in_folder(&shop, folder.path());
    let restored = other.run(&["restore", &copy, "--json"]).await.exits(0);
    let drift = restored.json();
    let ada = &drift["accounts"][0];
    assert_eq!(ada["id"], json!("ada"), "{drift}");
    assert_ne!(ada["drift"], json!([]), "{drift}");

    let again = other.json(&["sync", "--json"]).await;
    let accounts = again["accounts"].as_array().expect("a list");
    assert_eq!(accounts.len(), 4, "{again}");
    assert!(accounts.iter().all(|account| account["drift"] == json!([])), "{again}");
    shop.folder = folder;
    let panel = shop.twin("").await;
    assert_eq!(facts(&panel.api("admin").await).await, truth);
}

#[rocket::async_test]
async fn a_restore_without_stripe_is_kept_and_the_reconciler_catches_up() {
    let mut shop = Shop::open().await;
    let api = shop.api("admin").await;
    api.account("bob").await;
    let (_, copy) = in_folder(shop.folder.path(), "copy.db");
    Books::keyed(&shop).run(&["backup", &copy]).await.exits(0);
    api.buys(&shop, "bob", "starter", "month").await;
    shop.settle().await;

    let folder = Arc::new(tempfile::tempdir().expect("a folder"));
    let cut_off =
        Books::in_folder(&shop, folder.path()).and("STRIPE_API_BASE", "http://127.0.0.1:9");
    let said = cut_off.run(&["restore", &copy]).await.exits(1);
    assert!(said.err.contains("restored, but not yet synced with Stripe"), "{}", said.err);
    shop.folder = folder;
    let panel = shop.twin("").await;
    let quota = async || panel.api("admin").await.quota("bob").await["limit"].clone();
    assert_eq!(quota().await, json!(1));
    panel.billing.reconcile().await;
    assert_eq!(quota().await, json!(3));
    panel.sandbox.clear_requests();
    panel.billing.reconcile().await;
    let events = panel.sandbox.requests().iter().filter(|call| call.path == "/v1/events").count();
    assert_eq!(events, 0, "what was caught up with is asked for no more");
}

/// Every account as the API shows it, but for when it was synced.
async fn facts(api: &Api) -> Vec<Value> {
    let page = api.get("/accounts?limit=100").await.is(200).json();
    let mut accounts = page["data"].as_array().expect("a list").clone();
    for account in &mut accounts {
        if let Some(subscription) = account["subscription"].as_object_mut() {
            subscription.remove("synced_at");
        }
    }
    accounts
}
