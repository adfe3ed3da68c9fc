use super::super::episodes::{self, InvoiceEffect};
use super::{Result, begun};
use crate::domain::dunning::{Kind, Outcome};
use crate::domain::ids::{Mode, SubscriptionId};
use crate::domain::testing::at;

#[tokio::test]
async fn an_episode_begins_and_ends_once() -> Result<()> {
    let (mut tx, _store, _folder) = begun().await?;
    let one = SubscriptionId::new("sub_1").expect("a subscription id");
    let table = [(Kind::Dunning, 5, true), (Kind::Dunning, 5, false), (Kind::Dunning, 9, false)];
    for (kind, since, new) in table {
        let entered = episodes::enter(&mut tx, Mode::Test, &one, kind, at(since)).await?;
        assert_eq!(entered, new, "{kind:?} since {since}");
    }
    assert!(episodes::enter(&mut tx, Mode::Test, &one, Kind::Sca, at(5)).await?);
    for (second, began) in [(10, Some(at(5))), (11, None)] {
        let (kind, outcome) = (Kind::Dunning, Outcome::Recovered);
        let left = episodes::leave(&mut tx, Mode::Test, &one, kind, outcome, at(second)).await?;
        assert_eq!(left, began);
    }
    assert!(!episodes::enter(&mut tx, Mode::Test, &one, Kind::Dunning, at(5)).await?);
    assert!(episodes::enter(&mut tx, Mode::Test, &one, Kind::Dunning, at(20)).await?);
    Ok(())
}

#[tokio::test]
async fn bad_days_are_summed_up_with_the_median_of_those_that_recovered() -> Result<()> {
    let (mut tx, _store, _folder) = begun().await?;
    let book = async |tx: &mut sqlx::SqliteConnection, since| {
        let book = episodes::book(tx, Mode::Test, Kind::Dunning, at(since)).await.expect("a book");
        (book.entered, book.recovered, book.lost, book.median_seconds)
    };
    assert_eq!(book(&mut tx, 0).await, (0, 0, 0, None));
    let table = [
        (1, Some((Outcome::Recovered, 101)), (1, 1, 0, Some(100))),
        (2, Some((Outcome::Lost, 9_002)), (2, 1, 1, Some(100))),
        (3, Some((Outcome::Recovered, 303)), (3, 2, 1, Some(200))),
        (4, Some((Outcome::Recovered, 904)), (4, 3, 1, Some(300))),
        (5, None, (5, 3, 1, Some(300))),
    ];
    for (since, end, expected) in table {
        let one = SubscriptionId::new(format!("sub_{since}")).expect("a subscription id");
        episodes::enter(&mut tx, Mode::Test, &one, Kind::Dunning, at(since)).await?;
        if let Some((outcome, second)) = end {
            let (mode, kind) = (Mode::Test, Kind::Dunning);
            episodes::leave(&mut tx, mode, &one, kind, outcome, at(second)).await?;
        }
        assert_eq!(book(&mut tx, 0).await, expected, "after {since}");
    }
    assert_eq!(book(&mut tx, 4).await, (2, 1, 0, Some(900)), "what began before does not count");
    Ok(())
}

#[tokio::test]
async fn an_invoice_is_paid_once_and_fails_as_often_as_stripe_tried() -> Result<()> {
    let (mut tx, _store, _folder) = begun().await?;
    let table = [
        (InvoiceEffect::Paid, 1, true),
        (InvoiceEffect::Paid, 2, false),
        (InvoiceEffect::Failed, 1, true),
        (InvoiceEffect::Failed, 1, false),
        (InvoiceEffect::Failed, 2, true),
        (InvoiceEffect::ActionRequired, 1, true),
    ];
    for (effect, second, new) in table {
        let noted =
            episodes::note_invoice(&mut tx, Mode::Test, "in_1", effect, at(second), at(9)).await?;
        assert_eq!(noted, new, "{effect:?} at {second}");
    }
    episodes::forget_invoices(&mut tx, at(10)).await?;
    let again = InvoiceEffect::Paid;
    assert!(episodes::note_invoice(&mut tx, Mode::Test, "in_1", again, at(1), at(10)).await?);
    Ok(())
}
