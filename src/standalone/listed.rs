//! A page of the list on `/servers`: this panel's own servers, and those that another panel runs.

use crate::store::made::{self, Standing};
use crate::store::panel::{PanelServer, SomeServers};
use crate::store::{Look, StoreFailed};
use crate::{AccountId, Billing};

/// So many of each kind.
const PER_PAGE: u32 = 25;

pub(super) struct Listed {
    pub(super) own: Vec<PanelServer>,
    pub(super) made: Vec<Standing>,
    pub(super) page: u32,
    pub(super) pages: u32,
}

/// What stands on page `wanted`, or on the last there is.
pub(super) async fn on_page(
    billing: &Billing,
    look: &Look,
    account: &AccountId,
    wanted: u32,
) -> Result<Listed, StoreFailed> {
    let listed = read(billing, look, account, wanted.max(1)).await?;
    if listed.page <= listed.pages {
        return Ok(listed);
    }
    read(billing, look, account, listed.pages).await
}

async fn read(
    billing: &Billing,
    look: &Look,
    account: &AccountId,
    page: u32,
) -> Result<Listed, StoreFailed> {
    let offset = (page - 1).saturating_mul(PER_PAGE);
    let (own, own_in_all) = own(look, account, offset).await?;
    let (made, made_in_all) = made(billing, account, offset).await?;
    let pages = own_in_all.max(made_in_all).div_ceil(PER_PAGE).max(1);
    Ok(Listed { own, made, page, pages })
}

async fn own(
    look: &Look,
    account: &AccountId,
    offset: u32,
) -> Result<(Vec<PanelServer>, u32), StoreFailed> {
    let from = |offset| SomeServers { account: account.clone(), offset, limit: PER_PAGE };
    let found = look.find(&from(offset)).await?;
    let (servers, mut in_all) = (*found).clone();
    if in_all.is_none() && offset > 0 {
        in_all = look.find(&from(0)).await?.1;
    }
    Ok((servers, in_all.unwrap_or(0)))
}

async fn made(
    billing: &Billing,
    account: &AccountId,
    offset: u32,
) -> Result<(Vec<Standing>, u32), StoreFailed> {
    if billing.driver.is_none() {
        return Ok((Vec::new(), 0));
    }
    let now = billing.now();
    let mut conn = billing.store.read().await?;
    let (servers, mut in_all) = made::standing(&mut conn, account, now, offset, PER_PAGE).await?;
    if in_all.is_none() && offset > 0 {
        in_all = made::standing(&mut conn, account, now, 0, 1).await?.1;
    }
    Ok((servers, in_all.unwrap_or(0)))
}
