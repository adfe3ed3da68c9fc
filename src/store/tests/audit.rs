use super::super::audit::{self, Act};
use super::{Result, begun};
use crate::domain::testing::{account, at};

#[tokio::test]
async fn acts_are_read_newest_first_of_all_or_of_one_account() -> Result<()> {
    let (mut tx, _store, _folder) = begun().await?;
    let act = |second, who: Option<&str>| Act {
        at: at(second),
        actor: "cli".to_owned(),
        action: "exemption.granted".to_owned(),
        account: who.map(account),
        subject: who.map(|_| "evt_1".to_owned()),
        detail: "before: none; after: helps us".to_owned(),
    };
    let acts = [act(0, Some("acc_1")), act(1, Some("acc_2")), act(1, None), act(0, Some("acc_1"))];
    for one in &acts {
        audit::record(&mut tx, one).await?;
    }
    let table = [
        (None, None, 9, vec![4, 3, 2, 1]),
        (None, None, 2, vec![4, 3]),
        (None, Some(3), 9, vec![2, 1]),
        (Some("acc_1"), None, 9, vec![4, 1]),
        (Some("acc_1"), Some(4), 9, vec![1]),
        (Some("acc_9"), None, 9, vec![]),
    ];
    for (who, before, limit, expected) in table {
        let page = audit::page(&mut tx, who.map(account).as_ref(), before, limit).await?;
        let places: Vec<i64> = page.iter().map(|(place, _)| *place).collect();
        assert_eq!(places, expected, "{who:?} before {before:?}");
        for (place, read) in page {
            let written = acts.iter().zip(1..).find(|(_, number)| *number == place);
            assert_eq!(Some(&read), written.map(|(act, _)| act));
        }
    }
    Ok(())
}
