//! See `targets::import_ids`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| targets::import_ids(data));
