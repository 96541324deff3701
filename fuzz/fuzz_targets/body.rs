//! See `holm_net::fuzzing::body`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| holm_net::fuzzing::body(data));
