use super::super::links;
use super::{Result, begun};
use crate::domain::ids::AccountId;
use crate::domain::testing::at;
use crate::store::accounts;

#[tokio::test]
async fn a_link_is_spent_once_in_its_time_and_forgotten_later() -> Result<()> {
    let (mut tx, _store, _folder) = begun().await?;
    let account = AccountId::new("a").expect("an id");
    accounts::put(&mut tx, &account, "kim@example.com", None, at(1)).await?;
    links::put(&mut tx, b"one", &account, at(10)).await?;
    links::put(&mut tx, b"two", &account, at(10)).await?;
    let table = [
        (&b"one"[..], 9, Some(&account)),
        (b"one", 9, None),
        (b"two", 10, None),
        (b"three", 9, None),
    ];
    for (hash, now, expected) in table {
        let spent = links::spend(&mut tx, hash, at(now)).await?;
        assert_eq!(spent.as_ref(), expected, "{hash:?} at {now}");
    }
    assert!(links::is_known(&mut tx, b"one").await? && !links::is_known(&mut tx, b"three").await?);

    links::put_session(&mut tx, b"session", &account, at(20)).await?;
    assert_eq!(links::session(&mut tx, b"session", at(19)).await?.as_ref(), Some(&account));
    assert_eq!(links::session(&mut tx, b"session", at(20)).await?, None);
    assert_eq!(links::session(&mut tx, b"one", at(19)).await?, None);

    links::forget(&mut tx, at(10)).await?;
    assert!(links::is_known(&mut tx, b"one").await?, "it is over, but only just");
    links::forget(&mut tx, at(21)).await?;
    assert!(!links::is_known(&mut tx, b"one").await?);
    assert_eq!(links::session(&mut tx, b"session", at(19)).await?, None);
    Ok(())
}
