//! Changing, cancelling and resuming an account's subscription.

use std::sync::Arc;

use rocket::serde::json::Json;
use rocket::{State, delete, post};
use serde::Deserialize;

use super::super::guards::PanelToken;
use super::super::limits::Limits;
use super::body::Body;
use super::{Answer, query, read, views};
use crate::domain::ids::{AccountId, InvalidId, PlanId};
use crate::domain::plan::Interval;
use crate::flows::change::{self, Consent, Wish};
use crate::flows::{Billing, Failed};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    plan: String,
    interval: String,
}

/// Shows what a change would do and cost.
#[post("/accounts/<account>/plan-change/preview", data = "<body>")]
pub(super) async fn preview(
    _token: PanelToken,
    account: Result<AccountId, InvalidId>,
    body: Body<Wanted>,
    billing: &State<Arc<Billing>>,
    limits: &State<Limits>,
) -> Answer<views::Preview> {
    let (account, Body(wanted)) = (account?, body);
    known(billing, &account).await?;
    let plan =
        PlanId::new(wanted.plan).map_err(|error| query::wrong("plan", &error.to_string()))?;
    let interval = Interval::parse(&wanted.interval)
        .ok_or_else(|| query::wrong("interval", "write month or year"))?;
    limits.checkout(&account)?;
    let shown = change::preview(billing, &account, &Wish { plan, interval }).await?;
    Ok(Json(views::Preview::of(&shown)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Confirmed {
    preview: String,
}

/// Makes the change that a preview has shown.
#[post("/accounts/<account>/plan-change", data = "<body>")]
pub(super) async fn confirm(
    _token: PanelToken,
    account: Result<AccountId, InvalidId>,
    body: Body<Confirmed>,
    billing: &State<Arc<Billing>>,
    limits: &State<Limits>,
) -> Answer<views::Subscription> {
    let (account, Body(confirmed)) = (account?, body);
    known(billing, &account).await?;
    limits.checkout(&account)?;
    // Who answers for the panel has seen `over_limit_by` in the preview.
    change::confirm(billing, &account, &confirmed.preview, Consent::Given).await?;
    subscription(billing, &account).await
}

/// Undoes a change that is scheduled.
#[delete("/accounts/<account>/plan-change")]
pub(super) async fn undo(
    _token: PanelToken,
    account: Result<AccountId, InvalidId>,
    billing: &State<Arc<Billing>>,
    limits: &State<Limits>,
) -> Answer<views::Subscription> {
    let account = account?;
    known(billing, &account).await?;
    limits.checkout(&account)?;
    change::undo(billing, &account).await?;
    subscription(billing, &account).await
}

/// Lets the subscription end with its period.
#[post("/accounts/<account>/cancel")]
pub(super) async fn cancel(
    _token: PanelToken,
    account: Result<AccountId, InvalidId>,
    billing: &State<Arc<Billing>>,
    limits: &State<Limits>,
) -> Answer<views::Subscription> {
    let account = account?;
    known(billing, &account).await?;
    limits.checkout(&account)?;
    change::cancel(billing, &account).await?;
    subscription(billing, &account).await
}

/// Takes a cancellation back.
#[post("/accounts/<account>/resume")]
pub(super) async fn resume(
    _token: PanelToken,
    account: Result<AccountId, InvalidId>,
    billing: &State<Arc<Billing>>,
    limits: &State<Limits>,
) -> Answer<views::Subscription> {
    let account = account?;
    known(billing, &account).await?;
    limits.checkout(&account)?;
    change::resume(billing, &account).await?;
    subscription(billing, &account).await
}

async fn subscription(billing: &Billing, account: &AccountId) -> Answer<views::Subscription> {
    let mut conn = billing.store.read().await?;
    Ok(Json(read::subscription(&mut conn, billing, account, None).await?))
}

/// Who is not known is told so before anything is counted or asked.
async fn known(billing: &Billing, account: &AccountId) -> Result<(), Failed> {
    let mut conn = billing.store.read().await?;
    read::standing(&mut conn, billing, account).await.map(|_| ())
}
