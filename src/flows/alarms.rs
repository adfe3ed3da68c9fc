//! Alarms: what the operator has to see to, told by mail when it begins and when it is over.
//!
//! What concerns one account is noted in the transaction that judges it, the rest is looked at every
//! minute. All that is new goes into one letter, and what came back within minutes is told once.

use std::time::Duration;

use askama::Template;
use sqlx::SqliteConnection;

use super::gate::Standing;
use super::{Billing, catalogue, mail, random_text, silence};
use crate::domain::alarm::Alarm;
use crate::domain::entitlement::Alert;
use crate::domain::ids::AccountId;
use crate::store::alarms::Raised;
use crate::store::mail::NewLetter;
use crate::store::{self, StoreFailed};

/// How long something has to stay away before it is over.
const SETTLED: Duration = Duration::from_mins(10);
/// How long a difference from Stripe that was mended is worth a look.
const DRIFT_LASTS: Duration = Duration::from_hours(24);
/// How long the admin's pages and the operator are reminded of letters that were given up.
pub(crate) const MAIL_LASTS: Duration = Duration::from_hours(7 * 24);
/// Accounts that a letter names for one alarm.
const NAMED: usize = 20;

/// Notes what of the account needs a look, in the transaction that judges it.
pub(super) async fn note(
    conn: &mut SqliteConnection,
    billing: &Billing,
    standing: &Standing,
) -> Result<(), StoreFailed> {
    if !is_heard(billing) {
        return Ok(());
    }
    let present: Vec<Alarm> =
        standing.decision.alerts.iter().copied().map(Alarm::Account).collect();
    let all = Alert::ALL.map(Alarm::Account);
    store::alarms::note(conn, Some(&standing.account.id), &all, &present, standing.now).await
}

/// Looks at what concerns no single account, and writes the operator a letter when anything began or
/// is over.
pub(crate) async fn watch(billing: &Billing) -> Result<(), StoreFailed> {
    if !is_heard(billing) {
        return Ok(());
    }
    let mut conn = billing.store.read().await?;
    let present = present(&mut conn, billing).await?;
    drop(conn);
    let now = billing.now();
    let mut tx = billing.store.write().await?;
    store::alarms::note(&mut tx, None, &Alarm::COMMON, &present, now).await?;
    let begun = store::alarms::take_begun(&mut tx).await?;
    let ended = store::alarms::take_ended(&mut tx, now - SETTLED).await?;
    if !begun.is_empty() || !ended.is_empty() {
        let (subject, body) = letter(billing, &begun, &ended);
        let (id, kind) = (random_text(), "alarms");
        let new = NewLetter { id: &id, account: None, kind, subject: &subject, body: &body, now };
        store::mail::put(&mut tx, &new).await?;
    }
    store::commit(tx).await
}

fn is_heard(billing: &Billing) -> bool {
    billing.settings.mail.as_ref().is_some_and(|mail| mail.operator.is_some())
}

async fn present(
    conn: &mut SqliteConnection,
    billing: &Billing,
) -> Result<Vec<Alarm>, StoreFailed> {
    let now = billing.now();
    let drifts = store::drifts::count_since(conn, billing.mode(), now - DRIFT_LASTS).await?;
    let dead_mail = store::mail::dead_since(conn, now - MAIL_LASTS).await?;
    let looks = [
        (Alarm::KeyRefused, billing.stripe.circuit_open()),
        (Alarm::NoWebhookSecret, billing.settings.stripe.webhook_secrets.is_empty()),
        (Alarm::Silence, silence::standing(conn, billing).await?.is_some()),
        (Alarm::DeadEvents, store::inbox::dead_count(conn).await? > 0),
        (Alarm::DeadHooks, store::hooks::dead_count(conn).await? > 0),
        (Alarm::DeadMail, dead_mail > 0),
        (Alarm::HiddenPrices, !catalogue::read(conn, billing).await?.hidden.is_empty()),
        (Alarm::Drift, drifts > 0),
    ];
    Ok(looks.into_iter().filter(|(_, holds)| *holds).map(|(alarm, _)| alarm).collect())
}

#[derive(Template)]
#[template(path = "mail/alarms.txt")]
struct AlarmsLetter {
    begun: Vec<Part>,
    ended: Vec<Part>,
    desk: String,
    sandboxed: bool,
}

/// One kind of trouble, with the accounts that have it.
struct Part {
    text: &'static str,
    since: String,
    link: String,
    accounts: String,
}

fn letter(billing: &Billing, begun: &[Raised], ended: &[Raised]) -> (String, String) {
    let letter = AlarmsLetter {
        begun: parts(billing, begun),
        ended: parts(billing, ended),
        desk: billing.settings.page("/admin"),
        sandboxed: mail::is_sandboxed(billing),
    };
    let subject = match (begun.len(), ended.len()) {
        (new, 0) => format!("Coinslot: {new} to see to"),
        (0, solved) => format!("Coinslot: {solved} solved"),
        (new, solved) => format!("Coinslot: {new} to see to, {solved} solved"),
    };
    (subject, mail::rendered(&letter))
}

fn parts(billing: &Billing, raised: &[Raised]) -> Vec<Part> {
    let part = |alarm: Alarm| {
        let those = || raised.iter().filter(|it| it.alarm == alarm);
        let since = those().map(|it| it.began_at).min()?.minute();
        let accounts = names(those().filter_map(|it| it.account.as_ref()));
        let (text, path) = words(alarm);
        Some(Part { text, since, link: billing.settings.page(&path), accounts })
    };
    Alarm::all().filter_map(part).collect()
}

fn names<'a>(accounts: impl Iterator<Item = &'a AccountId>) -> String {
    let all: Vec<&str> = accounts.map(AccountId::as_str).collect();
    let named = &all[..all.len().min(NAMED)];
    match all.len() - named.len() {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    }
}

/// What happened with the way out, and the page that shows it.
fn words(alarm: Alarm) -> (&'static str, String) {
    let (text, path) = match alarm {
        Alarm::KeyRefused => (
            "Stripe refuses the secret key. Events wait until STRIPE_SECRET_KEY is right again.",
            "/admin",
        ),
        Alarm::NoWebhookSecret => (
            "No webhook secret is configured, so Stripe's messages are refused: set STRIPE_WEBHOOK_SECRET.",
            "/admin",
        ),
        Alarm::Silence => (
            "Stripe has had news that no message announced: see that the webhook endpoint is enabled and can be reached.",
            "/admin",
        ),
        Alarm::DeadEvents => {
            ("Events were given up: mend the cause, then replay them.", "/admin/events?status=dead")
        }
        Alarm::DeadHooks => (
            "A panel next door did not take changes for three days: mend the cause, then send them again.",
            "/admin/hooks",
        ),
        Alarm::DeadMail => ("Letters to customers could not be sent: the log says why.", "/admin"),
        Alarm::HiddenPrices => {
            ("Prices are not for sale, for they are not at Stripe as configured.", "/admin/plans")
        }
        Alarm::Drift => (
            "What is stored differed from Stripe and was mended: messages may not arrive.",
            "/admin",
        ),
        Alarm::Account(alert) => {
            return (of_account(alert), format!("/admin/accounts?alert={}", alert.as_str()));
        }
    };
    (text, path.to_owned())
}

fn of_account(alert: Alert) -> &'static str {
    match alert {
        Alert::DuplicateSubscription => {
            "An account has two running subscriptions: end one at Stripe."
        }
        Alert::ExemptButPaying => "An account is exempt, yet a subscription is still paid.",
        Alert::UnmappedPrice => "A subscription runs at a price that is in no plan.",
        Alert::UnknownStatus => {
            "Stripe uses a status that this build does not know; the last one counts."
        }
        Alert::Disputed => "A payment is disputed: answer it in Stripe's dashboard.",
        Alert::Inquiry => "A bank asks about a payment: answer it in Stripe's dashboard.",
        Alert::MoneyReturned => {
            "Money went back, yet what it paid for goes on: end it or let it be."
        }
        Alert::PaidTwice => "A plan was paid for good twice: refund one of the payments.",
    }
}
