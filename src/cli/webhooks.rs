//! The endpoint at Stripe.

use secrecy::ExposeSecret;
use serde_json::json;

use super::args::WebhooksCommand;
use super::desk::{Desk, Outcome};
use crate::flows::Billing;
use crate::flows::webhooks::{self, Done, Prune, SetUp};
use crate::stripe::VERSION;

pub(super) async fn run(
    billing: &Billing,
    command: WebhooksCommand,
    desk: &mut Desk<'_>,
) -> Outcome {
    match command {
        WebhooksCommand::Setup { report } => {
            let set_up = webhooks::set_up(billing).await?;
            if report.json { print_json(&set_up, desk) } else { print(&set_up, desk) }
        }
        WebhooksCommand::Prune { apply, report } => {
            prune(billing, if apply { Prune::Apply } else { Prune::Tell }, report.json, desk).await
        }
    }
}

fn print(set_up: &SetUp, desk: &mut Desk<'_>) -> Outcome {
    let SetUp { endpoint, done, twins } = set_up;
    let (id, url, count) = (&endpoint.id, &endpoint.url, endpoint.events.len());
    match done {
        Done::Created(secret) => {
            writeln!(desk.out, "{id} sends {count} types of events to {url}.")?;
            match secret {
                Some(secret) => writeln!(
                    desk.out,
                    "Its signing secret, shown this once; set STRIPE_WEBHOOK_SECRET to it and start \
                     again:\n{}",
                    secret.expose_secret()
                )?,
                None => writeln!(desk.out, "Its signing secret is in Stripe's Dashboard.")?,
            }
        }
        Done::Updated => writeln!(desk.out, "{id} now sends {count} types of events to {url}.")?,
        Done::Nothing => {
            writeln!(desk.out, "{id} sends {count} types of events to {url}, as it should.")?;
        }
    }
    if !endpoint.is_pinned() {
        let version = endpoint.api_version.as_deref().unwrap_or("the account's");
        writeln!(
            desk.out,
            "Its API version is {version} and cannot be changed; to have {VERSION}, delete it in \
             Stripe's Dashboard and set up again."
        )?;
    }
    for twin in twins {
        let id = &twin.id;
        writeln!(desk.out, "{id} has the same address: delete it in Stripe's Dashboard.")?;
    }
    Ok(())
}

fn print_json(set_up: &SetUp, desk: &mut Desk<'_>) -> Outcome {
    let SetUp { endpoint, done, twins } = set_up;
    let (word, secret) = match done {
        Done::Created(secret) => ("created", secret.as_ref().map(ExposeSecret::expose_secret)),
        Done::Updated => ("updated", None),
        Done::Nothing => ("unchanged", None),
    };
    let twins: Vec<&str> = twins.iter().map(|twin| twin.id.as_str()).collect();
    desk.print_json(&json!({
        "id": endpoint.id,
        "url": endpoint.url,
        "api_version": endpoint.api_version,
        "events": endpoint.events,
        "done": word,
        "secret": secret,
        "same_url": twins,
    }))
}

async fn prune(billing: &Billing, how: Prune, json: bool, desk: &mut Desk<'_>) -> Outcome {
    let difference = webhooks::prune(billing, how).await?;
    let applied = how == Prune::Apply && !difference.extra.is_empty();
    if json {
        let (extra, missing) = (&difference.extra, &difference.missing);
        return desk.print_json(&json!({"extra": extra, "missing": missing, "applied": applied}));
    }
    for kind in &difference.extra {
        let word = if applied { "removed" } else { "extra" };
        writeln!(desk.out, "{word:<8} {kind}")?;
    }
    for kind in &difference.missing {
        writeln!(desk.out, "missing  {kind}")?;
    }
    if difference.is_none() {
        writeln!(desk.out, "The endpoint sends exactly what is handled.")?;
    } else if !applied && !difference.extra.is_empty() {
        writeln!(desk.out, "Nothing was changed: remove what is extra with --apply.")?;
    }
    if !difference.missing.is_empty() {
        writeln!(desk.out, "Add what is missing with coinslot webhooks setup.")?;
    }
    Ok(())
}
