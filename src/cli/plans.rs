//! The catalogue.

use serde::Serialize;
use serde_json::json;

use super::desk::{Desk, Outcome};
use crate::domain::plan::{Hidden, Limit, Plan};
use crate::flows::Billing;
use crate::flows::catalogue::{self, Catalogue};
use crate::web::api::views;

/// A plan as the API shows it, and the prices of it that nobody can buy.
#[derive(Serialize)]
struct Row<'c> {
    #[serde(flatten)]
    plan: views::Plan,
    hidden: Vec<&'c Hidden>,
}

/// Asks Stripe for the catalogue and shows it; the stored one where Stripe does not answer.
pub(super) async fn run(billing: &Billing, json: bool, desk: &mut Desk<'_>) -> Outcome {
    billing.refresh_catalogue().await;
    let mut conn = billing.store.read().await?;
    let catalogue = catalogue::read(&mut conn, billing).await?;
    drop(conn);
    let plans = &billing.settings.plans;
    if json {
        let row = |plan| Row {
            plan: views::Plan::new(plan, catalogue.of_plan(plan)),
            hidden: catalogue.hidden_of(plan).collect(),
        };
        let data: Vec<Row> = plans.iter().map(row).collect();
        return desk.print_json(&json!({"data": data}));
    }
    plans.iter().try_for_each(|plan| print(plan, &catalogue, desk))
}

fn print(plan: &Plan, catalogue: &Catalogue, desk: &mut Desk<'_>) -> Outcome {
    let servers = match plan.limit {
        Limit::Servers(1) => "1 server".to_owned(),
        limit => format!("{limit} servers"),
    };
    writeln!(desk.out, "{} ({}): {servers}", plan.name, plan.id)?;
    for (interval, name) in &plan.prices {
        let hidden = catalogue.hidden_of(plan).find(|hidden| hidden.interval == *interval);
        let (name, word) = (name.as_str(), interval.as_str());
        match (catalogue.offer(&plan.id, *interval), hidden) {
            (Some(offer), _) => {
                let (amount, price) = (offer.amount(), &offer.price);
                writeln!(desk.out, "  {word:<6} {amount:>10}  {price}  {name}")?;
            }
            (None, Some(hidden)) => writeln!(desk.out, "  {word:<6} hidden: {}", hidden.reason)?,
            (None, None) => {
                writeln!(desk.out, "  {word:<6} hidden: {name} was never seen at Stripe")?;
            }
        }
    }
    Ok(())
}
