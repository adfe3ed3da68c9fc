use super::super::checkouts::{self, Checkout, Intent, Kind, Progress};
use super::{Result, begun};
use crate::domain::ids::{Mode, SessionId};
use crate::domain::testing::{account, at};

fn session(id: &str) -> SessionId {
    SessionId::new(id).expect("a session id")
}

fn checkout(id: &str, progress: Progress) -> Checkout {
    Checkout { session: session(id), kind: Kind::Subscription, progress }
}

#[tokio::test]
async fn an_intent_stands_for_one_purpose_until_it_is_replaced_or_dropped() -> Result<()> {
    let (mut tx, _store, _folder) = begun().await?;
    let (one, two) = (account("acc_1"), account("acc_2"));
    let begun = Intent { nonce: "n1".to_owned(), parameters: "p".to_owned(), session: None };
    let known = Intent { session: Some(session("cs_1")), ..begun.clone() };
    let other = Intent { nonce: "n2".to_owned(), ..begun.clone() };

    checkouts::put_intent(&mut tx, &one, Mode::Test, "customer", &begun, at(0)).await?;
    checkouts::put_intent(&mut tx, &one, Mode::Test, "customer", &known, at(1)).await?;
    checkouts::put_intent(&mut tx, &one, Mode::Test, "checkout", &other, at(1)).await?;
    checkouts::put_intent(&mut tx, &one, Mode::Live, "customer", &other, at(1)).await?;
    let table = [
        (&one, Mode::Test, "customer", Some(known)),
        (&one, Mode::Test, "checkout", Some(other.clone())),
        (&one, Mode::Live, "customer", Some(other.clone())),
        (&one, Mode::Live, "checkout", None),
        (&two, Mode::Test, "customer", None),
    ];
    for (who, mode, purpose, expected) in table {
        let stored = checkouts::intent(&mut tx, who, mode, purpose).await?;
        assert_eq!(stored, expected, "{who} {mode:?} {purpose}");
    }
    checkouts::drop_intent(&mut tx, &one, Mode::Test, "customer").await?;
    assert_eq!(checkouts::intent(&mut tx, &one, Mode::Test, "customer").await?, None);
    let kept = checkouts::intent(&mut tx, &one, Mode::Live, "customer").await?;
    assert_eq!(kept, Some(other));
    Ok(())
}

#[tokio::test]
async fn what_is_settled_never_opens_again() -> Result<()> {
    let (mut tx, _store, _folder) = begun().await?;
    let one = account("acc_1");
    let table = [
        (Progress::Open, Some(Progress::Open)),
        (Progress::Processing, Some(Progress::Processing)),
        (Progress::Complete, None),
        (Progress::Open, None),
        (Progress::Expired, None),
    ];
    for (second, (progress, expected)) in (0..).zip(table) {
        let now = checkout("cs_1", progress);
        checkouts::put(&mut tx, &one, Mode::Test, &now, at(second)).await?;
        let unsettled = checkouts::unsettled(&mut tx, &one, Mode::Test).await?;
        let unsettled = unsettled.first().map(|checkout| checkout.progress);
        assert_eq!(unsettled, expected, "after {progress:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_session_has_one_owner_in_its_mode() -> Result<()> {
    let (mut tx, _store, _folder) = begun().await?;
    let (one, two) = (account("acc_1"), account("acc_2"));
    let open = |id| checkout(id, Progress::Open);
    checkouts::put(&mut tx, &one, Mode::Test, &open("cs_1"), at(0)).await?;
    checkouts::put(&mut tx, &two, Mode::Test, &open("cs_1"), at(1)).await?;
    checkouts::put(&mut tx, &two, Mode::Live, &open("cs_1"), at(1)).await?;
    let lifetime = Checkout { kind: Kind::Payment, ..open("cs_2") };
    checkouts::put(&mut tx, &one, Mode::Test, &lifetime, at(2)).await?;

    let table = [
        (Mode::Test, "cs_1", Some(one.clone())),
        (Mode::Live, "cs_1", Some(two.clone())),
        (Mode::Live, "cs_2", None),
        (Mode::Test, "cs_9", None),
    ];
    for (mode, id, expected) in table {
        assert_eq!(checkouts::owner(&mut tx, mode, id).await?, expected, "{mode:?} {id}");
    }
    let newest_first = [lifetime, open("cs_1")];
    assert_eq!(checkouts::unsettled(&mut tx, &one, Mode::Test).await?, newest_first);
    assert_eq!(checkouts::unsettled(&mut tx, &one, Mode::Live).await?, []);
    assert_eq!(checkouts::unsettled(&mut tx, &two, Mode::Test).await?, []);
    Ok(())
}

#[tokio::test]
async fn a_session_is_settled_once_and_remembers_that_its_payment_failed() -> Result<()> {
    let (mut tx, _store, _folder) = begun().await?;
    let one = account("acc_1");
    let table = [
        ("cs_1", Progress::Open, false, Progress::Open),
        ("cs_1", Progress::Processing, false, Progress::Processing),
        ("cs_1", Progress::Failed, true, Progress::Failed),
        ("cs_1", Progress::Failed, false, Progress::Failed),
        ("cs_1", Progress::Complete, false, Progress::Failed),
        ("cs_2", Progress::Complete, true, Progress::Complete),
        ("cs_2", Progress::Complete, false, Progress::Complete),
    ];
    for (second, (id, progress, settled, stored)) in (0..).zip(table) {
        let now = checkout(id, progress);
        let put = checkouts::put(&mut tx, &one, Mode::Test, &now, at(second)).await?;
        assert_eq!(put, settled, "{id} {progress:?}");
        let latest = checkouts::latest(&mut tx, &one, Mode::Test).await?;
        assert_eq!(latest, Some(checkout(id, stored)), "{id} {progress:?}");
        let known = checkouts::progress(&mut tx, Mode::Test, &session(id)).await?;
        assert_eq!(known, Some(stored), "{id} {progress:?}");
    }
    assert_eq!(checkouts::latest(&mut tx, &account("acc_2"), Mode::Test).await?, None);
    Ok(())
}
