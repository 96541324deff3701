//! See `holm_voice::fuzzing::playout`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| holm_voice::fuzzing::playout(data));
