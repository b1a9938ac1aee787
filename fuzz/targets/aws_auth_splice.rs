//! See `targets::aws_auth_splice`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| targets::aws_auth_splice(data));
