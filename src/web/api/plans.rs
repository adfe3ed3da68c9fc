//! What is for sale.

use std::sync::Arc;

use rocket::serde::json::Json;
use rocket::{State, get};
use rocket_db_pools::Connection;

use super::super::guards::PanelToken;
use super::Answer;
use super::views::{self, List};
use crate::flows::{Billing, catalogue};
use crate::store::Db;

/// What is for sale, plan by plan.
#[utoipa::path(get, path = "/plans", operation_id = "list_plans",
    responses((status = 200, body = List<views::Plan>, description = "All plans, with the prices that can be bought")))]
#[get("/plans")]
pub(super) async fn list(
    _token: PanelToken,
    mut db: Connection<Db>,
    billing: &State<Arc<Billing>>,
) -> Answer<List<views::Plan>> {
    let catalogue = catalogue::read(&mut db, billing).await?;
    let plans = billing.settings.plans.iter();
    let data = plans.map(|plan| views::Plan::new(plan, catalogue.of_plan(plan))).collect();
    Ok(Json(List { data }))
}
