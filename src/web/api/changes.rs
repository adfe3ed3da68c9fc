//! Changing, cancelling and resuming an account's subscription.

use std::sync::Arc;

use rocket::serde::json::Json;
use rocket::{State, delete, post};
use serde::Deserialize;
use utoipa::ToSchema;

use super::super::guards::PanelToken;
use super::super::limits::Limits;
use super::body::Body;
use super::openapi::{AccountNotFound, NoChange, NothingToChange, PreviewStale};
use super::{Answer, query, read, views};
use crate::domain::ids::{AccountId, InvalidId, PlanId};
use crate::domain::plan::Interval;
use crate::flows::change::{self, Consent, Wish};
use crate::flows::{Billing, Failed};

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WantedChange {
    #[schema(value_type = PlanId)]
    plan: String,
    #[schema(pattern = "^(month|year)$")]
    interval: String,
}

/// Shows what a change would do and cost.
#[utoipa::path(post, path = "/accounts/{account}/plan-change/preview", operation_id = "preview_plan_change",
    request_body = WantedChange,
    responses((status = 200, body = views::Preview, description = "Good for 15 minutes"),
        AccountNotFound, NothingToChange, NoChange))]
#[post("/accounts/<account>/plan-change/preview", data = "<body>")]
pub(super) async fn preview(
    _token: PanelToken,
    account: Result<AccountId, InvalidId>,
    body: Body<WantedChange>,
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

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ConfirmedChange {
    preview: String,
}

/// Makes the change that a preview has shown.
#[utoipa::path(post, path = "/accounts/{account}/plan-change", operation_id = "confirm_plan_change",
    request_body = ConfirmedChange,
    responses((status = 200, body = views::Subscription, description = "The change is made, or scheduled"),
        AccountNotFound, NothingToChange, NoChange, PreviewStale))]
#[post("/accounts/<account>/plan-change", data = "<body>")]
pub(super) async fn confirm(
    _token: PanelToken,
    account: Result<AccountId, InvalidId>,
    body: Body<ConfirmedChange>,
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
#[utoipa::path(delete, path = "/accounts/{account}/plan-change", operation_id = "undo_plan_change",
    responses((status = 200, body = views::Subscription, description = "Nothing is scheduled"),
        AccountNotFound, NothingToChange, NoChange))]
#[delete("/accounts/<account>/plan-change")]
pub(super) async fn undo(
    _token: PanelToken,
    account: Result<AccountId, InvalidId>,
    billing: &State<Arc<Billing>>,
) -> Answer<views::Subscription> {
    let account = account?;
    known(billing, &account).await?;
    change::undo(billing, &account).await?;
    subscription(billing, &account).await
}

/// Lets the subscription end with its period.
#[utoipa::path(post, path = "/accounts/{account}/cancel", operation_id = "cancel_subscription",
    responses((status = 200, body = views::Subscription, description = "It ends at `cancels_at`"),
        AccountNotFound, NothingToChange, NoChange))]
#[post("/accounts/<account>/cancel")]
pub(super) async fn cancel(
    _token: PanelToken,
    account: Result<AccountId, InvalidId>,
    billing: &State<Arc<Billing>>,
) -> Answer<views::Subscription> {
    let account = account?;
    known(billing, &account).await?;
    change::cancel(billing, &account).await?;
    subscription(billing, &account).await
}

/// Takes a cancellation back.
#[utoipa::path(post, path = "/accounts/{account}/resume", operation_id = "resume_subscription",
    responses((status = 200, body = views::Subscription, description = "It goes on"),
        AccountNotFound, NothingToChange, NoChange))]
#[post("/accounts/<account>/resume")]
pub(super) async fn resume(
    _token: PanelToken,
    account: Result<AccountId, InvalidId>,
    billing: &State<Arc<Billing>>,
) -> Answer<views::Subscription> {
    let account = account?;
    known(billing, &account).await?;
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
