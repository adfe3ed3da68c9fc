//! What must hold of every delivery, whoever wrote it: for the fuzz targets, and in every test run
//! for the inputs they left in `fuzz/corpus-saved`.

use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::Value;
use sha2::Sha256;

use super::delivery::{Delivery, Envelope, Refused};
use super::timestamp::Timestamp;

const SECRETS: [&str; 2] = ["whsec_old", "whsec_new"];
const NOW: Timestamp = Timestamp(1_768_478_400);
/// Stands in an input for the signature that no mutation would hit upon.
const SIGNED: &str = "{signed}";

/// The first line is the header, the rest the body: only what was signed is ever taken.
pub(crate) fn signature(input: &[u8]) {
    let end = input.iter().position(|byte| *byte == b'\n').unwrap_or(input.len());
    let (line, body) = (&input[..end], input.get(end + 1..).unwrap_or_default());
    let Ok(line) = str::from_utf8(line) else { return };
    let date = line.split(',').filter_map(|part| part.trim().strip_prefix("t=")).next_back();
    let [old, new] = SECRETS.map(|secret| hex::encode(sign(secret, date.unwrap_or(""), body)));
    let header = line.replace(SIGNED, &new);
    let is_signed = header.split(',').any(|part| {
        let candidate = part.trim().strip_prefix("v1=").map(str::to_ascii_lowercase);
        candidate.is_some_and(|candidate| candidate == old || candidate == new)
    });
    let seconds = date.and_then(|date| date.parse::<i64>().ok());
    let is_timely = seconds.is_some_and(|seconds| seconds.abs_diff(NOW.0) <= 300);

    match Delivery::open(body, Some(&header), &SECRETS, NOW) {
        Ok(delivery) => {
            assert!(is_signed && is_timely, "taken: {header}");
            assert_eq!(delivery.payload, body, "other bytes than were signed");
        }
        Err(Refused::NotAnEvent) => {
            assert!(is_signed && is_timely, "read before it was verified: {header}");
            assert_eq!(Envelope::read(body), None, "an event was refused");
        }
        Err(Refused::Untimely) => assert!(is_signed && !is_timely, "not late: {header}"),
        Err(Refused::Unsigned | Refused::Forged) => {
            assert!(!is_signed || seconds.is_none(), "a good signature was refused: {header}");
        }
    }
}

/// What is read of a body is said in its JSON, and is the same however the JSON is written.
pub(crate) fn envelope(input: &[u8]) {
    let Some(envelope) = Envelope::read(input) else { return };
    // What is skipped is not decoded, so an event may hold text that a whole reading refuses.
    let Ok(event) = serde_json::from_slice::<Value>(input) else { return };
    assert!(!envelope.id.is_empty() && event["id"] == *envelope.id, "{event}");
    assert!(!envelope.kind.is_empty() && event["type"] == *envelope.kind, "{event}");
    assert!(event["data"]["object"].is_object(), "{event}");
    assert_eq!(event["livemode"].as_bool().unwrap_or_default(), envelope.livemode, "{event}");
    let rewritten = event.to_string().into_bytes();
    assert_eq!(Envelope::read(&rewritten), Some(envelope), "{event}");
}

fn sign(secret: &str, date: &str, body: &[u8]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any length");
    mac.update(date.as_bytes());
    mac.update(b".");
    mac.update(body);
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    #[test]
    fn the_saved_corpus_of_the_signature_holds() {
        every("signature", super::signature);
    }

    #[test]
    fn the_saved_corpus_of_the_envelope_holds() {
        every("envelope", super::envelope);
    }

    fn every(target: &str, rule: fn(&[u8])) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus-saved").join(target);
        let files = std::fs::read_dir(&folder).expect("the saved corpus");
        let inputs: Vec<Vec<u8>> = files
            .map(|file| std::fs::read(file.expect("a file").path()).expect("a readable file"))
            .collect();
        assert!(inputs.len() >= 20, "{} has {} files", folder.display(), inputs.len());
        for input in inputs {
            rule(&input);
        }
    }
}
