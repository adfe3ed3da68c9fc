//! Mail to customers: written down with the change it tells of, sent until the mail server takes it.
//!
//! A letter may arrive twice, when a process dies or the connection breaks after the mail server took
//! it and before that was noted; both have one Message-ID, by which mailboxes know them as one.

use std::time::Duration;

use askama::Template;
use lettre::Address;
use sqlx::SqliteConnection;

use super::gate::Standing;
use super::{Billing, random_text};
use crate::domain::entitlement::decide;
use crate::domain::hook::next_attempt;
use crate::domain::letter::{self, Over, Situation, Topic};
use crate::domain::plan::Limit;
use crate::domain::suspension::Fate;
use crate::domain::timestamp::Timestamp;
use crate::mail::{NotSent, Outgoing, send};
use crate::settings::{Mail, StripeSource};
use crate::store::mail::{Letter, NewLetter};
use crate::store::outbox::Outbox;
use crate::store::servers::Server;
use crate::store::{self, StoreFailed};

/// How long an attempt may take before another process makes it again; longer than it does take.
const LEASE: Duration = Duration::from_mins(2);

/// Writes the letters that how the account stands asks for, in the transaction that notices it.
///
/// `servers` are as they were before, each with what becomes of it now.
pub(super) async fn tell(
    conn: &mut SqliteConnection,
    billing: &Billing,
    standing: &Standing,
    servers: &[(Server, Fate)],
) -> Result<(), StoreFailed> {
    if billing.settings.mail.is_none() {
        return Ok(());
    }
    let account = &standing.account.id;
    let said = store::mail::said(conn, account).await?;
    let situation = situation(standing, servers);
    let notice = billing.settings.suspend_after;
    let (says, mut topics) = letter::topics(said, &situation, notice, standing.now);
    let turns = |suspended: bool| servers.iter().any(|it| turns(it, suspended));
    topics.extend(
        [(true, Topic::Suspended), (false, Topic::Lifted)]
            .into_iter()
            .filter_map(|(suspended, topic)| turns(suspended).then_some(topic)),
    );
    for topic in topics {
        let (subject, kind, body) = words(billing, standing, servers, topic);
        let id = random_text();
        let (account, now) = (Some(account), standing.now);
        let new = NewLetter { id: &id, account, kind, subject, body: &body, now };
        store::mail::put(conn, &new).await?;
    }
    if said != Some(says) {
        store::mail::say(conn, account, &says).await?;
    }
    Ok(())
}

/// When there may be something to tell although nobody writes anything.
pub(super) fn next_look(
    billing: &Billing,
    standing: &Standing,
    servers: &[(Server, Fate)],
) -> Option<Timestamp> {
    billing.settings.mail.as_ref()?;
    let notice = billing.settings.suspend_after;
    let ahead = letter::next_look(&situation(standing, servers), notice, standing.now);
    let until = standing.decision.until.filter(|until| standing.now < *until);
    ahead.into_iter().chain(until).min()
}

fn situation(standing: &Standing, servers: &[(Server, Fate)]) -> Situation {
    let runs_until = servers.iter().find_map(|(_, fate)| match fate {
        Fate::RunsUntil(day) => Some(*day),
        Fate::Runs | Fate::Suspended => None,
    });
    let over = match standing.excess.filter(|excess| excess.since <= standing.now) {
        Some(_) => Some(runs_until.map_or(Over::Settled, Over::Until)),
        None if standing.over_by() > 0 => Some(Over::Frozen),
        None => None,
    };
    let exemption = standing.facts.exemption.as_ref();
    Situation { over, exempt_until: exemption.and_then(|exemption| exemption.until) }
}

/// Whether this server is `suspended` now, and was not before.
fn turns((server, fate): &(Server, Fate), suspended: bool) -> bool {
    (*fate == Fate::Suspended) == suspended && server.suspended_at.is_some() != suspended
}

#[derive(Template)]
#[template(path = "mail/over_quota.txt")]
struct OverQuota {
    used: String,
    keep: String,
    day: Option<String>,
    servers: Vec<String>,
    desk: String,
    sandboxed: bool,
}

#[derive(Template)]
#[template(path = "mail/suspension_ahead.txt")]
struct SuspensionAhead {
    used: String,
    keep: String,
    day: String,
    servers: Vec<String>,
    desk: String,
    sandboxed: bool,
}

#[derive(Template)]
#[template(path = "mail/suspended.txt")]
struct Suspended {
    servers: Vec<String>,
    desk: String,
    sandboxed: bool,
}

#[derive(Template)]
#[template(path = "mail/lifted.txt")]
struct Lifted {
    servers: Vec<String>,
    desk: String,
    sandboxed: bool,
}

#[derive(Template)]
#[template(path = "mail/exemption_ending.txt")]
struct ExemptionEnding {
    used: String,
    keep: String,
    day: String,
    too_many: bool,
    suspends: bool,
    desk: String,
    sandboxed: bool,
}

/// Subject, kind and text of a letter; the subject names nobody and nothing of theirs.
fn words(
    billing: &Billing,
    standing: &Standing,
    servers: &[(Server, Fate)],
    topic: Topic,
) -> (&'static str, &'static str, String) {
    let (desk, sandboxed) = (standing.desk(billing), is_sandboxed(billing));
    let used = counted(Limit::Servers(standing.used));
    let keep = standing.excess.map_or(standing.decision.limit, |it| Limit::Servers(it.keep));
    let keep = counted(keep);
    let named = |wanted: &dyn Fn(&(Server, Fate)) -> bool| -> Vec<String> {
        servers.iter().filter(|it| wanted(it)).map(|(server, _)| name(server)).collect()
    };
    let leaving = || named(&|(_, fate)| matches!(fate, Fate::RunsUntil(_)));
    match topic {
        Topic::OverQuota(day) => {
            let (servers, day) = (leaving(), day.map(Timestamp::minute));
            let text = OverQuota { used, keep, day, servers, desk, sandboxed };
            ("You have more servers than your plan has room for", "over_quota", rendered(&text))
        }
        Topic::SuspensionAhead(day) => {
            let (servers, day) = (leaving(), day.minute());
            let text = SuspensionAhead { used, keep, day, servers, desk, sandboxed };
            ("Some of your servers will be suspended soon", "suspension_ahead", rendered(&text))
        }
        Topic::Suspended => {
            let servers = named(&|it| turns(it, true));
            let text = Suspended { servers, desk, sandboxed };
            ("Some of your servers were suspended", "suspended", rendered(&text))
        }
        Topic::Lifted => {
            let servers = named(&|it| turns(it, false));
            let text = Lifted { servers, desk, sandboxed };
            ("Your servers are no longer suspended", "lifted", rendered(&text))
        }
        Topic::ExemptionEnding(end) => {
            let limit = decide(&standing.facts, &billing.settings.policy, end).limit;
            let too_many = Limit::Servers(standing.used) > limit;
            let suspends = billing.settings.terms().suspends_excess();
            let (keep, day) = (counted(limit), end.minute());
            let text = ExemptionEnding { used, keep, day, too_many, suspends, desk, sandboxed };
            ("Your free use of servers ends soon", "exemption_ending", rendered(&text))
        }
    }
}

pub(super) fn rendered(text: &impl Template) -> String {
    text.render().expect("plain text is written into memory")
}

pub(super) fn is_sandboxed(billing: &Billing) -> bool {
    billing.settings.stripe.source == StripeSource::Sandbox
}

fn counted(servers: Limit) -> String {
    match servers {
        Limit::Servers(1) => "1 server".to_owned(),
        Limit::Servers(count) => format!("{count} servers"),
        Limit::Unlimited => "any number of servers".to_owned(),
    }
}

/// The server's name on one line, else its id.
fn name(server: &Server) -> String {
    let name = server.name.as_deref().unwrap_or_default();
    let line: String = name.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if line.trim().is_empty() { server.id.to_string() } else { line.trim().to_owned() }
}

/// Makes the one attempt that is due longest; `false` when none is.
pub(crate) async fn send_next(billing: &Billing) -> Result<bool, StoreFailed> {
    let Some(mail) = &billing.settings.mail else { return Ok(false) };
    let now = billing.now();
    let mut conn = billing.store.read().await?;
    let is_due = store::mail::is_due(&mut conn, now).await?;
    drop(conn);
    if !is_due {
        return Ok(false);
    }
    let mut tx = billing.store.write().await?;
    let letter = store::mail::lease(&mut tx, now, now + LEASE).await?;
    store::commit(tx).await?;
    let Some(letter) = letter else { return Ok(false) };
    let sent = attempt(billing, mail, &letter).await;
    let mut tx = billing.store.write().await?;
    match sent {
        Ok(()) => Outbox::Mail.done(&mut tx, letter.seq).await?,
        Err(error) => {
            let next = match &error {
                NotSent::TryAgain(_) => {
                    next_attempt(letter.attempts, letter.first_tried_at, billing.now())
                }
                NotSent::Never(_) => None,
            };
            log_failure(&letter, &error, next.is_none());
            Outbox::Mail.failed(&mut tx, letter.seq, &error.to_string(), next).await?;
        }
    }
    store::commit(tx).await?;
    Ok(true)
}

async fn attempt(billing: &Billing, mail: &Mail, letter: &Letter) -> Result<(), NotSent> {
    let to = reader(billing, mail, letter).await?;
    let Letter { id, subject, body, created_at, .. } = letter;
    send(mail, &Outgoing { id, to, subject, body, written_at: *created_at }).await
}

/// The address of today: who changed theirs since gets the letter there.
async fn reader(billing: &Billing, mail: &Mail, letter: &Letter) -> Result<Address, NotSent> {
    let Some(account) = &letter.account else {
        let operator = mail.operator.as_ref().map(|operator| operator.email.clone());
        return operator.ok_or_else(|| NotSent::Never("no operator is configured".to_owned()));
    };
    let unread = |error: StoreFailed| NotSent::TryAgain(error.to_string());
    let mut conn = billing.store.read().await.map_err(unread)?;
    let found = store::accounts::get(&mut conn, account, billing.mode()).await.map_err(unread)?;
    let address = found.and_then(|account| account.email.parse().ok());
    address.ok_or_else(|| NotSent::Never("the account has no address that mail goes to".to_owned()))
}

fn log_failure(letter: &Letter, error: &NotSent, dead: bool) {
    let Letter { id, attempts, kind, .. } = letter;
    let account = letter.account.as_ref().map_or("", |account| account.as_str());
    if dead {
        tracing::error!(id, account, kind, attempts, %error, "a letter was given up");
    } else {
        tracing::warn!(id, account, kind, attempts, %error, "a letter was not sent; it is tried again");
    }
}
