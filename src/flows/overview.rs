//! How it all goes, in numbers.

use std::time::Duration;

use super::silence::{self, Silence};
use super::{Billing, Failed, census, reconcile};
use crate::domain::dunning::Kind;
use crate::domain::entitlement::{Alert, State};
use crate::domain::ids::AccountId;
use crate::domain::revenue::Revenue;
use crate::domain::subscription::{Status, Subscription};
use crate::domain::timestamp::Timestamp;
use crate::store;
use crate::store::drifts::Found;
use crate::store::episodes::Book;

/// Hours of events that are shown, the last of which is not over.
pub(crate) const HOURS: usize = 24;
/// Those of them that are over.
const EARLIER: i64 = 23;
const HOUR: i64 = 3_600;
const MONTH: Duration = Duration::from_hours(30 * 24);
const WEEK: Duration = Duration::from_hours(7 * 24);
/// Differences from Stripe that are shown one by one.
const DRIFTS: u32 = 5;

/// Everything an operator wants to see at a glance.
#[derive(Debug)]
pub(crate) struct Overview {
    pub(crate) accounts: u32,
    pub(crate) states: Vec<(State, u32)>,
    pub(crate) servers: u32,
    pub(crate) revenue: Revenue,
    pub(crate) trials: u32,
    /// Those of them that end within a week.
    pub(crate) trials_ending: u32,
    pub(crate) concerns: Vec<Concern>,
    /// Unpaid renewals of the last 30 days, and all there ever were.
    pub(crate) dunning: [Book; 2],
    /// When the first of `events` began.
    pub(crate) since: Timestamp,
    pub(crate) events: [u32; HOURS],
    pub(crate) pending: u32,
    pub(crate) oldest: Option<Timestamp>,
    pub(crate) silence: Option<Silence>,
    /// Differences from Stripe of the last week, and the newest of them.
    pub(crate) drifts: (u32, Vec<Found>),
    pub(crate) reconciled_at: Option<Timestamp>,
    pub(crate) now: Timestamp,
}

/// An account with something to look at.
#[derive(Debug)]
pub(crate) struct Concern {
    pub(crate) alert: Alert,
    pub(crate) account: AccountId,
    pub(crate) email: String,
}

/// Reads it all; accounts of which nothing was said are only counted.
pub(crate) async fn read(billing: &Billing) -> Result<Overview, Failed> {
    let (mode, now) = (billing.mode(), billing.now());
    let since = Timestamp((now.0.div_euclid(HOUR) - EARLIER) * HOUR);
    let mut conn = billing.store.read().await?;
    let mut events = [0; HOURS];
    for (hour, count) in store::hours::events(&mut conn, since).await? {
        if let Some(there) = events.get_mut(hour) {
            *there = count;
        }
    }
    let (pending, oldest) = store::inbox::pending(&mut conn).await?;
    let reconciled = store::cursors::get(&mut conn, reconcile::DONE).await?;
    let mut overview = Overview {
        accounts: store::accounts::search_count(&mut conn, mode, "").await?,
        states: Vec::new(),
        servers: store::servers::used_in_all(&mut conn, now).await?,
        revenue: Revenue::default(),
        trials: 0,
        trials_ending: 0,
        concerns: Vec::new(),
        dunning: [
            store::episodes::book(&mut conn, mode, Kind::Dunning, now - MONTH).await?,
            store::episodes::book(&mut conn, mode, Kind::Dunning, Timestamp(0)).await?,
        ],
        since,
        events,
        pending,
        oldest,
        silence: silence::standing(&mut conn, billing).await?,
        drifts: (
            store::drifts::count_since(&mut conn, mode, now - WEEK).await?,
            store::drifts::newest(&mut conn, mode, now - WEEK, DRIFTS).await?,
        ),
        reconciled_at: reconciled.and_then(|at| at.parse().ok()),
        now,
    };
    drop(conn);
    let mut judged = 0;
    census::walk_concerned(billing, |standing| {
        judged += 1;
        overview.count_state(standing.decision.state, 1);
        for subscription in &standing.facts.subscriptions {
            overview.count_subscription(subscription);
        }
        let concern = |alert: &Alert| Concern {
            alert: *alert,
            account: standing.account.id.clone(),
            email: standing.account.email.clone(),
        };
        overview.concerns.extend(standing.decision.alerts.iter().map(concern));
    })
    .await?;
    overview.count_state(State::None, overview.accounts.saturating_sub(judged));
    Ok(overview)
}

impl Overview {
    pub(crate) fn in_state(&self, state: State) -> u32 {
        self.states.iter().find(|(other, _)| *other == state).map_or(0, |(_, count)| *count)
    }

    fn count_state(&mut self, state: State, more: u32) {
        match self.states.iter_mut().find(|(other, _)| *other == state) {
            Some((_, count)) => *count += more,
            None => self.states.push((state, more)),
        }
    }

    fn count_subscription(&mut self, subscription: &Subscription) {
        self.revenue.add(subscription, self.now);
        if subscription.is_ours() && subscription.effective_status() == Some(&Status::Trialing) {
            self.trials += 1;
            let ends = subscription.trial_end.is_some_and(|end| end <= self.now + WEEK);
            self.trials_ending += u32::from(ends);
        }
    }
}
