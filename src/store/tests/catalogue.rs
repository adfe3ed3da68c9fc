use super::super::catalogue;
use super::{Result, begun};
use crate::domain::ids::Mode;
use crate::domain::plan::{Hidden, Interval, Offer};
use crate::domain::testing::{at, plan, price};

fn offer(price_id: &str, amount_minor: i64) -> Offer {
    Offer {
        plan: plan("starter"),
        interval: Interval::Month,
        price: price(price_id),
        lookup_key: Some("starter_monthly".to_owned()),
        amount_minor,
        currency: "eur".to_owned(),
    }
}

#[tokio::test]
async fn a_withdrawn_price_is_still_known() -> Result<()> {
    let (mut tx, _store, _folder) = begun().await?;
    catalogue::put(&mut tx, Mode::Test, &offer("price_old", 400), at(0)).await?;
    catalogue::put(&mut tx, Mode::Live, &offer("price_live", 900), at(0)).await?;
    assert_eq!(catalogue::offers(&mut tx, Mode::Test).await?, [offer("price_old", 400)]);

    catalogue::withdraw_all(&mut tx, Mode::Test).await?;
    catalogue::put(&mut tx, Mode::Test, &offer("price_new", 500), at(1)).await?;

    assert_eq!(catalogue::offers(&mut tx, Mode::Test).await?, [offer("price_new", 500)]);
    assert_eq!(catalogue::offers(&mut tx, Mode::Live).await?, [offer("price_live", 900)]);
    let mut known = catalogue::known(&mut tx, Mode::Test).await?;
    known.sort();
    let of = |id: &str| (price(id), plan("starter"), Interval::Month);
    assert_eq!(known, [of("price_new"), of("price_old")]);
    assert_eq!(catalogue::known(&mut tx, Mode::Live).await?, [of("price_live")]);
    Ok(())
}

#[tokio::test]
async fn a_price_put_again_is_changed_and_on_sale() -> Result<()> {
    let (mut tx, _store, _folder) = begun().await?;
    catalogue::put(&mut tx, Mode::Test, &offer("price_1", 400), at(0)).await?;
    catalogue::withdraw_all(&mut tx, Mode::Test).await?;
    assert_eq!(catalogue::offers(&mut tx, Mode::Test).await?, []);
    catalogue::put(&mut tx, Mode::Test, &offer("price_1", 500), at(1)).await?;
    assert_eq!(catalogue::offers(&mut tx, Mode::Test).await?, [offer("price_1", 500)]);
    Ok(())
}

#[tokio::test]
async fn hidden_prices_say_why_until_the_catalogue_is_read_again() -> Result<()> {
    let (mut tx, _store, _folder) = begun().await?;
    let hidden = |interval, reason: &str| Hidden {
        plan: plan("starter"),
        interval,
        reason: reason.to_owned(),
    };
    let month = hidden(Interval::Month, "it is archived");
    let year = hidden(Interval::Year, "it is missing");
    for (mode, one) in [
        (Mode::Test, &year),
        (Mode::Test, &hidden(Interval::Month, "an older reason")),
        (Mode::Test, &month),
        (Mode::Live, &year),
    ] {
        catalogue::put_hidden(&mut tx, mode, one).await?;
    }
    assert_eq!(catalogue::hidden(&mut tx, Mode::Test).await?, [month, year.clone()]);
    catalogue::withdraw_all(&mut tx, Mode::Test).await?;
    assert_eq!(catalogue::hidden(&mut tx, Mode::Test).await?, []);
    assert_eq!(catalogue::hidden(&mut tx, Mode::Live).await?, [year]);
    Ok(())
}
