use super::super::accounts;
use super::super::members::{self, Part, Present, Seat};
use super::super::panel::{self, PanelServer, Role, Session, SomeServers, User};
use super::{Result, begun};
use crate::domain::ids::{Mode, ServerId};
use crate::domain::testing::{account, at};
use crate::store::Question as _;

fn user(id: &str, email: &str) -> User {
    User {
        id: id.to_owned(),
        email: email.to_owned(),
        name: "Ada".to_owned(),
        password_hash: "hash".to_owned(),
        role: Role::User,
        account: account("acc_1"),
        created_at: at(0),
    }
}

fn server(id: &str, who: &str, created_at: i64) -> PanelServer {
    PanelServer {
        id: ServerId::new(id).expect("a server id"),
        account: account(who),
        name: "My world".to_owned(),
        game: "minecraft".to_owned(),
        created_at: at(created_at),
        suspended_at: None,
        created_by: None,
    }
}

#[tokio::test]
async fn an_email_signs_one_user_in_however_it_is_written() -> Result<()> {
    let (mut tx, _store, _folder) = begun().await?;
    let ada = user("usr_1", "Ada@example.org");
    assert!(panel::put_user(&mut tx, &ada).await?);
    assert!(!panel::put_user(&mut tx, &user("usr_2", "ada@EXAMPLE.org")).await?, "it is taken");
    let stored = accounts::get(&mut tx, &account("acc_1"), Mode::Test).await?;
    assert!(stored.is_some_and(|account| account.has_user));
    for email in ["Ada@example.org", "ada@example.org", "ADA@EXAMPLE.ORG"] {
        assert_eq!(panel::user_by_email(&mut tx, email).await?, Some(ada.clone()), "{email}");
    }
    assert_eq!(panel::user_by_email(&mut tx, "ad_@example.org").await?, None);
    assert!(panel::put_user(&mut tx, &user("usr_1", "b@example.org")).await.is_err(), "the id");
    Ok(())
}

fn session(hash: &[u8], created_at: i64, expires_at: i64) -> Session {
    Session {
        hash: hash.to_vec(),
        device: Some("Firefox on Linux".to_owned()),
        created_at: at(created_at),
        seen_at: at(created_at),
        expires_at: at(expires_at),
    }
}

#[tokio::test]
async fn a_session_holds_until_the_second_it_ends() -> Result<()> {
    let (mut tx, _store, _folder) = begun().await?;
    let ada = user("usr_1", "a@example.org");
    panel::put_user(&mut tx, &ada).await?;
    panel::put_session(&mut tx, "usr_1", "hash", &session(b"one", 0, 60)).await?;
    let seat = Seat {
        account: account("acc_1"),
        name: Some("acc_1@example.org".to_owned()),
        part: Part::Owner,
    };
    let present = Present { user: ada, seat, seen_at: at(0), expires_at: at(60) };
    assert_eq!(members::present(&mut tx, b"one").await?, Some(present.clone()));
    for (second, holds) in [(0, true), (59, true), (60, false), (61, false)] {
        assert_eq!(present.lasts(at(second)), holds, "{second} s");
    }
    assert_eq!(members::present(&mut tx, b"two").await?, None);

    panel::put_session(&mut tx, "usr_1", "hash", &session(b"two", 60, 120)).await?;
    let old = members::present(&mut tx, b"one").await?;
    assert_eq!(old, None, "what ended is removed when the next begins");
    panel::revoke_session(&mut tx, b"two").await?;
    assert_eq!(members::present(&mut tx, b"two").await?, None);
    for (user, password_hash) in [("usr_9", "hash"), ("usr_1", "changed")] {
        let session = session(b"x", 0, 9);
        let begun = panel::put_session(&mut tx, user, password_hash, &session).await?;
        assert!(!begun, "{user} {password_hash}");
    }
    Ok(())
}

#[tokio::test]
async fn a_user_sees_and_ends_their_own_sessions() -> Result<()> {
    let (mut tx, _store, _folder) = begun().await?;
    for (id, email) in [("usr_1", "a@example.org"), ("usr_2", "e@example.org")] {
        panel::put_user(&mut tx, &user(id, email)).await?;
    }
    for (who, one) in [
        ("usr_1", session(b"a", 0, 60)),
        ("usr_1", session(b"b", 1, 60)),
        ("usr_1", session(b"c", 2, 60)),
        ("usr_2", session(b"e", 3, 60)),
    ] {
        panel::put_session(&mut tx, who, "hash", &one).await?;
    }
    panel::see_session(&mut tx, b"a", at(9)).await?;
    let seen = Session { seen_at: at(9), ..session(b"a", 0, 60) };
    let (b, c) = (session(b"b", 1, 60), session(b"c", 2, 60));
    assert_eq!(panel::sessions(&mut tx, "usr_1", at(9), 2).await?, [seen.clone(), c.clone()]);
    assert_eq!(panel::sessions(&mut tx, "usr_1", at(60), 9).await?, []);

    panel::revoke_own_session(&mut tx, "usr_1", b"e").await?;
    assert!(members::present(&mut tx, b"e").await?.is_some(), "another's stays");
    panel::revoke_own_session(&mut tx, "usr_1", b"c").await?;
    assert_eq!(panel::sessions(&mut tx, "usr_1", at(9), 9).await?, [seen, b.clone()]);
    panel::revoke_other_sessions(&mut tx, "usr_1", b"b").await?;
    assert_eq!(panel::sessions(&mut tx, "usr_1", at(9), 9).await?, [b]);
    assert!(members::present(&mut tx, b"e").await?.is_some(), "another's stays");
    Ok(())
}

#[tokio::test]
async fn a_user_changes_name_email_and_password() -> Result<()> {
    let (mut tx, _store, _folder) = begun().await?;
    let ada = user("usr_1", "a@example.org");
    panel::put_user(&mut tx, &ada).await?;
    panel::put_user(&mut tx, &user("usr_2", "e@example.org")).await?;
    panel::rename(&mut tx, "usr_1", "Countess").await?;
    assert!(!panel::set_email(&mut tx, "usr_1", "E@example.org").await?, "it is taken");
    assert!(panel::set_email(&mut tx, "usr_1", "c@example.org").await?);
    assert!(!panel::set_password(&mut tx, "usr_1", "older", "new").await?, "it was changed");
    assert!(panel::set_password(&mut tx, "usr_1", "hash", "new").await?);
    let changed = User {
        name: "Countess".to_owned(),
        email: "c@example.org".to_owned(),
        password_hash: "new".to_owned(),
        ..ada
    };
    assert_eq!(panel::user_by_email(&mut tx, "c@example.org").await?, Some(changed));
    Ok(())
}

#[tokio::test]
async fn a_promotion_changes_the_password_and_ends_every_session() -> Result<()> {
    let (mut tx, _store, _folder) = begun().await?;
    let (ada, eve) = (user("usr_1", "a@example.org"), user("usr_2", "e@example.org"));
    for (one, hash) in [(&ada, b"ada"), (&eve, b"eve")] {
        panel::put_user(&mut tx, one).await?;
        panel::put_session(&mut tx, &one.id, "hash", &session(hash, 0, 60)).await?;
    }
    panel::promote(&mut tx, "usr_1", "new").await?;
    let admin = User { role: Role::Admin, password_hash: "new".to_owned(), ..ada };
    assert_eq!(panel::user_by_email(&mut tx, "a@example.org").await?, Some(admin));
    assert_eq!(members::present(&mut tx, b"ada").await?, None);
    let still = members::present(&mut tx, b"eve").await?;
    assert_eq!(still.map(|present| present.user), Some(eve));
    Ok(())
}

#[tokio::test]
async fn an_account_sees_counts_and_deletes_its_own_servers() -> Result<()> {
    let (mut tx, _store, _folder) = begun().await?;
    let one = account("acc_1");
    let (s1, s2, s3) =
        (server("s1", "acc_1", 9), server("s2", "acc_1", 1), server("s3", "acc_1", 5));
    for made in [&s1, &s2, &s3, &server("s4", "acc_2", 0)] {
        panel::put_server(&mut tx, made).await?;
    }
    let again = PanelServer { name: "Another".to_owned(), ..s1.clone() };
    panel::put_server(&mut tx, &again).await?;
    assert_eq!(panel::servers(&mut tx, &one, 0, 2).await?, [s2.clone(), s3.clone()]);
    let from = |offset| SomeServers { account: one.clone(), offset, limit: 2 };
    assert_eq!(from(0).ask(&mut tx).await?, (vec![s2.clone(), s3.clone()], Some(3)));
    assert_eq!(from(3).ask(&mut tx).await?, (Vec::new(), None));
    assert_eq!(panel::servers(&mut tx, &one, 2, 2).await?, [s1]);

    for (who, id, expected) in
        [("acc_2", "s1", false), ("acc_1", "s1", true), ("acc_1", "s1", false)]
    {
        let id = ServerId::new(id).expect("a server id");
        assert_eq!(panel::server(&mut tx, &account(who), &id).await?.is_some(), expected, "{who}");
        assert_eq!(panel::delete_server(&mut tx, &account(who), &id).await?, expected, "{who}");
    }
    assert_eq!(panel::servers(&mut tx, &one, 0, 9).await?, [s2, s3]);
    Ok(())
}

#[tokio::test]
async fn a_suspension_keeps_its_first_date_until_it_is_lifted() -> Result<()> {
    let (mut tx, _store, _folder) = begun().await?;
    let (one, mine, other) = (account("acc_1"), server("s1", "acc_1", 0), server("s2", "acc_1", 1));
    for made in [&mine, &other] {
        panel::put_server(&mut tx, made).await?;
    }
    for (who, said, expected) in [
        ("acc_2", Some(5), None),
        ("acc_1", Some(5), Some(5)),
        ("acc_1", Some(9), Some(5)),
        ("acc_1", None, None),
        ("acc_1", None, None),
    ] {
        panel::suspend_server(&mut tx, &account(who), &mine.id, said.map(at)).await?;
        let servers = panel::servers(&mut tx, &one, 0, 9).await?;
        assert_eq!(servers[0].suspended_at, expected.map(at), "{who} {said:?}");
        assert_eq!(servers[1], other);
    }
    Ok(())
}
