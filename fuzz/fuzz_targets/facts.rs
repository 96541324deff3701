//! See `holm_document::fuzzing::facts`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| holm_document::fuzzing::facts(data));
