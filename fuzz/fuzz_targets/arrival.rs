//! See `holm_document::fuzzing::arrival`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| holm_document::fuzzing::arrival(data));
