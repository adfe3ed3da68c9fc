//! Which notice a customer reads, where there would be several.

use super::notices::{self, Case};
use super::tests_words::{days, settings, standing, starter, with};
use crate::domain::entitlement::{Exemption, Facts};
use crate::domain::ids::{SessionId, SubscriptionId};
use crate::domain::subscription::{PaymentNeed, Status, Subscription};
use crate::store::checkouts::{Checkout, Kind, Progress};

#[test]
fn each_notice_gives_way_to_a_more_urgent_one() {
    let url = Some("https://invoice.stripe.com/i/1".to_owned());
    let paying = |status, payment: PaymentNeed, late: bool| Subscription {
        payment: PaymentNeed { invoice_url: url.clone(), ..payment },
        past_due_since: late.then(|| days(-1)),
        ..starter(status)
    };
    let need = PaymentNeed::default;
    let due = |at| PaymentNeed { amount_due_minor: Some(700), next_attempt_at: at, ..need() };
    let confirm =
        PaymentNeed { requires_action: true, authenticates_since: Some(days(-1)), ..due(None) };
    let declined = PaymentNeed { requires_action: true, ..due(None) };
    let without = PaymentNeed { has_method: Some(false), ..need() };
    let trial = |payment, end| Subscription {
        trial_end: Some(days(end)),
        ..paying(Status::Trialing, payment, false)
    };
    let old = Subscription { past_due_since: Some(days(-8)), ..starter(Status::PastDue) };
    let disputed = |facts| Facts { disputed: true, ..facts };
    let processing = Some((Kind::Payment, Progress::Processing));
    let table: Vec<(Facts, u32, _, &str, &str)> = vec![
        (Facts::default(), 1, None, "", ""),
        (with(starter(Status::Active)), 1, None, "", ""),
        (
            with(paying(Status::PastDue, confirm, true)),
            5,
            processing,
            "Confirm your payment",
            "Your bank wants you to confirm the payment of €7.00. Your servers keep running until 9 Sep 2026, 00:00 UTC. Nothing is deleted.",
        ),
        (
            with(paying(Status::Active, declined, false)),
            5,
            None,
            "A change of your plan is not paid",
            "The payment of €7.00 was declined. Until it is paid your plan stays. Nothing is deleted.",
        ),
        (
            with(paying(Status::PastDue, due(Some(days(2))), true)),
            5,
            processing,
            "Your payment failed",
            "€7.00 could not be charged on 2 Sep 2026. It is tried again on 5 Sep 2026. Your servers keep running until 9 Sep 2026, 00:00 UTC. Nothing is deleted.",
        ),
        (
            with(paying(Status::Unpaid, due(None), true)),
            1,
            None,
            "Your payment failed",
            "€7.00 could not be charged on 2 Sep 2026. No further automatic attempts are made. Your servers keep running until 9 Sep 2026, 00:00 UTC. Nothing is deleted.",
        ),
        (
            disputed(with(starter(Status::Active))),
            5,
            None,
            "A payment is disputed",
            "Your servers keep running. Until your bank has decided, no new server can be created beyond 1 free server.",
        ),
        (
            with(starter(Status::Incomplete)),
            1,
            None,
            "Your plan has not begun",
            "The first payment was not completed. It can be made until 24 Aug 2026, 23:00 UTC.",
        ),
        (
            with(old.clone()),
            3,
            processing,
            "2 servers are over your limit",
            "All of them keep running, but no new one can be created.",
        ),
        (
            with(old),
            1,
            processing,
            "A payment is overdue",
            "The time to settle it is over. You keep 1 free server; nothing is deleted.",
        ),
        (
            with(trial(without, 9)),
            1,
            processing,
            "Add a card to keep your plan",
            "Your trial ends on 12 Sep 2026, 00:00 UTC. Without a payment method the plan stops then. Nothing is deleted.",
        ),
        (
            with(starter(Status::Paused)),
            1,
            None,
            "Your plan is paused",
            "The trial is over and there is no payment method. Nothing is deleted.",
        ),
        (
            with(Subscription { cancels_at: Some(days(20)), ..trial(need(), 2) }),
            1,
            processing,
            "Your plan ends on 23 Sep 2026",
            "Until then nothing changes, and you can keep it.",
        ),
        (
            with(trial(need(), 2)),
            1,
            processing,
            "Your payment is still being processed",
            "Please do not pay again. A bank may take some days.",
        ),
        (
            with(trial(need(), 3)),
            1,
            None,
            "Your trial ends soon",
            "On 6 Sep 2026, 00:00 UTC the first payment is made: €5.00 per month.",
        ),
        (with(trial(need(), 4)), 1, None, "", ""),
    ];
    for (facts, used, checkout, title, text) in table {
        let checkout = checkout.map(|(kind, progress)| Checkout {
            session: SessionId::new("cs_1").expect("an id"),
            kind,
            progress,
        });
        let (standing, settings) = (standing(facts, used), settings());
        let case = Case { standing: &standing, checkout: checkout.as_ref(), settings: &settings };
        let told =
            notices::notice(case).map(|it| (it.title.plain(), it.text.plain())).unwrap_or_default();
        assert_eq!((told.0.as_str(), told.1.as_str()), (title, text));
    }
}

#[test]
fn only_the_most_urgent_warning_is_told() {
    let other = Subscription {
        id: SubscriptionId::new("sub_2").expect("an id"),
        ..starter(Status::Active)
    };
    let two = Facts { subscriptions: vec![starter(Status::Active), other], ..Facts::default() };
    let exemption = Some(Exemption { reason: "staff".to_owned(), until: None });
    let exempt = Facts { exemption, ..with(starter(Status::Active)) };
    let table = [
        (two, 5, Some("Two subscriptions are running")),
        (exempt, 5, Some("A subscription is running")),
        (with(starter(Status::Active)), 4, Some("1 server is over your limit")),
        (with(starter(Status::Active)), 5, Some("2 servers are over your limit")),
        (with(starter(Status::Active)), 3, None),
    ];
    for (facts, used, title) in table {
        let (standing, settings) = (standing(facts, used), settings());
        let case = Case { standing: &standing, checkout: None, settings: &settings };
        assert_eq!(notices::notice(case).map(|banner| banner.title.plain()).as_deref(), title);
    }
}
