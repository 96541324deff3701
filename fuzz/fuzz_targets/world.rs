//! See `holm::fuzzing::world`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| holm::fuzzing::world(data));
