use super::super::paybacks;
use super::{Result, begun};
use crate::domain::fetched::FetchedDispute;
use crate::domain::ids::{ChargeId, DisputeId, Mode, PaymentIntentId};
use crate::domain::payback::{RefundedCharge, Stage};
use crate::domain::testing::account;

fn charge() -> ChargeId {
    ChargeId::new("ch_1").expect("a charge id")
}

fn payment() -> Option<PaymentIntentId> {
    PaymentIntentId::new("pi_1").ok()
}

#[tokio::test]
async fn a_refund_grows_and_vanishes_with_what_stripe_says() -> Result<()> {
    let (mut tx, _store, _folder) = begun().await?;
    let one = account("acc_1");
    for refunded_minor in [10, 100] {
        let refunded = RefundedCharge {
            id: charge(),
            payment: payment(),
            amount_minor: 100,
            refunded_minor,
            currency: "eur".to_owned(),
        };
        paybacks::put_refunded(&mut tx, &one, Mode::Test, &refunded).await?;
        let stored = paybacks::of_account(&mut tx, &one, Mode::Test).await?.refunded;
        assert_eq!(stored, [refunded]);
    }
    assert_eq!(paybacks::of_account(&mut tx, &one, Mode::Live).await?.refunded, []);
    paybacks::drop_refunded(&mut tx, Mode::Test, &charge()).await?;
    assert_eq!(paybacks::of_account(&mut tx, &one, Mode::Test).await?.refunded, []);
    Ok(())
}

#[tokio::test]
async fn a_dispute_takes_its_stages_and_a_word_of_the_future_changes_none() -> Result<()> {
    let (mut tx, _store, _folder) = begun().await?;
    let one = account("acc_1");
    let table = [
        ("du_1", "pondered", Stage::Inquiry),
        ("du_1", "needs_response", Stage::Open),
        ("du_1", "pondered", Stage::Open),
        ("du_1", "lost", Stage::Lost),
        ("du_1", "won", Stage::Over),
    ];
    for (id, status, stage) in table {
        let dispute = FetchedDispute {
            id: DisputeId::new(id).expect("a dispute id"),
            charge: charge(),
            payment: payment(),
            status: status.to_owned(),
            amount_minor: 100,
            currency: "eur".to_owned(),
        };
        paybacks::put_dispute(&mut tx, &one, Mode::Test, &dispute).await?;
        let stored = paybacks::of_account(&mut tx, &one, Mode::Test).await?.disputes;
        assert_eq!(stored.iter().map(|it| it.stage).collect::<Vec<_>>(), [stage], "{status}");
    }
    Ok(())
}
