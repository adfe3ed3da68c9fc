//! The Preview of the API: what a change of plan would do.

use serde::Serialize;

use crate::domain::change::{Effective, Kind};
use crate::domain::timestamp::Timestamp;
use crate::flows::change;

#[derive(Debug, Serialize)]
pub(crate) struct Preview {
    preview: String,
    kind: Kind,
    effective: Effective,
    effective_at: Timestamp,
    currency: String,
    amount_due: i64,
    next_amount: i64,
    lines: Vec<Line>,
    over_limit_by: u32,
    expires_at: Timestamp,
}

#[derive(Debug, Serialize)]
struct Line {
    description: String,
    amount: i64,
}

impl Preview {
    pub(crate) fn of(shown: &change::Preview) -> Self {
        let lines = shown.lines.iter();
        Self {
            preview: shown.token.clone(),
            kind: shown.kind,
            effective: shown.effective,
            effective_at: shown.effective_at,
            currency: shown.currency.clone(),
            amount_due: shown.amount_due_minor,
            next_amount: shown.next_amount_minor,
            lines: lines
                .map(|line| Line {
                    description: line.description.clone(),
                    amount: line.amount_minor,
                })
                .collect(),
            over_limit_by: shown.over_limit_by,
            expires_at: shown.expires_at,
        }
    }
}
