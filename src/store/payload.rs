//! Payloads as they lie in the file: packed, for the bytes of a commit bound how fast it is.

use super::{Result, StoreFailed};

/// Before a packed payload. An event is JSON, which never begins so.
const PACKED: u8 = 0;

/// The exact bytes of an event, made smaller.
pub(super) fn pack(payload: &[u8]) -> Vec<u8> {
    let mut packed = vec![PACKED];
    packed.extend(lz4_flex::compress_prepend_size(payload));
    packed
}

/// What [`pack`] was given; a payload that was stored as it came is returned as it is.
pub(super) fn unpack(stored: Vec<u8>) -> Result<Vec<u8>> {
    match stored.split_first() {
        Some((&PACKED, packed)) => lz4_flex::decompress_size_prepended(packed)
            .map_err(|error| StoreFailed::Corrupt { what: "payload", value: error.to_string() }),
        Some(_) | None => Ok(stored),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_comes_back_to_the_byte() -> Result<()> {
        let long = r#"{"object":"invoice"}"#.repeat(1_000);
        for payload in ["{}", " {\"é\": 1}", &long] {
            let packed = pack(payload.as_bytes());
            assert_ne!(packed, payload.as_bytes());
            assert_eq!(unpack(packed)?, payload.as_bytes());
            assert_eq!(unpack(payload.into())?, payload.as_bytes());
        }
        assert!(pack(long.as_bytes()).len() < long.len() / 10);
        Ok(())
    }

    #[test]
    fn a_damaged_payload_is_said_to_be_one() {
        for damaged in [&[PACKED][..], &[PACKED, 9, 0, 0, 0, 0xf0]] {
            assert!(matches!(unpack(damaged.to_vec()), Err(StoreFailed::Corrupt { .. })));
        }
    }
}
