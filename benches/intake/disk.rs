//! What the disk and sqlx allow: rows of the same size, one a commit, each on disk before the next.

use std::path::Path;
use std::time::{Duration, Instant};

use rocket::tokio;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Connection as _};

/// One-row commits a second, over `time`.
pub fn commits(folder: &Path, payloads: &[Vec<u8>], time: Duration) -> f64 {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(async {
        let mut connection = SqliteConnectOptions::new()
            .filename(folder.join("commits.db"))
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .connect()
            .await
            .expect("a database");
        sqlx::query(
            "CREATE TABLE IF NOT EXISTS rows (seq INTEGER PRIMARY KEY, payload BLOB NOT NULL)",
        )
        .execute(&mut connection)
        .await
        .expect("a table");
        let began = Instant::now();
        let mut rows = 0_u32;
        for payload in payloads.iter().cycle() {
            sqlx::query("INSERT INTO rows (payload) VALUES (?)")
                .bind(payload.as_slice())
                .execute(&mut connection)
                .await
                .expect("a row");
            rows += 1;
            if began.elapsed() > time {
                break;
            }
        }
        let per_second = f64::from(rows) / began.elapsed().as_secs_f64();
        connection.close().await.expect("it closes");
        per_second
    })
}
