//! What is read for many accounts at once reads as for each alone.

use super::super::accounts::{self, Among};
use super::super::purchases::{self, Purchase};
use super::super::{exemptions, ids, paybacks, servers, subscriptions, suspensions, timeline};
use super::{Result, begun};
use crate::domain::entitlement::Exemption;
use crate::domain::ids::{ChargeId, Mode, ServerId, SessionId, SubscriptionId};
use crate::domain::payback::RefundedCharge;
use crate::domain::plan::Limit;
use crate::domain::subscription::{Status, Subscription};
use crate::domain::suspension::Mark;
use crate::domain::testing::{account, at, plan, price, subscription};

#[tokio::test]
async fn the_facts_of_many_accounts_are_those_of_each() -> Result<()> {
    let (mut tx, _store, _folder) = begun().await?;
    let (one, two) = (account("acc_1"), account("acc_2"));
    for (who, id, second) in [(&one, "sub_1", 0), (&one, "sub_2", 5), (&two, "sub_3", 9)] {
        let bought = Subscription {
            id: SubscriptionId::new(id).expect("an id"),
            account: who.clone(),
            created_at: at(second),
            ..subscription(Status::Active)
        };
        subscriptions::put(&mut tx, Mode::Test, &bought).await?;
    }
    let exemption = Exemption { reason: "helps us".to_owned(), until: None };
    exemptions::grant(&mut tx, &two, &exemption, "cli", at(0)).await?;
    for id in ["s1", "s2"] {
        let server = ServerId::new(id).expect("an id");
        servers::confirm(&mut tx, &two, &server, None, at(0)).await?;
    }
    let bought = Purchase {
        session: SessionId::new("cs_1").expect("an id"),
        plan: plan("lifetime"),
        limit: Limit::Servers(5),
        price: price("price_once"),
        payment: None,
        amount_minor: 9_900,
        currency: "eur".to_owned(),
    };
    purchases::put(&mut tx, &one, Mode::Test, &bought, at(0)).await?;
    let refunded = RefundedCharge {
        id: ChargeId::new("ch_1").expect("an id"),
        payment: None,
        amount_minor: 100,
        refunded_minor: 100,
        currency: "eur".to_owned(),
    };
    paybacks::put_refunded(&mut tx, &two, Mode::Test, &refunded).await?;
    let mark = Mark { judged_at: at(1), runs: Limit::Servers(1), over_since: Some(at(1)) };
    suspensions::put_mark(&mut tx, &one, &mark, None).await?;

    let both = ids([&one, &two].into_iter());
    let mode = Mode::Test;
    let mut subscribed = subscriptions::of_accounts(&mut tx, &both, mode).await?;
    let mut purchased = purchases::of_accounts(&mut tx, &both, mode).await?;
    let mut returned = paybacks::of_accounts(&mut tx, &both, mode).await?;
    let mut exempt = exemptions::standing_of_all(&mut tx, &both).await?;
    let mut used = servers::used_of_all(&mut tx, &both, at(0)).await?;
    let mut marks = suspensions::marks(&mut tx, &both).await?;
    for who in [&one, &two] {
        let alone = subscriptions::of_account(&mut tx, who, mode).await?;
        assert_eq!(subscribed.remove(who).unwrap_or_default(), alone, "{who}");
        let alone = purchases::of_account(&mut tx, who, mode).await?;
        assert_eq!(purchased.remove(who).unwrap_or_default(), alone, "{who}");
        let alone = paybacks::of_account(&mut tx, who, mode).await?;
        assert_eq!(returned.remove(who).unwrap_or_default(), alone, "{who}");
        assert_eq!(exempt.remove(who), exemptions::standing(&mut tx, who).await?, "{who}");
        let alone = servers::used(&mut tx, who, at(0)).await?;
        assert_eq!(used.remove(who).unwrap_or_default(), alone, "{who}");
        assert_eq!(marks.remove(who), suspensions::mark(&mut tx, who).await?, "{who}");
    }
    assert_eq!(servers::used_in_all(&mut tx, at(0)).await?, 2);
    let alone = ids([&one].into_iter());
    assert_eq!(subscriptions::of_accounts(&mut tx, &alone, mode).await?.len(), 1, "nobody else's");
    assert!(subscriptions::of_accounts(&mut tx, &both, Mode::Live).await?.is_empty());
    let paid = timeline::purchases(&mut tx, &one, mode).await?;
    assert_eq!(
        paid.iter().map(|it| (it.amount_minor, it.at)).collect::<Vec<_>>(),
        [(9_900, at(0))]
    );
    Ok(())
}

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
