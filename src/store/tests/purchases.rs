use super::super::purchases::{self, Purchase};
use super::{Result, begun};
use crate::domain::entitlement::Lifetime;
use crate::domain::ids::{Mode, PaymentIntentId, SessionId};
use crate::domain::payback::Bought;
use crate::domain::plan::Limit;
use crate::domain::testing::{account, at, plan, price};

fn payment(id: &str) -> PaymentIntentId {
    PaymentIntentId::new(id).expect("a payment intent id")
}

fn purchase(session: &str, plan_id: &str, limit: Limit) -> Purchase {
    Purchase {
        session: SessionId::new(session).expect("a session id"),
        plan: plan(plan_id),
        limit,
        price: price("price_once"),
        payment: Some(payment(&session.replace("cs_", "pi_"))),
        amount_minor: 9900,
        currency: "eur".to_owned(),
    }
}

#[tokio::test]
async fn a_session_buys_once_however_often_it_is_told_and_a_second_one_is_kept_too() -> Result<()> {
    let (mut tx, _store, _folder) = begun().await?;
    let (one, two) = (account("acc_1"), account("acc_2"));
    let five = Limit::Servers(5);
    let table = [
        (&one, Mode::Test, purchase("cs_1", "lifetime", five), true),
        (&one, Mode::Test, purchase("cs_1", "lifetime", five), false),
        (&two, Mode::Test, purchase("cs_1", "lifetime", five), false),
        (&one, Mode::Test, purchase("cs_2", "lifetime", five), true),
        (&one, Mode::Test, purchase("cs_3", "endless", Limit::Unlimited), true),
        (&one, Mode::Live, purchase("cs_1", "lifetime", Limit::Servers(9)), true),
    ];
    for (second, (who, mode, bought, expected)) in (0..).zip(table) {
        let kept = purchases::put(&mut tx, who, mode, &bought, at(second)).await?;
        assert_eq!(kept, expected, "{who} {mode:?} {bought:?}");
    }
    let bought = |plan_id: &str, limit, id: &str| Bought {
        lifetime: Lifetime { plan: plan(plan_id), limit },
        payment: Some(payment(id)),
    };
    assert_eq!(
        purchases::of_account(&mut tx, &one, Mode::Test).await?,
        [
            bought("lifetime", five, "pi_1"),
            bought("lifetime", five, "pi_2"),
            bought("endless", Limit::Unlimited, "pi_3")
        ]
    );
    let live = purchases::of_account(&mut tx, &one, Mode::Live).await?;
    assert_eq!(live, [bought("lifetime", Limit::Servers(9), "pi_1")]);
    let owner = purchases::owner(&mut tx, Mode::Test, &payment("pi_2")).await?;
    assert_eq!(owner, Some(one));
    assert_eq!(purchases::owner(&mut tx, Mode::Live, &payment("pi_2")).await?, None);
    Ok(())
}
