//! Filing deliveries, many in one statement.

use std::collections::HashSet;

use sqlx::{QueryBuilder, Row as _, Sqlite, SqliteConnection};

use super::Result;
use super::inbox::{Ignored, Status};
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

/// Files `filings` in one statement; tells for each whether Stripe had not sent it before.
///
/// The statement is assembled, alone among ours: one row a statement pays a thread hop and a
/// parse for each, which costs more than the commit they share.
pub(crate) async fn file_all(conn: &mut SqliteConnection, filings: &[Filing]) -> Result<Vec<bool>> {
    if filings.is_empty() {
        return Ok(Vec::new());
    }
    let mut statement = QueryBuilder::<Sqlite>::new(
        "INSERT INTO inbox_events
         (event_id, mode, kind, created_at, api_version, object_id, customer_id, subscription_id,
          account_ref, payload, received_at, status, ignored_reason, next_attempt_at) ",
    );
    statement.push_values(filings, |mut row, filing| {
        let envelope = &filing.delivery.envelope;
        let status = if filing.ignored.is_some() { Status::Ignored } else { Status::Received };
        row.push_bind(&envelope.id)
            .push_bind(mode(filing))
            .push_bind(&envelope.kind)
            .push_bind(envelope.created_at.0)
            .push_bind(envelope.api_version.as_deref())
            .push_bind(envelope.owner.object_id.as_deref())
            .push_bind(envelope.owner.customer.as_deref())
            .push_bind(envelope.owner.subscription.as_deref())
            .push_bind(envelope.owner.account.as_deref())
            .push_bind(filing.delivery.payload.as_slice())
            .push_bind(filing.received_at.0)
            .push_bind(status.as_str())
            .push_bind(filing.ignored.map(Ignored::as_str))
            .push_bind(filing.ignored.is_none().then_some(filing.received_at.0));
    });
    statement.push(" ON CONFLICT (event_id, mode) DO NOTHING RETURNING event_id, mode");
    let rows = statement.build().fetch_all(conn).await?;
    let mut new = HashSet::new();
    for row in &rows {
        new.insert((row.try_get::<String, _>("event_id")?, row.try_get::<String, _>("mode")?));
    }
    // Of two copies in one batch the first is the new one.
    Ok(filings
        .iter()
        .map(|filing| new.remove(&(filing.delivery.envelope.id.clone(), mode(filing).to_owned())))
        .collect())
}

fn mode(filing: &Filing) -> &'static str {
    Mode::of(filing.delivery.envelope.livemode).as_str()
}
