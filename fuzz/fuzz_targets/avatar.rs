//! See `holm::fuzzing::avatar`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| holm::fuzzing::avatar(data));
