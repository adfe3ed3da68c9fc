//! The go-live checklist.

use serde_json::json;

use super::desk::{Desk, Failure, Outcome};
use super::words::shown;
use crate::flows::Billing;
use crate::flows::doctor::{self, Status};

/// Makes every check, and fails when one does.
pub(super) async fn run(billing: &Billing, json: bool, desk: &mut Desk<'_>) -> Outcome {
    let checks = doctor::examine(billing).await?;
    if json {
        desk.print_json(&json!({"checks": checks}))?;
    } else {
        for check in &checks {
            let (status, seen) = (check.status.as_str(), shown(&check.seen));
            writeln!(desk.out, "{status}  {:<16}  {seen}", check.id)?;
            if let Some(remedy) = &check.remedy {
                writeln!(desk.out, "{:<22}  → {remedy}", "")?;
            }
        }
    }
    match checks.iter().filter(|check| check.status == Status::Fail).count() {
        0 => Ok(()),
        1 => Err(Failure::new("1 check fails")),
        count => Err(Failure::new(format!("{count} checks fail"))),
    }
}
