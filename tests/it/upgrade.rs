//! An upgrade keeps every row: a database of the first version, opened by this one.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use sqlx::migrate::Migrator;
use sqlx::{AssertSqlSafe, Connection as _, Row as _, SqliteConnection};

use crate::more::{Said, connect};
use crate::process::command;

/// A row for every table of the first migration.
const ROWS: &str = "
INSERT INTO accounts VALUES ('acc_1', 'ada@example.com', 'Ada', 1000, 3, 2, 1, 1001, 1002);
INSERT INTO accounts VALUES ('acc_2', 'bob@example.com', NULL, 1000, 0, 0, 0, NULL, NULL);
INSERT INTO customers VALUES ('cus_1', 'test', 'acc_1', 1000), ('cus_1', 'live', 'acc_2', 1000);
INSERT INTO intents VALUES ('acc_1', 'checkout', 'test', 'nonce', 'starter month', 'cs_1', 1000);
INSERT INTO subscriptions VALUES ('sub_1', 'test', 'acc_1', 'cus_1', 'active', 'active', 'plan', 'starter', 3,
    'price_1', 'month', 1, 'eur', 500, 1000, 2000, 1500, NULL, NULL, 0, NULL, NULL, NULL, 0, NULL, 1001);
INSERT INTO subscriptions VALUES ('sub_2', 'test', 'acc_1', 'cus_1', 'unheard_of', NULL, 'unmapped', NULL, NULL,
    NULL, NULL, 0, NULL, NULL, 999, NULL, NULL, 3000, 2999, 1, 900, 'forgiven', 950, 1, 'https://in', 1001);
INSERT INTO checkouts VALUES ('cs_1', 'test', 'acc_1', 'subscription', 'complete', 1000);
INSERT INTO purchases VALUES ('cs_2', 'test', 'acc_1', 'lifetime', 5, 'price_2', 'pi_1', 6000, 'eur', 1000);
INSERT INTO exemptions VALUES (1, 'acc_1', 'sponsor', 9000, 'admin', 1000, NULL, NULL);
INSERT INTO exemptions VALUES (2, 'acc_2', 'friend', NULL, 'cli', 1000, 'cli', 1001);
INSERT INTO servers VALUES ('acc_1', 'srv_1', 'Survival', 1000, NULL, NULL), ('acc_1', 'srv_2', NULL, 1000, 1600, 1700);
INSERT INTO plan_prices VALUES ('price_1', 'test', 'starter', 'month', 'starter_monthly', 'eur', 500, 1, 1000);
INSERT INTO hidden_prices VALUES ('test', 'growth', 'year', 'archived');
INSERT INTO inbox_events VALUES (7, 'evt_1', 'test', 'invoice.paid', 1000, '2026-09-30.endive', 'in_1', 'cus_1', 'sub_1',
    'acc_1', 1001, 'received', NULL, 0, 1001, NULL, NULL, NULL, NULL, x'7b7d');
INSERT INTO inbox_events VALUES (8, 'evt_2', 'test', 'invoice.paid', 1000, NULL, NULL, NULL, NULL,
    NULL, 1001, 'processing', NULL, 1, NULL, 1060, 'it broke', 'acc_1', NULL, x'7b7d');
INSERT INTO inbox_events VALUES (9, 'evt_2', 'live', 'invoice.paid', 1000, NULL, NULL, NULL, NULL,
    NULL, 1001, 'ignored', 'livemode', 0, NULL, NULL, NULL, NULL, 1002, x'7b7d');
INSERT INTO inbox_events VALUES (10, 'evt_3', 'test', 'invoice.paid', 1000, NULL, NULL, 'cus_9', NULL,
    NULL, 1001, 'dead', NULL, 12, NULL, NULL, 'poison', NULL, NULL, x'7b7d');
INSERT INTO cursors VALUES ('reconcile', 'acc_1');
INSERT INTO api_tokens VALUES ('tok_1', 'ci', 'panel', x'00ff', 1000, 1001, NULL);
INSERT INTO audit VALUES (1, 1000, 'cli', 'exemption.granted', 'acc_1', NULL, 'before: none');
INSERT INTO users VALUES ('usr_1', 'ada@example.com', 'Ada', '$argon2id$', 'admin', 'acc_1', 1000);
INSERT INTO sessions VALUES (x'0102', 'usr_1', 1000, 2000);
INSERT INTO panel_servers VALUES ('srv_1', 'acc_1', 'Survival', 'Minecraft', 1000);
";

/// A database as the first version left it.
async fn first_version(folder: &Path) {
    let migrations = folder.join("migrations");
    fs::create_dir(&migrations).expect("a folder");
    let first = "0001_foundation.sql";
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(first);
    fs::copy(source, migrations.join(first)).expect("a copy");
    fs::write(folder.join("coinslot.db"), "").expect("a file");
    let mut conn = connect(folder).await;
    let migrator = Migrator::new(migrations.as_path()).await.expect("migrations");
    migrator.run(&mut conn).await.expect("it is brought forward");
    sqlx::raw_sql(ROWS).execute(&mut conn).await.expect("good rows");
    conn.close().await.expect("a close");
}

/// The columns of every table but the migrations' own.
async fn columns(conn: &mut SqliteConnection) -> BTreeMap<String, Vec<String>> {
    let rows = sqlx::query(
        "SELECT tables.name AS tbl, columns.name AS col
         FROM sqlite_schema AS tables JOIN pragma_table_info(tables.name) AS columns
         WHERE tables.type = 'table' AND tables.name NOT LIKE '\\_%' ESCAPE '\\'
           AND tables.name NOT LIKE 'sqlite%'
         ORDER BY tables.name, columns.cid",
    )
    .fetch_all(conn)
    .await
    .expect("the schema");
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in rows {
        found.entry(row.get("tbl")).or_default().push(row.get("col"));
    }
    found
}

/// Every row of the named columns, as text.
async fn rows(
    conn: &mut SqliteConnection,
    columns: &BTreeMap<String, Vec<String>>,
) -> BTreeMap<String, Vec<String>> {
    let mut all = BTreeMap::new();
    for (table, columns) in columns {
        let values: Vec<_> = columns.iter().map(|column| format!("quote({column})")).collect();
        let statement =
            format!("SELECT concat_ws(' ', {}) FROM {table} ORDER BY 1", values.join(", "));
        let found = sqlx::query(AssertSqlSafe(statement)).fetch_all(&mut *conn).await;
        let found = found.unwrap_or_else(|error| panic!("{table}: {error}"));
        all.insert(table.clone(), found.iter().map(|row| row.get(0)).collect());
    }
    all
}

fn run(folder: &Path, arguments: &[&str]) -> Said {
    Said::from(command(folder).args(arguments).output().expect("it runs"))
}

#[rocket::async_test]
async fn from_the_first_version_to_this_one_every_row_stays() {
    let folder = tempfile::tempdir().expect("a folder");
    first_version(folder.path()).await;
    let mut conn = connect(folder.path()).await;
    let columns = columns(&mut conn).await;
    let before = rows(&mut conn, &columns).await;
    let empty: Vec<_> = before.iter().filter(|(_, rows)| rows.is_empty()).collect();
    assert!(empty.is_empty() && before.len() == 17, "{empty:?} of {}", before.len());
    conn.close().await.expect("a close");

    let said = run(folder.path(), &["check", "--migrations"]).exits(0);
    assert_eq!(said.out, "Everything is in order.\n");
    let mut conn = connect(folder.path()).await;
    let applied = "SELECT count(*) FROM _sqlx_migrations";
    let count = sqlx::query(applied).fetch_one(&mut conn).await.expect("a row");
    assert_eq!(count.get::<i64, _>(0), 1, "the check worked on a copy");
    conn.close().await.expect("a close");

    run(folder.path(), &["token", "list"]).exits(0);
    let mut conn = connect(folder.path()).await;
    assert_eq!(rows(&mut conn, &columns).await, before);
    let count = sqlx::query(applied).fetch_one(&mut conn).await.expect("a row");
    let files = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations"));
    let files = files.expect("the migrations").count();
    assert_eq!(usize::try_from(count.get::<i64, _>(0)).expect("a count"), files);
    let check = sqlx::query("PRAGMA integrity_check").fetch_one(&mut conn).await.expect("a check");
    assert_eq!(check.get::<String, _>(0), "ok");
}

#[rocket::async_test]
async fn a_migration_that_would_fail_is_told_before_and_changes_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    first_version(folder.path()).await;
    let mut conn = connect(folder.path()).await;
    // The name that a later migration gives to a table of its own.
    sqlx::raw_sql("CREATE TABLE webhook_silence (mine TEXT)").execute(&mut conn).await.expect("it");
    conn.close().await.expect("a close");
    let before = fs::read(folder.path().join("coinslot.db")).expect("a file");
    run(folder.path(), &["check"]).exits(0);
    let said = run(folder.path(), &["check", "--migrations"]).exits(1);
    assert!(said.out.contains("table webhook_silence already exists"), "{}", said.out);
    assert_eq!(fs::read(folder.path().join("coinslot.db")).expect("a file"), before);
    let mut left: Vec<_> = fs::read_dir(folder.path())
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8"))
        .collect();
    left.sort();
    assert_eq!(left, ["coinslot.db", "migrations"]);
}
