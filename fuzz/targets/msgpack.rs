//! See `targets::msgpack`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| targets::msgpack(data));
