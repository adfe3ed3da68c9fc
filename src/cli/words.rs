//! How commands say things to a person.

use std::io::{self, Write};

use crate::domain::entitlement::{Alert, Decision, Reason};
use crate::domain::timestamp::Timestamp;

/// Why the limit is what it is, as a sentence goes on after "because".
pub(super) fn reason(decision: &Decision) -> String {
    let sentence = match decision.reason {
        Reason::Free => "nothing was bought: the free servers count",
        Reason::Subscription => "the subscription is in order",
        Reason::Trial => "the trial runs",
        Reason::Grace => "a payment failed: what exists stays, nothing new is created",
        Reason::GraceExpired => "a payment failed and the grace period is over",
        Reason::PaymentIncomplete => "the first payment was not completed",
        Reason::PausedNoPaymentMethod => "the trial is over and there is no payment method",
        Reason::CollectionPaused => "collecting payments is paused",
        Reason::Ended => "the subscription is over",
        Reason::Lifetime => "a plan was bought for a lifetime",
        Reason::Exempt => "an admin exempted the account",
        Reason::UnmappedPrice => {
            "the subscription's price is in no plan: the last known one counts"
        }
        Reason::Stale => "the paid period is over and Stripe has not said what follows",
        Reason::Disputed => "a payment is disputed: nothing new is created",
    };
    match decision.until {
        Some(until) => format!("{sentence}, until {until}"),
        None => sentence.to_owned(),
    }
}

/// What an operator should look at.
pub(super) fn alert(alert: Alert) -> &'static str {
    match alert {
        Alert::DuplicateSubscription => "two subscriptions run at once",
        Alert::ExemptButPaying => "the account is exempt and pays all the same",
        Alert::UnmappedPrice => "a subscription's price is in no plan",
        Alert::UnknownStatus => "a subscription has a status this build does not know",
        Alert::Disputed => "a payment is disputed",
        Alert::Inquiry => "a bank asks about a payment: answer it in Stripe's dashboard",
        Alert::MoneyReturned => "money went back for something that goes on",
        Alert::PaidTwice => "a plan was paid for good twice: refund one of the payments",
    }
}

/// `1 server`, `2 servers`.
pub(super) fn servers(count: u32) -> String {
    format!("{count} {}", if count == 1 { "server" } else { "servers" })
}

pub(super) fn moment(at: Option<Timestamp>) -> String {
    at.map_or_else(|| "-".to_owned(), |at| at.to_string())
}

/// Text from outside without what a terminal would take for a command.
pub(super) fn shown(text: &str) -> String {
    text.replace(char::is_control, "\u{fffd}")
}

/// Writes rows under `head`, each column as wide as its widest cell.
pub(super) fn table<const N: usize>(
    out: &mut dyn Write,
    head: [&str; N],
    rows: impl Iterator<Item = [String; N]>,
) -> io::Result<()> {
    let mut lines = vec![head.map(str::to_owned)];
    lines.extend(rows.map(|row| row.map(|cell| shown(&cell))));
    let mut widths = [0; N];
    for line in &lines {
        for (width, cell) in widths.iter_mut().zip(line) {
            *width = (*width).max(cell.chars().count());
        }
    }
    for line in &lines {
        let cells = line.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}"));
        writeln!(out, "{}", cells.collect::<Vec<_>>().join("  ").trim_end())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_lines_its_columns_up_and_passes_no_control_characters_on() {
        let mut out = Vec::new();
        let rows = [["a", "Ädä\u{1b}[2J"], ["bcd", ""]].map(|row| row.map(str::to_owned));
        table(&mut out, ["ID", "NAME"], rows.into_iter()).expect("a Vec takes all");
        let text = String::from_utf8(out).expect("UTF-8");
        assert_eq!(text, "ID   NAME\na    Ädä\u{fffd}[2J\nbcd\n");
    }
}
