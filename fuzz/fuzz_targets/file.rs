//! See `holm::fuzzing::file`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| holm::fuzzing::file(data));
