//! Filing deliveries, many in one statement.

use std::collections::HashSet;
use std::sync::LazyLock;

use sqlx::{Row as _, SqliteConnection};

use super::inbox::{Ignored, Status};
use super::{Result, payload};
use crate::domain::delivery::Delivery;
use crate::domain::ids::Mode;
use crate::domain::timestamp::Timestamp;

/// A delivery on its way into the inbox.
#[derive(Debug, Clone)]
pub(crate) struct Filing {
    pub(crate) delivery: Delivery,
    pub(crate) ignored: Option<Ignored>,
    pub(crate) received_at: Timestamp,
}

/// The most filings that [`file_all`] takes in one statement, and so in one commit.
pub(crate) const MOST_TOGETHER: usize = 128;

/// Rows that a statement has room for: with few shapes `SQLite` prepares each only once.
const ROOMS: [usize; 3] = [1, 16, MOST_TOGETHER];

const COLUMNS: usize = 14;

static STATEMENTS: LazyLock<[String; ROOMS.len()]> = LazyLock::new(|| ROOMS.map(statement));

/// Files `filings` in one statement; tells for each whether Stripe had not sent it before.
///
/// A trigger marks their customers. Outside a transaction the statement is its own, which saves
/// the thread hops of `BEGIN` and `COMMIT`; one row a statement would cost a hop for each.
pub(crate) async fn file_all(conn: &mut SqliteConnection, filings: &[Filing]) -> Result<Vec<bool>> {
    let mut new = Vec::with_capacity(filings.len());
    for filings in filings.chunks(MOST_TOGETHER) {
        let shape = ROOMS.partition_point(|room| *room < filings.len());
        let mut statement = sqlx::query(STATEMENTS[shape].as_str());
        for filing in filings {
            let envelope = &filing.delivery.envelope;
            let status = if filing.ignored.is_some() { Status::Ignored } else { Status::Received };
            statement = statement
                .bind(&envelope.id)
                .bind(mode(filing))
                .bind(&envelope.kind)
                .bind(envelope.created_at.0)
                .bind(envelope.api_version.as_deref())
                .bind(envelope.owner.object_id.as_deref())
                .bind(envelope.owner.customer.as_deref())
                .bind(envelope.owner.subscription.as_deref())
                .bind(envelope.owner.account.as_deref())
                .bind(payload::pack(&filing.delivery.payload))
                .bind(filing.received_at.0)
                .bind(status.as_str())
                .bind(filing.ignored.map(Ignored::as_str))
                .bind(filing.ignored.is_none().then_some(filing.received_at.0));
        }
        let rows = statement.fetch_all(&mut *conn).await?;
        if rows.len() == filings.len() {
            new.resize(new.len() + rows.len(), true);
            continue;
        }
        let mut inserted = HashSet::new();
        for row in &rows {
            inserted
                .insert((row.try_get::<String, _>("event_id")?, row.try_get::<String, _>("mode")?));
        }
        // Of two copies in one batch the first is the new one.
        new.extend(filings.iter().map(|filing| {
            inserted.remove(&(filing.delivery.envelope.id.clone(), mode(filing).to_owned()))
        }));
    }
    Ok(new)
}

/// An insert of up to `room` rows: parameters that are not bound are `NULL`, and left out.
fn statement(room: usize) -> String {
    let row = format!("({})", ["?"; COLUMNS].join(", "));
    let rows = vec![row; room].join(", ");
    format!(
        "INSERT INTO inbox_events
         (event_id, mode, kind, created_at, api_version, object_id, customer_id, subscription_id,
          account_ref, payload, received_at, status, ignored_reason, next_attempt_at)
         SELECT * FROM (VALUES {rows}) WHERE column1 IS NOT NULL
         ON CONFLICT (event_id, mode) DO NOTHING RETURNING event_id, mode"
    )
}

fn mode(filing: &Filing) -> &'static str {
    Mode::of(filing.delivery.envelope.livemode).as_str()
}
