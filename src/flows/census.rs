//! Every account with what it may do, for those who look at all of them.

use super::gate::{self, Standing};
use super::{Billing, Failed};
use crate::domain::entitlement::{Alert, State};
use crate::store;
use crate::store::accounts::{Account, Among};

/// Accounts read at a time.
const CHUNK: u32 = 500;

/// Which accounts are wanted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Wanted<'q> {
    /// Part of the id, e-mail or name, or the customer; empty for all.
    pub(crate) query: &'q str,
    pub(crate) state: Option<State>,
    pub(crate) alert: Option<Alert>,
}

impl Wanted<'_> {
    /// Whether the database alone can tell who is wanted: what an account may do is in no table.
    pub(crate) fn is_text_only(&self) -> bool {
        self.state.is_none() && self.alert.is_none()
    }

    fn takes(&self, standing: &Standing) -> bool {
        let decision = &standing.decision;
        self.state.is_none_or(|state| decision.state == state)
            && self.alert.is_none_or(|alert| decision.alerts.contains(&alert))
    }

    fn among(&self) -> Among {
        match self.state {
            Some(State::None) | None if self.alert.is_none() => Among::All,
            Some(_) | None => Among::Concerned,
        }
    }
}

/// Shows `each` every wanted account, newest first, in memory that does not grow with their number.
pub(crate) async fn walk(
    billing: &Billing,
    wanted: Wanted<'_>,
    each: impl FnMut(Standing),
) -> Result<(), Failed> {
    go(billing, wanted, wanted.among(), each).await
}

/// Shows `each` every account of which something was said that is about money.
pub(crate) async fn walk_concerned(
    billing: &Billing,
    each: impl FnMut(Standing),
) -> Result<(), Failed> {
    go(billing, Wanted::default(), Among::Concerned, each).await
}

async fn go(
    billing: &Billing,
    wanted: Wanted<'_>,
    among: Among,
    mut each: impl FnMut(Standing),
) -> Result<(), Failed> {
    let mut last: Option<Account> = None;
    loop {
        // A reader for each part: a long look keeps no old version of the database alive.
        let mut conn = billing.store.read().await?;
        let (mode, after) = (billing.mode(), last.as_ref());
        let found =
            store::accounts::walk(&mut conn, mode, wanted.query, among, after, CHUNK).await?;
        let more = found.len() >= CHUNK as usize;
        last = found.last().cloned();
        let standings = gate::standings_of(&mut conn, billing, found).await?;
        standings.into_iter().filter(|standing| wanted.takes(standing)).for_each(&mut each);
        if !more {
            return Ok(());
        }
    }
}
