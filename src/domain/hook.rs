//! Outgoing events, after the Standard Webhooks specification, 1.0.0:
//! <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use super::timestamp::Timestamp;

/// What a panel next door is told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    AccessChanged,
    OverQuota,
    Suspend,
    Unsuspend,
    Dispute,
}

impl Kind {
    pub(crate) const ALL: [Self; 5] =
        [Self::AccessChanged, Self::OverQuota, Self::Suspend, Self::Unsuspend, Self::Dispute];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::AccessChanged => "account.access_changed",
            Self::OverQuota => "account.over_quota",
            Self::Suspend => "server.suspend",
            Self::Unsuspend => "server.unsuspend",
            Self::Dispute => "account.dispute",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// The key behind `whsec_` and base64; `None` unless it has the 24 to 64 bytes it must have.
pub(crate) fn key(secret: &str) -> Option<Vec<u8>> {
    let key = STANDARD.decode(secret.strip_prefix("whsec_")?).ok()?;
    (24..=64).contains(&key.len()).then_some(key)
}

/// One signature for each key, as `webhook-signature` takes them.
pub(crate) fn signatures(keys: &[Vec<u8>], id: &str, at: Timestamp, body: &str) -> String {
    let sign = |key: &Vec<u8>| {
        let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
        mac.update(format!("{id}.{}.{body}", at.0).as_bytes());
        format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
    };
    keys.iter().map(sign).collect::<Vec<_>>().join(" ")
}

/// How long a message is tried, from its first attempt on.
const PATIENCE: Duration = Duration::from_hours(72);

/// When to try again after `attempts` that failed; `None` when it is given up.
pub(crate) fn next_attempt(attempts: u32, first: Timestamp, now: Timestamp) -> Option<Timestamp> {
    const PAUSES: [Duration; 6] = [
        Duration::from_secs(5),
        Duration::from_mins(1),
        Duration::from_mins(5),
        Duration::from_mins(30),
        Duration::from_hours(2),
        Duration::from_hours(6),
    ];
    let end = first + PATIENCE;
    let index = usize::try_from(attempts.saturating_sub(1)).unwrap_or(usize::MAX);
    let next = now + PAUSES[index.min(PAUSES.len() - 1)];
    // The last attempt is made when the patience ends.
    (now < end).then_some(next.min(end))
}

/// Whether an address is one of the internet's, and none that only this machine or its network has.
pub(crate) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

/// After <https://www.iana.org/assignments/iana-ipv4-special-registry>.
fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    !(address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || a == 0
        || a >= 224
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && (18..20).contains(&b)))
}

/// Only global unicast, `2000::/3`, and there nothing that stands for an IPv4 address.
fn is_public_v6(address: Ipv6Addr) -> bool {
    if let Some(inside) = address.to_ipv4_mapped() {
        return is_public_v4(inside);
    }
    let [first, second, ..] = address.segments();
    let documentation = first == 0x2001 && second == 0x0db8;
    let special = first == 0x2001 && second < 0x0200;
    let six_to_four = first == 0x2002;
    (first & 0xe000) == 0x2000 && !documentation && !special && !six_to_four
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_that_of_the_specification() {
        // The vector of the specification's own libraries.
        let key = key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").expect("a key");
        let body = r#"{"test": 2432232314}"#;
        let signed =
            signatures(&[key], "msg_p5jXN8AQM9LWM0D4loKWxJek", Timestamp(1_614_265_330), body);
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn every_valid_key_signs() {
        let keys = [vec![1; 24], vec![2; 24]];
        let both = signatures(&keys, "msg_1", Timestamp(1), "{}");
        let one = signatures(&keys[1..], "msg_1", Timestamp(1), "{}");
        assert_eq!(both.split(' ').nth(1), Some(one.as_str()));
    }

    #[test]
    fn a_secret_is_whsec_and_24_to_64_bytes_in_base64() {
        let of = |bytes: usize| format!("whsec_{}", STANDARD.encode(vec![7; bytes]));
        for (secret, good) in [
            (of(24), true),
            (of(64), true),
            (of(23), false),
            (of(65), false),
            (of(32).replace("whsec_", ""), false),
            ("whsec_not base64".to_owned(), false),
        ] {
            assert_eq!(key(&secret).is_some(), good, "{secret}");
        }
    }

    #[test]
    fn attempts_come_ever_later_and_end_after_three_days() {
        const HOUR: i64 = 3_600;
        let table = [
            (1, 0, Some(5)),
            (2, 5, Some(65)),
            (6, 2 * HOUR, Some(8 * HOUR)),
            (60, 60 * HOUR, Some(66 * HOUR)),
            (61, 70 * HOUR, Some(72 * HOUR)),
            (62, 72 * HOUR, None),
            (u32::MAX, 80 * HOUR, None),
        ];
        for (attempts, now, next) in table {
            let found = next_attempt(attempts, Timestamp(0), Timestamp(now));
            assert_eq!(found.map(|at| at.0), next, "{attempts} attempts at {now} s");
        }
    }

    #[test]
    fn only_addresses_of_the_internet_are_public() {
        let table = [
            ("93.184.215.14", true),
            ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", true),
            ("127.0.0.1", false),
            ("10.1.2.3", false),
            ("172.16.0.1", false),
            ("192.168.1.1", false),
            ("169.254.169.254", false),
            ("100.64.0.1", false),
            ("192.0.0.1", false),
            ("198.18.0.1", false),
            ("203.0.113.1", false),
            ("0.0.0.0", false),
            ("224.0.0.1", false),
            ("255.255.255.255", false),
            ("::1", false),
            ("::", false),
            ("fc00::1", false),
            ("fe80::1", false),
            ("ff02::1", false),
            ("::ffff:10.0.0.1", false),
            ("::ffff:93.184.215.14", true),
            ("64:ff9b::a00:1", false),
            ("2002:a00:1::", false),
            ("2001:db8::1", false),
            ("2001::1", false),
        ];
        for (address, public) in table {
            assert_eq!(is_public(address.parse().expect("an address")), public, "{address}");
        }
    }
}
