//! See `holm_net::fuzzing::host_door`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| holm_net::fuzzing::host_door(data));
