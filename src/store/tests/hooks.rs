use serde_json::json;

use super::super::hooks::{self, NewMessage, Said};
use super::{Result, begun};
use crate::domain::hook::Kind;
use crate::domain::ids::AccountId;
use crate::domain::testing::{account, at};
use crate::store::outbox::Outbox;

async fn put(conn: &mut sqlx::SqliteConnection, id: &str, url: &str, account: &str) -> Result<()> {
    let account = &AccountId::new(account).expect("an id");
    let (kind, body, now) = (Kind::Dispute, "{}", at(10));
    hooks::put(conn, &NewMessage { id, url, account, kind, body, now }).await
}

#[tokio::test]
async fn messages_of_one_account_at_one_address_follow_one_another() -> Result<()> {
    let (mut tx, _store, _folder) = begun().await?;
    for (id, url, account) in
        [("m1", "u", "a"), ("m2", "u", "a"), ("m1", "v", "a"), ("m3", "u", "b")]
    {
        put(&mut tx, id, url, account).await?;
    }
    assert_eq!(hooks::lease(&mut tx, at(9), at(70)).await?, None, "not yet");
    let mut taken = Vec::new();
    while let Some(message) = hooks::lease(&mut tx, at(10), at(70)).await? {
        assert_eq!((message.attempts, message.first_tried_at), (1, at(10)));
        taken.push(message);
    }
    let shown: Vec<_> = taken.iter().map(|it| (it.id.as_str(), it.url.as_str())).collect();
    assert_eq!(shown, [("m1", "u"), ("m1", "v"), ("m3", "u")]);

    Outbox::Hooks.failed(&mut tx, taken[0].seq, "it answered 500", Some(at(15))).await?;
    assert_eq!(hooks::lease(&mut tx, at(14), at(70)).await?, None);
    let again = hooks::lease(&mut tx, at(15), at(75)).await?.expect("due again");
    assert_eq!((again.id.as_str(), again.attempts, again.first_tried_at), ("m1", 2, at(10)));
    Outbox::Hooks.done(&mut tx, again.seq).await?;
    let next = hooks::lease(&mut tx, at(15), at(75)).await?.expect("its turn");
    assert_eq!(next.id, "m2");
    Ok(())
}

#[tokio::test]
async fn a_dead_message_is_shown_revived_and_never_forgotten_by_itself() -> Result<()> {
    let (mut tx, _store, _folder) = begun().await?;
    put(&mut tx, "m1", "u", "a").await?;
    put(&mut tx, "m2", "u", "a").await?;
    let message = hooks::lease(&mut tx, at(10), at(70)).await?.expect("due");
    Outbox::Hooks.failed(&mut tx, message.seq, "refused", None).await?;
    assert_eq!(hooks::dead_count(&mut tx).await?, 1);
    let shown = hooks::undelivered(&mut tx, 10).await?;
    assert_eq!(shown.len(), 1);
    assert!(shown[0].dead && shown[0].last_error.as_deref() == Some("refused"));
    let other = hooks::lease(&mut tx, at(10), at(70)).await?.expect("a dead one blocks nobody");
    Outbox::Hooks.done(&mut tx, other.seq).await?;
    hooks::forget(&mut tx, at(1_000)).await?;
    assert!(!hooks::revive(&mut tx, other.seq, at(20)).await?, "it is done and gone");
    assert!(hooks::revive(&mut tx, message.seq, at(20)).await?);
    assert!(!hooks::revive(&mut tx, message.seq, at(20)).await?, "it waits already");
    let revived = hooks::lease(&mut tx, at(20), at(80)).await?.expect("due");
    assert_eq!((revived.attempts, revived.first_tried_at), (1, at(20)));
    Ok(())
}

#[tokio::test]
async fn what_was_said_last_is_what_is_remembered() -> Result<()> {
    let (mut tx, _store, _folder) = begun().await?;
    let account = account("acc_1");
    assert_eq!(hooks::said(&mut tx, &account).await?, None);
    for over_quota in [false, true] {
        let said = Said { access: json!({ "limit": 3, "until": null }), over_quota };
        hooks::say(&mut tx, &account, &said).await?;
        assert_eq!(hooks::said(&mut tx, &account).await?, Some(said));
    }
    Ok(())
}
