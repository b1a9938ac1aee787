//! See `targets::names`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| targets::names(data));
