//! Accounts read together stand as each does alone.

use std::collections::BTreeSet;

use super::super::Standalone;
use super::House;
use crate::domain::entitlement::Exemption;
use crate::domain::fetched::FetchedDispute;
use crate::domain::ids::{
    ChargeId, DisputeId, Mode, PaymentIntentId, ServerId, SessionId, SubscriptionId,
};
use crate::domain::payback::RefundedCharge;
use crate::domain::plan::Limit;
use crate::domain::subscription::{CollectionPause, Grant, Status, Subscription};
use crate::domain::suspension::Mark;
use crate::domain::testing::{DAY, account, at, plan, price, subscription};
use crate::flows::gate::{standing, standings_of};
use crate::store::purchases::Purchase;
use crate::{AccountId, Clock, Timestamp, stage, store};

#[rocket::async_test]
async fn many_accounts_read_together_stand_as_each_alone() {
    for over_quota in ["freeze", "suspend_excess"] {
        let settings = [
            ("billing.over_quota", over_quota),
            ("billing.stripe.secret_key", "sk_test_1"),
            ("billing.stripe.api_base", "http://127.0.0.1:1"),
        ];
        let stage = stage(Standalone::default()).clock(Clock::frozen(at(0)));
        let house = House::build(&settings, stage).await;
        fill(&house).await;
        let mut conn = house.billing().store.read().await.expect("a reader");
        let mut accounts = Vec::new();
        for who in names() {
            let found = store::accounts::get(&mut conn, &account(who), Mode::Test).await;
            accounts.push(found.expect("a good row").expect("an account"));
        }
        let together = standings_of(&mut conn, house.billing(), accounts.clone()).await;
        let together = together.expect("they are read");
        let mut reasons = BTreeSet::new();
        let mut suspends = 0;
        for (one, of_all) in accounts.into_iter().zip(&together) {
            let alone = standing(&mut conn, house.billing(), &one.id).await.expect("it is read");
            let alone = alone.expect("an account");
            assert_eq!(format!("{alone:#?}"), format!("{of_all:#?}"), "{over_quota}");
            reasons.insert(alone.decision.reason.as_str());
            suspends += u32::from(alone.excess.is_some_and(|excess| excess.since == MARKED));
        }
        assert_eq!(together.len(), names().count());
        let expected = [
            "collection_paused",
            "disputed",
            "ended",
            "exempt",
            "free",
            "grace",
            "grace_expired",
            "lifetime",
            "paused_no_payment_method",
            "payment_incomplete",
            "stale",
            "subscription",
            "trial",
            "unmapped_price",
        ];
        assert_eq!(reasons.into_iter().collect::<Vec<_>>(), expected, "every state is there");
        assert_eq!(suspends, u32::from(over_quota == "suspend_excess"), "a mark counts");
    }
}

/// Since when the account `acc_over` has too many servers.
const MARKED: Timestamp = Timestamp(1_700_000_000);

const OTHERS: [&str; 6] = ["exempt", "lifetime", "refunded", "disputed", "over", "free"];

pub(super) fn names() -> impl Iterator<Item = &'static str> {
    STATES.iter().map(|(name, _)| *name).chain(OTHERS)
}

/// What makes an active subscription of starter into another.
type Turn = fn(&mut Subscription, Timestamp);

const STATES: &[(&str, Turn)] = &[
    ("active", |_, _| {}),
    ("trialing", |one, _| status(one, Status::Trialing)),
    ("past_due", |one, now| {
        status(one, Status::PastDue);
        one.past_due_since = Some(now);
    }),
    ("late", |one, now| {
        status(one, Status::PastDue);
        one.past_due_since = Some(Timestamp(now.0 - 30 * DAY));
    }),
    ("unpaid", |one, now| {
        status(one, Status::Unpaid);
        one.past_due_since = Some(now);
    }),
    ("incomplete", |one, _| status(one, Status::Incomplete)),
    ("incomplete_expired", |one, _| status(one, Status::IncompleteExpired)),
    ("paused", |one, _| status(one, Status::Paused)),
    ("canceled", |one, _| status(one, Status::Canceled)),
    ("collection_paused", |one, now| {
        one.pause = Some(CollectionPause::Forgiven { paid_until: Timestamp(now.0 + DAY) });
    }),
    ("unmapped", |one, _| one.grant = Grant::Unmapped { last_known: None }),
    ("foreign", |one, _| one.grant = Grant::Foreign),
    ("stale", |one, now| one.period_end = Some(Timestamp(now.0 - DAY))),
];

fn status(one: &mut Subscription, status: Status) {
    one.known_status = Some(status.clone());
    one.status = status;
}

/// Accounts in every state, each with two servers.
pub(super) async fn fill(house: &House) {
    let now = house.billing().now();
    let mut tx = house.billing().store.write().await.expect("a transaction");
    for who in names() {
        let email = format!("{who}@example.com");
        store::accounts::put(&mut tx, &account(who), &email, None, now).await.expect("an account");
        for id in ["s1", "s2"] {
            let server = ServerId::new(id).expect("an id");
            store::servers::confirm(&mut tx, &account(who), &server, None, now).await.expect("one");
        }
    }
    for (who, turn) in STATES {
        let mut one = Subscription {
            id: SubscriptionId::new(format!("sub_{who}")).expect("an id"),
            account: account(who),
            period_end: Some(Timestamp(now.0 + DAY)),
            synced_at: now,
            ..subscription(Status::Active)
        };
        turn(&mut one, now);
        store::subscriptions::put(&mut tx, Mode::Test, &one).await.expect("a subscription");
    }
    let exemption = Exemption { reason: "helps us".to_owned(), until: None };
    let exempt = account("exempt");
    store::exemptions::grant(&mut tx, &exempt, &exemption, "cli", now).await.expect("a grant");
    for who in ["lifetime", "refunded", "disputed"] {
        buy(&mut tx, &account(who), now).await;
    }
    let refunded = RefundedCharge {
        id: ChargeId::new("ch_refunded").expect("an id"),
        payment: Some(payment("refunded")),
        amount_minor: 9_900,
        refunded_minor: 9_900,
        currency: "eur".to_owned(),
    };
    let back = account("refunded");
    let put = store::paybacks::put_refunded(&mut tx, &back, Mode::Test, &refunded);
    put.await.expect("a refund");
    let dispute = FetchedDispute {
        id: DisputeId::new("du_1").expect("an id"),
        charge: ChargeId::new("ch_disputed").expect("an id"),
        payment: Some(payment("disputed")),
        status: "needs_response".to_owned(),
        amount_minor: 9_900,
        currency: "eur".to_owned(),
    };
    let asked = account("disputed");
    let put = store::paybacks::put_dispute(&mut tx, &asked, Mode::Test, &dispute);
    put.await.expect("a dispute");
    let mark = Mark { judged_at: now, runs: Limit::Servers(1), over_since: Some(MARKED) };
    let over = account("over");
    store::suspensions::put_mark(&mut tx, &over, &mark, None).await.expect("a mark");
    store::commit(tx).await.expect("a commit");
}

async fn buy(conn: &mut sqlx::SqliteConnection, who: &AccountId, now: Timestamp) {
    let bought = Purchase {
        session: SessionId::new(format!("cs_test_{who}")).expect("an id"),
        plan: plan("lifetime"),
        limit: Limit::Servers(5),
        price: price("price_once"),
        payment: Some(payment(who.as_str())),
        amount_minor: 9_900,
        currency: "eur".to_owned(),
    };
    store::purchases::put(conn, who, Mode::Test, &bought, now).await.expect("a purchase");
}

fn payment(who: &str) -> PaymentIntentId {
    PaymentIntentId::new(format!("pi_{who}")).expect("an id")
}
