//! See `targets::aws_answers`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| targets::aws_answers(data));
