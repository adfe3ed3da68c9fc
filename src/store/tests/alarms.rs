use super::super::alarms::{self, Raised};
use super::{Result, begun};
use crate::domain::alarm::Alarm;
use crate::domain::entitlement::Alert;
use crate::domain::testing::{account, at};

const ALL: [Alarm; 8] = Alarm::COMMON;

#[tokio::test]
async fn an_alarm_is_taken_once_when_it_begins_and_once_when_it_is_over() -> Result<()> {
    let (mut tx, _store, _folder) = begun().await?;
    alarms::note(&mut tx, None, &ALL, &[Alarm::Drift], at(1)).await?;
    alarms::note(&mut tx, None, &ALL, &[Alarm::Drift], at(2)).await?;
    let drift = Raised { alarm: Alarm::Drift, account: None, began_at: at(1) };
    assert_eq!(alarms::take_begun(&mut tx).await?, std::slice::from_ref(&drift));
    assert_eq!(alarms::take_begun(&mut tx).await?, []);

    alarms::note(&mut tx, None, &ALL, &[], at(5)).await?;
    alarms::note(&mut tx, None, &ALL, &[], at(6)).await?;
    assert_eq!(alarms::take_ended(&mut tx, at(4)).await?, [], "it may come back");
    alarms::note(&mut tx, None, &ALL, &[Alarm::Drift], at(7)).await?;
    assert_eq!(alarms::take_ended(&mut tx, at(9)).await?, [], "it came back");
    assert_eq!(alarms::take_begun(&mut tx).await?, [], "and was told before");
    alarms::note(&mut tx, None, &ALL, &[], at(10)).await?;
    assert_eq!(alarms::take_ended(&mut tx, at(10)).await?, [drift]);
    assert_eq!(alarms::take_ended(&mut tx, at(10)).await?, []);
    Ok(())
}

#[tokio::test]
async fn what_nobody_was_told_ends_untold() -> Result<()> {
    let (mut tx, _store, _folder) = begun().await?;
    alarms::note(&mut tx, None, &ALL, &[Alarm::Silence], at(1)).await?;
    alarms::note(&mut tx, None, &ALL, &[], at(2)).await?;
    assert_eq!(alarms::take_begun(&mut tx).await?, []);
    assert_eq!(alarms::take_ended(&mut tx, at(2)).await?, []);
    alarms::note(&mut tx, None, &ALL, &[Alarm::Silence], at(3)).await?;
    assert_eq!(alarms::take_begun(&mut tx).await?[0].began_at, at(3), "the old one is gone");
    Ok(())
}

#[tokio::test]
async fn an_account_ends_its_own_alarms_only() -> Result<()> {
    let (mut tx, _store, _folder) = begun().await?;
    let alerts = Alert::ALL.map(Alarm::Account);
    let (one, two) = (account("acc_1"), account("acc_2"));
    let disputed = Alarm::Account(Alert::Disputed);
    for account in [&one, &two] {
        alarms::note(&mut tx, Some(account), &alerts, &[disputed], at(1)).await?;
    }
    alarms::note(&mut tx, None, &ALL, &[], at(2)).await?;
    assert_eq!(alarms::take_begun(&mut tx).await?.len(), 2);
    alarms::note(&mut tx, Some(&one), &alerts, &[], at(2)).await?;
    let ended = alarms::take_ended(&mut tx, at(2)).await?;
    assert_eq!(ended, [Raised { alarm: disputed, account: Some(one), began_at: at(1) }]);
    Ok(())
}
