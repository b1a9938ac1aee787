//! See `targets::aws_auth_read`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| targets::aws_auth_read(data));
