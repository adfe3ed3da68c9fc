use super::super::silence::{self, Hearing};
use super::{Result, begun};
use crate::domain::ids::Mode;
use crate::domain::testing::at;

#[tokio::test]
async fn the_first_suspicion_stays_until_a_delivery_is_heard() -> Result<()> {
    let (mut tx, _store, _folder) = begun().await?;
    assert_eq!(silence::get(&mut tx, Mode::Test).await?, Hearing::default());
    silence::suspect(&mut tx, Mode::Test, at(1)).await?;
    silence::suspect(&mut tx, Mode::Test, at(2)).await?;
    let suspected = Hearing { suspected_at: Some(at(1)), ..Hearing::default() };
    assert_eq!(silence::get(&mut tx, Mode::Test).await?, suspected);
    assert_eq!(silence::get(&mut tx, Mode::Live).await?, Hearing::default());

    assert_eq!(silence::raise(&mut tx, Mode::Test, at(0), at(9)).await?, None, "too early");
    assert_eq!(silence::raise(&mut tx, Mode::Test, at(1), at(9)).await?, Some(at(1)));
    assert_eq!(silence::raise(&mut tx, Mode::Test, at(1), at(9)).await?, None, "once");
    let raised = Hearing { raised_at: Some(at(9)), ..suspected };
    assert_eq!(silence::get(&mut tx, Mode::Test).await?, raised);

    silence::hear(&mut tx, Mode::Test, at(20)).await?;
    let heard = Hearing { heard_at: Some(at(20)), ..Hearing::default() };
    assert_eq!(silence::get(&mut tx, Mode::Test).await?, heard);
    silence::suspect(&mut tx, Mode::Test, at(30)).await?;
    let again = Hearing { suspected_at: Some(at(30)), ..heard };
    assert_eq!(silence::get(&mut tx, Mode::Test).await?, again);
    Ok(())
}
