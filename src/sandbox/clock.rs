//! Time in the sandbox: everything that falls due is played in its order, at its second.

use serde_json::Value;

use super::{
    bank,
    calendar::{END_OF_TIME, HOUR},
    checkout, invoices,
    ledger::{Fields, Ledger},
    pending_updates, refunds, schedules, subscriptions,
};

/// How long a subscription waits for its first payment:
/// <https://docs.stripe.com/billing/subscriptions/overview#subscription-statuses>.
const INCOMPLETE_FOR: i64 = 23 * HOUR;

/// Something that happens by itself at its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Due {
    SessionExpires,
    BankAnswers,
    FirstPaymentMissed,
    PendingUpdateExpires,
    CollectionResumes,
    TrialEndNears,
    NextPhase,
    ScheduledEnd,
    TrialEnds,
    Renewal,
    Retry,
}

/// Plays everything that falls due up to `until`, then sets the clock there.
pub(super) fn play(ledger: &mut Ledger, until: i64) {
    while let Some((at, due, id)) = next(ledger).filter(|(at, ..)| *at <= until) {
        ledger.now = ledger.now.max(at);
        happen(ledger, due, &id);
    }
    ledger.now = ledger.now.max(until);
}

/// The second of the next renewal, retry or end of a trial, and the second itself if none is due.
pub(super) fn next_billing_moment(ledger: &Ledger) -> i64 {
    moments(ledger)
        .filter(|(_, due, _)| {
            matches!(due, Due::ScheduledEnd | Due::TrialEnds | Due::Renewal | Due::Retry)
        })
        .map(|(at, ..)| at)
        .filter(|at| *at > ledger.now && *at < END_OF_TIME)
        .min()
        .unwrap_or(ledger.now)
}

fn happen(ledger: &mut Ledger, due: Due, id: &str) {
    match due {
        Due::SessionExpires => checkout::expire(ledger, id),
        Due::BankAnswers => match ledger.hidden(id).answer {
            Some((_, answer)) if ledger.find("refund", id).is_some() => {
                refunds::answer(ledger, id, answer);
            }
            Some((_, answer)) => bank::answer(ledger, id, answer),
            None => {}
        },
        Due::FirstPaymentMissed => subscriptions::expire(ledger, id),
        Due::PendingUpdateExpires => pending_updates::expire(ledger, id),
        Due::CollectionResumes => subscriptions::change(ledger, id, |subscription| {
            subscription["pause_collection"] = Value::Null;
        }),
        Due::TrialEndNears => subscriptions::announce_trial_end(ledger, id),
        Due::NextPhase => schedules::advance(ledger, id),
        Due::ScheduledEnd => subscriptions::end(ledger, id, "cancellation_requested"),
        Due::TrialEnds => subscriptions::end_trial(ledger, id),
        Due::Renewal => subscriptions::renew(ledger, id),
        Due::Retry => invoices::collect(ledger, id),
    }
}

fn next(ledger: &Ledger) -> Option<(i64, Due, String)> {
    moments(ledger).min().map(|(at, due, id)| (at, due, id.to_owned()))
}

fn moments(ledger: &Ledger) -> impl Iterator<Item = (i64, Due, &str)> {
    let sessions = ledger
        .all("checkout.session")
        .filter(|session| session.text("status") == "open")
        .map(|session| (session.number("expires_at"), Due::SessionExpires, session.text("id")));
    let subscriptions = ledger
        .all("subscription")
        .filter(|subscription| !subscriptions::is_over(subscription))
        .flat_map(|subscription| {
            let id = subscription.text("id");
            subscription_moments(ledger, subscription)
                .into_iter()
                .flatten()
                .map(move |(at, due)| (at, due, id))
        });
    let retries = ledger
        .all("invoice")
        .filter(|invoice| invoice.text("status") == "open")
        .filter_map(|invoice| {
            Some((invoice["next_payment_attempt"].as_i64()?, Due::Retry, invoice.text("id")))
        });
    let debits =
        ledger.all("payment_intent").filter(|intent| intent.text("status") == "processing");
    let answers = debits.chain(ledger.all("refund")).filter_map(|waiting| {
        let id = waiting.text("id");
        ledger.hidden(id).answer.map(|(at, _)| (at, Due::BankAnswers, id))
    });
    let phases = ledger
        .all("subscription_schedule")
        .filter(|schedule| schedule.text("status") == "active")
        .map(|schedule| {
            let end = schedule["current_phase"].number("end_date");
            (end, Due::NextPhase, schedule.text("id"))
        });
    sessions.chain(subscriptions).chain(retries).chain(answers).chain(phases)
}

fn subscription_moments(ledger: &Ledger, subscription: &Value) -> [Option<(i64, Due)>; 5] {
    let status = subscription.text("status");
    let trial_end = subscription["trial_end"].as_i64();
    let life = match status {
        "incomplete" => {
            Some((subscription.number("created") + INCOMPLETE_FOR, Due::FirstPaymentMissed))
        }
        "trialing" => trial_end.map(|at| (at, Due::TrialEnds)),
        "active" | "past_due" | "unpaid" => {
            Some((subscriptions::period_end(subscription), Due::Renewal))
        }
        _ => None,
    }
    .filter(|(at, _)| *at < END_OF_TIME);
    let notice = trial_end
        .filter(|_| status == "trialing" && !ledger.hidden(subscription.text("id")).announced)
        .map(|at| (at - subscriptions::TRIAL_NOTICE, Due::TrialEndNears));
    let end = subscription["cancel_at"].as_i64().map(|at| (at, Due::ScheduledEnd));
    let resumes = subscription["pause_collection"]["resumes_at"]
        .as_i64()
        .map(|at| (at, Due::CollectionResumes));
    let pending = subscription["pending_update"]["expires_at"].as_i64();
    let pending = pending.map(|at| (at, Due::PendingUpdateExpires));
    [life, notice, end, resumes, pending]
}
