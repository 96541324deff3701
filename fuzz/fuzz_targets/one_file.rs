//! See `holm_document::fuzzing::one_file`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| holm_document::fuzzing::one_file(data));
