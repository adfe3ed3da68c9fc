use super::super::mail::{self, NewLetter};
use super::{Result, begun};
use crate::domain::entitlement::Exemption;
use crate::domain::ids::AccountId;
use crate::domain::letter::Said;
use crate::domain::testing::{account, at};
use crate::store::outbox::Outbox;
use crate::store::{exemptions, suspensions};

async fn put(conn: &mut sqlx::SqliteConnection, id: &str, to: Option<&str>) -> Result<()> {
    let account = to.map(|id| AccountId::new(id).expect("an id"));
    let (kind, subject, body, now) = ("over_quota", "s", "b", at(10));
    mail::put(conn, &NewLetter { id, account: account.as_ref(), kind, subject, body, now }).await
}

#[tokio::test]
async fn letters_to_one_reader_follow_one_another() -> Result<()> {
    let (mut tx, _store, _folder) = begun().await?;
    for (id, to) in [("m1", Some("acc_1")), ("m2", Some("acc_1")), ("o1", None), ("o2", None)] {
        put(&mut tx, id, to).await?;
    }
    assert!(!mail::is_due(&mut tx, at(9)).await?);
    assert_eq!(mail::lease(&mut tx, at(9), at(70)).await?, None, "not yet");
    assert!(mail::is_due(&mut tx, at(10)).await?);
    let mut taken = Vec::new();
    while let Some(letter) = mail::lease(&mut tx, at(10), at(70)).await? {
        assert_eq!((letter.attempts, letter.first_tried_at), (1, at(10)));
        taken.push(letter);
    }
    let ids: Vec<&str> = taken.iter().map(|letter| letter.id.as_str()).collect();
    assert_eq!(ids, ["m1", "o1"]);
    Outbox::Mail.failed(&mut tx, taken[0].seq, "451", Some(at(15))).await?;
    assert_eq!(mail::lease(&mut tx, at(14), at(70)).await?, None);
    let again = mail::lease(&mut tx, at(15), at(75)).await?.expect("due again");
    assert_eq!((again.id.as_str(), again.attempts, again.first_tried_at), ("m1", 2, at(10)));
    Outbox::Mail.done(&mut tx, again.seq).await?;
    assert_eq!(mail::lease(&mut tx, at(15), at(75)).await?.expect("its turn").id, "m2");
    Ok(())
}

#[tokio::test]
async fn a_dead_letter_blocks_nobody_and_is_counted_until_it_is_forgotten() -> Result<()> {
    let (mut tx, _store, _folder) = begun().await?;
    for (id, to) in [("m1", Some("acc_1")), ("o1", None), ("m2", Some("acc_1"))] {
        put(&mut tx, id, to).await?;
    }
    for _ in 0..2 {
        let letter = mail::lease(&mut tx, at(10), at(70)).await?.expect("due");
        Outbox::Mail.failed(&mut tx, letter.seq, "550", None).await?;
    }
    assert_eq!(mail::lease(&mut tx, at(10), at(70)).await?.map(|it| it.id).as_deref(), Some("m2"));
    for (since, dead) in [(0, 1), (10, 1), (11, 0)] {
        assert_eq!(mail::dead_since(&mut tx, at(since)).await?, dead, "since {since}");
    }
    mail::forget(&mut tx, at(10)).await?;
    assert_eq!(mail::dead_since(&mut tx, at(0)).await?, 1);
    mail::forget(&mut tx, at(11)).await?;
    assert_eq!(mail::dead_since(&mut tx, at(0)).await?, 0);
    assert!(mail::is_due(&mut tx, at(70)).await?, "what waits is kept");
    Ok(())
}

#[tokio::test]
async fn what_was_said_last_is_what_is_remembered() -> Result<()> {
    let (mut tx, _store, _folder) = begun().await?;
    let account = account("acc_1");
    assert_eq!(mail::said(&mut tx, &account).await?, None);
    let [one, two, three] = [Some(at(1)), Some(at(2)), Some(at(3))];
    let full = Said { over_quota: true, suspends_at: one, reminded_of: two, exempt_until: three };
    for said in [full, Said::default()] {
        mail::say(&mut tx, &account, &said).await?;
        assert_eq!(mail::said(&mut tx, &account).await?, Some(said));
    }
    Ok(())
}

#[tokio::test]
async fn exemptions_with_an_end_to_come_are_looked_at() -> Result<()> {
    let (mut tx, _store, _folder) = begun().await?;
    for (id, until) in [("acc_1", Some(at(9))), ("acc_2", None)] {
        let exemption = Exemption { reason: "a friend".to_owned(), until };
        exemptions::grant(&mut tx, &account(id), &exemption, "admin", at(0)).await?;
    }
    mail::look_at_exempt(&mut tx, at(9)).await?;
    assert_eq!(suspensions::due(&mut tx, at(9), 10).await?, []);
    mail::look_at_exempt(&mut tx, at(8)).await?;
    assert_eq!(suspensions::due(&mut tx, at(8), 10).await?, [account("acc_1")]);
    Ok(())
}
