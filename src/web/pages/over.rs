//! What is said of servers above the limit: before they are suspended, and while they are.

use super::parts::{Action, Banner, Sentence, Tone};
use crate::domain::entitlement::Reason;
use crate::domain::suspension::{Excess, Fate};
use crate::domain::timestamp::Timestamp;
use crate::flows::gate::Standing;
use crate::store::servers::Server;
use crate::web::text::t;

/// Where the customer chooses what runs on.
pub(crate) const CHOICE: &str = "/billing/servers";

/// What an account with too many servers must know.
pub(super) fn banner(standing: &Standing) -> Option<Banner> {
    if let Some(excess) = &standing.excess {
        return Some(notice(excess, standing.used, standing.decision.reason, standing.now));
    }
    let over = standing.over_by();
    (over > 0)
        .then(|| Banner::new(Tone::Warning, t!("over-title", count = over), t!("over-frozen")))
}

/// What is suspended of `used` servers or will be, when, and the way out.
pub(crate) fn notice(excess: &Excess, used: u32, reason: Reason, now: Timestamp) -> Banner {
    let over = used.saturating_sub(excess.keep);
    let suspends_at = Sentence::at_minute(excess.suspends_at);
    let disputed = || match reason {
        Reason::Disputed => t!("over-disputed"),
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
        | Reason::Stale => Sentence::default(),
    };
    let (tone, title, text) = if now < excess.since {
        let text = t!(
            "over-ahead",
            since = Sentence::at_minute(excess.since),
            keep = excess.keep,
            over = over,
            moment = suspends_at
        );
        (Tone::Warning, t!("over-ahead-title", count = over), text)
    } else if now < excess.suspends_at {
        let text = t!("over-notice", moment = suspends_at, keep = excess.keep, over = over);
        (Tone::Warning, t!("over-title", count = over), disputed().then(text))
    } else {
        let text = t!("over-suspended", keep = excess.keep);
        (Tone::Bad, t!("over-suspended-title", count = over), disputed().then(text))
    };
    let choice = (excess.keep > 0).then(|| Action::link(t!("over-choose"), CHOICE));
    Banner::new(tone, title, text).or(choice)
}

/// How a server stands, in a few words.
pub(super) fn state(server: &Server, fate: Fate) -> Sentence {
    if let Some(since) = server.suspended_at {
        return t!("server-suspended", moment = Sentence::at_minute(since));
    }
    if server.reserved_until == Some(Timestamp::NEVER) {
        return Sentence::new("being created");
    }
    if let Some(until) = server.reserved_until {
        return t!("server-reserved", moment = Sentence::at_minute(until));
    }
    match fate {
        Fate::RunsUntil(end) => t!("server-runs-until", moment = Sentence::at_minute(end)),
        Fate::Suspended => t!("server-suspends-now"),
        Fate::Runs => t!("server-active"),
    }
}
