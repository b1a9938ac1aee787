//! See `targets::provider_values`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| targets::provider_values(data));
