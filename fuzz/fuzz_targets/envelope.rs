//! The envelope, read from whatever a signed body holds.

#![no_main]

#[allow(dead_code, unfulfilled_lint_expectations, reason = "a target needs one rule of the many")]
#[path = "../../src/domain/mod.rs"]
mod domain;

libfuzzer_sys::fuzz_target!(|input: &[u8]| domain::fuzzing::envelope(input));
