//! How many events came in each hour.

use sqlx::{Row as _, SqliteConnection};

use super::{Result, count};
use crate::domain::timestamp::Timestamp;

/// Events by the number of hours between `since` and their arrival; an hour without any is left out.
///
/// Events are filed in the order of their arrival, so where they begin is found by halving, and no
/// commit of theirs has to carry an index by date.
pub(crate) async fn events(
    conn: &mut SqliteConnection,
    since: Timestamp,
) -> Result<Vec<(usize, u32)>> {
    let rows = sqlx::query(
        "WITH RECURSIVE half (low, high) AS (
            SELECT coalesce(min(seq), 0), coalesce(max(seq), -1) + 1 FROM inbox_events
            UNION ALL
            SELECT
                CASE WHEN (SELECT received_at FROM inbox_events WHERE seq >= (low + high) / 2
                           ORDER BY seq LIMIT 1) < ?1
                     THEN (low + high) / 2 + 1 ELSE low END,
                CASE WHEN (SELECT received_at FROM inbox_events WHERE seq >= (low + high) / 2
                           ORDER BY seq LIMIT 1) < ?1
                     THEN high ELSE (low + high) / 2 END
            FROM half WHERE low < high)
         SELECT (received_at - ?1) / 3600 AS hour, count(*) AS events FROM inbox_events
         WHERE seq >= (SELECT max(low) FROM half) AND received_at >= ?1
         GROUP BY hour ORDER BY hour",
    )
    .bind(since.0)
    .fetch_all(conn)
    .await?;
    rows.iter()
        .map(|row| {
            let hour: i64 = row.try_get("hour")?;
            Ok((usize::try_from(hour).unwrap_or_default(), count(row, "events")?))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::events;
    use crate::domain::testing::at;
    use crate::store::{Result, testing};

    #[tokio::test]
    async fn events_are_counted_by_the_hour_of_their_arrival() -> Result<()> {
        let (store, _folder) = testing::fresh().await;
        let mut tx = store.write().await?;
        assert_eq!(events(&mut tx, at(0)).await?, []);
        // Gaps as retention leaves them.
        testing::run(
            &mut tx,
            "INSERT INTO inbox_events (seq, event_id, mode, kind, created_at, received_at, status, payload)
             VALUES (3, 'a', 'test', 'x', 0, 1799999999, 'done', x''),
                    (4, 'b', 'test', 'x', 0, 1800000000, 'done', x''),
                    (9, 'c', 'test', 'x', 0, 1800003599, 'done', x''),
                    (20, 'd', 'test', 'x', 0, 1800003600, 'done', x''),
                    (21, 'e', 'test', 'x', 0, 1800010800, 'done', x'')",
        )
        .await;
        let table = [
            (-3_600, vec![(0, 1), (1, 2), (2, 1), (4, 1)]),
            (0, vec![(0, 2), (1, 1), (3, 1)]),
            (3_600, vec![(0, 1), (2, 1)]),
            (10_801, vec![]),
        ];
        for (since, expected) in table {
            assert_eq!(events(&mut tx, at(since)).await?, expected, "since {since}");
        }
        Ok(())
    }
}
