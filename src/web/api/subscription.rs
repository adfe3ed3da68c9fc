//! An account's subscription, and the ways to Stripe's pages.

use std::sync::Arc;

use rocket::http::Status;
use rocket::serde::json::Json;
use rocket::{State, get, post};
use rocket_db_pools::Connection;
use serde::Deserialize;
use utoipa::ToSchema;

use super::super::error::Problem;
use super::super::guards::{AdminToken, PanelToken};
use super::super::limits::Limits;
use super::body::Body;
use super::openapi::{AccountNotFound, NoCheckout, NoPortal, SessionNotFound, StripeUnavailable};
use super::query::Given;
use super::views::{self, List};
use super::{Answer, query, read};
use crate::domain::ids::{AccountId, InvalidId, PlanId, PriceId};
use crate::domain::plan::Interval;
use crate::flows::checkout::{self, Returns, Wish};
use crate::flows::gate::Standing;
use crate::flows::portal::{self, Errand};
use crate::flows::returned::{NotReturned, returned};
use crate::flows::{Billing, Failed, for_a_page, sync};
use crate::store::Db;
use crate::store::checkouts::Progress;
use crate::stripe::Patience;

/// What is stored, after a look at Stripe where that may tell something new.
#[utoipa::path(get, path = "/accounts/{account}/subscription", operation_id = "read_subscription",
    params(("session_id" = Option<String>, Query, description = "What the success URL brought back: the checkout is looked at first")),
    responses((status = 200, body = views::Subscription, description = "What speaks for the account"),
        AccountNotFound, SessionNotFound))]
#[get("/accounts/<account>/subscription?<session_id>")]
pub(super) async fn get(
    _token: PanelToken,
    account: Result<AccountId, InvalidId>,
    session_id: Given<'_>,
    billing: &State<Arc<Billing>>,
) -> Answer<views::Subscription> {
    let account = account?;
    let progress = look(billing, &account, session_id.once("session_id")?).await?;
    let mut conn = billing.store.read().await?;
    Ok(Json(read::subscription(&mut conn, billing, &account, progress).await?))
}

/// All rows, newest first, each as if it stood alone.
#[utoipa::path(get, path = "/accounts/{account}/subscriptions", operation_id = "list_subscriptions",
    responses((status = 200, body = List<views::Subscription>, description = "All there ever were"), AccountNotFound))]
#[get("/accounts/<account>/subscriptions")]
pub(super) async fn list(
    _token: PanelToken,
    account: Result<AccountId, InvalidId>,
    mut db: Connection<Db>,
    billing: &State<Arc<Billing>>,
) -> Answer<List<views::Subscription>> {
    let standing = read::standing(&mut db, billing, &account?).await?;
    let desk = standing.desk(billing);
    let rows = standing.facts.subscriptions.iter();
    let policy = &billing.settings.policy;
    let data =
        rows.map(|row| views::Subscription::alone(row, policy, standing.now, &desk)).collect();
    Ok(Json(List { data }))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewCheckout {
    #[schema(value_type = Option<PlanId>)]
    plan: Option<String>,
    #[schema(value_type = Option<Interval>)]
    interval: Option<String>,
    #[schema(value_type = Option<PriceId>)]
    price_id: Option<String>,
    success_url: Option<String>,
    cancel_url: Option<String>,
}

/// Opens a page of Stripe's where the customer pays, for a plan and interval or for a price.
#[utoipa::path(post, path = "/accounts/{account}/checkout", operation_id = "begin_checkout",
    request_body = NewCheckout,
    responses((status = 201, body = views::Checkout, description = "Where to send the customer"),
        AccountNotFound, NoCheckout))]
#[post("/accounts/<account>/checkout", data = "<body>")]
pub(super) async fn begin_checkout(
    _token: PanelToken,
    account: Result<AccountId, InvalidId>,
    body: Body<NewCheckout>,
    billing: &State<Arc<Billing>>,
    limits: &State<Limits>,
) -> Result<(Status, Json<views::Checkout>), Problem> {
    let (account, Body(new)) = (account?, body);
    known(billing, &account).await?;
    let wish = wish(new.plan, new.interval, new.price_id)?;
    limits.checkout(&account)?;
    let returns = Returns { success: new.success_url, cancel: new.cancel_url };
    let begun = checkout::begin(billing, &account, &wish, &returns).await?;
    Ok((Status::Created, Json(views::Checkout { url: begun.url, session_id: begun.session })))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewPortal {
    #[schema(pattern = "^(payment_method_update|subscription_cancel)$")]
    flow: Option<String>,
    return_url: Option<String>,
}

/// Opens Stripe's page for cards and invoices.
#[utoipa::path(post, path = "/accounts/{account}/portal", operation_id = "open_portal",
    request_body = NewPortal,
    responses((status = 201, body = views::Portal, description = "Where to send the customer"),
        AccountNotFound, NoPortal))]
#[post("/accounts/<account>/portal", data = "<body>")]
pub(super) async fn open_portal(
    _token: PanelToken,
    account: Result<AccountId, InvalidId>,
    body: Body<NewPortal>,
    billing: &State<Arc<Billing>>,
    limits: &State<Limits>,
) -> Result<(Status, Json<views::Portal>), Problem> {
    let (account, Body(new)) = (account?, body);
    known(billing, &account).await?;
    let errand = Errand::parse(new.flow.as_deref()).ok_or_else(|| {
        query::wrong("flow", "write payment_method_update or subscription_cancel, or leave it out")
    })?;
    limits.checkout(&account)?;
    let url = portal::open(billing, &account, errand, new.return_url.as_deref()).await?;
    Ok((Status::Created, Json(views::Portal { url })))
}

/// Fetches the account's truth from Stripe now.
#[utoipa::path(post, path = "/accounts/{account}/sync", operation_id = "sync_account", security(("token" = ["admin"])),
    responses((status = 200, body = views::Subscription, description = "What speaks for the account now"),
        AccountNotFound, StripeUnavailable))]
#[post("/accounts/<account>/sync")]
pub(super) async fn sync_now(
    token: AdminToken,
    account: Result<AccountId, InvalidId>,
    billing: &State<Arc<Billing>>,
) -> Answer<views::Subscription> {
    let account = account?;
    sync::by_hand(billing, &account, &token.actor()).await?;
    let mut conn = billing.store.read().await?;
    Ok(Json(read::subscription(&mut conn, billing, &account, None).await?))
}

/// Looks at Stripe for the session that was named, or because no subscription is stored.
///
/// Where Stripe does not answer, what is stored is told.
async fn look(
    billing: &Billing,
    account: &AccountId,
    session: Option<&str>,
) -> Result<Option<Progress>, Problem> {
    let standing = known(billing, account).await?;
    let looked = match session {
        Some(session) => returned(billing, account, session).await.map(Some),
        None if standing.account.customer.is_some() && standing.facts.subscriptions.is_empty() => {
            let synced = for_a_page(sync::account(billing, account, Patience::Page)).await;
            synced.map(|_| None).map_err(NotReturned::Failed)
        }
        None => Ok(None),
    };
    match looked {
        Err(NotReturned::Failed(Failed::Stripe(error))) => {
            tracing::warn!(%account, %error, "the API tells what is stored");
            Ok(None)
        }
        looked => Ok(looked?),
    }
}

async fn known(billing: &Billing, account: &AccountId) -> Result<Standing, Failed> {
    let mut conn = billing.store.read().await?;
    read::standing(&mut conn, billing, account).await
}

/// A plan with its interval or a price: one of the two.
fn wish(
    plan: Option<String>,
    interval: Option<String>,
    price: Option<String>,
) -> Result<Wish, Problem> {
    match (plan, interval, price) {
        (Some(plan), Some(interval), None) => {
            let plan =
                PlanId::new(plan).map_err(|error| query::wrong("plan", &error.to_string()))?;
            let interval = Interval::parse(&interval)
                .ok_or_else(|| query::wrong("interval", "write month, year or once"))?;
            Ok(Wish::Plan(plan, interval))
        }
        (None, None, Some(price)) => PriceId::new(price)
            .map(Wish::Price)
            .map_err(|error| query::wrong("price_id", &error.to_string())),
        (Some(_), None, None) => Err(query::wrong("interval", "a plan needs an interval")),
        (None, Some(_), None) => Err(query::wrong("plan", "an interval needs a plan")),
        (None, None, None) | (_, _, Some(_)) => {
            Err(query::wrong("plan", "send either plan and interval, or price_id"))
        }
    }
}
