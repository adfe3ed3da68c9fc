use super::super::invites::{self, Invite};
use super::super::members::{self, Part};
use super::super::panel::{self, Role, Session, User};
use super::{Result, begun};
use crate::domain::testing::{account, at};

fn user(id: &str, own: &str) -> User {
    User {
        id: id.to_owned(),
        email: format!("{id}@example.org"),
        name: id.to_owned(),
        password_hash: "hash".to_owned(),
        role: Role::User,
        account: account(own),
        created_at: at(0),
    }
}

fn session(hash: &[u8]) -> Session {
    Session {
        hash: hash.to_vec(),
        device: None,
        created_at: at(0),
        seen_at: at(0),
        expires_at: at(99),
    }
}

fn invite(hash: &[u8], by: &str, expires_at: i64) -> Invite {
    Invite {
        hash: hash.to_vec(),
        account: account("acc_1"),
        by: by.to_owned(),
        created_at: at(0),
        expires_at: at(expires_at),
        ended_at: None,
    }
}

#[tokio::test]
async fn an_account_keeps_its_last_owner() -> Result<()> {
    let (mut tx, _store, _folder) = begun().await?;
    let (own, ada, bob) = (account("acc_1"), "ada", "bob");
    for (who, account) in [(ada, "acc_1"), (bob, "acc_2")] {
        panel::put_user(&mut tx, &user(who, account)).await?;
    }
    assert!(members::add(&mut tx, &own, bob, Part::Member, at(1)).await?);
    assert!(
        !members::add(&mut tx, &own, bob, Part::Owner, at(2)).await?,
        "they are what they were"
    );
    assert_eq!(members::part(&mut tx, &own, bob).await?, Some(Part::Member));
    assert_eq!(members::part(&mut tx, &account("acc_2"), ada).await?, None);
    assert_eq!(members::number(&mut tx, &own).await?, 2);

    let table = [
        (ada, Part::Member, false),
        (ada, Part::Owner, false),
        ("eve", Part::Owner, false),
        (bob, Part::Owner, true),
        (ada, Part::Member, true),
        (bob, Part::Member, false),
    ];
    for (who, part, changes) in table {
        assert_eq!(members::set_part(&mut tx, &own, who, part).await?, changes, "{who} {part:?}");
    }
    let listed: Vec<(String, Part)> = members::of_account(&mut tx, &own)
        .await?
        .into_iter()
        .map(|member| (member.user, member.part))
        .collect();
    assert_eq!(listed, [(bob.to_owned(), Part::Owner), (ada.to_owned(), Part::Member)]);
    assert!(!members::remove(&mut tx, &own, bob).await?, "the last owner");
    assert!(members::remove(&mut tx, &own, ada).await?);
    assert!(!members::remove(&mut tx, &own, ada).await?, "nobody goes twice");
    Ok(())
}

#[tokio::test]
async fn a_session_acts_for_what_was_chosen_as_long_as_its_user_belongs_to_it() -> Result<()> {
    let (mut tx, _store, _folder) = begun().await?;
    let (shared, own, fresh) = (account("acc_1"), account("acc_2"), account("acc_3"));
    for (who, account) in [("ada", "acc_1"), ("bob", "acc_2")] {
        panel::put_user(&mut tx, &user(who, account)).await?;
    }
    panel::put_session(&mut tx, "bob", "hash", &session(b"bob")).await?;
    assert!(!members::act_for(&mut tx, b"bob", &shared).await?, "not theirs");
    members::add(&mut tx, &shared, "bob", Part::Member, at(1)).await?;
    assert!(members::act_for(&mut tx, b"bob", &shared).await?);
    assert!(!members::act_for(&mut tx, b"eve", &shared).await?, "no such session");
    let seats: Vec<_> = members::seats(&mut tx, "bob").await?;
    let seats: Vec<_> = seats.into_iter().map(|seat| (seat.account, seat.part)).collect();
    assert_eq!(seats, [(own.clone(), Part::Owner), (shared.clone(), Part::Member)]);
    let acts = members::present(&mut tx, b"bob").await?.expect("a session");
    assert_eq!((acts.seat.account, acts.seat.part), (shared.clone(), Part::Member));
    assert_eq!(acts.user.account, own);

    members::remove(&mut tx, &shared, "bob").await?;
    members::move_out(&mut tx, "bob", &shared, &fresh, at(2)).await?;
    let acts = members::present(&mut tx, b"bob").await?.expect("a session");
    assert_eq!(acts.seat.account, own, "theirs stays theirs");

    members::add(&mut tx, &own, "ada", Part::Owner, at(3)).await?;
    assert_eq!(members::own_account(&mut tx, "bob").await?, Some(own.clone()));
    members::set_part(&mut tx, &own, "bob", Part::Member).await?;
    assert_eq!(members::own_account(&mut tx, "bob").await?, None);
    members::remove(&mut tx, &own, "bob").await?;
    members::move_out(&mut tx, "bob", &own, &fresh, at(4)).await?;
    let acts = members::present(&mut tx, b"bob").await?.expect("a session");
    assert_eq!((acts.seat.account, acts.seat.part), (fresh.clone(), Part::Owner));
    assert_eq!(members::own_account(&mut tx, "bob").await?, Some(fresh));
    Ok(())
}

#[tokio::test]
async fn an_invite_is_open_until_it_is_ended_or_over() -> Result<()> {
    let (mut tx, _store, _folder) = begun().await?;
    let (own, other) = (account("acc_1"), account("acc_2"));
    for (who, account) in [("ada", "acc_1"), ("bob", "acc_2")] {
        panel::put_user(&mut tx, &user(who, account)).await?;
    }
    let (one, two, old) =
        (invite(b"1", "ada", 60), invite(b"2", "bob", 50), invite(b"3", "ada", 9));
    for made in [&one, &two, &old] {
        invites::put(&mut tx, made).await?;
    }
    invites::put(&mut tx, &invite(b"1", "bob", 999)).await?;
    assert_eq!(invites::get(&mut tx, b"1").await?, Some(one.clone()), "it stays as it is");
    assert_eq!(invites::open(&mut tx, &own, at(9), 9).await?, [two.clone(), one.clone()]);
    assert_eq!(invites::open(&mut tx, &own, at(9), 1).await?, std::slice::from_ref(&two));
    assert_eq!(invites::open_count(&mut tx, &own, at(8)).await?, 3);
    assert_eq!(invites::open_count(&mut tx, &other, at(8)).await?, 0);

    let table = [
        (&own, b"3", 9, false),
        (&other, b"1", 9, false),
        (&own, b"1", 59, true),
        (&own, b"1", 59, false),
    ];
    for (account, hash, second, ends) in table {
        assert_eq!(invites::end(&mut tx, account, hash, at(second)).await?, ends, "{hash:?}");
    }
    assert_eq!(invites::get(&mut tx, b"1").await?.and_then(|it| it.ended_at), Some(at(59)));
    invites::end_of(&mut tx, &own, "ada", at(10)).await?;
    assert_eq!(invites::open(&mut tx, &own, at(10), 9).await?, [two], "another's stays");
    invites::end_of(&mut tx, &own, "bob", at(10)).await?;
    assert_eq!(invites::open_count(&mut tx, &own, at(10)).await?, 0);
    invites::forget(&mut tx, at(10)).await?;
    assert_eq!(invites::get(&mut tx, b"3").await?, None);
    assert!(invites::get(&mut tx, b"2").await?.is_some());
    Ok(())
}
