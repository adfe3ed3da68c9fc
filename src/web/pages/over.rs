//! What is said of servers above the limit: before they are suspended, and while they are.

use super::parts::{Action, Banner, Sentence, Tone, counted};
use crate::domain::entitlement::Reason;
use crate::domain::suspension::{Excess, Fate};
use crate::domain::timestamp::Timestamp;
use crate::flows::gate::Standing;
use crate::store::servers::Server;

/// Where the customer chooses what runs on.
pub(crate) const CHOICE: &str = "/billing/servers";

/// What an account with too many servers must know.
pub(super) fn banner(standing: &Standing) -> Option<Banner> {
    if let Some(excess) = &standing.excess {
        return Some(notice(excess, standing.used, standing.decision.reason, standing.now));
    }
    let over = standing.over_by();
    (over > 0).then(|| {
        let text = "All of them keep running, but no new one can be created.";
        Banner::new(Tone::Warning, are_over(over), Sentence::new(text))
    })
}

/// What is suspended of `used` servers or will be, when, and the way out.
pub(crate) fn notice(excess: &Excess, used: u32, reason: Reason, now: Timestamp) -> Banner {
    let over = used.saturating_sub(excess.keep);
    let (allowed, ends) = (may_run(excess.keep), "Nothing is deleted.");
    let because = match reason {
        Reason::Disputed => "A payment is disputed. ",
        Reason::Free
        | Reason::Subscription
        | Reason::Trial
        | Reason::Grace
        | Reason::GraceExpired
        | Reason::PaymentIncomplete
        | Reason::PausedNoPaymentMethod
        | Reason::CollectionPaused
        | Reason::Ended
        | Reason::Lifetime
        | Reason::Exempt
        | Reason::UnmappedPrice
        | Reason::Stale => "",
    };
    let newest = if over == 1 { "the newest one is" } else { "the newest ones are" };
    let (tone, title, text) = if now < excess.since {
        let title = counted(over, "server will be", "servers will be") + " over your limit";
        let text = Sentence::new("From ")
            .minute(excess.since)
            .and(format!(" on {allowed}. If nothing changes, {newest} suspended on "))
            .minute(excess.suspends_at)
            .and(format!(". {ends}"));
        (Tone::Warning, title, text)
    } else if now < excess.suspends_at {
        let text = Sentence::new(format!("{because}What runs now keeps running until "))
            .minute(excess.suspends_at)
            .and(format!("; after that {allowed}, and {newest} suspended. {ends}"));
        (Tone::Warning, are_over(over), text)
    } else {
        let title = counted(over, "server is", "servers are") + " suspended";
        let text = Sentence::new(format!(
            "{because}Now {allowed}. A suspended server keeps everything it has and runs again as \
             soon as it fits your limit. {ends}"
        ));
        (Tone::Bad, title, text)
    };
    let choice = (excess.keep > 0).then(|| Action::link("Choose which servers run on", CHOICE));
    Banner::new(tone, title, text).or(choice)
}

/// How a server stands, in a few words.
pub(super) fn state(server: &Server, fate: Fate) -> Sentence {
    if let Some(since) = server.suspended_at {
        return Sentence::new("suspended since ").minute(since);
    }
    if server.reserved_until == Some(Timestamp::NEVER) {
        return Sentence::new("being created");
    }
    if let Some(until) = server.reserved_until {
        return Sentence::new("being created, reserved until ").minute(until);
    }
    match fate {
        Fate::RunsUntil(end) => Sentence::new("runs; is suspended on ").minute(end),
        Fate::Suspended => Sentence::new("runs; is suspended in a moment"),
        Fate::Runs => Sentence::new("active"),
    }
}

fn are_over(over: u32) -> String {
    counted(over, "server is", "servers are") + " over your limit"
}

fn may_run(keep: u32) -> String {
    match keep {
        0 => "no server may run".to_owned(),
        keep => counted(keep, "server may run", "servers may run"),
    }
}
