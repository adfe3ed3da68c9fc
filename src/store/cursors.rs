//! Where a long walk goes on after a restart.

use sqlx::{Row as _, SqliteConnection};

use super::Result;

pub(crate) async fn get(conn: &mut SqliteConnection, name: &str) -> Result<Option<String>> {
    let row = sqlx::query("SELECT value FROM cursors WHERE name = ?")
        .bind(name)
        .fetch_optional(conn)
        .await?;
    Ok(row.map(|row| row.try_get("value")).transpose()?)
}

pub(crate) async fn put(conn: &mut SqliteConnection, name: &str, value: &str) -> Result<()> {
    sqlx::query("INSERT OR REPLACE INTO cursors (name, value) VALUES (?, ?)")
        .bind(name)
        .bind(value)
        .execute(conn)
        .await?;
    Ok(())
}

pub(crate) async fn remove(conn: &mut SqliteConnection, name: &str) -> Result<()> {
    sqlx::query("DELETE FROM cursors WHERE name = ?").bind(name).execute(conn).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{get, put, remove};
    use crate::store::testing;

    #[tokio::test]
    async fn a_cursor_is_where_it_was_last_put() {
        let (store, _folder) = testing::fresh().await;
        let mut tx = store.write().await.expect("the writer");
        assert_eq!(get(&mut tx, "walk").await.expect("a read"), None);
        put(&mut tx, "walk", "a").await.expect("a write");
        put(&mut tx, "walk", "b").await.expect("a write");
        put(&mut tx, "other", "c").await.expect("a write");
        assert_eq!(get(&mut tx, "walk").await.expect("a read").as_deref(), Some("b"));
        remove(&mut tx, "walk").await.expect("a write");
        assert_eq!(get(&mut tx, "walk").await.expect("a read"), None);
        assert_eq!(get(&mut tx, "other").await.expect("a read").as_deref(), Some("c"));
    }
}
