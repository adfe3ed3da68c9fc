//! A walk over all accounts, some at a time.

use super::super::accounts::{self, Among};
use super::super::exemptions;
use super::{Result, begun};
use crate::domain::entitlement::Exemption;
use crate::domain::ids::Mode;
use crate::domain::testing::{account, at};

#[tokio::test]
async fn a_walk_misses_and_repeats_nobody_and_knows_who_is_concerned() -> Result<()> {
    let (mut tx, _store, _folder) = begun().await?;
    for (id, second) in [("acc_3", 0), ("acc_4", 7)] {
        accounts::put(&mut tx, &account(id), "x@example.org", None, at(second)).await?;
    }
    let exemption = Exemption { reason: "helps us".to_owned(), until: None };
    exemptions::grant(&mut tx, &account("acc_2"), &exemption, "cli", at(0)).await?;
    for (query, among, expected) in [
        ("", Among::All, vec!["acc_4", "acc_1", "acc_2", "acc_3"]),
        ("x@", Among::All, vec!["acc_4", "acc_3"]),
        ("", Among::Concerned, vec!["acc_2"]),
        ("x@", Among::Concerned, vec![]),
    ] {
        let (mut seen, mut last) = (Vec::new(), None);
        loop {
            let after = last.as_ref();
            let found = accounts::walk(&mut tx, Mode::Test, query, among, after, 1).await?;
            let Some(next) = found.into_iter().next() else { break };
            seen.push(next.id.to_string());
            last = Some(next);
        }
        assert_eq!(seen, expected, "`{query}` {among:?}");
    }
    Ok(())
}
