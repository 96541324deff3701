//! See `holm_document::fuzzing::snapshot`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| holm_document::fuzzing::snapshot(data));
