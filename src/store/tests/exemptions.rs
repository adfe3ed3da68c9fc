use super::super::exemptions::{self, Granted};
use super::{Result, begun};
use crate::domain::entitlement::Exemption;
use crate::domain::testing::{account, at};

#[tokio::test]
async fn one_exemption_stands_and_all_are_remembered() -> Result<()> {
    let (mut tx, _store, _folder) = begun().await?;
    let (one, two) = (account("acc_1"), account("acc_2"));
    let first = Exemption { reason: "helps us".to_owned(), until: None };
    let second = Exemption { reason: "a prize".to_owned(), until: Some(at(-9)) };
    assert_eq!(exemptions::standing(&mut tx, &one).await?, None);
    assert!(!exemptions::revoke(&mut tx, &one, "cli", at(0)).await?, "there is none");

    exemptions::grant(&mut tx, &one, &first, "cli", at(1)).await?;
    assert_eq!(exemptions::standing(&mut tx, &one).await?, Some(first.clone()));
    assert_eq!(exemptions::standing(&mut tx, &two).await?, None);
    assert!(exemptions::grant(&mut tx, &one, &second, "cli", at(2)).await.is_err(), "a second");

    assert!(exemptions::revoke(&mut tx, &one, "admin:usr_1", at(3)).await?);
    assert!(!exemptions::revoke(&mut tx, &one, "admin:usr_1", at(4)).await?, "only once");
    exemptions::grant(&mut tx, &one, &second, "token:tok_1", at(5)).await?;
    assert_eq!(
        exemptions::standing(&mut tx, &one).await?,
        Some(second.clone()),
        "an expired one still stands in the books"
    );

    let history = [
        Granted {
            exemption: second,
            granted_by: "token:tok_1".to_owned(),
            granted_at: at(5),
            revoked: None,
        },
        Granted {
            exemption: first,
            granted_by: "cli".to_owned(),
            granted_at: at(1),
            revoked: Some(("admin:usr_1".to_owned(), at(3))),
        },
    ];
    assert_eq!(exemptions::history(&mut tx, &one).await?, history);
    assert_eq!(exemptions::history(&mut tx, &two).await?, []);
    Ok(())
}

#[tokio::test]
async fn an_exemption_needs_a_reason_and_an_account() -> Result<()> {
    let (mut tx, _store, _folder) = begun().await?;
    let table = [("acc_1", ""), ("nobody", "helps us")];
    for (who, reason) in table {
        let exemption = Exemption { reason: reason.to_owned(), until: None };
        let granted = exemptions::grant(&mut tx, &account(who), &exemption, "cli", at(0)).await;
        assert!(granted.is_err(), "{who}, `{reason}`");
    }
    Ok(())
}
