//! Whether our own side is in order.

use std::path::Path;

use url::{Host, Url};

use super::Check;
use crate::domain::timestamp::Timestamp;
use crate::panels::wings::Finding;
use crate::settings::StripeSettings;
use crate::store::copies::Health;

/// On this machine or near it, what stands in for Stripe may call anywhere; Stripe itself may not.
pub(super) fn public_url(url: &Url, stripe: &StripeSettings) -> Check {
    const ID: &str = "public_url";
    let seen = url.origin().ascii_serialization();
    let wrong = if !is_public(url) {
        "set billing.public_url to the address that browsers use: Stripe cannot reach this one"
    } else if url.scheme() != "https" {
        "serve https and set billing.public_url to it: Stripe sends live events to nothing else"
    } else {
        return Check::pass(ID, seen);
    };
    if stripe.api_base.starts_with("https:") {
        Check::fail(ID, seen, wrong)
    } else {
        Check::warn(ID, seen, wrong)
    }
}

fn is_public(url: &Url) -> bool {
    const PRIVATE: [&str; 5] = [".localhost", ".local", ".internal", ".lan", ".home.arpa"];
    match url.host() {
        Some(Host::Domain(name)) => {
            name.contains('.') && !PRIVATE.iter().any(|end| name.ends_with(end))
        }
        Some(Host::Ipv4(address)) => {
            !(address.is_private()
                || address.is_loopback()
                || address.is_link_local()
                || address.is_unspecified())
        }
        Some(Host::Ipv6(address)) => {
            !(address.is_loopback()
                || address.is_unique_local()
                || address.is_unicast_link_local()
                || address.is_unspecified())
        }
        None => false,
    }
}

/// What is free where the database is; `None` where the system would not say.
pub(super) fn free_bytes(database: &Path) -> Option<u64> {
    let disk = rustix::fs::statvfs(database).ok()?;
    disk.f_bavail.checked_mul(disk.f_frsize)
}

pub(super) fn database(health: &Health, free: Option<u64>) -> Check {
    const ID: &str = "database";
    const MIB: u64 = 1024 * 1024;
    const TOO_LITTLE: u64 = 256;
    const LITTLE: u64 = 1024;
    if let Some(first) = health.damage.first() {
        let remedy =
            "stop the server, keep the file, and run coinslot restore with the last backup";
        return Check::fail(ID, format!("damaged: {first}"), remedy);
    }
    if health.journal_mode != "wal" {
        let remedy = "put the database on a local disk: WAL needs shared memory";
        return Check::fail(ID, format!("whole, but in mode {}", health.journal_mode), remedy);
    }
    let Some(free_mib) = free.map(|free| free / MIB) else {
        return Check::pass(ID, "whole, WAL");
    };
    let seen = format!("whole, WAL, {free_mib} MiB free");
    let remedy = "make room: on a full disk every delivery is answered 503";
    if free_mib < TOO_LITTLE {
        Check::fail(ID, seen, remedy)
    } else if free_mib < LITTLE {
        Check::warn(ID, seen, remedy)
    } else {
        Check::pass(ID, seen)
    }
}

/// Who copies by other means, such as litestream, has never run `backup`: no failure.
pub(super) fn backup(last: Option<Timestamp>, now: Timestamp) -> Check {
    const ID: &str = "backup";
    const HOUR: i64 = 3_600;
    const DAY_AND_A_HALF: i64 = 36;
    const WEEK: i64 = 7 * 24;
    let remedy = "run coinslot backup once a day, and keep the copies on another machine";
    let Some(last) = last else {
        return Check::warn(ID, "coinslot backup never ran", remedy);
    };
    let hours = now.0.saturating_sub(last.0).max(0) / HOUR;
    let seen = format!("the last is {hours} hours old");
    if hours > WEEK {
        Check::fail(ID, seen, remedy)
    } else if hours > DAY_AND_A_HALF {
        Check::warn(ID, seen, remedy)
    } else {
        Check::pass(ID, seen)
    }
}

/// The built-in panel is part of this binary: what can be asked can be reached.
pub(super) fn panel(driver: Option<(String, Finding)>) -> Check {
    const ID: &str = "panel";
    match driver {
        None => Check::pass(ID, "the built-in one"),
        Some((summary, Finding::Ready)) => Check::pass(ID, summary),
        Some((_, Finding::Full { seen, remedy })) => Check::warn(ID, seen, remedy),
        Some((_, Finding::Wrong { seen, remedy })) => Check::fail(ID, seen, remedy),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Status::{Fail, Pass, Warn};
    use super::*;

    #[test]
    fn only_an_address_that_the_world_reaches_is_public() {
        for (address, public) in [
            ("https://panel.example.com", true),
            ("https://203.0.113.7", true),
            ("https://[2001:db8::1]", true),
            ("https://panel", false),
            ("https://localhost", false),
            ("https://panel.local", false),
            ("https://panel.lan", false),
            ("https://127.0.0.1", false),
            ("https://10.1.2.3", false),
            ("https://192.168.1.2:8000", false),
            ("https://169.254.1.1", false),
            ("https://[::1]", false),
            ("https://[fd00::1]", false),
        ] {
            assert_eq!(is_public(&address.parse().expect("an address")), public, "{address}");
        }
    }

    #[test]
    fn a_database_is_whole_in_wal_mode_and_has_room() {
        let whole = Health { damage: Vec::new(), journal_mode: "wal".to_owned() };
        let broken = Health { damage: vec!["page 7".to_owned()], ..whole.clone() };
        let old = Health { journal_mode: "delete".to_owned(), ..whole.clone() };
        let mib = |count: u64| Some(count * 1024 * 1024);
        for (health, free, status) in [
            (&whole, mib(10_000), Pass),
            (&whole, None, Pass),
            (&whole, mib(1_024), Pass),
            (&whole, mib(1_023), Warn),
            (&whole, mib(256), Warn),
            (&whole, mib(255), Fail),
            (&broken, mib(10_000), Fail),
            (&old, mib(10_000), Fail),
        ] {
            let check = database(health, free);
            assert_eq!(check.status, status, "{check:?}");
            assert_eq!(check.remedy.is_some(), status != Pass, "{check:?}");
        }
    }

    #[test]
    fn the_disk_of_a_folder_has_a_size_and_nothing_has_none() {
        let folder = tempfile::tempdir().expect("a folder");
        assert!(free_bytes(folder.path()).is_some_and(|free| free > 0));
        assert_eq!(free_bytes(&folder.path().join("nowhere")), None);
    }
}
