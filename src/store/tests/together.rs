//! What is read for many accounts at once reads as for each alone.

use std::collections::HashMap;

use super::super::books::{self, Books};
use super::super::{
    accounts, checkouts, exemptions, ids, paybacks, purchases, servers, subscriptions, suspensions,
};
use super::{Result, begun};
use crate::domain::entitlement::Exemption;
use crate::domain::fetched::FetchedDispute;
use crate::domain::ids::{
    ChargeId, DisputeId, Mode, PaymentIntentId, ServerId, SessionId, SubscriptionId,
};
use crate::domain::payback::RefundedCharge;
use crate::domain::plan::Limit;
use crate::domain::subscription::{Status, Subscription};
use crate::domain::suspension::Mark;
use crate::domain::testing::{account, at, plan, price, subscription};
use crate::store::checkouts::{Checkout, Kind, Progress};
use crate::store::purchases::Purchase;

#[tokio::test]
async fn the_facts_of_many_accounts_are_those_of_each() -> Result<()> {
    let (mut tx, _store, _folder) = begun().await?;
    let (one, two) = (account("acc_1"), account("acc_2"));
    for (who, id, created_at) in [(&one, "sub_1", 0), (&one, "sub_2", 5), (&two, "sub_3", 9)] {
        let one = Subscription {
            id: SubscriptionId::new(id).expect("an id"),
            account: (*who).clone(),
            created_at: at(created_at),
            ..subscription(Status::Active)
        };
        subscriptions::put(&mut tx, Mode::Test, &one).await?;
    }
    let exemption = Exemption { reason: "helps us".to_owned(), until: None };
    exemptions::grant(&mut tx, &two, &exemption, "cli", at(0)).await?;
    for id in ["s1", "s2"] {
        let server = ServerId::new(id).expect("an id");
        servers::confirm(&mut tx, &two, &server, None, at(0)).await?;
    }
    let payment = PaymentIntentId::new("pi_1").expect("an id");
    let bought = Purchase {
        session: SessionId::new("cs_1").expect("an id"),
        plan: plan("lifetime"),
        limit: Limit::Servers(5),
        price: price("price_once"),
        payment: Some(payment.clone()),
        amount_minor: 9_900,
        currency: "eur".to_owned(),
    };
    purchases::put(&mut tx, &one, Mode::Test, &bought, at(0)).await?;
    let charge = ChargeId::new("ch_1").expect("an id");
    let refunded = RefundedCharge {
        id: charge.clone(),
        payment: Some(payment.clone()),
        amount_minor: 9_900,
        refunded_minor: 100,
        currency: "eur".to_owned(),
    };
    paybacks::put_refunded(&mut tx, &one, Mode::Test, &refunded).await?;
    for (who, id) in [(&one, "du_1"), (&two, "du_2")] {
        let dispute = FetchedDispute {
            id: DisputeId::new(id).expect("an id"),
            charge: charge.clone(),
            payment: Some(payment.clone()),
            status: "needs_response".to_owned(),
            amount_minor: 9_900,
            currency: "eur".to_owned(),
        };
        paybacks::put_dispute(&mut tx, who, Mode::Test, &dispute).await?;
    }
    let mark = Mark { judged_at: at(3), runs: Limit::Servers(1), over_since: Some(at(2)) };
    suspensions::put_mark(&mut tx, &two, &mark, None).await?;

    let both = ids([&one, &two].into_iter());
    let mut found = subscriptions::of_accounts(&mut tx, &both, Mode::Test).await?;
    for who in [&one, &two] {
        let alone = subscriptions::of_account(&mut tx, who, Mode::Test).await?;
        assert_eq!(found.remove(who), Some(alone), "{who}");
    }
    assert_eq!(subscriptions::of_accounts(&mut tx, &both, Mode::Live).await?, HashMap::new());
    let one_alone =
        subscriptions::of_accounts(&mut tx, &ids([&one].into_iter()), Mode::Test).await?;
    assert_eq!(one_alone.len(), 1, "nobody else's");
    let exempt = HashMap::from([(two.clone(), exemption)]);
    assert_eq!(exemptions::standing_of_all(&mut tx, &both).await?, exempt);
    let used = HashMap::from([(two.clone(), 2)]);
    assert_eq!(servers::used_of_all(&mut tx, &both, at(0)).await?, used);
    let bought = purchases::of_account(&mut tx, &one, Mode::Test).await?;
    assert_eq!(bought.len(), 1);
    let all_bought = HashMap::from([(one.clone(), bought)]);
    assert_eq!(purchases::of_accounts(&mut tx, &both, Mode::Test).await?, all_bought);
    let mut went_back = paybacks::of_accounts(&mut tx, &both, Mode::Test).await?;
    for (who, refunds) in [(&one, 1), (&two, 0)] {
        let alone = paybacks::of_account(&mut tx, who, Mode::Test).await?;
        assert_eq!((alone.refunded.len(), alone.disputes.len()), (refunds, 1), "{who}");
        assert_eq!(went_back.remove(who), Some(alone), "{who}");
    }
    assert_eq!(purchases::of_accounts(&mut tx, &both, Mode::Live).await?, HashMap::new());
    assert_eq!(paybacks::of_accounts(&mut tx, &both, Mode::Live).await?, HashMap::new());
    assert_eq!(suspensions::marks(&mut tx, &both).await?, HashMap::from([(two.clone(), mark)]));
    let checkout = Checkout {
        session: SessionId::new("cs_2").expect("an id"),
        kind: Kind::Payment,
        progress: Progress::Open,
    };
    checkouts::put(&mut tx, &one, Mode::Test, &checkout, at(0)).await?;

    for (who, mode) in [(&one, Mode::Test), (&two, Mode::Test), (&one, Mode::Live)] {
        let checkout = checkouts::latest(&mut tx, who, mode).await?;
        let account = accounts::get(&mut tx, who, mode).await?.expect("an account");
        let alone = ids([who].into_iter());
        let books = Books {
            exemption: exemptions::standing(&mut tx, who).await?,
            subscriptions: subscriptions::of_account(&mut tx, who, mode).await?,
            bought: purchases::of_account(&mut tx, who, mode).await?,
            paybacks: paybacks::of_account(&mut tx, who, mode).await?,
            used: servers::used_of_all(&mut tx, &alone, at(0)).await?.remove(who).unwrap_or(0),
            mark: suspensions::marks(&mut tx, &alone).await?.remove(who),
        };
        let found = books::of_account(&mut tx, who, mode).await?;
        assert_eq!(
            found.map(|kept| kept.at(at(0))),
            Some((account, books, checkout)),
            "{who} in {mode:?}"
        );
    }
    let nobody = account("nobody");
    assert_eq!(books::of_account(&mut tx, &nobody, Mode::Test).await?, None);
    Ok(())
}
