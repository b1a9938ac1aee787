//! See `targets::namespaces`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| targets::namespaces(data));
