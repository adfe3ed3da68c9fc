//! The embedded sandbox Stripe, started beside a panel.

use std::time::Duration;

use rocket::figment::Figment;

use crate::domain::plan::{Interval, Plan, PriceName};
use crate::domain::timestamp::Timestamp;
use crate::flows::random_text;
use crate::sandbox::{self, CataloguePrice, Delivery, Options, Sandbox};
use crate::settings::{Settings, StripeSource};
use crate::stage::SandboxAddress;

/// The key that the sandbox takes: it opens play money only.
pub(super) const SECRET_KEY: &str = "sk_test_coinslot_sandbox";

/// Starts the sandbox if `figment` asks for it, with the configured plans for sale.
///
/// Hand the address to [`Stage::sandbox`](crate::Stage::sandbox), and stop the sandbox after the
/// panel.
///
/// # Errors
///
/// One line a reason: what is wrong with the configuration, or why the sandbox cannot start.
pub async fn sandbox_beside(
    figment: &Figment,
) -> Result<Option<(Sandbox, SandboxAddress)>, String> {
    let settings = Settings::read(figment).map_err(|problems| {
        problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    })?;
    if settings.stripe.source != StripeSource::Sandbox {
        return Ok(None);
    }
    let webhook_secret = format!("whsec_{}", random_text());
    let panel_port: u16 = figment.extract_inner("port").map_err(|error| error.to_string())?;
    if panel_port == 0 {
        return Err("port = 0: the sandbox sends its webhooks to a fixed port, set one".to_owned());
    }
    let options = Options {
        port: settings.sandbox_port,
        secret_key: SECRET_KEY.to_owned(),
        webhook_url: Some(format!("http://127.0.0.1:{panel_port}{}", settings.webhook_path)),
        webhook_secret: webhook_secret.clone(),
        state_file: Some(settings.database.with_extension("sandbox.json")),
        catalogue: catalogue(&settings.plans),
        start_at: None,
        delivery: Delivery::Automatic,
    };
    let sandbox = Sandbox::start(options)
        .await
        .map_err(|error| format!("billing.sandbox_port = {}: {error}", settings.sandbox_port))?;
    let secret_key = SECRET_KEY.to_owned();
    let address = SandboxAddress { api_base: sandbox.base_url(), secret_key, webhook_secret };
    Ok(Some((sandbox, address)))
}

/// The clock of the sandbox that a server runs at `api_base`; `None` when none answers.
pub(super) async fn time(api_base: &str) -> Option<Timestamp> {
    const PATIENCE: Duration = Duration::from_secs(2);
    // The HTTP client wants a provider even where nothing is encrypted; one may be there already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let http = reqwest::Client::builder().no_proxy().timeout(PATIENCE).build().ok()?;
    let answer = http.get(format!("{api_base}/sandbox/clock")).send().await.ok()?;
    let clock: Clock = serde_json::from_slice(&answer.bytes().await.ok()?).ok()?;
    Some(Timestamp(clock.now))
}

#[derive(serde::Deserialize)]
struct Clock {
    now: i64,
}

/// A product for each plan at invented prices that rise with its rank.
fn catalogue(plans: &[Plan]) -> Vec<CataloguePrice> {
    const LIFETIME: i64 = 6000;
    const MONTHS_IN_A_YEARS_PRICE: i64 = 10;
    let recurs = |plan: &&Plan| plan.prices.iter().any(|(every, _)| *every != Interval::Once);
    let mut catalogue = Vec::new();
    for (index, plan) in plans.iter().enumerate() {
        let month = monthly(plans[..index].iter().filter(recurs).count());
        for (interval, name) in &plan.prices {
            let (unit_amount, interval) = match interval {
                Interval::Month => (month, Some(sandbox::Interval::Month)),
                Interval::Year => (MONTHS_IN_A_YEARS_PRICE * month, Some(sandbox::Interval::Year)),
                Interval::Once => (LIFETIME, None),
            };
            let (price_id, lookup_key) = match name {
                PriceName::Id(id) => (Some(id.to_string()), None),
                PriceName::LookupKey(key) => (None, Some(key.clone())),
            };
            catalogue.push(CataloguePrice {
                price_id,
                lookup_key,
                product: plan.name.clone(),
                currency: "eur".to_owned(),
                unit_amount,
                interval,
            });
        }
    }
    catalogue
}

fn monthly(rank: usize) -> i64 {
    const FIRST: [i64; 3] = [500, 1200, 3000];
    const STEP: i64 = 2000;
    let beyond = rank.saturating_sub(FIRST.len() - 1);
    FIRST[rank.min(FIRST.len() - 1)] + STEP * i64::try_from(beyond).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_rise_with_the_rank_and_a_year_costs_ten_months() {
        let amounts: Vec<i64> = (0..5).map(monthly).collect();
        assert_eq!(amounts, [500, 1200, 3000, 5000, 7000]);

        let figment = Figment::from(rocket::Config::debug_default());
        let settings = Settings::read(&figment).expect("the defaults are good");
        let sold: Vec<(String, i64)> = catalogue(&settings.plans)
            .into_iter()
            .map(|price| (price.lookup_key.unwrap_or_default(), price.unit_amount))
            .collect();
        let expected = [
            ("starter_monthly", 500),
            ("starter_yearly", 5000),
            ("growth_monthly", 1200),
            ("growth_yearly", 12000),
            ("network_monthly", 3000),
            ("network_yearly", 30000),
            ("lifetime_once", 6000),
        ];
        assert_eq!(sold, expected.map(|(key, amount)| (key.to_owned(), amount)));
    }
}
